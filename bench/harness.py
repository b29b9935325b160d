"""Measuring two arms against each other: interleaved in random order, CPU time from the OS first, wall second.

A run proves that it could have seen a difference: a planted arm does the same as ours and has a fifth more counted on
top; when that does not show in the medians, the machine was too restless, and the run is void.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Literal

from bench import results

ROUNDS: Final = 5
PLANTED: Final = 0.20
# What must at least be seen of the planted fifth.
SEEN: Final = 0.08

By = Literal["cpu", "rate", "latency"]
Better = Literal["lower", "higher"]


@dataclass(frozen=True)
class Figure:
    """One promise of the platform as a number: what must hold and what is aimed at."""

    id: str
    title: str
    unit: str
    must: float
    aim: float
    better: Better = "lower"
    # What the two arms are compared by: CPU seconds for each thing done, things done in a second, or `Round.latency`.
    by: By = "cpu"

    def held(self, value: float, bound: float) -> bool:
        """Whether the value is on the good side of the bound."""
        return value <= bound if self.better == "lower" else value >= bound


@dataclass(frozen=True)
class Round:
    """What one round of an arm did; `latency` in seconds where the figure is about that."""

    done: int
    cpu_seconds: float
    wall_seconds: float
    errors: int = 0
    latency: float = 0.0


Arm = Callable[[], Round]


class FailedRequestsError(Exception):
    """An arm that made errors measured something else."""


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
    def latency_ms(self) -> float:
        """Milliseconds, of the rounds' own latencies."""
        return statistics.median(one.latency for one in self.rounds) * 1e3

    def cost(self, by: By) -> float:
        """What is paid for one thing, in the terms of `by`; lower is better."""
        return {"cpu": self.cpu_us, "rate": 1e6 / self.per_second, "latency": self.latency_ms}[by]

    def spread(self, by: By) -> float:
        """(largest - smallest) / median over the rounds: how much to believe."""
        each = [Measured([one]).cost(by) for one in self.rounds]
        return (max(each) - min(each)) / (statistics.median(each) or 1.0)

    def as_dict(self, by: By) -> dict[str, float]:
        shown = {
            "cpu_us": round(self.cpu_us, 2),
            "per_second": round(self.per_second),
            "spread": round(self.spread(by), 2),
        }
        return shown | ({"latency_ms": round(self.latency_ms, 3)} if by == "latency" else {})


def wanted(figure: str) -> bool:
    """Whether the command line asks for this figure; without any figure named, for all."""
    return len(sys.argv) < 2 or figure in sys.argv[1:]


def slower(arm: Arm) -> Arm:
    """The planted arm: the same work, measured anew, with a fifth more counted on top."""

    def run() -> Round:
        one = arm()
        more = 1 + PLANTED
        return replace(
            one,
            cpu_seconds=one.cpu_seconds * more,
            wall_seconds=one.wall_seconds * more,
            latency=one.latency * more,
        )

    return run


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


def compare(figure: Figure, ours: Arm, baseline: Arm, *, rounds: int = ROUNDS, **about: Any) -> dict[str, Any]:
    """Measure both arms and the planted one; keep every round, print one line, and say whether the promise holds.

    The ratio is ours ÷ baseline: of the cost where lower is better, of the rate where higher is better.
    """
    arms = {"ours": ours, "baseline": baseline, "planted": slower(ours)}
    measured = interleave(arms, rounds)
    mine, theirs, planted = (measured[name].cost(figure.by) for name in ("ours", "baseline", "planted"))
    ratio = mine / theirs if figure.better == "lower" else theirs / mine
    line = judged(figure, ratio, void=planted / mine < 1 + SEEN) | {
        "ours": measured["ours"].as_dict(figure.by),
        "baseline": measured["baseline"].as_dict(figure.by),
        "planted": round(planted / mine, 2),
        **about,
    }
    every = {name: [asdict(one) for one in arm.rounds] for name, arm in measured.items()}
    return results.keep(line, every)


def value(figure: Figure, found: float, *, key: str = "", void: bool = False, **about: Any) -> dict[str, Any]:
    """A figure that is not two timed arms: `found` is the value itself; `key` tells several of one figure apart."""
    line = judged(figure, found, void=void) | about
    if key:
        line["key"] = key
    return results.keep(line, {})


def without(figure: Figure, *, key: str = "", why: str) -> dict[str, Any]:
    """A figure that could not be had: no value, and the promise does not hold."""
    line = judged(figure, 0.0, void=True) | {"value": None, "why": why}
    return results.keep(line | ({"key": key} if key else {}), {})


def not_measured(figure: Figure, missing: str) -> dict[str, Any]:
    """Said out loud: a tool is not there."""
    line = {"figure": figure.id, "title": figure.title, "value": None, "met": None}
    return results.keep(line | {"why": f"not measured: {missing} is not installed"}, {})


def judged(figure: Figure, found: float, *, void: bool) -> dict[str, Any]:
    """The line of a figure: its bounds, and whether they are held."""
    return {
        "figure": figure.id,
        "title": figure.title,
        "unit": figure.unit,
        "value": float(f"{found:.3g}"),
        "must": figure.must,
        "aim": figure.aim,
        "better": figure.better,
        "met": figure.held(found, figure.must) and not void,
        "aim_met": figure.held(found, figure.aim) and not void,
        "void": void,
    }


def cpu_of(pids: Iterable[int]) -> float:
    """CPU seconds that the processes have used so far, all threads, user and system, from the kernel's own clock."""
    return sum(time.clock_gettime_ns(_process_clock(pid)) for pid in pids) / 1e9


def _process_clock(pid: int) -> int:
    """clock_getcpuclockid(3), which Python does not offer: the id is made of the pid by the kernel's own rule."""
    if pid == os.getpid():
        return time.CLOCK_PROCESS_CPUTIME_ID
    return (~pid << 3) | 2
