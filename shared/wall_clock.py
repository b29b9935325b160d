"""What time it is: the database's time, carried on by this machine's steady clock; nobody's own wall clock matters."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import away, logging

ASK_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 0.5
FIRST_SECONDS: Final = 5.0
_ASK: Final = text("SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision)")
_log = logging.get("wall-clock")


class _Believed:
    """How far the database's time is ahead of the steady clock; None until it has been asked."""

    ahead: float | None = None


def seconds() -> float:
    """Since 1970; before the database has answered by this machine's own clock."""
    return time.time() if _Believed.ahead is None else time.monotonic() + _Believed.ahead


def now() -> datetime:
    """The same, aware, UTC."""
    return datetime.fromtimestamp(seconds(), UTC)


def told(at: float, began: float, ended: float) -> None:
    """The database said that it was `at` somewhen between these two readings of the steady clock.

    What is believed stays as long as it may still be true: an answer that was slow says little.
    """
    if _Believed.ahead is None or not at - ended <= _Believed.ahead <= at - began:
        _Believed.ahead = at - (began + ended) / 2


async def ask(engine: AsyncEngine) -> None:
    """Ask the database."""
    async with engine.connect() as connection:
        began = time.monotonic()
        at = (await connection.execute(_ASK)).scalar_one()
        told(at, began, time.monotonic())


async def follow(engine: AsyncEngine, asked: asyncio.Event) -> None:
    """Ask again and again, until cancelled; `asked` is set with the first answer, or when there is no database."""
    while True:
        pause = ASK_SECONDS
        try:
            await ask(engine)
        except away.DATABASE as error:
            _log.warning("clock-waits", error=type(error).__name__)
            pause = RETRY_SECONDS
        asked.set()
        await asyncio.sleep(pause)
