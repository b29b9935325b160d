"""Signing involvement plans over HTTP: each for themselves, refusals, coming into force, old versions."""

import asyncio
from uuid import UUID

from services.referral.tests.factories import Partnership, problem
from services.referral.tests.people import agree_match, all_sign, for_parent, sign
from shared.auth import Role
from shared.events.matching import MatchCancelled, MatchEnded, VolunteerReinstated, VolunteerSuspended
from shared.ids import new_id


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


async def test_last_signatures_at_the_same_moment_bring_the_version_into_force_once(here: Partnership) -> None:
    case, people = await here.accepted(), [new_id() for _ in range(3)]
    plan = await here.plan(case)
    for person in people:
        await agree_match(here, case, person)
    await all_sign(here, case, plan)
    answers = await asyncio.gather(*[sign(here.volunteer(person), plan) for person in people])
    assert [one.status_code for one in answers] == [201] * 3
    assert sorted(one.json()["status"] for one in answers) == ["drafted", "drafted", "in_force"]
    (told,) = await here.told("involvement-plan.agreed")
    assert len(told["volunteers"]) == 3


async def test_a_suspended_volunteer_signs_again_once_reinstated(here: Partnership) -> None:
    case, person = await here.accepted(), new_id()
    plan = await here.plan(case)
    match = await agree_match(here, case, person)
    volunteer = here.volunteer(person)
    await here.tell(VolunteerSuspended(volunteer=match.volunteer))
    assert (await volunteer.get(f"/v1/involvement-plans/{plan}")).status_code == 404
    await here.tell(VolunteerReinstated(volunteer=match.volunteer))
    assert (await sign(volunteer, plan)).status_code == 201
