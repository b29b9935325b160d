"""Our own HTTP/1.1 client towards the four services: kept-alive connections, streams, one careful retry."""

from gateway.upstream.connection import Connection, LostError, MalformedError, TimedOutError, UpstreamError
from gateway.upstream.pool import REPEATABLE, UnreachableError, Upstream
from gateway.upstream.streams import BusyError

__all__ = [
    "REPEATABLE",
    "BusyError",
    "Connection",
    "LostError",
    "MalformedError",
    "TimedOutError",
    "UnreachableError",
    "Upstream",
    "UpstreamError",
]
