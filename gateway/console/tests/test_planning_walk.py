"""Planning in a real browser, from a programme to who moved up, on a phone and on a desk; axe finds nothing."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.by import By

from gateway.console.tests import training_team
from gateway.console.tests.chromium import at_widths, chromium, go, needs_chromium, press, sign_in
from gateway.console.tests.team import Team
from gateway.console.tests.test_planning import AHEAD, HERE, PLAN
from gateway.identity.tests.platform import Person, Platform

gateway = training_team.gateway


def _typed(browser: webdriver.Chrome, **said: str) -> None:
    for name, words in said.items():
        box = browser.find_element(By.ID, name)
        # A date or an hour is typed by whoever knows the browser's language; its value is not.
        browser.execute_script("arguments[0].value = arguments[1]", box, words)


def _walk(browser: webdriver.Chrome, base: str, person: Person) -> dict[str, list[Any]]:
    seen: dict[str, list[Any]] = {}
    browser.get(f"{base}/console")
    sign_in(browser, person)
    go(browser, "Training")
    go(browser, "Programmes")
    press(browser, "Offer")
    seen |= at_widths(browser, "programmes, with an error")
    _typed(browser, title="Protecting Children in the Community")
    press(browser, "Offer")
    press(browser, "Plan the round")
    seen |= at_widths(browser, "programme, with an error")
    _typed(browser, **{"round-title": "First round", "funders": "council", "from": "2009-11-02", "to": "2010-04-29"})
    press(browser, "Plan the round")
    _typed(browser, category="grant", amount="5709.00", day="2009-11-02")
    press(browser, "Note it")
    seen |= at_widths(browser, "round")
    go(browser, "Programme")
    _typed(browser, **{"course-title": "Basics"})
    press(browser, "Add the course")
    press(browser, "Plan the session")
    seen |= at_widths(browser, "course, with errors")
    return seen | _session(browser, base)


def _session(browser: webdriver.Chrome, base: str) -> dict[str, list[Any]]:
    """From the course's page on."""
    seen: dict[str, list[Any]] = {}
    day = f"{datetime.now(UTC) + AHEAD:%Y-%m-%d}"
    _typed(browser, **{name: one for name, one in PLAN.items() if name not in {"kind", "public"}}, day=day)
    press(browser, "Plan the session")
    go(browser, "Change the plan, or call it off")
    seen |= at_widths(browser, "plan")
    go(browser, "Session")
    go(browser, "Places and who waits")
    for name in ("Ada E.", "Bea E.", "Cem E."):
        _typed(browser, organisation="Ivorian & French Speaking African Women Action Group", name=name)
        press(browser, "Book")
    browser.find_element(By.CSS_SELECTOR, "details summary").click()
    press(browser, "Give back")
    assert "Moved up" in browser.find_element(By.TAG_NAME, "main").text
    seen |= at_widths(browser, "places")
    browser.get(f"{base}{HERE}/suggestions")
    press(browser, "Note the suggestion")
    seen |= at_widths(browser, "suggestions, with an error")
    browser.find_elements(By.CSS_SELECTOR, "#about option")[-1].click()
    _typed(browser, content="Once more on Saturdays.")
    press(browser, "Note the suggestion")
    browser.find_element(By.CSS_SELECTOR, "details summary").click()
    press(browser, "Answer")
    seen |= at_widths(browser, "suggestions, an answer with an error")
    return seen


@needs_chromium
async def test_a_planners_walk_is_accessible_and_fits_a_phone_and_a_desk(gateway: Platform, tmp_path: Path) -> None:
    team = await Team.founded(gateway)
    with chromium(tmp_path) as browser:
        seen = await asyncio.to_thread(_walk, browser, str(gateway.client.base_url), team.trainer)
    assert len(seen) == 16
    assert {name: one for name, one in seen.items() if one} == {}
