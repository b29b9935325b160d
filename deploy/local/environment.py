"""The contract between whoever starts our processes and the processes: the `CIRCLE_*` variables."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local.process import LOOPBACK
from deploy.local.state import SERVICES, Secrets


@dataclass(frozen=True)
class Surroundings:
    """What differs between one running stack and another; `suffix` is appended to every database's name."""

    database_port: int
    kafka_bootstrap: str
    issuer: str
    ports: Mapping[str, int]
    suffix: str = ""
    topic_prefix: str = ""
    worker: str = "inline"
    erasure_log: str = ""

    def address(self, name: str) -> str:
        return f"http://{LOOPBACK}:{self.ports[name]}"


def of(name: str, secrets: Secrets, around: Surroundings) -> dict[str, str]:
    """The whole environment of one service or the gateway, complete without any other variable."""
    passwords = secrets.passwords[name]
    settings = {
        "PROFILE": "embedded",
        "HOST": LOOPBACK,
        "PORT": str(around.ports[name]),
        "DATABASE_HOST": LOOPBACK,
        "DATABASE_PORT": str(around.database_port),
        "DATABASE_NAME": f"{name}{around.suffix}",
        "OWNER_PASSWORD": passwords["owner"],
        "APP_PASSWORD": passwords["app"],
        "WORKER_PASSWORD": passwords["worker"],
        "VAULT_NAME": f"vault{around.suffix}",
        "VAULT_PASSWORD": passwords["vault"],
        "KAFKA_BOOTSTRAP": around.kafka_bootstrap,
        "TOPIC_PREFIX": around.topic_prefix,
        "KAFKA_SESSION_SECONDS": "1.5",
        "ISSUER": around.issuer,
        "JWKS_URL": f"{around.issuer}/.well-known/jwks.json",
        "TOKEN_URL": f"{around.issuer}/oauth/token",
        "AUDIENCE": around.issuer,
        "KEY_RING": secrets.key_ring,
        "AUDIT_KEY": secrets.audit_key,
        "WORKER_CLIENT_SECRET": secrets.worker_clients[name],
        "WORKER": around.worker,
        "ERASURE_LOG": around.erasure_log,
        **{f"UPSTREAM_{service.upper()}": around.address(service) for service in SERVICES},
    }
    if name == "gateway":
        # It issues the workers' tokens, so it knows all of their secrets.
        settings["WORKER_CLIENT_SECRETS"] = json.dumps(secrets.worker_clients)
    return {f"CIRCLE_{key}": value for key, value in settings.items()}
