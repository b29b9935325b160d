"""A sender to be killed: `python -m gateway.webhooks.tests.child POINT FOLDER`, with the gateway's environment.

It kills itself at the named point, once: a file in the folder tells that it did.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from gateway.settings import GatewaySettings
from gateway.webhooks import queue, results, sender
from gateway.webhooks.posting import Poster
from shared import logging
from shared.parts import Parts

POINTS: Final = ("after the claim", "before sending", "after sending", "before recording", "after recording")
POINT, FOLDER = sys.argv[1], Path(sys.argv[2])
MARKER: Final = FOLDER / f"struck {POINT}"
Call = Callable[..., Awaitable[Any]]


def strike(point: str) -> None:
    """Die here, now, without a word: the first time only."""
    if point == POINT and not MARKER.exists():
        MARKER.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def around(call: Call, before: str, after: str) -> Call:
    """The same call, dying before or after it."""

    async def called(*given: Any, **named: Any) -> Any:
        strike(before)
        made = await call(*given, **named)
        if made or after != "after the claim":
            strike(after)
        return made

    return called


def main() -> None:
    settings = GatewaySettings()
    logging.configure("gateway")
    queue.LEASE = timedelta(seconds=4)  # type: ignore[misc]  # so that nobody has to wait a minute
    queue.claim = around(queue.claim, "before the claim", "after the claim")  # type: ignore[assignment]  # it exists to die there
    results.record = around(results.record, "before recording", "after recording")  # type: ignore[assignment]  # it exists to die there
    Poster.post = around(Poster.post, "before sending", "after sending")  # type: ignore[method-assign,assignment]  # it exists to die there

    async def run() -> None:
        await sender.run(Parts.of(settings))

    asyncio.run(run())


if __name__ == "__main__":
    main()
