"""Take a sheet over: all of its rows or none, at once where they are few, else in its turn; the same content once."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import IMPORTS, ImportStatus
from services.training.models import Import
from services.training.repository import imports as repository
from services.training.schemas.imports import ApplyIn
from services.training.service import import_codes, import_rows, import_sessions, imports
from services.training.service.import_sessions import Target
from services.training.sheets.kept import Summary
from shared import audit, clocks, history
from shared.consumer import partnership_work
from shared.crypto import Cipher, Subject
from shared.db import now_of, work_of
from shared.errors import Conflict, Problem
from shared.etag import Match
from shared.parts import Parts

TURN_KIND: Final = "import.turn"
# More than these are written behind the answer: on a slow machine they would outlast the gateway's patience.
AT_ONCE: Final = 5_000


async def ask(session: AsyncSession, parts: Parts, import_id: UUID, body: ApplyIn, match: Match) -> Import:
    """Take it over now, or promise to: whatever can be found wrong with it is said here."""
    # Refused at once where it is being taken over, which may hold the row for seconds.
    IMPORTS.move((await repository.get(session, import_id)).status, ImportStatus.APPLYING)
    row = await repository.get_for_update(session, import_id)
    match.check(row)
    _require_sound(row)
    await repository.hold_content(session, row)
    await _require_new(session, row)
    await import_sessions.named(session, row.organisation_id, body.course, body.round)
    row.course_id, row.round_id, row.over_capacity_reason = body.course, body.round, body.over_capacity_reason
    row.asked_at, row.asked_by = now_of(session), work_of(session).actor
    row.refused, row.refused_rows = None, []
    audit.saw(session, "import", row.id)
    if row.rows <= AT_ONCE:
        await repository.hold_organisation(session, row.organisation_id)
        await _take_over(session, parts, row, await _plan(session, parts, row))
    else:
        await _plan(session, parts, row)
        await _move(session, row, ImportStatus.APPLYING)
        await clocks.stop(session, imports.KIND, row.id)
        await clocks.start(session, TURN_KIND, row.id, now_of(session))
    return row


async def take_turn(session: AsyncSession, parts: Parts, import_id: UUID) -> None:
    """What was promised, in the name of whoever asked for it; where it cannot be done any more, it says why."""
    row = await session.get(Import, import_id, with_for_update=True)
    if row is None or row.status is not ImportStatus.APPLYING:
        return
    assert row.asked_by is not None  # noqa: S101 - as of every sheet whose turn it is
    work = work_of(session)
    work.organisation, work.actor = row.organisation_id, row.asked_by
    await repository.hold_organisation(session, row.organisation_id)
    try:
        plan = await _plan(session, parts, row)
    except Problem as problem:
        await _give_up(session, row, problem)
        return
    await _take_over(session, parts, row, plan)


def status_of(row: Import) -> int:
    """200 where it is done, 202 where it is promised."""
    return 200 if row.status is ImportStatus.APPLIED else 202


def _require_sound(row: Import) -> None:
    if row.errors:
        raise Conflict(
            "The sheet has errors: mend them and send it again.", name="sheet-has-errors", sheet_errors=row.errors
        )
    if not row.rows:
        raise Conflict("The sheet has no row.", name="sheet-without-rows")


async def _require_new(session: AsyncSession, row: Import) -> None:
    taken = await repository.find_taken(session, row)
    if taken is not None:
        raise Conflict(
            "A sheet with the same content was imported before.",
            name="already-imported",
            title="It is imported already",
            **{"import": str(taken.id)},
        )


async def _give_up(session: AsyncSession, row: Import, problem: Problem) -> None:
    """It waits again; whoever asks once more is told the same, and more of it."""
    await _move(session, row, ImportStatus.READ)
    row.refused = problem.name
    row.refused_rows = problem.extra.get("rows") or [one["row"] for one in problem.extra.get("sessions", ())]
    await repository.forget_progress(session, row.id)
    await clocks.start(session, imports.KIND, row.id, now_of(session) + imports.KEPT)


async def _move(session: AsyncSession, row: Import, wanted: ImportStatus) -> None:
    before, row.status = row.status, IMPORTS.move(row.status, wanted)
    history.record(session, "import", row.id, (before, wanted))


@dataclass(frozen=True, slots=True)
class Plan:
    """All that was looked at before anything is written."""

    cipher: Cipher
    summary: Summary
    targets: list[Target]


async def _plan(session: AsyncSession, parts: Parts, row: Import) -> Plan:
    """Raises whatever stands against the sheet; nothing has been written by then."""
    summary = await imports.summary_of(parts.vault, row)
    await import_codes.require_answered(session, parts.settings, row, summary)
    targets = await import_sessions.find(session, row, summary.sessions)
    plan = Plan(await parts.vault.cipher(row.partnership_id, Subject.case(row.id)), summary, targets)
    if any(one.attended for one in targets):
        await import_rows.require_new_people(session, parts, row, plan.cipher, plan.summary, targets)
    return plan


async def _take_over(session: AsyncSession, parts: Parts, row: Import, plan: Plan) -> None:
    """Write everything, then forget the sheet; how far it is is told where somebody was promised that it is done."""
    is_promised = row.status is ImportStatus.APPLYING
    settled = await import_sessions.settle(session, row, plan.targets)
    writing, written = await import_rows.Writing.of(session, parts, row, plan.summary, settled), 0
    async for some in import_rows.opened(session, row, plan.cipher):
        await writing.write(some)
        written += some.count
        if is_promised:
            await _tell(parts, row, written)
    await _move(session, row, ImportStatus.APPLIED)
    row.applied_at = now_of(session)
    audit.saw(session, "session", *(one.id for one in settled))
    await imports.forget(session, row)
    if is_promised:
        await repository.forget_progress(session, row.id)


async def _tell(parts: Parts, row: Import, written: int) -> None:
    """In a transaction beside the one that writes, or nobody would see it."""
    async with parts.worker.transaction(partnership_work(parts, row.partnership_id, "import")) as beside:
        await repository.note_progress(beside, row.id, written)
