"""The sealer: one chain whoever seals, in the order of transactions, soon."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import text

from shared import audit, sealer
from shared.audit_verify import Kind
from shared.ids import new_id
from shared.parts import Parts
from shared.settings import Settings
from shared.tests.books import Books
from shared.tests.house import until


async def test_two_sealers_at_once_make_one_chain(books: Books, settings_of: Callable[..., Settings]) -> None:
    await books.seal()
    other = Parts.of(settings_of())
    writing = asyncio.create_task(books.write(60))
    while not writing.done():
        await asyncio.gather(sealer.seal(books.parts), sealer.seal(other))
    await books.seal()
    await other.close()
    assert len(await books.attacker.ids()) == 60
    assert await books.findings() == []


async def test_a_long_transaction_is_waited_for_and_sealed_in_its_place(books: Books) -> None:
    await books.seal()
    async with books.parts.app.open(books.work()) as slow:
        audit.saw(slow, "widget", new_id())
        await slow.execute(text("SELECT pg_current_xact_id()"))
        await books.write(3)
        await books.seal_what_can_be()
        assert await books.attacker.ids() == []
        await books.parts.app.commit(slow)
    await books.seal()
    ids = await books.attacker.ids()
    query = "SELECT id FROM audit_log WHERE partnership_id = $1 ORDER BY xid"
    in_order = [row[0] for row in await books.attacker.connection.fetch(query, books.partnership)]
    assert ids == in_order
    assert len(ids) == 4
    assert await books.findings() == []


async def test_a_sealer_that_does_not_look_below_its_floor_misses_no_late_commit(books: Books) -> None:
    await books.seal()
    floor = sealer.Floor()
    async with books.parts.app.open(books.work()) as slow:
        audit.saw(slow, "widget", new_id())
        await slow.execute(text("SELECT pg_current_xact_id()"))
        await books.write(3)
        for _ in range(3):
            await sealer.seal(books.parts, floor)
        await books.parts.app.commit(slow)
    before = floor.xid

    async def sealed() -> bool:
        await sealer.seal(books.parts, floor)
        return len(await books.attacker.ids()) == 4

    await until(sealed)
    assert floor.xid > before > 0
    assert await books.findings() == []


async def test_a_sealer_that_died_before_it_anchored_is_made_good_by_the_next(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    await books.write(3)

    async def dies(*_: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(sealer, "_anchor", dies)
        with pytest.raises(ConnectionResetError):
            await books.seal()
    ids = await books.attacker.ids()
    assert len(ids) == 3
    await sealer.anchor_heads(books.parts)
    await books.attacker.does("DELETE FROM audit_log WHERE id = $1", ids[-1])
    await books.attacker.does("DELETE FROM audit_chain WHERE audit_id = $1", ids[-1])
    assert await books.kinds() == [(Kind.CUT_OFF, 3)]


async def test_the_running_sealer_seals_within_a_second(books: Books) -> None:
    task = asyncio.create_task(sealer.run(books.parts))
    try:
        await books.write(1)
        await until(books.attacker.ids, seconds=3)
    finally:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
