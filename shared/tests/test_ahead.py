"""What is read ahead is written only while it is still so: nothing is locked, nobody is overtaken, no tenant stays."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from shared import case_access, history
from shared.case_access import Ahead
from shared.db import Work
from shared.direct import Claim, Direct, Overtaken
from shared.events.referral import Grant
from shared.ids import new_id
from shared.parts import Parts
from shared.tests.house import House, until
from shared.tests.test_direct import LEFT, left_to_the_next, made, relabel
from shared.tests.test_viewing import PLANNERS
from shared.tests.widgets import FAILS_AT_COMMIT, Widget

WAITING = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"


@asynccontextmanager
async def ahead(parts: Parts, work: Work, key: str = "") -> AsyncIterator[Direct]:
    async with parts.app.direct(work, ahead=True) as session:
        claim(session, key)
        yield session


def claim(session: Direct, key: str) -> None:
    """As a keyed request does, whose answer is always the same."""
    pending = session.info["work"].pending

    def judge(is_free: bool, known: bytes | None, answer: bytes | None) -> None:
        assert is_free, "in progress"
        assert (known, answer) == (None, None), "answered before"
        pending.answer = {"scope": key, "key": key, "fingerprint": b"f", "answer": b"a"}

    if key:
        session.claim(Claim(key, key, judge))


async def changed(house: House, parts: Parts, widget: UUID, label: str) -> None:
    """By somebody who waits and holds, as sessions do."""
    async with parts.app.direct(house.work()) as session:
        row = await session.load(Widget, widget, lock=True)
        assert row is not None
        row.label = label
        await parts.app.commit(session)


async def now(house: House) -> tuple[Any, ...]:
    (found,) = await house.rows("SELECT label, version FROM widgets WHERE partnership_id = :p")
    return tuple(found)


async def counts(house: House) -> list[int]:
    return [await house.count(table) for table in (*LEFT, "idempotency_keys")]


@pytest.mark.parametrize("key", ["", "one"])
async def test_what_was_read_ahead_is_written_with_all_that_belongs_to_it(house: House, alone: Parts, key: str) -> None:
    widget = await made(house, alone)
    async with ahead(alone, house.work(), key and f"{key}-{house.partnership}") as session:
        row = await relabel(session, widget, "b")
        assert not session._connection.is_in_transaction()  # noqa: SLF001 - that is what ahead means
        await session.flush()
        assert row.version == 2
        await alone.app.commit(session)
    assert await now(house) == ("b", 2)
    assert await counts(house) == [1] * 5 + [len(key) // 3]
    assert await left_to_the_next(alone) == set()


async def test_whoever_is_overtaken_by_a_change_of_the_row_writes_nothing(
    house: House, alone: Parts, parts: Parts
) -> None:
    widget = await made(house, alone)
    async with ahead(alone, house.work(), f"{house.partnership}") as session:
        await relabel(session, widget, "mine")
        await changed(house, parts, widget, "theirs")
        with pytest.raises(Overtaken):
            await alone.app.commit(session)
    assert await now(house) == ("theirs", 2)
    assert await counts(house) == [0, 0, 0, 1, 1, 0]
    assert await left_to_the_next(alone) == set()


async def test_a_row_that_only_decided_must_be_as_it_was_as_well(house: House, alone: Parts, parts: Parts) -> None:
    widget = await made(house, alone)
    for overtaken in (False, True):
        async with ahead(alone, house.work()) as session:
            assert await session.load(Widget, widget, lock=True) is not None
            history.record(session, "widget", widget, (None, "looked at"))
            if overtaken:
                await changed(house, parts, widget, "theirs")
                with pytest.raises(Overtaken):
                    await alone.app.commit(session)
            else:
                await alone.app.commit(session)
        assert await house.count("status_history") == 1


async def test_a_key_that_somebody_used_meanwhile_is_not_used_twice(house: House, alone: Parts, parts: Parts) -> None:
    one, other, key = await made(house, alone), await made(house, alone), str(house.partnership)
    async with ahead(alone, house.work(), key) as session:
        await relabel(session, one, "mine")
        async with ahead(parts, house.work(), key) as faster:
            await relabel(faster, other, "theirs")
            await parts.app.commit(faster)
        with pytest.raises(Overtaken):
            await alone.app.commit(session)
    assert await counts(house) == [1] * 6


async def test_a_key_that_somebody_holds_is_not_waited_for(house: House, alone: Parts, parts: Parts) -> None:
    widget, key = await made(house, alone), str(house.partnership)
    async with ahead(alone, house.work(), key) as session:
        await relabel(session, widget, "mine")
        async with parts.app.direct(house.work()) as holder:
            claim(holder, key)
            await holder.settle()
            async with asyncio.timeout(10):
                with pytest.raises(Overtaken):
                    await alone.app.commit(session)
    assert await counts(house) == [0] * 6


async def test_whoever_asks_for_more_than_was_read_has_to_wait_as_ever(house: House, alone: Parts) -> None:
    widget = await made(house, alone)
    more: Sequence[Callable[[Direct], Awaitable[Any]]] = (
        lambda session: session.row("SELECT 1"),
        lambda session: session.load(Widget, widget),
        lambda session: session.load(Widget, widget, lock=True),
    )
    for asking in more:
        async with ahead(alone, house.work()) as session:
            await relabel(session, widget, "b")
            with pytest.raises(Overtaken):
                await asking(session)
    assert await now(house) == ("a", 1)


async def test_what_fails_at_the_commit_itself_is_not_taken_for_done(house: House, alone: Parts) -> None:
    widget = await made(house, alone)
    async with ahead(alone, house.work()) as session:
        await relabel(session, widget, FAILS_AT_COMMIT)
        with pytest.raises(Overtaken):
            await alone.app.commit(session)
    assert await now(house) == ("a", 1)
    assert await counts(house) == [0] * 6
    assert await left_to_the_next(alone) == set()


async def test_other_failures_are_told_as_ever(house: House, alone: Parts) -> None:
    widget = await made(house, alone)
    async with ahead(alone, house.work()) as session:
        row = await relabel(session, widget, "b")
        row.label = None  # type: ignore[assignment]  # what the database refuses
        with pytest.raises(DBAPIError) as refused:
            await alone.app.commit(session)
    assert getattr(refused.value.orig, "sqlstate", "") == "23502"
    assert await now(house) == ("a", 1)


async def test_an_end_that_is_cancelled_while_it_waits_leaves_nothing_and_no_tenant(
    house: House, alone: Parts, parts: Parts
) -> None:
    widget = await made(house, alone)
    async with parts.app.direct(house.work()) as holder:
        assert await holder.load(Widget, widget, lock=True) is not None

        async def ending() -> None:
            async with ahead(alone, house.work()) as session:
                await relabel(session, widget, "b")
                await alone.app.commit(session)

        task = asyncio.ensure_future(ending())

        async def waits() -> bool:
            return await holder.row(WAITING) == (True,)

        async def is_over() -> bool:
            return not await waits()

        await until(waits)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # Whoever gave up does not know how it ended: here the holder stays until the server has ended it.
        await until(is_over)
    assert await left_to_the_next(alone) == set()
    assert await now(house) == ("a", 1)
    assert await counts(house) == [0] * 6


async def test_tenants_in_turn_on_one_connection_change_their_own_only(house: House, alone: Parts) -> None:
    other = House(house.spine)
    own = {one.partnership: await made(one, alone) for one in (house, other)}
    for mine, theirs in [(house, other), (other, house)] * 4:
        async with ahead(alone, mine.work()) as session:
            assert await session.load(Widget, own[theirs.partnership], lock=True) is None
        async with ahead(alone, mine.work()) as session:
            await relabel(session, own[mine.partnership], str(new_id()))
            await alone.app.commit(session)
        assert await left_to_the_next(alone) == set()
    assert [(await now(one))[1] for one in (house, other)] == [5, 5]


@pytest.mark.parametrize("never", PLANNERS)
async def test_the_tenant_comes_first_whatever_the_planner_would_rather_do(
    house: House, alone: Parts, never: str
) -> None:
    widget, family = await made(house, alone), new_id()
    async with alone.app.direct(house.work()) as session:
        case_access.note(session, family, 1, [Grant(organisation=house.organisation, part="la")])
        session.info["work"].pending.changed = True
        await alone.app.commit(session)
    lent = await alone.app.engine.raw_connection()
    raw: Any = lent.driver_connection
    try:
        for number, plan in enumerate(("force_generic_plan", "force_custom_plan")):
            await raw.execute(f"SET enable_{never} = off; SET plan_cache_mode = {plan}")
            # The very statements, on this connection.
            session = Direct(raw, house.work(), alone.app.auditor, ahead=True)
            claim(session, f"{house.partnership}-{number}")
            row = await relabel(session, widget, f"{number}")
            await noted(session, house, family, number + 2)
            await alone.app.commit(session)
            assert row.version == number + 2
    finally:
        await raw.execute("RESET ALL")
        lent.close()
    assert await now(house) == ("1", 3)


async def mark_of(house: House, family: UUID) -> str:
    ((mark,),) = await house.rows("SELECT xmin::text FROM case_access_revisions WHERE family_id = :f", f=family)
    return str(mark)


async def noted(session: Direct, house: House, family: UUID, revision: int, mark: str = "", *also: UUID) -> None:
    """The house's own grant was there before; `also` are new."""
    own = Grant(organisation=house.organisation, part="la")
    new = [Grant(organisation=one, part="scheme") for one in also]
    seen = Ahead(mark or await mark_of(house, family), frozenset({own}))
    case_access.note_ahead(session, family, revision, [own, *new], seen)
    session.info["work"].pending.changed = True


