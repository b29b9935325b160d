"""Events that a process cannot handle, a part of all by their ids or all of a type, until it runs without this."""

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


def arm(what: str) -> None:
    """From now on this process fails at so many of its events, or at all of this type."""
    act, by_type = consumer.act, what.startswith("circle.")

    async def acting(session: AsyncSession, name: str, handler: Any, envelope: Envelope) -> None:
        if envelope.type == what if by_type else is_poison(envelope.id, float(what)):
            raise PoisonError
        await act(session, name, handler, envelope)

    consumer.act = acting
