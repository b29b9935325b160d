"""What a gate adds to the time of an answer: one caller at a time, and a constant stream at half load (open loop).

The sender sleeps until the next request is due or an answer is there: a spinning one would take the core from the
service that both arms need. A request's time counts from when it was due, so that a late sender hides nothing.
"""

import os
import select
import socket
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final

from bench import peers
from bench.awake import awake
from bench.harness import Arm, FailedRequestsError, Figure, Measured, Round, compare, interleave, value, without

P50: Final = Figure("P3", "added p50 at one connection ÷ nginx's", "ms added", must=2.0, aim=1.15, by="latency")
P99: Final = Figure("P3", "added p99 at half load, open loop ÷ nginx's", "ms added", must=4.0, aim=1.5, by="latency")
# (seconds, requests, errors) of asking a port.
Asking = Callable[[int], tuple[float, int, int]]

_PATH: Final = "/v1/referrals/01a2039a-2c02-71ea-a55e-%012x"
_ONE: Final = 3_000
_CONNECTIONS: Final = 16
_SECONDS: Final = 1.0
_ROUNDS: Final = 11
_RESTLESS: Final = 1.0
_LOOKED_FOR: Final = 2.0
_SHARES: Final = (0.5, 0.35, 0.25, 0.15)
# A stream that ends so long after its last request was due had more to do than it could.
_BEHIND: Final = 0.2
# A sleep of the kernel's may be so much longer than asked for; below that, waiting is not worth a sleep.
_SLACK: Final = 0.00006


def measure(direct: int, ours: tuple[int, int], bare: tuple[int, int], token: str) -> None:
    """Both figures, or why there is none; each round also asks the service itself, at the same time of day."""
    before = os.sched_getaffinity(0)
    with awake():
        os.sched_setaffinity(0, {min(int(peers.OTHER_CORE), max(before))})
        try:
            with _or_void(P50, "p50"):
                compare(P50, *(_added(partial(one_by_one, token), direct, gate[0]) for gate in (ours, bare)), key="p50")
            with _or_void(P99, "p99"):
                _at_half_load(direct, ours[0], bare[0], token)
        finally:
            os.sched_setaffinity(0, before)


@contextmanager
def _or_void(figure: Figure, key: str) -> Iterator[None]:
    """A figure that cannot be had takes no other with it."""
    try:
        yield
    except (SlowError, FailedRequestsError, OSError) as error:
        without(figure, key=key, why=f"void: {error}")


def _at_half_load(direct: int, ours: int, bare: int, token: str) -> None:
    """At half of what the gate answers, or at what this machine keeps up with."""
    possible = rate = _possible(ours, token)
    measured = None
    for share in _SHARES:
        rate = int(possible * share)
        asking = partial(constant_stream, token, rate)
        arms = {"ours": _added(asking, direct, ours), "baseline": _added(asking, direct, bare)}
        with suppress(SlowError):
            for port in (direct, bare, ours):
                asking(port)
            measured = interleave(arms, _ROUNDS)
            break
    if measured is None:
        raise SlowError(f"not even {rate} requests a second were kept up with, of {possible}")
    mine, theirs = measured["ours"], measured["baseline"]
    # Where rounds differ by more than the figure itself, the sender was kept waiting and not the gate.
    restless = max(_spread_of_the_middle(mine), _spread_of_the_middle(theirs)) > _RESTLESS
    said: dict[str, Any] = {name: arm.as_dict("latency") for name, arm in measured.items()}
    if restless:
        said["why"] = "the rounds differ by more than what they measure"
    value(
        P99,
        mine.latency_ms / theirs.latency_ms,
        key="p99",
        void=restless,
        requests_a_second=rate,
        possible=possible,
        **said,
    )


