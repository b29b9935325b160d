"""What is shown of a referral: in lists, to its workers, to other services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.family import Dwelling, FamilyRole, age_on, common_code, common_outcode, is_current
from services.referral.models import AssessmentVisit, Family, Membership, Person, Referral, RiskAssessment, RiskChange
from services.referral.repository import families, referral_lists, referrals, rows
from services.referral.schemas.referrals import (
    AgreementOut,
    AssessmentVisitOut,
    BaselineOut,
    CaseFactsOut,
    LawfulBasisOut,
    ReferralItem,
    ReferralOut,
    RequestsOut,
    RiskAssessmentOut,
    RiskChangeOut,
)
from services.referral.service.sealing import case_cipher, person_ciphers, unseal, unseal_fields
from shared import audit
from shared.calendar import civil_date
from shared.crypto import Cipher, Vault
from shared.db import now_of
from shared.direct import Direct

RENAMED = {"family_id": "family", "organisation_id": "organisation", "scheme_id": "scheme"}
_SHOWN = [(RENAMED.get(name, name), name) for name in referral_lists.LISTED]


def item(row: Mapping[str, Any]) -> ReferralItem:
    """A referral in a list, of a row of columns."""
    return ReferralItem(**{RENAMED.get(name, name): value for name, value in row.items()})


def item_of(referral: Referral) -> ReferralItem:
    """A referral after a move."""
    return ReferralItem(**_listed(referral))


def _listed(referral: Referral) -> dict[str, Any]:
    return {shown: getattr(referral, name) for shown, name in _SHOWN}


async def show(session: AsyncSession | Direct, vault: Vault, referral_id: UUID) -> ReferralOut:
    """The referral as its workers see it."""
    referral = await rows.get_seen(session, Referral, referral_id, "referral")
    cipher = await case_cipher(session, vault, referral.family_id)
    requests = unseal(cipher, "referrals.requests", referral.requests)
    agreement = unseal(cipher, "referrals.agreement", referral.agreement)
    return ReferralOut(
        **_listed(referral),
        reasons=referral.reasons,
        reason_text=unseal(cipher, "referrals.reason_text", referral.reason_text),
        requests=RequestsOut(**requests),
        ethnicity_may_count=requests["ethnicity_may_count"],
        agreement=AgreementOut(**agreement) if agreement else None,
        lawful_basis=_basis(referral),
        informed=referral.informed,
        not_informed_reason=referral.not_informed_reason,
    )


def _basis(referral: Referral) -> LawfulBasisOut | None:
    if referral.lawful_basis is None:
        return None
    return LawfulBasisOut(
        basis=referral.lawful_basis,
        special_category_condition=referral.special_category_condition,
        criminal_condition=referral.criminal_condition,
    )


async def case_facts(session: AsyncSession, vault: Vault, referral_id: UUID) -> CaseFactsOut:
    """What other services have to know and may not hear on the bus; nothing that would find a hidden address."""
    referral = await rows.get(session, Referral, referral_id)
    family = await rows.get(session, Family, referral.family_id)
    cipher = await case_cipher(session, vault, family.id)
    requests = unseal(cipher, "referrals.requests", referral.requests)
    today = civil_date(now_of(session))
    members = [
        (member, person)
        for member, person in await families.list_members(session, family.id)
        if is_current(member.from_date, member.to_date, today)
    ]
    told = await _told(session, vault, members)
    stated = unseal(cipher, "families.ethnicity", family.ethnicity) or {}
    births = [date.fromisoformat(one.birth_date) for one in told if one.birth_date and str(one.id) in referral.children]
    audit.saw(session, "referral", referral.id)
    audit.saw(session, "family", family.id)
    return CaseFactsOut(
        referral=referral.id,
        family=family.id,
        children=[UUID(child) for child in referral.children],
        adults=[member.person_id for member, _ in members if member.role != FamilyRole.CHILD],
        ages=sorted(age_on(birth, today) for birth in births),
        outcode=common_outcode([one.dwelling for one in told]),
        languages=unseal(cipher, "families.languages", family.languages) or [],
        ethnicity=stated.get("census_code") or common_code([one.ethnicity for one in told]),
        ethnicity_may_count=requests["ethnicity_may_count"],
        requests=RequestsOut(**requests),
        received_on=civil_date(referral.received_at),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What facts are made of, of one member whose record can be read."""

    id: UUID
    dwelling: Dwelling
    ethnicity: str | None
    birth_date: str | None


