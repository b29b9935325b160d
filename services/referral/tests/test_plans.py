"""Involvement plans over HTTP: drafting, signing, refusing, coming into force."""

from typing import Any
from uuid import UUID

import pytest

from services.referral.tests.factories import Case, Partnership, child, parent, problem
from shared.auth import Role
from shared.events.matching import MatchAgreed, MatchCancelled, MatchEnded
from shared.events.outcomes import PlanEnded, PlanStarted, PlanSteppedDown
from shared.ids import new_id
from shared.testing import Caller

AGREED = {"decision": "agreed"}


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


async def status_of(here: Partnership, plan: UUID) -> str:
    return str((await here.coordinator.get(f"/v1/involvement-plans/{plan}")).json()["status"])


async def test_a_version_comes_into_force_when_the_last_signatory_agrees(here: Partnership) -> None:
    case, person = await here.accepted(), new_id()
    plan = await here.plan(case)
    match = await agree_match(here, case, person)
    await all_sign(here, case, plan)
    assert await status_of(here, plan) == "drafted"
    last = await sign(here.volunteer(person), plan)
    assert (last.status_code, last.json()["status"]) == (201, "in_force")
    (told,) = await here.told("involvement-plan.agreed")
    assert told["involvement_plan"] == str(plan)
    assert told["volunteers"] == [str(match.volunteer)]
    assert (len(told["tasks"]), told["visits_a_week"], told["review_on"]) == (1, 2, "2027-01-31")
    assert await here.audiences("involvement-plan.agreed") == [{str(here.authority), str(here.scheme)}]


async def test_what_was_drafted_is_read_again_with_its_signatories(here: Partnership) -> None:
    case = await here.accepted()
    plan = await here.plan(case)
    shown = (await here.social_worker.get(f"/v1/involvement-plans/{plan}")).json()
    assert shown["limits"] == "No personal care, no lifts by car."
    assert shown["tasks"][0]["description"] == "Get Noor ready for school."
    assert shown["tasks"][0]["open"] is True
    assert (shown["family_input"], shown["childs_view"]) == ("We would like help in the mornings.", "I like to paint.")
    assert [(one["role"], one["state"]) for one in shown["signatories"]] == [
        ("lead_practitioner", "waiting"),
        ("project_manager", "waiting"),
        ("parent", "waiting"),
    ]
    assert await here.told("involvement-plan.drafted")


async def test_a_plan_is_not_drafted_before_the_acceptance(here: Partnership) -> None:
    case = await here.triaged()
    action = await here.child_plan(case)
    refused = await here.coordinator.post(f"{case.path}/involvement-plans", here.plan_body(case, action))
    assert (refused.status_code, problem(refused.json())) == (409, "illegal-move")


async def test_a_task_waits_for_the_childs_plan_to_be_known(here: Partnership) -> None:
    case = await here.accepted()
    refused = await here.coordinator.post(f"{case.path}/involvement-plans", here.plan_body(case, new_id()))
    assert refused.status_code == 409
    assert refused.json()["waiting_for"] == ["circle.plan.started.v1"]
    assert refused.headers["retry-after"] == "1"


async def test_a_task_names_an_action_of_the_childs_open_plan(here: Partnership) -> None:
    case = await here.accepted(await here.family(persons=[parent(), child(), child(given_name="Sami")]))
    path = f"{case.path}/involvement-plans"
    action = await here.child_plan(case)
    siblings = await here.child_plan(case, case.family.children[1])
    for wrong in (new_id(), siblings):
        refused = await here.coordinator.post(path, here.plan_body(case, wrong))
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/tasks/0/action"
    body = here.plan_body(case, action)
    body["tasks"][0]["child"] = str(case.family.parent)
    refused = await here.coordinator.post(path, body)
    assert refused.json()["errors"][0]["pointer"] == "/tasks/0/child"


