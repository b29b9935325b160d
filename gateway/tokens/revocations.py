"""What has been revoked: written beside the change, known in memory at every gateway within a second."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.auth import MAX_LIFETIME_SECONDS
from shared.db import work_of
from shared.ids import new_id
from shared.parts import Parts

POLL_SECONDS = 0.3
# No token lives longer; afterwards a revocation says nothing that the token's own end does not say.
_KEPT_SECONDS = MAX_LIFETIME_SECONDS * 2


class Kind(StrEnum):
    """What a revocation names: one token, or all tokens issued so far to a client or to a subject."""

    TOKEN = "token"  # noqa: S105 - a kind of revocation
    CLIENT = "client"
    SUBJECT = "subject"


class Revocations:
    """The revocations that still matter. `version` changes whenever they do, for whoever keeps verified tokens."""

    def __init__(self) -> None:
        self.version = 0
        self._ids: frozenset[UUID] = frozenset()
        self._tokens: frozenset[str] = frozenset()
        self._clients: dict[str, int] = {}
        self._subjects: dict[str, int] = {}

    def is_revoked(self, jti: str, client_id: str, sub: str) -> bool:
        """Whether the token itself is revoked, or all that its client or subject was issued up to a later moment."""
        if not self._ids:
            return False
        if jti in self._tokens:
            return True
        until = max(self._clients.get(client_id, -1), self._subjects.get(sub, -1))
        return until >= 0 and issued_at(jti) <= until

    async def refresh(self, parts: Parts) -> None:
        """Read all of them; a last-seen mark would miss those that were committed late."""
        async with parts.app.engine.connect() as connection:
            rows = (await connection.execute(_READ)).all()
        ids = frozenset(row.id for row in rows)
        if ids == self._ids:
            return
        self._tokens = frozenset(row.value for row in rows if row.kind == Kind.TOKEN)
        self._clients = _latest(row for row in rows if row.kind == Kind.CLIENT)
        self._subjects = _latest(row for row in rows if row.kind == Kind.SUBJECT)
        self._ids, self.version = ids, self.version + 1


def _latest(rows: Iterable[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        found[row.value] = max(found.get(row.value, -1), int(row.milliseconds))
    return found


def issued_at(jti: str) -> int:
    """When a token was issued, in milliseconds: our token ids are UUIDv7. Any other is taken for an old one."""
    try:
        token_id = UUID(jti)
    except ValueError:
        return 0
    return token_id.int >> 80 if token_id.version == 7 else 0


async def revoke(session: AsyncSession, kind: Kind, value: str) -> None:
    """Revoke, after the client or person has been locked: tokens take their time from the same database clock."""
    parameters = {
        "id": new_id(),
        "partnership": work_of(session).partnership,
        "kind": kind.value,
        "value": value,
        "kept": _KEPT_SECONDS,
    }
    await session.execute(_REVOKE, parameters)
    work_of(session).pending.changed = True


_READ = text(
    "SELECT id, kind, value, floor(extract(epoch FROM revoked_at) * 1000) AS milliseconds"
    " FROM revocations WHERE expires_at > now()"
)
_REVOKE = text(
    "INSERT INTO revocations (id, partnership_id, kind, value, revoked_at, expires_at)"
    " VALUES (:id, :partnership, :kind, :value, clock_timestamp(),"
    " clock_timestamp() + make_interval(secs => :kept))"
)
