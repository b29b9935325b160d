"""What is written down of each request at the edge: one JSON line and the metrics, both in small batches."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Final, TextIO

import orjson
from prometheus_client import Gauge

from gateway.breaker import State
from gateway.upstream import Upstream
from shared import telemetry

_CONNECTIONS: Final = Gauge("circle_upstream_connections", "Connections to a service", ["upstream"])
_BREAKER: Final = Gauge("circle_upstream_breaker_open", "1 while nothing is passed on to a service", ["upstream"])
_SERVICE: Final = "gateway"
_FLUSH_SECONDS: Final = 0.2
_FLUSH_LINES: Final = 16
_MAX_SERIES: Final = 2000

_LINE: Final = (
    '{"event":"request","level":"info","timestamp":"%s.%06dZ","service":"gateway","where":"access",'
    '"request_id":"%s","trace_id":"%s","method":"%s","route":%s,"status":%d,"duration_ms":%.1f,"client_id":%s}\n'
)

# When (wall clock), request id, traceparent, method, route, status, seconds, client.
Note = tuple[float, bytes, str, str, str, int, float, str]


class AccessLog:
    """Collects notes and writes them at least five times a second, so that a request pays for one append.

    The lines have the same fields as every other line of `shared.logging`; the route is a template or the first
    segment, never a path, so that nothing somebody typed gets into logs or metrics.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out
        self._notes: list[Note] = []
        self._timer: asyncio.TimerHandle | None = None
        self._counters: dict[tuple[str, str, int], Callable[[float], None]] = {}
        self._observers: dict[str, Callable[[float], None]] = {}

    def note(self, note: Note) -> None:
        """One request has been answered."""
        self._notes.append(note)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self.flush)
        elif len(self._notes) >= _FLUSH_LINES:
            self.flush()

    def flush(self) -> None:
        """Write what has been collected."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        notes, self._notes = self._notes, []
        counts: dict[tuple[str, str, int], int] = {}
        lines = []
        for note in notes:
            key = (note[3], note[4], note[5])
            counts[key] = counts.get(key, 0) + 1
            self._observer(note[4])(note[6])
            lines.append(_line(note))
        for key, count in counts.items():
            self._counter(key)(count)
        if lines:
            out = self._out or sys.stderr
            out.write("".join(lines))
            out.flush()

    def _counter(self, key: tuple[str, str, int]) -> Callable[[float], None]:
        counter = self._counters.get(key)
        if counter is None:
            method, route, status = key
            counter = telemetry.REQUESTS.labels(_SERVICE, method, route, str(status)).inc
            if len(self._counters) < _MAX_SERIES:
                self._counters[key] = counter
        return counter

    def _observer(self, route: str) -> Callable[[float], None]:
        observer = self._observers.get(route)
        if observer is None:
            observer = self._observers[route] = telemetry.SECONDS.labels(_SERVICE, route).observe
        return observer


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=_MAX_SERIES)
def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()


def _line(note: Note) -> str:
    when, request_id, traceparent, method, route, status, seconds, client = note
    # Ids are letters and digits by now; what a service or a client is called is quoted as JSON wants it.
    return _LINE % (
        _second(int(when)),
        when % 1 * 1e6,
        request_id.decode("ascii"),
        traceparent[3:35],
        method,
        _quoted(route),
        status,
        seconds * 1000,
        _quoted(client),
    )


def watch(upstreams: Mapping[str, Upstream]) -> None:
    """Connections and breakers of the services, read whenever somebody asks for the metrics."""
    for name, upstream in upstreams.items():
        _CONNECTIONS.labels(name).set_function(partial(_connections, upstream))
        _BREAKER.labels(name).set_function(partial(_is_refusing, upstream))


def _connections(upstream: Upstream) -> float:
    return float(upstream.size)


def _is_refusing(upstream: Upstream) -> float:
    return 0.0 if upstream.breaker.state is State.CLOSED else 1.0
