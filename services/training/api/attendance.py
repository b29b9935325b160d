"""Routes of who came: record, list, withdraw, close a session, count."""

from uuid import UUID

from fastapi import Response, status

from services.training.api.callers import Trainer
from services.training.repository import participations as repository
from services.training.schemas.catalogue import CloseIn, SessionOut
from services.training.schemas.participations import (
    AttendingOut,
    ClosedOut,
    ParticipationOut,
    ParticipationsIn,
    RecordedOut,
    WithdrawIn,
)
from services.training.service import attendance as service
from services.training.service import certificates, showing
from services.training.settings import policy_of
from shared import etag
from shared.etag import IfMatch
from shared.http import router
from shared.pagination import Cursor, Limit, Page, encode
from shared.routing import PartsOf, Session

sessions = router("/v1/sessions", "attendance")
participations = router("/v1/participations", "attendance")


@sessions.post("/{session_id}/participations", status_code=status.HTTP_201_CREATED)
async def record_participations(
    session_id: UUID, body: ParticipationsIn, session: Session, _caller: Trainer, parts: PartsOf
) -> RecordedOut:
    """Record up to 200 people who came to a session that has begun; after its closing they count at once."""
    rows = await service.record(session, parts, session_id, body)
    return RecordedOut(items=await showing.participations(session, parts.vault, session_id, rows, just_recorded=True))


@sessions.get("/{session_id}/participations")
async def list_participations(
    session_id: UUID, session: Session, _caller: Trainer, parts: PartsOf, limit: Limit = 50, cursor: Cursor = None
) -> Page[ParticipationOut]:
    """Who came to a session of the caller's organisation, in the order of recording; with those who were withdrawn."""
    place = await service.own(session, session_id)
    rows = await repository.list_of(session, place.id, limit, cursor)
    service.saw(session, rows[:limit])
    return Page(
        items=await showing.participations(session, parts.vault, place.id, rows[:limit]),
        next=encode(rows[limit - 1].id) if len(rows) > limit else None,
    )


@participations.post("/{participation_id}/withdraw")
async def withdraw_participation(
    participation_id: UUID, body: WithdrawIn, session: Session, _caller: Trainer, parts: PartsOf
) -> ParticipationOut:
    """Say that somebody was recorded by mistake: they count no more."""
    row = await service.withdraw(session, policy_of(parts), participation_id, body)
    return (await showing.participations(session, parts.vault, row.session_id, [row]))[0]


@participations.get(
    "/{participation_id}/certificate",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def get_certificate(participation_id: UUID, session: Session, _caller: Trainer, parts: PartsOf) -> Response:
    """A certificate of attendance as a tagged PDF, for somebody who gave a name, once the session is closed."""
    content = await certificates.certificate(session, parts.vault, participation_id)
    headers = {"Content-Disposition": 'attachment; filename="certificate.pdf"', "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type="application/pdf", headers=headers)


@sessions.post("/{session_id}/close")
async def close_session(  # noqa: PLR0913 - each is one dependency or the body
    session_id: UUID,
    body: CloseIn,
    session: Session,
    caller: Trainer,
    parts: PartsOf,
    match: IfMatch,
    response: Response,
) -> ClosedOut:
    """Say that all who came are recorded: they count from now on, and how many they are is the answer."""
    row = await service.close(session, session_id, body, caller.organisation, match)
    etag.tag(response, row)
    counted = await showing.attending(session, parts.vault, row.id)
    return ClosedOut(session=SessionOut.of(row), attending=counted)


@sessions.get("/{session_id}/attending")
async def count_attending(session_id: UUID, session: Session, _caller: Trainer, parts: PartsOf) -> AttendingOut:
    """Number of participants attending a session of the caller's organisation, grouped, as it is by now."""
    place = await service.own(session, session_id)
    return await showing.attending(session, parts.vault, place.id)
