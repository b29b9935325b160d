"""kill -9 of a real sender between each pair of durable steps: everything arrives, and what comes twice has one id."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.webhooks.tests.receiver import Receiver
from gateway.webhooks.tests.scene import Scene

POINTS = ("after the claim", "before sending", "after sending", "before recording", "after recording")
ROOT = Path(__file__).parents[3]
Start = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(environment_of: Callable[[str], dict[str, str]], tmp_path: Path) -> Iterator[Start]:
    """Starts senders; none outlives the test."""
    started: list[subprocess.Popen[bytes]] = []

    def one(point: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "gateway.webhooks.tests.child", point, str(tmp_path)]
        with (tmp_path / "log").open("ab") as log:
            started.append(subprocess.Popen(command, cwd=ROOT, env=environment_of("gateway"), stdout=log, stderr=log))
        return started[-1]

    yield one
    for child in started:
        child.kill()
        child.wait()


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
async def test_a_sender_killed_here_loses_nothing(scene: Scene, receiver: Receiver, start: Start, point: str) -> None:
    await scene.grant(la=scene.la)
    endpoint = await scene.endpoint(receiver.url)
    told = [await scene.triaged() for _ in range(30)] + [await scene.concern()]
    dying = start(point)
    async with asyncio.timeout(60):
        await asyncio.to_thread(dying.wait)
    assert dying.returncode == -signal.SIGKILL
    before = Counter(receiver.ids)
    recorded = {event for event, state in (await scene.states()).items() if state == "delivered"}
    start(point)
    async with asyncio.timeout(60):
        while set((await scene.states()).values()) != {"delivered"}:  # noqa: ASYNC110 - only the database knows
            await asyncio.sleep(0.05)
    after = Counter(receiver.ids)
    assert set(after) == set(told)
    assert max(after.values()) <= 2
    # What was recorded before the death is not sent again, and nothing is doubled by the second sender itself.
    assert all(after[event] == before[event] for event in recorded)
    assert all(after[event] - before[event] <= 1 for event in told)
    receiver.verified(endpoint["secret"])
    bodies = {headers["webhook-id"]: set[bytes]() for headers, _ in receiver.requests}
    for headers, body in receiver.requests:
        bodies[headers["webhook-id"]].add(body)
    assert all(len(different) == 1 for different in bodies.values())
