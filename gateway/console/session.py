"""Who is signed in to the console: a sealed cookie that says who, and a token against forged forms."""

import hmac
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from fastapi import Request, Response

from shared import wall_clock
from shared.auth import Role
from shared.crypto import Erased, KeyRing

COOKIE = "circle_console"
SECONDS = 8 * 3600
# Who is led to which pages. Whether they may do what these offer says the platform, each time.
_TRAINERS = frozenset({Role.TRAINER, Role.COORDINATOR, Role.PROJECT_MANAGER})
_READERS = _TRAINERS | {Role.ANALYST, Role.LA_MANAGER}
_PUBLISHERS = frozenset({Role.PROJECT_MANAGER, Role.ANALYST})
_MATCHERS = frozenset({Role.COORDINATOR, Role.PROJECT_MANAGER})
_AAD = b"console-session"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person in one organisation. What they may do is asked anew for every token; `roles` are those of the
    sign-in, and only say which way is shown.

    `csrf` is random and stands in each of the session's forms; the cookie that holds it is sealed.
    """

    partnership: UUID
    person: UUID
    organisation: UUID
    name: str
    partnership_name: str
    signed_in: float
    csrf: str
    roles: tuple[str, ...] = ()

    @property
    def trains(self) -> bool:
        return not _TRAINERS.isdisjoint(self.roles)

    @property
    def reads_reports(self) -> bool:
        return not _READERS.isdisjoint(self.roles)

    @property
    def publishes(self) -> bool:
        return not _PUBLISHERS.isdisjoint(self.roles)

    @property
    def matches(self) -> bool:
        return not _MATCHERS.isdisjoint(self.roles)

    @property
    def signed_in_at(self) -> datetime:
        return datetime.fromtimestamp(self.signed_in, UTC)


def remember(response: Response, ring: KeyRing, visitor: Visitor, *, secure: bool) -> None:
    """Put the session on the answer."""
    sealed = ring.seal(orjson.dumps(asdict(visitor), default=str), _AAD).hex()
    response.set_cookie(
        COOKIE, sealed, max_age=SECONDS, path="/console", httponly=True, samesite="strict", secure=secure
    )


def forget(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(COOKIE, path="/console")


def visitor_of(request: Request, ring: KeyRing) -> Visitor | None:
    """The signed-in visitor; None without a session, with an old one, or one that is not ours."""
    try:
        document: dict[str, Any] = orjson.loads(ring.open(bytes.fromhex(request.cookies.get(COOKIE, "")), _AAD))
    except (ValueError, IndexError, Erased):
        return None
    if wall_clock.seconds() - document["signed_in"] > SECONDS:
        return None
    ids = {name: UUID(document[name]) for name in ("partnership", "person", "organisation")}
    return Visitor(**{**document, **ids, "roles": tuple(document.get("roles", ()))})


def is_own_form(visitor: Visitor, sent: str) -> bool:
    """Whether the form came from one of our own pages in this session."""
    return hmac.compare_digest(visitor.csrf.encode(), sent.encode())
