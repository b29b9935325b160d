"""The code at the door: the trainer makes it, people sign in on their own phone, in their language."""

import asyncio
import html
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from gateway.console.public import speech
from gateway.console.tests import training_team
from gateway.console.tests.chromium import at_widths, chromium, needs_chromium, press, sign_in
from gateway.console.tests.conftest import Browser
from gateway.console.tests.team import Team
from gateway.identity.tests.platform import Person, Platform
from shared import links
from shared.ids import new_id

GROUP = "Hilltop Chapel & Friends"
gateway, team, browser = training_team.gateway, training_team.team, training_team.browser


def _page(session: str, rest: str = "") -> str:
    return f"/console/training/sessions/{session}{rest}"


async def _made(browser: Browser, session: str, groups: str = f"{GROUP}\n\nRiverside Forum\n") -> Any:
    path = _page(session, "/sign-in")
    return await browser.post(path, csrf=await browser.csrf(path), key=str(new_id()), organisations=groups)


async def _door(browser: Browser, session: str) -> str:
    """The path that the code leads to."""
    found = re.search(r'href="http://[^"/]+(/public/sign-in/[^"]+)"', (await _made(browser, session)).text)
    assert found is not None
    return found[1]


async def _sheet(team: Team, session: str) -> list[dict[str, Any]]:
    return list((await (await team.api()).get(f"/v1/sessions/{session}/participations")).json()["items"])


