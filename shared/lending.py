"""The pool of connections, which lends in turn: a connection that comes back goes to whoever has waited longest.

The driver's pool wakes who waits, but whoever asks just then finds the connection first. Under load that is always
somebody who has only now given one back, and those who wait are given up after four seconds.
"""

import asyncio
from collections import deque
from typing import Any

from sqlalchemy import AsyncAdaptedQueuePool
from sqlalchemy.util.langhelpers import memoized_property
from sqlalchemy.util.queue import AsyncAdaptedQueue


class InTurn(asyncio.Queue[Any]):
    """A queue that hands what comes to its first waiter, before anybody else can see it."""

    def _init(self, maxsize: int) -> None:
        super()._init(maxsize)
        self._waiting: deque[asyncio.Future[Any]] = deque()

    async def get(self) -> Any:
        if not self.empty():
            return self.get_nowait()
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except BaseException:
            # Given up just when something was handed over: it goes to the next.
            if turn.done() and not turn.cancelled():
                self.put_nowait(turn.result())
            turn.cancel()
            raise

    def put_nowait(self, item: Any) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(item)
                return
        super().put_nowait(item)


class _Queue(AsyncAdaptedQueue[Any]):
    @memoized_property
    def _queue(self) -> InTurn:
        return InTurn(self.maxsize)


class Pool(AsyncAdaptedQueuePool):
    """SQLAlchemy's, with a queue that lends in turn."""

    _queue_class = _Queue
