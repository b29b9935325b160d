"""Keeps the processors from halting while latencies are measured: one process each that spins when nobody else runs.

A halted processor of a virtual machine takes up to milliseconds to wake, more than what is measured. Under SCHED_IDLE
whoever has work takes the processor at once; for both arms it is what `idle=poll` would be on a machine of one's own.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

_LOOK_EVERY: Final = 1_000_000


@contextmanager
def awake() -> Iterator[bool]:
    """Whether they spin: elsewhere than on Linux nothing is done."""
    if not hasattr(os, "SCHED_IDLE"):
        yield False
        return
    with ExitStack() as stack:
        for processor in os.sched_getaffinity(0):
            command = [sys.executable, "-m", "bench.awake", str(processor), str(os.getpid())]
            child = stack.enter_context(subprocess.Popen(command, stdin=subprocess.DEVNULL))
            stack.callback(child.kill)
        yield True


def _spin(processor: int, parent: int) -> None:
    """Until the parent ends it, or is no more."""
    os.sched_setaffinity(0, {processor})
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    while os.getppid() == parent:
        for _ in range(_LOOK_EVERY):
            pass


if __name__ == "__main__":
    _spin(int(sys.argv[1]), int(sys.argv[2]))
