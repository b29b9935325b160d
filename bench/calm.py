"""Latencies beside others on the machine: hundreds of short blocks in random order; the calmest quarter counts.

How calm a block was is not read off its latencies: it is what others had of the processors meanwhile, that is neither
the processes that are measured nor the idlers (`awake.py`): other programs, or the hypervisor. A gate's own pauses are
its own time and count.
"""

import gc
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from bench import results
from bench.awake import Idlers
from bench.harness import PLANTED, SEEN, Figure, cpu_of, judged

COUNTED: Final = 0.25
_WARM: Final = 10
_LEAST: Final = 40
# After a block everybody comes to rest, so that all of their time is counted.
_REST: Final = 0.0005
_AGAIN: Final = 400
_SURE: Final = 0.05

# The seconds that each request of a block took.
Asking = Callable[[], list[float]]


@dataclass(frozen=True, slots=True)
class Block:
    """What some requests took, and which share of the processors others had meanwhile."""

    times: list[float]
    taken: float


class Others:
    """What is taken by others of the time of the processors."""

    def __init__(self, idlers: Idlers, pids: Sequence[int]) -> None:
        self._idlers = idlers
        self._pids = pids

    def taken(self) -> float:
        """Seconds so far, from some moment on."""
        ours = self._idlers.spent() / 1e9 + time.process_time() + cpu_of(self._pids)
        return time.perf_counter() * self._idlers.processors - ours


def blocks(arms: Mapping[str, Asking], seconds: float, others: Others) -> dict[str, list[Block]]:
    """Blocks of every arm for so long, in a new random order each time, after some that do not count."""
    found: dict[str, list[Block]] = {name: [] for name in arms}
    number, ends = 0, time.monotonic() + seconds
    gc.collect()
    gc.disable()
    try:
        while time.monotonic() < ends or number < _WARM + _LEAST:
            for name in random.sample(list(arms), len(arms)):
                began, before = time.perf_counter(), others.taken()
                times = arms[name]()
                time.sleep(_REST)
                taken = (others.taken() - before) / (time.perf_counter() - began)
                if number >= _WARM:
                    found[name].append(Block(times, taken))
            number += 1
    finally:
        gc.enable()
    return found


def compare(figure: Figure, at: float, measured: Mapping[str, list[Block]], key: str, **about: Any) -> dict[str, Any]:
    """What `ours` adds to the time of `direct` at this share of the requests ÷ what `baseline` adds.

    The planted arm is ours measured anew with a fifth counted on top. The figure is void where that does not show, also
    in drawing the blocks again (bootstrap), or where the ratio is not known to a fifth.
    """
    kept = {name: _calmest(each) for name, each in measured.items()}
    found = _added(kept, at)
    drawn = [
        _added({name: random.choices(each, k=len(each)) for name, each in kept.items()}, at) for _ in range(_AGAIN)
    ]
    ratio, planted = found["ours"] / found["baseline"], found["planted"] / found["ours"]
    least, most = _interval([one["ours"] / one["baseline"] for one in drawn])
    seen = _interval([one["planted"] / one["ours"] for one in drawn])[0]
    why = ""
    if planted < 1 + SEEN or seen <= 1:
        why = "the planted fifth was not seen"
    elif least < ratio / (1 + PLANTED) or most > ratio * (1 + PLANTED):
        why = f"it lies between {least:.3g} and {most:.3g}"
    line = judged(figure, ratio, void=bool(why)) | {
        "added_ms": {name: round(seconds * 1e3, 4) for name, seconds in found.items()},
        "between": [round(least, 3), round(most, 3)],
        "planted": round(planted, 2),
        "taken_by_others": {name: round(max(one.taken for one in each), 4) for name, each in kept.items()},
        "key": key,
        **about,
    }
    return results.keep(line | ({"why": why} if why else {}), _told(measured))


def _calmest(each: list[Block]) -> list[Block]:
    return sorted(each, key=lambda one: one.taken)[: max(1, round(len(each) * COUNTED))]


def _added(kept: Mapping[str, list[Block]], at: float) -> dict[str, float]:
    """Seconds that each gate adds, all requests of its blocks together."""
    whole = {name: _quantile(each, at) for name, each in kept.items()}
    found = {name: max(seconds - whole["direct"], 1e-7) for name, seconds in whole.items() if name != "direct"}
    return found | {"planted": found["planted"] * (1 + PLANTED)}


def _quantile(each: Sequence[Block], at: float) -> float:
    return float(np.quantile(np.concatenate([one.times for one in each]), at))


def _interval(values: list[float]) -> tuple[float, float]:
    """(where the lowest twentieth ends, where the highest begins)."""
    least, most = np.quantile(values, (_SURE, 1 - _SURE))
    return float(least), float(most)


def _told(measured: Mapping[str, list[Block]]) -> dict[str, Any]:
    """Each block: its requests, what others took, and milliseconds at the middle and at the 99th percentile."""
    return {
        name: [
            [len(one.times), round(one.taken, 4), *(round(_quantile([one], at) * 1e3, 4) for at in (0.5, 0.99))]
            for one in each
        ]
        for name, each in measured.items()
    }
