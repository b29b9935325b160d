"""`circle up`: the whole platform comes, survives kill -9 of everything, and goes without a trace."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.local import process
from deploy.local.parts import ORDER
from deploy.local.process import LOOPBACK
from deploy.local.state import ROOT, Folder

pytestmark = pytest.mark.slow
MEMORY_LIMIT = 1.5e9
Circle = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "state")


@pytest.fixture
def circle(folder: Folder) -> Iterator[Circle]:
    """Start `circle` on a state folder of this test; whatever still runs at the end is stopped."""
    started: list[subprocess.Popen[bytes]] = []
    folder.make()

    def run(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "deploy.local", *arguments]
        environment = os.environ | {"CIRCLE_STATE": str(folder.path)}
        with _said(folder, len(started)).open("wb") as out:
            started.append(process.start(command, out, environment=environment, folder=ROOT))
        return started[-1]

    yield run
    for one in started:
        process.stop(one, ((signal.SIGTERM, 90), (signal.SIGKILL, 5)))


def _said(folder: Folder, number: int) -> Path:
    return folder.path.parent / f"circle-{number}.out"


def _wait(running: subprocess.Popen[bytes], folder: Folder) -> dict[str, Any]:
    def is_decided() -> bool:
        return running.poll() is not None or folder.read("state").get("doing") == "running"

    assert process.wait_until(is_decided, 180, every=0.2), folder.read("state")
    assert running.poll() is None, [path.read_text() for path in sorted(folder.path.parent.glob("*.out"))]
    return folder.read("state")


def _family(state: dict[str, Any]) -> list[psutil.Process]:
    roots = [psutil.Process(pid) for pid in (state["runner"], *(part["pid"] for part in state["parts"]))]
    return list({member for root in roots for member in (root, *root.children(recursive=True))})


def _answers(state: dict[str, Any], name: str) -> bool:
    port = next(part["port"] for part in state["parts"] if part["name"] == name)
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    connection.request("GET", "/readyz")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status == http.client.OK


def test_everything_comes_survives_kill_9_and_goes_without_a_trace(folder: Folder, circle: Circle) -> None:
    first = circle("up")
    state = _wait(first, folder)
    assert [part["name"] for part in state["parts"]] == list(ORDER)
    assert {part["state"] for part in state["parts"]} == {"ready"}
    assert _answers(state, "gateway")
    assert sum(process.memory(part["pid"]) for part in state["parts"]) < MEMORY_LIMIT
    secrets = folder.secrets()
    status = circle("status", "--json")
    assert status.wait(30) == 0
    assert json.loads(_said(folder, 1).read_text())["doing"] == "running"

    for member in _family(state):
        # Some go by themselves when their parent is gone.
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    first.wait()

    second = circle("up")
    assert process.wait_until(lambda: folder.read("state").get("runner") == second.pid, 60)
    again = _wait(second, folder)
    assert folder.secrets() == secrets
    assert [part["port"] for part in again["parts"]] == [part["port"] for part in state["parts"]]

    family = _family(again)
    second.send_signal(signal.SIGINT)
    assert second.wait(90) == 0, _said(folder, 2).read_text()
    gone, left = psutil.wait_procs(family, timeout=5)
    assert not left, (gone, left)


def test_a_second_start_is_refused_a_restart_is_not_seen_and_a_part_that_dies_is_said_aloud(
    folder: Folder, circle: Circle
) -> None:
    running = circle("up")
    before = _wait(running, folder)
    second = circle("up")
    assert second.wait(30) == 1
    assert "already running" in _said(folder, 1).read_text()

    kept = http.client.HTTPConnection(LOOPBACK, before["parts"][-1]["port"], timeout=20)
    kept.connect()
    assert circle("restart").wait(180) == 0, _said(folder, 2).read_text()
    state = folder.read("state")
    assert not {part["pid"] for part in before["parts"][2:]} & {part["pid"] for part in state["parts"][2:]}
    assert all(process.born(part["pid"]) is None for part in before["parts"][2:])
    kept.close()
    assert _answers(state, "gateway")

    victim = next(part["pid"] for part in state["parts"] if part["name"] == "training")
    os.kill(victim, signal.SIGKILL)
    assert running.wait(90) == 1
    assert "training ended by itself" in _said(folder, 0).read_text()
    assert not folder.is_locked()
