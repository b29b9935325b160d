"""Searching the audit of one partnership: a walk down an index, newest first, that ends with the page."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import logging
from shared.audit import Auditor
from shared.db import work_of

_log = logging.get("audit")

# So many entries are looked through for one page at the most, where they are asked for by more than the index knows.
LOOK: Final = 1000
_PORTION: Final = 250
BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
END: Final = datetime(9000, 1, 1, tzinfo=UTC)
# The place before which a walk begins.
Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for; all that is given has to fit. `since` is the first instant, `before` the first no more."""

    subject: UUID | None = None
    actor: str | None = None
    organisation: UUID | None = None
    action: str | None = None
    changed: bool | None = None
    since: datetime = BEGINNING
    before: datetime = END

    def terms(self) -> list[UUID]:
        """What the index can be asked by."""
        return [_term(kind, value) for kind, value in self._named()]

    def flags(self) -> list[bool]:
        """Changes, views, or both: each is a walk of its own, so that neither is looked for among the other."""
        return [True, False] if self.changed is None else [self.changed]

    @property
    def is_in_the_index(self) -> bool:
        """Whether every entry of the walk fits."""
        named = len(self.terms())
        return named == 1 or (named == 0 and self.changed is None)

    def fits(self, entry: dict[str, Any]) -> bool:
        """Whether the entry is one of those that are asked for; a term is a digest, so the entry itself decides."""
        return (
            (self.subject is None or any(str(self.subject) in ids for ids in entry["seen"].values()))
            and self.actor in (None, entry["actor"], entry["person"])
            and (self.organisation is None or str(self.organisation) == entry["organisation"])
            and self.action in (None, entry["action"])
            and self.changed in (None, entry["changed"])
        )

    def _named(self) -> Iterator[tuple[str, str]]:
        for kind in ("subject", "actor", "organisation", "action"):
            value = getattr(self, kind)
            if value is not None:
                yield kind, str(value)


@dataclass(frozen=True, slots=True)
class Found:
    """One entry."""

    id: UUID
    recorded_at: datetime
    entry: dict[str, Any]


async def search(
    session: AsyncSession, auditor: Auditor, question: Question, limit: int, place: Place | None = None
) -> tuple[list[Found], Place | None]:
    """The newest entries before the place, and where to go on; None when nothing is left.

    Fewer than `limit`, even none, are found before a place to go on where `LOOK` entries were looked through. An entry
    that was written or edited by somebody without the key is none of ours: `audit_verify` names it.
    """
    found, looked, partnership = list[Found](), 0, work_of(session).partnership
    portion = limit + 1 if question.is_in_the_index else _PORTION
    here = min(place or (END, UUID(int=0)), (question.before, UUID(int=0)))
    term = await _rarest(session, question, here)
    while looked < LOOK:
        rows = await _walk(session, question, term, here, portion)
        for row in rows:
            if len(found) == limit:
                return found, here
            here = (row.recorded_at, row.id)
            entry = _read(auditor, partnership, row)
            if entry is not None and question.fits(entry):
                found.append(Found(row.id, row.recorded_at, entry))
        if len(rows) < portion:
            return found, None
        looked += len(rows)
    return found, here


async def walk(session: AsyncSession, auditor: Auditor, question: Question, limit: int) -> AsyncIterator[Found]:
    """The newest `limit` entries, however many have to be looked through."""
    place: Place | None = None
    while limit > 0:
        found, place = await search(session, auditor, question, limit, place)
        for one in found:
            yield one
        limit = limit - len(found) if place else 0


async def _rarest(session: AsyncSession, question: Question, here: Place) -> UUID | None:
    """The term with the fewest entries before the place, as far as a portion tells; None where there is no term."""
    terms = question.terms()
    if len(terms) < 2:
        return next(iter(terms), None)
    given = _given(session, question, here, _PORTION) | {"terms": terms, "flags": question.flags()}
    rarest: UUID = (await session.execute(_RAREST, given)).scalar_one()
    return rarest


async def _walk(
    session: AsyncSession, question: Question, term: UUID | None, here: Place, portion: int
) -> Sequence[Row[Any]]:
    given = _given(session, question, here, portion)
    if term is None:
        return (await session.execute(_WHOLE, given)).all()
    return (await session.execute(_OF_TERM, given | {"term": term, "flags": question.flags()})).all()


def _given(session: AsyncSession, question: Question, here: Place, portion: int) -> dict[str, Any]:
    partnership = work_of(session).partnership
    return {"partnership": partnership, "since": question.since, "at": here[0], "id": here[1], "portion": portion}


def _read(auditor: Auditor, partnership: UUID, row: Row[Any]) -> dict[str, Any] | None:
    """What a row says, if we wrote it."""
    if not hmac.compare_digest(auditor.mac(row.id, partnership, row.recorded_at, row.entry), bytes(row.mac)):
        _log.warning("audit-entry-not-whole", partnership=str(partnership))
        return None
    said: dict[str, Any] = orjson.loads(row.entry)
    return said


def _term(kind: str, value: str) -> UUID:
    """As `audit_terms_of` in the database makes it."""
    return UUID(bytes=hashlib.sha256(f"{kind}:{value}".encode()).digest()[:16])


_RAREST: Final = text("""
SELECT t.term FROM unnest(CAST(:terms AS uuid[])) AS t(term) CROSS JOIN LATERAL (
  SELECT count(*) AS entries FROM unnest(CAST(:flags AS boolean[])) AS flag CROSS JOIN LATERAL (
    SELECT 1 FROM audit_terms
    WHERE partnership_id = :partnership AND term = t.term AND changed = flag
      AND recorded_at >= CAST(:since AS timestamptz)
      AND (recorded_at, audit_id) < (CAST(:at AS timestamptz), CAST(:id AS uuid))
    LIMIT :portion
  ) AS few
) AS known
ORDER BY known.entries LIMIT 1
""")
_OF_TERM: Final = text("""
SELECT l.id, l.recorded_at, l.entry, l.mac FROM (
  SELECT walk.recorded_at, walk.audit_id FROM unnest(CAST(:flags AS boolean[])) AS flag CROSS JOIN LATERAL (
    SELECT recorded_at, audit_id FROM audit_terms
    WHERE partnership_id = :partnership AND term = :term AND changed = flag
      AND recorded_at >= CAST(:since AS timestamptz)
      AND (recorded_at, audit_id) < (CAST(:at AS timestamptz), CAST(:id AS uuid))
    ORDER BY recorded_at DESC, audit_id DESC LIMIT :portion
  ) AS walk
  ORDER BY walk.recorded_at DESC, walk.audit_id DESC LIMIT :portion
) AS w JOIN audit_log l ON l.id = w.audit_id
ORDER BY w.recorded_at DESC, w.audit_id DESC
""")
_WHOLE: Final = text("""
SELECT id, recorded_at, entry, mac FROM audit_log
WHERE partnership_id = :partnership AND recorded_at >= CAST(:since AS timestamptz)
  AND (recorded_at, id) < (CAST(:at AS timestamptz), CAST(:id AS uuid))
ORDER BY recorded_at DESC, id DESC LIMIT :portion
""")
