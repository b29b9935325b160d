"""R7: every link late, uneven, in crumbs, narrow, reset, or silent for ever: nothing lost, nobody waits for long."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import product
from typing import Final

from tests.campaign.findings import Code, Finding
from tests.campaign.load import Load
from tests.campaign.plan import Plan, Report
from tests.campaign.probe import LATEST_SECONDS, Answer, Probe, unclean
from tests.campaign.stage import Scene, Stage
from tests.campaign.wire import FAIR, Weather
from tests.campaign.wiring import CLIENT, DATABASE, LINKS, SERVICE

# Refusals on links that a request needs; where it does not, or where bytes are only late, every write is taken.
_REFUSALS: Final = frozenset({502, 503, 504})
_NEEDED: Final = frozenset({SERVICE, DATABASE})
# A receiver that did not answer twice is asked again after minutes: that time is passed, whoever sends it just now.
_HASTEN: Final = """
UPDATE deliveries SET due_at = now() WHERE state = 'pending' AND due_at > now() + interval '65 seconds'
AND partnership_id = ANY($1)
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a link, and for how long."""

    name: str
    weather: Weather
    seconds: float = 3.0

    @property
    def is_gentle(self) -> bool:
        """Whether every byte arrives."""
        return not self.weather.silent and not self.weather.resets


FAULTS: Final = (
    Fault("late", Weather(latency=0.05)),
    Fault("uneven", Weather(latency=0.005, jitter=0.1)),
    Fault("in crumbs", Weather(piece=1)),
    Fault("narrow", Weather(rate=100_000)),
    Fault("reset", Weather(resets=0.2)),
    # So long that whoever waits for an answer has to give up by itself.
    Fault("silent", Weather(silent=True), LATEST_SECONDS + 2),
)


async def run(stage: Stage, plan: Plan, faults: Sequence[Fault] = FAULTS, links: Sequence[str] = LINKS) -> Report:
    """`plan.count` are rounds over every link and fault."""
    found: list[Finding] = []
    statuses: dict[str, set[int]] = {link: set() for link in links}
    slowest, played, cases = 0.0, 0, list(product(links, faults))
    async with stage.scene(2, through=stage.wiring.wire(CLIENT)) as scene, stage.scene(1) as aside:
        async with _loaded(stage, Load(scene.houses, plan.seed)) as load:
            for link, fault in cases * plan.count:
                if plan.is_over:
                    break
                plan.tell(played, len(cases) * plan.count, f"{link}, {fault.name}")
                answers, is_back = await _play(stage, aside, link, fault)
                if not is_back:
                    found.append(Finding(Code.SLOW_RETURN, f"{link}, {fault.name}", "not good again within a minute"))
                statuses[link] |= {one.status for one in answers}
                slowest = max(slowest, *(one.seconds for one in answers))
                found += unclean(f"{link}, {fault.name}", answers, _refusals(link, fault))
                found += _repeated(wire.heard or () for wire in stage.wiring.of(SERVICE))
                played += 1
        found += _failed(scene.line.met)
        async with _hastened(scene):
            found += await scene.judge(seconds=120)
    seen = {link: sorted(some) for link, some in statuses.items()}
    figures = {"flows": load.flows, "statuses": seen, "slowest": round(slowest, 2), "met": dict(scene.line.met)}
    return Report(played, found, figures)


@asynccontextmanager
async def _loaded(stage: Stage, load: Load) -> AsyncIterator[Load]:
    """Load while this lasts; fair weather for whoever has not ended then."""
    working = asyncio.create_task(load.run())
    try:
        yield load
    finally:
        stage.wiring.calm()
        load.stop()
        await working


async def _play(stage: Stage, aside: Scene, link: str, fault: Fault) -> tuple[list[Answer], bool]:
    """One fault on one link, asked about from beginning to end; and whether all is well again in fair weather."""
    probe = await Probe.of(aside)
    for wire in stage.wiring.of(SERVICE):
        wire.heard = []
    stage.wiring.switch(link, fault.weather)
    asking = asyncio.gather(probe.ask_for(fault.seconds), probe.ask_for(fault.seconds, keyed=False))
    await asyncio.sleep(fault.seconds)
    stage.wiring.switch(link, FAIR)
    answers, _ = await asking
    with suppress(TimeoutError):
        await probe.back()
        return answers, True
    return answers, False


def _refusals(link: str, fault: Fault) -> Collection[int]:
    return _REFUSALS if link in _NEEDED and not fault.is_gentle else ()


def _repeated(heard: Iterable[Iterable[bytes]]) -> list[Finding]:
    """Requests without a key that the gateway has sent more than once, by their ids."""
    found: Counter[bytes] = Counter()
    for message in (one for some in heard for one in some):
        head = message.partition(b"\r\n\r\n")[0].lower()
        if head.startswith(b"post ") and b"\r\nidempotency-key:" not in head:
            found[head.partition(b"\r\nx-request-id: ")[2].partition(b"\r\n")[0]] += 1
    return [
        Finding(Code.WRITE_DOUBLED, "gateway", f"a POST without a key was sent {times} times ({name.decode()})")
        for name, times in found.items()
        if times > 1
    ]


def _failed(met: Mapping[str, int]) -> list[Finding]:
    """Whatever the network does, nothing is a defect of ours."""
    return [Finding(Code.UNCLEAN, "gateway", f"{met['again 500']} times 500")] if met.get("again 500") else []


@asynccontextmanager
async def _hastened(scene: Scene) -> AsyncIterator[None]:
    """Webhooks are tried again soon while this lasts."""

    async def hasten() -> None:
        async with scene.world.checker().sources.database("gateway") as connection:
            while True:
                await connection.execute(_HASTEN, list(scene.partnerships))
                await asyncio.sleep(1)

    hastening = asyncio.create_task(hasten())
    try:
        yield
    finally:
        hastening.cancel()
        await asyncio.gather(hastening, return_exceptions=True)
