"""Agreements: each of the three parties answers once, for itself, and a refusal cancels."""

from typing import Any

import pytest

from services.matching.tests.bodies import TODAY, Family, Helper, family_says, good, refused
from services.matching.tests.factories import Place
from shared.auth import Role
from shared.ids import new_id

LEFT = {"reason_code": "volunteer_left"}


async def places(here: Place, helper: Helper) -> int:
    return int((await here.read(helper))["places_taken"])


async def request_of(here: Place, family: Family) -> dict[str, Any]:
    return good(await here.coordinator.get(f"/v1/match-requests/{family.request}"))


async def test_three_agreements_in_any_order_make_it_agreed(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.proposed(family, helper)
    path = f"/v1/matches/{match}/agreements"
    good(await here.project_manager.post(path, {"party": "project_manager", "answer": "agreed"}))
    good(await here.coordinator.post(path, family_says("agreed")))
    assert (await here.match_of(match))["status"] == "proposed"
    good(await here.as_volunteer(helper).post(path, {"party": "volunteer", "answer": "agreed"}))
    assert (await here.match_of(match))["agreed_by"] == ["project_manager", "family", "volunteer"]
    assert (await here.match_of(match))["status"] == "agreed"
    assert (await here.read(helper))["status"] == "matched"
    events = await here.events("match.agreed")
    assert len(events) == 1
    assert str(helper.person) in events[0]
    assert [one["party"] for one in (await here.coordinator.get(path)).json()] == [
        "project_manager", "family", "volunteer",
    ]  # fmt: skip


@pytest.mark.parametrize("party", ["volunteer", "family", "project_manager"])
async def test_one_refusal_cancels_and_frees_the_place(here: Place, party: str) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.proposed(family, helper)
    body = {"party": party, "answer": "refused", "reason_code": "not_now"}
    by = {
        "volunteer": here.as_volunteer(helper),
        "family": here.coordinator,
        "project_manager": here.project_manager,
    }
    body = family_says("refused", reason_code="not_now") if party == "family" else body
    answer = good(await by[party].post(f"/v1/matches/{match}/agreements", body))
    assert answer["status"] == "cancelled"
    assert await places(here, helper) == 0
    shown = await request_of(here, family)
    assert (shown["status"], shown["waiting_since"]) == ("open", TODAY.isoformat())
    assert len(await here.events("match.cancelled")) == 1
    assert len(await here.events("match-request.reopened")) == 1


async def test_a_refusal_without_a_reason_and_a_family_without_evidence_are_malformed(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    path = f"/v1/matches/{await here.proposed(family, helper)}/agreements"
    refused(await here.project_manager.post(path, {"party": "project_manager", "answer": "refused"}), 422, "validation")
    refused(await here.coordinator.post(path, {"party": "family", "answer": "agreed"}), 422, "validation")


async def test_each_party_answers_once(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    path = f"/v1/matches/{await here.proposed(family, helper)}/agreements"
    body = {"party": "project_manager", "answer": "agreed"}
    good(await here.project_manager.post(path, body))
    refused(await here.project_manager.post(path, body), 409, "already-answered")


async def test_nobody_speaks_for_another_party(here: Place) -> None:
    family, helper, other = await here.family(), await here.volunteer(), await here.volunteer()
    path = f"/v1/matches/{await here.proposed(family, helper)}/agreements"
    mine = {"party": "volunteer", "answer": "agreed"}
    refused(await here.coordinator.post(path, mine), 403, "forbidden")
    refused(await here.coordinator.post(path, {"party": "project_manager", "answer": "agreed"}), 403, "forbidden")
    refused(await here.project_manager.post(path, family_says("agreed")), 403, "forbidden")
    refused(await here.as_volunteer(helper).post(path, family_says("agreed")), 403, "forbidden")
    refused(await here.as_volunteer(other).post(path, mine), 404, "not-found")
    spoken = mine | {"on_behalf_of": helper.id, "method": "telephone"}
    refused(await here.coordinator.post(path, spoken), 403, "forbidden")


async def test_who_signs_for_themselves_does_not_record_the_family_s_answer(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    path = f"/v1/matches/{await here.proposed(family, helper)}/agreements"
    both = here.caller(Role.COORDINATOR, Role.PROJECT_MANAGER)
    good(await both.post(path, family_says("agreed")))
    refused(await both.post(path, {"party": "project_manager", "answer": "agreed"}), 409, "own-signature-counts")


async def test_the_family_s_answer_is_one_of_its_adults(here: Place) -> None:
    parent = new_id()
    family, helper = await here.family(adults=[parent]), await here.volunteer()
    path = f"/v1/matches/{await here.proposed(family, helper)}/agreements"
    for stranger in (new_id(), family.children[0]):
        answer = await here.coordinator.post(path, family_says("agreed", on_behalf_of=str(stranger)))
        refused(answer, 422, "validation")
    good(await here.coordinator.post(path, family_says("agreed", on_behalf_of=str(parent))))


async def test_nobody_records_their_own_answer_as_the_family_s(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    path = f"/v1/matches/{await here.proposed(family, helper)}/agreements"
    parent = new_id()
    parent_too = here.caller(Role.COORDINATOR, person=parent)
    refused(await parent_too.post(path, family_says("agreed", on_behalf_of=str(parent))), 403, "forbidden")


async def test_a_coordinator_records_for_a_volunteer_who_has_no_sign_in(here: Place) -> None:
    family = await here.family()
    helper = await here.volunteer(person=None)
    path = f"/v1/matches/{await here.proposed(family, helper)}/agreements"
    body = {"party": "volunteer", "answer": "agreed", "on_behalf_of": helper.id, "method": "telephone"}
    assert good(await here.coordinator.post(path, body))["agreed_by"] == ["volunteer"]


async def test_an_answer_comes_too_late_once_it_is_agreed(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.agreed(family, helper)
    body = {"party": "project_manager", "answer": "refused", "reason_code": "late"}
    refused(await here.project_manager.post(f"/v1/matches/{match}/agreements", body), 409, "illegal-move")
