"""Measuring two arms against each other: interleaved in random order, CPU time from the OS first, wall second."""

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

ROUNDS = 5


@dataclass(frozen=True)
class Round:
    """What one round of an arm did."""

    done: int
    cpu_seconds: float
    wall_seconds: float
    errors: int = 0


Arm = Callable[[], Round]


@dataclass
class Measured:
    """All rounds of one arm; medians, so that a neighbour's burst does not decide."""

    rounds: list[Round] = field(default_factory=list)

    @property
    def cpu_us(self) -> float:
        """CPU microseconds for each thing done."""
        return statistics.median(one.cpu_seconds / one.done for one in self.rounds) * 1e6

    @property
    def per_second(self) -> float:
        """Things done in a second of wall time."""
        return statistics.median(one.done / one.wall_seconds for one in self.rounds)

    @property
    def spread(self) -> float:
        """(largest - smallest) / median of the CPU time: how much to believe."""
        each = [one.cpu_seconds / one.done for one in self.rounds]
        return (max(each) - min(each)) / statistics.median(each)

    def as_dict(self) -> dict[str, float]:
        return {
            "cpu_us": round(self.cpu_us, 2),
            "per_second": round(self.per_second),
            "spread": round(self.spread, 2),
        }


class FailedRequestsError(Exception):
    """An arm that made errors measured something else."""


def interleave(arms: dict[str, Arm], rounds: int = ROUNDS) -> dict[str, Measured]:
    """Run every arm so many times, in a new random order each round, after one that does not count."""
    measured = {name: Measured() for name in arms}
    for number in range(rounds + 1):
        for name in random.sample(list(arms), len(arms)):
            one = arms[name]()
            if one.errors or not one.done:
                raise FailedRequestsError(f"{name}: {one.errors} errors in {one.done} requests")
            if number:
                measured[name].rounds.append(one)
    return measured


def cost(figure: str, ours: Arm, baseline: Arm, *, floor: float, aim: float, **about: Any) -> dict[str, Any]:
    """Ratio ours ÷ baseline of CPU time, to be below `floor` and near `aim`; printed as one JSON line."""
    measured = interleave({"ours": ours, "baseline": baseline})
    mine, theirs = measured["ours"], measured["baseline"]
    return say(
        figure=figure,
        unit="CPU µs a request",
        ours=mine.as_dict(),
        baseline=theirs.as_dict(),
        ratio=round(mine.cpu_us / theirs.cpu_us, 2),
        wall_ratio=round(theirs.per_second / mine.per_second, 2),
        floor=floor,
        aim=aim,
        met=mine.cpu_us / theirs.cpu_us <= floor,
        **about,
    )


def not_measured(figure: str, missing: str) -> dict[str, Any]:
    """Said out loud: a tool is not there."""
    return say(figure=figure, measured=False, ratio=None, why=f"not measured: {missing} is not installed")


def say(**line: Any) -> dict[str, Any]:
    """One JSON line on standard output."""
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    return line


def cpu_of(pids: Iterable[int]) -> float:
    """CPU seconds that the processes have used so far, all threads, user and system, from the kernel's own clock."""
    return sum(time.clock_gettime_ns(_process_clock(pid)) for pid in pids) / 1e9


def _process_clock(pid: int) -> int:
    """clock_getcpuclockid(3), which Python does not offer: the id is made of the pid by the kernel's own rule."""
    if pid == os.getpid():
        return time.CLOCK_PROCESS_CPUTIME_ID
    return (~pid << 3) | 2
