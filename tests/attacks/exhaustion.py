"""`python -m tests.attacks.exhaustion [WORD …]`: how much slower a neighbour is served while somebody attacks.

A gateway and a service, each a process; attackers in one of their own; a neighbour of another partnership who asks
on a kept and on a new connection in turn. Quiet and attacked stretches alternate, so that a crowded machine slows both.
Holds when the neighbour is always answered, his p99 is at most twice that of the quiet stretches, and no process of
ours has grown by more than a bound. One JSON line an attack; 1 when one of them does not hold.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from deploy.local import process
from deploy.local.state import ROOT
from shared.ids import new_id
from tests.attacks.crowds import ATTACKS
from tests.attacks.target import Target
from tests.campaign.cast import houses
from tests.campaign.client import Line
from tests.campaign.history import Account
from tests.campaign.world import World

ROUNDS: Final = 5
SECONDS: Final = 2.0
COUNT: Final = 300
MOST_TIMES: Final = 2.0
MOST_BYTES: Final = 64 * 2**20
_PAUSE_SECONDS: Final = 0.005
_PARTS: Final = ("gateway", "referral")
_PATH: Final = "/v1/families?limit=1"
_OK: Final = 200


@dataclass
class Seen:
    """What the neighbour met in all stretches of one kind: seconds of each answer, and what was not an answer."""

    took: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)

    @property
    def p99(self) -> float:
        return sorted(self.took)[int(len(self.took) * 0.99)]


@dataclass(frozen=True)
class Neighbour:
    """Somebody who behaves well."""

    port: int
    token: str

    async def ask(self, seen: Seen) -> None:
        """Ask for a stretch."""
        kept, end = Target("kept", self.port, _PATH), time.monotonic() + SECONDS
        while time.monotonic() < end:
            new = Target("new", self.port, _PATH)
            for target in (kept, new):
                begun = time.monotonic()
                verdict = await target.show(self.token)
                seen.took.append(time.monotonic() - begun)
                if verdict.status != _OK:
                    seen.refused.append(verdict.status)
                await asyncio.sleep(_PAUSE_SECONDS)
            new.hang_up()
        kept.hang_up()


@asynccontextmanager
async def attacked(name: str, port: int, token: str) -> AsyncIterator[None]:
    """While it goes on; an attack that ended before its time is an error."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "tests.attacks.crowds")
    attacker = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe)
    assert attacker.stdin is not None
    assert attacker.stdout is not None
    try:
        attacker.stdin.write(json.dumps([name, port, token, COUNT]).encode() + b"\n")
        async with asyncio.timeout(60):
            await attacker.stdout.readline()
        yield
        attacker.stdin.close()
        async with asyncio.timeout(60):
            await attacker.wait()
    finally:
        if attacker.returncode is None:
            attacker.kill()
            await attacker.wait()
    if attacker.returncode != 0:
        raise RuntimeError(f"{name}: ended by itself")


async def judged(name: str, world: World, neighbour: Neighbour, token: str) -> bool:
    """Alternate, print, judge."""
    quiet, during = Seen(), Seen()
    before = _sizes(world)
    most = dict(before)
    for _ in range(ROUNDS):
        await neighbour.ask(quiet)
        async with attacked(name, neighbour.port, token):
            await neighbour.ask(during)
            most = {part: max(most[part], size) for part, size in _sizes(world).items()}
    times, grown = during.p99 / quiet.p99, {part: most[part] - before[part] for part in _PARTS}
    refused = quiet.refused + during.refused
    holds = times <= MOST_TIMES and max(grown.values()) <= MOST_BYTES and not refused
    told = {
        "attack": name,
        "p99_ms": [round(seen.p99 * 1e3, 1) for seen in (quiet, during)],
        "times": round(times, 2),
        "answers": [len(seen.took) for seen in (quiet, during)],
        "refused": refused,
        "grown_mib": {part: round(size / 2**20, 1) for part, size in grown.items()},
        "holds": holds,
    }
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    return holds


def _sizes(world: World) -> Mapping[str, int]:
    """What is each process's share of the memory (PSS), in bytes."""
    return {part: int(psutil.Process(world.pid(part)).memory_full_info().pss) for part in _PARTS}


async def run(words: list[str]) -> bool:
    """All attacks whose names hold one of the words; all, if there is none."""
    names = [name for name in ATTACKS if not words or any(word in name for word in words)]
    with tempfile.TemporaryDirectory(prefix="circle-attack-") as folder:
        async with World(Path(folder) / "world", durable=False).running(_PARTS) as world:
            account = Account(Path(folder) / f"account-{new_id().hex}.jsonl")
            async with Line(world.gateway, account) as line:
                attacker, other = await houses(world, line, None, 2)
                results: list[Any] = []
                for name in names:
                    neighbour = Neighbour(
                        process.port_of(world.listeners["gateway"]), await other.scheme.caller.token()
                    )
                    token = await attacker.system.caller.token()
                    await neighbour.ask(Seen())
                    results.append(await judged(name, world, neighbour, token))
    return all(results)


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(run(sys.argv[1:])) else 1)
