"""Allegations as the designated leads see them."""

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.allegations import AllegationStatus, Nature, Outcome, StepKind
from services.matching.models import Allegation, AllegationStep
from services.matching.repository import allegations
from services.matching.schemas.allegations import AllegationItem, AllegationOut, StepOut
from services.matching.service.allegations import DESCRIPTION, NOTE, REASONS, cipher_of
from services.matching.service.desk import Desk
from shared import audit
from shared.crypto import Cipher


async def show(session: AsyncSession, desk: Desk, allegation: Allegation) -> AllegationOut:
    """One, with its words while they are kept."""
    await session.flush()
    _saw(session, [allegation])
    cipher = None if allegation.erased_at else await cipher_of(session, desk, allegation.id)
    return AllegationOut(
        **_item(allegation).model_dump(),
        concern=allegation.concern_id,
        happened_on=allegation.happened_on,
        description=_words(cipher, DESCRIPTION, allegation.description),
        reasons=_words(cipher, REASONS, allegation.reasons),
        no_barring_code=allegation.no_barring_code,
        keep_until=allegation.keep_until,
        steps=[show_step(one, cipher) for one in await allegations.list_steps(session, allegation.id)],
    )


def show_all(session: AsyncSession, rows: Sequence[Allegation]) -> list[AllegationItem]:
    """A list, without words."""
    _saw(session, rows)
    return [_item(row) for row in rows]


def show_step(row: AllegationStep, cipher: Cipher | None) -> StepOut:
    """One step."""
    note = _words(cipher, NOTE, row.note)
    return StepOut(id=row.id, kind=StepKind(row.kind), done_on=row.done_on, note=note, recorded_at=row.recorded_at)


def _saw(session: AsyncSession, rows: Sequence[Allegation]) -> None:
    if rows:
        audit.saw(session, "allegation", *(row.id for row in rows))
        audit.saw(session, "volunteer", *{row.volunteer_id for row in rows})


def _words(cipher: Cipher | None, place: str, sealed: bytes | None) -> str | None:
    return cipher.open(place, sealed) if cipher and sealed else None


def _item(row: Allegation) -> AllegationItem:
    return AllegationItem(
        id=row.id,
        version=row.version,
        status=AllegationStatus(row.status),
        volunteer=row.volunteer_id,
        nature=Nature(row.nature) if row.nature else None,
        opened_at=row.opened_at,
        lado_due_at=row.lado_due_at,
        lado_told_on=row.lado_told_on,
        outcome=Outcome(row.outcome) if row.outcome else None,
        decided_on=row.decided_on,
    )
