"""What every process reads from its environment: one frozen, validated object."""

import base64
import json
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

SERVICES = ("referral", "matching", "training", "outcomes", "gateway")


class Settings(BaseSettings):
    """Settings shared by all processes; a service adds its own in `settings.py`.

    Every value comes from `CIRCLE_<NAME>`. Secrets have no default: a process without them does not start.
    """

    model_config = SettingsConfigDict(env_prefix="CIRCLE_", frozen=True, extra="ignore", hide_input_in_errors=True)

    service: str
    profile: Literal["embedded", "container", "cluster", "test"] = "container"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)

    database_host: str = "127.0.0.1"
    database_port: int = 5432
    database_name: str = ""
    app_password: SecretStr
    worker_password: SecretStr
    pool_size: int = Field(default=10, ge=1, le=100)
    statement_seconds: float = Field(default=7.0, gt=0, description="How long one statement may take.")

    vault_name: str = "vault"
    vault_password: SecretStr
    key_ring: Annotated[SecretStr, NoDecode]
    audit_key: SecretStr

    # A file on another disk than the databases: whose keys were destroyed. Empty: none is kept.
    erasure_log: str = ""

    kafka_bootstrap: str = "127.0.0.1:9092"
    topic_prefix: str = ""
    # Brokers refuse less than six seconds unless told otherwise (`group.min.session.timeout.ms`).
    kafka_session_seconds: float = Field(default=6.0, ge=1, le=60)

    issuer: str
    audience: str
    jwks_url: str
    token_url: str
    worker_client_secret: SecretStr
    upstream_referral: str = "http://referral:8000"
    upstream_matching: str = "http://matching:8000"
    upstream_training: str = "http://training:8000"
    upstream_outcomes: str = "http://outcomes:8000"

    worker: Literal["inline", "separate"] = "separate"
    otel_endpoint: str = ""
    max_body_bytes: int = Field(default=262_144, ge=1024)
    # For the few paths whose body is a file (`shared.uploads`); 100,000 lines of an attendance sheet are half of it.
    max_upload_bytes: int = Field(default=16_777_216, ge=1024)
    # On SIGTERM: so long may a kept connection still bring a last request; then so long may requests take to end.
    linger_seconds: float = Field(default=2.0, ge=0)
    drain_seconds: float = Field(default=10.0, ge=0)

    @field_validator("key_ring")
    @classmethod
    def _key_ring_is_whole(cls, value: SecretStr) -> SecretStr:
        ring = json.loads(value.get_secret_value())
        keys = {name: base64.b64decode(key) for name, key in ring["keys"].items()}
        if ring["current"] not in keys or any(len(key) != 32 for key in keys.values()):
            raise ValueError("the key ring needs a current key and 32 bytes a key")
        return value

    @cached_property
    def database(self) -> str:
        """The name of this service's database."""
        return self.database_name or self.service

    def url(self, role: Literal["app", "worker"]) -> str:
        """SQLAlchemy URL of this service's database for one of its two running roles."""
        secret = self.app_password if role == "app" else self.worker_password
        return self._url(f"{self.service}_{role}", secret, self.database)

    @property
    def vault_url(self) -> str:
        """SQLAlchemy URL of the key database, with this service's own login."""
        return self._url(f"{self.service}_vault", self.vault_password, self.vault_name)

    def upstream(self, service: str) -> str:
        """Base URL of another service's HTTP API."""
        return str(getattr(self, f"upstream_{service}"))

    def _url(self, login: str, secret: SecretStr, name: str) -> str:
        password = secret.get_secret_value()
        return f"postgresql+asyncpg://{login}:{password}@{self.database_host}:{self.database_port}/{name}"
