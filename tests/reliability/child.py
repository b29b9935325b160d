"""A process to be killed: a relay, or a consumer that writes what it hears, which may kill itself at a named point.

`python -m tests.reliability.child relay|consumer POINT FOLDER`, with a service's `CIRCLE_*` environment. It strikes
once: a file in the folder tells that it did. Each point has a group, a place in the inbox and effects of its own.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from shared import consumer, history, logging, relay
from shared.consumer import Handlers
from shared.db import Database, Work
from shared.events.training import InductionStarted
from shared.kafka import Consumer, Partition, Producer
from shared.parts import Parts
from shared.settings import Settings

ROLE, POINT, FOLDER = sys.argv[1], sys.argv[2], Path(sys.argv[3])
MARKER = FOLDER / f"struck {POINT}"
STRUCK_AT = 3


def strike(point: str) -> None:
    """Die here, now, without a word: the first time only."""
    if point == POINT and not MARKER.exists():
        MARKER.touch()
        os.kill(os.getpid(), signal.SIGKILL)


class Dying(Producer):
    """Dies before or after the broker has the batch."""

    async def publish(self, rows: Sequence[Any]) -> None:
        strike("before publishing")
        await super().publish(rows[:-1])
        strike("in the middle of publishing")
        await super().publish(rows[-1:])
        strike("after publishing")


async def hear(session: AsyncSession, event: InductionStarted) -> None:
    """The effect is a row of history: the number as the new status."""
    number = event.induction.int
    if number == STRUCK_AT:
        strike("before the effect")
    history.record(session, POINT, event.volunteer, (None, str(number)))
    if number == STRUCK_AT:
        strike("after the effect")


def _patch() -> None:
    relay.Producer = Dying  # type: ignore[attr-defined]  # this process exists to die there
    commit, done = Database.commit_all, Consumer.done

    async def committing(self: Database, session: AsyncSession, works: Sequence[Work]) -> None:
        last = any(row["to_status"] == str(STRUCK_AT) for work in works for row in work.pending.history)
        if last:
            strike("before the commit")
        await commit(self, session, works)
        if last:
            strike("after the commit")

    async def noting(self: Consumer, positions: Mapping[Partition, int]) -> None:
        strike("before the offset")
        await done(self, positions)
        strike("after the offset")

    Database.commit_all = committing  # type: ignore[method-assign]  # this process exists to die there
    Consumer.done = noting  # type: ignore[method-assign]  # this process exists to die there


async def main() -> None:
    settings: Any = Settings
    parts = Parts.of(settings(service="training"))
    if ROLE == "relay":
        await relay.run(parts)
    hear.__name__ = f"hear {POINT} {FOLDER}"
    handlers = Handlers()
    handlers.on(InductionStarted, hear)
    await consumer.run(parts, handlers, hear.__name__.replace(" ", "-").replace("/", "-"))


if __name__ == "__main__":
    logging.configure("training")
    _patch()
    asyncio.run(main())
