"""Pages of attendance sheets as a trainer uses them: a real round's sheet is sent, understood, and taken over."""

import asyncio
import re
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import Select, WebDriverWait

from gateway.console.tests import training_team
from gateway.console.tests.chromium import at_widths, chromium, needs_chromium, press, sign_in
from gateway.console.tests.conftest import Browser
from gateway.console.tests.team import Team
from gateway.identity.tests.platform import Platform
from shared.auth import Role
from shared.ids import new_id

HERE: Final = "/console/training/imports"
CAMDEN: Final = Path(__file__).parents[3] / "services/training/data/camden_round.csv"
WRONG: Final = b"session_date,session_title,organisation,ethnicity,gender\n31/02/2010,First,Victory Chapel,,\n"
GENDERS: Final = {"Female": "female", "Male": "male"}
gateway = training_team.gateway


@pytest.fixture
async def team(gateway: Platform) -> Team:
    return await Team.founded(gateway)


@pytest.fixture
async def browser(gateway: Platform, team: Team) -> Browser:
    browser = Browser(gateway)
    await browser.sign_in(team.trainer)
    return browser


async def _send(browser: Browser, content: bytes, csrf: str = "") -> httpx.Response:
    form = {"csrf": csrf or await browser.csrf(HERE), "key": str(new_id())}
    return await browser.post_file(HERE, "sheet", ("round.csv", content, "text/csv"), **form)


async def test_what_is_wrong_with_a_sheet_is_listed_by_row_and_column(browser: Browser) -> None:
    shown = (await _send(browser, WRONG)).text
    assert "Is no day that can be read" in shown
    assert "31/02/2010" not in shown
    assert "Take all rows over" not in shown


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not really", b"a\x00b"])
async def test_a_file_that_is_no_sheet_is_told_at_its_field(browser: Browser, content: bytes) -> None:
    answer = await _send(browser, content)
    assert answer.status_code == 422
    assert 'id="sheet-error"' in answer.text


async def test_a_form_without_a_file_is_told_at_its_field(browser: Browser) -> None:
    answer = await browser.post_file(HERE, "sheet", ("", b"", "text/csv"), csrf=await browser.csrf(HERE))
    assert 'id="sheet-error"' in answer.text


async def test_a_sheet_from_elsewhere_is_not_read(browser: Browser) -> None:
    assert (await _send(browser, WRONG, csrf="0" * 32)).status_code == 403
    assert "None yet." in (await browser.get(HERE)).text


def _answers(shown: str) -> dict[str, str]:
    """To each question of the page an answer."""
    asked = re.findall(r'name="((?:ethnicity|gender):[^"]+)"', shown)
    return {name: GENDERS.get(name.partition(":")[2], "-") for name in asked}


async def test_a_round_is_sent_its_words_are_given_codes_and_all_of_it_is_taken_over(
    browser: Browser, team: Team
) -> None:
    course = await team.course(await team.api())
    answer = await _send(browser, CAMDEN.read_bytes())
    here, csrf = answer.url.path, await browser.csrf(HERE)
    assert "178" in answer.text
    assert "Take all rows over" not in answer.text
    shown = (await browser.post(f"{here}/codes", csrf=csrf, **_answers(answer.text))).text
    assert "Take all rows over" in shown
    match = re.search(r'name="match" value="&#34;(\d+)&#34;"', shown)
    assert match is not None
    form = {"csrf": csrf, "key": str(new_id()), "match": f'"{match[1]}"', "course": course}
    assert "All of its rows are taken over" in (await browser.post(f"{here}/apply", **form)).text
    again = (await _send(browser, CAMDEN.read_bytes())).text
    assert "was taken over before" in again
    await _look_at_report(browser)


async def _look_at_report(browser: Browser) -> None:
    """What the round is known to count, asked in the form, and taken away as a file."""
    asked = "by=organisation&from=2009-11-02&until=2010-04-29"
    shown = (await browser.get(f"/console/training/reports?{asked}")).text
    for words in ("Victory Chapel", "15.17", "<strong>178</strong>"):
        assert words in shown
    file = await browser.get(f"/console/training/reports/file?{asked}&format=csv")
    assert file.headers["content-type"].startswith("text/csv")
    assert "attachment" in file.headers["content-disposition"]
    across = await browser.get(f"/console/training/reports?{asked}&across=gender")
    assert "By organisation across gender" in across.text


async def test_a_period_that_ends_before_it_begins_is_told_in_the_form(browser: Browser) -> None:
    asked = "by=organisation&from=2010-04-29&until=2009-11-02"
    answer = await browser.get(f"/console/training/reports?{asked}")
    assert answer.status_code == 422
    assert "does not end before it begins" in answer.text


async def test_an_analyst_is_led_to_the_reports_and_to_no_sheet(gateway: Platform, team: Team) -> None:
    other = Browser(gateway)
    home = await other.sign_in(await gateway.person(team.partnership, team.organisation, Role.ANALYST))
    assert 'href="/console/training/reports"' in home.text
    assert (await other.get("/console/training/reports")).status_code == 200
    assert (await other.get(HERE)).status_code == 403


async def test_another_organisation_finds_no_such_sheet(gateway: Platform, browser: Browser) -> None:
    here = (await _send(browser, WRONG)).url.path
    other = Browser(gateway)
    await other.sign_in((await Team.founded(gateway)).trainer)
    assert (await other.get(here)).status_code == 404


def _walk(browser: webdriver.Chrome, base: str, team: Team, wrong: Path) -> dict[str, list[Any]]:
    seen: dict[str, list[Any]] = {}
    browser.get(f"{base}/console")
    sign_in(browser, team.trainer)
    browser.get(base + HERE)
    press(browser, "Send")
    seen |= at_widths(browser, "no file")
    for file, name in ((wrong, "errors"), (CAMDEN, "preview")):
        browser.get(base + HERE)
        browser.find_element(By.ID, "sheet").send_keys(str(file))
        press(browser, "Send")
        seen |= at_widths(browser, name)
    for box in browser.find_elements(By.CSS_SELECTOR, "select[name*=':']"):
        Select(box).select_by_value("-")
    press(browser, "That is what they stand for")
    seen |= at_widths(browser, "to be taken over")
    before = browser.find_element(By.TAG_NAME, "html")
    browser.find_element(By.XPATH, "//button[normalize-space()='Take all rows over']").click()
    WebDriverWait(browser, 60).until(staleness_of(before))
    assert "All of its rows are taken over" in browser.find_element(By.TAG_NAME, "main").text
    for across in ("", "&across=gender"):
        browser.get(f"{base}/console/training/reports?by=ethnicity_label&from=2009-11-02&until=2010-04-29{across}")
        seen |= at_widths(browser, f"report{across}")
    return seen


@needs_chromium
async def test_the_way_of_a_sheet_is_accessible_and_fits_a_phone_and_a_desk(
    gateway: Platform, team: Team, tmp_path: Path
) -> None:
    await team.course(await team.api())
    wrong = tmp_path / "wrong.csv"
    wrong.write_bytes(WRONG)
    with chromium(tmp_path / "profile") as browser:
        seen = await asyncio.to_thread(_walk, browser, str(gateway.client.base_url), team, wrong)
    assert len(seen) == 12
    assert {name: found for name, found in seen.items() if found} == {}
