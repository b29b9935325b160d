"""The parent of our Python processes: imports everything once, then forks a child per order read from standard input.

It has no thread and no event loop, so that a fork copies nothing that is half done.
"""

import gc
import importlib
import json
import os
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Container
from functools import partial
from typing import Any, Final

from deploy.local.process import die_with_parent
from deploy.local.state import SERVICES

# What libraries load only when they are first used is loaded here as well: a child would spend half of its start on it.
PRELOADED: Final = (
    "anyio._backends._asyncio",
    "cryptography.hazmat.backends.openssl.backend",
    "encodings.idna",
    "fastapi.telemetry._runtime",
    "httpcore",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "deploy.local.tasks",
    "gateway.main",
    *(f"services.{name}.main" for name in SERVICES),
)


class Nursery:
    """Orders in, reports out: one JSON document per line."""

    def __init__(self, orders: int, reports: int) -> None:
        self.orders = orders
        self.reports = reports
        self.children: dict[int, str] = {}
        self.unread = b""

    def serve(self) -> None:
        """Until the runner closes its end; then every child is told to stop."""
        wake, alarm = os.pipe()
        for end in (wake, alarm):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(alarm)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.report({"ready": "nursery"})
        while True:
            readable, _, _ = select.select([self.orders, wake], [], [])
            if wake in readable:
                os.read(wake, 4096)
                self.reap()
            if self.orders in readable and not self.read():
                return self.stop_all()

    def read(self) -> bool:
        received = os.read(self.orders, 65536)
        *lines, self.unread = (self.unread + received).split(b"\n")
        for line in lines:
            self.obey(json.loads(line))
        return bool(received)

    def obey(self, order: dict[str, Any]) -> None:
        if "stop" in order:
            for pid, name in self.children.items():
                if name == order["stop"]:
                    os.kill(pid, getattr(signal, order["signal"]))
            return
        pid = os.fork()
        if pid == 0:
            self.become(order)
        self.children[pid] = order["name"]
        self.report({"started": order["name"], "pid": pid})

    def become(self, order: dict[str, Any]) -> None:
        """In the child: forget the parent's business, do the task, leave without its exit handlers."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            die_with_parent(signal.SIGTERM)
            arguments = order["arguments"]
            self.redirect(order["log"], keep={arguments.get("listener"), self.reports})
            if "listener" in arguments:
                arguments["ready"] = partial(self.say_ready, order["name"])
            target: Callable[..., int] = getattr(importlib.import_module("deploy.local.tasks"), order["task"])
            code = target(**arguments)
        except SystemExit as ending:
            code = ending.code if isinstance(ending.code, int) else 1
        except BaseException:  # noqa: BLE001 - whatever it was, this child must never go on as its parent
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def say_ready(self, name: str) -> None:
        """In the child, once: then the reports are the parent's alone again, so that its end is seen."""
        self.report({"ready": name})
        _close(self.reports)

    def redirect(self, log: str, keep: Container[int | None]) -> None:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(out, 2)
        for number in range(3, 256):
            if number not in keep:
                _close(number)

    def reap(self) -> None:
        while self.children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self.report({"ended": self.children.pop(pid), "code": os.waitstatus_to_exitcode(status)})

    def report(self, message: dict[str, Any]) -> None:
        os.write(self.reports, json.dumps(message).encode() + b"\n")

    def stop_all(self) -> None:
        for pid in self.children:
            os.kill(pid, signal.SIGTERM)
        while self.children:
            pid, _ = os.waitpid(-1, 0)
            self.children.pop(pid, None)


def _close(number: int) -> None:
    try:
        os.close(number)
    except OSError:
        return


def preload() -> None:
    # Nobody here multiplies matrices: no threads for that, which would not survive a fork anyway.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for name in PRELOADED:
        importlib.import_module(name)
    if threading.active_count() > 1:
        raise RuntimeError(f"an import started a thread: {threading.enumerate()}")
    # What is loaded now is never collected, so the pages stay shared with the children.
    gc.collect()
    gc.freeze()


def main() -> None:
    """Orders come on the descriptor given first, reports leave on the second."""
    die_with_parent(signal.SIGTERM)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    preload()
    Nursery(int(sys.argv[1]), int(sys.argv[2])).serve()


if __name__ == "__main__":
    main()
