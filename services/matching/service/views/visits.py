"""Visits and Records of Contact as callers are shown them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain import chain
from services.matching.domain.visits import VisitStatus, presence
from services.matching.models import Contact, Match, Visit
from services.matching.repository import matches, visits
from services.matching.schemas.visits import ChainOut, CheckInOut, ContactOut, OverdueOut, SeenIn, VisitOut
from services.matching.service import matches as matching
from services.matching.service.contacts import NOTES, as_link
from services.matching.service.desk import Desk
from shared import audit
from shared.db import now_of

URGENT: Final = (
    "If somebody is in danger now, call 999. Otherwise raise the concern at once with POST /v1/concerns, which reaches"
    " the local authority; a Record of Contact does not."
)


async def get_match(session: AsyncSession, match_id: UUID) -> Match:
    """The match whose visits are asked for; 404 unless the caller knows its family."""
    match = await matches.get(session, match_id)
    matching.require_shown(session, match, named=True)
    return match


async def show(session: AsyncSession, visit: Visit) -> VisitOut:
    """One visit."""
    await session.flush()
    audit.saw(session, "visit", visit.id, family=visit.family_id)
    return _out(visit)


def show_all(session: AsyncSession, rows: Sequence[Visit]) -> list[VisitOut]:
    """Visits of one match."""
    if rows:
        audit.saw(session, "visit", *(row.id for row in rows))
    return [_out(row) for row in rows]


def show_overdue(session: AsyncSession, rows: Sequence[Visit]) -> list[OverdueOut]:
    """Visits whose record is late."""
    if rows:
        audit.saw(session, "visit", *(row.id for row in rows))
    return [
        OverdueOut(
            visit=row.id,
            match=row.match_id,
            volunteer=row.volunteer_id,
            family=row.family_id,
            ends_at=row.happened_until or row.ends_at,
            due_at=row.contact_due_at,
        )
        for row in rows
        if row.contact_due_at is not None
    ]


async def show_contact(session: AsyncSession, desk: Desk, contact: Contact) -> ContactOut:
    """One record with its notes."""
    await session.flush()
    return (await show_contacts(session, desk, [contact]))[0]


async def show_contacts(session: AsyncSession, desk: Desk, rows: Sequence[Contact]) -> list[ContactOut]:
    """Records of one match with their notes; each says which correction replaced it."""
    if not rows:
        return []
    audit.saw(session, "contact", *(row.id for row in rows), family=rows[0].family_id)
    cipher = await desk.case(session, rows[0].family_id)
    replaced = await visits.corrections_of(session, [row.id for row in rows])
    return [_contact(row, cipher.open(NOTES, row.notes), replaced.get(row.id)) for row in rows]


async def verify(session: AsyncSession, match: Match) -> ChainOut:
    """Recompute the match's chain from its rows."""
    links = [as_link(row) for row in await visits.list_chain(session, match.id)]
    audit.saw(session, "match", match.id, family=match.family_id)
    broken = chain.broken_at(links, match.chain_head, match.chain_length)
    return ChainOut(intact=broken is None, length=match.chain_length, head=match.chain_head.hex(), broken_at=broken)


def _out(row: Visit) -> VisitOut:
    return VisitOut(
        id=row.id,
        version=row.version,
        match=row.match_id,
        status=VisitStatus(row.status),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        happened_from=row.happened_from,
        happened_until=row.happened_until,
        contact_due_at=row.contact_due_at,
        contact_recorded_at=row.contact_recorded_at,
        checked_in_at=row.checked_in_at,
        checked_out_at=row.checked_out_at,
        not_checked_out_at=row.not_checked_out_at,
    )


def show_presence(session: AsyncSession, row: Visit) -> CheckInOut:
    """What the holder of the link is shown."""
    return CheckInOut(
        presence=presence(row.checked_in_at, row.checked_out_at),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        checked_in_at=row.checked_in_at,
        checked_out_at=row.checked_out_at,
        now=now_of(session),
    )


def _contact(row: Contact, notes: str, replaced_by: UUID | None) -> ContactOut:
    return ContactOut(
        id=row.id,
        match=row.match_id,
        visit=row.visit_id,
        volunteer=row.volunteer_id,
        position=row.position,
        version_number=row.version_number,
        corrects=row.corrects_id,
        superseded_by=replaced_by,
        seen=[SeenIn.model_validate(one) for one in row.seen],
        tasks_done=row.tasks_done,
        notes=notes,
        concern=row.concern,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
        hash=row.hash.hex(),
        next_step=URGENT if row.concern else None,
    )
