"""`make soak`: hours in minutes; half load on a whole platform, and whether memory or latency creep.

`python -m bench.soak --minutes 15`: a fifth of the time warms up, two fifths are judged, and two fifths more are judged
with a transaction held open in every database, which keeps vacuum from clearing away.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from bench.harness import Figure, value
from deploy.local.state import APPLICATIONS
from shared.ids import new_id
from tests.campaign.load import Load
from tests.campaign.stage import Scene, Stage, opened
from tests.campaign.world import PROCESSES, World

GROWTH: Final = Figure("soak", "growth of a process's own memory at half load", unit="%", must=2, aim=0.5)
DRIFT: Final = Figure("soak", "drift of the latency at half load", unit="%", must=5, aim=1)
# How much of a part's start and end is compared: its first and its last third.
_PART: Final = 3
_SAMPLE_SECONDS: Final = 2.0
_PROBE_SECONDS: Final = 0.1
_WIDTH: Final = 8
_FULL_SECONDS: Final = 15.0


@dataclass
class Watched:
    """What was seen in one part of a soak: bytes by process, seconds by probe, in the order of time."""

    sizes: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def growth(self) -> dict[str, float]:
        """Percent by process, the largest first."""
        found = {name: _change(sizes) for name, sizes in self.sizes.items()}
        return dict(sorted(found.items(), key=lambda one: -one[1]))

    def drift(self) -> dict[str, float]:
        """Percent by probe."""
        return {name: _change(waits) for name, waits in self.waits.items()}


def _change(series: Sequence[float]) -> float:
    """Percent from the median of the first third to that of the last."""
    part = max(1, len(series) // _PART)
    before, after = statistics.median(series[:part]), statistics.median(series[-part:])
    return round((after / before - 1) * 100, 2)


async def soak(seconds: float) -> None:
    """Warm up, watch, hold transactions open, watch again; one line for each promise and part.

    What the probes write is on no account, so they have a partnership aside that nobody judges.
    """
    with tempfile.TemporaryDirectory(prefix="circle-soak-") as folder:
        async with opened(Path(folder)) as stage, stage.scene(4) as scene, stage.scene(1) as aside:
            full = await _full_rate(scene)
            _say(f"{full:.1f} flows/s at full load; half of it from now on")
            async with _at_rate(scene, full / 2):
                await _wait("warming up", seconds / 5)
                _tell(await _watch(stage.world, aside, seconds * 2 / 5), "")
                async with _held_open(stage):
                    _tell(await _watch(stage.world, aside, seconds * 2 / 5), "a transaction held open")
            findings = await scene.judge(120)
            _say(f"the checker's findings: {findings or 'none'}")
            if findings:
                raise SystemExit(1)


async def _full_rate(scene: Scene) -> float:
    load = Load(scene.houses, seed=1, width=_WIDTH)
    working = asyncio.create_task(load.run())
    await _wait("full load", _FULL_SECONDS)
    load.stop()
    await working
    return load.flows / _FULL_SECONDS


@asynccontextmanager
async def _at_rate(scene: Scene, rate: float) -> AsyncIterator[None]:
    """Flows that begin at this rate, whether the former have ended or not; never more than a bounded number at once."""
    load = Load(scene.houses, seed=2, width=1)
    free = asyncio.Semaphore(8 * _WIDTH)

    async def one() -> None:
        async with free:
            await load.run(1)

    async def begin() -> None:
        async with asyncio.TaskGroup() as group:
            due = time.monotonic()
            while not stopped.is_set():
                group.create_task(one())
                due += 1 / rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    stopped = asyncio.Event()
    working = asyncio.create_task(begin())
    try:
        yield
    finally:
        stopped.set()
        await working


@asynccontextmanager
async def _held_open(stage: Stage) -> AsyncIterator[None]:
    """In every database somebody has a snapshot that does not end."""
    async with AsyncExitStack() as stack:
        for service in APPLICATIONS:
            connection = await stack.enter_async_context(stage.world.checker().sources.database(service))
            await stack.enter_async_context(connection.transaction(isolation="repeatable_read"))
            await connection.fetchval("SELECT count(*) FROM outbox")
        yield


async def _watch(world: World, scene: Scene, seconds: float) -> Watched:
    seen = Watched()
    sampling = asyncio.create_task(_sample(world, seen))
    probing = asyncio.create_task(_probe(scene, seen))
    await _wait("watching", seconds)
    for task in (sampling, probing):
        task.cancel()
    for ended in await asyncio.gather(sampling, probing, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended
    return seen


async def _sample(world: World, seen: Watched) -> None:
    while True:
        for name, size in (await asyncio.to_thread(_sizes, world)).items():
            seen.sizes[name].append(size)
        await asyncio.sleep(_SAMPLE_SECONDS)


def _sizes(world: World) -> Mapping[str, int]:
    """Bytes that are a process's own (USS); PostgreSQL's are taken together, since they come and go with the pools.

    Shared memory is left out: the one pool of buffers fills until it is full, whoever reads.
    """
    found = {name: _own(world.pid(name)) for name in PROCESSES}
    assert world.postgres.running is not None
    assert world.kafka.running is not None
    postgres = psutil.Process(world.postgres.running.pid)
    found["postgres"] = sum(_own(one.pid) for one in [postgres, *postgres.children()])
    return found | {"kafka": _own(world.kafka.running.pid)}


def _own(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_full_info().uss)
    except psutil.NoSuchProcess:
        return 0


async def _probe(scene: Scene, seen: Watched) -> None:
    """One read and one write again and again, beside the load: what a single caller waits for."""
    client = scene.houses[0].scheme
    while True:
        began = time.perf_counter()
        await client.once("GET", "/v1/families?limit=1")
        read = time.perf_counter()
        await client.once("POST", "/v1/programmes", {"title": f"Soak {new_id()}"}, key=str(new_id()))
        written = time.perf_counter()
        seen.waits["read"].append(read - began)
        seen.waits["write"].append(written - read)
        await asyncio.sleep(_PROBE_SECONDS)


def _tell(seen: Watched, key: str) -> None:
    growth, drift = seen.growth(), seen.drift()
    value(GROWTH, max(growth.values()), key=f"memory {key}".strip(), largest_first=growth)
    medians = {name: round(statistics.median(waits) * 1e3, 2) for name, waits in seen.waits.items()}
    value(DRIFT, max(drift.values()), key=f"latency {key}".strip(), each=drift, median_ms=medians)


async def _wait(what: str, seconds: float) -> None:
    """Long work says where it is."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        _say(f"{what}: {left:.0f} s left")
        await asyncio.sleep(min(left, 30))


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15)
    asyncio.run(soak(parser.parse_args().minutes * 60))


if __name__ == "__main__":
    main()
