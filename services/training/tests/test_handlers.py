"""What the service does when it is told of a volunteer."""

import pytest

from services.training.tests.factories import Team
from shared.auth import Role
from shared.events.matching import VolunteerApplied, VolunteerLeft, VolunteerReinstated, VolunteerSuspended
from shared.events.referral import SubjectErased
from shared.ids import new_id
from shared.testing import Running


async def test_an_application_that_comes_twice_is_one(training: Running, team: Team) -> None:
    volunteer = await team.volunteer()
    await training.tell(VolunteerApplied(volunteer=volunteer), partnership=team.partnership)
    await team.induction(volunteer)


async def test_a_suspension_puts_the_induction_on_hold(training: Running, team: Team) -> None:
    induction = await team.induction()
    for _ in range(2):
        await training.tell(VolunteerSuspended(volunteer=induction["volunteer"]), partnership=team.partnership)
    shown = await team.read(induction["id"])
    assert (shown["status"], shown["version"]) == ("on_hold", induction["version"] + 1)
    held = await team.decide(induction["id"])
    assert (held.status_code, held.json()["from"], held.json()["to"]) == (409, "on_hold", "qualified")


async def test_a_coordinator_resumes_what_was_on_hold(training: Running, team: Team) -> None:
    induction = await team.induction()
    path = f"/v1/inductions/{induction['id']}/resume"
    running = await team.coordinator.post(path, match=induction["version"])
    assert (running.status_code, running.json()["from"]) == (409, "in_progress")
    await training.tell(VolunteerSuspended(volunteer=induction["volunteer"]), partnership=team.partnership)
    assert (await team.coordinator.post(path, match=induction["version"])).status_code == 412
    resumed = await team.caller(Role.PROJECT_MANAGER).post(path, match=induction["version"] + 1)
    assert (resumed.status_code, resumed.json()["status"]) == (200, "in_progress")
    await team.complete(induction["id"])
    assert (await team.decide(induction["id"])).status_code == 200


async def test_an_induction_goes_on_when_the_volunteer_is_reinstated(training: Running, team: Team) -> None:
    induction = await team.induction()
    volunteer = induction["volunteer"]
    await training.tell(VolunteerReinstated(volunteer=volunteer), partnership=team.partnership)
    assert (await team.read(induction["id"]))["version"] == induction["version"]
    await training.tell(VolunteerSuspended(volunteer=volunteer), partnership=team.partnership)
    for _ in range(2):
        await training.tell(VolunteerReinstated(volunteer=volunteer), partnership=team.partnership)
    shown = await team.read(induction["id"])
    assert (shown["status"], shown["version"]) == ("in_progress", induction["version"] + 2)


async def test_a_reinstated_volunteer_may_start(training: Running, team: Team) -> None:
    volunteer = await team.volunteer()
    for event in (VolunteerSuspended, VolunteerReinstated):
        await training.tell(event(volunteer=volunteer), partnership=team.partnership)
    await team.induction(volunteer)


async def test_an_erased_volunteers_notes_are_gone_and_what_was_decided_stays(training: Running, team: Team) -> None:
    induction = await team.induction()
    await team.complete(induction["id"], "first_day")
    erased = SubjectErased(family=new_id(), subject_kind="person", subject=induction["volunteer"])
    for _ in range(2):
        await training.tell(erased, partnership=team.partnership)
    path = f"/v1/inductions/{induction['id']}/judgements"
    shown = (await team.trainer.get(path)).json()
    assert [(one["suitability"], one["notes"]) for one in shown] == [("suitable", None)]
    body = {"part": "first_day", "suitability": "suitable", "notes": "More."}
    again = await team.trainer.post(path, body)
    assert (again.status_code, again.json()["type"]) == (404, "/problems/not-found")
    assert (await team.trainer.post(path, body | {"notes": None})).status_code == 201


async def test_a_volunteer_on_hold_can_be_found_not_suitable(training: Running, team: Team) -> None:
    induction = await team.induction()
    await training.tell(VolunteerSuspended(volunteer=induction["volunteer"]), partnership=team.partnership)
    answer = await team.decide(induction["id"], "not_suitable", reason_code="safeguarding")
    assert answer.json()["status"] == "not_suitable"


@pytest.mark.parametrize("suspended_first", [False, True])
async def test_an_induction_is_abandoned_when_the_volunteer_leaves(
    training: Running, team: Team, suspended_first: bool
) -> None:
    induction = await team.induction()
    told = [VolunteerSuspended] if suspended_first else []
    for event in [*told, VolunteerLeft, VolunteerLeft]:
        await training.tell(event(volunteer=induction["volunteer"]), partnership=team.partnership)
    assert (await team.read(induction["id"]))["status"] == "abandoned"
    rows = (await team.trainer.get(f"/v1/inductions/{induction['id']}/history")).json()
    assert (rows[-1]["to_status"], rows[-1]["reason_code"]) == ("abandoned", "volunteer_left")


@pytest.mark.parametrize(
    ("event", "name"), [(VolunteerLeft, "volunteer-left"), (VolunteerSuspended, "volunteer-suspended")]
)
async def test_an_early_fact_is_kept_until_the_application_comes(
    training: Running, team: Team, event: type[VolunteerLeft | VolunteerSuspended], name: str
) -> None:
    volunteer = new_id()
    await training.tell(event(volunteer=volunteer), partnership=team.partnership)
    await training.tell(VolunteerApplied(volunteer=volunteer), partnership=team.partnership)
    answer = await team.trainer.post("/v1/inductions", {"volunteer": str(volunteer)})
    assert (answer.status_code, answer.json()["type"]) == (409, f"/problems/{name}")


async def test_a_decided_induction_stays_decided_when_the_volunteer_leaves(training: Running, team: Team) -> None:
    induction = await team.induction()
    await team.complete(induction["id"])
    await team.decide(induction["id"])
    await training.tell(VolunteerLeft(volunteer=induction["volunteer"]), partnership=team.partnership)
    assert (await team.read(induction["id"]))["status"] == "qualified"
