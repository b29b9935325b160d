"""The library's follower of brokers, which everything else of a client waits for, made to outlive an error."""

import asyncio
from typing import Any, Final

from shared import logging

PAUSE_SECONDS: Final = 0.05
_log = logging.get("kafka")


def make_lasting(client: Any) -> None:
    """Let the follower of this client, which has not been started yet, go on after whatever comes out of it.

    A connection that is reset while it still counts as open makes a write on uvloop a RuntimeError: the follower ended
    by it, and nobody heard of the broker that had come back until the whole client was given up.
    """
    follow = client._md_synchronizer  # noqa: SLF001 - nothing public knows of it

    async def follow_on() -> None:
        while True:
            try:
                await follow()
            except Exception as error:  # noqa: BLE001 - whatever it was, it is told, and looked for again
                _log.warning("client-follows-on", places=logging.places(error))
            await asyncio.sleep(PAUSE_SECONDS)

    client._md_synchronizer = follow_on  # noqa: SLF001 - the same
