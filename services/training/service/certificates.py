"""Certificates of attendance, for those who gave their names."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training import domain, papers
from services.training.models import Participation, TrainingSession
from services.training.repository import attendees as people
from services.training.repository import catalogue
from services.training.repository import participations as repository
from services.training.service import attendance, attendees
from shared import calendar
from shared.crypto import Vault
from shared.db import now_of

TITLE = "Certificate of attendance"


async def certificate(session: AsyncSession, vault: Vault, participation_id: UUID) -> bytes:
    """A tagged PDF that says who was at which session, once that is settled."""
    row = await repository.get(session, participation_id)
    place = await catalogue.get(session, TrainingSession, row.session_id)
    domain.require_certifiable(place.status, named=row.attendee_id is not None, withdrawn=row.withdrawn_at is not None)
    name = await _name(session, vault, row)
    domain.require_printable(name, known=name is not None and papers.is_known(name))
    attendance.saw(session, [row])
    given = f"Given on {calendar.civil_date(now_of(session)):%d/%m/%Y}."
    return papers.letter(TITLE, [str(name), *_lines(row, place), given])


async def _name(session: AsyncSession, vault: Vault, row: Participation) -> str | None:
    known = await people.list_these(session, [row.attendee_id] if row.attendee_id else [])
    names = await attendees.open_names(vault, known)
    return next(iter(names.values()), None)


def _lines(row: Participation, place: TrainingSession) -> list[str]:
    where = "online" if place.online else f"at {place.venue}, {place.outcode}"
    lines = [f"was at “{place.title}” on {row.day:%d/%m/%Y}, {where}."]
    if place.parts > 1:
        lines.append(f"Attended parts: {', '.join(map(str, row.parts))} of {place.parts}.")
    if place.topics:
        lines.append(f"Topics: {'; '.join(place.topics)}.")
    if place.learning_outcomes:
        lines.append(f"Learning outcomes: {'; '.join(place.learning_outcomes)}.")
    return lines
