"""The whole platform over HTTP only: the journey, the demonstration's figures, and kill -9 in the middle of work."""

import asyncio
import io
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import pytest
from rich.console import Console

from deploy.local import bed, demo_identity, upkeep
from deploy.local.bed import Stack
from deploy.local.client import Gateway
from deploy.local.demo import figures
from deploy.local.demo import play as demonstration
from deploy.local.demo.population import population
from deploy.local.demo_identity import DemoIdentity
from deploy.local.feed import Feed
from deploy.local.journey import play as journey
from deploy.local.target import Target
from tests.e2e.flow import Flow, Heard
from tests.e2e.platform import Platform

pytestmark = pytest.mark.slow
FAMILIES = 6


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Five processes and a broker of their own, on databases of their own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "solo")
    with ThreadPoolExecutor(1) as apart:
        folder, controller = Path(os.environ["SAFEGUARDING_TEST_BED"]), int(os.environ["SAFEGUARDING_TEST_CONTROLLER"])
        stack: Stack = apart.submit(bed.open_stack, folder, controller, f"{worker}e2e").result()
    running = Platform(stack, tmp_path_factory.mktemp("platform"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def target(platform: Platform) -> Target:
    return Target(platform.gateway, platform.administrator())


@pytest.fixture
async def gateway(platform: Platform) -> AsyncIterator[Gateway]:
    """A client that has the patience to see a killed process come back."""
    async with Gateway(platform.gateway, patience=90) as client:
        yield client


@pytest.fixture(scope="module")
async def identity(target: Target) -> DemoIdentity:
    """The people of the demonstration, made once."""
    return await demo_identity.ensure(target.gateway, target.administrator)


async def test_the_journey_holds_in_all_its_steps(target: Target) -> None:
    told = io.StringIO()
    assert await journey.play(target, Console(file=told, width=200)), told.getvalue()


@pytest.mark.timeout(600)
async def test_the_demonstration_gives_the_published_figures_and_a_second_run_adds_nothing(
    target: Target, identity: DemoIdentity
) -> None:
    async with Gateway(target.gateway) as gateway:
        scene = await demonstration.play(gateway, identity, population(), lambda: None)
        lines = await figures.compare(scene)
        assert lines
        assert [line for line in lines if not line.agrees] == []
        before = await _everything(gateway, identity)
        await demonstration.play(gateway, identity, population(), lambda: None)
        assert await _everything(gateway, identity) == before


async def _everything(gateway: Gateway, identity: DemoIdentity) -> Counter[str]:
    """How many events of each type the scheme and the authority have ever heard of, once everything is numbered."""
    counted: Counter[str] = Counter()
    for caller in (
        gateway.caller("la", identity.clients["la_system"].login),
        gateway.caller("scheme", identity.people["coordinator"].login),
    ):
        feed = Feed(caller)
        await feed.begin(from_start=True)
        await feed.catch_up()
        counted.update(event["type"] for event in feed.seen)
    return counted


@pytest.mark.parametrize("victim", ["referral", "matching", "outcomes", "gateway"])
async def test_kill_9_of_a_process_loses_nothing_and_doubles_nothing(
    platform: Platform, gateway: Gateway, identity: DemoIdentity, victim: str
) -> None:
    flow = Flow(gateway, identity, f"kill-{victim}")
    await flow.begin()
    working = asyncio.create_task(flow.play(FAMILIES))
    await flow.half_done.wait()
    await asyncio.to_thread(platform.kill_application, victim)
    await asyncio.to_thread(platform.start_application, victim)
    await working
    assert await flow.heard() == Heard.once_each(FAMILIES)
    await flow.require_no_double()


async def test_kill_9_of_the_broker_loses_nothing_and_doubles_nothing(
    platform: Platform, gateway: Gateway, identity: DemoIdentity
) -> None:
    flow = Flow(gateway, identity, "kill-broker")
    await flow.begin()
    working = asyncio.create_task(flow.play(FAMILIES))
    await flow.half_done.wait()
    platform.kill_broker()
    platform.start_broker()
    await working
    assert await flow.heard() == Heard.once_each(FAMILIES)
    await flow.require_no_double()


async def test_while_the_broker_is_away_writes_go_on_and_their_events_come_later(
    platform: Platform, gateway: Gateway, identity: DemoIdentity
) -> None:
    flow = Flow(gateway, identity, "no-broker")
    await flow.begin()
    platform.kill_broker()
    try:
        await flow.play(FAMILIES)
        assert await flow.heard(now=True) == Heard.nothing()
        for name in platform.listeners:
            await asyncio.to_thread(platform.wait_ready, name)
    finally:
        platform.start_broker()
    assert await flow.heard() == Heard.once_each(FAMILIES)
    await flow.require_no_double()


async def test_after_all_of_it_every_audit_is_whole_and_nothing_is_parked(platform: Platform) -> None:
    for name in platform.listeners:
        with mock.patch.dict(os.environ, platform.environment_of(name)):
            assert await asyncio.to_thread(upkeep.verify_audit, name) == ([f"{name:<9} audit is whole"], True)
            assert await asyncio.to_thread(upkeep.list_dead_letters, name) == ([f"{name:<9} 0 dead letters"], True)
            assert await asyncio.to_thread(upkeep.replay_dead_letters, name) == (
                [f"{name:<9} 0 handled, 0 still parked"],
                True,
            )
