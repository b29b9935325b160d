"""The signing keys: made under a lock, sealed by the key ring, kept loaded."""

import asyncio
import base64
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwk, jwt
from jose.backends.base import Key
from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.settings import GatewaySettings
from gateway.tokens import rotation
from gateway.tokens.models import SigningKey
from shared import wall_clock
from shared.auth import ALGORITHM, TOKEN_TYPE
from shared.crypto import KeyRing
from shared.errors import Unavailable

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('circle-signing-keys', 3))")
_BITS = 2048
_FIRST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class LoadedKey:
    """One key, ready to sign."""

    kid: str
    public: Mapping[str, Any]
    private: Key
    signs_from: datetime
    withdrawn_at: datetime | None


class SigningKeys:
    """All keys of the table as this process knows them; also the source of the gateway's own key set."""

    def __init__(self, settings: GatewaySettings, ring: KeyRing) -> None:
        self._settings = settings
        self._ring = ring
        self._keys: dict[str, LoadedKey] = {}
        self._loaded_once = asyncio.Event()

    async def load(self, session: AsyncSession) -> None:
        """Read the table; make the first key where there is none, and the next one where the time has come."""
        rows = await _rows(session)
        if not rows or rotation.is_rotation_due(rows, wall_clock.now(), timedelta(days=self._settings.key_days)):
            rows = await self._make_if_still_due(session)
        self._keys = {row.kid: self._loaded(row) for row in rows}
        self._loaded_once.set()

    async def rotate(self, session: AsyncSession, *, at_once: bool = False) -> str:
        """Add a key, signing after it has been published long enough; its id.

        `at_once` is for a key that has got into wrong hands: all others are withdrawn, and with them every token.
        """
        await session.execute(_LOCK)
        now = wall_clock.now()
        if at_once:
            for row in await _rows(session):
                row.withdrawn_at = row.withdrawn_at or now
                session.add(row)
        wait = timedelta(seconds=0 if at_once else self._settings.key_publish_seconds)
        return await self._make(session, now + wait)

    def sign(self, claims: Mapping[str, Any]) -> str:
        """An RFC 9068 access token of these claims."""
        key = rotation.current(self._keys.values(), wall_clock.now())
        if key is None:
            raise Unavailable("There is no signing key yet.")
        return jwt.encode(dict(claims), key.private, ALGORITHM, headers={"kid": key.kid, "typ": TOKEN_TYPE})

    def published(self) -> list[Mapping[str, Any]]:
        """The public keys (JWK) that verifiers need now."""
        life = timedelta(seconds=self._settings.token_seconds)
        return [key.public for key in rotation.published(self._keys.values(), wall_clock.now(), life)]

    async def fetch(self) -> Mapping[str, Mapping[str, Any]]:
        """As `shared.auth.KeySource`: from memory, which another task keeps fresh; the first load is waited for."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_SECONDS):
                await self._loaded_once.wait()
        return {str(key["kid"]): key for key in self.published()}

    async def _make_if_still_due(self, session: AsyncSession) -> list[SigningKey]:
        await session.execute(_LOCK)
        rows, now = await _rows(session), wall_clock.now()
        if not rows:
            await self._make(session, now)
        elif rotation.is_rotation_due(rows, now, timedelta(days=self._settings.key_days)):
            await self._make(session, now + timedelta(seconds=self._settings.key_publish_seconds))
        return await _rows(session)

    async def _make(self, session: AsyncSession, signs_from: datetime) -> str:
        pem, public = await asyncio.to_thread(_new_pair)
        sealed = self._ring.seal(pem, _aad(public["kid"]))
        session.add(SigningKey(kid=public["kid"], public_key=public, private_key=sealed, signs_from=signs_from))
        await session.flush()
        return public["kid"]

    def _loaded(self, row: SigningKey) -> LoadedKey:
        known = self._keys.get(row.kid)
        if known is not None and (known.signs_from, known.withdrawn_at) == (row.signs_from, row.withdrawn_at):
            return known
        pem = self._ring.open(row.private_key, _aad(row.kid))
        if self._ring.key_of(row.private_key) != self._ring.current:
            row.private_key = self._ring.seal(pem, _aad(row.kid))
        private = known.private if known else jwk.construct(pem.decode(), ALGORITHM)
        return LoadedKey(row.kid, row.public_key, private, row.signs_from, row.withdrawn_at)


async def _rows(session: AsyncSession) -> list[SigningKey]:
    query = select(SigningKey).execution_options(populate_existing=True)
    return list((await session.exec(query)).all())


def _aad(kid: str) -> bytes:
    return f"signing_keys.private_key|{kid}".encode()


def _new_pair() -> tuple[bytes, dict[str, str]]:
    """A private key as PEM and its public half as JWK with the RFC 7638 thumbprint as its id."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    numbers = key.public_key().public_numbers()
    public = {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
    return pem, public | {"kid": thumbprint(public), "alg": ALGORITHM, "use": "sig"}


def thumbprint(public: Mapping[str, str]) -> str:
    """RFC 7638 of an RSA key."""
    members = {name: public[name] for name in ("e", "kty", "n")}
    digest = hashlib.sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode().rstrip("=")
