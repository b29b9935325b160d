"""A transaction on the driver's own connection, for the few verbs that are asked most: load, decide, record as ever.

The rows have the models' columns and belong to no session. What changed of them is written with history, audit,
events and the stored answer in one statement. Whoever may be asked again reads ahead: nothing is locked while they
decide, and the statement that writes is a transaction by itself, which fails where what was read is not the present
state any more.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

from asyncpg import DivisionByZeroError, IntegrityConstraintViolationError, PostgresError, UniqueViolationError
from asyncpg.exceptions import TransactionRollbackError
from sqlalchemy import PoolProxiedConnection
from sqlalchemy.exc import DBAPIError, IntegrityError, MissingGreenlet
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import greenlet_spawn

from shared import audit, away, driver, reading, viewing
from shared.audit import Auditor
from shared.flush import Change
from shared.reading import Row
from shared.tables import Versioned

if TYPE_CHECKING:
    from shared.db import Work

_BROKEN: Final = (*away.CONNECTING, OSError)
_KEYS: Final = "idempotency_keys_pkey"


class Overtaken(Exception):  # noqa: N818 - not an error: nothing was written, and whoever asks again waits
    """What was read ahead is not the present state any more, or was not enough to decide by."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The key of a request, and who raises when the request must not go on: (is it free, fingerprint, answer)."""

    scope: str
    key: str
    judge: Callable[[bool, bytes | None, bytes | None], None]


@dataclass(frozen=True, slots=True)
class More:
    """One more expression of a row's columns: once the row is locked, and where it is read ahead."""

    locked: str
    ahead: str


_NO_MORE: Final = More("NULL", "NULL")


class Direct:
    """A transaction that begins in its tenant with its first statement; `info` is what `work_of` looks into."""

    def __init__(self, connection: driver.Connection, work: "Work", auditor: Auditor, *, ahead: bool = False) -> None:
        self.info: dict[Any, Any] = {"work": work}
        self._connection = connection
        self._auditor = auditor
        self._may_read_ahead = ahead
        # The tenant's settings, once something was read ahead.
        self._ahead: Sequence[str] = ()
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
            await self._take(claim)
            found = await self._row(reading.LOOK_AT_KEY, claim.scope, claim.key) or (None, None)
            claim.judge(True, *found)

    async def _take(self, claim: Claim) -> None:
        """Lock the key until the end of the transaction. What is asked next sees what its last holder committed."""
        found = await self._row(reading.LOCK_KEY, claim.scope, claim.key)
        if not (found and found[0]):
            claim.judge(False, None, None)

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
        found = await self.load_with(table, row_id, _NO_MORE, lock=lock)
        return None if found is None else found[0]

    async def load_with(
        self, table: type[Row], row_id: UUID, more: More, *, lock: bool = False
    ) -> tuple[Row, Any] | None:
        """The row, and the value of one more expression: read ahead where that may be, or else once it is locked."""
        claim, self._claim = self._claim, None
        if lock and self._may_read_ahead and not self._began:
            found = await self._read_ahead(reading.ahead(table, claim is not None, more.ahead), row_id, claim)
        elif claim is not None:
            await self._take(claim)
            found = await self._row(reading.behind_key(table, lock, more.locked), claim.scope, claim.key, row_id)
        else:
            alone = await self._row(reading.alone(table, lock, more.locked), row_id)
            found = None if alone is None else (None, None, *alone)
        found = found or (None, None, None)
        if claim is not None:
            claim.judge(True, *found[:2])
        # The row's id; there may be none.
        if found[2] is None:
            return None
        row, values = reading.made(table, found[2:-1])
        if lock and issubclass(table, Versioned):
            self._locked.append((cast(Versioned, row), values))
        return row, found[-1]

    async def _read_ahead(self, query: str, row_id: UUID, claim: Claim | None) -> Sequence[Any] | None:
        """Without a transaction, a lock or the key. From here on nothing more is asked but what writes it all."""
        if self._ahead:
            raise Overtaken
        work: Work = self.info["work"]
        self._ahead = driver.settings(work.partnership, work.organisation, work.person, work.scope)
        key = () if claim is None else (claim.scope, claim.key)
        return await self._fetched(query, *self._ahead, row_id, *key)

    async def load_seen(self, table: type[Row], row_id: UUID, kind: str) -> Row | None:
        """The row, or None, its view noted for the audit; where nothing came before, all of it in one round trip.

        Then the note stays, whatever follows: nobody has seen what is not in the audit.
        """
        work: Work = self.info["work"]
        if self._began or self._ahead or self._claim is not None or work.pending:
            row = await self.load(table, row_id)
            if row is not None:
                audit.saw(self, kind, row_id)
            return row
        audit.saw(self, kind, row_id)
        entry = self._auditor.entry(work)
        work.pending.seen.clear()
        found = await self._fetched(reading.seen(table), *viewing.values(work, row_id, work.now, entry))
        return None if found is None else reading.made(table, found)[0]

    async def flush(self) -> None:
        """Count up the versions of what has changed, once; the rows are written when the transaction is committed."""
        for row, read in self._locked:
            if row.version == read["version"] and reading.changed(row, read):
                row.version += 1
                self.info["work"].pending.changed = True

    def changes(self) -> list[Change]:
        """What is to be written of the locked rows whose version was counted up; ahead, also what must be as it was."""
        return [
            reading.change(row, read) for row, read in self._locked if self._ahead or row.version != read["version"]
        ]

    @property
    def entering(self) -> Sequence[str]:
        """The tenant that the last statement has to enter, where it is a transaction by itself."""
        return self._ahead

    async def end_with(self, query: str, values: Sequence[Any]) -> None:
        """Run this statement and commit."""
        if self._ahead:
            await self._end_ahead(query, values)
            return
        await self.settle()
        await self._begin()
        try:
            await self._connection.fetchrow(query, *values)
        except DivisionByZeroError as error:
            raise RuntimeError("a locked row was changed by somebody else") from error
        except _BROKEN as error:
            raise _as_ever(error) from error
        await self._say("COMMIT")

    async def _end_ahead(self, query: str, values: Sequence[Any]) -> None:
        """Nothing of it is written where somebody was faster: with the row, the case, the key, or in a race."""
        try:
            await self._connection.fetchrow(query, *values)
        except (DivisionByZeroError, TransactionRollbackError) as error:
            raise Overtaken from error
        except UniqueViolationError as error:
            if error.constraint_name == _KEYS:
                raise Overtaken from error
            raise _as_ever(error) from error
        except _BROKEN as error:
            raise _as_ever(error) from error

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
        if self._ahead:
            raise Overtaken
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
async def opened(engine: AsyncEngine, work: "Work", auditor: Auditor, *, ahead: bool) -> AsyncIterator[Direct]:
    """A transaction on a connection of the engine's pool, which is given back clean, or not at all."""
    lent = await _lent(engine)
    raw: Any = lent.driver_connection
    direct, clean = Direct(raw, work, auditor, ahead=ahead), False
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
