"""The runner's side of the nursery: starts it, gives orders, hears of children that started or ended."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from deploy.local.process import StartError
from deploy.local.state import ROOT, Folder


class Nurse:
    """Owns the nursery process; `ended` maps each child that is gone to its exit code, `ready` says who serves."""

    def __init__(self, folder: Folder, listeners: Iterable[socket.socket]) -> None:
        self.folder = folder
        self.ready: set[str] = set()
        self.started: dict[str, int] = {}
        self.ended: dict[str, int] = {}
        self._unread = b""
        self._process = self._start([listener.fileno() for listener in listeners])

    def _start(self, listeners: list[int]) -> subprocess.Popen[bytes]:
        orders, self._orders = os.pipe()
        self._reports, reports = os.pipe()
        os.set_blocking(self._reports, False)
        with self.folder.open_log("nursery") as log:
            started = subprocess.Popen(
                [sys.executable, "-m", "deploy.local.nursery", str(orders), str(reports)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=ROOT,
                env=_surroundings(),
                pass_fds=[orders, reports, *listeners],
            )
        os.close(orders)
        os.close(reports)
        return started

    @property
    def pid(self) -> int:
        return self._process.pid

    def order(self, name: str, task: str, **arguments: Any) -> None:
        """Fork a child that does this task; its output goes to the log of its name."""
        self.ended.pop(name, None)
        log: Path = self.folder.log(name)
        self.folder.open_log(name).close()
        self._send({"name": name, "task": task, "arguments": arguments, "log": str(log)})

    def signal(self, name: str, number: signal.Signals) -> None:
        self._send({"stop": name, "signal": number.name})

    def _send(self, order: dict[str, Any]) -> None:
        try:
            os.write(self._orders, json.dumps(order).encode() + b"\n")
        except BrokenPipeError:
            raise self._failure() from None

    def listen(self, seconds: float) -> None:
        """Take in what the nursery reports, waiting at most so long for the first of it."""
        if not select.select([self._reports], [], [], seconds)[0]:
            return
        received = os.read(self._reports, 65536)
        if not received:
            raise self._failure()
        *lines, self._unread = (self._unread + received).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, report: dict[str, Any]) -> None:
        if "started" in report:
            self.started[report["started"]] = report["pid"]
        elif "ended" in report:
            self.ended[report["ended"]] = report["code"]
            self.started.pop(report["ended"], None)
            self.ready.discard(report["ended"])
        else:
            self.ready.add(report["ready"])

    def until(self, done: Callable[[], bool], seconds: float, what: str) -> None:
        """Listen until done; a StartError when the time is over."""
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                raise StartError(f"{what} was not done within {seconds:.0f} s (logs: {self.folder.logs})")
            self.listen(0.05)

    def is_ready(self, name: str) -> bool:
        """Whether an application says that it is; a StartError when it ended instead."""
        if name in self.ended:
            raise StartError(f"{name} ended while starting: {self.folder.last_words(name)}")
        return name in self.ready

    def has_ended(self, name: str) -> bool:
        return name in self.ended

    def has_succeeded(self, name: str) -> bool:
        """Whether a task is done; a StartError when it failed."""
        if self.ended.get(name, 0) != 0:
            raise StartError(f"{name} failed: {self.folder.last_words(name)}")
        return name in self.ended

    def _failure(self) -> StartError:
        self._process.wait(10)
        return StartError(f"our Python processes could not be made: {self.folder.last_words('nursery')}")

    def close(self) -> None:
        """The nursery stops what still runs when its orders end."""
        os.close(self._orders)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._reports)


def _surroundings() -> dict[str, str]:
    """Ours, with bytecode kept beside the environment, also where none is wanted among the sources.

    Without any, each start compiles some 1,400 modules, which takes longer than all the rest of it.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {"PYTHONPYCACHEPREFIX": str(Path(sys.prefix, "pycache"))} | kept
