"""Rows of the models without a session: how their columns are read, and the statements that read one by its id.

Ahead means: without a transaction, a lock or a claim of the key, in one statement that is a transaction by itself. The
tenant is set first, since what follows is a subquery that depends on it (as in `shared.viewing`, ADR 0092).
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final, TypeVar, cast

from sqlalchemy import JSON, Table
from sqlalchemy.dialects.postgresql import asyncpg as dialects

from shared import viewing
from shared.flush import Change
from shared.fragments import KEY_HELD
from shared.tables import Tenanted, Versioned

Row = TypeVar("Row", bound=Tenanted)
Reader = Callable[[Any], Any] | None
_DIALECT: Final = dialects.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy does not type it

# $1 scope and $2 key; whoever looks at the answer does so in a later statement, whose snapshot has what the key's
# last holder has committed.
LOCK_KEY: Final = f"SELECT {KEY_HELD.format('$1', '$2')} AS held"
LOOK_AT_KEY: Final = (
    "SELECT k.fingerprint, k.answer FROM (SELECT 1) AS one LEFT JOIN idempotency_keys k ON k.scope = $1 AND k.key = $2"
)
_AHEAD: Final = """
WITH tenant AS MATERIALIZED ({tenant}), key AS MATERIALIZED ({key})
SELECT key.fingerprint, key.answer, r.*, {more}
FROM key LEFT JOIN LATERAL (
  SELECT {columns} FROM {table} WHERE id = $5 AND key.answer IS NULL OFFSET 0) AS r ON true"""
_KEY_AHEAD: Final = """
  SELECT k.fingerprint, k.answer FROM tenant LEFT JOIN LATERAL (
    SELECT k.fingerprint, k.answer FROM idempotency_keys k
    WHERE k.scope = $6 AND k.key = $7 AND tenant.entered OFFSET 0) AS k ON true"""
_NO_KEY: Final = "SELECT NULL::bytea AS fingerprint, NULL::bytea AS answer FROM tenant WHERE tenant.entered"


@cache
def alone(table: type[Tenanted], lock: bool, more: str) -> str:
    """The row of id $1, and the value of one more expression of its columns, computed once it is locked."""
    ending = " FOR UPDATE" if lock else ""
    return f"SELECT r.*, {more} FROM (SELECT {_names(table)} FROM {_name(table)} WHERE id = $1{ending}) AS r"  # noqa: S608 - names of our own models


@cache
def behind_key(table: type[Tenanted], lock: bool, more: str) -> str:
    """The same for id $3, behind fingerprint and answer of key $2 in scope $1; what was answered waits for no row."""
    ending = " FOR UPDATE" if lock else ""
    return (
        f"WITH key AS MATERIALIZED ({LOOK_AT_KEY}) SELECT key.fingerprint, key.answer, r.*, {more}"  # noqa: S608 - names of our own models
        f" FROM key LEFT JOIN LATERAL (SELECT {_names(table)} FROM {_name(table)}"
        f" WHERE id = $3 AND key.answer IS NULL{ending}) AS r ON true"
    )


@cache
def ahead(table: type[Tenanted], keyed: bool, more: str) -> str:
    """The same ahead, in a tenant of $1 to $4: id $5, and where there is a key, scope $6 and key $7."""
    key = _KEY_AHEAD if keyed else _NO_KEY
    return _AHEAD.format(tenant=viewing.TENANT, key=key, more=more, columns=_names(table), table=_name(table))


@cache
def seen(table: type[Tenanted]) -> str:
    """The row, its view noted along with it."""
    return viewing.statement(_name(table), [name for name, _ in columns_of(table)])


@cache
def columns_of(table: type[Tenanted]) -> list[tuple[str, Reader]]:
    """The columns in the order in which these statements bring them, each with how it is read; the id is the first."""
    columns = sorted(_table(table).c, key=lambda one: one.name != "id")
    return [(one.name, one.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None)) for one in columns]


def made(table: type[Row], found: Sequence[Any]) -> tuple[Row, dict[str, Any]]:
    """(a row with the model's columns, belonging to no session; the columns as they were read)."""
    row = _plain(table)()
    values = {
        name: one if one is None or read is None else read(one)
        for (name, read), one in zip(columns_of(table), found, strict=True)
    }
    vars(row).update(values)
    return row, values


@cache
def _plain(table: type[Row]) -> type[Row]:
    """The model without what only a session needs: each change of an attribute costs a dozen calls there."""
    return cast(type[Row], type(table.__name__, (), {"__table__": _table(table)}))


def changed(row: Versioned, read: dict[str, Any]) -> tuple[str, ...]:
    """The columns, but for the version, that are others than they were read, always in the same order."""
    now = vars(row)
    # What is the very same needs no comparison, which ids have in Python only.
    others = (name for name, value in read.items() if now[name] is not value and now[name] != value)
    return tuple(name for name in others if name != "version")


def change(row: Versioned, read: dict[str, Any]) -> Change:
    """The row at the version that was read, and what is to be written of it."""
    writers, now = _writers_of(type(row)), vars(row)
    casts, values = list[tuple[str, str]](), list[Any]()
    for name in changed(row, read):
        cast_to, write = writers[name]
        casts.append((name, cast_to))
        values.append(now[name] if write is None else write(now[name]))
    return Change(_name(type(row)), row.id, read["version"], tuple(casts), tuple(values))


@cache
def _writers_of(table: type[Tenanted]) -> dict[str, tuple[str, Reader]]:
    """What each column is cast to when it is written, and by what its value is made ready for the driver."""
    return {
        one.name: (
            "::text::jsonb" if isinstance(one.type, JSON) else "",
            one.type.dialect_impl(_DIALECT).bind_processor(_DIALECT),
        )
        for one in _table(table).c
    }


def _table(table: type[Tenanted]) -> Table:
    found: Table = table.__table__  # type: ignore[attr-defined]  # SQLModel does not type its table
    return found


def _name(table: type[Tenanted]) -> str:
    return _table(table).name


def _names(table: type[Tenanted]) -> str:
    return ", ".join(name for name, _ in columns_of(table))
