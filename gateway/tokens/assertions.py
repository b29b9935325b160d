"""Clients that prove themselves with a signed assertion (RFC 7523, `private_key_jwt`) and a registered key."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from jose import jwt
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.tokens.oauth import invalid_client
from shared import compact, wall_clock
from shared.auth import MALFORMED

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MAX_BYTES = 8192
_MAX_SECONDS = 300
_SKEW_SECONDS = 5
# When an assertion is good is looked at here: the library knows no other clock than this machine's, and would look at
# whatever it is told to require.
_STRICT = (
    {"verify_exp": False, "verify_nbf": False}
    | {f"verify_{name}": True for name in ("signature", "aud", "iss", "sub", "iat", "jti")}
    | {f"require_{name}": True for name in ("aud", "iss", "sub", "jti")}
)


def issuer_of(assertion: str) -> str:
    """Which client it says it is from; nothing is believed yet."""
    if len(assertion) > _MAX_BYTES:
        raise invalid_client()
    try:
        return str(compact.read(assertion)[1]["iss"])
    except MALFORMED as error:
        raise invalid_client() from error


def verify(assertion: str, client_id: str, key: Mapping[str, Any], audiences: Iterable[str]) -> Mapping[str, Any]:
    """The claims. The algorithm follows from the registered key, never from the assertion."""
    for audience in audiences:
        try:
            claims: dict[str, Any] = jwt.decode(
                assertion,
                dict(key),
                algorithms=[algorithm_of(key)],
                audience=audience,
                issuer=client_id,
                subject=client_id,
                options=_STRICT,
            )
        except MALFORMED:
            continue
        if _is_timely(claims.get("exp"), claims.get("nbf", 0)):
            return claims
    raise invalid_client()


def _is_timely(expires: object, not_before: object) -> bool:
    """Good now, and not for long."""
    now = wall_clock.seconds()
    if not (type(expires) is type(not_before) is int):
        return False
    return now < expires <= now + _MAX_SECONDS + _SKEW_SECONDS and not_before <= now


def algorithm_of(key: Mapping[str, Any]) -> str:
    """RS256 for an RSA key, ES256 for one on P-256."""
    return "RS256" if key["kty"] == "RSA" else "ES256"


async def use_once(session: AsyncSession, client_id: str, claims: Mapping[str, Any]) -> None:
    """Refuse an assertion that has been used; two at the same moment wait for each other on the row."""
    digest = hashlib.sha256(f"{client_id}|{claims['jti']}".encode()).digest()
    expires = datetime.fromtimestamp(claims["exp"], UTC)
    if (await session.execute(_USE, {"id": digest, "expires": expires})).first() is None:
        raise invalid_client()


_USE = text("INSERT INTO used_assertions (id, expires_at) VALUES (:id, :expires) ON CONFLICT DO NOTHING RETURNING id")
