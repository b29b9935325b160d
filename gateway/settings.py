"""What the gateway reads from its environment."""

from ipaddress import ip_network
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from gateway.proxy_settings import DataPathSettings
from gateway.webhooks.settings import WebhookSettings


class ExternalIssuer(BaseModel):
    """An identity provider whose tokens the gateway swaps for its own; nothing inside a token is followed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str = Field(min_length=1)
    jwks_url: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    subject_claim: str = Field(default="sub", description="The claim that was registered as external identity.")
    partnership: UUID | None = Field(default=None, description="The only partnership that may use this issuer.")


class GatewaySettings(DataPathSettings, WebhookSettings):
    """Policy values of the gateway, beside what every process has."""

    service: str = "gateway"

    # Identity and tokens
    worker_client_secrets: dict[str, SecretStr] = Field(default_factory=dict)
    token_seconds: int = Field(default=300, ge=30, le=300)
    code_seconds: int = Field(default=60, ge=10, le=60)
    invitation_hours: int = Field(default=168, ge=1, le=720)
    key_publish_seconds: int = Field(default=600, ge=0)
    key_days: int = Field(default=30, ge=1)
    trusted_proxies: tuple[str, ...] = Field(
        default=(), description="Networks of proxies whose X-Forwarded-For is believed when sign-ins are counted."
    )
    sign_in_window_seconds: int = Field(default=900, ge=60)
    sign_in_failures_per_name: int = Field(default=5, ge=1)
    sign_in_failures_per_address: int = Field(default=50, ge=1)
    console_redirects: tuple[str, ...] = ()
    external_issuers: tuple[ExternalIssuer, ...] = ()

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks_of_proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network)
        return value
