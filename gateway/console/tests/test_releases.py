"""Pages of releases: drafted, audited by the service's worker, published with the auditor's verdict."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from selenium import webdriver

from gateway.console.tests.chromium import at_widths, chromium, needs_chromium, press, sign_in
from gateway.console.tests.conftest import Browser
from gateway.console.tests.processes import gateway_with
from gateway.console.tests.team import Team
from gateway.identity.tests.platform import Person, Platform
from shared.auth import Role
from shared.calendar import civil_date
from shared.ids import new_id
from shared.wall_clock import now

HERE: Final = "/console/training/releases"


@pytest.fixture(scope="module")
async def gateway(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Platform]:
    async with gateway_with(environment_of, "training", worker="inline") as gateway:
        yield gateway


@pytest.fixture(scope="module")
async def team(gateway: Platform) -> Team:
    """Whose one session is closed: 20 came, 3 of them with a small group."""
    team = await Team.founded(gateway)
    session, api = await team.session(capacity=30), await team.api()
    groups = {"Hilltop Chapel": 10, "Riverside Forum": 7, "Canal Street Group": 3}
    people = [{"organisation": group, "gender": "Female"} for group, count in groups.items() for _ in range(count)]
    answer = await api.post(f"/v1/sessions/{session}/participations", {"participants": people})
    assert answer.status_code == 201, answer.text
    version = (await api.get(f"/v1/sessions/{session}")).json()["version"]
    assert (await api.post(f"/v1/sessions/{session}/close", {}, match=version)).status_code == 200
    return team


@pytest.fixture(scope="module")
async def manager(gateway: Platform, team: Team) -> Person:
    return await gateway.person(team.partnership, team.organisation, Role.PROJECT_MANAGER)


@pytest.fixture
async def browser(gateway: Platform, manager: Person) -> Browser:
    browser = Browser(gateway)
    await browser.sign_in(manager)
    return browser


async def _draft(browser: Browser, **said: str) -> httpx.Response:
    today = str(civil_date(now()))
    form = {"title": "A round", "from": f"{today[:4]}-01-01", "until": today, "table-organisation": "1"} | said
    return await browser.post(HERE, csrf=await browser.csrf(HERE), key=str(new_id()), **form)


async def _press(browser: Browser, here: str, verb: str) -> httpx.Response:
    shown = (await browser.get(here)).text
    match = re.search(r'name="match" value="&#34;(\d+)&#34;"', shown)
    assert match is not None
    form = {"csrf": await browser.csrf(HERE), "key": str(new_id()), "match": f'"{match[1]}"'}
    return await browser.post(f"{here}/{verb}", **form)


async def _audited(browser: Browser, here: str) -> str:
    await _press(browser, here, "audit")
    async with asyncio.timeout(120):
        while True:
            shown = (await browser.get(here)).text
            if "being audited" not in shown:
                return shown
            await asyncio.sleep(0.5)


async def test_a_release_is_drafted_audited_and_published_with_its_verdict(browser: Browser) -> None:
    here = (await _draft(browser)).url.path
    shown = await _audited(browser, here)
    assert "Proved" in shown
    assert "Hilltop Chapel" in shown
    assert ">3<" not in shown
    assert ">Published<" in (await _press(browser, here, "publish")).text


async def test_what_a_draft_lacks_is_told_at_its_field(browser: Browser) -> None:
    answer = await _draft(browser, **{"title": "", "table-organisation": "", "until": "1999-13-01"})
    assert answer.status_code == 422
    for field in ("title", "until", "tables"):
        assert f'id="{field}-error"' in answer.text


async def test_a_trainer_reads_releases_and_is_offered_nothing_to_publish(gateway: Platform, team: Team) -> None:
    other = Browser(gateway)
    await other.sign_in(team.trainer)
    shown = await other.get(HERE)
    assert shown.status_code == 200
    assert "Draft a release" not in shown.text
    assert (await _draft(other)).status_code == 403


def _walk(browser: webdriver.Chrome, base: str, person: Person, here: str) -> dict[str, list[Any]]:
    seen: dict[str, list[Any]] = {}
    browser.get(f"{base}/console")
    sign_in(browser, person)
    browser.get(base + HERE)
    press(browser, "Draft")
    seen |= at_widths(browser, "releases, with an error")
    browser.get(base + here)
    return seen | at_widths(browser, "release")


@needs_chromium
async def test_the_pages_of_releases_are_accessible_and_fit_a_phone_and_a_desk(
    gateway: Platform, browser: Browser, manager: Person, tmp_path: Path
) -> None:
    here = (await _draft(browser, by="organisation", across="gender")).url.path
    await _audited(browser, here)
    with chromium(tmp_path) as driver:
        seen = await asyncio.to_thread(_walk, driver, str(gateway.client.base_url), manager, here)
    assert len(seen) == 4
    assert {name: found for name, found in seen.items() if found} == {}
