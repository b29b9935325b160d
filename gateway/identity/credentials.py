"""Passwords and secrets: how they are made, hashed and compared; none is ever shown twice."""

import asyncio
import hashlib
import hmac
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's least: 19 MiB, two passes. Two at a time, so that a flood of sign-ins takes neither memory nor both cores.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_AT_ONCE = asyncio.Semaphore(2)
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))


async def hash_password(password: str) -> str:
    """Argon2id, in a thread."""
    async with _AT_ONCE:
        return await asyncio.to_thread(_HASHER.hash, password)


async def is_password(password: str, hashed: str | None) -> bool:
    """Whether this is the password. Without a hash the same work is done, so that the time tells nothing."""
    async with _AT_ONCE:
        matches = await asyncio.to_thread(_verify, password, hashed or _NOBODY)
    return matches and hashed is not None


def _verify(password: str, hashed: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def new_secret(prefix: str) -> str:
    """A secret of 256 random bits; the prefix lets a scanner recognise one that was left lying about."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def digest(secret: str) -> bytes:
    """What is kept of a random secret. It cannot be guessed, so a fast hash is enough."""
    return hashlib.sha256(secret.encode()).digest()


def is_secret(secret: str, kept: bytes | None) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(digest(secret), kept or bytes(32)) and kept is not None
