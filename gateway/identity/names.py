"""Under which keyed digest somebody is found before their partnership is known, and the secret that keys it."""

import hashlib
import hmac
import os
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity.domain import normal_email
from shared.crypto import KeyRing

_SECRET = "sign-in-names"  # noqa: S105 - the name of a secret, not one
_AAD = b"platform_secrets.sealed|sign-in-names"


class Names:
    """Makes the digests; without the secret nobody can try out addresses on a stolen table."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def email(self, address: str) -> bytes:
        return self._digest("email", normal_email(address))

    def client(self, client_id: UUID) -> bytes:
        return self._digest("client", str(client_id))

    def external(self, issuer: str, subject: str) -> bytes:
        return self._digest("external", f"{len(issuer)}|{issuer}|{subject}")

    def attempts(self, *about: str) -> bytes:
        """Under which attempts to sign in are counted."""
        return self._digest("attempts", "|".join(about))

    def _digest(self, kind: str, value: str) -> bytes:
        return hmac.new(self._secret, f"{kind}|{value}".encode(), hashlib.sha256).digest()


async def load(session: AsyncSession, ring: KeyRing) -> Names:
    """The names of this platform; the secret is made by whoever comes first."""
    fresh = ring.seal(os.urandom(32), _AAD)
    await session.execute(_MAKE, {"name": _SECRET, "sealed": fresh})
    sealed = bytes((await session.execute(_FIND, {"name": _SECRET})).scalar_one())
    secret = ring.open(sealed, _AAD)
    if ring.key_of(sealed) != ring.current:
        await session.execute(_RESEAL, {"name": _SECRET, "sealed": ring.seal(secret, _AAD)})
    return Names(secret)


_MAKE = text("INSERT INTO platform_secrets (name, sealed) VALUES (:name, :sealed) ON CONFLICT DO NOTHING")
_FIND = text("SELECT sealed FROM platform_secrets WHERE name = :name")
_RESEAL = text("UPDATE platform_secrets SET sealed = :sealed WHERE name = :name")
