"""Transactions on the driver's own connection: the same promises as a session's, and nothing left to the next user."""

import asyncio
import sys
from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from asyncpg import InternalClientError, PostgresError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared import audit, case_access, clocks, driver, history, outbox
from shared.direct import Direct
from shared.events.referral import Grant
from shared.events.training import InductionStarted
from shared.ids import new_id
from shared.parts import Parts
from shared.tests.house import House
from shared.tests.widgets import Widget

SETTINGS = """SELECT current_setting('circle.partnership', true), current_setting('circle.organisation', true),
  current_setting('circle.person', true), current_setting('circle.scope', true)"""
# What the very first request of a process does, with a driver that finds a row of nothing.
FIRST = """
import asyncio
from types import SimpleNamespace
from uuid import uuid4
from shared.direct import Direct
from shared.tests.widgets import Widget

async def fetchrow(query, *values):
    return [uuid4()] + [None] * len(Widget.__table__.c)

async def execute(query):
    pass

driver = SimpleNamespace(fetchrow=fetchrow, execute=execute, begin_as=lambda tenant: None)
row = asyncio.run(Direct(driver, None, None).load(Widget, uuid4(), lock=True))
row.label = str(row.label)
"""
LEFT = ("status_history", "outbox", "clocks", "audit_log", "audit_unsealed")


async def made(house: House, parts: Parts, label: str = "a") -> UUID:
    """The id of a widget of the house."""
    async with parts.app.open(house.work()) as session:
        widget = Widget(partnership_id=house.partnership, label=label)
        session.add(widget)
        await parts.app.commit(session)
    return widget.id


async def left_to_the_next(parts: Parts) -> set[str]:
    """What is still set on the pool's one connection; it must also be one that can be used."""
    async with parts.app.engine.connect() as connection:
        return set((await connection.execute(text(SETTINGS))).one()) - {None, ""}


async def relabel(session: Direct, widget: UUID, label: str) -> Widget:
    row = await session.load(Widget, widget, lock=True)
    assert row is not None
    row.label = label
    history.record(session, "widget", row.id, ("old", label))
    outbox.add(session, InductionStarted(volunteer=row.id, induction=row.id))
    clocks.note(session, {"late": row_due(session)}, row.id, family=row.id, calendar_version="1")
    audit.saw(session, "widget", row.id)
    return row


def row_due(session: Direct) -> Any:
    return session.info["work"].now + timedelta(days=1)


async def test_a_changed_row_and_all_that_belongs_to_it_are_committed_together(house: House, alone: Parts) -> None:
    widget = await made(house, alone)
    async with alone.app.direct(house.work()) as session:
        row = await relabel(session, widget, "b")
        await session.flush()
        await session.flush()
        assert row.version == 2
        await alone.app.commit(session)
    (found,) = await house.rows("SELECT label, version FROM widgets WHERE partnership_id = :p")
    assert tuple(found) == ("b", 2)
    assert [await house.count(table) for table in LEFT] == [1] * 5
    (entry,) = await house.rows("SELECT entry FROM audit_log WHERE partnership_id = :p")
    assert '"changed":true' in entry[0]


async def test_without_a_commit_nothing_of_it_is_there(house: House, alone: Parts) -> None:
    widget = await made(house, alone)
    async with alone.app.direct(house.work()) as session:
        await relabel(session, widget, "b")
    (found,) = await house.rows("SELECT label, version FROM widgets WHERE partnership_id = :p")
    assert tuple(found) == ("a", 1)
    assert [await house.count(table) for table in LEFT] == [0] * 5


async def test_what_fails_at_the_commit_itself_leaves_nothing_and_a_usable_connection(
    house: House, alone: Parts
) -> None:
    async with alone.app.direct(house.work()) as session:
        insert = "INSERT INTO widgets (id, partnership_id, version, label) VALUES ($1, $2, 1, 'fails at commit')"
        await session.row(insert, new_id(), house.partnership)
        history.record(session, "widget", new_id(), (None, "made"))
        with pytest.raises(DBAPIError) as failed:
            await alone.app.commit(session)
    assert getattr(failed.value.orig, "sqlstate", "") == "40001"
    assert [await house.count(table) for table in ("widgets", *LEFT)] == [0] * 6
    assert await left_to_the_next(alone) == set()


async def test_a_locked_row_that_is_not_at_its_version_any_more_is_a_defect_and_nothing_is_left(
    house: House, alone: Parts
) -> None:
    widget = await made(house, alone)
    async with alone.app.direct(house.work()) as session:
        row = await relabel(session, widget, "b")
        await session.row("UPDATE widgets SET version = 7 WHERE id = $1", row.id)
        with pytest.raises(RuntimeError, match="somebody else"):
            await alone.app.commit(session)
    assert [await house.count(table) for table in LEFT] == [0] * 5
    assert await left_to_the_next(alone) == set()


