"""Events that a process cannot handle: a fixed part of all, chosen by their ids, until it runs without this."""

from typing import Any, Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from shared import consumer
from shared.kafka import Envelope

_OF: Final = 10_000


class PoisonError(ValueError):
    """Trying again does not help."""


def is_poison(event: UUID, rate: float) -> bool:
    """The same answer in every process."""
    return event.int % _OF < rate * _OF


def arm(rate: float) -> None:
    """From now on this process fails at so many of its events."""
    act = consumer.act

    async def acting(session: AsyncSession, name: str, handler: Any, envelope: Envelope) -> None:
        if is_poison(envelope.id, rate):
            raise PoisonError
        await act(session, name, handler, envelope)

    consumer.act = acting
