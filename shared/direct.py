"""A transaction on the driver's own connection, for the few verbs that are asked most: load, decide, record as ever.

The rows are the models' own, belonging to no session. What changed of them is written with history, audit, events and
the stored answer in one statement.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import UUID

from asyncpg import DivisionByZeroError, IntegrityConstraintViolationError, PostgresError
from sqlalchemy import JSON, Column, PoolProxiedConnection, Table, inspect
from sqlalchemy.dialects.postgresql import asyncpg as dialects
from sqlalchemy.exc import DBAPIError, IntegrityError, MissingGreenlet
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import configure_mappers
from sqlalchemy.util import greenlet_spawn

from shared import audit, away, driver, viewing
from shared.audit import Auditor
from shared.flush import Change
from shared.tables import Tenanted, Versioned

if TYPE_CHECKING:
    from shared.db import Work

Row = TypeVar("Row", bound=Tenanted)
_BROKEN: Final = (*away.CONNECTING, OSError)
_DIALECT: Final = dialects.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy does not type it


@dataclass(frozen=True, slots=True)
class Claim:
    """What has to be asked first and may be asked along with the first row: columns locked, fingerprint, answer."""

    query: str
    values: tuple[str, str]
    # Raises when the transaction must not go on.
    judge: Callable[[Sequence[Any]], None]


class Direct:
    """A transaction that begins in its tenant with its first statement; `info` is what `work_of` looks into."""

    def __init__(self, connection: driver.Connection, work: "Work", auditor: Auditor) -> None:
        self.info: dict[Any, Any] = {"work": work}
        self._connection = connection
        self._auditor = auditor
        self._began = False
        # The rows that may change, each with its columns as they were read.
        self._locked: list[tuple[Versioned, dict[str, Any]]] = []
        self._claim: Claim | None = None

    def claim(self, claim: Claim) -> None:
        """Ask this before anything else, in the same round trip where that can be."""
        self._claim = claim

    async def settle(self) -> None:
        """Ask what has been claimed, if nothing was asked yet."""
        claim, self._claim = self._claim, None
        if claim is not None:
            found = await self._row(claim.query, *claim.values)
            claim.judge(found or (False, None, None))

    async def row(self, query: str, *values: Any) -> Sequence[Any] | None:
        """The first row, by position, or None."""
        await self.settle()
        return await self._row(query, *values)

    async def _row(self, query: str, *values: Any) -> Sequence[Any] | None:
        await self._begin()
        return await self._fetched(query, *values)

    async def _fetched(self, query: str, *values: Any) -> Sequence[Any] | None:
        try:
            found = await self._connection.fetchrow(query, *values)
        except _BROKEN as error:
            raise _as_ever(error) from error
        return None if found is None else tuple(found)

    async def load(self, table: type[Row], row_id: UUID, *, lock: bool = False) -> Row | None:
        """The row of that id, or None; what changes of it is written when the transaction is committed."""
        found = await self.load_with(table, row_id, "NULL", lock=lock)
        return None if found is None else found[0]

    async def load_with(
        self, table: type[Row], row_id: UUID, more: str, *, lock: bool = False
    ) -> tuple[Row, Any] | None:
        """The row, and the value of one more expression of its columns, computed once it is locked."""
        columns, alone, claimed = _reading(table, lock, more)
        if self._claim is None:
            found = await self._row(alone, row_id)
        else:
            claim, self._claim = self._claim, None
            first: Sequence[Any] = await self._row(claimed.format(claim.query), *claim.values, row_id) or (
                False,
                None,
                None,
            )
            claim.judge(first[:3])
            # The row's id; there may be none.
            found = None if first[3] is None else first[3:]
        if found is None:
            return None
        row, values = _made(table, columns, found[:-1])
        if lock and isinstance(row, Versioned):
            self._locked.append((row, values))
        return row, found[-1]

    async def load_seen(self, table: type[Row], row_id: UUID, kind: str) -> Row | None:
        """The row, or None, its view noted for the audit; where nothing came before, all of it in one round trip.

        Then the note stays, whatever follows: nobody has seen what is not in the audit.
        """
        work: Work = self.info["work"]
        if self._began or self._claim is not None or work.pending:
            row = await self.load(table, row_id)
            if row is not None:
                audit.saw(self, kind, row_id)
            return row
        audit.saw(self, kind, row_id)
        entry = self._auditor.entry(work)
        work.pending.seen.clear()
        columns, query = _viewing(table)
        found = await self._fetched(query, *viewing.values(work, row_id, work.now, entry))
        return None if found is None else _made(table, columns, found)[0]

    async def flush(self) -> None:
        """Count up the versions of what has changed, once; the rows are written when the transaction is committed."""
        for row, read in self._locked:
            if row.version == read["version"] and _changed(row, read):
                row.version += 1
                self.info["work"].pending.changed = True

    async def end_with(self, query: str, values: Sequence[Any]) -> None:
        """Run this statement and commit, in one round trip."""
        await self.settle()
        await self._begin()
        try:
            await self._connection.end_with(query, values)
        except DivisionByZeroError as error:
            raise RuntimeError("a locked row was changed by somebody else") from error
        except _BROKEN as error:
            raise _as_ever(error) from error

    def changes(self) -> list[Change]:
        """What is to be written of the locked rows whose version was counted up."""
        return [_change(row, read) for row, read in self._locked if row.version != read["version"]]

    async def commit(self) -> None:
        await self.settle()
        if self._began:
            await self._say("COMMIT")

    async def roll_back(self) -> None:
        """End the transaction if it is still there."""
        if self._connection.is_in_transaction():
            await self._say("ROLLBACK")

    async def _begin(self) -> None:
        """Once; in its tenant, in the same round trip."""
        if not self._began:
            self._began = True
            self._connection.begin_as(self.info["work"])
            await self._say("BEGIN;")

    async def _say(self, words: str) -> None:
        try:
            await self._connection.execute(words)
        except _BROKEN as error:
            raise _as_ever(error) from error


@asynccontextmanager
async def opened(engine: AsyncEngine, work: "Work", auditor: Auditor) -> AsyncIterator[Direct]:
    """A transaction on a connection of the engine's pool, which is given back clean, or not at all."""
    lent = await _lent(engine)
    raw: Any = lent.driver_connection
    direct, clean = Direct(raw, work, auditor), False
    try:
        try:
            yield direct
        finally:
            await direct.roll_back()
        clean = True
    finally:
        if clean or not (raw.is_closed() or raw.is_in_transaction()):
            lent.close()
        else:
            await greenlet_spawn(lent.invalidate)


