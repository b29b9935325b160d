"""Standard Webhooks 1.0 signatures over the very bytes that are sent, and endpoints' secrets at rest."""

import base64
import hmac
import os
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from shared.crypto import KeyRing

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32


def new_secret() -> bytes:
    """The bytes of a new secret."""
    return os.urandom(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """The secret as its owner gets it, once."""
    return PREFIX + base64.b64encode(secret).decode()


def seal(ring: KeyRing, endpoint: UUID, secret: bytes) -> bytes:
    """The secret as it is kept."""
    return ring.seal(secret, _place(endpoint))


def open_(ring: KeyRing, endpoint: UUID, sealed: bytes) -> bytes:
    """The secret that was kept."""
    return ring.open(sealed, _place(endpoint))


def headers(message: UUID, at: datetime, body: bytes, secrets: Iterable[bytes]) -> dict[str, str]:
    """The three headers; several secrets during rotation give several signatures."""
    name, timestamp = str(message), str(int(at.timestamp()))
    signed = f"{name}.{timestamp}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(secret, signed, "sha256")).decode() for secret in secrets]
    return {
        "webhook-id": name,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _place(endpoint: UUID) -> bytes:
    return f"webhook-secret|{endpoint}".encode()
