"""Who is calling: one python-jose adapter, verified tokens kept for a moment, roles as types."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

import httpx
from jose import JWTError, jwt
from jose.exceptions import JWSError

from shared import compact
from shared.errors import Unauthorized, Unavailable

ALGORITHM = "RS256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - a media type, not a secret
MAX_TOKEN_BYTES = 8192
MAX_LIFETIME_SECONDS = 300
CACHE_SECONDS = 60
CACHE_SIZE = 10_000
REFETCH_SECONDS = 5.0
FIRST_SECONDS = 0.4


class Role(StrEnum):
    """The roles of the contract."""

    SOCIAL_WORKER = "social_worker"
    LEAD_PRACTITIONER = "lead_practitioner"
    LA_MANAGER = "la_manager"
    OPERATIONAL_LINK = "operational_link"
    PROJECT_MANAGER = "project_manager"
    COORDINATOR = "coordinator"
    VOLUNTEER = "volunteer"
    ADVOCATE = "advocate"
    TRAINER = "trainer"
    VCS_MEMBER = "vcs_member"
    ANALYST = "analyst"
    DPO = "dpo"
    AUDITOR = "auditor"
    ADMIN = "admin"
    PARTNER_SYSTEM = "partner_system"
    INTAKE = "intake"
    WORKER = "worker"


# Whoever holds only these sees single cases that they are part of, never their organisation's.
PERSONAL_ROLES = frozenset({Role.VOLUNTEER, Role.ADVOCATE})


@dataclass(frozen=True, slots=True)
class Caller:
    """The verified claims of a token."""

    subject: str
    client_id: str
    partnership: UUID
    organisation: UUID
    roles: frozenset[Role]
    person: UUID | None = None
    token_id: str = ""
    expires: int = 0
    scopes: frozenset[str] = field(default_factory=frozenset)

    @property
    def personal(self) -> bool:
        """Whether only cases that name this very person may be shown."""
        return self.roles <= PERSONAL_ROLES

    def has(self, *roles: Role) -> bool:
        """Whether the caller holds at least one of the roles."""
        return not self.roles.isdisjoint(roles)


class KeySource(Protocol):
    """Where public keys come from."""

    async def fetch(self) -> Mapping[str, Mapping[str, Any]]:
        """Public keys (JWK) by `kid`."""
        ...


def is_ours_to_verify_with(key: Mapping[str, Any]) -> bool:
    """Whether a published key is an RSA key for signatures by RS256; providers publish others beside it (RFC 7517)."""
    alone = key.get("kty") == "RSA" and key.get("use", "sig") == "sig" and key.get("alg", ALGORITHM) == ALGORITHM
    return alone and "verify" in key.get("key_ops", ("verify",))


class HttpKeys:
    """Keys from a JWKS address given by configuration; addresses inside tokens are never followed."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def fetch(self) -> Mapping[str, Mapping[str, Any]]:
        # Certificates are read only where they are needed: that takes a tenth of a second of CPU each time.
        async with httpx.AsyncClient(timeout=3.0, verify=self._url.startswith("https:")) as client:
            answer = await client.get(self._url)
            answer.raise_for_status()
            return {key["kid"]: key for key in answer.json()["keys"] if "kid" in key and is_ours_to_verify_with(key)}


class KeySet:
    """The last good set of public keys, fetched anew on an unknown `kid`, at most every few seconds."""

    def __init__(self, source: KeySource) -> None:
        self._source = source
        self._keys: dict[str, Mapping[str, Any]] = {}
        self._fetched = float("-inf")
        self._lock = asyncio.Lock()
        self.version = 0

    @property
    def ready(self) -> bool:
        """Whether there is any key to verify with."""
        return bool(self._keys)

    async def refresh(self) -> bool:
        """Fetch; keep what we have when that fails. True when a set was fetched."""
        async with self._lock:
            if time.monotonic() - self._fetched < (REFETCH_SECONDS if self._keys else FIRST_SECONDS):
                return bool(self._keys)
            self._fetched = time.monotonic()
            try:
                keys = dict(await self._source.fetch())
            except (httpx.HTTPError, KeyError, ValueError, TypeError):
                return False
            if keys and keys != self._keys:
                self._keys, self.version = keys, self.version + 1
            return bool(keys)

    async def find(self, kid: str) -> Mapping[str, Any] | None:
        """The key of that id, looked up again at the source when it is not known."""
        if kid not in self._keys:
            await self.refresh()
        return self._keys.get(kid)


