"""The short way and the ordinary one say the same, byte for byte, to everybody and about everything."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import httpx
import pytest

from services.referral.tests.factories import Case, Partnership
from shared import driver
from shared.auth import Role
from shared.ids import new_id
from shared.short_way import Table
from shared.testing import Caller

JSON = "application/json"
RECEIVED = "2026-11-02T10:00:00Z"
BODIES: tuple[tuple[bytes, str | None], ...] = (
    (b"{}", "application/JSON; charset=utf-8"),
    (b"null", JSON),
    (b"[]", JSON),
    (b'"a"', JSON),
    (b"{", JSON),
    (b'{"happened_at": NaN}', JSON),
    (b'{"happened_at": "never"}', JSON),
    (b'{"happened_at": "2026-11-02T09:00:00"}', JSON),
    (b'{"happened_at": "2200-01-01T09:00:00Z"}', JSON),
    (b'{"happened_at": "2020-01-01T09:00:00Z"}', JSON),
    (b'{"unknown": 1, "na\\u00efve": 2, "happened_at": []}', JSON),
    (b"\xff\xfe{}", JSON),
    (b"\x80", JSON),
    (b"[" * 100_000, JSON),
    (b"{}", None),
    (b"{}", "text/plain"),
    (b"{}", "application/a/b+json"),
    (b"{}", "application/ a+json"),
    (b"a=b", "application/x-www-form-urlencoded"),
    (b"{}" + b" " * 2_000_000, JSON),
)


@contextmanager
def ordinarily() -> Iterator[None]:
    """Nothing goes the short way."""
    with mock.patch.object(Table, "find", return_value=None):
        yield


def said(answer: httpx.Response, *hidden: object) -> tuple[Any, ...]:
    """Everything but what is another for each request; the ids that differ are hidden."""
    # The answer to a defect is made outside of what puts the id on the head.
    own = answer.headers.get("x-request-id") or answer.json()["request_id"]
    headers = [(name, value) for name, value in answer.headers.multi_items() if name != "x-request-id"]
    content = answer.text.replace(own, "request")
    for number, one in enumerate(hidden):
        content = content.replace(str(one), f"id-{number}")
    return answer.status_code, headers, content


async def both(caller: Caller, method: str, path: str, **options: Any) -> tuple[Any, ...]:
    """What is said both ways, which has to be the same."""
    shortly = await caller.send(method, path, **options)
    with ordinarily():
        usual = await caller.send(method, path, **options)
    assert said(shortly) == said(usual), (method, path, options)
    return said(shortly)


def keyed(**more: str | None) -> dict[str, str]:
    headers = {"Idempotency-Key": str(new_id()), "If-Match": '"1"', "Content-Type": JSON} | more
    return {name: value for name, value in headers.items() if value is not None}


async def submitted(here: Partnership, case: Case, body: Any) -> httpx.Response:
    return await here.system.post(f"{case.path}/submit", body, match=1)


def test_the_hottest_routes_go_the_short_way(here: Partnership) -> None:
    table: Any = next(one.kwargs["table"] for one in here.service.app.user_middleware if "table" in one.kwargs)
    for method, path in (("GET", "/v1/referrals/x"), ("POST", "/v1/referrals/x/submit")):
        assert table.find({"type": "http", "method": method, "path": path}) is not None
    for method, path in (("PUT", "/v1/referrals/x"), ("POST", "/v1/referrals/x/triage"), ("GET", "/v1/referrals")):
        assert table.find({"type": "http", "method": method, "path": path}) is None


@pytest.mark.parametrize("body", [None, {}, {"happened_at": RECEIVED}])
async def test_what_is_done_is_answered_alike(here: Partnership, body: Any) -> None:
    one, other = [await here.draft(received_at=RECEIVED, reason_text="Both") for _ in range(2)]
    shortly = await submitted(here, one, body)
    with ordinarily():
        usual = await submitted(here, other, body)
    assert shortly.status_code == 200
    if body:
        assert said(shortly, one.id, one.family.id, one.child) == said(usual, other.id, other.family.id, other.child)
    else:
        assert shortly.json().keys() == usual.json().keys()
    for path in (one.path, f"{one.path}?unknown=1"):
        status, headers, content = await both(here.project_manager, "GET", path)
        assert status == 200
        assert ("etag", '"2"') in headers
        assert str(one.id) in content


async def test_bodies_of_every_kind_are_refused_alike(here: Partnership) -> None:
    case = await here.draft(received_at=RECEIVED)
    for content, kind in BODIES:
        headers = keyed(**{"Content-Type": kind, "If-Match": '"7"'})
        status, _, _ = await both(here.system, "POST", f"{case.path}/submit", content=content, headers=headers)
        assert status in {400, 412, 413, 415, 422}, content[:40]


async def test_headers_and_paths_of_every_kind_are_refused_alike(here: Partnership) -> None:
    case = await here.draft()
    path = f"{case.path}/submit"
    for match in (None, "", '"2"', 'W/"1"', "1x", '"' + "9" * 30 + '"', "*, *"):
        await both(here.system, "POST", path, content=b"{}", headers=keyed(**{"If-Match": match}))
    for key in (None, "", " ", "x" * 256, '"', "a\tb"):
        await both(here.system, "POST", path, content=b"{}", headers=keyed(**{"Idempotency-Key": key, "If-Match": "7"}))
    for crooked in (
        *(f"/v1/referrals/{new_id()}/submit", "/v1/referrals/none/submit", f"{path}/", f"{path}%0A", f"//{path}"),
        *(f"/v1//{case.id}/submit", f"{path}?a=%FF", f"/v1/referrals/{case.id}%2Fx/submit", f"{case.path}/SUBMIT"),
        *(f"/v1/referrals/{str(case.id).upper()}x/submit", "/v1/referrals//submit"),
    ):
        for method in ("POST", "GET", "HEAD", "DELETE"):
            await both(here.system, method, crooked, content=b"{", headers=keyed(**{"If-Match": "7"}))


async def test_everybody_is_refused_alike(here: Partnership) -> None:
    case = await here.draft()
    other = Partnership(here.service)
    callers = [
        here.service.as_(*roles, partnership=partnership, organisation=organisation, person=person)
        for roles in [(), *((role,) for role in Role)]
        for partnership in (here.id, other.id)
        for organisation in (here.scheme, new_id())
        for person in (None, new_id())
    ]
    for caller in [here.service.anonymous(), *callers]:
        await both(caller, "GET", case.path)
        await both(caller, "POST", f"{case.path}/submit", content=b"{", headers=keyed(**{"If-Match": "7"}))


async def test_a_key_is_answered_alike(here: Partnership) -> None:
    case = await here.draft()
    headers = keyed()
    first = await here.system.send("POST", f"{case.path}/submit", content=b"{}", headers=headers)
    assert first.status_code == 200
    for content, kind in ((b"{}", JSON), (b"{} ", JSON), (b"{", JSON), (b"", JSON), (b"{}", "text/plain")):
        own = headers | {"Content-Type": kind}
        await both(here.system, "POST", f"{case.path}/submit", content=content, headers=own)


async def test_no_connection_to_the_database_is_held_while_a_body_is_still_to_come(here: Partnership) -> None:
    held: list[int] = []

    async def slowly() -> AsyncIterator[bytes]:
        yield b"{"
        held.append(here.service.parts.app.engine.pool.checkedout())  # type: ignore[attr-defined]  # its pool counts
        yield b"}"

    case = await here.draft()
    answer = await here.system.send("POST", f"{case.path}/submit", content=slowly(), headers=keyed())
    assert (answer.status_code, held) == (200, [0])


async def test_a_defect_is_answered_alike(here: Partnership) -> None:
    case = await here.submitted()
    with mock.patch("services.referral.service.referral_views.show", side_effect=LookupError("of a kind")):
        status, _, content = await both(here.project_manager, "GET", case.path)
    assert status == 500
    assert "of a kind" not in content


async def test_a_submission_takes_two_round_trips_and_a_record_that_is_shown_one(here: Partnership) -> None:
    asked: dict[object, list[tuple[str, bool]]] = {}

    def counted(call: Any) -> Any:
        async def calling(connection: Any, query: str, *values: Any, **more: Any) -> Any:
            asked.setdefault(asyncio.current_task(), []).append((query, connection.is_in_transaction()))
            return await call(connection, query, *values, **more)

        return calling

    def seen(*first: str) -> list[tuple[str, bool]]:
        """What the task has asked that asked what begins like this; others, such as the relay's, are beside it."""
        return next(
            found for found in asked.values() if any(query.split()[: len(first)] == [*first] for query, _ in found)
        )

    await here.submitted()  # the first one also notes the partnership's parties
    case = await here.draft()
    with (
        mock.patch.object(driver.Connection, "execute", counted(driver.Connection.execute)),
        mock.patch.object(driver.Connection, "fetchrow", counted(driver.Connection.fetchrow)),
    ):
        assert (await submitted(here, case, {})).status_code == 200
        # Keys are fetched by sessions of the same task, of which only the beginning and the end are seen here.
        own = [
            (query.split()[:2], within) for query, within in seen("WITH", "tenant") if query.startswith(("\n", "WITH"))
        ]
        assert own == [(["WITH", "tenant"], False), (["WITH", "audit"], False)]
        asked.clear()
        assert (await here.project_manager.get(case.path)).status_code == 200
        assert [(query.split()[:2], within) for query, within in seen("WITH", "tenant")] == [
            (["WITH", "tenant"], False)
        ]
