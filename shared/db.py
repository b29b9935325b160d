"""Sessions and transactions: tenant set in each, the spine's rows as one statement, commit before the answer."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Protocol
from uuid import UUID

import orjson
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DisconnectionError, MissingGreenlet
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.ext.asyncio import AsyncSession as PlainSession
from sqlalchemy.orm import Session as SyncSession
from sqlalchemy.orm import SessionTransaction
from sqlalchemy.util.concurrency import in_greenlet
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import direct, driver, flush, lending, wall_clock
from shared.audit import Auditor
from shared.direct import Direct
from shared.flush import LOCK
from shared.ids import of_bytes, to_bytes
from shared.pending import Pending
from shared.settings import Settings

# `public` is whoever asks without a token.
Scope = Literal["organisation", "person", "service", "system", "public"]
# For a free connection of the pool, and for a new one to be made.
CONNECT_SECONDS: Final = 4
# The server asks whether a quiet client is still there, and frees what a vanished one holds.
_WATCHED: Final = {"tcp_keepalives_idle": "15", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}


@dataclass(slots=True)
class Work:
    """What one transaction is about: for which tenant, by whom, when, and what it will leave behind."""

    service: str
    partnership: UUID
    organisation: UUID | None
    actor: str
    scope: Scope
    person: UUID | None = None
    client_id: str = ""
    roles: tuple[str, ...] = ()
    action: str = ""
    purpose: str = ""
    request_id: str = ""
    traceparent: str = ""
    now: datetime = field(default_factory=wall_clock.now)
    pending: Pending = field(default_factory=Pending)


class _Session(AsyncSession):
    """SQLModel's session, whose `execute` is SQLAlchemy's own, for Core statements and plain SQL."""

    execute = PlainSession.execute


class Unit(Protocol):
    """A transaction, however it reaches the database, as far as one may note something for its end."""

    @property
    def info(self) -> dict[Any, Any]: ...


async def first(session: AsyncSession | Direct, query: str, *values: Any) -> Sequence[Any] | None:
    """The first row of a statement in the driver's own words (`$1`), by position."""
    if isinstance(session, Direct):
        return await session.row(query, *values)
    return (await (await session.connection()).exec_driver_sql(query, values)).first()


def work_of(session: Unit) -> Work:
    """The work that this session's transaction is about."""
    work: Work = session.info["work"]
    return work


def now_of(session: Unit) -> datetime:
    """The one instant at which this transaction happens, aware, UTC."""
    return work_of(session).now


class Database:
    """One service's database through one of its two running roles."""

    def __init__(self, settings: Settings, role: Literal["app", "worker"], auditor: Auditor) -> None:
        self.engine = engine_for(settings.url(role), settings)
        self.auditor = auditor
        self._sessions = async_sessionmaker(self.engine, class_=_Session, expire_on_commit=False)

    def open(self, work: Work) -> AsyncSession:
        """A session for this work; whoever opens it commits with `commit` and closes it."""
        return self._sessions(info={"work": work})

    def direct(self, work: Work, *, ahead: bool = False) -> AbstractAsyncContextManager[Direct]:
        """A transaction on the driver's own connection, rolled back where nobody has committed it with `commit`.

        Whoever asks again where it is `Overtaken`, then without it, may read ahead.
        """
        return direct.opened(self.engine, work, self.auditor, ahead=ahead)

    async def commit(self, session: AsyncSession | Direct) -> None:
        """Flush rows, then history, audit, outbox and idempotency as one statement, then commit."""
        work = work_of(session)
        if not isinstance(session, Direct):
            await self.commit_all(session, [work])
            return
        await session.flush()
        if not work.pending:
            await session.commit()
            return
        entry = self.auditor.entry(work)
        parts = (work.pending, work.partnership, work.now, entry, session.changes(), session.entering)
        await session.end_with(*flush.statement(*parts))

    async def commit_all(self, session: AsyncSession, works: Sequence[Work]) -> None:
        """Commit what several works did, one after the other, in this session (see `turn_to`)."""
        await session.flush()
        telling = [key for work in works for key in work.pending.event_keys()]
        if len(works) > 1 and telling:
            # All at once and in order, as one work alone does it: whoever takes them in turn may block another.
            await session.execute(LOCK, {"keys": telling})
        for work in works:
            if work.pending:
                await turn_to(session, work)
                query, values = flush.statement(work.pending, work.partnership, work.now, self.auditor.entry(work))
                await (await session.connection()).exec_driver_sql(query, tuple(values))
        await session.commit()

    @asynccontextmanager
    async def transaction(self, work: Work) -> AsyncIterator[AsyncSession]:
        """A worker's transaction: committed at the end, rolled back when the body raises."""
        async with self.open(work) as session:
            yield session
            await self.commit(session)

    async def dispose(self) -> None:
        await self.engine.dispose()