class TokenVerifier:
    """Verifies RFC 9068 access tokens of one issuer for one audience."""

    def __init__(self, issuer: str, audience: str, keys: KeySet) -> None:
        self._issuer = issuer
        self._audience = audience
        self.keys = keys
        self._known: dict[str, tuple[float, int, Caller]] = {}

    async def verify(self, token: str) -> Caller:
        """The caller, or `Unauthorized`. A known good token is not computed again for up to a minute."""
        kept = self._known.get(token)
        if kept is not None and kept[0] > time.time() and kept[1] == self.keys.version:
            return kept[2]
        caller = caller_of(await self.claims(token))
        if len(self._known) >= CACHE_SIZE:
            self._known.clear()
        self._known[token] = (min(caller.expires, time.time() + CACHE_SECONDS), self.keys.version, caller)
        return caller

    async def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token whose signature, type, times, issuer and audience are all right."""
        if len(token) > MAX_TOKEN_BYTES:
            raise Unauthorized("The token is too long.")
        try:
            header, _ = compact.read(token)
            key = await self._key_for(header)
            claims: dict[str, Any] = jwt.decode(
                token, dict(key), algorithms=[ALGORITHM], audience=self._audience, issuer=self._issuer, options=_STRICT
            )
            issued, expires = times_of(claims)
        except MALFORMED as error:
            raise Unauthorized("The token is not valid.") from error
        now = time.time()
        if expires - issued > MAX_LIFETIME_SECONDS or issued > now + 5:
            raise Unauthorized("The token lives too long.")
        if expires <= now:  # python-jose lets one through for the whole second in which it expires
            raise Unauthorized("The token has expired.")
        return claims

    async def _key_for(self, header: Mapping[str, Any]) -> Mapping[str, Any]:
        # Our issuer writes these three members and no other: nothing can bring along a key, a coding or a condition.
        if header.keys() != _HEADER or header["alg"] != ALGORITHM:
            raise Unauthorized("The token is not valid.")
        if str(header["typ"]).lower().removeprefix("application/") != TOKEN_TYPE:
            raise Unauthorized("The token is not an access token.")
        kid = header["kid"]
        key = await self.keys.find(kid) if isinstance(kid, str) else None
        if key is None and not self.keys.ready:
            # No verdict on the token: a process that has just started and reaches no issuer knows no key at all.
            raise Unavailable
        if key is None:
            raise Unauthorized("The token's key is not known.")
        return key


# What reading a token of somebody else's making may raise.
MALFORMED = (JWTError, JWSError, ValueError, TypeError, KeyError, RecursionError, OverflowError)
_HEADER = {"alg", "kid", "typ"}
_MAX_TEXT = 255
_STRICT = {
    "verify_signature": True,
    "verify_aud": True,
    "verify_iss": True,
    "verify_exp": True,
    "verify_nbf": True,
    "verify_iat": True,
    "require_aud": True,
    "require_iss": True,
    "require_exp": True,
    "require_iat": True,
    "require_sub": True,
    "require_jti": True,
    "leeway": 0,
}


def times_of(claims: Mapping[str, Any]) -> tuple[int, int]:
    """(issued, expires) in whole seconds; TypeError when a time is anything but a number that says just that."""
    issued, expires, not_before = claims["iat"], claims["exp"], claims.get("nbf", 0)
    if not (type(issued) is type(expires) is type(not_before) is int):
        raise TypeError("a time is not a whole number")
    return issued, expires


def caller_of(claims: Mapping[str, Any]) -> Caller:
    """Claims as a typed caller; a claim of the wrong shape makes the token bad."""
    try:
        return Caller(
            subject=_text(claims["sub"]),
            client_id=_text(claims["client_id"]),
            partnership=_id(claims["partnership"]),
            organisation=_id(claims["organisation"]),
            roles=frozenset(Role(role) for role in _texts(claims["roles"])),
            person=None if claims.get("person") is None else _id(claims["person"]),
            token_id=_text(claims["jti"]),
            expires=int(claims["exp"]),
            scopes=frozenset(_text(claims["scope"]).split()) if "scope" in claims else frozenset(),
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Unauthorized("The token's claims are not complete.") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a claim is not a text")
    if not value or len(value) > _MAX_TEXT or not value.isprintable():
        raise ValueError("a claim is no text that anybody would be named by")
    return value


def _id(value: object) -> UUID:
    found = UUID(_text(value))
    if str(found) != value:  # there are many ways to write one, and we use one
        raise ValueError("an id is not written as ours are")
    return found


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        raise TypeError("a claim is not a list")
    return [_text(item) for item in value]


def bearer(authorization: str | None) -> str:
    """The token in an `Authorization` header, or `Unauthorized`."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized
    return token.strip(" ")