def _key(text: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', text)
    assert found is not None
    return found[1]


async def test_the_code_is_a_picture_of_the_address_and_is_shown_once(browser: Browser, team: Team) -> None:
    session = await team.session(delivery_partners=["Riverside Forum"])
    before = (await browser.get(_page(session, "/sign-in"))).text
    assert "Riverside Forum</textarea>" in before
    shown = await _made(browser, session)
    picture = ET.fromstring(shown.text[shown.text.index("<svg") : shown.text.index("</svg>") + 6])  # noqa: S314 - our own
    assert picture.attrib["viewBox"]
    assert "style" not in picture.attrib
    again = (await browser.get(_page(session, "/sign-in"))).text
    assert "<svg" not in again
    assert "/public/sign-in/" not in again
    assert f"{html.escape(GROUP)}\nRiverside Forum</textarea>" in again
    assert "Let people sign in on their own phone" in (await browser.get(_page(session))).text


async def test_somebody_signs_in_without_an_account_and_stands_on_the_trainers_sheet(
    browser: Browser, gateway: Platform, team: Team
) -> None:
    session = await team.session(parts=2)
    door = await _door(browser, session)
    page = await gateway.client.get(door)
    assert "set-cookie" not in page.headers
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    said = {"organisation": GROUP, "ethnicity_code": "black_african", "gender": "Woman", "outcode": "nw1", "name": " "}
    form = said | {"key": _key(page.text), "lang": "so", "of": "2", "part-2": "1"}
    for _ in range(2):
        done = await gateway.client.post(door, data=form)
        assert done.status_code == 303
        assert done.headers["location"] == f"{door}/done?lang=so"
    assert speech.ALL["so"]["done_title"] in (await gateway.client.get(done.headers["location"])).text
    (one,) = await _sheet(team, session)
    wanted = {"organisation": GROUP, "gender": "Woman", "withheld": ["ethnicity"], "outcode": "NW1", "anonymous": True}
    assert {name: one[name] for name in wanted} == wanted
    assert one["parts"] == [2]


async def test_the_page_names_nobody_who_came(browser: Browser, gateway: Platform, team: Team) -> None:
    session = await team.session()
    door = await _door(browser, session)
    for name in ("Ada Example", "Ada Example", "Bea Example"):
        page = await gateway.client.get(door)
        assert "Example" not in page.text
        form = {"key": _key(page.text), "name": name, "organisation": "Riverside Forum"}
        done = await gateway.client.post(door, data=form)
        assert done.status_code == 303
        assert "Example" not in (await gateway.client.get(done.headers["location"])).text
    assert len(await _sheet(team, session)) == 2


async def test_a_code_that_was_taken_back_is_answered_like_one_that_never_was(
    browser: Browser, gateway: Platform, team: Team
) -> None:
    session = await team.session()
    door = await _door(browser, session)
    revoke = _page(session, "/sign-in/revoke")
    taken = await browser.post(revoke, csrf=await browser.csrf(_page(session, "/sign-in")), key="r1")
    assert "leads nowhere any more" in taken.text
    never = f"/public/sign-in/{links.made(new_id(), new_id())}"
    for form in (None, {"key": "k"}):
        method = "GET" if form is None else "POST"
        answers = [await gateway.client.request(method, one, data=form) for one in (door, never, "/public/sign-in/x")]
        assert [one.status_code for one in answers] == [404] * 3
        assert answers[0].text == answers[1].text == answers[2].text
    assert await _sheet(team, session) == []


async def test_what_is_wrong_is_told_in_the_language_and_what_was_typed_is_kept(
    browser: Browser, gateway: Platform, team: Team
) -> None:
    door = await _door(browser, await team.session())
    answer = await gateway.client.post(door, data={"lang": "ar", "outcode": "London", "gender": "Frau", "key": "k"})
    assert answer.status_code == 422
    assert 'dir="rtl"' in answer.text
    assert 'id="outcode-error"' in answer.text
    assert speech.ALL["ar"]["check"] in answer.text
    assert 'value="Frau"' in answer.text


async def test_before_the_session_begins_nobody_signs_in(browser: Browser, gateway: Platform, team: Team) -> None:
    door = await _door(browser, await team.session(timedelta(hours=2)))
    shown = (await gateway.client.get(f"{door}?lang=fr")).text
    assert html.escape(speech.ALL["fr"]["not_begun"]) in shown
    assert "<form" not in shown
    assert (await gateway.client.post(door, data={"key": "k", "lang": "fr"})).status_code == 409


async def test_the_trainer_sees_that_more_came_than_there_are_places(
    browser: Browser, gateway: Platform, team: Team
) -> None:
    session = await team.session(capacity=1)
    door = await _door(browser, session)
    for _ in range(2):
        page = await gateway.client.get(door)
        assert (await gateway.client.post(door, data={"key": _key(page.text)})).status_code == 303
    assert "2, more than the 1 places" in (await browser.get(_page(session, "/sign-in"))).text
    assert "more people on the sheet than the 1 places" in (await browser.get(_page(session))).text


def test_every_language_has_every_word() -> None:
    assert len(speech.ALL) >= 5
    for words in speech.ALL.values():
        assert words.keys() == speech.ALL["en"].keys()
        assert all(words.values())


@pytest.mark.parametrize(
    ("wanted", "accepted", "language"),
    [
        ("so", "fr", "so"),
        ("", "fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("", "de, en;q=0.2, ar;q=0.7", "ar"),
        ("xx", "tlh;q=x", "en"),
        ("../en", "", "en"),
    ],
)
def test_the_page_speaks_as_was_asked_or_as_the_browser_does(wanted: str, accepted: str, language: str) -> None:
    assert speech.chosen(wanted, accepted) == language


def _walk(browser: webdriver.Chrome, base: str, person: Person, session: str) -> dict[str, list[Any]]:
    seen: dict[str, list[Any]] = {}
    browser.get(f"{base}/console")
    sign_in(browser, person)
    browser.get(base + _page(session, "/sign-in"))
    press(browser, "Make a code")
    seen |= at_widths(browser, "the trainer's code")
    door = str(browser.find_element(By.CSS_SELECTOR, "a[href*='/public/sign-in/']").get_attribute("href"))
    browser.delete_all_cookies()
    for code, words in speech.ALL.items():
        browser.get(f"{door}?lang={code}")
        seen |= at_widths(browser, code)
        browser.find_element(By.ID, "outcode").send_keys("London")
        press(browser, words["send"])
        seen |= at_widths(browser, f"{code}, with an error")
    browser.find_element(By.ID, "outcode").clear()
    press(browser, words["send"])
    seen |= at_widths(browser, "done")
    assert browser.get_cookies() == []
    browser.get(f"{base}/public/sign-in/x")
    return seen | at_widths(browser, "none")


@needs_chromium
async def test_the_pages_are_accessible_in_every_language_and_fit_a_phone_and_a_desk(
    gateway: Platform, team: Team, tmp_path: Path
) -> None:
    session = await team.session(parts=2)
    with chromium(tmp_path) as browser:
        seen = await asyncio.to_thread(_walk, browser, str(gateway.client.base_url), team.trainer, session)
    assert len(seen) == 2 * (3 + 2 * len(speech.ALL))
    assert {name: found for name, found in seen.items() if found} == {}
    assert len(await _sheet(team, session)) == 1
