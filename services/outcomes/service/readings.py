"""Readings of instruments: recorded by people, or told by the assessment visit; and the way travelled between them."""

from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain import instruments, sdq
from services.outcomes.domain.cost import shown
from services.outcomes.domain.facts import Policy
from services.outcomes.domain.instruments import Edition, Instrument, Occasion, Respondent
from services.outcomes.domain.timeline import Finding
from services.outcomes.models import Reading
from services.outcomes.repository import cases
from services.outcomes.repository import readings as repository
from services.outcomes.schemas.baseline import AssessmentVisit
from services.outcomes.schemas.readings import AreaDistance, DistanceOut, ReadingIn
from services.outcomes.service.counting import recount
from services.outcomes.service.tools import Tools, today_of
from shared import audit, outbox
from shared.db import now_of, work_of
from shared.errors import Invalid
from shared.events.outcomes import ReadingRecorded


async def record(session: AsyncSession, tools: Tools, body: ReadingIn) -> Reading:
    """One reading of the family, or of one of its children or adults."""
    family = await cases.lock_family(session, body.family)
    edition = instruments.find_edition(body.instrument, body.edition)
    findings = [*instruments.misfits(body.instrument, edition, body.completed_by, body.areas)]
    findings += _shape(body, edition)
    if body.read_on > today_of(session):
        findings.append(Finding("in-the-future", "/read_on", "has not come yet"))
    if findings:
        raise Invalid([one.document() for one in findings])
    await _require_known(session, body)
    reading = _row(session, body)
    session.add(reading)
    subjects = [one for one in (body.child, body.person) if one is not None]
    audit.saw(session, "family", body.family, family=body.family)
    if subjects:
        audit.saw(session, "person", *subjects)
    _tell(session, reading)
    await recount(session, family, tools.policy)
    return reading


def _shape(body: ReadingIn, edition: Edition | None) -> list[Finding]:
    if edition is None:
        return []
    found = []
    if edition.of_a_child and body.child is None:
        found.append(Finding("missing", "/child", "is needed for this instrument"))
    teacher = body.instrument is Instrument.SDQ and body.completed_by == Respondent.TEACHER
    if teacher and body.areas.get("impact", 0) > sdq.TEACHER_IMPACT_AT_MOST:
        found.append(Finding("out-of-range", "/areas/impact", "is outside the scale"))
    if edition.needs_age and body.age is None:
        found.append(Finding("missing", "/age", "is needed for this instrument"))
    if body.period_from is not None and body.instrument is not Instrument.SCHOOL_ATTENDANCE:
        found.append(Finding("unexpected", "/period_from", "is of school attendance only"))
    return found


async def _require_known(session: AsyncSession, body: ReadingIn) -> None:
    if body.referral is not None:
        await cases.get_case(session, body.referral, body.family)
    if body.child is not None and (await cases.get_child(session, body.child)).family_id != body.family:
        raise cases.unknown()


def _row(session: AsyncSession, body: ReadingIn) -> Reading:
    ids = {"family", "referral", "child", "person"}
    return Reading(
        partnership_id=work_of(session).partnership,
        **{f"{name}_id": getattr(body, name) for name in ids},
        **body.model_dump(exclude=ids),
        scores=_scores(body),
        recorded_at=now_of(session),
    )


def _scores(body: ReadingIn) -> dict[str, Any] | None:
    if body.instrument is not Instrument.SDQ or body.age is None:
        return None
    return sdq.result(body.areas, Respondent(body.completed_by), body.age)


def _tell(session: AsyncSession, reading: Reading) -> None:
    outbox.add(
        session,
        ReadingRecorded(
            family=reading.family_id,
            reading=reading.id,
            referral=reading.referral_id,
            instrument=reading.instrument,
            occasion=reading.occasion,
            read_on=reading.read_on,
        ),
    )


async def record_baseline(
    session: AsyncSession, policy: Policy, ids: tuple[UUID, UUID], visit: AssessmentVisit
) -> None:
    """The baseline of an assessment visit as the case's first reading. `ids` are (family, referral)."""
    family = await cases.know_family(session, ids[0])
    baseline = visit.baseline
    reading = Reading(
        partnership_id=work_of(session).partnership,
        family_id=ids[0],
        referral_id=ids[1],
        instrument=baseline.instrument,
        edition=baseline.edition,
        occasion=Occasion.FIRST,
        completed_by=baseline.completed_by,
        read_on=visit.visited_on,
        areas=baseline.areas,
        recorded_at=now_of(session),
    )
    session.add(reading)
    _tell(session, reading)
    await recount(session, family, policy)


async def read(session: AsyncSession, reading_id: UUID) -> Reading:
    reading = await repository.get(session, Reading, reading_id)
    audit.saw(session, "family", reading.family_id, family=reading.family_id)
    return reading


async def distances(session: AsyncSession, family: UUID, instrument: Instrument) -> list[DistanceOut]:
    """First to last reading of each subject that has both in one edition."""
    audit.saw(session, "family", family, family=family)
    groups: dict[tuple[object, ...], list[Reading]] = {}
    for reading in await repository.list_of_instrument(session, family, instrument):
        groups.setdefault((reading.child_id, reading.person_id, reading.edition), []).append(reading)
    return [_distance(_first(own), own[-1]) for own in groups.values() if _first(own) is not own[-1]]


def _first(readings: list[Reading]) -> Reading:
    return next((reading for reading in readings if reading.occasion is Occasion.FIRST), readings[0])


def _distance(first: Reading, last: Reading) -> DistanceOut:
    changes = instruments.distance(first.areas, last.areas)
    mean = instruments.mean_distance(first.areas, last.areas)
    return DistanceOut(
        instrument=first.instrument,
        edition=first.edition,
        child=first.child_id,
        person=first.person_id,
        first=first.id,
        last=last.id,
        first_on=first.read_on,
        last_on=last.read_on,
        areas={
            code: AreaDistance(first=first.areas[code], last=last.areas[code], change=change)
            for code, change in changes.items()
        },
        mean_change="" if mean is None else shown(mean, 2),
    )
