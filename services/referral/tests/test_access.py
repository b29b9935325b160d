"""Who may see a case: allocations, volunteers, partners, restriction, other tenants; also with our own checks gone."""

from datetime import timedelta
from typing import Any

import pytest

from services.referral.tests.factories import Case, Partnership, today
from services.referral.tests.people import allocation, with_volunteer
from shared.auth import Role
from shared.calendar import end_of_day
from shared.events.matching import MatchEnded, MatchIntroduced, MatchPaused, MatchResumed, VolunteerSuspended
from shared.ids import new_id
from shared.testing import Running


async def advocacy(here: Partnership) -> Case:
    return await here.submitted(kind="advocacy", scheme=str(here.partner))


async def test_another_partnership_and_another_organisation_find_nothing(here: Partnership, service: Running) -> None:
    case = await here.accepted()
    elsewhere = Partnership(service)
    paths = [case.path, f"{case.path}/history", f"{case.path}/risk-assessments", f"/v1/families/{case.family.id}"]
    paths.append(f"/v1/children/{case.child}")
    same_ids = [
        service.as_(Role.SOCIAL_WORKER, partnership=elsewhere.id, organisation=here.authority, person=new_id()),
        here.as_(Role.SOCIAL_WORKER, organisation=new_id(), person=new_id()),
    ]
    for caller in same_ids:
        for path in paths:
            assert (await caller.get(path)).status_code == 404, path
        for path in ("/v1/referrals", "/v1/families", "/v1/allocations", "/v1/concerns"):
            assert (await caller.get(path)).json()["items"] == [], path
        body = here.referral_body(case.family)
        assert (await caller.post("/v1/referrals", body)).status_code == 404


async def test_a_worker_of_another_service_reads_its_own_partnership_only(here: Partnership, service: Running) -> None:
    case = await here.accepted()
    elsewhere = Partnership(service)
    assert (await here.worker.get(f"{case.path}/case-facts")).status_code == 200
    assert (await elsewhere.worker.get(f"{case.path}/case-facts")).status_code == 404


async def test_a_partner_that_declines_sees_the_family_no_more_and_hears_nothing_more(here: Partnership) -> None:
    case = await advocacy(here)
    member = here.as_(Role.VCS_MEMBER, organisation=here.partner, person=new_id())
    assert (await member.get(f"/v1/families/{case.family.id}")).status_code == 200
    assert (here.partner, "partner", None) in await here.grants(case.family.id)
    headers = {"Idempotency-Key": str(new_id())}
    path = f"{case.path}/decline"
    done = await member.post(path, {"reason_code": "capacity"}, match=case.version, headers=headers)
    assert (done.status_code, done.json()["status"]) == (200, "declined")
    assert (await member.get(case.path)).status_code == 404
    assert (await member.get(f"/v1/families/{case.family.id}")).status_code == 404
    assert (await member.get("/v1/referrals")).json()["items"] == []
    replay = await member.post(path, {"reason_code": "capacity"}, match=case.version, headers=headers)
    assert replay.status_code == 404
    assert await here.audiences("referral.declined") == [{str(here.authority)}]
    assert await here.grants(case.family.id) == {(here.authority, "la", None)}


async def test_a_declining_partner_takes_nothing_from_the_scheme(here: Partnership) -> None:
    family = await here.family()
    support = await here.submitted(family)
    advocacy_case = await here.submitted(family, kind="advocacy", scheme=str(here.partner))
    member = here.as_(Role.VCS_MEMBER, organisation=here.partner, person=new_id())
    assert (await member.get(support.path)).status_code == 404
    assert (await here.project_manager.get(advocacy_case.path)).status_code == 404
    await here.move(advocacy_case, "decline", member, {"reason_code": "capacity"})
    assert await here.grants(family.id) == {(here.authority, "la", None), (here.scheme, "scheme", None)}
    told = await here.audiences("referral.submitted")
    assert told == [{str(here.authority), str(here.scheme)}, {str(here.authority), str(here.partner)}]


