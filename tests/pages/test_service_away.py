"""While a service is away its pages say so, and come back with it."""

import asyncio

import pytest

from gateway.console.tests.conftest import Browser
from shared.tests.house import until
from tests.pages.place import Place

pytestmark = pytest.mark.slow
HERE = "/console/matching"


async def test_while_matching_is_away_its_pages_say_so_and_come_back_with_it(place: Place, browser: Browser) -> None:
    platform = place.platform
    await asyncio.to_thread(platform.kill_application, "matching")
    try:
        for path in (HERE, f"{HERE}/volunteers", f"{HERE}/plans", f"{HERE}/today", f"{HERE}/equality"):
            answer = await browser.get(path)
            assert answer.status_code in {502, 503, 504}, path
            assert "<h1" in answer.text
        linked = await browser.post("/console/check-in/look", secret="A" * 43)
        assert linked.status_code in {502, 503, 504}
        assert "<h1" in linked.text
    finally:
        await asyncio.to_thread(platform.start_application, "matching")
        await asyncio.to_thread(platform.wait_ready, "matching")
    # The gateway asks a service that was away again only after a moment.
    await until(lambda: back(browser), 30)


async def back(browser: Browser) -> bool:
    return (await browser.get(HERE)).status_code == 200
