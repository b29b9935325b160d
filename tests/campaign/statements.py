"""Sees every statement that this process sends to a database, beneath SQLAlchemy and the driver's own calls alike."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from asyncpg.protocol import Protocol

# A step is a kind of transaction; its statements are known by words of theirs. The first one that is met names the
# transaction's step. A statement that finds nothing to do, as a poll does, is passed over.
STATEMENTS: Final[Mapping[str, Mapping[str, str]]] = {
    "write": {"claim": "idempotency_keys k", "record": "INSERT INTO audit_log"},
    "relay": {"take": "FROM outbox WHERE seq >=", "drop": "DELETE FROM outbox"},
    "consume": {"claim": "INSERT INTO inbox", "record": "INSERT INTO audit_log"},
    "number": {"numbers": "INSERT INTO feed_counters"},
    "lease": {"claim": "FOR UPDATE OF d SKIP LOCKED"},
    "result": {"results": "INSERT INTO attempts"},
    "clock": {"claim": "UPDATE clocks SET raised_at", "record": "INSERT INTO audit_log"},
    "seal": {
        "take": "FROM audit_unsealed u JOIN audit_log",
        "links": "INSERT INTO audit_chain",
        "sealed": "DELETE FROM audit_unsealed",
    },
    "anchor": {"anchors": "INSERT INTO audit_anchors"},
}
_POLLS: Final = frozenset({"relay take", "number numbers", "lease claim", "clock claim", "seal take"})
COMMIT: Final = "commit"
_RECORD: Final = " record"
# Told of each statement before it is sent, when it is on its way, and when it is answered.
Witness = Callable[[str, str], None]


# The step of each connection's present transaction.
_steps: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def watch(witness: Witness) -> None:
    """From now on the witness hears `("relay drop", "before")`, then `"in"`, then `"after"`."""
    for name in ("query", "bind_execute", "bind_execute_many"):
        setattr(Protocol, name, _seen(getattr(Protocol, name), witness))


def _seen(call: Callable[..., Awaitable[Any]], witness: Witness) -> Callable[..., Awaitable[Any]]:
    async def calling(self: Any, *given: Any, **named: Any) -> Any:
        statement = given[0] if given else named["state"]
        query = statement if isinstance(statement, str) else statement.query
        place = _place(self, query)
        if place.endswith(_RECORD) and not self.is_in_transaction():
            return await _ended(self, place, call(self, *given, **named), witness)
        if not place:
            return await call(self, *given, **named)
        if place not in _POLLS:
            witness(place, "before")
        sending = asyncio.ensure_future(call(self, *given, **named))
        await asyncio.sleep(0)
        if place not in _POLLS:
            witness(place, "in")
        answer = await sending
        _answered(self, place, answer, witness)
        return answer

    return calling


async def _ended(connection: Any, record: str, call: Awaitable[Any], witness: Witness) -> Any:
    """A record that is a transaction by itself has no moment between the two."""
    step = record.removesuffix(_RECORD)
    witness(record, "before")
    sending = asyncio.ensure_future(call)
    await asyncio.sleep(0)
    witness(record, "in")
    witness(f"{step} {COMMIT}", "in")
    answer = await sending
    _steps[connection] = ""
    witness(f"{step} {COMMIT}", "after")
    return answer


def _place(connection: Any, query: str) -> str:
    """`step statement`, empty when it is none of those that count."""
    step = _steps.get(connection, "")
    if query.startswith("BEGIN"):
        _steps[connection] = ""
    elif query.startswith("COMMIT"):
        return f"{step} {COMMIT}" if step else ""
    for one in [step] if step else STATEMENTS:
        for name, words in STATEMENTS[one].items():
            if words in query:
                return f"{one} {name}"
    return ""


def _answered(connection: Any, place: str, answer: Any, witness: Witness) -> None:
    # The driver's own calls have the rows alone, SQLAlchemy's have more beside them.
    rows = answer[0] if isinstance(answer, tuple) else answer
    if place in _POLLS and not rows:
        return
    _steps[connection] = "" if place.endswith(COMMIT) else place.partition(" ")[0]
    witness(place, "after")
