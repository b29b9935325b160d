"""What people do in tests: volunteers agree to a match, everybody signs, workers are allocated."""

from typing import Any
from uuid import UUID

from services.referral.tests.factories import Case, Partnership, child, parent
from shared.events.matching import MatchAgreed
from shared.ids import new_id
from shared.testing import Caller

AGREED = {"decision": "agreed"}


def by_person(document: dict[str, Any], person: UUID) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["members"] if one["person"] == str(person))
    return found


async def agree_match(here: Partnership, case: Case, person: UUID) -> MatchAgreed:
    event = MatchAgreed(
        family=case.family.id, referral=case.id, match=new_id(), volunteer=new_id(), volunteer_person=person
    )
    await here.tell(event)
    return event


def for_parent(case: Case, **more: Any) -> dict[str, Any]:
    body = {"decision": "agreed", "on_behalf_of": str(case.family.parent), "method": "in_person", "evidence": "Form 7"}
    return body | more


async def sign(caller: Caller, plan: UUID, body: dict[str, Any] | None = None) -> Any:
    return await caller.post(f"/v1/involvement-plans/{plan}/signatures", body or AGREED)


async def all_sign(here: Partnership, case: Case, plan: UUID, *volunteers: UUID) -> None:
    signed = [
        await sign(here.lead_practitioner, plan),
        await sign(here.project_manager, plan),
        await sign(here.coordinator, plan, for_parent(case)),
    ]
    signed += [await sign(here.volunteer(person), plan) for person in volunteers]
    assert [one.status_code for one in signed] == [201] * len(signed), [one.text for one in signed]


def allocation(case: Case, person: UUID, **more: Any) -> dict[str, Any]:
    return {"family": str(case.family.id), "person": str(person), "role": "advocate"} | more


async def with_volunteer(here: Partnership, person: UUID) -> tuple[Case, dict[str, Any]]:
    """A family with two children, one of them in the plan, and a volunteer whose match is agreed."""
    family = await here.family(persons=[parent(), child(), child(given_name="Sami")])
    case = await here.accepted(family)
    plan = await here.plan(case)
    match = await agree_match(here, case, person)
    await all_sign(here, case, plan, person)
    return case, {"family": family.id, "referral": case.id, "match": match.match, "volunteer": match.volunteer}
