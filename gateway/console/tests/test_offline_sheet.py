"""The attendance sheet in a cellar: kept on the device, sent once, wiped."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from gateway.console.tests import training_team
from gateway.console.tests.chromium import PATIENCE, at_widths, chromium, needs_chromium, press, sign_in
from gateway.console.tests.conftest import Browser
from gateway.console.tests.line import Line
from gateway.console.tests.team import Team
from gateway.identity.tests.platform import Platform

# Everything that pages have put on the device, except for the pages that are kept.
_KEPT: Final = "return Object.values(localStorage).join()"
_CACHED: Final = """
const done = arguments[0];
(async () => {
  const cache = await caches.open("circle-sheet-1");
  const texts = await Promise.all((await cache.matchAll()).map((one) => one.text()));
  done([(await cache.keys()).map((one) => new URL(one.url).pathname), texts.join()]);
})();
"""
gateway, team = training_team.gateway, training_team.team


def _page(session: str) -> str:
    return f"/console/training/sessions/{session}"


async def _names(team: Team, session: str) -> list[str]:
    listed = await (await team.api()).get(f"/v1/sessions/{session}/participations")
    return sorted(one["name"] or "" for one in listed.json()["items"])


def _until(browser: webdriver.Chrome, what: Callable[[webdriver.Chrome], Any]) -> None:
    WebDriverWait(browser, PATIENCE).until(what)


def _state(browser: webdriver.Chrome) -> str:
    return str(browser.find_element(By.ID, "sheet-state").text)


def _begin(browser: webdriver.Chrome, line: Line, team: Team, session: str) -> None:
    """Signed in, on the session's page, with its empty page kept."""
    browser.get(f"{line.base}/console")
    sign_in(browser, team.trainer)
    browser.get(line.base + _page(session))
    _until(browser, lambda one: f"{_page(session)}/offline" in one.execute_async_script(_CACHED)[0])
    _until(browser, lambda one: one.execute_script("return !!navigator.serviceWorker.controller"))


def _add(browser: webdriver.Chrome, name: str, **more: str) -> None:
    for field, words in {"organisation": "Victory Chapel", "name": name, **more}.items():
        box = browser.find_element(By.ID, field)
        box.clear()
        box.send_keys(words)
    browser.find_element(By.XPATH, "//main//button[normalize-space()='Add to the sheet']").click()


def _in_the_cellar(browser: webdriver.Chrome, line: Line, team: Team, session: str) -> dict[str, list[Any]]:
    _begin(browser, line, team, session)
    line.cut()
    _add(browser, "Ada Example")
    _until(browser, lambda one: "No connection. 1 on this device only" in _state(one))
    # The page is left and opened again, with no connection still.
    browser.get(line.base + _page(session))
    assert "There is no connection" in browser.find_element(By.TAG_NAME, "main").text
    assert "Ada Example" in browser.find_element(By.ID, "sheet-kept").text
    _add(browser, "Bea Example")
    _until(browser, lambda one: "2 on this device only" in _state(one))
    browser.get_log("browser")  # type: ignore[no-untyped-call]  # what could not be fetched is no complaint
    seen = at_widths(browser, "without a connection")
    line.mend()
    _until(browser, lambda one: "On the sheet: 2" in one.page_source)
    assert browser.execute_script(_KEPT) == ""
    assert browser.find_element(By.ID, "sheet-kept").text == ""
    paths, texts = browser.execute_async_script(_CACHED)
    assert _page(session) not in paths
    assert "Example" not in texts
    return seen


@needs_chromium
async def test_whoever_is_entered_without_a_connection_is_on_the_sheet_once_there_is_one_and_not_on_the_device(
    gateway: Platform, team: Team, tmp_path: Path
) -> None:
    session = await team.session()
    async with Line(gateway.client.base_url.port or 0).running() as line:
        with chromium(tmp_path) as browser:
            seen = await asyncio.to_thread(_in_the_cellar, browser, line, team, session)
    assert await _names(team, session) == ["Ada Example", "Bea Example"]
    assert {name: found for name, found in seen.items() if found} == {}


def _refused(browser: webdriver.Chrome, line: Line, team: Team, session: str) -> None:
    _begin(browser, line, team, session)
    line.cut()
    _add(browser, "Ada Example", outcode="London")
    _until(browser, lambda one: "No connection" in _state(one))
    line.mend()
    _until(browser, lambda one: "They were refused" in _state(one))
    assert "Outcode" in browser.find_element(By.ID, "sheet-kept").text
    browser.find_element(By.XPATH, "//button[text()='Put right']").click()
    assert browser.find_element(By.ID, "name").get_attribute("value") == "Ada Example"
    assert browser.execute_script(_KEPT) == ""
    browser.find_element(By.ID, "outcode").clear()
    press(browser, "Add to the sheet")


@needs_chromium
async def test_what_is_refused_afterwards_can_be_put_right(gateway: Platform, team: Team, tmp_path: Path) -> None:
    session = await team.session()
    async with Line(gateway.client.base_url.port or 0).running() as line:
        with chromium(tmp_path) as browser:
            await asyncio.to_thread(_refused, browser, line, team, session)
    assert await _names(team, session) == ["Ada Example"]


# Sent, and nobody heard that it arrived: it is still on the device.
_AGAIN: Final = """
const kept = [{key: arguments[1], at: Date.now() - arguments[2], why: "",
  fields: {of: "1", organisation: "Victory Chapel", name: arguments[3]}}];
localStorage.setItem("circle-sheet:" + arguments[0], JSON.stringify(kept));
"""


def _not_heard(browser: webdriver.Chrome, line: Line, team: Team, session: str) -> None:
    _begin(browser, line, team, session)
    for _ in range(2):
        # Anonymous: only the key tells that it is the same entry.
        browser.execute_script(_AGAIN, _page(session), "the-key", 0, "")
        browser.refresh()
        _until(browser, lambda one: one.execute_script(_KEPT) == "" and "On the sheet: 1" in one.page_source)
    hours = timedelta(hours=12, minutes=1).total_seconds() * 1000
    browser.execute_script(_AGAIN, "/console/training/sessions/another", "other-key", hours, "Old Example")
    browser.refresh()
    _until(browser, lambda one: one.execute_script(_KEPT) == "")


@needs_chromium
async def test_an_entry_that_is_sent_twice_counts_once_and_an_old_one_is_wiped_unsent(
    gateway: Platform, team: Team, tmp_path: Path
) -> None:
    session = await team.session()
    async with Line(gateway.client.base_url.port or 0).running() as line:
        with chromium(tmp_path) as browser:
            await asyncio.to_thread(_not_heard, browser, line, team, session)
    assert await _names(team, session) == [""]


async def test_the_page_that_is_kept_names_nobody_and_proves_nothing(gateway: Platform, team: Team) -> None:
    session, browser = await team.session(), Browser(gateway)
    await browser.sign_in(team.trainer)
    csrf = await browser.csrf(_page(session))
    form = {"of": "1", "organisation": "Victory Chapel", "name": "Ada Example", "key": "k1"}
    await browser.post(f"{_page(session)}/participations", csrf=csrf, **form)
    kept = (await browser.get(f"{_page(session)}/offline")).text
    for words in ("Ada Example", "Victory Chapel", csrf, "Sign out"):
        assert words not in kept
    assert (await Browser(gateway).get(f"{_page(session)}/offline")).url.path == "/console/sign-in"


async def test_the_worker_may_only_fetch_from_the_platform(gateway: Platform) -> None:
    answer = await gateway.client.get("/console/training/sheet-worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"
