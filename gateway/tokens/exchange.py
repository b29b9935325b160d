"""Tokens of external issuers, swapped for the platform's own: the registered memberships decide what they may do."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from jose import jwt
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import repository
from gateway.identity.domain import ClientStatus
from gateway.identity.models import SignInName
from gateway.settings import ExternalIssuer
from gateway.tokens import people
from gateway.tokens.issuer import Granted, Issuer
from shared import compact, wall_clock
from shared.auth import ALGORITHM, CACHE_SIZE, MALFORMED, MAX_TOKEN_BYTES, HttpKeys, KeySet, KeySource
from shared.claims import times_of
from shared.db import enter, now_of
from shared.errors import Unauthorized

_SPARE_SECONDS = 30
# When a token is good is looked at here: the library knows no other clock than this machine's, and would look at
# whatever it is told to require.
_STRICT = (
    {"verify_exp": False, "verify_nbf": False}
    | {f"verify_{name}": True for name in ("signature", "aud", "iss", "iat")}
    | {f"require_{name}": True for name in ("aud", "iss", "sub", "iat")}
)
# Members of a header that make the rest mean something else; what merely describes a key is left unread.
_CHANGING = frozenset({"crit", "b64", "zip", "enc", "cty"})
# What other tokens than access tokens carry: ID tokens by OpenID Connect, and Keycloak's name for its kinds.
_OF_ID_TOKENS = frozenset({"at_hash", "c_hash", "nonce"})
_OTHER_KINDS = frozenset({"ID", "Refresh", "Offline", "Logout"})


class Exchange:
    """Swaps, and keeps what was swapped until it ends or anything is revoked."""

    def __init__(self, issuer: Issuer, sources: Mapping[str, KeySource] | None = None) -> None:
        """`sources` are where keys come from, by issuer; the configured address unless given."""
        self._issuer = issuer
        self._trusted = {one.issuer: one for one in issuer.settings.external_issuers}
        self._keys = {
            name: KeySet((sources or {}).get(name) or HttpKeys(one.jwks_url)) for name, one in self._trusted.items()
        }
        self._kept: dict[str, tuple[float, int, str]] = {}

    def is_foreign(self, token: str) -> bool:
        """Whether the token says that a configured external issuer made it."""
        return _issuer_of(token) in self._trusted

    async def swap(self, token: str) -> str:
        """A platform token for whoever the foreign token names, or `Unauthorized`."""
        kept = self._kept.get(token)
        version = self._issuer.revocations.version
        if kept is not None and kept[0] > wall_clock.seconds() and kept[1] == version:
            return kept[2]
        config = self._trusted.get(_issuer_of(token) or "")
        if config is None or len(token) > MAX_TOKEN_BYTES:
            raise Unauthorized("The token is not of an issuer that is trusted here.")
        claims = await self._verified(token, config)
        subject = claims.get(config.subject_claim)
        if not isinstance(subject, str) or not subject:
            raise Unauthorized("The token names nobody.")
        async with self._issuer.transaction("swap-token") as session:
            granted = await self._grant(session, config, subject, claims["iat"])
            issued = await self._issuer.issue(session, granted)
        until = min(claims["exp"], wall_clock.seconds() + issued.seconds - _SPARE_SECONDS)
        while len(self._kept) >= CACHE_SIZE:
            del self._kept[next(iter(self._kept))]
        self._kept[token] = (until, version, issued.token)
        return issued.token

    async def _verified(self, token: str, config: ExternalIssuer) -> dict[str, Any]:
        try:
            header, _ = compact.read(token)
            kid = header.get("kid")
            known = isinstance(kid, str) and header.get("alg") == ALGORITHM and _CHANGING.isdisjoint(header)
            key = await self._keys[config.issuer].find(str(kid)) if known else None
            if key is None:
                raise Unauthorized("The token's key is not known.")
            claims: dict[str, Any] = jwt.decode(
                token,
                {**key, "alg": ALGORITHM},
                algorithms=[ALGORITHM],
                audience=config.audience,
                issuer=config.issuer,
                options=_STRICT,
            )
            issued, expires = times_of(claims)
        except MALFORMED as error:
            raise Unauthorized("The token is not valid.") from error
        if not _OF_ID_TOKENS.isdisjoint(claims) or claims.get("typ") in _OTHER_KINDS:
            raise Unauthorized("The token is not an access token.")
        now = wall_clock.seconds()
        if issued > now + 5 or not claims.get("nbf", 0) <= now < expires:
            raise Unauthorized("The token's times are not right.")
        return claims

    async def _grant(self, session: AsyncSession, config: ExternalIssuer, subject: str, issued_at: int) -> Granted:
        names = await repository.list_sign_in_names(session, self._issuer.names.external(config.issuer, subject))
        if config.partnership is not None:
            names = [name for name in names if name.partnership_id == config.partnership]
        if len(names) != 1:
            raise Unauthorized("Nobody here is known under that identity.")
        await enter(session, names[0].partnership_id)
        since = datetime.fromtimestamp(issued_at, UTC)
        granted = await (_of_client(session, names[0]) if names[0].client_id else _of_person(session, names[0], since))
        if granted is None:
            raise Unauthorized("Whoever is known under that identity may do nothing here now.")
        return granted


async def _of_person(session: AsyncSession, name: SignInName, since: datetime) -> Granted | None:
    assert name.person_id is not None  # noqa: S101 - a row names a person or a client
    organisation = name.organisation_id or await _only_organisation(session, name.person_id)
    if organisation is None:
        return None
    return await people.find_grant(session, name.person_id, organisation, f"external-{name.person_id}", since)


async def _only_organisation(session: AsyncSession, person: UUID) -> UUID | None:
    """The one for which they act; where there are several, the identity has to be registered for one of them."""
    current = await repository.list_current_memberships(session, person, now_of(session))
    found = {organisation.id for _, organisation in current}
    return found.pop() if len(found) == 1 else None


async def _of_client(session: AsyncSession, name: SignInName) -> Granted | None:
    assert name.client_id is not None  # noqa: S101 - a row names a person or a client
    client = await repository.find_client_for_share(session, name.client_id)
    if client is None or client.status != ClientStatus.ACTIVE:
        return None
    return Granted(
        subject=str(client.id),
        client_id=str(client.id),
        partnership=client.partnership_id,
        organisation=client.organisation_id,
        roles=tuple(client.roles),
    )


def _issuer_of(token: str) -> str | None:
    """What it says; believed by nobody, it chooses who verifies it."""
    pieces = token.split(".")
    if len(pieces) != 3 or len(token) > MAX_TOKEN_BYTES:
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(pieces[1] + "=" * (-len(pieces[1]) % 4)))
    except ValueError:
        return None
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else None
