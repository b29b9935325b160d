"""A real service as a forked process that may kill itself at one statement, or at the commit of its transaction."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from weakref import WeakKeyDictionary

from asyncpg.protocol import Protocol

from shared import serve

# What a forked process need not load any more.
PRELOADED = (
    "services.matching.main",
    "services.training.main",
    "uvicorn.loops.uvloop",
    "uvicorn.lifespan.on",
    "tests.reliability.deadly",
)


@dataclass(frozen=True, slots=True)
class Point:
    """A moment of a statement that has these words, or of the commit of the transaction that it is in."""

    words: str
    at: Literal["statement", "commit"]
    moment: Literal["before", "in", "after"]
    time: int = 1

    def __str__(self) -> str:
        return f"{self.moment} {self.at} {self.words}"


def run(service: str, environment: Mapping[str, str], point: Point | None, log: Path) -> None:
    """Serve and work, until killed."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(out, stream)
    if point is not None:
        _arm(point)
    serve.run(f"services.{service}.main:create_app", environment)


def _arm(point: Point) -> None:
    watch = _Watch(point)
    for name in ("query", "bind_execute", "bind_execute_many"):
        setattr(Protocol, name, watch.around(getattr(Protocol, name)))


class _Watch:
    """Sees every statement beneath SQLAlchemy and the driver's own calls alike."""

    def __init__(self, point: Point) -> None:
        self._point = point
        # Connections whose transaction has had the statement.
        self._met: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()
        self._times = 0

    def around(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def calling(connection: Any, *given: Any, **named: Any) -> Any:
            statement = given[0] if given else named["state"]
            if not self._is_it(connection, statement if isinstance(statement, str) else statement.query):
                return await call(connection, *given, **named)
            self._strike("before")
            sending = asyncio.ensure_future(call(connection, *given, **named))
            await asyncio.sleep(0)
            self._strike("in")
            answer = await sending
            self._strike("after")
            return answer

        return calling

    def _is_it(self, connection: Any, query: str) -> bool:
        if query.startswith("BEGIN"):
            self._met.pop(connection, None)
        if self._point.words in query:
            self._times += 1
            self._met[connection] = True
            return self._point.at == "statement" and self._times == self._point.time
        return self._point.at == "commit" and query.startswith("COMMIT") and connection in self._met

    def _strike(self, moment: str) -> None:
        if moment == self._point.moment:
            os.kill(os.getpid(), signal.SIGKILL)
