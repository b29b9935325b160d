"""Transactions: the tenant lives as long as its transaction, not as long as its pooled connection."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import audit, history, outbox
from shared.db import enter, work_of
from shared.driver import Connection
from shared.events.training import InductionStarted
from shared.ids import new_id
from shared.parts import Parts
from shared.settings import Settings
from shared.tests.house import House
from shared.tests.widgets import Widget

SETTINGS = text("""SELECT current_setting('circle.partnership', true), current_setting('circle.organisation', true),
  current_setting('circle.person', true), current_setting('circle.scope', true)""")


@pytest_asyncio.fixture
async def one_connection(settings_of: Callable[..., Settings], table: None) -> AsyncIterator[Parts]:
    """Parts whose pool has a single connection, so that the next user gets the same."""
    made = Parts.of(settings_of(pool_size=1))
    yield made
    await made.close()


async def left_behind(parts: Parts) -> set[str]:
    async with parts.app.engine.connect() as connection:
        return set((await connection.execute(SETTINGS)).one()) - {None, ""}


async def test_the_next_user_of_a_connection_finds_no_tenant(house: House, one_connection: Parts) -> None:
    for ending in ("commit", "rollback", "error", "cancelled", "closed"):
        session: AsyncSession
        async with one_connection.app.open(house.work(person=new_id())) as session:
            shown = (await session.execute(SETTINGS)).one()
            assert shown[0] == str(house.partnership)
            if ending == "commit":
                await one_connection.app.commit(session)
            elif ending == "rollback":
                await session.rollback()
            elif ending == "error":
                with pytest.raises(Exception, match="division"):
                    await session.execute(text("SELECT 1/0"))
            elif ending == "cancelled":
                asked = asyncio.ensure_future(session.execute(text("SELECT pg_sleep(60)")))
                await asyncio.sleep(0)
                asked.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await asked
        assert await left_behind(one_connection) == set(), ending


async def test_a_session_that_asked_for_nothing_leaves_no_tenant_to_the_next_transaction(
    house: House, one_connection: Parts
) -> None:
    async with one_connection.app.open(house.work()) as session:
        await session.connection()
    assert await left_behind(one_connection) == set()


async def test_a_session_cancelled_while_it_begins_leaves_no_tenant(house: House, one_connection: Parts) -> None:
    async with one_connection.app.open(house.work()) as session:
        asked = asyncio.ensure_future(session.execute(SETTINGS))
        for _ in range(3):
            await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    assert await left_behind(one_connection) == set()


async def test_a_transaction_begins_in_its_tenant_with_one_message(house: House, one_connection: Parts) -> None:
    sent: list[str] = []
    async with one_connection.app.open(house.work()) as session:
        raw = (await (await session.connection()).get_raw_connection()).driver_connection
        assert isinstance(raw, Connection)
        raw.add_query_logger(lambda record: sent.append(record.query))
        await session.execute(text("SELECT 1"))
        await session.commit()
    # Prepared statements are not logged: what is, are the simple messages around them.
    assert [one.split()[0] for one in sent] == ["BEGIN;SELECT", "COMMIT;"]


async def test_only_ids_and_known_scopes_are_written_into_the_message(house: House, one_connection: Parts) -> None:
    evil: Any = "', true); DROP TABLE widgets; --"
    for work in (
        replace(house.work(), partnership=evil),
        replace(house.work(), organisation=evil),
        replace(house.work(), person=evil),
        replace(house.work(), scope=evil),
    ):
        async with one_connection.app.open(work) as session:
            with pytest.raises(ValueError):  # noqa: PT011 - whatever the words, nothing was sent
                await session.execute(text("SELECT 1"))
        assert await left_behind(one_connection) == set()


async def test_a_session_that_goes_on_after_its_commit_is_in_its_tenant_again(
    house: House, one_connection: Parts
) -> None:
    async with one_connection.app.open(house.work()) as session:
        await session.execute(text("SELECT 1"))
        await session.commit()
        assert (await session.execute(SETTINGS)).one()[0] == str(house.partnership)


async def test_a_worker_can_enter_the_partnership_of_what_it_claimed(house: House, one_connection: Parts) -> None:
    other = new_id()
    async with one_connection.worker.open(house.work("system")) as session:
        await enter(session, other)
        assert (await session.execute(SETTINGS)).one()[0] == str(other)
        assert work_of(session).partnership == other
    assert await left_behind(one_connection) == set()


async def test_what_a_transaction_leaves_behind_is_written_as_one_statement(
    house: House, one_connection: Parts
) -> None:
    statements: list[str] = []
    engine = one_connection.app.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    async with one_connection.app.open(house.work()) as session:
        widget = Widget(partnership_id=house.partnership, label="a")
        session.add(widget)
        for number in range(3):
            history.record(session, "widget", widget.id, (None, f"made {number}"))
            outbox.add(session, InductionStarted(volunteer=widget.id, induction=widget.id))
        audit.saw(session, "widget", widget.id)
        await one_connection.app.commit(session)
    kinds = [statement.split()[0] for statement in statements]
    assert kinds == ["INSERT", "WITH"]
    tables = ("status_history", "outbox", "audit_log", "audit_unsealed")
    assert [await house.count(table) for table in tables] == [3, 3, 1, 1]


async def test_a_transaction_that_neither_changed_nor_showed_anything_leaves_nothing(
    house: House, one_connection: Parts
) -> None:
    async with one_connection.app.open(house.work()) as session:
        await session.execute(text("SELECT 1"))
        await one_connection.app.commit(session)
    assert await house.count("audit_log") == 0


async def test_history_audit_and_event_go_with_the_change_or_not_at_all(house: House, one_connection: Parts) -> None:
    async with one_connection.app.open(house.work()) as session:
        widget = Widget(partnership_id=house.partnership, label="fails at commit")
        session.add(widget)
        history.record(session, "widget", widget.id, (None, "made"))
        with pytest.raises(DBAPIError):
            await one_connection.app.commit(session)
    tables = ("widgets", "status_history", "outbox", "audit_log", "audit_unsealed")
    assert [await house.count(table) for table in tables] == [0] * 5


async def test_history_tells_when_it_happened_and_when_it_was_recorded(house: House, one_connection: Parts) -> None:
    subject, work = new_id(), house.work()
    earlier = work.now.replace(year=2020)
    async with one_connection.app.open(work) as session:
        history.record(session, "widget", subject, ("a", "b"), reason_code="why", happened_at=earlier)
        await one_connection.app.commit(session)
    async with one_connection.app.open(house.work()) as session:
        (row,) = await history.of(session, subject)
    assert (row["from_status"], row["to_status"], row["reason_code"]) == ("a", "b", "why")
    assert (row["happened_at"], row["recorded_at"]) == (earlier, work.now)
    assert (row["actor"], row["actor_organisation"]) == ("test", house.organisation)


async def test_a_version_counts_changes_only(house: House, one_connection: Parts) -> None:
    made = Widget(partnership_id=house.partnership, label="a")
    async with one_connection.app.open(house.work()) as session:
        session.add(made)
        await session.flush()
        versions = [made.version]
        made.label = "a"
        await session.flush()
        versions.append(made.version)
        made.label = "b"
        await session.flush()
        versions.append(made.version)
        await session.commit()
    assert versions == [1, 1, 2]
