"""Named points at which a process kills itself: before, in and after each durable step of the spine."""

import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from gateway.webhooks.lines import Line
from gateway.webhooks.posting import Poster
from shared import consumer
from shared.kafka import Consumer, Producer
from tests.campaign import statements

_SERVICES: Final = ("referral", "matching", "training")
_WORKERS: Final = ("training-worker", "outcomes-worker", "matching-worker", "referral-worker", "gateway-worker")
# What the gateway's worker does is audited elsewhere: under this load it has next to nothing to seal.
_SEALING: Final = _WORKERS[:-1]
_HEARING: Final = ("matching-worker", "outcomes-worker", "gateway-worker")
# By step, the processes that come there, those with the fewest other points first.
PARTS: Final[Mapping[str, Sequence[str]]] = {
    "write": _SERVICES,
    "relay": ("training-worker", "matching-worker", "outcomes-worker", "referral-worker"),
    "consume": _HEARING,
    "number": ("gateway-worker",),
    "lease": ("gateway-sender",),
    "post": ("gateway-sender",),
    "result": ("gateway-sender",),
    "clock": ("referral-worker",),
    "seal": _SEALING,
    "anchor": _WORKERS,
}
POINTS: Final = tuple(
    f"{place} {moment}"
    for place, moments in {
        "write claim": "before after",
        "write record": "before in after",
        "write commit": "before in after",
        "relay take": "after",
        "relay publish": "before in after",
        "relay drop": "before in after",
        "consume batch": "after",
        "consume claim": "before in after",
        "consume effect": "before after",
        "consume record": "before in after",
        "consume commit": "before in after",
        "consume offset": "before after",
        "number numbers": "after",
        "number commit": "before in after",
        "lease claim": "after",
        "lease commit": "before in after",
        "post bytes": "before in after",
        "result results": "before in after",
        "result commit": "before in after",
        "clock claim": "after",
        "clock record": "before in after",
        "clock commit": "before in after",
        "seal take": "after",
        "seal links": "before in after",
        "seal sealed": "before in after",
        "seal commit": "before in after",
        "anchor anchors": "before in after",
        "anchor commit": "before in after",
    }.items()
    for moment in moments.split()
)


def arm(point: str) -> None:
    """Kill this process the first time that it comes to the point; a LookupError when there is no such point."""
    if point not in POINTS:
        raise LookupError(point)

    def strike(place: str, moment: str) -> None:
        if f"{place} {moment}" == point:
            os.kill(os.getpid(), signal.SIGKILL)

    statements.watch(strike)
    _watch_bus(strike)
    _watch_posts(strike)


def _watch_bus(strike: statements.Witness) -> None:
    publish, batch = Producer.publish, Consumer.batch

    async def publishing(self: Producer, rows: Sequence[Any]) -> None:
        strike("relay publish", "before")
        if len(rows) > 1:
            await publish(self, rows[:1])
            strike("relay publish", "in")
            rows = rows[1:]
        await publish(self, rows)
        strike("relay publish", "after")

    async def fetching(self: Consumer, *given: Any, **named: Any) -> Any:
        records = await batch(self, *given, **named)
        if records:
            strike("consume batch", "after")
        return records

    Producer.publish = publishing  # type: ignore[method-assign]  # this process exists to die there
    Consumer.batch = fetching  # type: ignore[method-assign]  # this process exists to die there
    Consumer.done = _around(Consumer.done, "consume offset", strike)  # type: ignore[method-assign]  # the same
    consumer.act = _around(consumer.act, "consume effect", strike)


def _watch_posts(strike: statements.Witness) -> None:
    ask = Line.ask

    def asking(self: Line, *given: Any, **named: Any) -> None:
        ask(self, *given, **named)
        strike("post bytes", "in")

    Line.ask = asking  # type: ignore[method-assign]  # this process exists to die there
    Poster.post = _around(Poster.post, "post bytes", strike)  # type: ignore[method-assign]  # the same


def _around(call: Callable[..., Awaitable[Any]], place: str, strike: statements.Witness) -> Callable[..., Any]:
    async def calling(*given: Any, **named: Any) -> Any:
        strike(place, "before")
        answer = await call(*given, **named)
        strike(place, "after")
        return answer

    return calling
