"""What the clock and the worker notice: records that are late, children who were not seen; and supervision."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.matching.tests.bodies import TODAY, Family, contact_body, days_ago, good, refused, visit_body
from services.matching.tests.factories import Place
from shared import timekeeper
from shared.auth import Role
from shared.events.matching import ContactCorrected, ContactRecorded, VisitClosed
from shared.ids import new_id
from shared.testing import Running

LATER = datetime.now(UTC) + timedelta(days=4)


async def matched(here: Place) -> tuple[Family, str]:
    family, helper = await here.family(), await here.volunteer()
    return family, await here.active(family, helper)


async def run_clock(service: Running, until: datetime = LATER) -> None:
    while await timekeeper.raise_one(service.parts, service.handlers, until):
        pass


async def late(here: Place) -> list[str]:
    items = (await here.coordinator.get("/v1/matches/contacts-overdue")).json()["items"]
    return [one["visit"] for one in items]


# Records that are late


async def test_a_record_that_never_came_is_told_of_once(here: Place, service: Running) -> None:
    _, match = await matched(here)
    await here.closed(match)
    await here.visit(match)
    await run_clock(service)
    await run_clock(service)
    assert len(await here.events("contact.overdue")) == 2


async def test_before_the_48_hours_are_over_nothing_is_told(here: Place, service: Running) -> None:
    _, match = await matched(here)
    await here.closed(match)
    await run_clock(service, datetime.now(UTC) + timedelta(hours=46))
    assert await here.events("contact.overdue") == []


async def test_a_record_in_time_stops_the_clock(here: Place, service: Running) -> None:
    family, match = await matched(here)
    await here.contact(family, match)
    await run_clock(service)
    assert await here.events("contact.overdue") == []


@pytest.mark.parametrize("outcome", ["cancelled_by_family", "cancelled_by_volunteer", "no_access", "refused"])
async def test_a_visit_that_did_not_happen_stops_the_clock(here: Place, service: Running, outcome: str) -> None:
    _, match = await matched(here)
    await here.closed(match, outcome)
    await run_clock(service)
    assert await here.events("contact.overdue") == []


async def test_while_a_match_rests_no_record_of_its_coming_visits_falls_due(here: Place, service: Running) -> None:
    _, match = await matched(here)
    await here.visit(match, -2)
    good(await here.move(match, "pause", {"reason_code": "family_asked"}))
    await run_clock(service)
    assert await here.events("contact.overdue") == []
    good(await here.move(match, "resume"))
    await run_clock(service)
    assert len(await here.events("contact.overdue")) == 1


async def test_late_records_are_on_the_coordinator_s_list_longest_first(here: Place) -> None:
    family, match = await matched(here)
    path = f"/v1/matches/{match}/visits"
    second, first = [good(await here.coordinator.post(path, visit_body(hours)))["id"] for hours in (60, 90)]
    await here.visit(match, 3)
    await here.closed(match, "no_access", 80)
    assert await late(here) == [first, second]
    page = (await here.coordinator.get("/v1/matches/contacts-overdue", params={"limit": 1})).json()
    query = {"limit": 1, "cursor": page["next"]}
    rest = (await here.coordinator.get("/v1/matches/contacts-overdue", params=query)).json()
    assert [one["visit"] for one in page["items"] + rest["items"]] == [first, second]
    refused(await here.coordinator.get("/v1/matches/contacts-overdue", params={"cursor": "WyJ4Il0"}), 422, "bad-cursor")
    visit = good(await here.coordinator.get(f"{path}/{first}"))
    good(await here.coordinator.post(f"{path}/{first}/outcome", {"outcome": "happened"}, match=visit["version"]))
    good(await here.coordinator.post(f"/v1/matches/{match}/contacts", contact_body(family, first)))
    assert await late(here) == [second]


# Children who were not seen


async def told_of(here: Place, family: Family, contact: dict[str, Any]) -> None:
    """Our own event comes back over the bus."""
    ids = {"family": family.id, "match": contact["match"], "visit": contact["visit"], "contact": contact["id"]}
    if contact["corrects"]:
        await here.tell(ContactCorrected(**ids, corrects=contact["corrects"]))
    else:
        await here.tell(ContactRecorded(**ids))


async def unseen(here: Place, family: Family, match: str, hours: float, *seen: bool) -> dict[str, Any]:
    """A visit at which these of the children were seen."""
    lines = [
        {"child": str(child), "seen": was} for child, was in zip(family.children, seen or (False, False), strict=True)
    ]
    contact = await here.contact(family, match, hours, seen=lines)
    await told_of(here, family, contact)
    return contact


async def test_two_visits_running_without_sight_of_a_child_are_raised_once_per_child(here: Place) -> None:
    family, match = await matched(here)
    await unseen(here, family, match, 50, False, True)
    assert await here.events("child.not-seen") == []
    await unseen(here, family, match, 40, False, False)
    found = await here.events("child.not-seen")
    assert len(found) == 1
    assert str(family.children[0]) in found[0]
    await unseen(here, family, match, 30, False, False)
    assert len(await here.events("child.not-seen")) == 2


async def test_a_new_run_is_raised_again(here: Place) -> None:
    family, match = await matched(here)
    for hours, seen in ((60, False), (50, False), (40, True), (30, False), (20, False)):
        await unseen(here, family, match, hours, seen, True)
    assert len(await here.events("child.not-seen")) == 2


async def test_a_closed_door_counts_as_not_seen_and_a_volunteer_s_cancellation_does_not(here: Place) -> None:
    family, match = await matched(here)
    for outcome, hours in (("no_access", 50), ("cancelled_by_volunteer", 40), ("cancelled_by_family", 30)):
        visit = await here.closed(match, outcome, hours)
        await here.tell(VisitClosed(family=family.id, match=match, visit=visit["id"], outcome=outcome))
        raised = await here.events("child.not-seen")
        assert len(raised) == (2 if outcome == "cancelled_by_family" else 0)


async def test_visits_of_two_volunteers_are_one_run(here: Place) -> None:
    family = await here.family(requests={"volunteers": 2})
    for hours in (50, 40):
        helper = await here.volunteer()
        await unseen(here, family, await here.active(family, helper), hours)
    assert len(await here.events("child.not-seen")) == 2


async def test_a_correction_that_takes_a_sight_back_is_noticed(here: Place) -> None:
    family, match = await matched(here)
    await unseen(here, family, match, 50)
    second = await unseen(here, family, match, 40, True, True)
    assert await here.events("child.not-seen") == []
    body = contact_body(family, "", seen=False)
    del body["visit"]
    path = f"/v1/matches/{match}/contacts/{second['id']}/corrections"
    await told_of(here, family, good(await here.coordinator.post(path, body)))
    assert len(await here.events("child.not-seen")) == 2


# Supervision


async def test_a_session_lists_the_records_since_the_last_one(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.active(family, helper)
    first = await here.contact(family, match, 30)
    body = {"volunteer": helper.id, "held_on": TODAY.isoformat(), "notes": "All is well with her."}
    held = good(await here.coordinator.post("/v1/supervisions", body))
    assert [one["contact"] for one in held["records"]] == [first["id"]]
    second = await here.contact(family, match, 10, concern=True)
    again = good(await here.coordinator.post("/v1/supervisions", body))
    assert [(one["contact"], one["concern"]) for one in again["records"]] == [(second["id"], True)]
    assert good(await here.coordinator.get(f"/v1/supervisions/{again['id']}")) == again
    listed = (await here.coordinator.get("/v1/supervisions", params={"volunteer": helper.id})).json()["items"]
    assert [one["id"] for one in listed] == [again["id"], held["id"]]
    assert len(await here.events("supervision.held")) == 2
    rows = await here.as_worker("SELECT supervisions::text FROM supervisions")
    assert "well with her" not in str(rows)


async def test_a_session_shows_no_record_of_a_case_that_the_supervisor_may_not_see(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    await here.contact(family, await here.active(family, helper))
    body = {"volunteer": helper.id, "held_on": days_ago(0), "notes": "All well."}
    held = good(await here.coordinator.post("/v1/supervisions", body))
    await here.give_access(family, 2, la_only=True)
    assert good(await here.coordinator.get(f"/v1/supervisions/{held['id']}"))["records"] == []


async def test_a_volunteer_reads_no_supervision_and_nobody_supervises_themselves(here: Place) -> None:
    helper = await here.volunteer()
    body = {"volunteer": helper.id, "held_on": days_ago(0), "notes": "All well."}
    refused(await here.as_volunteer(helper).post("/v1/supervisions", body), 403, "forbidden")
    refused(await here.as_volunteer(helper).get("/v1/supervisions"), 403, "forbidden")
    both = here.caller(Role.COORDINATOR, Role.VOLUNTEER, person=helper.person)
    refused(await both.post("/v1/supervisions", body), 403, "forbidden")
    refused(await here.coordinator.post("/v1/supervisions", body | {"volunteer": str(new_id())}), 404, "not-found")
    refused(await here.coordinator.post("/v1/supervisions", body | {"held_on": days_ago(-1)}), 422, "validation")
