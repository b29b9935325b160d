"""Requests: opened with facts read from the referral service, read again, closed; early, late and double news."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.matching.schemas.facts import CaseFacts
from services.matching.tests.bodies import TODAY, Family, accepted, good, refused, visit_of
from services.matching.tests.factories import Place
from shared.auth import Role
from shared.consumer import Later
from shared.events import referral as told
from shared.ids import new_id


async def listed(here: Place, family: Family) -> list[dict[str, Any]]:
    answer = await here.coordinator.get("/v1/match-requests", params={"referral": str(family.referral)})
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def ended(kind: type[told.ReferralOutcome], family: Family) -> told.ReferralOutcome:
    return kind(family=family.id, referral=family.referral, reason_code="some_reason")


async def test_an_accepted_referral_opens_a_request_with_sealed_facts(here: Place) -> None:
    family = await here.family(outcode="SS9", requests={"volunteer_gender": "male", "visits_a_week": 2})
    shown = good(await here.coordinator.get(f"/v1/match-requests/{family.request}"))
    assert (shown["status"], shown["waiting_since"]) == ("open", TODAY.isoformat())
    assert shown["facts"]["outcode"] == "SS9"
    assert shown["facts"]["requests"]["volunteer_gender"] == "male"
    assert shown["children"] == [str(child) for child in family.children]
    assert len(await here.events("match-request.opened")) == 1
    rows = await here.as_worker("SELECT match_requests::text FROM match_requests WHERE id = $1", UUID(family.request))
    assert "SS9" not in rows[0][0]


async def test_a_second_hearing_opens_nothing_more(here: Place) -> None:
    family = await here.family()
    await here.tell(accepted(family))
    assert len(await listed(here, family)) == 1
    assert len(await here.events("match-request.opened")) == 1


async def test_other_kinds_of_referral_want_no_volunteer(here: Place) -> None:
    family = Family()
    await here.give_access(family, 1)
    await here.tell(accepted(family, kind="advocacy"))
    assert await listed(here, family) == []


async def test_while_the_referral_service_is_away_the_event_waits_and_nothing_is_written(here: Place) -> None:
    family = Family()
    await here.give_access(family, 1)
    here.cases.away = Later("away")
    with pytest.raises(Later):
        await here.tell(accepted(family))
    assert await listed(here, family) == []
    here.cases.away = None
    here.cases.by_referral[family.referral] = CaseFacts(children=family.children)
    await here.tell(accepted(family))
    assert len(await listed(here, family)) == 1


async def test_an_end_that_was_heard_before_the_acceptance_opens_nothing(here: Place) -> None:
    family = Family()
    await here.give_access(family, 1)
    here.cases.by_referral[family.referral] = CaseFacts(children=family.children)
    await here.tell(ended(told.ReferralWithdrawn, family))
    await here.tell(accepted(family))
    assert await listed(here, family) == []


async def test_an_assessment_visit_that_was_heard_before_the_acceptance_counts(here: Place) -> None:
    family = Family()
    await here.tell(visit_of(family))
    await here.give_access(family, 1)
    here.cases.by_referral[family.referral] = CaseFacts(children=family.children)
    await here.tell(accepted(family))
    family.request = (await listed(here, family))[0]["id"]
    assert (await here.propose(family))["candidates"] == []


async def test_a_changed_family_is_read_again(here: Place) -> None:
    family = await here.family(outcode="SS1")
    born = new_id()
    here.cases.by_referral[family.referral] = CaseFacts(outcode="SS17", children=(*family.children, born))
    await here.tell(told.FamilyChanged(family=family.id))
    shown = good(await here.coordinator.get(f"/v1/match-requests/{family.request}"))
    assert shown["facts"]["outcode"] == "SS17"
    assert str(born) in shown["children"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (told.ReferralDeclined, "referral_declined"),
        (told.ReferralSignposted, "referral_signposted"),
        (told.ReferralWithdrawn, "referral_withdrawn"),
        (told.ReferralConcluded, "completed"),
    ],
)
async def test_the_end_of_a_referral_closes_its_request_once(
    here: Place, kind: type[told.ReferralOutcome], code: str
) -> None:
    family = await here.family()
    await here.tell(ended(kind, family))
    await here.tell(ended(kind, family))
    shown = (await listed(here, family))[0]
    assert (shown["status"], shown["close_code"]) == ("closed", code)
    assert len(await here.events("match-request.closed")) == 1
    answer = await here.coordinator.post(f"/v1/match-requests/{family.request}/proposals")
    refused(answer, 409, "illegal-move")


async def test_a_destroyed_case_key_leaves_nothing_readable(here: Place) -> None:
    family = await here.family()
    here.cases.away = Later("nothing is read of an erased case")
    erased = told.SubjectErased(family=family.id, subject_kind="case", subject=family.id)
    await here.tell(erased)
    refused(await here.coordinator.get(f"/v1/match-requests/{family.request}"), 404, "not-found")


async def test_after_a_person_is_erased_the_facts_are_read_again_without_them(here: Place) -> None:
    family = await here.family()
    here.cases.by_referral[family.referral] = CaseFacts(children=family.children[:1], ages=(9,))
    await here.tell(told.SubjectErased(family=family.id, subject_kind="person", subject=family.children[1]))
    shown = good(await here.coordinator.get(f"/v1/match-requests/{family.request}"))
    assert shown["children"] == [str(family.children[0])]
    assert shown["facts"]["ages"] == [9]


async def test_who_waits_longest_comes_first_page_by_page(here: Place) -> None:
    families = []
    for days in (1, 3, 2):
        family = Family()
        await here.give_access(family, 1)
        here.cases.by_referral[family.referral] = CaseFacts(children=family.children)
        await here.tell(accepted(family, on=TODAY - timedelta(days=days)))
        families.append(family)
    first = (await here.coordinator.get("/v1/match-requests", params={"limit": 2, "status": "open"})).json()
    rest = (await here.coordinator.get("/v1/match-requests", params={"limit": 2, "cursor": first["next"]})).json()
    order = [one["referral"] for one in first["items"] + rest["items"]]
    assert order == [str(families[place].referral) for place in (1, 2, 0)]


async def test_the_authority_sees_the_request_but_not_what_the_family_asked_for(here: Place) -> None:
    family = await here.family()
    system = here.caller(Role.PARTNER_SYSTEM, organisation=here.authority)
    shown = good(await system.get(f"/v1/match-requests/{family.request}"))
    assert shown["facts"] is None


async def test_an_organisation_that_loses_its_part_loses_the_request(here: Place) -> None:
    family = await here.family()
    await here.give_access(family, 2, la_only=True)
    refused(await here.coordinator.get(f"/v1/match-requests/{family.request}"), 404, "not-found")
    assert await listed(here, family) == []