@pytest.mark.parametrize("start_comes_first", [True, False])
async def test_an_ended_plan_has_no_open_actions_in_whatever_order_it_is_heard(
    here: Partnership, start_comes_first: bool
) -> None:
    case = await here.accepted()
    action, plan = new_id(), new_id()
    about = {"family": case.family.id, "child": case.child, "plan": plan, "plan_type": "cp"}
    events = [
        PlanStarted(**about, started_on="2026-01-05", actions=(action,)),
        PlanEnded(**about, ended_on="2026-03-01"),
    ]
    for event in events if start_comes_first else reversed(events):
        await here.tell(event)
    refused = await here.coordinator.post(f"{case.path}/involvement-plans", here.plan_body(case, action))
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("signatories", "pointer"),
    [
        (["lead", "manager"], "/signatories"),
        (["lead", "manager", "stranger-as-parent"], "/signatories/2/person"),
        (["lead", "manager", "child-as-parent"], "/signatories/2/person"),
        (["parent-as-lead", "manager", "parent"], "/signatories"),
    ],
)
async def test_the_signatories_are_the_right_people(here: Partnership, signatories: list[str], pointer: str) -> None:
    case = await here.accepted()
    action = await here.child_plan(case)
    people = {
        "lead": {"role": "lead_practitioner", "person": str(here.lead)},
        "manager": {"role": "project_manager", "person": str(here.manager)},
        "parent": {"role": "parent", "person": str(case.family.parent)},
        "stranger-as-parent": {"role": "parent", "person": str(new_id())},
        "child-as-parent": {"role": "parent", "person": str(case.child)},
        "parent-as-lead": {"role": "lead_practitioner", "person": str(case.family.parent)},
    }
    body = here.plan_body(case, action, signatories=[people[one] for one in signatories])
    refused = await here.coordinator.post(f"{case.path}/involvement-plans", body)
    assert refused.status_code == 422, refused.text
    found = refused.json()["errors"][0]["pointer"]
    assert found.startswith(pointer) or found == ""


async def test_a_refusal_needs_a_reason_and_ends_the_version(here: Partnership) -> None:
    case, person = await here.accepted(), new_id()
    plan = await here.plan(case)
    await agree_match(here, case, person)
    assert (await sign(here.lead_practitioner, plan, {"decision": "refused"})).status_code == 422
    refused = await sign(here.coordinator, plan, for_parent(case, decision="refused", reason_code="too_many_visits"))
    assert (refused.status_code, refused.json()["status"]) == (201, "refused")
    assert len(await here.told("involvement-plan.refused")) == 1
    late = await sign(here.lead_practitioner, plan)
    assert (late.status_code, problem(late.json())) == (409, "illegal-move")
    assert (await here.reread(case))["status"] == "accepted"


async def test_nobody_signs_twice(here: Partnership) -> None:
    case = await here.accepted()
    plan = await here.plan(case)
    assert (await sign(here.lead_practitioner, plan)).status_code == 201
    again = await sign(here.lead_practitioner, plan)
    assert (again.status_code, problem(again.json())) == (409, "illegal-move")


async def test_each_signs_for_themselves_only(here: Partnership) -> None:
    case, person = await here.accepted(), new_id()
    plan = await here.plan(case)
    await agree_match(here, case, person)
    other_practitioner = here.as_(Role.LEAD_PRACTITIONER, person=new_id())
    assert (await sign(other_practitioner, plan)).status_code == 403
    wrong_capacity = here.as_(Role.COORDINATOR, person=here.lead)
    assert (await sign(wrong_capacity, plan)).status_code == 403
    nobody = here.as_(Role.SOCIAL_WORKER)
    assert (await sign(nobody, plan)).status_code == 403
    for_volunteer = for_parent(case, on_behalf_of=str(person))
    assert (await sign(here.coordinator, plan, for_volunteer)).status_code == 403


async def test_a_parents_act_is_recorded_by_somebody_who_does_not_sign(here: Partnership) -> None:
    case, person = await here.accepted(), new_id()
    plan = await here.plan(case)
    await agree_match(here, case, person)
    body = for_parent(case)
    for signer in (
        here.project_manager,
        here.as_(Role.SOCIAL_WORKER, person=here.lead),
        here.as_(Role.COORDINATOR, organisation=here.scheme, person=here.manager),
        here.as_(Role.VOLUNTEER, organisation=here.scheme, person=person),
        here.as_(Role.LEAD_PRACTITIONER, person=new_id()),
    ):
        assert (await sign(signer, plan, body)).status_code == 403
    for lacking in ("method", "evidence"):
        assert (await sign(here.coordinator, plan, body | {lacking: None})).status_code == 422
    assert (await sign(here.social_worker, plan, body)).status_code == 201


