"""Who is calling: one python-jose adapter, verified tokens kept for a moment, roles as types."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

import httpx
from jose import jwk
from jose.backends.base import Key
from jose.exceptions import JOSEError

from shared import claims as written
from shared import compact, wall_clock
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


_ROLES = {role.value: role for role in Role}
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
        # By the text of a token's header: reading a key costs as much as verifying with it.
        self._prepared_keys: dict[str, Key] = {}
        self._prepared_version = keys.version

    async def verify(self, token: str) -> Caller:
        """The caller, or `Unauthorized`. A known good token is not computed again for up to a minute."""
        kept = self._known.get(token)
        if kept is not None and kept[0] > wall_clock.seconds() and kept[1] == self.keys.version:
            return kept[2]
        caller = caller_of(await self.claims(token))
        if len(self._known) >= CACHE_SIZE:
            self._known.clear()
        self._known[token] = (min(caller.expires, wall_clock.seconds() + CACHE_SECONDS), self.keys.version, caller)
        return caller

    async def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token whose signature, type, times, issuer and audience are all right."""
        try:
            parts = _parted(token)
            return self._judged(parts, self._prepared(parts[0]) or await self._prepare(parts[0]))
        except MALFORMED as error:
            raise Unauthorized("The token is not valid.") from error

    def at_once(self, token: str) -> Caller | None:
        """As `verify`, but nothing is asked, waited for or kept; None where the key was not needed before."""
        try:
            parts = _parted(token)
            key = self._prepared(parts[0])
            return caller_of(self._judged(parts, key)) if key is not None else None
        except MALFORMED as error:
            raise Unauthorized("The token is not valid.") from error

    def _judged(self, parts: tuple[str, str, str], key: Key) -> dict[str, Any]:
        """The claims, read once the signature holds."""
        if not is_signed(parts, key):
            raise Unauthorized("The token is not valid.")
        claims, now = compact.members(compact.decoded(parts[1])), wall_clock.seconds()
        issued, expires = written.times_of(claims)
        written.check_places(claims, self._issuer, self._audience)
        if expires - issued > MAX_LIFETIME_SECONDS or issued > now + 5:
            raise Unauthorized("The token lives too long.")
        if not claims.get("nbf", 0) <= now < expires:
            raise Unauthorized("The token has expired, or is not good yet.")
        return claims

    def _prepared(self, header: str) -> Key | None:
        """The key for a header, letter by letter as it was read before; none after the keys have changed."""
        if self._prepared_version != self.keys.version:
            self._prepared_keys.clear()
            self._prepared_version = self.keys.version
        return self._prepared_keys.get(header)

    async def _prepare(self, header: str) -> Key:
        found = await self._key_for(compact.members(compact.decoded(header)))
        key = prepared(found)
        if self._prepared(header) is None and len(self._prepared_keys) >= _MAX_HEADERS:
            self._prepared_keys.clear()
        self._prepared_keys[header] = key
        return key

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
MALFORMED = (JOSEError, ValueError, TypeError, KeyError, RecursionError, OverflowError)
_HEADER = {"alg", "kid", "typ"}
# An issuer writes one header a key.
_MAX_HEADERS = 64


def prepared(key: Mapping[str, Any]) -> Key:
    """A public key as python-jose verifies with it."""
    return jwk.construct(dict(key), ALGORITHM)


def is_signed(parts: tuple[str, str, str], key: Key) -> bool:
    """Whether the third piece is the key's signature over the first two."""
    header, payload, signature = parts
    return bool(key.verify(f"{header}.{payload}".encode(), compact.decoded(signature)))


def _parted(token: str) -> tuple[str, str, str]:
    if len(token) > MAX_TOKEN_BYTES:
        raise Unauthorized("The token is too long.")
    return compact.parted(token)


def caller_of(claims: Mapping[str, Any]) -> Caller:
    """Claims as a typed caller; a claim of the wrong shape makes the token bad."""
    try:
        return Caller(
            subject=written.text(claims["sub"]),
            client_id=written.text(claims["client_id"]),
            partnership=written.uuid(claims["partnership"]),
            organisation=written.uuid(claims["organisation"]),
            roles=frozenset(_ROLES[role] for role in written.texts(claims["roles"])),
            person=None if claims.get("person") is None else written.uuid(claims["person"]),
            token_id=written.text(claims["jti"]),
            expires=int(claims["exp"]),
            scopes=frozenset(written.text(claims["scope"]).split()) if "scope" in claims else frozenset(),
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Unauthorized("The token's claims are not complete.") from error


def bearer(authorization: str | None) -> str:
    """The token in an `Authorization` header, or `Unauthorized`."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized
    return token.strip(" ")
