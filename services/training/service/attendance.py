"""Record who came to a session, withdraw a mistake, close the session: then they count."""

from collections import defaultdict
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training import domain
from services.training.domain import LabelKind, OverCapacity, ParticipationStatus, SessionStatus, Source
from services.training.models import Participation, TrainingSession
from services.training.repository import catalogue
from services.training.repository import participations as repository
from services.training.schemas.catalogue import CloseIn
from services.training.schemas.participations import ParticipantIn, ParticipationsIn, WithdrawIn
from services.training.service import attendees, forgetting, labels
from services.training.service.attendees import Known
from services.training.service.catalogue import mark_closed, mark_held, moved, owned
from services.training.settings import TrainingSettings
from shared import audit, calendar, history
from shared.db import now_of, work_of
from shared.errors import Conflict
from shared.etag import Match
from shared.parts import Parts

Labels = dict[tuple[LabelKind, str], UUID]


async def record(session: AsyncSession, parts: Parts, session_id: UUID, body: ParticipationsIn) -> list[Participation]:
    """At a session that has begun; the first of them says that it was held. After its closing they count at once."""
    place = await own_for_update(session, session_id)
    if not domain.took_place(place.status):
        mark_held(session, place)
    found = await labels.find_or_add(session, parts.vault, parts.settings, place.organisation_id, _words(body))
    people = await _people(session, parts, place, body.participants, found)
    rows = [
        _made(session, place, one, found, person, f"/participants/{number}/parts")
        for number, (one, person) in enumerate(zip(body.participants, people, strict=True))
    ]
    if place.status is SessionStatus.CLOSED:
        _make_room(place, await repository.number_attending(session, place.id) + len(rows), body.over_capacity_reason)
    await repository.add(session, rows)
    work_of(session).pending.changed = True
    saw(session, rows)
    return rows


async def withdraw(
    session: AsyncSession, settings: TrainingSettings, participation_id: UUID, body: WithdrawIn
) -> Participation:
    """Take somebody out of the statistics who should never have been in; the entry stays, and says who took it out."""
    seen = await repository.get(session, participation_id)
    await own_for_update(session, seen.session_id)
    row = await repository.get_for_update(session, participation_id)
    before = ParticipationStatus.WITHDRAWN if row.withdrawn_at else ParticipationStatus.RECORDED
    after = domain.PARTICIPATIONS.move(before, ParticipationStatus.WITHDRAWN)
    row.counted, row.withdrawn_at, row.withdrawn_by = False, now_of(session), work_of(session).actor
    history.record(session, "participation", row.id, (before, after), reason_code=body.reason_code)
    saw(session, [row])
    await session.flush()
    if row.attendee_id is not None:
        await forgetting.expect(session, row.attendee_id, settings.booked_kept)
    return row


async def close(
    session: AsyncSession, session_id: UUID, body: CloseIn, organisation: UUID, match: Match
) -> TrainingSession:
    """Who came is settled, and counts from now on."""
    row = await moved(session, session_id, organisation, match, SessionStatus.CLOSED)
    attending = await repository.number_attending(session, row.id)
    domain.require_room(attending, row.capacity, body.over_capacity_reason)
    mark_closed(session, row)
    row.over_capacity_reason = body.over_capacity_reason if attending > row.capacity else None
    await session.flush()
    await repository.count_in(session, row.id)
    return row


def saw(session: AsyncSession, rows: list[Participation]) -> None:
    """Note for the audit who is shown or changed."""
    audit.saw(session, "participation", *(row.id for row in rows))
    audit.saw(session, "attendee", *(row.attendee_id for row in rows if row.attendee_id))


async def own(session: AsyncSession, session_id: UUID) -> TrainingSession:
    """A session of the caller's organisation: nobody else sees who came."""
    return owned(await catalogue.get(session, TrainingSession, session_id), work_of(session).organisation)


async def own_for_update(session: AsyncSession, session_id: UUID) -> TrainingSession:
    """The same, locked: whoever comes at the same moment waits."""
    row = await catalogue.get_for_update(session, TrainingSession, session_id)
    audit.saw(session, "session", row.id)
    return owned(row, work_of(session).organisation)


def _make_room(place: TrainingSession, attending: int, given: OverCapacity | None) -> None:
    """Of a session that is known from sheets alone nobody knows how much room there was: as much as who came."""
    if place.from_sheet:
        place.capacity = max(place.capacity, attending)
        return
    reason = given or place.over_capacity_reason
    domain.require_room(attending, place.capacity, reason)
    place.over_capacity_reason = reason


def _words(body: ParticipationsIn) -> dict[LabelKind, set[str]]:
    said: dict[LabelKind, set[str]] = defaultdict(set)
    for one in body.participants:
        for kind, words in one.words().items():
            if words is not None:
                said[kind].add(words)
    return said


async def _people(
    session: AsyncSession, parts: Parts, place: TrainingSession, participants: list[ParticipantIn], found: Labels
) -> list[UUID | None]:
    """The attendee of each of them; None of those without a name. Nobody is at a session twice."""
    named: list[Known | None] = [
        (found[LabelKind.ORGANISATION, one.organisation], one.name) if one.name else None for one in participants
    ]
    known = await attendees.find_or_add(
        session, parts.vault, parts.settings, place.organisation_id, {one for one in named if one}
    )
    people = [known[one] if one else None for one in named]
    there = await repository.attending(session, place.id, known.values())
    twice = [
        number for number, one in enumerate(people) if one is not None and (one in there or one in people[:number])
    ]
    if twice:
        raise Conflict(
            "Somebody of this name and group is recorded at this session.",
            name="already-attending",
            title="They are recorded already",
            pointers=[f"/participants/{number}" for number in twice],
        )
    return people


def _made(
    session: AsyncSession, place: TrainingSession, one: ParticipantIn, found: Labels, person: UUID | None, pointer: str
) -> Participation:
    said = {kind: found[kind, words] for kind, words in one.words().items() if words is not None}
    return Participation(
        partnership_id=place.partnership_id,
        organisation_id=place.organisation_id,
        session_id=place.id,
        day=calendar.civil_date(place.starts_at),
        parts=domain.attended_parts(one.parts, place.parts, pointer),
        organisation=said[LabelKind.ORGANISATION],
        ethnicity=said.get(LabelKind.ETHNICITY),
        gender=said.get(LabelKind.GENDER),
        language=said.get(LabelKind.LANGUAGE),
        area=said.get(LabelKind.AREA),
        ethnicity_chosen=one.ethnicity_code,
        gender_chosen=one.gender_code,
        attendee_id=person,
        # Without a token comes only who holds the session's link, and speaks for themselves.
        source=Source.SELF if work_of(session).scope == "public" else Source.TRAINER,
        counted=place.status is SessionStatus.CLOSED,
        recorded_at=now_of(session),
        recorded_by=work_of(session).actor,
    )
