"""Bad input and bad days over HTTP: each has its problem document, changes nothing and echoes nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.requests import ClientDisconnect

from shared.auth import Role
from shared.ids import new_id
from shared.testing import Caller
from shared.tests.house import House
from shared.tests.widgets import FAILS_AT_COMMIT

MARKER = "Zaphod-Beeblebrox"
MEMBERS = {"type", "title", "status", "detail", "instance", "request_id"}


def assert_problem(answer: httpx.Response, status: int, name: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document.keys() >= MEMBERS
    assert (document["type"], document["status"]) == (f"/problems/{name}", status)
    assert document["request_id"] == answer.headers["x-request-id"]
    return document


async def raw(caller: Caller, body: bytes, content_type: str | None = "application/json") -> httpx.Response:
    headers = {"Idempotency-Key": str(new_id())} | ({"Content-Type": content_type} if content_type else {})
    return await caller.send("POST", "/v1/widgets", content=body, headers=headers)


async def test_a_caller_who_goes_away_within_the_body_is_no_failure_of_ours(house: House) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b'{"label": '
        raise ClientDisconnect

    headers = {"Idempotency-Key": str(new_id()), "Content-Type": "application/json"}
    answer = await house.maker.send("POST", "/v1/widgets", content=half(), headers=headers)
    assert (answer.status_code, answer.content) == (499, b"")
    assert await house.count("widgets") == 0


async def test_a_failing_commit_is_never_a_success(house: House) -> None:
    answer = await house.maker.post("/v1/widgets", {"label": FAILS_AT_COMMIT})
    assert_problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    tables = ("widgets", "outbox", "audit_log", "status_history", "idempotency_keys")
    assert [await house.count(table) for table in tables] == [0] * 5


async def test_what_was_committed_is_seen_by_whoever_asks_after_the_answer(house: House) -> None:
    made = await house.maker.post("/v1/widgets", {"label": "there"})
    assert [row.label for row in await house.rows("SELECT label FROM widgets")] == ["there"]
    tables = ("outbox", "audit_log", "audit_unsealed", "status_history", "idempotency_keys")
    assert [await house.count(table) for table in tables] == [1] * 5
    assert (await house.maker.get(f"/v1/widgets/{made.json()['id']}")).status_code == 200


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"label": "a", "colour": MARKER}, "/colour", "extra_forbidden"),
        ({"label": "a", f"{MARKER} and a sentence": 1}, "/…", "extra_forbidden"),
        ({}, "/label", "missing"),
        ({"label": ""}, "/label", "string_too_short"),
        ({"label": MARKER * 100}, "/label", "string_too_long"),
        ({"label": "a", "count": MARKER}, "/count", "int_type"),
        ({"label": "a", "family": MARKER}, "/family", "uuid_parsing"),
        ({"label": "a", "at": "2026-03-02T09:00:00"}, "/at", "timezone_aware"),
        ([MARKER], "", "model_attributes_type"),
        (MARKER, "", "model_attributes_type"),
    ],
)
async def test_a_malformed_body_is_named_by_place_and_never_echoed(
    house: House, body: Any, pointer: str, code: str
) -> None:
    answer = await house.maker.post("/v1/widgets", body)
    document = assert_problem(answer, 422, "validation")
    assert [(error["pointer"], error["code"]) for error in document["errors"]] == [(pointer, code)]
    assert MARKER not in answer.text
    assert await house.count("idempotency_keys") == 0


@pytest.mark.parametrize("body", [f'{{"label": "{MARKER}"', "", MARKER, "{'a': 1}", "[" * 3000, '{"label": "\xff"}'])
async def test_a_body_that_is_no_json_is_refused(house: House, body: str) -> None:
    answer = await raw(house.maker, body.encode("latin-1"))
    document = assert_problem(answer, 422, "validation")
    assert document["errors"][0]["pointer"] == ""
    assert MARKER not in answer.text


async def test_a_character_that_no_database_keeps_is_refused(house: House) -> None:
    answer = await house.maker.post("/v1/widgets", {"label": f"{MARKER}\x00"})
    assert_problem(answer, 422, "validation")
    assert MARKER not in answer.text


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", None])
async def test_a_body_of_another_kind_is_refused(house: House, content_type: str | None) -> None:
    assert_problem(await raw(house.maker, b'{"label": "a"}', content_type), 415, "unsupported-media-type")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/merge-patch+json"])
async def test_every_kind_of_json_is_taken(house: House, content_type: str) -> None:
    assert (await raw(house.maker, b'{"label": "a"}', content_type)).status_code == 201


async def test_a_body_that_says_it_is_too_large_is_refused(house: House) -> None:
    assert_problem(await raw(house.maker, b'{"label": "' + b"a" * 5000 + b'"}'), 413, "too-large")


async def test_a_body_that_turns_out_too_large_is_refused(house: House) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b" " * 1000

    headers = {"Idempotency-Key": "large", "Content-Type": "application/json"}
    answer = await house.maker.send("POST", "/v1/widgets", content=chunks(), headers=headers)
    assert_problem(answer, 413, "too-large")


@pytest.mark.parametrize("cursor", ["x", "%%%", "bnVsbA", "WzEsMl0", "WyJhIl0", MARKER, "[" * 200])
async def test_a_cursor_that_was_not_handed_out_is_refused(house: House, cursor: str) -> None:
    answer = await house.maker.get("/v1/widgets", params={"cursor": cursor})
    assert_problem(answer, 422, "bad-cursor")
    assert MARKER not in answer.text.replace(str(answer.url), "")


@pytest.mark.parametrize("limit", ["0", "-1", "201", MARKER, "1e9"])
async def test_a_limit_out_of_bounds_is_refused(house: House, limit: str) -> None:
    answer = await house.maker.get("/v1/widgets", params={"limit": limit})
    assert assert_problem(answer, 422, "validation")["errors"][0]["pointer"] == "/query/limit"


async def test_pages_go_through_everything_once(house: House) -> None:
    maker = house.maker
    for number in range(5):
        await maker.post("/v1/widgets", {"label": f"label {number}"})
    seen, cursor = [], None
    while True:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await maker.get("/v1/widgets", params=params)).json()
        seen += [one["label"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [f"label {number}" for number in range(5)]


async def test_what_is_not_there_is_not_found(house: House) -> None:
    assert_problem(await house.maker.get(f"/v1/widgets/{new_id()}"), 404, "not-found")
    assert_problem(await house.maker.get("/v1/gadgets"), 404, "not-found")
    assert_problem(await house.spine.anonymous().get("/nothing/here"), 404, "not-found")
    refused = await house.maker.send("DELETE", "/v1/widgets")
    assert_problem(refused, 405, "http-405")
    # Each of them is a route of its own.
    assert refused.headers["Allow"] == "GET, POST"
    assert_problem(await house.maker.get("/v1/widgets/not-an-id"), 422, "validation")


async def test_another_partnerships_row_looks_as_if_it_were_not_there(house: House) -> None:
    made = (await house.maker.post("/v1/widgets", {"label": "a"})).json()
    stranger = House(house.spine).maker
    assert_problem(await stranger.get(f"/v1/widgets/{made['id']}"), 404, "not-found")
    renamed = await stranger.post(f"/v1/widgets/{made['id']}/rename", {"label": "mine"}, match=1)
    assert_problem(renamed, 404, "not-found")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.COORDINATOR, Role.VOLUNTEER}))
async def test_a_role_that_the_route_does_not_name_is_refused(house: House, role: Role) -> None:
    assert_problem(await house.caller(role).post("/v1/widgets", {"label": "a"}), 403, "forbidden")
    assert await house.count("widgets") == 0


async def test_a_route_that_names_nobody_refuses_everybody(house: House) -> None:
    assert_problem(await house.caller(*Role).get("/v1/widgets/roles/none"), 403, "forbidden")
    everyone_else = set(Role) - {Role.WORKER}
    assert_problem(await house.caller(*everyone_else).get("/v1/widgets/roles/worker"), 403, "forbidden")
    assert (await house.caller(Role.WORKER).get("/v1/widgets/roles/worker")).status_code == 200


async def test_whoever_has_no_token_is_refused_before_anything_is_read(house: House) -> None:
    answer = await house.spine.anonymous().post("/v1/widgets", {"label": "a" * 9000})
    assert_problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    roleless = await house.caller().get("/v1/widgets")
    assert_problem(roleless, 403, "forbidden")


async def test_a_move_needs_the_etag_that_was_read(house: House) -> None:
    maker = house.maker
    made = await maker.post("/v1/widgets", {"label": "a"})
    path, body = f"/v1/widgets/{made.json()['id']}/rename", {"label": "b"}
    assert_problem(await maker.post(path, body), 428, "if-match-required")
    renamed = await maker.post(path, body, headers={"If-Match": made.headers["etag"]})
    assert (renamed.status_code, renamed.headers["etag"]) == (200, '"2"')
    for stale in ('"1"', 'W/"2"', '"3"', '""2""3'):
        answer = await maker.post(path, {"label": "c"}, headers={"If-Match": stale})
        assert answer.status_code in {400, 412}
    assert_problem(await maker.post(path, body, headers={"If-Match": '"1"'}), 412, "stale")
    assert_problem(await maker.post(path, body, headers={"If-Match": 'W/"2"'}), 412, "stale")
    for nonsense in ("abc", "", '"-1"', "²", "1" * 30):
        answer = await maker.post(path, body, headers={"If-Match": nonsense.encode("latin-1")})
        assert_problem(answer, 400, "bad-request")
    assert (await maker.post(path, body, headers={"If-Match": "*"})).status_code == 200


async def test_of_two_who_read_the_same_only_one_changes(house: House) -> None:
    maker = house.maker
    path = f"/v1/widgets/{(await maker.post('/v1/widgets', {'label': 'a'})).json()['id']}/rename"
    answers = await asyncio.gather(*(maker.post(path, {"label": str(one)}, match=1) for one in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


async def test_a_defect_says_nothing_of_what_was_sent(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    for verb, status in (("break", 500), ("twice", 409)):
        answer = await house.maker.post(f"/v1/widgets/{new_id()}/{verb}", {"label": MARKER})
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert MARKER not in answer.text
    assert await house.count("widgets") == 0
    logged = capfd.readouterr().err
    assert '"event":"bug"' in logged
    assert MARKER not in logged


async def test_the_log_of_a_request_has_its_id_and_nothing_personal(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    headers = {"X-Request-Id": "from-outside-1", "X-Purpose": MARKER}
    answer = await house.maker.post(f"/v1/widgets?search={MARKER}", {"label": MARKER}, headers=headers)
    assert (answer.status_code, answer.headers["x-request-id"]) == (201, "from-outside-1")
    forged = await house.maker.get("/v1/widgets", headers={"X-Request-Id": 'a b"c'})
    assert forged.headers["x-request-id"] != 'a b"c'
    logged = capfd.readouterr().err
    assert '"request_id":"from-outside-1"' in logged
    assert '"route":"/v1/widgets"' in logged
    assert MARKER not in logged


async def test_the_trace_goes_on_from_the_edge_into_the_event(house: House) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    await house.maker.post("/v1/widgets", {"label": "a"}, headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    ((parent,),) = await house.rows("SELECT headers->>'traceparent' FROM outbox WHERE partnership_id = :p")
    assert parent.split("-")[1] == trace
    assert parent.split("-")[2] != "00f067aa0ba902b7"


async def test_a_path_that_begins_like_a_route_or_is_as_deep_as_one_is_still_not_there(house: House) -> None:
    for path in ("/v1/widgetsy", "/v1/widgets/a/b/c", "/v1/gadgets/rename", "/v1/widgets/"):
        assert (await house.maker.get(path)).status_code == 404, path
    assert (await house.maker.send("DELETE", "/v1/widgets")).status_code == 405


async def test_a_description_is_told_once_to_whoever_asks_for_what_is_new(house: House) -> None:
    first = await house.maker.get("/openapi.json")
    assert "/v1/widgets" in first.json()["paths"]
    headers = {"If-None-Match": first.headers["etag"]}
    again = await house.maker.send("GET", "/openapi.json", headers=headers)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    other = await house.maker.send("GET", "/openapi.json", headers={"If-None-Match": '"older"'})
    assert (other.status_code, other.content) == (200, first.content)
