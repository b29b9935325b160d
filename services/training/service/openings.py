"""Keep what everybody reads of a session as the session is."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training import domain
from services.training.models import Course, Opening, TrainingSession
from services.training.repository import bookings, catalogue
from services.training.repository import openings as repository


async def settle(session: AsyncSession, place: TrainingSession) -> None:
    """After whatever was changed of the session or its places; whoever changes them has locked it."""
    await session.flush()
    row = await repository.get(session, place.id)
    if not domain.is_open(place.status, public=place.public):
        if row is not None:
            row.open = False
        return
    shown = await _shown(session, place)
    if row is None:
        session.add(shown)
        return
    for name in Opening.model_fields:
        setattr(row, name, getattr(shown, name))


async def _shown(session: AsyncSession, place: TrainingSession) -> Opening:
    course = await catalogue.get(session, Course, place.course_id)
    taken = await bookings.taken(session, place.id)
    return Opening(
        id=place.id,
        partnership_id=place.partnership_id,
        open=True,
        course=course.title,
        topics=course.topics,
        starts_at=place.starts_at,
        ends_at=place.ends_at,
        outcode=place.outcode,
        languages=place.languages or course.languages,
        interpreters=place.interpreters,
        how_to_book=place.how_to_book or "",
        room=domain.room(place.capacity, taken.booked),
    )