def _spread_of_the_middle(measured: Measured) -> float:
    """(largest - smallest) / median of the middle half of the rounds: one burst of a neighbour's voids nothing."""
    each = sorted(one.latency for one in measured.rounds)
    middle = each[len(each) // 4 : len(each) - len(each) // 4]
    return (middle[-1] - middle[0]) / statistics.median(each)


def _added(asking: Asking, direct: int, gate: int) -> Arm:
    def run() -> Round:
        began = time.monotonic()
        without, (latency, done, errors) = asking(direct)[0], asking(gate)
        return Round(done, 0.0, time.monotonic() - began, errors, max(latency - without, 1e-7))

    return run


def one_by_one(token: str, port: int) -> tuple[float, int, int]:
    """(median seconds, requests, errors): the next request is sent when the answer to the last one is there."""
    times, errors = [], 0
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(_ONE):
            message, began = _message(token, number), time.perf_counter()
            line.sendall(message)
            said = line.recv(65_536)
            while said and not _ended(said):
                said += line.recv(65_536)
            errors += not _good(said)
            times.append(time.perf_counter() - began)
    return statistics.median(times[_ONE // 10 :]), _ONE, errors


def constant_stream(token: str, rate: int, port: int) -> tuple[float, int, int]:
    """(99th percentile in seconds, requests, errors), counted from when each request was due, not from its sending."""
    return Stream(token, port).run(rate, _SECONDS)


class SlowError(Exception):
    """The gate, the service or the sender does not keep up."""


class Stream:
    """Sends each request when it is due, on whatever connection is free; a late one has waited since it was due."""

    def __init__(self, token: str, port: int) -> None:
        self._token = token
        self._lines: dict[int, socket.socket] = {}
        for _ in range(_CONNECTIONS):
            line = socket.create_connection(("127.0.0.1", port))
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._lines[line.fileno()] = line
        self._free = list(self._lines.values())
        self._due: dict[int, float] = {}
        self._said: dict[int, bytes] = {}
        self._times: list[float] = []
        self._errors = 0

    def run(self, rate: int, seconds: float) -> tuple[float, int, int]:
        count, sent, waiting = int(rate * seconds), 0, deque[float]()
        messages = [_message(self._token, number) for number in range(count)]
        began = time.perf_counter() + 0.01
        while len(self._times) < count:
            now = time.perf_counter()
            if now > began + seconds + _BEHIND:
                self._close()
                raise SlowError(f"{rate} requests a second were not kept up with")
            while sent + len(waiting) < count and began + (sent + len(waiting)) / rate <= now:
                waiting.append(began + (sent + len(waiting)) / rate)
            while waiting and self._free:
                line = self._free.pop()
                self._due[line.fileno()] = waiting.popleft()
                line.sendall(messages[sent])
                sent += 1
            due = began + sent / rate if self._free and sent < count else now + _RESTLESS
            self._take(max(0.0, due - time.perf_counter() - _SLACK))
        self._close()
        self._times.sort()
        return self._times[int(count * 0.99)], count, self._errors

    def at_full_load(self, seconds: float) -> int:
        """Requests a second when each connection gets its next request as soon as it is free."""
        number, ends = 0, time.perf_counter() + seconds
        while (now := time.perf_counter()) < ends:
            while self._free:
                line = self._free.pop()
                self._due[line.fileno()] = now
                line.sendall(_message(self._token, number))
                number += 1
            self._take(ends - now)
        self._close()
        return max(1, int(len(self._times) / seconds))

    def _take(self, seconds: float) -> None:
        """Answers that are there, or come within so long."""
        # Unlike epoll's, select's time-out is not rounded to milliseconds.
        for number in select.select(list(self._due), [], [], seconds)[0]:
            line = self._lines[number]
            said = self._said.pop(number, b"") + line.recv(65_536)
            if not _ended(said):
                self._said[number] = said
                continue
            self._errors += not _good(said)
            self._times.append(time.perf_counter() - self._due.pop(number))
            self._free.append(line)

    def _close(self) -> None:
        for line in self._lines.values():
            line.close()


def _possible(port: int, token: str) -> int:
    """Requests a second that the gate answers on connections that never rest."""
    return Stream(token, port).at_full_load(_LOOKED_FOR)


def _message(token: str, number: int) -> bytes:
    head = (
        f"GET {_PATH % number} HTTP/1.1\r\nHost: edge\r\nAccept: application/json\r\nAuthorization: Bearer {token}\r\n"
    )
    return head.encode() + b"\r\n"


def _ended(said: bytes) -> bool:
    """Whether the answer is whole; every answer of the service ends like this, as does every problem document."""
    return said.endswith(b'"}')


def _good(said: bytes) -> bool:
    return said.startswith(b"HTTP/1.1 200 ")
