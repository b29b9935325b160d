"""Today: each indicator by its definition, with its one next action, and no more read than is shown."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.matching.domain.indicators import Code, indicators, moment
from services.matching.domain.policy import Policy
from services.matching.repository.indicators import SOURCES, statement
from services.matching.tests.bodies import TODAY, Family, Helper, days_ago, good, refused, visit_body
from services.matching.tests.factories import Place
from shared import timekeeper
from shared.auth import Role
from shared.events import EVENTS
from shared.ids import new_id
from shared.testing import Running


async def matched(here: Place) -> tuple[Family, Helper, str]:
    family, helper = await here.family(), await here.volunteer()
    return family, helper, await here.active(family, helper)


async def listed(here: Place, code: str, **query: Any) -> list[dict[str, Any]]:
    """One indicator's list, which is what Today shows of it."""
    whole = good(await here.coordinator.get("/v1/today/items", params={"indicator": code} | query))["items"]
    if not query:
        sections = good(await here.coordinator.get("/v1/today"))["sections"]
        assert next(one["items"] for one in sections if one["indicator"] == code) == whole[:20]
    found: list[dict[str, Any]] = whole
    return found


async def planned(here: Place, match: str, hours_from_now: float, long: float = 2) -> str:
    body = visit_body(-hours_from_now, long)
    return str(good(await here.coordinator.post(f"/v1/matches/{match}/visits", body))["id"])


async def run_clock(service: Running, until: datetime) -> None:
    while await timekeeper.raise_one(service.parts, service.handlers, until):
        pass


async def aged(here: Place, column: str, days: int) -> None:
    """As if so many days had gone by."""
    table = "matches" if column == "last_contact_on" else "volunteers"
    await here.as_worker(f"UPDATE {table} SET {column} = $1", TODAY - timedelta(days=days))  # noqa: S608 - a test's own


# Each indicator


async def test_a_visit_is_shown_from_its_beginning_to_its_end_or_its_check_out(here: Place) -> None:
    _, _, match = await matched(here)
    now = await planned(here, match, -1)
    await planned(here, match, 1)
    await planned(here, match, -3)
    item, *others = await listed(here, "visits-now")
    assert not others
    assert (item["id"], item["match"], item["action"]) == (now, match, "watch-visit")
    assert item["path"] == f"/v1/matches/{match}/visits/{now}"
    secret = good(await here.coordinator.post(f"{item['path']}/check-in-link"))["secret"]
    good(await here.service.anonymous().send("POST", "/v1/check-ins/leave", json={"secret": secret}))
    assert await listed(here, "visits-now") == []


async def test_nobody_checked_out_is_shown_from_the_moment_it_is_told_until_somebody_has(
    here: Place, service: Running
) -> None:
    _, helper, match = await matched(here)
    visit = await planned(here, match, -1)
    assert await listed(here, "not-checked-out") == []
    await run_clock(service, datetime.now(UTC) + timedelta(hours=2))
    assert [(one["id"], one["path"]) for one in await listed(here, "not-checked-out")] == [
        (visit, f"/v1/volunteers/{helper.id}")
    ]
    path = f"/v1/matches/{match}/visits/{visit}"
    version = good(await here.coordinator.get(path))["version"]
    good(await here.coordinator.post(f"{path}/outcome", {"outcome": "happened"}, match=version))
    assert await listed(here, "not-checked-out") == []


async def test_a_record_is_late_as_the_coordinator_s_own_list_has_it(here: Place) -> None:
    _, _, match = await matched(here)
    late, later = await planned(here, match, -90), await planned(here, match, -60)
    await planned(here, match, -20)
    old = (await here.coordinator.get("/v1/matches/contacts-overdue")).json()["items"]
    assert [one["id"] for one in await listed(here, "records-late")] == [late, later] == [one["visit"] for one in old]


