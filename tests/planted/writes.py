"""Faults in a write: what belongs into its transaction is outside, done too early, or not done at all."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from fastapi import Request, Response
from sqlalchemy.sql.selectable import GenerativeSelect

from shared import flush, idempotency, reading, routing
from shared.db import Database, work_of
from shared.pending import Pending
from shared.routing import Handler

_INTO: Final = re.compile(r"INSERT INTO audit_\w+ \([^)]*\)\s+VALUES \([^)]*\)")


def _apart(what: str, nothing: Any) -> None:
    """A part of what the transaction leaves behind is written in one of its own, after it."""
    commit = Database.commit

    async def committing(self: Database, session: Any) -> None:
        work = work_of(session)
        kept = getattr(work.pending, what)
        setattr(work.pending, what, nothing)
        await commit(self, session)
        if kept:
            later = Pending(family=work.pending.family)
            setattr(later, what, kept)
            async with self.open(replace(work, pending=later)) as second:
                await commit(self, second)

    Database.commit = committing  # type: ignore[method-assign]  # this process is to be broken


def _answer_first() -> None:
    """The answer leaves before the commit."""
    unit_of_work = routing._unit_of_work  # noqa: SLF001 - this process is to be broken

    class Sent(Response):
        async def __call__(self, *_: Any) -> None:
            """It is out already."""

    async def working(request: Request, opened: Any, handler: Handler) -> Response:
        async def answering(asked: Request) -> Response:
            response = await handler(asked)
            await response(request.scope, request.receive, request._send)  # noqa: SLF001 - as above
            # Long enough for the client to have it.
            await asyncio.sleep(0.2)
            return response

        response = await unit_of_work(request, opened, answering)
        response.__class__ = Sent
        return response

    routing._unit_of_work = working  # noqa: SLF001 - as above


def _key_ignored() -> None:
    """A retry is done as if it were another request."""

    async def begin(*_: Any, **__: Any) -> None:
        """Whatever the key says."""

    idempotency.begin = begin


def _audit_skipped() -> None:
    """The write is not audited."""
    make = flush.statement

    def statement(*given: Any, **named: Any) -> tuple[str, list[Any]]:
        query, values = make(*given, **named)
        row, mark = _INTO.findall(query)
        return query.replace(row, "SELECT $3::uuid, $1::uuid, $2::timestamptz, $4::text, $5::bytea").replace(
            mark, "SELECT 1"
        ), values

    flush.statement = statement


def _no_lock() -> None:
    """Nobody waits for anybody: rows are read without a lock, and written whatever version they are at by then."""
    alone, behind_key, changed = reading.alone, reading.behind_key, flush._changed  # noqa: SLF001 - this process is to be broken

    def unlocked(self: GenerativeSelect, *_: Any, **__: Any) -> GenerativeSelect:
        return self

    def whatever_version(*given: Any) -> str:
        return re.sub(r"AND version = (\$\d+)", r"AND \1::int IS NOT NULL", changed(*given))

    GenerativeSelect.with_for_update = unlocked  # type: ignore[assignment,method-assign]  # this process is to be broken
    reading.alone = lambda table, lock, more: alone(table, False, more)  # type: ignore[assignment]  # as above
    reading.behind_key = lambda table, lock, more: behind_key(table, False, more)  # type: ignore[assignment]  # as above
    flush._changed = whatever_version  # type: ignore[assignment]  # noqa: SLF001 - as above


FAULTS: Final[Mapping[str, Callable[[], Any]]] = {
    "event-outside": lambda: _apart("events", []),
    "key-outside": lambda: _apart("answer", None),
    "key-ignored": _key_ignored,
    "answer-first": _answer_first,
    "audit-skipped": _audit_skipped,
    "no-lock": _no_lock,
}
