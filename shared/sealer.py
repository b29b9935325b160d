"""The sealer: links audit rows per partnership within a second and anchors the heads outside the audited database."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import away, logging
from shared.parts import Parts

POLL_SECONDS = 0.5
BATCH = 1000
_log = logging.get("sealer")

# Asked before rows are taken: below it every transaction has ended then, and its rows are seen.
_HORIZON = text("SELECT pg_snapshot_xmin(pg_current_snapshot())")
_LEAD = text("SELECT pg_try_advisory_xact_lock(hashtextextended('circle-sealer', 4))")
# Only rows of transactions below the oldest running one: nothing can still be written in front of them.
_TAKE = text(
    "SELECT u.audit_id, u.partnership_id, l.mac FROM audit_unsealed u JOIN audit_log l ON l.id = u.audit_id"
    " WHERE u.xid < pg_snapshot_xmin(pg_current_snapshot())"
    " AND u.xid >= CAST(:floor AS xid8) ORDER BY u.xid, u.audit_id LIMIT :batch"
)
_HEADS = text(
    "SELECT p.id AS partnership_id, c.position, c.link FROM unnest(CAST(:partnerships AS uuid[])) AS p(id)"
    " JOIN LATERAL (SELECT position, link FROM audit_chain WHERE partnership_id = p.id"
    " ORDER BY position DESC LIMIT 1) c ON true"
)
# One step down the index per partnership, however long the chains are.
_EVERY_HEAD = text("""
WITH RECURSIVE p AS (
  (SELECT partnership_id AS id FROM audit_chain ORDER BY partnership_id LIMIT 1)
  UNION ALL
  SELECT (SELECT partnership_id FROM audit_chain WHERE partnership_id > p.id ORDER BY partnership_id LIMIT 1)
  FROM p WHERE p.id IS NOT NULL
)
SELECT p.id AS partnership_id, c.position, c.link FROM p JOIN LATERAL (
  SELECT position, link FROM audit_chain WHERE partnership_id = p.id ORDER BY position DESC LIMIT 1) c ON true
""")
# One statement for the whole batch: row by row it cost more than all the rest of the sealing.
_LINK = text(
    "INSERT INTO audit_chain (partnership_id, position, audit_id, link) SELECT * FROM unnest("
    "CAST(:partnership AS uuid[]), CAST(:position AS bigint[]), CAST(:audit AS uuid[]), CAST(:link AS bytea[]))"
)
_SEALED = text("DELETE FROM audit_unsealed WHERE audit_id = ANY(:sealed)")
_ANCHOR = text(
    "INSERT INTO audit_anchors (service, partnership_id, position, head, signature)"
    " VALUES (:service, :partnership, :position, :head, :signature) ON CONFLICT DO NOTHING"
)
START = b"circle"


@dataclass(slots=True)
class Floor:
    """The transaction below which everything is sealed, so that nobody looks there again: sealed rows stay in the
    index while anybody holds an older snapshot."""

    xid: int = 0


async def seal(parts: Parts, floor: Floor | None = None) -> int:
    """Link one batch and anchor the new heads; how many rows that were."""
    floor = floor or Floor()
    async with parts.worker.engine.begin() as connection:
        if not (await connection.execute(_LEAD)).scalar_one():
            return 0
        horizon = (await connection.execute(_HORIZON)).scalar_one()
        rows = (await connection.execute(_TAKE, {"batch": BATCH, "floor": floor.xid})).all()
        if not rows:
            floor.xid = horizon
            return 0
        heads = await _heads(connection, list({row.partnership_id for row in rows}))
        links = []
        for row in rows:
            position, previous = heads.get(row.partnership_id, (0, START))
            link = parts.auditor.link(previous, position + 1, row.audit_id, bytes(row.mac))
            heads[row.partnership_id] = (position + 1, link)
            links.append((row.partnership_id, position + 1, row.audit_id, link))
        columns = zip(("partnership", "position", "audit", "link"), zip(*links, strict=True), strict=True)
        await connection.execute(_LINK, {name: list(values) for name, values in columns})
        await connection.execute(_SEALED, {"sealed": [row.audit_id for row in rows]})
    if len(rows) < BATCH:
        floor.xid = horizon
    await _anchor(parts, heads)
    return len(rows)


async def _heads(connection: AsyncConnection, partnerships: list[UUID]) -> dict[UUID, tuple[int, bytes]]:
    rows = await connection.execute(_HEADS, {"partnerships": partnerships})
    return {row.partnership_id: (row.position, bytes(row.link)) for row in rows}


async def _anchor(parts: Parts, heads: dict[UUID, tuple[int, bytes]]) -> None:
    service = parts.settings.service
    anchors = [
        {
            "service": service,
            "partnership": partnership,
            "position": position,
            "head": head,
            "signature": parts.auditor.sign_anchor(service, partnership, position, head),
        }
        for partnership, (position, head) in heads.items()
    ]
    if anchors:
        async with parts.vault.engine.begin() as connection:
            await connection.execute(_ANCHOR, anchors)


async def anchor_heads(parts: Parts) -> None:
    """Anchor every chain as it stands: for whoever died, or lost the key database, between sealing and anchoring."""
    await _anchor(parts, await every_head(parts))


async def every_head(parts: Parts) -> dict[UUID, tuple[int, bytes]]:
    """Of every partnership that has a chain: its last position and link."""
    async with parts.worker.engine.connect() as connection:
        rows = (await connection.execute(_EVERY_HEAD)).all()
    return {row.partnership_id: (row.position, bytes(row.link)) for row in rows}


async def run(parts: Parts) -> None:
    """Seal until cancelled."""
    behind, floor = True, Floor()
    while True:
        try:
            if behind:
                await anchor_heads(parts)
                behind = False
            while await seal(parts, floor) == BATCH:
                pass
        except away.DATABASE as error:
            behind = True
            _log.warning("sealer-waits", error=type(error).__name__)
        await asyncio.sleep(POLL_SECONDS)
