"""A row that is shown and the note of it: one statement, whose tenant nobody after it meets, however it ends."""

import asyncio
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from asyncpg import PostgresError
from sqlalchemy.exc import IntegrityError

from shared import driver, viewing
from shared.db import Work
from shared.direct import Direct
from shared.ids import new_id
from shared.parts import Parts
from shared.tests.house import House, until
from shared.tests.widgets import Widget

SETTINGS = """SELECT current_setting('circle.partnership', true), current_setting('circle.organisation', true),
  current_setting('circle.person', true), current_setting('circle.scope', true)"""
GRANT = "INSERT INTO case_access (partnership_id, family_id, organisation_id, part) VALUES ($1, $2, $3, 'la')"
WAITING = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'case_access'::regclass)"
COLUMNS = tuple(column.name for column in Widget.__table__.c)  # type: ignore[attr-defined]  # SQLModel does not type it
# What a planner may be told, and might come to think by itself.
PLANNERS = ("nestloop", "material", "indexscan", "indexonlyscan", "bitmapscan", "seqscan", "hashjoin", "mergejoin")


async def made(house: House, parts: Parts, family: UUID | None = None) -> UUID:
    """The id of a widget of the house."""
    async with parts.app.open(house.work()) as session:
        widget = Widget(partnership_id=house.partnership, label="a", family_id=family)
        session.add(widget)
        await parts.app.commit(session)
    return widget.id


async def shown(parts: Parts, work: Work, widget: UUID) -> Widget | None:
    async with parts.app.direct(work) as session:
        row = await session.load_seen(Widget, widget, "widget")
        await parts.app.commit(session)
    return row


async def left_to_the_next(parts: Parts) -> set[str]:
    """What is still set on the pool's one connection; it must also be one that can be used."""
    async with parts.app.engine.connect() as connection:
        return set((await connection.exec_driver_sql(SETTINGS)).one()) - {None, ""}


async def test_a_row_is_read_and_its_view_noted_with_one_message(house: House, alone: Parts) -> None:
    widget, asked = await made(house, alone), mock.Mock()
    fetchrow, execute = driver.Connection.fetchrow, driver.Connection.execute

    async def fetching(connection: driver.Connection, query: str, *values: object) -> object:
        asked(query)
        return await fetchrow(connection, query, *values)

    with (
        mock.patch.object(driver.Connection, "fetchrow", fetching),
        mock.patch.object(driver.Connection, "execute", side_effect=execute) as executed,
    ):
        row = await shown(alone, house.work(), widget)
    assert row is not None
    assert (row.id, row.label, row.version) == (widget, "a", 1)
    assert (asked.call_count, executed.call_count) == (1, 0)
    (entry,) = await house.rows("SELECT entry FROM audit_log WHERE partnership_id = :p")
    assert f'"seen":{{"widget":["{widget}"]}}' in entry[0]
    assert '"changed":false' in entry[0]
    assert await house.count("audit_unsealed") == 1
    assert await left_to_the_next(alone) == set()


async def test_what_is_not_shown_is_not_there_and_not_noted(house: House, alone: Parts) -> None:
    own, of_a_case = await made(house, alone), await made(house, alone, family=new_id())
    for work, widget in (
        (house.work(), new_id()),
        (house.work(), of_a_case),
        (house.work(partnership=new_id()), own),
        (house.work(partnership=new_id(), organisation=None, scope="service"), of_a_case),
    ):
        assert await shown(alone, work, widget) is None
        assert await left_to_the_next(alone) == set()
    assert await house.count("audit_log") == 0


async def test_tenants_in_turn_on_one_connection_see_their_own_only(house: House, alone: Parts) -> None:
    other = House(house.spine)
    own = {one.partnership: await made(one, alone) for one in (house, other)}
    for mine, theirs in [(house, other), (other, house)] * 8:
        assert await shown(alone, mine.work(), own[mine.partnership]) is not None
        assert await shown(alone, mine.work(), own[theirs.partnership]) is None
    assert [await one.count("audit_log") for one in (house, other)] == [8, 8]


@pytest.mark.parametrize("never", PLANNERS)
async def test_the_tenant_comes_before_the_row_whatever_the_planner_would_rather_do(
    house: House, alone: Parts, never: str
) -> None:
    family = new_id()
    widget = await made(house, alone, family)
    async with alone.app.direct(house.work()) as session:
        await session.row(GRANT, house.partnership, family, house.organisation)
        await alone.app.commit(session)
    lent = await alone.app.engine.raw_connection()
    raw: Any = lent.driver_connection
    try:
        for plan in ("force_generic_plan", "force_custom_plan"):
            await raw.execute(f"SET enable_{never} = off; SET plan_cache_mode = {plan}")
            seen = await raw.fetchrow(viewing.statement("widgets", COLUMNS), *values(alone, house.work(), widget))
            assert seen["id"] == widget
    finally:
        await raw.execute("RESET ALL")
        lent.close()
    assert await house.count("audit_log") == 2


def values(parts: Parts, work: Work, widget: UUID) -> list[object]:
    return viewing.values(work, widget, work.now, parts.app.auditor.entry(work))


async def test_a_statement_that_fails_leaves_no_tenant_and_no_note(house: House, alone: Parts) -> None:
    widget = await made(house, alone)
    with mock.patch.object(alone.app.auditor, "mac", return_value=None), pytest.raises(IntegrityError) as failed:
        await shown(alone, house.work(), widget)
    assert isinstance(failed.value.orig, PostgresError)
    assert await left_to_the_next(alone) == set()
    assert await house.count("audit_log") == 0
    assert await shown(alone, house.work(), widget) is not None


async def test_a_statement_that_is_cancelled_once_it_has_its_tenant_leaves_none(house: House, alone: Parts) -> None:
    family = new_id()
    widget = await made(house, alone, family)
    assert await shown(alone, house.work(), widget) is None
    async with house.spine.parts.app.direct(house.work()) as other:
        # Who may see the case is looked up while the row is read, after the tenant was set.
        await other.row("LOCK TABLE case_access IN ACCESS EXCLUSIVE MODE")
        reading = asyncio.ensure_future(shown(alone, house.work(), widget))

        async def waits() -> bool:
            return await other.row(WAITING) == (True,)

        await until(waits)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    assert await left_to_the_next(alone) == set()
    assert await house.count("audit_log") == 0


async def test_behind_other_statements_the_note_goes_with_their_transaction(house: House, alone: Parts) -> None:
    widget = await made(house, alone)

    async def shown_behind(session: Direct) -> None:
        await session.row("SELECT 1")
        assert await session.load_seen(Widget, widget, "widget") is not None

    async with alone.app.direct(house.work()) as session:
        await shown_behind(session)
    assert await house.count("audit_log") == 0
    async with alone.app.direct(house.work()) as session:
        await shown_behind(session)
        await alone.app.commit(session)
    assert await house.count("audit_log") == 1
