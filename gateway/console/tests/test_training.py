"""Pages of sessions as a trainer uses them: without script, then in a real browser, on a phone and on a desk."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.by import By

from gateway.console.tests import training_team
from gateway.console.tests.chromium import at_widths, chromium, go, needs_chromium, press, sign_in
from gateway.console.tests.conftest import Browser
from gateway.console.tests.team import Team
from gateway.identity.tests.platform import Person, Platform
from shared.auth import Role
from shared.ids import new_id

gateway, team, browser = training_team.gateway, training_team.team, training_team.browser


def _page(session: str, rest: str = "") -> str:
    return f"/console/training/sessions/{session}{rest}"


async def _add(browser: Browser, session: str, **said: str) -> Any:
    form = {"of": "1", "organisation": "Victory Chapel", "key": str(new_id())} | said
    return await browser.post(_page(session, "/participations"), csrf=await browser.csrf(_page(session)), **form)


async def test_todays_session_stands_under_today_and_one_to_come_under_coming(browser: Browser, team: Team) -> None:
    now, later = await team.session(timedelta(0)), await team.session(timedelta(days=3))
    shown = (await browser.get("/console/training")).text
    today, coming = shown.index(">Today<"), shown.index(">Coming<")
    assert today < shown.index(now) < coming < shown.index(later)


async def test_somebody_is_put_on_the_sheet_and_withdrawn_again(browser: Browser, team: Team) -> None:
    session = await team.session()
    shown = (await _add(browser, session, ethnicity="Congolese", gender="Female", outcode="nw1", name="Ada E.")).text
    assert "They are on the sheet." in shown
    assert "On the sheet: 1" in shown
    assert "Victory Chapel, Congolese, Female, NW1" in shown
    found = re.search(r'action="([^"]+/withdraw)"', shown)
    assert found is not None
    csrf = await browser.csrf(_page(session))
    shown = (await browser.post(found[1], csrf=csrf, key="w1", reason_code="entered_twice")).text
    assert "On the sheet: 0" in shown
    assert "Withdrawn" in shown


async def test_a_form_sent_twice_adds_one_person(browser: Browser, team: Team) -> None:
    session, key = await team.session(), str(new_id())
    await _add(browser, session, key=key)
    assert "On the sheet: 1" in (await _add(browser, session, key=key)).text


async def test_an_error_stands_at_its_field_and_what_was_typed_is_kept(browser: Browser, team: Team) -> None:
    answer = await _add(browser, await team.session(), organisation="", outcode="London", gender="Male")
    assert answer.status_code == 422
    assert 'id="organisation-error"' in answer.text
    assert 'id="outcode-error"' in answer.text
    assert 'value="Male"' in answer.text


async def test_the_same_person_twice_is_told_at_the_name(browser: Browser, team: Team) -> None:
    session = await team.session()
    await _add(browser, session, name="Ada E.")
    answer = await _add(browser, session, name="ada  e.")
    assert answer.status_code == 409
    assert 'id="name-error"' in answer.text


async def test_parts_are_asked_where_a_session_has_some(browser: Browser, team: Team) -> None:
    session = await team.session(parts=2)
    assert 'name="part-2"' in (await browser.get(_page(session))).text
    shown = await _add(browser, session, of="2", **{"part-2": "1"})
    assert "parts 2" in shown.text
    none = await _add(browser, session, of="2")
    assert none.status_code == 422
    assert 'id="parts-error"' in none.text


async def _close(browser: Browser, session: str, **said: str) -> Any:
    shown = (await browser.get(_page(session))).text
    found = re.search(r'name="match" value="&#34;(\d+)&#34;"', shown)
    assert found is not None
    form = {"csrf": await browser.csrf(_page(session)), "key": str(new_id()), "match": f'"{found[1]}"'}
    return await browser.post(_page(session, "/close"), **form, **said)


async def test_closing_says_how_many_attended_by_organisation_ethnicity_and_gender(
    browser: Browser, team: Team
) -> None:
    session = await team.session()
    for number in range(3):
        await _add(browser, session, gender="Female" if number else "Male", name=f"Person {number}", ethnicity="Somali")
    shown = (await _close(browser, session)).text
    assert "Number of participants attending" in shown
    for words in ("By organisation", "By ethnicity", "By gender", "66.67", "33.33", "100.00"):
        assert words in shown
    assert "Person 1" not in shown
    assert "Close session" not in (await browser.get(_page(session))).text


async def test_more_than_there_were_places_needs_a_reason(browser: Browser, team: Team) -> None:
    session = await team.session(capacity=1)
    for number in range(2):
        await _add(browser, session, name=f"Person {number}")
    refused = await _close(browser, session)
    assert refused.status_code == 409
    assert 'id="close_reason-error"' in refused.text
    assert "Number of participants attending" in (await _close(browser, session, close_reason="came_as_a_group")).text


async def test_a_session_to_come_has_no_sheet_yet(browser: Browser, team: Team) -> None:
    shown = (await browser.get(_page(await team.session(timedelta(days=2))))).text
    assert "opens when the session begins" in shown
    assert "Add to the sheet" not in shown


async def test_a_concern_names_the_session_and_nobody(browser: Browser, team: Team) -> None:
    session = await team.session()
    await _add(browser, session, name="Ada E.")
    assert f"/console/concerns/new?session={session}" in (await browser.get(_page(session))).text
    shown = (await browser.get(f"/console/concerns/new?session={session}")).text
    assert f'name="session" value="{session}"' in shown
    assert "Ada E." not in shown


async def test_whoever_does_not_train_sees_no_link_and_is_refused_in_the_platforms_words(
    gateway: Platform, team: Team
) -> None:
    other = Browser(gateway)
    person = await gateway.person(team.partnership, team.organisation, Role.AUDITOR)
    home = await other.sign_in(person)
    assert 'href="/console/training"' not in home.text
    for path in ("/console/training", _page(await team.session())):
        assert (await other.get(path)).status_code == 403


async def test_a_form_from_elsewhere_adds_nobody(browser: Browser, team: Team) -> None:
    session = await team.session()
    answer = await browser.post(_page(session, "/participations"), csrf="0" * 32, organisation="Elsewhere")
    assert answer.status_code == 403
    assert "On the sheet: 0" in (await browser.get(_page(session))).text


def _walk(browser: webdriver.Chrome, base: str, person: Person, session: str) -> dict[str, list[Any]]:
    seen: dict[str, list[Any]] = {}
    browser.get(f"{base}/console")
    sign_in(browser, person)
    go(browser, "Training")
    seen |= at_widths(browser, "sessions")
    browser.get(base + _page(session))
    press(browser, "Add to the sheet")
    seen |= at_widths(browser, "sheet with errors")
    for number in range(2):
        for name, words in (("organisation", "Ivorian & French Speaking African Women Action Group"), ("gender", "F")):
            box = browser.find_element(By.ID, name)
            box.clear()
            box.send_keys(words)
        browser.find_element(By.ID, "name").send_keys(f"Person {number}")
        press(browser, "Add to the sheet")
    seen |= at_widths(browser, "sheet")
    press(browser, "Close session")
    seen |= at_widths(browser, "attending")
    assert "Number of participants attending" in browser.find_element(By.TAG_NAME, "h1").text
    browser.get(f"{base}/console/concerns/new?session={session}")
    press(browser, "Raise the concern")
    seen |= at_widths(browser, "concern, with an error")
    return seen


@needs_chromium
async def test_a_trainers_walk_is_accessible_and_fits_a_phone_and_a_desk(
    gateway: Platform, team: Team, tmp_path: Path
) -> None:
    session = await team.session()
    with chromium(tmp_path) as browser:
        seen = await asyncio.to_thread(_walk, browser, str(gateway.client.base_url), team.trainer, session)
    assert len(seen) == 10
    assert {name: found for name, found in seen.items() if found} == {}