async def test_a_list_that_was_read_ahead_is_changed_only_where_nobody_has_looked_at_it_since(
    house: House, alone: Parts
) -> None:
    family, first, second, gone = new_id(), new_id(), new_id(), house.organisation
    shown = "SELECT organisation_id FROM case_access WHERE partnership_id = :p"
    async with alone.app.direct(house.work()) as session:
        case_access.note(session, family, 1, [Grant(organisation=gone, part="la")])
        session.info["work"].pending.changed = True
        await alone.app.commit(session)
    before, widget = await mark_of(house, family), await made(house, alone)
    # The list stays as it is: who has read it before this has to look again all the same.
    for revision, mark, also, holds in (
        (1, before, (), {gone}),
        (2, before, (first,), {gone}),
        (2, "", (second,), {gone, second}),
    ):
        async with ahead(alone, house.work()) as session:
            await relabel(session, widget, str(new_id()))
            await noted(session, house, family, revision, mark, *also)
            if also and mark:
                with pytest.raises(Overtaken):
                    await alone.app.commit(session)
            else:
                await alone.app.commit(session)
        assert {row[0] for row in await house.rows(shown)} == holds
    async with ahead(alone, house.work()) as session:
        await relabel(session, widget, str(new_id()))
        own, other = (Grant(organisation=one, part=part) for one, part in ((gone, "la"), (second, "scheme")))
        listed = Ahead(await mark_of(house, family), frozenset({own, other}))
        case_access.note_ahead(session, family, 3, [other], listed)
        await alone.app.commit(session)
    assert {row[0] for row in await house.rows(shown)} == {second}