async def test_an_old_version_cannot_be_signed(here: Partnership) -> None:
    case = await here.accepted()
    old, new = await here.plan(case), await here.plan(case)
    refused = await sign(here.lead_practitioner, old)
    assert (refused.status_code, problem(refused.json())) == (409, "version-superseded")
    assert refused.json()["current"] == str(new)
    assert await status_of(here, old) == "superseded"


async def test_the_version_in_force_stays_until_its_successor_is_agreed(here: Partnership) -> None:
    case, person = await here.accepted(), new_id()
    old = await here.plan(case)
    await agree_match(here, case, person)
    await all_sign(here, case, old, person)
    new = await here.plan(case)
    assert (await status_of(here, old), await status_of(here, new)) == ("in_force", "drafted")
    assert problem((await sign(here.volunteer(person), old)).json()) == "version-superseded"
    await all_sign(here, case, new, person)
    assert (await status_of(here, old), await status_of(here, new)) == ("superseded", "in_force")
    listed = (await here.coordinator.get(f"{case.path}/involvement-plans")).json()
    assert [(one["version_number"], one["status"]) for one in listed] == [(1, "superseded"), (2, "in_force")]


async def test_a_new_volunteer_signs_alone(here: Partnership) -> None:
    case, first, second = await here.accepted(), new_id(), new_id()
    plan = await here.plan(case)
    match = await agree_match(here, case, first)
    await all_sign(here, case, plan, first)
    about = {"family": case.family.id, "referral": case.id, "match": match.match, "volunteer": match.volunteer}
    await here.tell(MatchEnded(**about, reason_code="volunteer_left", volunteer_person=first))
    later = await agree_match(here, case, second)
    assert (await sign(here.volunteer(second), plan)).json()["status"] == "in_force"
    told = await here.told("involvement-plan.agreed")
    assert [one["volunteers"] for one in told] == [[str(match.volunteer)], [str(later.volunteer)]]
    states = {
        one["volunteer"]: one["state"]
        for one in (await here.coordinator.get(f"/v1/involvement-plans/{plan}")).json()["signatories"]
    }
    assert (states[str(match.volunteer)], states[str(later.volunteer)]) == ("released", "agreed")


async def test_a_later_volunteer_who_refuses_leaves_the_plan_in_force(here: Partnership) -> None:
    case, first, second = await here.accepted(), new_id(), new_id()
    plan = await here.plan(case)
    await agree_match(here, case, first)
    await all_sign(here, case, plan, first)
    await agree_match(here, case, second)
    answer = await sign(here.volunteer(second), plan, {"decision": "refused", "reason_code": "too_far"})
    assert answer.json()["status"] == "in_force"
    assert len(await here.told("involvement-plan.refused")) == 1


async def test_two_volunteers_both_sign(here: Partnership) -> None:
    case, first, second = await here.accepted(), new_id(), new_id()
    await agree_match(here, case, first)
    plan = await here.plan(case)
    await agree_match(here, case, second)
    await all_sign(here, case, plan, first)
    assert await status_of(here, plan) == "drafted"
    assert (await sign(here.volunteer(second), plan)).json()["status"] == "in_force"


async def test_a_volunteer_who_leaves_before_signing_holds_nobody_up(here: Partnership) -> None:
    case, first, second = await here.accepted(), new_id(), new_id()
    plan = await here.plan(case)
    await agree_match(here, case, first)
    leaving = await agree_match(here, case, second)
    await all_sign(here, case, plan, first)
    assert await status_of(here, plan) == "drafted"
    about = {"family": case.family.id, "referral": case.id, "match": leaving.match, "volunteer": leaving.volunteer}
    await here.tell(MatchCancelled(**about, reason_code="changed_mind"))
    assert await status_of(here, plan) == "in_force"


