"""Routes about volunteers: from the enquiry to the day they leave."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.api.callers import DeskOf, Enquirer, ProjectManager, Scheme, VolunteerReader, page
from services.matching.api.cursors import id_after
from services.matching.domain.volunteers import VolunteerStatus
from services.matching.models import Volunteer
from services.matching.repository import volunteers as kept
from services.matching.schemas.common import Code, ExternalId, HistoryOut
from services.matching.schemas.leaves import CoordinatorIn
from services.matching.schemas.volunteers import (
    ApplyIn,
    ConflictIn,
    ConflictOut,
    EnquiryOut,
    Profile,
    ReasonIn,
    SignInIn,
    VolunteerIn,
    VolunteerOut,
)
from services.matching.service import leaves, volunteers
from services.matching.service.desk import Desk
from services.matching.service.views import volunteers as view
from shared import audit, etag, history
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import Session

router = make_router("/v1/volunteers", "volunteers")
Text = Annotated[str | None, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class Room:
    """What every route about one volunteer works with."""

    session: AsyncSession
    desk: Desk
    response: Response
    volunteer: UUID

    async def show(self, volunteer: Volunteer) -> VolunteerOut:
        """The volunteer with their new ETag."""
        shown = await view.show(self.session, self.desk, volunteer)
        etag.tag(self.response, volunteer)
        return shown

    async def take_down(self, volunteer: Volunteer) -> EnquiryOut:
        """The little that an enquirer's client gets back, with the ETag."""
        await self.session.flush()
        etag.tag(self.response, volunteer)
        return EnquiryOut(id=volunteer.id, version=volunteer.version, status=VolunteerStatus(volunteer.status))


def _room(session: Session, desk: DeskOf, response: Response, volunteer_id: UUID) -> Room:
    return Room(session, desk, response, volunteer_id)


@dataclass(frozen=True, slots=True)
class _Wanted:
    status: VolunteerStatus | None
    external: ExternalId | None


def _wanted(
    status: VolunteerStatus | None = None,
    external_system: Annotated[Code | None, Query(description="With `external_id`: whose id it is.")] = None,
    external_id: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
) -> _Wanted:
    both = external_system is not None and external_id is not None
    return _Wanted(status, ExternalId(system=external_system, id=external_id) if both else None)


Wanted = Annotated[_Wanted, Depends(_wanted)]
InRoom = Annotated[Room, Depends(_room)]


@router.post("", status_code=201)
async def register_volunteer(
    session: Session, _: Enquirer, desk: DeskOf, body: VolunteerIn, response: Response
) -> EnquiryOut:
    """Take down somebody who enquires about volunteering."""
    volunteer = await volunteers.register(session, desk, body)
    response.headers["Location"] = f"/v1/volunteers/{volunteer.id}"
    return await Room(session, desk, response, volunteer.id).take_down(volunteer)


@router.get("")
async def list_volunteers(
    session: Session, _: VolunteerReader, desk: DeskOf, wanted: Wanted, limit: Limit = 50, cursor: Cursor = None
) -> Page[VolunteerOut]:
    """List volunteers; a volunteer gets their own record only."""
    rows = await kept.list_page(session, wanted.status, wanted.external, id_after(cursor), limit)
    return page(rows, await view.show_all(session, desk, rows[:limit]), limit, lambda row: (row.id,))


@router.get("/{volunteer_id}")
async def get_volunteer(room: InRoom, _: VolunteerReader) -> VolunteerOut:
    """Show one volunteer, with what their clearance still lacks."""
    return await room.show(await kept.get(room.session, room.volunteer))


@router.get("/{volunteer_id}/history")
async def list_volunteer_history(room: InRoom, _: Scheme) -> list[HistoryOut]:
    """Show every change of a volunteer's status: who, when, from, to, why."""
    volunteer = await kept.get(room.session, room.volunteer)
    audit.saw(room.session, "volunteer", volunteer.id)
    return [HistoryOut.model_validate(row) for row in await history.of(room.session, volunteer.id)]