async def _told(session: AsyncSession, vault: Vault, members: Sequence[tuple[Membership, Person]]) -> list[_Told]:
    ciphers = await person_ciphers(session, vault, [person.id for _, person in members])
    found = []
    for member, person in members:
        if person.id in ciphers:
            fields = unseal_fields(ciphers[person.id], person, ("outcode", "ethnicity", "birth_date"))
            dwelling = Dwelling(member.role == FamilyRole.CHILD, person.confidential, fields["outcode"])
            code = (fields["ethnicity"] or {}).get("census_code")
            found.append(_Told(person.id, dwelling, code, fields["birth_date"]))
    return found


async def show_visit(session: AsyncSession, vault: Vault, referral_id: UUID) -> AssessmentVisitOut:
    """The assessment visit with its baseline."""
    referral = await rows.get(session, Referral, referral_id)
    row = await referrals.get_visit(session, referral.id)
    audit.saw(session, "referral", referral.id)
    return visit_out(row, await case_cipher(session, vault, row.family_id))


def visit_out(row: AssessmentVisit, cipher: Cipher) -> AssessmentVisitOut:
    """A visit as it is shown."""
    return AssessmentVisitOut(
        id=row.id,
        referral=row.referral_id,
        family=row.family_id,
        visited_on=row.visited_on,
        conducted_by=row.conducted_by,
        risk_assessment=row.risk_assessment_id,
        baseline=BaselineOut(
            instrument=row.instrument,
            edition=row.edition,
            completed_by=row.completed_by,
            areas=unseal(cipher, "assessment_visits.readings", row.readings),
        ),
        notes=unseal(cipher, "assessment_visits.notes", row.notes),
    )


async def list_assessments(session: AsyncSession, vault: Vault, referral_id: UUID) -> list[RiskAssessmentOut]:
    """The referral's risk assessments, oldest first."""
    referral = await rows.get(session, Referral, referral_id)
    cipher = await case_cipher(session, vault, referral.family_id)
    audit.saw(session, "referral", referral.id)
    return [assessment_out(row, cipher) for row in await referrals.list_assessments(session, referral.id)]


def assessment_out(row: RiskAssessment, cipher: Cipher) -> RiskAssessmentOut:
    """An assessment as it is shown."""
    return RiskAssessmentOut(
        id=row.id,
        referral=row.referral_id,
        part=row.part,
        hazards=row.hazards,
        level=row.level,
        lone_working=row.lone_working,
        mitigations=unseal(cipher, "risk_assessments.mitigations", row.mitigations),
        assessed_by=row.assessed_by,
        assessed_at=row.assessed_at,
    )


async def show_assessment(session: AsyncSession, vault: Vault, row: RiskAssessment) -> RiskAssessmentOut:
    """The assessment that was just recorded."""
    return assessment_out(row, await case_cipher(session, vault, row.family_id))


async def show_recorded_visit(session: AsyncSession, vault: Vault, row: AssessmentVisit) -> AssessmentVisitOut:
    """The visit that was just recorded."""
    return visit_out(row, await case_cipher(session, vault, row.family_id))


def change_out(row: RiskChange) -> RiskChangeOut:
    """A change of risk as it is shown."""
    return RiskChangeOut(id=row.id, referral=row.referral_id, reasons=row.reasons, happened_at=row.happened_at)


async def list_changes(session: AsyncSession, referral_id: UUID) -> list[RiskChangeOut]:
    """The referral's changes of risk, oldest first."""
    referral = await rows.get(session, Referral, referral_id)
    audit.saw(session, "referral", referral.id)
    return [change_out(row) for row in await referrals.list_risk_changes(session, referral.id)]