async def test_access_is_told_with_growing_revisions_before_what_changed_it(here: Partnership) -> None:
    case = await here.submitted()
    person = new_id()
    await here.coordinator.post("/v1/allocations", allocation(case, person, role="coordinator"))
    told = await here.told("case-access.changed")
    assert [one["revision"] for one in told] == [1, 2, 3]
    assert told[-1]["grants"][-1] == {"organisation": str(here.scheme), "part": "scheme", "person": str(person)} or (
        {"organisation": str(here.scheme), "part": "scheme", "person": str(person)} in told[-1]["grants"]
    )
    events = await here.events()
    assert events.index("referral.submitted") > [i for i, kind in enumerate(events) if kind == "case-access.changed"][1]


async def test_an_advocate_sees_only_families_allocated_to_them(here: Partnership) -> None:
    case = await advocacy(here)
    person = new_id()
    advocate = here.as_(Role.ADVOCATE, organisation=here.partner, person=person)
    member = here.as_(Role.VCS_MEMBER, organisation=here.partner, person=new_id())
    assert (await advocate.get(case.path)).status_code == 404
    made = await member.post("/v1/allocations", allocation(case, person))
    assert made.status_code == 201, made.text
    assert (await advocate.get(case.path)).status_code == 200
    assert (await advocate.get("/v1/referrals?mine=true")).json()["items"][0]["id"] == str(case.id)
    one = made.json()
    path = f"/v1/allocations/{one['id']}"
    ended = await member.post(f"{path}/end", {"reason_code": "left"}, match=one["version"])
    assert ended.status_code == 200, ended.text
    assert (await advocate.get(case.path)).status_code == 404
    again = await member.post(f"{path}/end", {"reason_code": "left"}, match=ended.json()["version"])
    assert again.status_code == 409
    assert (await member.get(path)).json()["end_reason"] == "left"


async def test_an_allocation_begins_and_ends_on_its_days(here: Partnership) -> None:
    case = await advocacy(here)
    person = new_id()
    member = here.as_(Role.VCS_MEMBER, organisation=here.partner, person=new_id())
    first, last = today() + timedelta(days=3), today() + timedelta(days=9)
    body = allocation(case, person, from_date=first.isoformat(), to_date=last.isoformat())
    assert (await member.post("/v1/allocations", body)).status_code == 201
    named = (here.partner, "partner", person)
    assert named not in await here.grants(case.family.id)
    await here.let_time_pass(end_of_day(first - timedelta(days=1)) + timedelta(minutes=1))
    assert named in await here.grants(case.family.id)
    await here.let_time_pass(end_of_day(last) + timedelta(minutes=1))
    assert named not in await here.grants(case.family.id)


async def test_cover_for_leave_is_an_allocation_of_its_own(here: Partnership) -> None:
    case = await here.submitted()
    first = (await here.coordinator.post("/v1/allocations", allocation(case, new_id(), role="coordinator"))).json()
    cover = allocation(case, new_id(), role="coordinator", covers=first["id"], to_date=today().isoformat())
    made = await here.coordinator.post("/v1/allocations", cover)
    assert (made.status_code, made.json()["covers"]) == (201, first["id"])
    unknown = await here.coordinator.post("/v1/allocations", cover | {"covers": str(new_id())})
    assert unknown.json()["errors"][0]["pointer"] == "/covers"
    listed = (await here.coordinator.get(f"/v1/allocations?family={case.family.id}")).json()["items"]
    assert len(listed) == 2
    mine = (await here.coordinator.get(f"/v1/allocations?person={cover['person']}")).json()["items"]
    assert [one["id"] for one in mine] == [made.json()["id"]]


async def test_an_organisation_allocates_and_ends_its_own_workers_only(here: Partnership) -> None:
    case = await here.submitted()
    made = (await here.coordinator.post("/v1/allocations", allocation(case, new_id(), role="coordinator"))).json()
    refused = await here.social_worker.post(
        f"/v1/allocations/{made['id']}/end", {"reason_code": "left"}, match=made["version"]
    )
    assert refused.status_code == 404
    stranger = here.as_(Role.COORDINATOR, organisation=new_id(), person=new_id())
    assert (await stranger.post("/v1/allocations", allocation(case, new_id()))).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"to_date": "2020-01-01"},
        {"to_date": "9999-12-31"},
        {"from_date": "2026-02-02", "to_date": "2026-02-01"},
        {"role": "king"},
    ],
)
async def test_a_malformed_allocation_is_refused(here: Partnership, change: dict[str, Any]) -> None:
    case = await here.submitted()
    assert (await here.coordinator.post("/v1/allocations", allocation(case, new_id(), **change))).status_code == 422


