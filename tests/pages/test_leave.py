"""Leave and cover in the console: one form, and what Today shows of it to whoever is away and whoever covers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from gateway.console.tests.chromium import at_widths, chromium, go, needs_chromium, press, sign_in
from gateway.console.tests.conftest import Browser
from gateway.identity.tests.platform import Person
from shared.calendar import civil_date
from shared.ids import new_id
from shared.wall_clock import now
from tests.pages.place import Place, found

pytestmark = pytest.mark.slow
HERE = "/console/matching"


def day(number: int) -> date:
    return civil_date(now()) + timedelta(days=number)


@pytest_asyncio.fixture(autouse=True)
async def nobody_away(place: Place) -> AsyncIterator[None]:
    """Each test ends as it began."""
    yield
    manager = place.scene.as_("project_manager")
    for leave in (await manager.get("/v1/leaves", since=str(day(0))))["items"]:
        await manager.get(f"/v1/leaves/{leave['id']}")
        await manager.move(f"/v1/leaves/{leave['id']}/cancel")


async def enter(browser: Browser, first: int, last: int, **fields: str) -> Any:
    path = f"{HERE}/leave"
    form = {"csrf": await browser.csrf(path), "key": str(new_id()), "from": str(day(first)), "to": str(day(last))}
    return await browser.post(path, **form | fields)


async def test_leave_is_entered_and_called_off_without_script_and_whoever_covers_is_told(
    place: Place, browser: Browser
) -> None:
    leila = str(place.person("coordinator_two").id)
    shown = (await enter(browser, 0, 3, cover=leila)).text
    assert "The leave is entered" in shown
    assert "Leila Haddad covers" in shown
    assert "On leave" in shown
    mine = (await browser.get(f"{HERE}/today")).text
    assert "You are on leave until" in mine
    assert "Leila Haddad covers for you" in mine
    other = await place.browser("coordinator_two")
    assert "You cover for Tom Adeyemi until" in (await other.get(f"{HERE}/today")).text
    assert "End it today" not in (await other.get(f"{HERE}/leave")).text
    page = (await browser.get(f"{HERE}/leave")).text
    path = found(rf'action="({HERE}/leave/[0-9a-f-]+/cancel)"', page)
    form = {"csrf": await browser.csrf(f"{HERE}/leave"), "match": '"1"', "key": str(new_id())}
    assert (await browser.post(path, **form | {"match": '"9"'})).status_code == 412
    shown = (await browser.post(path, **form)).text
    assert "Lists and alerts are back" in shown
    assert "Nobody is on leave" in shown
    assert "You cover for" not in (await other.get(f"{HERE}/today")).text


async def test_a_volunteer_s_things_move_to_whoever_covers_and_come_back(place: Place, browser: Browser) -> None:
    tom, leila = (str(place.person(one).id) for one in ("coordinator", "coordinator_two"))
    match = (await place.coordinator.get("/v1/matches", status="active"))["items"][0]
    begins = now() - timedelta(minutes=20)
    visit = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=1)).isoformat()}
    await place.coordinator.post(f"/v1/matches/{match['id']}/visits", visit)
    path = f"{HERE}/volunteers/{match['volunteer']}"
    page = (await browser.get(path)).text
    form = {"csrf": await browser.csrf(path), "key": str(new_id()), "match": found(r'"match" value="([^"]+)"', page)}
    form["match"] = form["match"].replace("&#34;", '"')
    assert "The coordinator is named" in (await browser.post(f"{path}/coordinator", **form, coordinator=tom)).text
    other, link = await place.browser("coordinator_two"), f"/matches/{match['id']}"
    assert link in (await browser.get(f"{HERE}/today")).text
    assert link not in (await other.get(f"{HERE}/today")).text
    assert "For Tom Adeyemi" in (await other.get(f"{HERE}/today?whose=all")).text
    await enter(browser, 0, 0, cover=leila)
    assert link not in (await browser.get(f"{HERE}/today")).text
    for whose in ("mine", "covered"):
        shown = (await other.get(f"{HERE}/today?whose={whose}")).text
        assert link in shown
        assert "For Tom Adeyemi; you cover" in shown
    whole = (await other.get(f"{HERE}/today/visits-now?whose=covered")).text
    assert link in whole
    assert link not in (await browser.get(f"{HERE}/today/visits-now")).text


async def test_what_is_refused_is_told_at_its_field(place: Place, browser: Browser) -> None:
    leila, manager = (str(place.person(one).id) for one in ("coordinator_two", "project_manager"))
    for first, last, cover, field in ((-1, 2, leila, "from"), (2, 1, leila, "to"), (1, 2, "", "cover")):
        refused = await enter(browser, first, last, cover=cover)
        assert refused.status_code == 422
        assert f'id="{field}-error"' in refused.text
    refused = await enter(browser, 1, 2, cover=str(new_id()))
    assert refused.status_code == 409
    assert 'id="cover-error"' in refused.text
    await enter(browser, 1, 2, cover=leila)
    refused = await enter(browser, 2, 3, cover=manager)
    assert refused.status_code == 409
    assert 'id="from-error"' in refused.text
    assert f'value="{day(3)}"' in refused.text


async def test_a_project_manager_enters_leave_for_somebody_else(place: Place) -> None:
    manager = await place.browser("project_manager")
    assert "Who is away" in (await manager.get(f"{HERE}/leave")).text
    tom, leila = (str(place.person(one).id) for one in ("coordinator", "coordinator_two"))
    shown = (await enter(manager, 5, 6, person=tom, cover=leila)).text
    assert "<strong>Tom Adeyemi</strong>" in shown
    assert "Planned" in shown
    assert "Call it off" in shown


async def test_whoever_is_named_stands_chosen_in_the_form_and_nobody_can_be_named_again(
    place: Place, browser: Browser
) -> None:
    one = (await place.coordinator.get("/v1/volunteers", status="available"))["items"][0]["id"]
    path, leila = f"{HERE}/volunteers/{one}", str(place.person("coordinator_two").id)
    for named in (leila, ""):
        page = (await browser.get(path)).text
        form = {"csrf": await browser.csrf(path), "key": str(new_id()), "coordinator": named}
        form["match"] = found(r'"match" value="([^"]+)"', page).replace("&#34;", '"')
        shown = (await browser.post(f"{path}/coordinator", **form)).text
        assert "The coordinator is named" in shown
        assert f'<option value="{named}" selected>' in shown
        assert (await place.coordinator.get(f"/v1/volunteers/{one}"))["coordinator"] == (named or None)
    refused = await browser.post(f"{path}/coordinator", **form | {"coordinator": str(new_id()), "key": str(new_id())})
    assert refused.status_code == 412


async def test_a_form_that_is_sent_twice_acts_once(place: Place, browser: Browser) -> None:
    leila = str(place.person("coordinator_two").id)
    form = {"csrf": await browser.csrf(f"{HERE}/leave"), "key": str(new_id()), "cover": leila}
    form |= {"from": str(day(7)), "to": str(day(8))}
    for _ in range(2):
        assert "The leave is entered" in (await browser.post(f"{HERE}/leave", **form)).text
    one = (await place.coordinator.get("/v1/volunteers", status="available"))["items"][0]["id"]
    path = f"{HERE}/volunteers/{one}"
    for step, status in (("break", "On a break"), ("return", "Available")):
        match = found(r'"match" value="([^"]+)"', (await browser.get(path)).text).replace("&#34;", '"')
        form = {"csrf": form["csrf"], "key": str(new_id()), "match": match, "step": step}
        for _ in range(2):
            shown = (await browser.post(f"{path}/step", **form, reason_code="volunteer_asked")).text
            assert "It is recorded" in shown
            assert f">{status}</strong>" in shown


async def test_a_volunteer_goes_on_a_break_comes_back_and_is_suspended_and_reinstated(
    place: Place, browser: Browser
) -> None:
    one = (await place.coordinator.get("/v1/volunteers", status="available"))["items"][-1]["id"]
    path, manager = f"{HERE}/volunteers/{one}", await place.browser("project_manager")

    async def step(who: Browser, name: str, **fields: str) -> Any:
        page = (await who.get(path)).text
        form = {"csrf": await who.csrf(path), "key": str(new_id()), "step": name, "reason_code": "volunteer_asked"}
        form["match"] = found(r'"match" value="([^"]+)"', page).replace("&#34;", '"')
        return await who.post(f"{path}/step", **form | fields)

    assert (await step(browser, "promote")).status_code == 422
    assert (await step(browser, "break", match='"0"')).status_code == 412
    for who, name, state in (
        (browser, "break", "On a break"),
        (browser, "return", "Available"),
        (browser, "suspend", "Suspended"),
        (manager, "reinstate", "Available"),
    ):
        shown = (await step(who, name)).text
        assert "It is recorded" in shown
        assert f">{state}</strong>" in shown
    assert "End the suspension" not in (await browser.get(path)).text


def _walk(browser: webdriver.Chrome, base: str, person: Person, cover: str) -> dict[str, list[Any]]:
    seen: dict[str, list[Any]] = {}
    browser.get(f"{base}/console")
    sign_in(browser, person)
    go(browser, "Matching")
    go(browser, "Leave")
    seen |= at_widths(browser, "leave")
    press(browser, "Enter the leave")
    seen |= at_widths(browser, "leave, with errors")
    for field, number in (("from", 0), ("to", 2)):
        browser.execute_script(f"document.getElementById('{field}').value = '{day(number)}'")
    Select(browser.find_element(By.ID, "cover")).select_by_value(cover)
    press(browser, "Enter the leave")
    seen |= at_widths(browser, "somebody on leave")
    go(browser, "Today")
    seen |= at_widths(browser, "Today on leave")
    for label in ("Whom I cover", "Everybody’s"):
        go(browser, label)
        seen |= at_widths(browser, label)
    return seen


@needs_chromium
async def test_leave_is_accessible_and_fits_a_phone_and_a_desk(place: Place, tmp_path: Path) -> None:
    cover = str(place.person("coordinator_two").id)
    with chromium(tmp_path) as window:
        seen = await asyncio.to_thread(_walk, window, place.base, place.person("coordinator"), cover)
    assert {name: found for name, found in seen.items() if found} == {}
