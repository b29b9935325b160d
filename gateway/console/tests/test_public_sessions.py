"""The page of sessions that are open to book, for everybody."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from selenium import webdriver

from gateway.console.tests import training_team
from gateway.console.tests.chromium import at_widths, chromium, needs_chromium
from gateway.console.tests.team import Team
from gateway.identity.tests.platform import Platform

HERE = "/public/sessions"
OPEN: dict[str, Any] = {"public": True, "how_to_book": "Ask the desk <desk@example.org>"}
gateway, team = training_team.gateway, training_team.team


async def test_everybody_finds_sessions_that_are_open_and_no_others(gateway: Platform, team: Team) -> None:
    await team.session(timedelta(days=3), title="Not for everybody", interpreters=["zz"])
    more = {"interpreters": ["so", "bfi", "xx"], "languages": ["en"], "delivery_partners": ["Victory Chapel"]}
    await team.session(timedelta(days=3), title="A title for those inside", capacity=3, **OPEN, **more)
    answer = await gateway.client.get(HERE)
    for words in ("Basics", "NW1", "Few places left", "Somali, British Sign Language, xx", "&lt;desk@example.org&gt;"):
        assert words in answer.text
    for words in ("Not for everybody", "zz", "A title for those inside", "Victory Chapel", "Town hall"):
        assert words not in answer.text
    assert "set-cookie" not in answer.headers
    again = await gateway.client.get(HERE, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def _walk(browser: webdriver.Chrome, base: str) -> dict[str, list[Any]]:
    browser.get(f"{base}{HERE}")
    return at_widths(browser, "sessions")


@needs_chromium
async def test_the_page_is_accessible_and_fits_a_phone_and_a_desk(
    gateway: Platform, team: Team, tmp_path: Path
) -> None:
    await team.session(timedelta(days=4), **OPEN)
    with chromium(tmp_path) as browser:
        seen = await asyncio.to_thread(_walk, browser, str(gateway.client.base_url))
    assert len(seen) == 2
    assert {name: found for name, found in seen.items() if found} == {}
