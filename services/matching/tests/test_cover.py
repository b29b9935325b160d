"""Lists and alerts move to whoever covers with the day, and come back."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import pytest

from services.matching.tests.bodies import TODAY, good, visit_body
from services.matching.tests.team import Team, day, entered
from shared import timekeeper
from shared.auth import Role
from shared.events.gateway import MembershipEnded
from shared.ids import new_id
from shared.testing import Caller, Running


async def seen(caller: Caller, whose: str = "mine") -> list[str]:
    """Volunteers whose clearance ends soon, as that caller's Today has them; its whole list says the same."""
    query = {"indicator": "clearances-expiring", "whose": whose}
    items = good(await caller.get("/v1/today/items", params=query))["items"]
    sections = good(await caller.get("/v1/today", params={"whose": whose}))["sections"]
    assert next(one["items"] for one in sections if one["indicator"] == query["indicator"]) == items
    return sorted(one["volunteer"] for one in items)


async def test_on_leave_whoever_covers_sees_the_volunteers_and_once_it_is_called_off_they_come_back(team: Team) -> None:
    hers, his = await team.helped(team.ann), await team.helped(team.ben)
    assert (await seen(team.as_ann), await seen(team.as_ben)) == ([hers], [his])
    leave = await entered(team.as_ann, team.ben)
    assert (await seen(team.as_ann), await seen(team.as_ben)) == ([], sorted([hers, his]))
    assert (await seen(team.as_ben, "covered"), await seen(team.as_ann, "covered")) == ([hers], [])
    good(await team.as_ann.post(f"/v1/leaves/{leave['id']}/cancel", match=leave["version"]))
    assert (await seen(team.as_ann), await seen(team.as_ben)) == ([hers], [his])
    assert await seen(team.as_ben, "covered") == []


@pytest.mark.parametrize(("first", "last", "away"), [(1, 3, False), (0, 0, True), (0, 3, True)])
async def test_nothing_moves_before_the_first_day(team: Team, first: int, last: int, away: bool) -> None:
    hers = await team.helped(team.ann)
    await entered(team.as_ann, team.ben, first, last)
    assert (await seen(team.as_ann), await seen(team.as_ben)) == (([], [hers]) if away else ([hers], []))


@pytest.mark.parametrize(("last", "away"), [(0, True), (-1, False)])
async def test_when_the_last_day_is_over_nobody_has_to_do_anything(team: Team, last: int, away: bool) -> None:
    hers = await team.helped(team.ann)
    leave = await entered(team.as_ann, team.ben)
    moved = "UPDATE leaves SET begins_on = $1, ends_on = $2 WHERE id = $3"
    await team.here.as_worker(moved, TODAY - timedelta(days=7), TODAY + timedelta(days=last), UUID(leave["id"]))
    assert (await seen(team.as_ann), await seen(team.as_ben)) == (([], [hers]) if away else ([hers], []))


async def test_everybody_sees_what_nobody_answers_for_and_everything_when_they_ask_for_it(team: Team) -> None:
    hers, nobody_s = await team.helped(team.ann), (await team.here.volunteer()).id
    await team.here.as_worker("UPDATE volunteers SET clearance_expires_on = $1", TODAY + timedelta(days=9))
    assert await seen(team.as_ann) == sorted([hers, nobody_s])
    assert await seen(team.as_ben) == [nobody_s]
    assert await seen(team.as_ben, "all") == sorted([hers, nobody_s])


async def test_once_whoever_covers_has_gone_it_is_everybody_s(team: Team) -> None:
    hers, cleo = await team.helped(team.ann), new_id()
    post = await team.join(cleo, Role.COORDINATOR)
    await entered(team.as_ann, cleo)
    assert await seen(team.as_ben) == []
    await team.here.tell(MembershipEnded(**(dict(post) | {"ends_at": datetime.now(UTC)})))
    assert (await seen(team.as_ann), await seen(team.as_ben)) == ([hers], [hers])


async def test_today_says_for_whom_one_covers_and_whose_each_thing_is(team: Team) -> None:
    await team.helped(team.ann)
    await entered(team.as_ann, team.ben)
    cover = {"person": str(team.ann), "cover": str(team.ben), "until": day(4)}
    his, hers = good(await team.as_ben.get("/v1/today")), good(await team.as_ann.get("/v1/today"))
    assert (his["whose"], his["covering"], his["on_leave"]) == ("mine", [cover], None)
    assert (hers["covering"], hers["on_leave"]) == ([], cover)
    (item,) = next(one["items"] for one in his["sections"] if one["indicator"] == "clearances-expiring")
    assert (item["coordinator"], item["answers"]) == (str(team.ann), str(team.ben))


async def test_a_whole_list_goes_on_for_the_same_people(team: Team) -> None:
    mine = sorted([await team.helped(team.ann) for _ in range(3)])
    await team.helped(team.ben)
    found, query = [], {"indicator": "clearances-expiring", "whose": "mine", "limit": 2}
    while True:
        page = good(await team.as_ann.get("/v1/today/items", params=query))
        found += [one["volunteer"] for one in page["items"]]
        if not page["next"]:
            break
        query["cursor"] = page["next"]
    assert found == mine


async def test_what_nobody_checked_out_of_stands_on_everybody_s_today_and_its_alarm_names_who_covers(
    team: Team, service: Running
) -> None:
    family, helper = await team.here.family(), await team.here.volunteer()
    match = await team.here.active(family, helper)
    version = (await team.here.read(helper))["version"]
    path = f"/v1/volunteers/{helper.id}/coordinator"
    good(await team.as_may.post(path, {"coordinator": str(team.ann)}, match=version))
    await entered(team.as_ann, team.ben)
    visit = good(await team.here.coordinator.post(f"/v1/matches/{match}/visits", visit_body(1)))["id"]
    for hours in (2, 60):
        while await timekeeper.raise_one(service.parts, service.handlers, datetime.now(UTC) + timedelta(hours=hours)):
            pass
    for kind in ("visit.not-checked-out", "contact.overdue"):
        (told,) = [orjson.loads(one) for one in await team.here.events(kind)]
        assert (told["visit"], told["answers"]) == (visit, str(team.ben))
    for caller in (team.as_ann, team.as_ben, team.as_may):
        items = good(await caller.get("/v1/today/items"))["items"]
        assert [(one["id"], one["answers"]) for one in items] == [(visit, str(team.ben))]
    assert good(await team.as_may.get("/v1/today/items", params={"whose": "covered"}))["items"] == []


async def test_the_warning_that_a_clearance_ends_names_who_answers_that_day(team: Team, service: Running) -> None:
    helper = await team.here.volunteer()
    await team.here.active(await team.here.family(), helper)
    path, version = f"/v1/volunteers/{helper.id}/coordinator", (await team.here.read(helper))["version"]
    good(await team.as_may.post(path, {"coordinator": str(team.ann)}, match=version))
    while await timekeeper.raise_one(service.parts, service.handlers, datetime.now(UTC) + timedelta(days=4000)):
        pass
    for kind in ("volunteer.clearance-expiring", "volunteer.clearance-expired", "match.clearance-lapsed"):
        told = [orjson.loads(one) for one in await team.here.events(kind)]
        assert {(one["volunteer"], one["answers"]) for one in told} == {(helper.id, str(team.ann))}
