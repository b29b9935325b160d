"""Concerns: raised by anybody, taken on and decided by the local authority's leads."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.concern import CONCERN_LIFECYCLE, LEADS, UNSEEN, ConcernStatus, SubjectKind
from services.referral.models import Concern
from services.referral.repository import access, concerns, rows
from services.referral.schemas.concerns import ConcernIn, ConcernItem, ConcernOut, DecideIn
from services.referral.service.platform import platform_view
from services.referral.service.sealing import case_cipher, seal, seal_some, unseal
from services.referral.settings import ReferralSettings
from shared import audit, clocks, history, outbox
from shared.auth import Role
from shared.clocks import DueClock
from shared.crypto import Vault
from shared.db import now_of, work_of
from shared.errors import Forbidden, NotFound, invalid
from shared.etag import Match
from shared.events.referral import (
    ConcernAcknowledged,
    ConcernDecided,
    ConcernEvent,
    ConcernRaised,
    ConcernUnacknowledged,
)
from shared.ids import new_id
from shared.pagination import Page, encode

UNACKNOWLEDGED = "concern.unacknowledged"


async def raise_concern(session: AsyncSession, vault: Vault, settings: ReferralSettings, body: ConcernIn) -> Concern:
    """Record a concern and tell the authority. Nothing in the answer says whether family or person are known."""
    work = work_of(session)
    if body.happened_at and body.happened_at > work.now:
        raise invalid("/happened_at", "in-the-future", "has not happened yet")
    family = await _known_family(session, body)
    concern_id = new_id()
    cipher = await case_cipher(session, vault, family or concern_id)
    concern = Concern(
        id=concern_id,
        partnership_id=work.partnership,
        family_id=family,
        subject_kind=body.subject.kind,
        subject_id=body.subject.id,
        about_person_id=await _about(session, body),
        about_volunteer_id=_volunteer(body),
        status=ConcernStatus.RAISED,
        description=seal_some(cipher, "concerns.description", body.text),
        raised_by=work.actor,
        raised_by_organisation=work.organisation,
        happened_at=body.happened_at,
        raised_at=work.now,
        due_at=work.now + settings.concern_acknowledged_within,
    )
    session.add(concern)
    await clocks.start(session, UNACKNOWLEDGED, concern.id, concern.due_at)
    _record(session, concern, None)
    await _tell(
        session,
        concern,
        ConcernRaised(**_of(concern), raised_at=concern.raised_at, volunteer=concern.about_volunteer_id),
    )
    return concern


async def acknowledge(session: AsyncSession, concern_id: UUID, match: Match) -> Concern:
    """A named person of the authority has taken it on."""
    concern = await _get_to_move(session, concern_id, match)
    before = ConcernStatus(concern.status)
    concern.status = CONCERN_LIFECYCLE.move(before, ConcernStatus.ACKNOWLEDGED)
    concern.acknowledged_by, concern.acknowledged_at = _named(session), now_of(session)
    await clocks.stop(session, UNACKNOWLEDGED, concern.id)
    _record(session, concern, before)
    await _tell(session, concern, ConcernAcknowledged(**_of(concern)))
    return concern


async def decide(session: AsyncSession, vault: Vault, concern_id: UUID, match: Match, body: DecideIn) -> Concern:
    """What is done about it."""
    concern = await _get_to_move(session, concern_id, match)
    before = ConcernStatus(concern.status)
    concern.status = CONCERN_LIFECYCLE.move(before, ConcernStatus.DECIDED)
    cipher = await case_cipher(session, vault, concern.family_id or concern.id)
    concern.decided_by, concern.decided_at = _named(session), now_of(session)
    concern.decision, concern.decision_text = body.decision, seal(cipher, "concerns.decision_text", body.text)
    _record(session, concern, before)
    await _tell(session, concern, ConcernDecided(**_of(concern), decision=body.decision))
    return concern


async def on_unacknowledged(session: AsyncSession, clock: DueClock) -> None:
    """Nobody has taken it on in time: somebody has to telephone."""
    concern = await rows.get_for_update(session, Concern, clock.subject)
    if ConcernStatus(concern.status) in UNSEEN:
        await _tell(session, concern, ConcernUnacknowledged(**_of(concern), due_at=clock.due_at))


async def get(session: AsyncSession, concern_id: UUID) -> Concern:
    """The concern; not there for whoever it is about, and for all who do not deal with concerns."""
    _require_lead(session, Role.PARTNER_SYSTEM)
    return await rows.get(session, Concern, concern_id)


async def show(session: AsyncSession, vault: Vault, settings: ReferralSettings, concern_id: UUID) -> ConcernOut:
    """The concern as the authority's leads see it."""
    concern = await get(session, concern_id)
    cipher = await case_cipher(session, vault, concern.family_id or concern.id)
    audit.saw(session, "concern", concern.id)
    return ConcernOut(
        **item_of(concern).model_dump(),
        about_person=concern.about_person_id,
        about_volunteer=concern.about_volunteer_id,
        text=unseal(cipher, "concerns.description", concern.description),
        decision_text=unseal(cipher, "concerns.decision_text", concern.decision_text),
        raised_by_organisation=concern.raised_by_organisation,
        happened_at=concern.happened_at,
        emergency=settings.emergency_wording,
    )


