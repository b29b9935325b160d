"""Pages of published releases for everybody: no sign-in, no cookie, no script, the figures as they were frozen."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver

from gateway.console.public import views
from gateway.console.tests.chromium import at_widths, chromium, needs_chromium
from gateway.console.tests.conftest import Browser
from gateway.console.tests.processes import gateway_with
from gateway.console.tests.team import Team
from gateway.identity.tests.platform import Platform
from shared.auth import Role
from shared.calendar import civil_date
from shared.ids import new_id
from shared.testing import Caller
from shared.wall_clock import now


@pytest.fixture(scope="module")
async def gateway(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Platform]:
    async with gateway_with(environment_of, "training", worker="inline") as gateway:
        yield gateway


@pytest.fixture(scope="module")
async def manager(gateway: Platform) -> Caller:
    """The manager of an organisation whose one session is closed: 23 came, 3 of them with a small group."""
    team = await Team.founded(gateway)
    session, api = await team.session(capacity=30), await team.api()
    groups = {"Hilltop Chapel": 10, "Riverside Forum": 7, "Canal Street Group": 3, "<b>Bold</b> & Co": 3}
    people = [
        {"organisation": group, "gender": "Female" if number % 2 else "Male"}
        for group, count in groups.items()
        for number in range(count)
    ]
    assert (await api.post(f"/v1/sessions/{session}/participations", {"participants": people})).status_code == 201
    version = (await api.get(f"/v1/sessions/{session}")).json()["version"]
    assert (await api.post(f"/v1/sessions/{session}/close", {}, match=version)).status_code == 200
    person = await gateway.person(team.partnership, team.organisation, Role.PROJECT_MANAGER)
    return await Team(gateway, team.partnership, team.organisation, person).api()


@pytest.fixture(scope="module")
async def release(manager: Caller) -> str:
    """Published, with a table of one dimension and one that crosses two."""
    today = str(civil_date(now()))
    tables = [{"by": "organisation"}, {"by": "organisation", "across": "gender"}]
    body = {"title": "A round in public", "from": f"{today[:4]}-01-01", "until": today, "tables": tables}
    at = f"/v1/releases/{(await manager.post('/v1/releases', body)).json()['id']}"
    await manager.post(f"{at}/audit", {}, headers={"If-Match": "*"})
    async with asyncio.timeout(120):
        while True:
            if (await manager.get(at)).json()["status"] == "audited":
                break
            await asyncio.sleep(0.3)
    assert (await manager.post(f"{at}/publish", {}, headers={"If-Match": "*"})).status_code == 200
    return at.rpartition("/")[2]


def _expected(table: dict[str, Any]) -> list[str]:
    """Row by row with their totals, and the last percentage of each."""
    cells = {tuple(cell["values"]): cell for cell in table["cells"]}
    first, *others = [[*(one["value"] for one in dimension["values"]), None] for dimension in table["dimensions"]]
    found = []
    for value in first:
        row = [cells[value, other] for other in others[0]] if others else [cells[value,]]
        found += [*(str(cell["count"]) for cell in row), row[-1]["percentage"]]
    return found


async def test_whoever_comes_by_finds_the_release_and_its_figures_as_they_were_frozen(
    gateway: Platform, release: str
) -> None:
    listed = await gateway.client.get("/public/releases")
    assert f"/public/releases/{release}" in listed.text
    page = (await gateway.client.get(f"/public/releases/{release}")).text
    shown = re.findall(r'<td class="govuk-table__cell govuk-table__cell--numeric">([^<]*)</td>', page)
    tables = (await gateway.client.get(f"/v1/public/releases/{release}")).json()["shown"]["tables"]
    assert shown == [cell for table in tables for cell in _expected(table)]
    assert "c" in shown
    assert "both days included" in page


async def test_a_hidden_count_has_no_bar_and_is_told_why(gateway: Platform, release: str) -> None:
    page = (await gateway.client.get(f"/public/releases/{release}")).text
    assert "Every count from 1 to 5 is hidden" in page
    assert "hidden so that nobody can be recognised" in page
    bars = re.findall(r'fill" width="([0-9.]+)".*?figure">([^<]*)<', page, re.DOTALL)
    assert {width for width, figure in bars if figure == "c"} == {"0"}
    assert ("100.0", "10") in bars


async def test_it_sets_no_cookie_runs_no_script_and_may_be_kept(gateway: Platform, release: str) -> None:
    for path in ("/public/releases", f"/public/releases/{release}"):
        answer = await gateway.client.get(path)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert "<script" not in answer.text
        assert "script-src" not in answer.headers["content-security-policy"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"].startswith("public, max-age=")
        again = await gateway.client.get(path, headers={"If-None-Match": f'"x", {answer.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        other = await gateway.client.get(path, headers={"If-None-Match": '"x"'})
        assert other.status_code == 200


async def test_what_groups_are_called_is_text_and_nothing_else(gateway: Platform, release: str) -> None:
    page = (await gateway.client.get(f"/public/releases/{release}")).text
    assert "<b>Bold</b>" not in page
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Co" in page


async def test_what_is_not_published_is_not_there(gateway: Platform, manager: Caller) -> None:
    today = str(civil_date(now()))
    body = {"title": "Still a draft", "from": today, "until": today, "tables": [{"by": "gender"}]}
    draft = (await manager.post("/v1/releases", body)).json()["id"]
    for path in (f"/public/releases/{draft}", f"/public/releases/{new_id()}", "/public/releases?cursor=x"):
        answer = await gateway.client.get(path)
        assert answer.status_code == 404
        assert answer.headers["cache-control"] == "no-store"
        assert "Still a draft" not in answer.text


async def test_the_downloads_are_there_without_a_sign_in(gateway: Platform, release: str) -> None:
    page = (await gateway.client.get(f"/public/releases/{release}")).text
    for path in re.findall(r'href="(/v1/[^"]+)"', page):
        assert (await gateway.client.get(path)).status_code == 200
    assert f"/v1/public/releases/{release}?format=csv" in page


async def test_a_console_cookie_changes_nothing(gateway: Platform, release: str) -> None:
    team = await Team.founded(gateway)
    browser = Browser(gateway)
    await browser.sign_in(team.trainer)
    path = f"/public/releases/{release}"
    assert (await browser.get(path)).text == (await gateway.client.get(path)).text


def test_a_chart_of_many_columns_shows_the_totals_of_its_rows() -> None:
    def table(columns: int) -> dict[str, Any]:
        values = [{"value": str(one), "label": f"Column {one}"} for one in range(columns)]
        cells = [
            {"values": ["a", other], "count": 7, "percentage": "1.0"} for other in [*map(str, range(columns)), None]
        ]
        dimensions = [{"name": "area", "values": [{"value": "a", "label": "A"}]}, {"name": "month", "values": values}]
        return {"by": "area", "across": "month", "dimensions": dimensions, "cells": cells}

    few, many = (views.tables({"tables": [table(one)]})[0]["chart"] for one in (6, 7))
    assert [len(group["bars"]) for group in few] == [6]
    assert [len(group["bars"]) for group in many] == [1]


def _walk(browser: webdriver.Chrome, base: str, release: str) -> dict[str, list[Any]]:
    seen: dict[str, list[Any]] = {}
    browser.get(f"{base}/public/releases")
    seen |= at_widths(browser, "releases")
    browser.get(f"{base}/public/releases/{release}")
    seen |= at_widths(browser, "release")
    browser.get(f"{base}/public/releases/{new_id()}")
    return seen | at_widths(browser, "none")


@needs_chromium
async def test_the_pages_are_accessible_and_fit_a_phone_and_a_desk(
    gateway: Platform, release: str, tmp_path: Path
) -> None:
    with chromium(tmp_path) as browser:
        seen = await asyncio.to_thread(_walk, browser, str(gateway.client.base_url), release)
    assert len(seen) == 6
    assert {name: found for name, found in seen.items() if found} == {}
