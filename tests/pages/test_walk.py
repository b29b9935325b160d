"""A coordinator's walk through the pages of matching in a real browser, on a phone and on a desk."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from gateway.console.tests.chromium import at_widths, chromium, go, needs_chromium, press, sign_in
from gateway.identity.tests.platform import Person
from tests.pages.place import Place

pytestmark = pytest.mark.slow
HERE = "/console/matching"


def _walk(browser: webdriver.Chrome, base: str, person: Person, request: str) -> dict[str, list[Any]]:
    seen: dict[str, list[Any]] = {}
    browser.get(f"{base}/console")
    sign_in(browser, person)
    go(browser, "Matching")
    seen |= at_widths(browser, "waiting families")
    browser.get(f"{base}{HERE}/requests/{request}")
    seen |= at_widths(browser, "request")
    press(browser, "Make a proposal")
    seen |= at_widths(browser, "proposal")
    browser.find_elements(By.CSS_SELECTOR, "main a[role=button]")[1].click()
    press(browser, "Propose the match")
    seen |= at_widths(browser, "match, with an error")
    browser.find_element(By.ID, "override_reason").send_keys("Lives next to the school.")
    press(browser, "Propose the match")
    seen |= at_widths(browser, "request with a match")
    browser.find_elements(By.CSS_SELECTOR, "a[href*='/matches/']")[-1].click()
    press(browser, "Record the answer")
    seen |= at_widths(browser, "match with an error at the answer")
    browser.get(f"{base}{HERE}")
    go(browser, "Volunteers")
    seen |= at_widths(browser, "volunteers")
    browser.find_element(By.CSS_SELECTOR, "a.circle-card__name").click()
    press(browser, "Record the supervision")
    seen |= at_widths(browser, "volunteer with an error")
    seen |= _plan(browser, base)
    for name in ("Today", "Equality"):
        browser.get(f"{base}{HERE}")
        go(browser, name)
        seen |= at_widths(browser, name)
    return seen


def _plan(browser: webdriver.Chrome, base: str) -> dict[str, list[Any]]:
    """A plan from its making, which the page itself waits for, to the acceptance of all of it."""
    browser.get(f"{base}{HERE}/plans")
    seen = at_widths(browser, "plans")
    press(browser, "Make a plan")
    browser.implicitly_wait(60)
    browser.find_element(By.XPATH, "//h2[normalize-space()='Pairs']")
    browser.implicitly_wait(0)
    seen |= at_widths(browser, "plan")
    go(browser, "Whom to recruit")
    seen |= at_widths(browser, "recruitment")
    go(browser, "Plan")
    browser.find_element(By.ID, "review_on").clear()
    press(browser, "Accept all")
    seen |= at_widths(browser, "plan with an error")
    day = browser.find_element(By.ID, "planned_from").get_attribute("value")
    browser.execute_script("document.getElementById('review_on').value = arguments[0]", day)
    press(browser, "Accept all")
    seen |= at_widths(browser, "accepted")
    assert "Each is a match now" in browser.find_element(By.TAG_NAME, "main").text
    return seen


@needs_chromium
async def test_a_coordinators_walk_is_accessible_and_fits_a_phone_and_a_desk(place: Place, tmp_path: Path) -> None:
    request = next(one["id"] for one in await place.waiting() if one["visited_on"])
    with chromium(tmp_path) as browser:
        seen = await asyncio.to_thread(_walk, browser, place.base, place.person("coordinator"), request)
    assert {name: found for name, found in seen.items() if found} == {}
