"""Checks the audit: every row against its seal, the chain link by link, the chain against its anchors.

Found are: an edit, a deletion, a swap, an insertion without the key, a cut tail, a restored old copy, a missing seal.
Not found is what was taken away within the second before it was sealed, nor a copy restored in both databases at once.
"""

import hmac
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.audit import Auditor
from shared.parts import Parts
from shared.sealer import START

# A transaction may run for half a minute, and nothing behind it is sealed before it ends.
PATIENCE = timedelta(seconds=60)


class Kind(StrEnum):
    """What was found."""

    EDITED = "edited"  # the row says something else than what was sealed
    DELETED = "deleted"  # the chain knows a row that is not there
    BROKEN_LINK = "broken-link"  # rows were swapped, taken out of the chain or put into it
    NOT_SEALED = "not-sealed"  # a row that the chain does not know and the sealer is not going to see
    CUT_OFF = "cut-off"  # the anchors know more than the chain: its tail was cut, or an old copy restored
    OTHER_HISTORY = "other-history"  # the chain continues differently than the anchors say
    FORGED_ANCHOR = "forged-anchor"  # the anchor was not signed with the audit's key


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be; `position` in the chain, where it has one."""

    kind: Kind
    partnership: UUID
    position: int | None = None
    audit_id: UUID | None = None


Anchors = Mapping[UUID, Mapping[int, tuple[bytes, bytes]]]


class Check:
    """One pass over a service's chains, row by row: the same for the database as for an exported copy of it."""

    def __init__(self, auditor: Auditor, service: str, anchors: Anchors) -> None:
        self._auditor = auditor
        self._anchors = anchors
        self._heads: dict[UUID, int] = {}
        self._found = [
            Finding(Kind.FORGED_ANCHOR, partnership, position)
            for partnership, known in anchors.items()
            for position, (head, signature) in known.items()
            if not hmac.compare_digest(auditor.sign_anchor(service, partnership, position, head), signature)
        ]

    def take(self, row: Any) -> None:
        """The next link, in the order of the chain, with the row that it seals and the link before it."""
        self._found += _row_findings(self._auditor, row)
        self._found += _link_findings(self._auditor, row, self._anchors)
        self._heads[row.partnership_id] = row.position

    def findings(self) -> list[Finding]:
        """Everything that was wrong, once every row was taken."""
        return self._found + [
            Finding(Kind.CUT_OFF, partnership, max(known))
            for partnership, known in self._anchors.items()
            if max(known) > self._heads.get(partnership, 0)
        ]


async def verify(parts: Parts, patience: timedelta = PATIENCE) -> list[Finding]:
    """Everything that is wrong in this service's audit; empty when it is whole."""
    # Anchors first: each is written after its link, so the chain read later has to know them all.
    check = Check(parts.auditor, parts.settings.service, await _anchors(parts))
    async for row in _chain(parts):
        check.take(row)
    return check.findings() + await _unsealed(parts, patience)


async def _anchors(parts: Parts) -> Anchors:
    async with parts.vault.engine.connect() as connection:
        rows = await connection.execute(_ANCHORS, {"service": parts.settings.service})
        grouped = groupby(rows, attrgetter("partnership_id"))
        return {
            partnership: {row.position: (bytes(row.head), bytes(row.signature)) for row in rows_of_one}
            for partnership, rows_of_one in grouped
        }


async def _chain(parts: Parts) -> AsyncIterator[Any]:
    """Every link with the row that it seals and the link before it, a few at a time."""
    async with parts.worker.engine.connect() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        async for row in await connection.stream(_CHAIN):
            yield row


def _row_findings(auditor: Auditor, row: Any) -> list[Finding]:
    if row.recorded_at is None:
        return [Finding(Kind.DELETED, row.partnership_id, row.position, row.audit_id)]
    wanted = auditor.mac(row.audit_id, row.partnership_id, row.recorded_at, row.entry)
    if row.logged_partnership == row.partnership_id and hmac.compare_digest(wanted, bytes(row.mac)):
        return []
    return [Finding(Kind.EDITED, row.partnership_id, row.position, row.audit_id)]


def _link_findings(auditor: Auditor, row: Any, anchors: Anchors) -> list[Finding]:
    found = []
    previous = START if row.position == 1 else bytes(row.previous or b"")
    follows = row.position == (row.previous_position or 0) + 1
    # Over a deleted row the link cannot be computed again; that it is gone was found already.
    unbroken = row.mac is None or hmac.compare_digest(
        auditor.link(previous, row.position, row.audit_id, bytes(row.mac)), bytes(row.link)
    )
    if not (follows and unbroken):
        found.append(Finding(Kind.BROKEN_LINK, row.partnership_id, row.position, row.audit_id))
    anchor = anchors.get(row.partnership_id, {}).get(row.position)
    if anchor is not None and not hmac.compare_digest(anchor[0], bytes(row.link)):
        found.append(Finding(Kind.OTHER_HISTORY, row.partnership_id, row.position, row.audit_id))
    return found


async def _unsealed(parts: Parts, patience: timedelta) -> list[Finding]:
    async with parts.worker.engine.connect() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        rows = await connection.execute(_UNSEALED, {"patience": patience})
        return [Finding(Kind.NOT_SEALED, row.partnership_id, None, row.id) for row in rows]


_ANCHORS = text(
    "SELECT partnership_id, position, head, signature FROM audit_anchors WHERE service = :service"
    " ORDER BY partnership_id, position"
)
_CHAIN = text("""
SELECT c.partnership_id, c.position, c.audit_id, c.link, l.partnership_id AS logged_partnership, l.recorded_at, l.entry,
  l.mac, lag(c.link) OVER chain AS previous, lag(c.position) OVER chain AS previous_position
FROM audit_chain c LEFT JOIN audit_log l ON l.id = c.audit_id
WINDOW chain AS (PARTITION BY c.partnership_id ORDER BY c.position) ORDER BY c.partnership_id, c.position
""")
# A row waits for its seal for a second; whatever the sealer does not know of at all will never get one.
_UNSEALED = text("""
SELECT l.id, l.partnership_id FROM audit_log l LEFT JOIN audit_unsealed u ON u.audit_id = l.id
WHERE NOT EXISTS (SELECT 1 FROM audit_chain c WHERE c.audit_id = l.id)
  AND (u.audit_id IS NULL OR l.recorded_at < now() - CAST(:patience AS interval))
ORDER BY l.partnership_id, l.recorded_at
""")
