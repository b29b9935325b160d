"""The audit: whatever is done to it behind our back, by whoever owns the database, is found."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from shared import audit
from shared.audit_verify import Kind
from shared.ids import new_id
from shared.tests import widgets
from shared.tests.books import Books


async def test_a_row_says_who_saw_what_and_never_its_content(books: Books) -> None:
    work, person = books.work(), new_id()
    work.purpose, work.roles, work.person, work.request_id = "supervision", ("trainer", "coordinator"), new_id(), "r1"
    async with books.parts.app.open(work) as session:
        audit.saw(session, "person", person)
        audit.saw(session, "person", person)
        await books.parts.app.commit(session)
    row = await books.attacker.connection.fetchrow(
        "SELECT * FROM audit_log WHERE partnership_id = $1", books.partnership
    )
    entry = json.loads(row["entry"])
    assert entry.pop("organisation") == str(work.organisation)
    assert entry == {
        "action": "GET /v1/widgets",
        "actor": "somebody",
        "changed": False,
        "client_id": "",
        "person": str(work.person),
        "purpose": "supervision",
        "request_id": "r1",
        "roles": ["coordinator", "trainer"],
        "seen": {"person": [str(person)]},
    }
    assert row["recorded_at"] == work.now


async def test_a_whole_audit_has_no_findings_and_positions_without_gaps(books: Books) -> None:
    await books.written(3)
    await books.write(2)
    await books.seal()
    query = "SELECT position FROM audit_chain WHERE partnership_id = $1 ORDER BY 1"
    positions = [row[0] for row in await books.attacker.connection.fetch(query, books.partnership)]
    assert positions == [1, 2, 3, 4, 5]
    assert await books.findings() == []


EDITS = {
    "what it says": "UPDATE audit_log SET entry = replace(entry, 'somebody', 'nobody') WHERE id = $1",
    "when it was": "UPDATE audit_log SET recorded_at = recorded_at - interval '1 second' WHERE id = $1",
    "whose it is": "UPDATE audit_log SET partnership_id = gen_random_uuid() WHERE id = $1",
    "its seal": "UPDATE audit_log SET mac = '\\x00' WHERE id = $1",
}


@pytest.mark.parametrize("edit", EDITS)
async def test_an_edit_is_found(books: Books, edit: str) -> None:
    ids = await books.written()
    await books.attacker.does(EDITS[edit], ids[2])
    assert (Kind.EDITED, 3) in await books.kinds()


async def test_a_deletion_is_found(books: Books) -> None:
    ids = await books.written()
    await books.attacker.does("DELETE FROM audit_log WHERE id = $1", ids[1])
    assert await books.kinds() == [(Kind.DELETED, 2)]


async def test_a_deletion_that_also_takes_the_link_is_found(books: Books) -> None:
    ids = await books.written()
    await books.attacker.does("DELETE FROM audit_log WHERE id = $1", ids[1])
    await books.attacker.does("DELETE FROM audit_chain WHERE audit_id = $1", ids[1])
    assert await books.kinds() == [(Kind.BROKEN_LINK, 3)]


async def test_a_deletion_that_closes_the_gap_is_found(books: Books) -> None:
    ids = await books.written()
    await books.attacker.does("DELETE FROM audit_log WHERE id = $1", ids[1])
    await books.attacker.does("DELETE FROM audit_chain WHERE audit_id = $1", ids[1])
    await books.attacker.does(
        "UPDATE audit_chain SET position = position - 1 WHERE partnership_id = $1 AND position > 2", books.partnership
    )
    assert (Kind.BROKEN_LINK, 2) in await books.kinds()


async def test_rows_swapped_in_the_chain_are_found(books: Books) -> None:
    ids = await books.written()
    one, other = ids[1], ids[3]
    for new, old in ((new_id(), one), (one, other)):
        await books.attacker.does("UPDATE audit_chain SET audit_id = $1 WHERE audit_id = $2", new, old)
    await books.attacker.does(
        "UPDATE audit_chain SET audit_id = $1 WHERE partnership_id = $2 AND position = 2", other, books.partnership
    )
    assert {(Kind.BROKEN_LINK, 2), (Kind.BROKEN_LINK, 4)} <= set(await books.kinds())


async def test_contents_swapped_between_rows_are_found(books: Books) -> None:
    ids = await books.written()
    await books.attacker.does(
        "UPDATE audit_log a SET entry = b.entry, mac = b.mac FROM audit_log b"
        " WHERE (a.id, b.id) IN (($1, $2), ($2, $1))", ids[0], ids[4],
    )  # fmt: skip
    assert {(Kind.EDITED, 1), (Kind.EDITED, 5)} <= set(await books.kinds())


async def test_a_row_put_in_without_the_key_is_found(books: Books) -> None:
    await books.written()
    row = "INSERT INTO audit_log (id, partnership_id, recorded_at, entry, mac) VALUES ($1, $2, now(), '{}', 'x')"
    await books.attacker.does(row, new_id(), books.partnership)
    assert await books.kinds() == [(Kind.NOT_SEALED, None)]


async def test_a_forged_row_that_is_given_to_the_sealer_is_found(books: Books) -> None:
    await books.written()
    row = "INSERT INTO audit_log (id, partnership_id, recorded_at, entry, mac) VALUES ($1, $2, now(), '{}', 'x')"
    forged = new_id()
    await books.attacker.does(row, forged, books.partnership)
    waiting = "INSERT INTO audit_unsealed (audit_id, partnership_id) VALUES ($1, $2)"
    await books.attacker.does(waiting, forged, books.partnership)
    await books.seal()
    assert await books.kinds() == [(Kind.EDITED, 6)]


async def test_a_forged_link_is_found(books: Books) -> None:
    ids = await books.written()
    await books.attacker.does("UPDATE audit_chain SET link = sha256(link) WHERE audit_id = $1", ids[2])
    assert {(Kind.BROKEN_LINK, 3), (Kind.BROKEN_LINK, 4)} <= set(await books.kinds())


@pytest.mark.parametrize("cut", [1, 3, 5])
async def test_a_cut_tail_is_found(books: Books, cut: int) -> None:
    ids = await books.written()
    await books.attacker.does("DELETE FROM audit_log WHERE id = ANY($1)", ids[-cut:])
    await books.attacker.does("DELETE FROM audit_chain WHERE audit_id = ANY($1)", ids[-cut:])
    assert await books.kinds() == [(Kind.CUT_OFF, 5)]


async def test_an_old_copy_put_back_is_found_also_after_it_was_written_on(books: Books) -> None:
    ids = await books.written(3)
    await books.write(4)
    await books.seal()
    later = (await books.attacker.ids())[3:]
    for table, column in (("audit_log", "id"), ("audit_chain", "audit_id")):
        await books.attacker.does(f"DELETE FROM {table} WHERE {column} = ANY($1)", later)  # noqa: S608 - two names
    assert await books.attacker.ids() == ids
    assert await books.kinds() == [(Kind.CUT_OFF, 7)]
    await books.write(4)
    await books.seal()
    found = await books.kinds()
    # There is one more for each anchor that was set on the way to the seventh.
    assert found[-1] == (Kind.OTHER_HISTORY, 7)
    assert {kind for kind, _ in found} == {Kind.OTHER_HISTORY}
    await books.write(2)
    await books.seal()
    assert await books.kinds() == found


async def test_a_seal_that_does_not_come_is_found(books: Books) -> None:
    await books.write(2)
    assert await books.kinds() == []
    assert await books.kinds(timedelta(seconds=-5)) == [(Kind.NOT_SEALED, None)] * 2
    await books.seal()
    assert await books.kinds(timedelta(seconds=-5)) == []


async def test_a_row_that_the_sealer_was_made_to_forget_is_found(books: Books) -> None:
    await books.write(2)
    await books.attacker.does("DELETE FROM audit_unsealed WHERE partnership_id = $1", books.partnership)
    assert await books.kinds() == [(Kind.NOT_SEALED, None)] * 2


async def test_an_anchor_that_we_did_not_sign_is_found(books: Books) -> None:
    await books.written(2)
    forged = text("INSERT INTO audit_anchors (service, partnership_id, position, head, signature)"
                  " VALUES (:service, :partnership, 9, 'x', 'x')")  # fmt: skip
    async with books.parts.vault.engine.begin() as connection:
        await connection.execute(forged, {"service": widgets.SERVICE, "partnership": books.partnership})
    assert (Kind.FORGED_ANCHOR, 9) in await books.kinds()
