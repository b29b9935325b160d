"""Routes of readings."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, status

from services.outcomes.api.callers import CaseReader, ReadingRecorder, ToolsOf
from services.outcomes.api.pages import page
from services.outcomes.domain.instruments import Instrument, Occasion
from services.outcomes.models import Reading
from services.outcomes.repository import readings as repository
from services.outcomes.schemas.readings import DistancesOut, ReadingIn, ReadingOut
from services.outcomes.service import readings as service
from shared import audit
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import Session

router = make_router("/v1/readings", "readings")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which readings of a family."""

    family: UUID
    referral: UUID | None = None
    child: UUID | None = None
    instrument: Instrument | None = None
    occasion: Occasion | None = None


@router.post("", status_code=status.HTTP_201_CREATED)
async def record_reading(body: ReadingIn, session: Session, _caller: ReadingRecorder, tools: ToolsOf) -> ReadingOut:
    """Record a reading: a star, a questionnaire's numbers, or school attendance."""
    return ReadingOut.of(await service.record(session, tools, body))


@router.get("")
async def list_readings(
    wanted: Annotated[Wanted, Depends()],
    session: Session,
    _caller: CaseReader,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ReadingOut]:
    """Readings of a family, as they were recorded."""
    audit.saw(session, "family", wanted.family, family=wanted.family)
    rows = await repository.list_page(
        session,
        Reading,
        wanted.family,
        limit,
        cursor,
        referral_id=wanted.referral,
        child_id=wanted.child,
        instrument=wanted.instrument,
        occasion=wanted.occasion,
    )
    return page(rows, limit, ReadingOut.of)


@router.get("/distance-travelled")
async def get_distance_travelled(
    family: UUID, session: Session, _caller: CaseReader, instrument: Instrument = Instrument.FAMILY_STAR
) -> DistancesOut:
    """The way travelled from the first to the last reading, for each of whom there are both."""
    return DistancesOut(items=await service.distances(session, family, instrument))


@router.get("/{reading}")
async def get_reading(reading: UUID, session: Session, _caller: CaseReader) -> ReadingOut:
    """One reading."""
    return ReadingOut.of(await service.read(session, reading))
