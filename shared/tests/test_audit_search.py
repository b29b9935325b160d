"""Searching the audit: the right entries, in order, a page at a time, for those who review it and for nobody else."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from shared import audit, audit_search, migrations
from shared.audit_search import Question, search
from shared.auth import Role
from shared.ids import new_id
from shared.settings import Settings
from shared.tests import widgets
from shared.tests.books import Books
from shared.tests.house import House
from shared.tests.reviewed import CHANGE, NOON, PATH, VIEW, Reviewed
from shared.tests.test_http import assert_problem


async def test_an_entry_says_who_did_what_for_whom_and_on_which_ids(reviewed: Reviewed) -> None:
    subject, person, organisation = new_id(), new_id(), new_id()
    await reviewed.entry(subject, actor=str(person), person=person, organisation=organisation, roles=("coordinator",),
                         purpose="supervision", request_id="r1", client_id="c1", changed=True)  # fmt: skip
    await reviewed.books.seal()
    (found,) = await reviewed.ask(subject=subject)
    assert found.pop("id")
    assert datetime.fromisoformat(found.pop("recorded_at")) == NOON
    assert found == {
        "action": VIEW,
        "changed": True,
        "actor": str(person),
        "person": str(person),
        "organisation": str(organisation),
        "roles": ["coordinator"],
        "client_id": "c1",
        "purpose": "supervision",
        "request_id": "r1",
        "seen": {"widget": [str(subject)]},
    }


async def test_each_question_finds_its_entries_newest_first_and_no_others(reviewed: Reviewed) -> None:
    subject, other, organisation, person = (new_id() for _ in range(4))
    first = await reviewed.entry(subject, other, at=NOON)
    second = await reviewed.entry(subject, at=NOON + timedelta(hours=1), changed=True, action=CHANGE, actor="a-client")
    third = await reviewed.entry(other, at=NOON + timedelta(hours=2), organisation=organisation, person=person)
    await reviewed.books.seal()
    assert await reviewed.ids(subject=subject) == [second, first]
    assert await reviewed.ids(subject=other) == [third, first]
    assert await reviewed.ids(subject=subject, changed=True) == [second]
    assert await reviewed.ids(subject=subject, changed=False) == [first]
    assert await reviewed.ids(subject=subject, action=CHANGE) == [second]
    assert await reviewed.ids(subject=other, actor="somebody", organisation=organisation) == [third]
    assert await reviewed.ids(subject=other, actor="a-client") == []
    assert await reviewed.ids(actor="a-client") == [second]
    assert await reviewed.ids(actor=person) == [third]
    assert await reviewed.ids(organisation=organisation) == [third]
    assert await reviewed.ids(action=VIEW) == [third, first]
    assert await reviewed.ids(changed=True) == [second]
    assert await reviewed.ids(subject=new_id()) == []


# Summer begins in London at one o'clock on 29 March, so that days before and after have other edges.
@pytest.mark.parametrize(
    ("day", "begins", "ends"),
    [
        ("2026-01-10", "2026-01-10T00:00:00+00:00", "2026-01-10T23:59:59.999999+00:00"),
        ("2026-03-29", "2026-03-29T00:00:00+00:00", "2026-03-29T22:59:59.999999+00:00"),
        ("2026-06-15", "2026-06-14T23:00:00+00:00", "2026-06-15T22:59:59.999999+00:00"),
        ("2026-10-25", "2026-10-24T23:00:00+00:00", "2026-10-25T23:59:59.999999+00:00"),
    ],
)
@pytest.mark.parametrize("by", ["subject", "nothing"])
async def test_first_and_last_day_count_from_their_first_to_their_last_moment(
    reviewed: Reviewed, day: str, begins: str, ends: str, by: str
) -> None:
    subject, tick = new_id(), timedelta(microseconds=1)
    moments = [datetime.fromisoformat(one) for one in (begins, ends)]
    before = await reviewed.entry(subject, at=moments[0] - tick)
    inside = [await reviewed.entry(subject, at=one) for one in moments]
    after = await reviewed.entry(subject, at=moments[1] + tick)
    await reviewed.books.seal()
    about = {"subject": subject} if by == "subject" else {}
    assert await reviewed.ids(**about, **{"from": day, "to": day}) == inside[::-1]
    assert (await reviewed.ids(**about, **{"from": day}))[-3:] == [after, *inside[::-1]]
    assert await reviewed.ids(**about, to=day) == [*inside[::-1], before]


@pytest.mark.parametrize("by", [{"subject"}, {"actor"}, {"actor", "changed"}, {"subject", "action"}, set()])
async def test_pages_have_everything_once_and_in_order_also_within_one_instant(
    reviewed: Reviewed, by: set[str]
) -> None:
    subject, written = new_id(), list[str]()
    for number in range(11):
        at = NOON + timedelta(seconds=number // 4)
        written.append(await reviewed.entry(subject, at=at, changed=number % 3 == 0 and "changed" not in by))
    await reviewed.books.seal()
    known = {"subject": subject, "actor": "somebody", "action": VIEW, "changed": False}
    asked = {name: known[name] for name in by} | {"to": "2026-06-15"}
    for limit in (1, 3, 11, 50):
        pages = await reviewed.pages(limit, **asked)
        assert [one for page in pages for one in page] == written[::-1]
        assert all(len(page) <= limit for page in pages)
        assert by == {"subject", "action"} or all(pages)


async def test_a_page_ends_where_enough_was_looked_through_and_the_next_goes_on(
    reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_search, "LOOK", 4)
    monkeypatch.setattr(audit_search, "_PORTION", 2)
    rare = await reviewed.entry(new_id(), at=NOON, action=CHANGE)
    for number in range(1, 6):
        await reviewed.entry(new_id(), at=NOON + timedelta(seconds=number))
        await reviewed.entry(new_id(), at=NOON + timedelta(seconds=number), action=CHANGE, actor="somebody else")
    await reviewed.books.seal()
    assert await reviewed.pages(50, actor="somebody", action=CHANGE) == [[], [rare]]


async def test_what_is_not_sealed_yet_is_found_by_its_day_only(reviewed: Reviewed) -> None:
    subject = new_id()
    written = await reviewed.entry(subject)
    assert await reviewed.ids(subject=subject, to="2026-06-15") == []
    assert await reviewed.ids(to="2026-06-15") == [written]
    await reviewed.books.seal()
    assert await reviewed.ids(subject=subject, to="2026-06-15") == [written]


async def test_a_search_is_audited_and_found_by_whom_it_was_about(reviewed: Reviewed) -> None:
    subject = new_id()
    assert await reviewed.ids(subject=subject) == []
    await reviewed.books.seal()
    (found,) = await reviewed.ask(subject=subject)
    assert (found["action"], found["changed"], found["roles"]) == (f"GET {PATH}", False, ["dpo"])
    assert found["seen"] == {"audit": [str(subject)]}
    await reviewed.ask()
    await reviewed.books.seal()
    assert len(await reviewed.ids(action=f"GET {PATH}")) == 3


async def test_only_those_who_review_may_search(reviewed: Reviewed) -> None:
    for role in Role:
        answer = await reviewed.house.caller(role).get(PATH)
        if role in {Role.DPO, Role.AUDITOR}:
            assert answer.status_code == 200, role
        else:
            assert_problem(answer, 403, "forbidden")
    assert_problem(await reviewed.house.spine.anonymous().get(PATH), 401, "unauthorized")


async def test_another_partnership_finds_nothing(reviewed: Reviewed) -> None:
    subject = new_id()
    await reviewed.entry(subject)
    await reviewed.books.seal()
    stranger = House(reviewed.house.spine).caller(Role.DPO)
    for query in ({"subject": subject}, {"actor": "somebody"}, {"action": VIEW}, {"to": "2026-06-15"}):
        answer = await stranger.get(PATH, params=query)
        assert (answer.status_code, answer.json()["items"]) == (200, [])


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"subject": "nobody"}, "/query/subject"),
        ({"organisation": "x"}, "/query/organisation"),
        ({"actor": ""}, "/query/actor"),
        ({"action": "x" * 201}, "/query/action"),
        ({"changed": "perhaps"}, "/query/changed"),
        ({"from": "yesterday"}, "/query/from"),
        ({"from": "0001-01-01"}, "/query/from"),
        ({"to": "9999-12-31"}, "/query/to"),
        ({"from": "2026-02-01", "to": "2026-01-31"}, "/query/to"),
        ({"limit": "0"}, "/query/limit"),
        ({"cursor": "nonsense"}, "/query/cursor"),
        ({"cursor": "WyIyMDI2LTAxLTAxIiwieCJd"}, "/query/cursor"),
    ],
)
async def test_a_question_that_is_none_is_refused_by_its_place(
    reviewed: Reviewed, query: dict[str, str], pointer: str
) -> None:
    answer = await reviewed.reviewer.get(PATH, params=query)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    assert answer.headers["content-type"] == "application/problem+json"


async def test_odd_letters_in_a_question_find_nothing_and_break_nothing(reviewed: Reviewed) -> None:
    await reviewed.entry(new_id())
    await reviewed.books.seal()
    for actor in ("\x00", "'; --", "%", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")):
        assert await reviewed.ids(actor=actor) == []


async def test_what_was_forged_or_edited_is_not_shown_and_does_not_hold_up_the_sealer(reviewed: Reviewed) -> None:
    subject = new_id()
    edited, whole = await reviewed.entry(subject), await reviewed.entry(subject)
    change = "UPDATE audit_log SET entry = replace(entry, 'somebody', 'nobody') WHERE id = $1"
    await reviewed.books.attacker.does(change, UUID(edited))
    for entry in ("no JSON", "{}", json.dumps({"seen": [], "changed": "x"})):
        forged = new_id()
        row = "INSERT INTO audit_log (id, partnership_id, recorded_at, entry, mac) VALUES ($1, $2, $3, $4, 'x')"
        await reviewed.books.attacker.does(row, forged, reviewed.books.partnership, NOON, entry)
        waiting = "INSERT INTO audit_unsealed (audit_id, partnership_id) VALUES ($1, $2)"
        await reviewed.books.attacker.does(waiting, forged, reviewed.books.partnership)
    await reviewed.books.seal()
    assert await reviewed.ids(subject=subject) == [whole]
    assert await reviewed.ids(to="2026-06-15") == [whole]


async def test_what_is_sealed_together_has_the_terms_of_each(reviewed: Reviewed) -> None:
    for _ in range(3):
        await reviewed.entry(new_id())
    await reviewed.books.seal()
    kept = "SELECT term, changed, recorded_at, audit_id FROM audit_terms WHERE partnership_id = $1"
    each = (
        "SELECT t.term, t.changed, l.recorded_at, l.id FROM audit_log l, audit_terms_of(l.entry) t"
        " WHERE l.partnership_id = $1"
    )
    fetch, partnership = reviewed.books.attacker.connection.fetch, reviewed.books.partnership
    found, wanted = [{tuple(row) for row in await fetch(query, partnership)} for query in (kept, each)]
    assert found == wanted
    assert len(found) >= 9


async def test_terms_that_say_what_the_entry_does_not_find_nothing(reviewed: Reviewed) -> None:
    """A digest may meet another one, and whoever owns the database may write what he likes: the entry decides."""
    subject, other = new_id(), new_id()
    await reviewed.entry(other)
    await reviewed.books.seal()
    move = "UPDATE audit_terms SET term = $2 WHERE partnership_id = $1"
    term = Question(subject=subject).terms()[0]
    await reviewed.books.attacker.does(f"{move} AND term = $3", reviewed.books.partnership, term,
                                       Question(subject=other).terms()[0])  # fmt: skip
    assert await reviewed.ids(subject=subject) == []


async def test_terms_cannot_be_changed_by_the_service(reviewed: Reviewed) -> None:
    await reviewed.entry(new_id())
    await reviewed.books.seal()
    for database in (reviewed.books.parts.app, reviewed.books.parts.worker):
        for change in ("DELETE FROM audit_terms", "UPDATE audit_terms SET changed = true", "TRUNCATE audit_terms"):
            async with database.open(reviewed.books.work()) as session:
                with pytest.raises(Exception, match="permission denied"):
                    await session.execute(text(change))


async def test_what_was_sealed_before_there_was_a_search_is_found_after_the_migration(
    stack: Any, books: Books, settings_of: Callable[..., Settings]
) -> None:
    """In a copy of the database, as the version before has left it, migrated by its owner."""
    subject = new_id()
    async with books.parts.app.open(books.work()) as session:
        audit.saw(session, "widget", subject)
        await books.parts.app.commit(session)
    await books.seal()
    copy, admin = "audit_before", await asyncpg.connect(stack.admin_dsn)
    settings = settings_of()
    await admin.execute(f"DROP DATABASE IF EXISTS {copy}")
    await admin.execute(f"CREATE DATABASE {copy} TEMPLATE {widgets.SERVICE} OWNER {widgets.SERVICE}_owner")
    there = await asyncpg.connect(f"{stack.admin_dsn.rpartition('/')[0]}/{copy}")
    await there.execute("DROP TABLE audit_terms; DROP TRIGGER searchable ON audit_chain; DROP FUNCTION audit_index")
    await there.execute("DROP FUNCTION audit_terms_of; UPDATE alembic_version SET version_num = '0003'")
    for table in ("audit_log", "audit_chain"):
        query = f"SELECT * FROM {table} WHERE partnership_id = $1"  # noqa: S608 - two names
        rows = await books.attacker.connection.fetch(query, books.partnership)
        await there.copy_records_to_table(table, records=[tuple(row) for row in rows])
    owner = stack.environment_of(widgets.SERVICE)["CIRCLE_OWNER_PASSWORD"]
    url = migrations.owner_url(settings.database_host, settings.database_port, widgets.SERVICE, owner, copy)
    # Not further: what came later is in the copy already.
    await migrations.upgrade(url, widgets.SERVICE, to="0005")
    query = "SELECT count(*) FROM audit_terms WHERE partnership_id = $1 AND term = $2"
    assert await there.fetchval(query, books.partnership, Question(subject=subject).terms()[0]) == 1
    forced = "SELECT count(*) FROM pg_class WHERE relname LIKE 'audit_%' AND relkind = 'r' AND NOT relforcerowsecurity"
    assert await there.fetchval(forced) == 0
    await there.close()
    await admin.execute(f"DROP DATABASE {copy}")
    await admin.close()


async def test_the_worker_searches_one_partnership_at_a_time(reviewed: Reviewed) -> None:
    written, parts = await reviewed.entry(new_id()), reviewed.books.parts
    other = House(reviewed.house.spine)
    async with parts.worker.open(reviewed.house.work("system")) as session:
        found, place = await search(session, parts.auditor, Question(), 5)
    assert ([str(one.id) for one in found], place) == ([written], None)
    async with parts.worker.open(other.work("system")) as session:
        assert await search(session, parts.auditor, Question(actor="somebody"), 5) == ([], None)
