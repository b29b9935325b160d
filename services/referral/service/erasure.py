"""Erasing a person: what was known of them cannot be read any more, here or in any other service."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.models import Family, Person
from services.referral.repository import families as family_rows
from services.referral.repository import rows
from services.referral.service.families import PERSONAL, get_membership
from shared import audit, history, outbox
from shared.crypto import Subject
from shared.db import now_of, work_of
from shared.errors import Conflict
from shared.events.referral import SubjectErased
from shared.parts import Parts

_AFTER_RESTORE = "restored-copy"


async def erase(session: AsyncSession, parts: Parts, family_id: UUID, person_id: UUID, reason_code: str) -> None:
    """Destroy a person's key here and have it destroyed everywhere; repeating it does no harm.

    The key goes before the commit: should the commit fail, the same request again completes it.
    """
    await rows.get_for_update(session, Family, family_id)
    await get_membership(session, family_id, person_id)
    person = await rows.get_for_update(session, Person, person_id)
    if person.erased_at is not None:
        raise Conflict("This person's record has been erased before.", name="already-erased")
    await _forget(session, person, family_id, reason_code)
    await parts.vault.destroy(work_of(session).partnership, Subject.person(person.id))


async def erase_again(session: AsyncSession, person_id: UUID) -> bool:
    """After a restore, for somebody whom the erasure log names: whether the restored record still knew them.

    Their key is gone already; everybody else hears of it as they did the first time.
    """
    person = await rows.find_for_update(session, Person, person_id)
    memberships = await family_rows.list_memberships(session, person_id)
    if person is None or person.erased_at is not None or not memberships:
        return False
    await _forget(session, person, memberships[-1].family_id, _AFTER_RESTORE)
    return True


async def _forget(session: AsyncSession, person: Person, family: UUID, reason_code: str) -> None:
    for name in PERSONAL:
        setattr(person, name, None)
    person.erased_at = now_of(session)
    await family_rows.delete_external_ids(session, person.id)
    history.record(session, "person", person.id, (None, "erased"), family=family, reason_code=reason_code)
    outbox.add(session, SubjectErased(family=family, subject_kind="person", subject=person.id))
    audit.saw(session, "person", person.id, family=family)
    await session.flush()
