"""Waits for events on `GET /v1/events`: nothing is slept for, whoever waits is told when it has happened."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from deploy.local.client import Caller

_WAIT_SECONDS: Final = 20
_PAGE: Final = 200

Event = dict[str, Any]


class NoSuchEventError(AssertionError):
    """An event did not arrive in time."""


class Feed:
    """What one organisation hears, from a moment on. Several tasks may wait at the same time."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.seen: list[Event] = []
        self._by_type: dict[str, list[Event]] = {}
        self._cursor = ""
        self._reading = asyncio.Lock()

    async def begin(self, *, from_start: bool = False) -> None:
        """Hear whatever happens from now on, or whatever has ever happened."""
        page = await self.caller.get("/v1/events", **({"limit": 1} if from_start else {"after": "latest"}))
        self._cursor = page["next"]
        self._keep(page["items"])

    async def until(self, kind: str, seconds: float = 45.0, **data: Any) -> Event:
        """The first event of this type, short (`match.agreed`) or whole, with this data; waits until it arrives."""
        whole = kind if kind.startswith("circle.") else f"circle.{kind}.v1"
        wanted = {name: str(value) for name, value in data.items()}
        try:
            async with asyncio.timeout(seconds):
                while (found := self.find(whole, wanted)) is None:
                    await self._read_on(len(self.seen))
                return found
        except TimeoutError:
            raise NoSuchEventError(f"{whole} with {wanted} did not arrive within {seconds:.0f} s") from None

    def find(self, kind: str, wanted: Mapping[str, str]) -> Event | None:
        """The first that has arrived already."""
        for event in self._by_type.get(kind, ()):
            if all(str(event["data"].get(name)) == value for name, value in wanted.items()):
                return event
        return None

    def count(self, kind: str, **data: Any) -> int:
        """How many such events have arrived."""
        wanted = {name: str(value) for name, value in data.items()}
        events = self._by_type.get(f"circle.{kind}.v1", [])
        return sum(all(str(one["data"].get(name)) == value for name, value in wanted.items()) for one in events)

    async def catch_up(self) -> None:
        """Take in everything that has been numbered up to now."""
        async with self._reading:
            while await self._take(0):
                pass

    async def _read_on(self, known: int) -> None:
        async with self._reading:
            if len(self.seen) == known:
                await self._take(_WAIT_SECONDS)

    async def _take(self, wait: int) -> bool:
        page = await self.caller.get("/v1/events", after=self._cursor, wait=wait, limit=_PAGE)
        self._cursor = page["next"]
        self._keep(page["items"])
        return bool(page["more"])

    def _keep(self, events: Sequence[Event]) -> None:
        for event in events:
            self.seen.append(event)
            self._by_type.setdefault(event["type"], []).append(event)
