"""`python3 -m deploy.secrets > .env`: fresh secrets for docker compose or Kubernetes; standard library only."""

import base64
import json
import secrets
import sys

SERVICES = ("referral", "matching", "training", "outcomes", "gateway")
ROLES = ("owner", "app", "worker", "vault")


def random_key() -> str:
    """32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def document() -> dict[str, str]:
    """Every secret that the platform needs, by the name under which the deployments expect it."""
    passwords = {service: {role: secrets.token_hex(16) for role in ROLES} for service in SERVICES}
    superuser = secrets.token_hex(16)
    names = {
        f"{service.upper()}_{role.upper()}_PASSWORD": passwords[service][role]
        for service in SERVICES
        for role in ROLES
        if role != "owner"
    }
    return {
        "POSTGRES_PASSWORD": superuser,
        "CIRCLE_ADMIN_DSN": f"postgresql://postgres:{superuser}@postgres:5432/postgres",
        "CIRCLE_PASSWORDS": json.dumps(passwords, separators=(",", ":")),
        "CIRCLE_KEY_RING": json.dumps({"current": "k1", "keys": {"k1": random_key()}}, separators=(",", ":")),
        "CIRCLE_AUDIT_KEY": random_key(),
        "CIRCLE_WORKER_CLIENT_SECRET": secrets.token_hex(24),
        "CIRCLE_BOOTSTRAP_SECRET": secrets.token_hex(24),
        **names,
    }


def main() -> None:
    for name, value in document().items():
        sys.stdout.write(f"{name}={value}\n")


if __name__ == "__main__":
    main()