async def test_a_match_waits_for_answers_until_all_three_have_agreed(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.proposed(family, helper)
    item = (await listed(here, "signatures-waiting"))[0]
    assert (item["id"], item["path"]) == (match, f"/v1/matches/{match}/agreements")
    await here.move(match, "cancel", {"reason_code": "mistake"})
    assert await listed(here, "signatures-waiting") == []


@pytest.mark.parametrize(("days", "shown"), [(27, 0), (28, 1)])
async def test_supervision_is_due_after_four_weeks_and_not_before(here: Place, days: int, shown: int) -> None:
    _, helper, _ = await matched(here)
    await here.volunteer()
    await aged(here, "supervised_on", days)
    assert [one["id"] for one in await listed(here, "supervision-due")] == [helper.id] * shown
    body = {"volunteer": helper.id, "held_on": days_ago(0), "notes": "All is well."}
    good(await here.coordinator.post("/v1/supervisions", body))
    assert await listed(here, "supervision-due") == []


@pytest.mark.parametrize(("days", "shown"), [(13, 0), (14, 1)])
async def test_no_contact_for_a_fortnight_is_shown_until_a_visit_has_happened(
    here: Place, days: int, shown: int
) -> None:
    _, _, match = await matched(here)
    await aged(here, "last_contact_on", days)
    assert [one["id"] for one in await listed(here, "no-contact")] == [match] * shown
    await here.closed(match, "no_access")
    assert len(await listed(here, "no-contact")) == shown
    version = (await here.match_of(match))["version"]
    await here.closed(match, "happened")
    assert await listed(here, "no-contact") == []
    assert (await here.match_of(match))["version"] == version


@pytest.mark.parametrize(("days", "shown"), [(91, 0), (90, 1), (-5, 1)])
async def test_a_clearance_that_ends_within_ninety_days_is_shown(here: Place, days: int, shown: int) -> None:
    helper = await here.volunteer()
    await aged(here, "clearance_expires_on", -days)
    assert [one["id"] for one in await listed(here, "clearances-expiring")] == [helper.id] * shown


async def test_a_running_match_whose_volunteer_is_not_cleared_today_is_shown_until_they_are(here: Place) -> None:
    _, helper, match = await matched(here)
    assert await listed(here, "clearance-lapsed") == []
    await aged(here, "clearance_expires_on", 0)
    assert [one["id"] for one in await listed(here, "clearance-lapsed")] == [match]
    await aged(here, "clearance_expires_on", -1)
    assert await listed(here, "clearance-lapsed") == []
    check = {"checked_on": days_ago(0), "satisfactory": False}
    good(await here.coordinator.post(f"/v1/volunteers/{helper.id}/la-check", check))
    assert [one["id"] for one in await listed(here, "clearance-lapsed")] == [match]


# The page


async def test_a_day_with_nothing_to_do_is_eight_empty_lists_in_their_order(here: Place) -> None:
    shown = good(await here.coordinator.get("/v1/today"))
    assert [one["indicator"] for one in shown["sections"]] == list(Code)
    assert {len(one["items"]) for one in shown["sections"]} == {0}
    assert abs(datetime.fromisoformat(shown["now"]) - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("code", ["records-late", "no-contact"])
async def test_lists_go_on_where_the_page_before_ended(here: Place, code: str) -> None:
    for _ in range(3):
        _, _, match = await matched(here)
        await planned(here, match, -70)
    await aged(here, "last_contact_on", 20)
    whole = [one["id"] for one in await listed(here, code)]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = good(await here.coordinator.get("/v1/today/items", params={"indicator": code} | query))
        seen += [one["id"] for one in page["items"]]
        if not page["next"]:
            break
        query["cursor"] = page["next"]
    assert seen == whole
    assert len(seen) == 3
    refused(
        await here.coordinator.get("/v1/today/items", params={"indicator": code, "cursor": "WyJ4Il0"}),
        422,
        "bad-cursor",
    )


async def test_an_indicator_that_is_not_there_is_refused(here: Place) -> None:
    refused(await here.coordinator.get("/v1/today/items", params={"indicator": "gossip"}), 422, "validation")


async def test_another_scheme_sees_nothing_of_it(here: Place) -> None:
    _, _, match = await matched(here)
    await planned(here, match, -70)
    for column in ("supervised_on", "last_contact_on", "clearance_expires_on"):
        await aged(here, column, 60)
    other = here.caller(Role.COORDINATOR, organisation=new_id())
    sections = good(await other.get("/v1/today"))["sections"]
    assert {len(one["items"]) for one in sections} == {0}
    sections = good(await here.coordinator.get("/v1/today"))["sections"]
    assert sum(len(one["items"]) for one in sections) == 5


async def test_every_view_is_in_the_audit(here: Place) -> None:
    _, helper, match = await matched(here)
    visit = await planned(here, match, -70)
    await listed(here, "records-late")
    rows = await here.as_worker("SELECT entry FROM audit_log WHERE entry LIKE $1", f"%/v1/today%{helper.id}%")
    assert len(rows) == 2
    assert all(visit in one for (one,) in rows)


# The definitions


async def test_the_definitions_can_be_read_with_the_policy_s_own_numbers(here: Place) -> None:
    shown = {one["code"]: one for one in (await here.coordinator.get("/v1/indicators")).json()}
    assert list(shown) == list(Code)
    assert "28 days" in shown["supervision-due"]["definition"]
    assert "30 minutes" in shown["not-checked-out"]["definition"]
    assert "5 days" in indicators(Policy(no_contact_days=5))[Code.NO_CONTACT].definition


def test_every_indicator_has_one_source_and_its_event_is_one_that_there_is() -> None:
    known = indicators(Policy())
    assert set(known) == set(SOURCES) == set(Code)
    assert {one.event for one in known.values() if one.event} <= set(EVENTS)


def test_the_bounds_of_a_moment_are_the_policy_s() -> None:
    at = moment(datetime(2026, 3, 30, 12, tzinfo=UTC), date(2026, 3, 30), Policy())
    assert (at.supervised_by, at.contact_by, at.expires_by) == (date(2026, 3, 2), date(2026, 3, 16), date(2026, 6, 28))


@pytest.mark.parametrize("chosen", [False, True])
@pytest.mark.parametrize("code", [code for code in Code if code is not Code.CLEARANCE_LAPSED])
async def test_a_page_is_read_off_an_index_in_order(here: Place, code: Code, *, chosen: bool) -> None:
    """As much is read as is shown, also of one's own: an index has the order, and nothing is sorted."""
    sql = statement(SOURCES[code], chosen=chosen, onwards=False)
    sql = sql.replace(":people", f"'{{{new_id()}}}'").replace(":named", "false").replace(":limit", "21")
    at = moment(datetime.now(UTC), TODAY, Policy())
    for name in ("begun_after", "supervised_by", "contact_by", "expires_by", "now", "today"):
        sql = sql.replace(f":{name}", f"'{getattr(at, name)}'")
    sql = sql.replace(":organisation", f"'{here.scheme}'").replace(":partnership", f"'{here.partnership}'")
    plan = await explained(here, sql)
    assert "Sort" not in plan, plan
    assert "Index" in plan, plan


async def explained(here: Place, sql: str) -> str:
    """The plan for a coordinator; the tables of a test are so small that reading them whole would be the cheapest."""
    chosen = {
        "circle.partnership": here.partnership,
        "circle.organisation": here.scheme,
        "circle.scope": "organisation",
    }
    chosen |= {"enable_seqscan": "off", "enable_bitmapscan": "off"}
    async with here.service.parts.app.engine.begin() as connection:
        for name, value in chosen.items():
            await connection.exec_driver_sql("SELECT set_config($1, $2, true)", (name, str(value)))
        return "\n".join(line for (line,) in await connection.exec_driver_sql(f"EXPLAIN {sql}"))
