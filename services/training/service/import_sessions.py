"""Which sessions a sheet's rows belong to: those that there are, and those made because nobody planned them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import RoundStatus, SessionStatus, require_of_programme, same
from services.training.models import Course, Import, Round, TrainingSession
from services.training.repository import catalogue, participations, rounds
from services.training.repository import taking_over as repository
from services.training.service.catalogue import mark_closed, mark_held
from services.training.sheets.kept import SheetSession
from shared import calendar, history
from shared.db import now_of
from shared.errors import Conflict, Forbidden

_DAY: Final = timedelta(days=1)
MOST_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Target:
    """Where the rows of one day and title go: the session that there is, with so many people, or none yet."""

    said: SheetSession
    session: TrainingSession | None = None
    attended: int = 0


class Refuses(Conflict):
    """409: sessions that the sheet's rows cannot go to. Says in which row each comes first, and its id."""

    def __init__(self, name: str, detail: str, targets: Sequence[Target]) -> None:
        places = [{"row": one.said.first, "session": one.session and str(one.session.id)} for one in targets]
        super().__init__(detail, name=name, sessions=places[:MOST_SHOWN])


async def find(session: AsyncSession, row: Import, said: Sequence[SheetSession]) -> list[Target]:
    """Where the rows of each of the sheet's sessions go, in their order; found ones are locked."""
    assert row.course_id is not None  # noqa: S101 - named by whoever asked
    course, among = await named(session, row.organisation_id, row.course_id, row.round_id)
    days = [one.day for one in said]
    first, last = calendar.end_of_day(min(days) - _DAY), calendar.end_of_day(max(days))
    there: dict[tuple[date, str], list[TrainingSession]] = {}
    for found in await repository.list_sessions_for_update(session, course.id, first, last):
        there.setdefault((calendar.civil_date(found.starts_at), same(found.title)), []).append(found)
    several = [Target(one, some[0]) for one in said if len(some := there.get((one.day, same(one.title)), [])) > 1]
    _refuse("session-ambiguous", "The course has several sessions of that day and title.", several)
    targets = [Target(one, *there.get((one.day, same(one.title)), ())) for one in said]
    counts = await participations.numbers_attending(session, [one.session.id for one in targets if one.session])
    targets = [replace(one, attended=counts.get(one.session.id, 0)) if one.session else one for one in targets]
    _require_possible(row, among, targets, now_of(session))
    return targets


async def named(
    session: AsyncSession, organisation: UUID, course_id: UUID, round_id: UUID | None
) -> tuple[Course, Round | None]:
    """The course and the round that were named, both the organisation's own and of one programme."""
    course = await catalogue.get(session, Course, course_id)
    among = await rounds.get(session, round_id) if round_id else None
    if any(one is not None and one.organisation_id != organisation for one in (course, among)):
        raise Forbidden("This belongs to another organisation.")
    if among is not None:
        require_of_programme(among.programme_id, course.programme_id)
    # A sheet may well come after the round has been closed.
    if among is not None and among.status not in {RoundStatus.OPEN, RoundStatus.CLOSED}:
        raise Conflict(
            "The round has not begun, or was called off.", name="round-not-open", round_status=among.status.value
        )
    return course, among


def _require_possible(row: Import, among: Round | None, targets: Sequence[Target], now: datetime) -> None:
    if among is not None:
        outside = [one for one in targets if not among.from_day <= one.said.day <= among.until_day]
        _refuse("outside-round", "The sheet has days on which the round was not.", outside)
    found = [(one, one.session) for one in targets if one.session is not None]
    cancelled = [one for one, there in found if there.status is SessionStatus.CANCELLED]
    _refuse("session-cancelled", "A session was called off.", cancelled)
    _refuse("session-not-begun", "A session has not begun.", [one for one, there in found if there.starts_at > now])
    elsewhere = [one for one, there in found if row.round_id and there.round_id not in {None, row.round_id}]
    _refuse("session-in-another-round", "A session belongs to another round.", elsewhere)
    full = [one for one, there in found if not row.over_capacity_reason and _is_too_full(one, there)]
    _refuse("over-capacity", "More people came than there was room for: that needs a reason.", full)


def _is_too_full(target: Target, there: TrainingSession) -> bool:
    """Of a session that is known from sheets alone nobody knows how much room there was."""
    too_many = target.attended + target.said.rows > there.capacity
    return too_many and not there.from_sheet and there.over_capacity_reason is None


def _refuse(name: str, detail: str, targets: Sequence[Target]) -> None:
    if targets:
        raise Refuses(name, detail, targets)


async def settle(session: AsyncSession, row: Import, targets: Sequence[Target]) -> list[TrainingSession]:
    """Each one's session, closed: its rows are going to count. Events and history say what was not known before."""
    settled = [_fitted(row, one, one.session) if one.session else _made(session, row, one.said) for one in targets]
    for one in settled:
        if one.status is not SessionStatus.CLOSED:
            await _close(session, one)
    await session.flush()
    return settled


def _made(session: AsyncSession, row: Import, said: SheetSession) -> TrainingSession:
    assert row.course_id is not None  # noqa: S101 - named by whoever asked
    made = TrainingSession(
        partnership_id=row.partnership_id,
        course_id=row.course_id,
        organisation_id=row.organisation_id,
        title=said.title,
        status=SessionStatus.HELD,
        online=False,
        starts_at=calendar.end_of_day(said.day - _DAY),
        ends_at=calendar.end_of_day(said.day),
        capacity=said.rows,
        trainers=[],
        round_id=row.round_id,
        from_sheet=True,
    )
    history.record(session, "session", made.id, (None, SessionStatus.HELD), happened_at=made.starts_at)
    session.add(made)
    return made


def _fitted(row: Import, target: Target, there: TrainingSession) -> TrainingSession:
    """What the sheet adds to a session that there is."""
    if there.from_sheet:
        there.capacity = max(there.capacity, target.attended + target.said.rows)
    elif _is_too_full(target, there):
        there.over_capacity_reason = row.over_capacity_reason
    if row.round_id is not None:
        there.round_id = row.round_id
    return there


async def _close(session: AsyncSession, one: TrainingSession) -> None:
    if one.status is SessionStatus.PLANNED:
        mark_held(session, one)
    mark_closed(session, one)
    # Of one that has just been made there is nobody yet.
    if not one.from_sheet:
        await participations.count_in(session, one.id)