@router.post("/{volunteer_id}/apply")
async def apply_as_volunteer(room: InRoom, _: Enquirer, version: IfMatch, body: ApplyIn) -> EnquiryOut:
    """Apply for a role; below its minimum age this is refused."""
    return await room.take_down(await volunteers.apply(room.session, room.desk, room.volunteer, version, body))


@router.post("/{volunteer_id}/profile")
async def describe_volunteer(room: InRoom, _: Scheme, version: IfMatch, body: Profile) -> VolunteerOut:
    """Put a new profile in place of the former one."""
    return await room.show(await volunteers.describe(room.session, room.desk, room.volunteer, version, body))


@router.post("/{volunteer_id}/sign-in")
async def set_volunteer_sign_in(room: InRoom, _: Scheme, version: IfMatch, body: SignInIn) -> VolunteerOut:
    """Say with which person of the gateway the volunteer signs in."""
    return await room.show(await volunteers.sign_in_as(room.session, room.volunteer, version, body))


@router.post("/{volunteer_id}/coordinator")
async def name_volunteer_coordinator(room: InRoom, _: Scheme, version: IfMatch, body: CoordinatorIn) -> VolunteerOut:
    """Say who of the volunteer's organisation answers for them; while they are on leave, whoever covers does."""
    return await room.show(await leaves.name_coordinator(room.session, room.volunteer, version, body.coordinator))


@router.post("/{volunteer_id}/break")
async def take_volunteer_break(room: InRoom, _: Scheme, version: IfMatch, body: ReasonIn) -> VolunteerOut:
    """Begin a break: the volunteer's active matches rest."""
    return await room.show(await volunteers.take_break(room.session, room.volunteer, version, body))


@router.post("/{volunteer_id}/return")
async def return_volunteer(room: InRoom, _: Scheme, version: IfMatch) -> VolunteerOut:
    """End a break; each match is resumed by itself."""
    return await room.show(await volunteers.come_back(room.session, room.volunteer, version))


@router.post("/{volunteer_id}/suspend")
async def suspend_volunteer(room: InRoom, _: Scheme, version: IfMatch, body: ReasonIn) -> VolunteerOut:
    """Suspend a volunteer at once; their matches are paused and they see nothing any more."""
    return await room.show(await volunteers.suspend(room.session, room.volunteer, version, body))


@router.post("/{volunteer_id}/reinstate")
async def reinstate_volunteer(room: InRoom, _: ProjectManager, version: IfMatch, body: ReasonIn) -> VolunteerOut:
    """End a suspension."""
    return await room.show(await volunteers.reinstate(room.session, room.desk, room.volunteer, version, body))


@router.post("/{volunteer_id}/leave")
async def leave_as_volunteer(room: InRoom, _: Scheme, version: IfMatch, body: ReasonIn) -> VolunteerOut:
    """Record that a volunteer leaves: their matches end and the families' requests open again."""
    return await room.show(await volunteers.leave(room.session, room.volunteer, version, body))


@router.post("/{volunteer_id}/conflicts", status_code=201)
async def note_volunteer_conflict(room: InRoom, _: Scheme, body: ConflictIn) -> ConflictOut:
    """Note a family with whom the volunteer must not be matched."""
    row = await volunteers.note_conflict(room.session, room.volunteer, body)
    return ConflictOut(id=row.id, family=row.family_id, kind=row.kind)


@router.get("/{volunteer_id}/conflicts")
async def list_volunteer_conflicts(room: InRoom, _: Scheme) -> list[ConflictOut]:
    """List families with whom the volunteer must not be matched."""
    volunteer = await kept.get(room.session, room.volunteer)
    audit.saw(room.session, "volunteer", volunteer.id)
    rows = await kept.list_conflicts(room.session, volunteer.id)
    return [ConflictOut(id=row.id, family=row.family_id, kind=row.kind) for row in rows]
