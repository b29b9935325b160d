"""A link by which people sign in at a session themselves: make one, take it back, use it."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training import domain
from services.training.domain import LabelKind
from services.training.models import Course, SignInLink, TrainingSession
from services.training.repository import catalogue, participations
from services.training.repository import labels as known
from services.training.repository import sign_ins as repository
from services.training.schemas.labels import CodesOut
from services.training.schemas.participations import ParticipantIn, ParticipationsIn
from services.training.schemas.sign_ins import SignInIn, SignInLinkIn, SignInLinkOut, SignInSession
from services.training.service import attendance, attendees, labels
from services.training.service.labels import fingerprint
from services.training.settings import TrainingSettings
from shared import audit, links
from shared.crypto import Vault
from shared.db import now_of, work_of
from shared.errors import NotFound, invalid
from shared.links import Link
from shared.parts import Parts


async def issue(
    session: AsyncSession, vault: Vault, settings: TrainingSettings, session_id: UUID, body: SignInLinkIn
) -> Link:
    """A new link, in place of any other."""
    place = await attendance.own_for_update(session, session_id)
    domain.require_link(place.status, place.ends_at, settings.late, now_of(session))
    wanted = {LabelKind.ORGANISATION: set(body.organisations)}
    found = await labels.find_or_add(session, vault, settings, place.organisation_id, wanted)
    link = links.made(place.partnership_id, place.organisation_id)
    new = SignInLink(
        partnership_id=place.partnership_id,
        organisation_id=place.organisation_id,
        session_id=place.id,
        fingerprint=_hashed(settings, link),
        organisations=[found[LabelKind.ORGANISATION, words] for words in dict.fromkeys(body.organisations)],
        issued_at=now_of(session),
        issued_by=work_of(session).actor,
    )
    work_of(session).pending.changed = True
    await _put(session, new)
    return link


async def _put(session: AsyncSession, new: SignInLink) -> None:
    row = await repository.of_session(session, new.session_id)
    if row is None:
        session.add(new)
        return
    for name in ("fingerprint", "organisations", "issued_at", "issued_by", "revoked_at"):
        setattr(row, name, getattr(new, name))


async def revoke(session: AsyncSession, session_id: UUID) -> None:
    """From now on the link is none."""
    place = await attendance.own_for_update(session, session_id)
    row = await repository.of_session(session, place.id)
    if row is None:
        raise NotFound
    row.revoked_at = row.revoked_at or now_of(session)
    work_of(session).pending.changed = True


async def shown(session: AsyncSession, vault: Vault, settings: TrainingSettings, session_id: UUID) -> SignInLinkOut:
    """What is known of the session's link, also where none has been made."""
    place = await attendance.own(session, session_id)
    audit.saw(session, "session", place.id)
    await session.flush()
    row = await repository.of_session(session, place.id)
    if row is None:
        ends = domain.until(place.ends_at, settings.late)
        return SignInLinkOut(organisations=[], issued_at=None, ends_at=ends, is_good=False, signed_in=0)
    is_on = domain.takes_sign_ins(place.status, place.ends_at, settings.late, now_of(session))
    return SignInLinkOut(
        organisations=await _words(session, vault, row),
        issued_at=row.issued_at,
        ends_at=domain.until(place.ends_at, settings.late),
        is_good=is_on and row.revoked_at is None,
        signed_in=await participations.number_signed_in(session, place.id, row.issued_at),
    )


async def look(session: AsyncSession, vault: Vault, settings: TrainingSettings, link: Link) -> SignInSession:
    """What whoever holds the link may know."""
    row = await _good(session, settings, link)
    place = await catalogue.get(session, TrainingSession, row.session_id)
    _require_open(session, settings, place)
    course = await catalogue.get(session, Course, place.course_id)
    return SignInSession(
        course=course.title,
        starts_at=place.starts_at,
        ends_at=place.ends_at,
        has_begun=place.starts_at <= now_of(session),
        parts=place.parts,
        organisations=await _words(session, vault, row),
        codes=CodesOut.known(),
    )


async def sign_in(session: AsyncSession, parts: Parts, settings: TrainingSettings, link: Link, body: SignInIn) -> None:
    """Put whoever holds the link on the sheet; a name that is on it already is not put there twice, nor told."""
    row = await _good(session, settings, link)
    place = await attendance.own_for_update(session, row.session_id)
    _require_open(session, settings, place)
    domain.require_more(await participations.number_signed_in(session, place.id, row.issued_at), place.capacity)
    if body.organisation is not None and body.organisation not in await _words(session, parts.vault, row):
        raise invalid("/organisation", "not-offered", "is none of the groups of this session")
    one = body.participant()
    if not await _is_there(session, settings, place, one):
        await attendance.record(session, parts, place.id, ParticipationsIn(participants=[one]))


async def _is_there(
    session: AsyncSession, settings: TrainingSettings, place: TrainingSession, one: ParticipantIn
) -> bool:
    if one.name is None:
        return False
    words = {LabelKind.ORGANISATION: {one.organisation}}
    found = await labels.find(session, settings, place.organisation_id, words)
    groups = {(label.id, one.name) for label in found.values()}
    people = await attendees.find(session, settings, place.organisation_id, groups)
    return bool(await participations.attending(session, place.id, people.values()))


async def _good(session: AsyncSession, settings: TrainingSettings, link: Link) -> SignInLink:
    row = await repository.find(session, _hashed(settings, link))
    if row is None:
        raise NotFound
    return row


def _require_open(session: AsyncSession, settings: TrainingSettings, place: TrainingSession) -> None:
    """A link that has ended is answered like one that never was."""
    if not domain.takes_sign_ins(place.status, place.ends_at, settings.late, now_of(session)):
        raise NotFound


async def _words(session: AsyncSession, vault: Vault, row: SignInLink) -> list[str]:
    words = await labels.open_labels(vault, await known.list_these(session, row.organisations))
    return [words[one] for one in row.organisations if one in words]


def _hashed(settings: TrainingSettings, link: Link) -> bytes:
    return fingerprint(settings, "training|sign-in-links|1", link.partnership, link.organisation, link.secret.hex())
