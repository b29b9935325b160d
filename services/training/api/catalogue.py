"""Routes of programmes, courses and sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status
from pydantic import AwareDatetime

from services.training.api.callers import Trainer
from services.training.models import Course, Programme, TrainingSession
from services.training.repository import catalogue as repository
from services.training.schemas.catalogue import (
    CancelIn,
    CourseIn,
    CourseOut,
    ProgrammeIn,
    ProgrammeOut,
    SessionIn,
    SessionOut,
    SessionPlan,
)
from services.training.service import catalogue as service
from services.training.settings import policy_of
from shared import etag
from shared.etag import IfMatch
from shared.http import router
from shared.pagination import Cursor, Limit, Page, encode
from shared.routing import PartsOf, Session

programmes = router("/v1/programmes", "programmes")
courses = router("/v1/courses", "courses")
sessions = router("/v1/sessions", "sessions")


@programmes.post("", status_code=status.HTTP_201_CREATED)
async def offer_programme(body: ProgrammeIn, session: Session, caller: Trainer, response: Response) -> ProgrammeOut:
    """Offer a programme in the name of the caller's organisation."""
    programme = await service.offer_programme(session, body, caller.organisation)
    etag.tag(response, programme)
    return ProgrammeOut.of(programme)


@programmes.get("")
async def list_programmes(
    session: Session, _caller: Trainer, limit: Limit = 50, cursor: Cursor = None
) -> Page[ProgrammeOut]:
    """Programmes of the partnership, oldest first."""
    rows = await repository.list_programmes(session, limit, cursor)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=[ProgrammeOut.of(row) for row in rows[:limit]],
        next=encode(last.created_at.isoformat(), last.id) if last else None,
    )


@programmes.get("/{programme_id}")
async def get_programme(programme_id: UUID, session: Session, _caller: Trainer, response: Response) -> ProgrammeOut:
    """One programme."""
    programme = await repository.get(session, Programme, programme_id)
    etag.tag(response, programme)
    return ProgrammeOut.of(programme)


@courses.post("", status_code=status.HTTP_201_CREATED)
async def add_course(body: CourseIn, session: Session, caller: Trainer, response: Response) -> CourseOut:
    """Add a course to a programme of the caller's organisation."""
    course = await service.add_course(session, body, caller.organisation)
    etag.tag(response, course)
    return CourseOut.of(course)


@courses.get("")
async def list_courses(
    session: Session, _caller: Trainer, programme: UUID | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[CourseOut]:
    """Courses of the partnership, of one programme where it is given, oldest first."""
    rows = await repository.list_courses(session, programme, limit, cursor)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=[CourseOut.of(row) for row in rows[:limit]],
        next=encode(last.created_at.isoformat(), last.id) if last else None,
    )


@courses.get("/{course_id}")
async def get_course(course_id: UUID, session: Session, _caller: Trainer, response: Response) -> CourseOut:
    """One course."""
    course = await repository.get(session, Course, course_id)
    etag.tag(response, course)
    return CourseOut.of(course)


@sessions.post("", status_code=status.HTTP_201_CREATED)
async def plan_session(body: SessionIn, session: Session, caller: Trainer, response: Response) -> SessionOut:
    """Plan a session of a course; one that took place already may be entered afterwards."""
    planned = await service.plan_session(session, body, caller.organisation)
    etag.tag(response, planned)
    return SessionOut.of(planned)


Starting = Annotated[AwareDatetime | None, Query(description="Only sessions that start then or later.")]


@sessions.get("")
async def list_sessions(
    session: Session,
    _caller: Trainer,
    course: UUID | None = None,
    starting: Starting = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[SessionOut]:
    """Sessions of the partnership by their start, of one course where it is given."""
    rows = await repository.list_sessions(session, course, starting, limit, cursor)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=[SessionOut.of(row) for row in rows[:limit]],
        next=encode(last.starts_at.isoformat(), last.id) if last else None,
    )


@sessions.get("/{session_id}")
async def get_session(session_id: UUID, session: Session, _caller: Trainer, response: Response) -> SessionOut:
    """One session."""
    found = await repository.get(session, TrainingSession, session_id)
    etag.tag(response, found)
    return SessionOut.of(found)


@sessions.post("/{session_id}/replan")
async def replan_session(  # noqa: PLR0913 - each is one dependency or the body
    session_id: UUID,
    body: SessionPlan,
    session: Session,
    caller: Trainer,
    parts: PartsOf,
    match: IfMatch,
    response: Response,
) -> SessionOut:
    """Change time, place, trainers or size of a session that is still planned."""
    reminded = policy_of(parts).reminded
    planned = await service.replan_session(session, session_id, body, caller.organisation, match, reminded)
    await session.flush()
    etag.tag(response, planned)
    return SessionOut.of(planned)


@sessions.post("/{session_id}/hold")
async def hold_session(
    session_id: UUID, session: Session, caller: Trainer, match: IfMatch, response: Response
) -> SessionOut:
    """Say that a session which has begun takes, or took, place."""
    held = await service.hold_session(session, session_id, caller.organisation, match)
    await session.flush()
    etag.tag(response, held)
    return SessionOut.of(held)


@sessions.post("/{session_id}/cancel")
async def cancel_session(
    session_id: UUID, body: CancelIn, session: Session, caller: Trainer, match: IfMatch, response: Response
) -> SessionOut:
    """Call off a planned session, with the reason."""
    cancelled = await service.cancel_session(session, session_id, body, caller.organisation, match)
    await session.flush()
    etag.tag(response, cancelled)
    return SessionOut.of(cancelled)