async def test_a_volunteer_sees_tasks_and_limits_from_the_agreement_on_and_nothing_else(here: Partnership) -> None:
    case, person = await here.accepted(), new_id()
    plan = await here.plan(case)
    path = f"/v1/involvement-plans/{plan}"
    volunteer = here.volunteer(person)
    assert (await volunteer.get(path)).status_code == 404
    early = await sign(volunteer, plan)
    assert (early.status_code, early.json()["waiting_for"]) == (409, ["circle.match.agreed.v1"])
    never = await sign(volunteer, new_id())
    assert never.json() | {"instance": "", "request_id": ""} == early.json() | {"instance": "", "request_id": ""}
    match = await agree_match(here, case, person)
    shown = await volunteer.get(path)
    assert shown.status_code == 200, shown.text
    assert set(shown.json()) == {
        *("id", "version", "version_number", "status", "limits", "tasks", "visits_a_week", "length_weeks"),
        *("review_on", "seen_alone_allowed", "my_signature"),
    }
    assert set(shown.json()["tasks"][0]) == {"id", "child", "description"}
    waiting = (await volunteer.get("/v1/involvement-plans")).json()
    assert [one["id"] for one in waiting] == [str(plan)]
    assert (await volunteer.get(f"/v1/families/{case.family.id}")).status_code == 404
    assert (await here.volunteer(new_id()).get(path)).status_code == 404
    about = {"family": case.family.id, "referral": case.id, "match": match.match, "volunteer": match.volunteer}
    await here.tell(MatchEnded(**about, reason_code="volunteer_left"))
    assert (await volunteer.get(path)).status_code == 404


async def test_after_a_step_down_only_that_childs_tasks_are_redrafted(here: Partnership) -> None:
    case = await here.accepted(await here.family(persons=[parent(), child(), child(given_name="Sami")]))
    noor, sami = case.family.children
    plan_id, mine, new_action = new_id(), new_id(), new_id()
    about = {"family": case.family.id, "child": noor, "plan": plan_id, "plan_type": "cp"}
    await here.tell(PlanStarted(**about, started_on="2026-01-05", actions=(mine,)))
    siblings = await here.child_plan(case, sami)
    tasks = [
        {"child": str(noor), "action": str(mine), "description": "Breakfast"},
        {"child": str(sami), "action": str(siblings), "description": "Reading"},
    ]
    path = f"{case.path}/involvement-plans"
    first = await here.coordinator.post(path, here.plan_body(case, mine, tasks=tasks))
    await here.tell(
        PlanSteppedDown(**about, new_plan=new_id(), new_plan_type="cin", stepped_on="2026-06-01", actions=(new_action,))
    )
    shown = (await here.coordinator.get(f"/v1/involvement-plans/{first.json()['id']}")).json()
    assert [(one["description"], one["open"]) for one in shown["tasks"]] == [("Breakfast", False), ("Reading", True)]
    redrafted = [{"child": str(noor), "action": str(new_action), "description": "Walk to school"}]
    second = await here.coordinator.post(path, here.plan_body(case, mine, tasks=redrafted, carry_over=True))
    assert second.status_code == 201, second.text
    shown = (await here.coordinator.get(f"/v1/involvement-plans/{second.json()['id']}")).json()
    assert [(one["description"], one["open"]) for one in shown["tasks"]] == [
        ("Walk to school", True),
        ("Reading", True),
    ]
    lost = await here.coordinator.post(path, here.plan_body(case, mine))
    assert lost.status_code == 422


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"visits_a_week": 0}, "/visits_a_week"),
        ({"visits_a_week": "2"}, "/visits_a_week"),
        ({"length_weeks": 500}, "/length_weeks"),
        ({"review_on": "soon"}, "/review_on"),
        ({"tasks": []}, ""),
        ({"limits": ""}, "/limits"),
    ],
)
async def test_a_malformed_plan_is_refused(here: Partnership, change: dict[str, Any], pointer: str) -> None:
    case = await here.submitted()
    answer = await here.coordinator.post(f"{case.path}/involvement-plans", here.plan_body(case, new_id(), **change))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
