"""Faults in bearing what happens around: a database that is away, a drain, events that cannot be handled."""

import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import uvicorn
from fastapi import Request, Response
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import inbox, problems, serve
from shared.errors import Problem
from shared.kafka import Envelope

_CLAIM_ALONE: Final = text(
    "INSERT INTO inbox (handler, event_id) VALUES (:handler, :event) ON CONFLICT DO NOTHING RETURNING 1"
)


def _drain_drops() -> None:
    """A process that is told to end breaks off every connection."""

    async def shutdown(self: serve.Server, sockets: list[socket.socket] | None = None) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await uvicorn.Server.shutdown(self, sockets)

    serve.Server.shutdown = shutdown  # type: ignore[method-assign]  # this process is to be broken


def _bare_500() -> None:
    """A database that is away is told as a defect of ours."""

    async def answer(request: Request, error: Exception) -> Response:
        del error
        return problems.render(Problem(), request)

    problems._database = problems._away = answer  # noqa: SLF001 - this process is to be broken


def _poison_overtaken() -> None:
    """Later events of a key do not wait behind a parked one."""

    async def claim(session: AsyncSession, wanted: Sequence[tuple[str, Envelope]]) -> list[bool]:
        claimed = []
        for handler, envelope in wanted:
            found = await session.execute(_CLAIM_ALONE, {"handler": handler, "event": envelope.id})
            claimed.append(found.first() is not None)
        return claimed

    inbox.claim = claim


def _poison_dropped() -> None:
    """What cannot be handled is passed over, and kept nowhere."""

    async def park(session: AsyncSession, handler: str, envelope: Envelope, cause: str) -> None:
        del session, handler, envelope, cause

    inbox.park = park


FAULTS: Final[Mapping[str, Callable[[], Any]]] = {
    "drain-drops": _drain_drops,
    "bare-500": _bare_500,
    "poison-overtaken": _poison_overtaken,
    "poison-dropped": _poison_dropped,
}
