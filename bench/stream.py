"""Those who ask: one request after the other on one connection, and a constant stream over several (open loop).

The sender sleeps until the next request is due or an answer is there: a spinning one would take the core from the
service that both arms need. A request's time counts from when it was due, so that a late sender hides nothing.
"""

import select
import socket
import time
from collections import deque
from typing import Final

from bench.harness import FailedRequestsError

_PATH: Final = "/v1/referrals/01a2039a-2c02-71ea-a55e-%012x"
_CONNECTIONS: Final = 16
# Whoever needs longer than this for what was due in a fraction of a second is not measured any more.
_PATIENCE: Final = 10.0
# Whoever stood still until now has cold caches: what is due so soon is sent, and does not count.
_SETTLING: Final = 0.005
# A sleep of the kernel's may be so much longer than asked for; below that, waiting is not worth a sleep.
_SLACK: Final = 0.00006


class SlowError(Exception):
    """The gate, the service or the sender does not keep up."""


class OneByOne:
    """The next request is sent when the answer to the last one is there."""

    def __init__(self, token: str, port: int) -> None:
        self._messages = Messages(token)
        self._line = _connected(port)

    def block(self, count: int) -> list[float]:
        """The seconds of each of so many requests."""
        times = []
        for message in self._messages.next(count):
            began = time.perf_counter()
            self._line.sendall(message)
            said = self._line.recv(65_536)
            while said and not _ended(said):
                said += self._line.recv(65_536)
            times.append(time.perf_counter() - began)
            _require_good(said)
        return times


class Stream:
    """Sends each request when it is due, on whatever connection is free; a late one has waited since it was due."""

    def __init__(self, token: str, port: int) -> None:
        self._messages = Messages(token)
        self._lines = {line.fileno(): line for line in (_connected(port) for _ in range(_CONNECTIONS))}
        # In turn: a connection on which nothing was ever asked is closed by the gateway after some seconds.
        self._free = deque(self._lines.values())
        self._due: dict[int, float] = {}
        self._said: dict[int, bytes] = {}
        # When each was due, and how long it took from then.
        self._answered: list[tuple[float, float]] = []

    def block(self, rate: int, seconds: float) -> list[float]:
        """The seconds of each request, counted from when it was due, once all are answered."""
        messages, waiting = self._messages.next(int(rate * seconds)), deque[float]()
        sent, self._answered = 0, []
        began = time.perf_counter() + 0.001
        while len(self._answered) < len(messages):
            now = time.perf_counter()
            if now > began + seconds + _PATIENCE:
                raise SlowError(f"{rate} requests a second were not kept up with")
            while sent + len(waiting) < len(messages) and began + (sent + len(waiting)) / rate <= now:
                waiting.append(began + (sent + len(waiting)) / rate)
            while waiting and self._free:
                line = self._free.popleft()
                self._due[line.fileno()] = waiting.popleft()
                line.sendall(messages[sent])
                sent += 1
            due = began + sent / rate if self._free and sent < len(messages) else now + _PATIENCE
            self._take(max(0.0, due - time.perf_counter() - _SLACK))
        return [took for due, took in self._answered if due >= began + _SETTLING]

    def at_full_load(self, seconds: float) -> int:
        """Requests a second when each connection gets its next request as soon as it is free."""
        began, self._answered = time.perf_counter(), []
        while (now := time.perf_counter()) < began + seconds or self._due:
            while self._free and now < began + seconds:
                line = self._free.popleft()
                self._due[line.fileno()] = now
                line.sendall(self._messages.next(1)[0])
            self._take(_PATIENCE)
        return max(1, int(len(self._answered) / (time.perf_counter() - began)))

    def _take(self, seconds: float) -> None:
        """Answers that are there, or come within so long."""
        # Unlike epoll's, select's time-out is not rounded to milliseconds.
        for number in select.select(list(self._due), [], [], seconds)[0]:
            line = self._lines[number]
            said = self._said.pop(number, b"") + line.recv(65_536)
            if said and not _ended(said):
                self._said[number] = said
                continue
            _require_good(said)
            due = self._due.pop(number)
            self._answered.append((due, time.perf_counter() - due))
            self._free.append(line)


class Messages:
    """Requests of one caller, no two of which ask for the same."""

    def __init__(self, token: str) -> None:
        self._rest = f" HTTP/1.1\r\nHost: edge\r\nAccept: application/json\r\nAuthorization: Bearer {token}\r\n\r\n"
        self._number = 0

    def next(self, count: int) -> list[bytes]:
        """So many more."""
        self._number += count
        return [f"GET {_PATH % one}{self._rest}".encode() for one in range(self._number - count, self._number)]


def _connected(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def _ended(said: bytes) -> bool:
    """Whether the answer is whole; every answer of the service ends like this, as does every problem document."""
    return said.endswith(b'"}')


def _require_good(said: bytes) -> None:
    if not said.startswith(b"HTTP/1.1 200 "):
        raise FailedRequestsError(said[:200].decode(errors="replace") or "the connection was closed")