async def _lent(engine: AsyncEngine) -> PoolProxiedConnection:
    """A connection of the pool. One that has to be made first may fail, and nobody dresses that error but us."""
    pool: Any = engine.pool
    # One that rests is there at once. Only waiting for one needs a greenlet, which costs more than the lending.
    with suppress(MissingGreenlet):
        if pool.checkedin():
            lent: PoolProxiedConnection = pool.connect()
            return lent
    try:
        return await engine.raw_connection()
    except engine.dialect.loaded_dbapi.Error as error:
        raise _as_ever(error) from error


def _as_ever(error: Exception) -> DBAPIError:
    """The driver's error in the clothes in which SQLAlchemy would have shown it, without statement or values."""
    kind = IntegrityError if isinstance(error, IntegrityConstraintViolationError) else DBAPIError
    lost = not isinstance(error, PostgresError)
    return kind(None, None, error, hide_parameters=True, connection_invalidated=lost)


Reader = Callable[[Any], Any] | None


@cache
def _reading(table: type[Tenanted], lock: bool, more: str) -> tuple[list[tuple[str, Reader]], str, str]:
    """(columns with how they are read, the statement that reads them by id, the same behind a claim)."""
    # A process that has asked nothing of a session yet knows the models' attributes by name only.
    configure_mappers()
    columns = [(one.name, _reader(one)) for one in sorted(_table(table).c, key=lambda one: one.name != "id")]
    names = ", ".join(name for name, _ in columns)
    query = f"SELECT {names} FROM {_table(table).name} WHERE id = "  # noqa: S608 - names of our own models
    ending = " FOR UPDATE" if lock else ""
    alone = f"SELECT r.*, {more} FROM ({query}$1{ending}) AS r"  # noqa: S608 - the same
    # A key that is taken, or was answered before, waits for no row.
    claimed = (
        f"WITH key AS MATERIALIZED ({{}}) SELECT key.locked, key.fingerprint, key.answer, r.*, {more}"  # noqa: S608 - ours
        f" FROM key LEFT JOIN LATERAL ({query}$3 AND key.locked AND key.answer IS NULL{ending}) AS r ON true"
    )
    return columns, alone, claimed


@cache
def _viewing(table: type[Tenanted]) -> tuple[list[tuple[str, Reader]], str]:
    """(columns with how they are read, the statement that reads them by id and notes the view)."""
    columns, _, _ = _reading(table, False, "NULL")
    return columns, viewing.statement(_table(table).name, [name for name, _ in columns])


def _made(table: type[Row], columns: list[tuple[str, Reader]], found: Sequence[Any]) -> tuple[Row, dict[str, Any]]:
    """(a row of the model that belongs to no session, its columns as they were read)."""
    row: Row = inspect(table).class_manager.new_instance()
    values = {
        name: one if one is None or read is None else read(one)
        for (name, read), one in zip(columns, found, strict=True)
    }
    vars(row).update(values)
    return row, values


def _table(table: type[Tenanted]) -> Table:
    found: Table = table.__table__  # type: ignore[attr-defined]  # SQLModel does not type its table
    return found


def _reader(column: Column[Any]) -> Reader:
    return column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None)


def _writer(column: Column[Any]) -> Reader:
    return column.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)


def _changed(row: Versioned, read: dict[str, Any]) -> tuple[str, ...]:
    """The columns, but for the version, that are others than they were read, always in the same order."""
    now = vars(row)
    return tuple(name for name, value in read.items() if now[name] != value and name != "version")


def _change(row: Versioned, read: dict[str, Any]) -> Change:
    columns, changed = _table(type(row)).c, _changed(row, read)
    values = tuple(_written(columns[name], getattr(row, name)) for name in changed)
    casts = tuple((name, "::text::jsonb" if isinstance(columns[name].type, JSON) else "") for name in changed)
    return Change(_table(type(row)).name, row.id, read["version"], casts, values)


def _written(column: Column[Any], value: Any) -> Any:
    write = _writer(column)
    return value if write is None else write(value)
