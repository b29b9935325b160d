"""The key that seals endpoints' secrets: a random one, itself sealed by the key ring, so that the ring can rotate."""

import base64
import os
from typing import Final
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.crypto import KeyRing
from shared.parts import Parts

_NAME: Final = "webhook-secrets"
_AAD: Final = b"platform_secrets.sealed|webhook-secrets"
_known: "WeakKeyDictionary[KeyRing, KeyRing]" = WeakKeyDictionary()


async def made(session: AsyncSession, ring: KeyRing) -> KeyRing:
    """A ring of that one key, which is made with the first endpoint. Not kept: this transaction may still fail."""
    await session.execute(_MAKE, {"name": _NAME, "sealed": ring.seal(os.urandom(32), _AAD)})
    return _opened(ring, await _sealed(session))


async def found(session: AsyncSession, ring: KeyRing) -> KeyRing:
    """The same, for whoever has an endpoint before them."""
    if ring not in _known:
        _known[ring] = _opened(ring, await _sealed(session))
    return _known[ring]


async def reseal(parts: Parts) -> bool:
    """Seal the key by the ring's current key when another one did; done whenever a sender starts."""
    ring = parts.ring
    async with parts.worker.engine.begin() as connection:
        sealed = (await connection.execute(_FIND, {"name": _NAME})).scalar_one_or_none()
        if sealed is None or ring.key_of(bytes(sealed)) == ring.current:
            return False
        fresh = ring.seal(ring.open(bytes(sealed), _AAD), _AAD)
        await connection.execute(_REPLACE, {"name": _NAME, "old": sealed, "new": fresh})
        return True


async def _sealed(session: AsyncSession) -> bytes:
    return bytes((await session.execute(_FIND, {"name": _NAME})).scalar_one())


def _opened(ring: KeyRing, sealed: bytes) -> KeyRing:
    key = base64.b64encode(ring.open(sealed, _AAD)).decode()
    return KeyRing(orjson.dumps({"current": "1", "keys": {"1": key}}).decode())


_MAKE = text("INSERT INTO platform_secrets (name, sealed) VALUES (:name, :sealed) ON CONFLICT DO NOTHING")
_FIND = text("SELECT sealed FROM platform_secrets WHERE name = :name")
_REPLACE = text("UPDATE platform_secrets SET sealed = :new WHERE name = :name AND sealed = :old")
