"""Policy values of webhooks; mixed into the gateway's settings."""

from ipaddress import ip_network

from pydantic import Field, field_validator

from shared.settings import Settings


class WebhookSettings(Settings):
    """What an operator may turn; each is `CIRCLE_<NAME>` like every other setting."""

    webhook_ports: tuple[int, ...] = Field(default=(443, 8443), description="Ports that public addresses may have.")
    webhook_trusted_networks: tuple[str, ...] = Field(
        default=(),
        description="Networks that are not public and yet allowed, on any port, also by http: loopback when embedded.",
    )
    webhook_endpoints_per_organisation: int = Field(default=20, ge=1)
    webhook_timeout_seconds: float = Field(default=15.0, gt=0, le=30)
    webhook_connections: int = Field(default=200, ge=1, description="Deliveries on their way at the same time.")
    webhook_connections_per_endpoint: int = Field(default=8, ge=1)

    @field_validator("webhook_trusted_networks")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network)
        return value


def of(settings: Settings) -> WebhookSettings:
    """The settings of this process, which is the gateway or its worker."""
    if not isinstance(settings, WebhookSettings):
        raise TypeError("webhooks are sent by the gateway only")
    return settings
