"""Keeps the processors from halting while latencies are measured: one process each that spins when nobody else runs.

A halted processor of a virtual machine takes up to milliseconds to wake, more than what is measured. Under SCHED_IDLE
whoever has work takes the processor at once; for both arms it is what `idle=poll` would be on a machine of one's own.
Each tells how long it has had its processor, so that it is known what others took.
"""

import mmap
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

_LOOK_EVERY: Final = 20_000
_SIZE: Final = 8


@dataclass(frozen=True)
class Idlers:
    """Those that spin, one on each processor."""

    told: list[memoryview]

    @property
    def processors(self) -> int:
        return len(self.told)

    def spent(self) -> int:
        """Nanoseconds of the processors that they have had so far."""
        return sum(one[0] for one in self.told)


@contextmanager
def awake() -> Iterator[Idlers]:
    """They spin until this ends."""
    with ExitStack() as stack:
        told = []
        for processor in sorted(os.sched_getaffinity(0)):
            place = os.memfd_create("circle-awake")
            stack.callback(os.close, place)
            os.ftruncate(place, _SIZE)
            told.append(memoryview(mmap.mmap(place, _SIZE)).cast("q"))
            command = [sys.executable, "-m", "bench.awake", str(processor), str(os.getpid()), str(place)]
            child = stack.enter_context(subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[place]))
            stack.callback(child.kill)
        yield Idlers(told)


def _spin(processor: int, parent: int, place: int) -> None:
    """Until the parent ends it, or is no more."""
    os.sched_setaffinity(0, {processor})
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    told, spent = memoryview(mmap.mmap(place, _SIZE)).cast("q"), time.thread_time_ns
    while os.getppid() == parent:
        for _ in range(_LOOK_EVERY):
            told[0] = spent()
            os.sched_yield()


if __name__ == "__main__":
    _spin(*map(int, sys.argv[1:]))
