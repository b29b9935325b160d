"""Plays the whole demonstration on one platform, with progress, and prints the figures at the end."""

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.local import demo_identity, state
from deploy.local.client import Gateway
from deploy.local.demo import camden, cases, figures, planning, volunteers
from deploy.local.demo.population import FamilyPlan, Goal, population
from deploy.local.demo.scene import Scene, items
from deploy.local.demo_identity import DemoIdentity
from deploy.local.logins import SignInError
from deploy.local.target import NoTargetError, Target, find
from shared.calendar import civil_date

AT_ONCE: Final = 8
_PLAIN_WIDTH: Final = 140
# What `circle up` shows at its first start needs no volunteer.
_LIFE_UP_TO: Final = Goal.VISITED


def run(gateway: str) -> int:
    """Play on this platform; the exit code."""
    out = Console(highlight=False, width=None if sys.stdout.isatty() else _PLAIN_WIDTH)
    err = Console(stderr=True, highlight=False)
    try:
        target = find(gateway)
        return 0 if asyncio.run(_run(target, out, err, kept=not gateway)) else 1
    except (NoTargetError, SignInError, AssertionError) as failure:
        err.print(str(failure), style="bold red", markup=False, soft_wrap=True)
        return 1


async def _run(target: Target, out: Console, err: Console, *, kept: bool) -> bool:
    begun = time.monotonic()
    folder = state.default()
    known = (folder.read("identity") or None) if kept else None
    identity = await demo_identity.ensure(target.gateway, target.administrator, known)
    if kept:
        folder.write("identity", identity.document())
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeElapsedColumn(), console=err) as progress:
        families = population()
        task = progress.add_task("families", total=len(families))
        async with Gateway(target.gateway) as gateway:
            scene = await play(gateway, identity, families, lambda: progress.advance(task))
            lines = await figures.compare(scene)
            lines += await camden.compare(scene, await camden.play(scene))
            plan = await planning.play(scene)
            err.print(f"{gateway.calls} calls in {time.monotonic() - begun:.1f} s")
    return figures.show(lines, out) & planning.show(plan, out)


async def show_life(url: str, identity: DemoIdentity) -> int:
    """Some families at the first stages, so that a new platform is not empty; how many."""
    early = [plan for plan in population() if plan.goal <= _LIFE_UP_TO and not plan.out]
    families = early[::2]
    async with Gateway(url) as gateway:
        await play(gateway, identity, families, lambda: None)
    return len(families)


async def play(
    gateway: Gateway, identity: DemoIdentity, families: Sequence[FamilyPlan], done: Callable[[], Any]
) -> Scene:
    """These families, a few at a time; whatever is there already stays as it is."""
    scene = Scene(gateway, identity, civil_date(datetime.now(UTC)))
    await scene.feed.begin()
    for referral in await items(scene.as_("la_system"), "/v1/referrals"):
        scene.referrals.setdefault(referral["family"], referral)
    if any(plan.goal >= Goal.MATCHED for plan in families):
        await volunteers.prepare(scene)
        await figures.put_in(scene)
    few = asyncio.Semaphore(AT_ONCE)

    async def one(plan: FamilyPlan) -> None:
        async with few:
            await cases.play(scene, plan)
            done()

    try:
        async with asyncio.TaskGroup() as group:
            for plan in families:
                group.create_task(one(plan))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return scene
