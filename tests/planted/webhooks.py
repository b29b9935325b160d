"""Faults in sending webhooks."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import text

from gateway.webhooks import handlers, sender, signing
from gateway.webhooks.domain import Outcome
from gateway.webhooks.posting import Poster
from gateway.webhooks.queue import Claimed
from gateway.webhooks.results import Result
from shared.ids import new_id


def _forgotten() -> None:
    """A delivery is done with whatever the receiver says."""
    attempt = sender.attempt

    async def attempting(poster: Poster, delivery: Claimed) -> Result:
        result = await attempt(poster, delivery)
        return replace(result, answer=replace(result.answer, outcome=Outcome.OK))

    sender.attempt = attempting


def _new_id() -> None:
    """What is sent again has another id."""
    attempt = sender.attempt

    async def attempting(poster: Poster, delivery: Claimed) -> Result:
        if delivery.tries:
            delivery = replace(delivery, event=new_id())
        return await attempt(poster, delivery)

    sender.attempt = attempting


def _bad_signature() -> None:
    """Other bytes are signed than are sent."""
    headers = signing.headers
    signing.headers = lambda message, at, body, secrets: headers(message, at, body + b" ", secrets)


def _to_everybody() -> None:
    """Every endpoint of the partnership gets everything."""
    asked = "e.organisation_id = ANY(CAST(:audience AS uuid[]))"
    handlers._QUEUE = text(str(handlers._QUEUE).replace(asked, "CAST(:audience AS uuid[]) IS NOT NULL"))  # noqa: SLF001 - this process is to be broken


FAULTS: Final[Mapping[str, Callable[[], Any]]] = {
    "webhook-forgotten": _forgotten,
    "webhook-new-id": _new_id,
    "webhook-bad-signature": _bad_signature,
    "webhook-to-everybody": _to_everybody,
}
