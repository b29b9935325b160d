"""Who may pass the edge: a known token is one look into a table; any other is verified, swapped or refused."""

import base64
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, Protocol
from uuid import UUID

import orjson
from sqlalchemy.exc import SQLAlchemyError

from gateway.limits import Bucket, Limits
from shared import wall_clock
from shared.auth import CACHE_SECONDS, CACHE_SIZE, MAX_TOKEN_BYTES, Caller, TokenVerifier, bearer
from shared.errors import Unauthorized, Unavailable

# A swapped token is fetched again a little before its end, so that it does not run out on the way to the service.
_SPARE_SECONDS: Final = 5.0
# As our clients write it; whoever writes it otherwise is understood, but not at once.
_BEARER: Final = b"Bearer "


class Revocations(Protocol):
    """What has been revoked; `version` changes whenever something is added."""

    version: int

    def is_revoked(self, jti: str, client_id: str, sub: str) -> bool:
        """Whether a token, or all tokens of its client or subject, are revoked."""
        ...


_VISITOR: Final = Caller("visitor", "visitor", UUID(int=0), UUID(int=0), frozenset())
Swap = Callable[[str], Awaitable[str]]


class Admission:
    """One known token: who it is, until when that is good, and what the service is sent."""

    __slots__ = ("bucket", "caller", "key_version", "revocation_version", "until", "value")

    def __init__(self, caller: Caller, value: bytes, bucket: Bucket, until: float, versions: tuple[int, int]) -> None:
        self.caller = caller
        # The value of `Authorization` that the service gets.
        self.value = value
        self.bucket = bucket
        # On the monotonic clock.
        self.until = until
        self.key_version, self.revocation_version = versions


def visiting(bucket: Bucket) -> Admission:
    """For one request of somebody without a token: no identity is passed on."""
    return Admission(_VISITOR, b"", bucket, 0.0, (0, 0))


class Doorkeeper:
    """Admissions by the value of the `Authorization` header."""

    def __init__(self, verifier: TokenVerifier, revocations: Revocations, limits: Limits, swap: Swap, issuer: str):
        self._verifier = verifier
        self._revocations = revocations
        self._limits = limits
        self._swap = swap
        self._issuer = issuer
        # The oldest goes first, which a plain dict finds behind the gaps that all before it left.
        self._known: OrderedDict[bytes, Admission] = OrderedDict()

    async def admit(self, authorization: bytes, now: float) -> Admission:
        """The admission for the header's value, or `Unauthorized`; `now` is the monotonic clock."""
        return self.known(authorization, now) or await self._examine(authorization, now)

    def known(self, authorization: bytes, now: float) -> Admission | None:
        """The admission that is already there for the header's value, if it is still good."""
        known = self._known.get(authorization)
        return known if known is not None and self.still(known, now) else None

    def meet(self, authorization: bytes, now: float) -> Admission | None:
        """The admission of a token that is known, or good by a key used before; None is no verdict."""
        return self.known(authorization, now) or self._at_once(authorization, now)

    def still(self, known: Admission, now: float) -> bool:
        """Whether nothing has ended the admission: its time, a new set of keys, a revocation."""
        return (
            known.until > now
            and known.revocation_version == self._revocations.version
            and known.key_version == self._verifier.keys.version
        )

    async def _examine(self, authorization: bytes, now: float) -> Admission:
        self._known.pop(authorization, None)
        if len(authorization) > MAX_TOKEN_BYTES:
            raise Unauthorized("The token is too long.")
        token = bearer(authorization.decode("latin-1") or None)
        issuer, spare = issuer_of(token), 0.0
        if issuer is None:
            raise Unauthorized("The token is not valid.")
        if issuer != self._issuer:
            token, spare = await self._exchange(token), _SPARE_SECONDS
        # Read before anything is awaited: what is revoked meanwhile makes the admission an old one at once.
        versions = self._versions()
        caller = await self._verifier.verify(token)
        left = min(caller.expires - wall_clock.seconds() - spare, CACHE_SECONDS)
        return self._admitted(authorization, caller, b"Bearer " + token.encode("latin-1"), now + left, versions)

    def _at_once(self, authorization: bytes, now: float) -> Admission | None:
        if not authorization.startswith(_BEARER):
            return None
        try:
            caller = self._verifier.at_once(authorization[len(_BEARER) :].decode("latin-1"))
            if caller is None:
                return None
            until = now + min(caller.expires - wall_clock.seconds(), CACHE_SECONDS)
            return self._admitted(authorization, caller, authorization, until, self._versions())
        except Unauthorized:
            return None

    def _versions(self) -> tuple[int, int]:
        return self._verifier.keys.version, self._revocations.version

    def _admitted(
        self, authorization: bytes, caller: Caller, value: bytes, until: float, versions: tuple[int, int]
    ) -> Admission:
        """The last question, and the admission, which is kept."""
        if self._revocations.is_revoked(caller.token_id, caller.client_id, caller.subject):
            raise Unauthorized("The token has been revoked.")
        admission = Admission(caller, value, self._limits.bucket(caller), until, versions)
        while len(self._known) >= CACHE_SIZE:
            self._known.popitem(last=False)
        self._known[authorization] = admission
        return admission

    async def _exchange(self, token: str) -> str:
        try:
            return await self._swap(token)
        except (OSError, TimeoutError, SQLAlchemyError) as error:
            raise Unavailable from error


def issuer_of(token: str) -> str | None:
    """Who claims to have issued the token; believed by nobody, it only chooses who verifies it."""
    pieces = token.split(".")
    if len(pieces) != 3:
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(pieces[1] + "=" * (-len(pieces[1]) % 4)))
    except ValueError:
        return None
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else None