@pytest.mark.parametrize(
    "said", ["it's", "'); DROP TABLE widgets; --", "\\'; COMMIT; --", "$1", 'a "b" \n\t\r\\', "é ✓ \U0001f9f8", "", " "]
)
async def test_what_is_written_is_written_as_it_was_said(house: House, alone: Parts, said: str) -> None:
    widget = await made(house, alone)
    async with alone.app.direct(house.work()) as session:
        await relabel(session, widget, said)
        await alone.app.commit(session)
    (found,) = await house.rows("SELECT label FROM widgets WHERE partnership_id = :p")
    assert found[0] == said


async def test_a_row_that_was_only_looked_at_keeps_its_version(house: House, alone: Parts) -> None:
    widget = await made(house, alone)
    async with alone.app.direct(house.work()) as session:
        row = await session.load(Widget, widget, lock=True)
        assert row is not None
        row.label = "a"
        await alone.app.commit(session)
    assert row.version == 1
    assert await house.count("audit_log") == 0


async def test_a_row_of_another_partnership_is_not_there(house: House, alone: Parts) -> None:
    widget = await made(house, alone)
    async with alone.app.direct(house.work(partnership=new_id())) as session:
        assert await session.load(Widget, widget) is None
        assert await session.load(Widget, widget, lock=True) is None


async def test_the_next_user_of_the_connection_finds_no_tenant_however_it_ended(house: House, alone: Parts) -> None:
    for ending in ("commit", "nothing", "error", "cancelled"):
        async with alone.app.direct(house.work(person=new_id())) as session:
            shown = await session.row(SETTINGS)
            assert shown is not None
            assert shown[0] == str(house.partnership)
            if ending == "commit":
                await alone.app.commit(session)
            elif ending == "error":
                with pytest.raises(DBAPIError, match="division"):
                    await session.row("SELECT 1/0")
            elif ending == "cancelled":
                asked = asyncio.ensure_future(session.row("SELECT pg_sleep(60)"))
                await asyncio.sleep(0)
                asked.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await asked
        assert await left_to_the_next(alone) == set(), ending


async def test_a_first_statement_that_the_driver_refuses_leaves_no_transaction_to_the_next_user(
    house: House, alone: Parts
) -> None:
    async with alone.app.direct(house.work()) as session:
        with pytest.raises(DBAPIError):
            await session.row("SELECT $1::int", "no number")
    assert await left_to_the_next(alone) == set()
    async with alone.app.direct(house.work()) as session:
        assert await session.row("SELECT 1") == (1,)
    assert await left_to_the_next(alone) == set()


async def test_a_transaction_in_which_nothing_was_asked_ends_as_well(house: House, alone: Parts) -> None:
    async with alone.app.direct(house.work()) as session:
        await alone.app.commit(session)
    async with alone.app.direct(house.work()) as session:
        history.record(session, "widget", new_id(), (None, "made"))
        await alone.app.commit(session)
    assert await house.count("status_history") == 1
    assert await left_to_the_next(alone) == set()


async def test_a_connection_that_was_lost_is_not_lent_again(house: House, alone: Parts) -> None:
    with pytest.raises(DBAPIError) as lost:
        async with alone.app.direct(house.work()) as session:
            await session.row("SELECT pg_terminate_backend(pg_backend_pid())")
    assert str(getattr(lost.value.orig, "sqlstate", "57"))[:2] in {"08", "57"}
    assert await left_to_the_next(alone) == set()


async def test_errors_of_the_driver_come_as_sqlalchemys_and_say_nothing_of_the_values(
    house: House, alone: Parts
) -> None:
    widget = await made(house, alone, "secret-word")
    insert = "INSERT INTO widgets (id, partnership_id, version, label) VALUES ($1, $2, 1, $3)"
    async with alone.app.direct(house.work()) as session:
        with pytest.raises(IntegrityError) as twice:
            await session.row(insert, widget, house.partnership, "secret-word")
    assert isinstance(twice.value.orig, PostgresError)
    assert twice.value.orig.constraint_name == "widgets_pkey"
    assert "secret-word" not in str(twice.value)


async def test_the_list_of_a_case_is_replaced_by_a_later_revision_only(house: House, alone: Parts) -> None:
    family, first, second = new_id(), new_id(), new_id()
    shown = "SELECT organisation_id FROM case_access WHERE partnership_id = :p"
    for revision, organisation, holds in ((2, first, first), (1, second, first), (3, second, second)):
        async with alone.app.direct(house.work()) as session:
            case_access.note(session, family, revision, [Grant(organisation=organisation, part="la")])
            session.info["work"].pending.changed = True
            await alone.app.commit(session)
        assert [row[0] for row in await house.rows(shown)] == [holds]


async def test_a_line_that_breaks_between_the_steps_of_a_statement_is_a_lost_connection(
    house: House, alone: Parts
) -> None:
    broken = InternalClientError("cannot switch to state 12; another operation (2) is in progress")
    with mock.patch.object(driver.Connection, "fetchrow", side_effect=broken), pytest.raises(DBAPIError) as told:
        async with alone.app.direct(house.work()) as session:
            await session.load(Widget, new_id())
    assert told.value.connection_invalidated


async def test_a_row_is_whole_in_a_process_that_has_asked_nothing_of_a_session_yet() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", FIRST, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    assert (process.returncode, said.decode()) == (0, "")