def item_of(concern: Concern) -> ConcernItem:
    """A concern after a move."""
    return item({name: getattr(concern, name) for name in concerns.LISTED})


def item(row: dict[str, object]) -> ConcernItem:
    """A concern in a list, of a row of columns."""
    renamed = {"family_id": "family", "subject_id": "subject"}
    return ConcernItem.model_validate({renamed.get(name, name): value for name, value in row.items()})


def _is_lead(session: AsyncSession, *others: Role) -> bool:
    return bool(set(work_of(session).roles) & {*LEADS, *others})


def _require_lead(session: AsyncSession, *others: Role) -> None:
    if not _is_lead(session, *others):
        raise NotFound


async def _get_to_move(session: AsyncSession, concern_id: UUID, match: Match) -> Concern:
    _require_lead(session)
    concern = await rows.get_for_update(session, Concern, concern_id)
    match.check(concern)
    audit.saw(session, "concern", concern.id)
    return concern


def _named(session: AsyncSession) -> UUID:
    person = work_of(session).person
    if person is None:
        raise Forbidden("A named person has to do this.")
    return person


async def _known_family(session: AsyncSession, body: ConcernIn) -> UUID | None:
    """The family that is named, if this partnership has it; whoever raises the concern does not learn that."""
    named = body.family or (body.subject.id if body.subject.kind is SubjectKind.FAMILY else None)
    if named is None or not await access.list_authorities(session, named):
        return None
    return named


def _volunteer(body: ConcernIn) -> UUID | None:
    return body.about_volunteer or (body.subject.id if body.subject.kind is SubjectKind.VOLUNTEER else None)


async def _about(session: AsyncSession, body: ConcernIn) -> UUID | None:
    volunteer = _volunteer(body)
    if body.about_person is not None or volunteer is None:
        return body.about_person
    async with platform_view(session):
        return await concerns.find_person_of_volunteer(session, volunteer)


def _record(session: AsyncSession, concern: Concern, before: ConcernStatus | None) -> None:
    # Its history belongs to no case that a scheme's workers can open: the concern's own id stands for the family.
    change = (before, ConcernStatus(concern.status))
    history.record(session, "concern", concern.id, change, family=concern.id)


def _of(concern: Concern) -> dict[str, UUID]:
    return {"family": concern.family_id or concern.id, "concern": concern.id}


async def _tell(session: AsyncSession, concern: Concern, event: ConcernEvent) -> None:
    outbox.add(session, event, audience=await access.list_authorities(session, concern.family_id))


async def page(session: AsyncSession, status: ConcernStatus | None, where: tuple[str | None, int]) -> Page[ConcernItem]:
    """One page; empty for all who do not deal with concerns. `where` is (cursor, limit)."""
    cursor, limit = where
    if not _is_lead(session, Role.PARTNER_SYSTEM):
        return Page(items=[])
    found = await concerns.list_concerns(session, status, cursor, limit + 1)
    items = [item(dict(row)) for row in found[:limit]]
    audit.saw(session, "concern", *(one.id for one in items))
    return Page(items=items, next=encode(items[-1].id) if len(found) > limit else None)