async def test_a_restricted_case_is_shown_to_named_persons_only(here: Partnership) -> None:
    case = await here.submitted()
    person = new_id()
    manager = here.as_(Role.LA_MANAGER, person=person)
    path = f"/v1/families/{case.family.id}/restriction"
    body = {"restricted": True, "reason_code": "staff_family"}
    refused = await manager.post(path, body)
    assert refused.status_code == 409
    await manager.post("/v1/allocations", allocation(case, person, role="la_manager"))
    done = await manager.post(path, body)
    assert (done.status_code, done.json()["restricted"]) == (201, True)
    assert await here.grants(case.family.id) == {(here.authority, "la", person)}
    assert (await manager.get(case.path)).status_code == 200
    for caller in (here.social_worker, here.project_manager, here.system):
        assert (await caller.get(case.path)).status_code == 404
    opened = await manager.post(path, body | {"restricted": False})
    assert opened.json()["restricted"] is False
    assert (await here.project_manager.get(case.path)).status_code == 200


async def test_a_volunteer_sees_first_names_and_address_while_with_the_family(here: Partnership) -> None:
    person = new_id()
    case, about = await with_volunteer(here, person)
    volunteer, path = here.volunteer(person), f"/v1/families/{case.family.id}"
    assert (await volunteer.get(path)).status_code == 404
    named = {"volunteer_person": person}
    await here.tell(MatchIntroduced(**about, **named))
    shown = await volunteer.get(path)
    assert shown.status_code == 200, shown.text
    assert shown.json() == {
        "id": str(case.family.id),
        "members": [
            {"person": str(case.family.parent), "role": "parent", "given_name": "Amina"},
            {"person": str(case.child), "role": "child", "given_name": "Noor"},
        ],
        "address": {"lines": ["1 Sea View"], "postcode": "SS1 2AB"},
    }
    for hidden in (case.path, f"{case.path}/risk-assessments", f"/v1/children/{case.child}", "/v1/referrals"):
        assert (await volunteer.get(hidden)).status_code == 403, hidden
    await here.tell(MatchPaused(**about, **named, reason_code="illness"))
    assert (await volunteer.get(path)).status_code == 404
    await here.tell(MatchResumed(**about, **named))
    assert (await volunteer.get(path)).status_code == 200
    await here.tell(MatchEnded(**about, **named, reason_code="goals_met"))
    assert (await volunteer.get(path)).status_code == 404
    await here.tell(MatchIntroduced(**about, **named))
    assert (await volunteer.get(path)).status_code == 404


async def test_a_suspended_volunteer_sees_nothing_at_once(here: Partnership) -> None:
    person = new_id()
    case, about = await with_volunteer(here, person)
    await here.tell(MatchIntroduced(**about, volunteer_person=person))
    await here.tell(VolunteerSuspended(volunteer=about["volunteer"]))
    assert (await here.volunteer(person).get(f"/v1/families/{case.family.id}")).status_code == 404
    assert not [grant for grant in await here.grants(case.family.id) if grant[1] == "volunteer"]


async def test_a_withdrawn_referral_takes_the_family_from_the_volunteer(here: Partnership) -> None:
    person = new_id()
    case, about = await with_volunteer(here, person)
    await here.tell(MatchIntroduced(**about, volunteer_person=person))
    await here.reread(case)
    await here.move(case, "withdraw", here.project_manager, {"reason_code": "family_moved"})
    assert (await here.volunteer(person).get(f"/v1/families/{case.family.id}")).status_code == 404


async def test_a_volunteer_is_not_told_a_confidential_address(here: Partnership) -> None:
    person = new_id()
    case, about = await with_volunteer(here, person)
    await here.tell(MatchIntroduced(**about, volunteer_person=person))
    change = {"person": str(case.family.parent), "details": {"confidential": True}}
    await here.social_worker.post(f"/v1/families/{case.family.id}/changes", change)
    assert (await here.volunteer(person).get(f"/v1/families/{case.family.id}")).json()["address"] is None