def engine_for(url: str, settings: Settings, pool_size: int | None = None) -> AsyncEngine:
    """An engine that hides parameters from errors, and gives up on statements and on servers that fall silent.

    The longest wait of a request is that for a connection and then for the server, or that for one statement.
    """
    engine = create_async_engine(
        url,
        poolclass=lending.Pool,
        pool_size=pool_size or settings.pool_size,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        hide_parameters=True,
        json_serializer=lambda value: orjson.dumps(value, default=str).decode(),
        json_deserializer=orjson.loads,
        connect_args={
            "connection_class": driver.Connection,
            "timeout": CONNECT_SECONDS,
            # The server's own limit comes first; when not even that is heard of, nobody is there.
            "command_timeout": settings.statement_seconds + 1,
            "server_settings": {
                "application_name": f"circle-{settings.service}",
                "statement_timeout": f"{settings.statement_seconds * 1000:.0f}",
                "lock_timeout": "5000",
                # A client that is gone holds its locks for so long: more than the relay waits for the broker.
                "idle_in_transaction_session_timeout": "12000",
                **_WATCHED,
                "jit": "off",
                "timezone": "UTC",
            },
        },
    )
    event.listen(engine.sync_engine, "do_connect", _where_one_can_wait)
    event.listen(engine.sync_engine, "connect", _plain_ids)
    event.listen(engine.sync_engine, "checkin", _forget_tenant)
    event.listen(engine.sync_engine, "checkout", _is_of_use)
    return engine


def _where_one_can_wait(*_: Any) -> None:
    """Whoever asked for a connection at rest, and finds that a new one has to be made, has to ask as one who waits."""
    if not in_greenlet():
        raise MissingGreenlet


def _is_of_use(connection: Any, _record: Any, _proxy: Any) -> None:
    """A connection that ended while it rested, or on which a statement was given up just now, is not handed out.

    The pool makes a new one instead. Whoever gave up has not always waited for the server to confirm it.
    """
    raw = connection.driver_connection
    if not raw.is_of_use:
        raw.terminate()
        raise DisconnectionError


def _forget_tenant(connection: Any, _record: Any) -> None:
    """A session that asked for nothing has left its tenant with the connection: the next user must not begin in it."""
    if connection is not None:
        connection.driver_connection.forget_tenant()


def _plain_ids(connection: Any, _record: Any) -> None:
    """The driver has a UUID class of its own, which JSON does not know: ids come as Python's."""
    connection.run_async(
        lambda raw: raw.set_type_codec(
            "uuid",
            schema="pg_catalog",
            format="binary",
            encoder=to_bytes,
            decoder=of_bytes,
        )
    )


_SET_TENANT = text("""
SELECT set_config('circle.partnership', :partnership, true), set_config('circle.organisation', :organisation, true),
  set_config('circle.person', :person, true), set_config('circle.scope', :scope, true)
""")


def _tenant(work: Work) -> dict[str, str]:
    return {
        "partnership": str(work.partnership),
        "organisation": str(work.organisation or ""),
        "person": str(work.person or ""),
        "scope": work.scope,
    }


@event.listens_for(SyncSession, "after_begin")
def _set_tenant(session: SyncSession, _transaction: SessionTransaction, connection: Connection) -> None:
    """Told to the connection, which sends it along with the BEGIN of the session's first statement."""
    work: Work | None = session.info.get("work")
    raw: Any = connection.connection.driver_connection
    if work is not None:
        raw.begin_as(work)


async def enter(session: AsyncSession, partnership: UUID) -> None:
    """Go on in this partnership: for a worker that learns only from the claimed row whose it is."""
    work = work_of(session)
    work.partnership = partnership
    await session.execute(_SET_TENANT, _tenant(work))


async def turn_to(session: AsyncSession, work: Work) -> None:
    """Go on in the same transaction as another work, in its tenant."""
    former = work_of(session)
    session.info["work"] = work
    if _tenant(former) != _tenant(work):
        await session.execute(_SET_TENANT, _tenant(work))


@event.listens_for(SyncSession, "before_flush")
def _count_versions(session: SyncSession, _context: Any, _instances: Any) -> None:
    """A changed row that carries a `version` counts it up; the ETag is made of it."""
    for row in session.dirty:
        if hasattr(row, "version") and session.is_modified(row):
            row.version += 1
