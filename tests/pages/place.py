"""A whole platform on which families wait and volunteers are there, and the people who look at its pages."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from unittest import mock
from uuid import UUID

import httpx

from deploy.local import bed, demo_identity
from deploy.local.bed import Stack
from deploy.local.client import Caller, Gateway
from deploy.local.demo import cases, volunteers
from deploy.local.demo.population import Goal, population
from deploy.local.demo.scene import Scene, items
from gateway.console.tests.conftest import Browser
from gateway.identity.tests.platform import Person
from gateway.identity.tests.platform import Platform as Seen
from shared.calendar import civil_date
from shared.wall_clock import now
from tests.e2e.platform import Platform

_FAMILIES: Final = 9


@contextmanager
def running(name: str, path: Path) -> Iterator[Platform]:
    """Five processes and a broker of their own, on databases of their own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "solo")
    with ThreadPoolExecutor(1) as apart:
        folder, controller = Path(os.environ["SAFEGUARDING_TEST_BED"]), int(os.environ["SAFEGUARDING_TEST_CONTROLLER"])
        stack: Stack = apart.submit(bed.open_stack, folder, controller, f"{worker}{name}").result()
    platform = Platform(stack, path)
    try:
        platform.start()
        yield platform
    finally:
        platform.stop()


@dataclass
class Place:
    """The partnership, with whom a test signs in."""

    platform: Platform
    scene: Scene
    client: httpx.AsyncClient

    @property
    def base(self) -> str:
        return self.platform.gateway

    @property
    def coordinator(self) -> Caller:
        return self.scene.as_("coordinator")

    def person(self, key: str) -> Person:
        known = self.scene.identity.people[key]
        return Person(UUID(known.person), known.email, known.password)

    async def browser(self, key: str) -> Browser:
        """A browser without script in which that person is signed in."""
        browser = Browser(Seen(mock.sentinel.elsewhere, self.client, ("", "")))
        assert "System status" in (await browser.sign_in(self.person(key))).text
        return browser

    async def waiting(self) -> list[dict[str, Any]]:
        """Families that wait, who waits longest first."""
        return list(await items(self.coordinator, "/v1/match-requests", status="open"))


@asynccontextmanager
async def place_on(platform: Platform) -> AsyncIterator[Place]:
    """Some families whose assessment visit was made, one that still waits for it, one with a volunteer; volunteers."""
    identity = await demo_identity.ensure(platform.gateway, await asyncio.to_thread(platform.administrator))
    async with Gateway(platform.gateway) as gateway, httpx.AsyncClient(base_url=platform.gateway, timeout=45) as client:
        scene = Scene(gateway, identity, civil_date(now()))
        await scene.feed.begin()
        await volunteers.prepare(scene)
        plans = [plan for plan in population() if not plan.out and plan.goal is Goal.ACCEPTED][:1]
        visited = [plan for plan in population() if not plan.out and plan.course][:_FAMILIES]
        plans += [replace(plan, goal=Goal.VISITED, course=None) for plan in visited]
        plans += [plan for plan in population() if plan.goal is Goal.ACTIVE][:1]
        for plan in plans:
            await cases.play(scene, plan)
        place = Place(platform, scene, client)
        async with asyncio.timeout(60):
            await _visited(place)
        yield place


async def _visited(place: Place) -> None:
    """Once matching has heard of every visit."""
    while True:
        if sum(one["visited_on"] is not None for one in await place.waiting()) == _FAMILIES:
            return
        await asyncio.sleep(0.1)


def found(pattern: str, text: str) -> str:
    """What the pattern's group finds in a page."""
    match = re.search(pattern, text)
    assert match is not None, pattern
    return match[1]
