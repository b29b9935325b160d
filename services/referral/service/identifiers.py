"""Ids in other systems: found by a keyed hash, kept sealed, each belonging to one family or person of a partnership."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.models import ExternalId
from services.referral.repository import families
from services.referral.schemas.families import ExternalIdIn, PersonIn
from services.referral.service.sealing import seal_some
from shared.crypto import Cipher
from shared.db import work_of
from shared.errors import Conflict
from shared.settings import Settings

SubjectKind = Literal["family", "person"]
# Systems whose ids everybody knows; no other system can have such a name.
LA_CHILD_ID: Final = "urn:la-child-id"
UPN: Final = "urn:upn"
NHS_NUMBER: Final = "urn:nhs-number"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has an id."""

    kind: SubjectKind
    id: UUID
    family: UUID


def digest(settings: Settings, partnership: UUID, system: str, value: str) -> bytes:
    """A keyed hash: equal ids are found, and nobody without the key can try numbers out."""
    key = hmac.new(settings.audit_key.get_secret_value().encode(), b"referral|external-ids|1", hashlib.sha256).digest()
    return hmac.new(key, f"{partnership}|{system}|{value.strip()}".encode(), hashlib.sha256).digest()


def of_person(person: PersonIn) -> list[ExternalIdIn]:
    """All ids of a person, the well-known ones among them."""
    known = ((LA_CHILD_ID, person.la_child_id), (UPN, person.upn), (NHS_NUMBER, person.nhs_number))
    # Their names are not ones that a caller may choose, so they are not validated as such.
    well_known = [ExternalIdIn.model_construct(system=system, id=value) for system, value in known if value]
    return [*person.external_ids, *well_known]


async def claim(
    session: AsyncSession, settings: Settings, cipher: Cipher, holder: Holder, ids: Sequence[ExternalIdIn]
) -> None:
    """Record the ids; `already-registered` (409) when one belongs to another, naming it only to whoever may see it."""
    partnership = work_of(session).partnership
    for one in ids:
        row = ExternalId(
            partnership_id=partnership,
            family_id=holder.family,
            subject_kind=holder.kind,
            subject_id=holder.id,
            system=one.system,
            digest=digest(settings, partnership, one.system, one.id),
            value=seal_some(cipher, "external_ids.value", one.id),
        )
        if not await families.add_external_id(session, row):
            raise await _taken(session, row)


async def _taken(session: AsyncSession, row: ExternalId) -> Conflict:
    known = await families.find_external_id(session, row.subject_kind, row.system, row.digest)
    named = {"id": known.family_id, known.subject_kind: known.subject_id} if known else {}
    return Conflict(
        "This id is registered already.", name="already-registered", title="It is registered already", **named
    )
