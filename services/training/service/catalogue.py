"""Offer a programme, add a course, plan a session, hold or cancel it."""

from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training import domain
from services.training.domain import SessionStatus
from services.training.models import Course, Programme, Round, TrainingSession
from services.training.repository import catalogue as repository
from services.training.repository import rounds
from services.training.schemas.catalogue import AtVenue, CancelIn, CourseIn, ProgrammeIn, SessionIn, SessionPlan
from services.training.service import openings, places
from shared import audit, calendar, history, outbox
from shared.db import now_of, work_of
from shared.errors import Forbidden
from shared.etag import Match
from shared.events.training import SessionCancelled, SessionClosed, SessionScheduled

O = TypeVar("O", Programme, Course, TrainingSession, Round)  # noqa: E741 - something owned


async def offer_programme(session: AsyncSession, body: ProgrammeIn, organisation: UUID) -> Programme:
    programme = Programme(
        partnership_id=work_of(session).partnership,
        organisation_id=organisation,
        title=body.title,
        description=body.description,
        created_at=now_of(session),
    )
    return _added(session, programme, "programme")


async def add_course(session: AsyncSession, body: CourseIn, organisation: UUID) -> Course:
    programme = owned(await repository.get(session, Programme, body.programme), organisation)
    course = Course(
        partnership_id=programme.partnership_id,
        programme_id=programme.id,
        organisation_id=organisation,
        title=body.title,
        topics=body.topics,
        learning_outcomes=body.learning_outcomes,
        languages=body.languages,
        created_at=now_of(session),
    )
    return _added(session, course, "course")


async def plan_session(session: AsyncSession, body: SessionIn, organisation: UUID) -> TrainingSession:
    course = owned(await repository.get(session, Course, body.course), organisation)
    await _require_in_round(session, body, course)
    planned = TrainingSession(
        partnership_id=course.partnership_id,
        course_id=course.id,
        organisation_id=organisation,
        status=SessionStatus.PLANNED,
        **_columns(body),
    )
    history.record(session, "session", planned.id, (None, SessionStatus.PLANNED))
    outbox.add(session, SessionScheduled(session=planned.id))
    _added(session, planned, "session")
    if planned.public:
        await openings.settle(session, planned)
    return planned


async def replan_session(
    session: AsyncSession, session_id: UUID, body: SessionPlan, organisation: UUID, match: Match, reminded: timedelta
) -> TrainingSession:
    """Another time, place, trainer or size for a session that is still ahead; those who wait may get a place by it."""
    planned = await moved(session, session_id, organisation, match, SessionStatus.PLANNED)
    await _require_in_round(session, body, await repository.get(session, Course, planned.course_id))
    for name, value in _columns(body).items():
        setattr(planned, name, value)
    history.record(session, "session", planned.id, (SessionStatus.PLANNED, SessionStatus.PLANNED))
    outbox.add(session, SessionScheduled(session=planned.id))
    await places.settle(session, planned, reminded)
    await openings.settle(session, planned)
    return planned


async def hold_session(session: AsyncSession, session_id: UUID, organisation: UUID, match: Match) -> TrainingSession:
    held = await moved(session, session_id, organisation, match, SessionStatus.HELD)
    mark_held(session, held)
    return held


def mark_held(session: AsyncSession, planned: TrainingSession) -> None:
    """The session takes place: it has begun by now."""
    domain.require_begun(planned.starts_at, now_of(session))
    before, planned.status = planned.status, domain.SESSIONS.move(planned.status, SessionStatus.HELD)
    history.record(session, "session", planned.id, (before, SessionStatus.HELD), happened_at=planned.starts_at)


def mark_closed(session: AsyncSession, held: TrainingSession) -> None:
    """Who came is settled; whoever calls this counts them from now on."""
    before, held.status = held.status, domain.SESSIONS.move(held.status, SessionStatus.CLOSED)
    held.closed_at = now_of(session)
    history.record(session, "session", held.id, (before, held.status))
    outbox.add(session, SessionClosed(session=held.id))


async def cancel_session(
    session: AsyncSession, session_id: UUID, body: CancelIn, organisation: UUID, match: Match
) -> TrainingSession:
    cancelled = await moved(session, session_id, organisation, match, SessionStatus.CANCELLED)
    before, cancelled.status = cancelled.status, SessionStatus.CANCELLED
    history.record(session, "session", cancelled.id, (before, SessionStatus.CANCELLED), reason_code=body.reason_code)
    outbox.add(session, SessionCancelled(session=cancelled.id))
    await places.call_off(session, cancelled)
    await openings.settle(session, cancelled)
    return cancelled


async def _require_in_round(session: AsyncSession, body: SessionPlan, course: Course) -> None:
    """The round stays as it is until this is done, so that none is over when a session is put into it."""
    if body.round is not None:
        row = owned(await rounds.get_for_share(session, body.round), course.organisation_id)
        domain.require_of_programme(row.programme_id, course.programme_id)
        domain.require_takes(row.status, calendar.civil_date(body.starts_at), row.from_day, row.until_day)


async def moved(
    session: AsyncSession, session_id: UUID, organisation: UUID, match: Match, wanted: SessionStatus
) -> TrainingSession:
    """The session, locked, once the caller may make this move of it."""
    row = owned(await repository.get_for_update(session, TrainingSession, session_id), organisation)
    match.check(row)
    domain.SESSIONS.move(row.status, wanted)
    audit.saw(session, "session", row.id)
    return row


def owned(row: O, organisation: UUID | None) -> O:
    """Every organisation of the partnership sees what is offered; only the one that offers it changes it."""
    if row.organisation_id != organisation:
        raise Forbidden("This belongs to another organisation.")
    return row


def _added(session: AsyncSession, row: O, kind: str) -> O:
    session.add(row)
    work_of(session).pending.changed = True
    audit.saw(session, kind, row.id)
    return row


def _columns(body: SessionPlan) -> dict[str, Any]:
    venue = body.place if isinstance(body.place, AtVenue) else None
    return {
        "title": body.title,
        "online": venue is None,
        "venue": venue and venue.name,
        "outcode": venue and venue.outcode,
        "starts_at": body.starts_at,
        "ends_at": body.ends_at,
        "capacity": body.capacity,
        "expected": body.expected,
        "trainers": body.trainers,
        "round_id": body.round,
        "parts": body.parts,
        "delivery_partners": body.delivery_partners,
        "languages": body.languages,
        "interpreters": body.interpreters,
        "topics": body.topics,
        "learning_outcomes": body.learning_outcomes,
        "materials": body.materials,
        "public": body.public,
        "how_to_book": body.how_to_book,
    }
