"""Today, for whoever is on duty, and the page with which a volunteer checks in and out."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from deploy.local.demo.scene import items
from gateway.console.tests.chromium import at_widths, chromium, needs_chromium, press
from gateway.console.tests.conftest import Browser
from shared.ids import new_id
from shared.wall_clock import now
from tests.pages.place import Place, found

pytestmark = pytest.mark.slow
HERE = "/console/matching"


async def _running(place: Place) -> str:
    """The match that is active."""
    return str((await items(place.coordinator, "/v1/matches", status="active"))[0]["id"])


async def _visit(place: Place, **starts: int) -> str:
    """A visit of the active match that starts so long from now."""
    begins = now() + timedelta(**starts)
    body = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=1)).isoformat()}
    return (await place.coordinator.post(f"/v1/matches/{await _running(place)}/visits", body)).id


async def _link(place: Place, browser: Browser, visit: str) -> str:
    """The secret of the link that the match's page shows."""
    path = f"{HERE}/matches/{await _running(place)}"
    form = {"csrf": await browser.csrf(path), "key": str(new_id())}
    shown = (await browser.post(f"{path}/visits/{visit}/link", **form)).text
    return found(r"/console/check-in#([A-Za-z0-9_-]+)", shown)


async def test_today_shows_each_thing_with_its_one_next_action(place: Place, browser: Browser) -> None:
    await _visit(place, minutes=-20)
    shown = (await browser.get(f"{HERE}/today")).text
    now_on = shown[shown.index(">Visits now") :]
    name = found(r"<strong>([^<]+)</strong>", now_on)
    assert f'Look at the visit<span class="govuk-visually-hidden">: {name}' in now_on
    assert f'href="{HERE}/matches/{await _running(place)}"' in now_on
    assert "planned time has begun and is not over" in shown


async def test_a_whole_list_says_what_it_counts_and_an_unknown_one_is_not_there(browser: Browser) -> None:
    shown = await browser.get(f"{HERE}/today/supervision-due")
    assert "last supervision" in shown.text
    assert (await browser.get(f"{HERE}/today/anything")).status_code == 404


async def test_a_volunteer_checks_in_and_out_without_a_sign_in(place: Place, browser: Browser) -> None:
    secret = await _link(place, browser, await _visit(place, minutes=-5))
    phone = Browser(browser.platform)
    assert "The link that you were sent" in (await phone.get("/console/check-in")).text
    shown = (await phone.post("/console/check-in/look", secret=f"{place.base}/console/check-in#{secret}")).text
    assert "Not checked in yet" in shown
    assert "I am there" in shown
    shown = (await phone.post("/console/check-in/arrive", secret=secret)).text
    assert "Checked in" in shown
    shown = (await phone.post("/console/check-in/leave", secret=secret)).text
    assert "Checked out" in shown
    assert "Left at" in shown
    assert phone.cookies == {}


async def test_what_is_too_early_is_said_and_the_visit_is_still_shown(place: Place, browser: Browser) -> None:
    secret = await _link(place, browser, await _visit(place, hours=5))
    answer = await browser.post("/console/check-in/arrive", secret=secret)
    assert answer.status_code == 409
    assert "Not checked in yet" in answer.text


@pytest.mark.parametrize("secret", ["", "nonsense", "A" * 43])
async def test_a_link_that_is_none_is_told_at_its_field(browser: Browser, secret: str) -> None:
    answer = await browser.post("/console/check-in/look", secret=secret)
    assert answer.status_code in {404, 422}
    assert 'id="secret-error"' in answer.text
    assert secret == "" or secret not in answer.text


async def test_a_match_is_paused_from_its_page(place: Place, browser: Browser) -> None:
    path = f"{HERE}/matches/{await _running(place)}"
    page = (await browser.get(path)).text
    form = {"csrf": await browser.csrf(path), "match": found(r'name="match" value="&#34;(\d+)&#34;"', page)}
    stale = await browser.post(f"{path}/pause", **form | {"match": '"0"'}, pause_reason="family_asked")
    assert stale.status_code == 412
    form["match"] = f'"{form["match"]}"'
    paused = await browser.post(f"{path}/pause", **form, key=str(new_id()), pause_reason="family_asked")
    assert "The match is paused" in paused.text
    await place.coordinator.move(f"/v1/matches/{path.rpartition('/')[2]}/resume")


def _walk(browser: webdriver.Chrome, base: str, secret: str) -> dict[str, list[Any]]:
    seen: dict[str, list[Any]] = {}
    browser.get(f"{base}/console/check-in")
    seen |= at_widths(browser, "check in")
    press(browser, "Go on")
    seen |= at_widths(browser, "check in without a link")
    browser.get(f"{base}/console")
    browser.get(f"{base}/console/check-in#{secret}")
    # The page itself takes the secret from the address and goes on.
    browser.implicitly_wait(30)
    browser.find_element(By.XPATH, "//button[normalize-space()='I am there']")
    browser.implicitly_wait(0)
    assert secret not in browser.current_url
    seen |= at_widths(browser, "the visit")
    press(browser, "I am there")
    press(browser, "I have left")
    seen |= at_widths(browser, "left")
    return seen


@needs_chromium
async def test_checking_in_is_accessible_and_fits_a_phone_and_a_desk(
    place: Place, browser: Browser, tmp_path: Path
) -> None:
    secret = await _link(place, browser, await _visit(place, minutes=-5))
    with chromium(tmp_path) as window:
        seen = await asyncio.to_thread(_walk, window, place.base, secret)
    assert {name: found for name, found in seen.items() if found} == {}
