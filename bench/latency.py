"""P3: what a gate adds to an answer: one caller at a time, and a constant stream at half load (open loop)."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from bench import calm, peers
from bench.awake import awake
from bench.calm import Asking, Others
from bench.harness import FailedRequestsError, Figure, without
from bench.stream import OneByOne, SlowError, Stream

P50: Final = Figure("P3", "added p50 at one connection ÷ nginx's", "ms added", must=2.0, aim=1.15, by="latency")
P99: Final = Figure("P3", "added p99 at half load, open loop ÷ nginx's", "ms added", must=4.0, aim=1.5, by="latency")
# (port, pid) of whoever listens.
Gate = tuple[int, int]

_ONE: Final = 100
_SECONDS: Final = 0.05
_FOR_P50: Final = 20.0
_FOR_P99: Final = 80.0
_FULL: Final = 20
_FULL_SECONDS: Final = 0.1
_TRIED: Final = 20
_SHARES: Final = (0.5, 0.35, 0.25, 0.15)
# A block that ends so much later than its last request was due had more to do than it could.
_BEHIND: Final = 0.2


def measure(direct: Gate, ours: Gate, bare: Gate, token: str) -> None:
    """Both figures, or why there is none; the service itself is asked in the same blocks."""
    before = os.sched_getaffinity(0)
    gates = {"direct": direct[0], "ours": ours[0], "baseline": bare[0], "planted": ours[0]}
    with awake() as idlers:
        os.sched_setaffinity(0, {min(int(peers.OTHER_CORE), max(before))})
        others = Others(idlers, [direct[1], ours[1], bare[1]])
        try:
            with _or_void(P50, "p50"):
                _one_by_one(gates, token, others)
            with _or_void(P99, "p99"):
                _at_half_load(gates, token, others)
        finally:
            os.sched_setaffinity(0, before)


@contextmanager
def _or_void(figure: Figure, key: str) -> Iterator[None]:
    """A figure that cannot be had takes no other with it."""
    try:
        yield
    except (SlowError, FailedRequestsError, OSError) as error:
        without(figure, key=key, why=f"void: {error}")


def _one_by_one(gates: dict[str, int], token: str, others: Others) -> None:
    asking: dict[str, Asking] = {name: partial(OneByOne(token, port).block, _ONE) for name, port in gates.items()}
    calm.compare(P50, 0.5, calm.blocks(asking, _FOR_P50, others), "p50", requests_a_block=_ONE)


def _at_half_load(gates: dict[str, int], token: str, others: Others) -> None:
    """At half of what the gate answers, or at what this machine keeps up with."""
    streams = {name: Stream(token, port) for name, port in gates.items()}
    # The best of several: what it can is what it does while nobody takes the processor.
    possible = max(streams["ours"].at_full_load(_FULL_SECONDS) for _ in range(_FULL))
    for share in _SHARES:
        rate = int(possible * share)
        asking: dict[str, Asking] = {name: partial(one.block, rate, _SECONDS) for name, one in streams.items()}
        if all(_keeps_up(one) for one in asking.values()):
            break
    else:
        raise SlowError(f"not even {rate} requests a second were kept up with, of {possible}")
    measured = calm.blocks(asking, _FOR_P99, others)
    calm.compare(P99, 0.99, measured, "p99", requests_a_second=rate, possible=possible)


def _keeps_up(asking: Callable[[], object]) -> bool:
    """Whether a block mostly ends soon after its last request was due."""
    took = []
    for _ in range(_TRIED):
        began = time.perf_counter()
        asking()
        took.append(time.perf_counter() - began)
    return statistics.median(took) < _SECONDS * (1 + _BEHIND)
