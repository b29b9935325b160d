"""What a caller cannot say to a service, and what a service cannot say to a caller."""

import re

import pytest

from gateway.tests.data_path import Gateway, Served

SPOOFED = (
    "X-Forwarded-For: 10.0.0.1",
    "X-Forwarded-Host: evil",
    "X-Forwarded-Proto: https",
    "Forwarded: for=10.0.0.1",
    "X-Real-IP: 10.0.0.1",
    "X-Original-URL: /v1/referrals/1/case-facts",
    "X-Rewrite-URL: /v1/referrals/1/case-facts",
    "X-HTTP-Method-Override: DELETE",
    "X-Circle-Route: /v1/mine",
    "Cookie: session=1",
    "Proxy-Authorization: Basic eA==",
    "Proxy-Connection: keep-alive",
    "Keep-Alive: timeout=9",
    "TE: trailers",
    "Trailer: X-Purpose",
    "Via: 1.1 other",
    "Range: bytes=0-1",
    "CE-Type: circle.concern.raised.v1",
)


def sent(answer: object) -> dict[str, str]:
    headers: list[tuple[str, str]] = answer.json["headers"]  # type: ignore[attr-defined]  # an Answer of the echo
    assert len({name for name, _ in headers}) == len(headers), "a header came twice"
    return dict(headers)


@pytest.mark.parametrize("line", SPOOFED)
async def test_what_only_the_platform_may_say_does_not_pass(edge: Gateway, line: str) -> None:
    headers = sent(await edge.get("/v1/referrals/1", line))
    assert line.partition(":")[0].lower() not in headers
    assert set(headers) == {"host", "authorization", "x-request-id", "traceparent"}


async def test_what_a_service_needs_passes_as_it_came(edge: Gateway) -> None:
    lines = {
        "accept": "application/json",
        "accept-language": "en, cy",
        "content-type": "application/json",
        "idempotency-key": '"a-key"',
        "if-match": '"3"',
        "if-none-match": '"1", "2"',
        "x-purpose": "triage",
    }
    answer = await edge.post("/v1/referrals", b"{}", *(f"{name}: {value}" for name, value in lines.items()))
    headers = sent(answer)
    assert {name: headers[name] for name in lines} == lines


async def test_a_list_in_several_lines_arrives_as_one(edge: Gateway) -> None:
    headers = sent(await edge.get("/v1/referrals/1", 'If-None-Match: "1"', 'If-None-Match: "2"'))
    assert headers["if-none-match"] == '"1", "2"'


async def test_headers_that_connection_names_are_for_this_hop_only(edge: Gateway) -> None:
    headers = sent(await edge.get("/v1/referrals/1", "Connection: close, X-Purpose", "X-Purpose: triage"))
    assert "x-purpose" not in headers
    assert "connection" not in headers


async def test_connection_cannot_take_away_what_the_gateway_says(edge: Gateway) -> None:
    named = "Connection: content-length, host, x-request-id, traceparent"
    headers = sent(await edge.post("/v1/referrals", b"{}", named))
    assert {"content-length", "host", "x-request-id", "traceparent"} <= set(headers)
    answer = await edge.get("/v1/referrals/1", "Connection: authorization")
    assert answer.status in {200, 401}


async def test_the_service_sees_its_own_host(edge: Gateway) -> None:
    headers = sent(await edge.get("/v1/referrals/1"))
    assert headers["host"] == f"127.0.0.1:{edge.service.port}"


async def test_a_sane_request_id_is_kept_and_told(edge: Gateway) -> None:
    answer = await edge.get("/v1/referrals/1", "X-Request-Id: la-case-17.b_2")
    assert sent(answer)["x-request-id"] == answer.headers["x-request-id"] == "la-case-17.b_2"


@pytest.mark.parametrize("given", ["", "with space", "x" * 65, "Grün", '"quoted"', "<b>"])
async def test_any_other_request_id_is_replaced(edge: Gateway, given: str) -> None:
    answer = await edge.get("/v1/referrals/1", f"X-Request-Id: {given}")
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-request-id"])
    assert sent(answer)["x-request-id"] == answer.headers["x-request-id"]


async def test_the_trace_goes_on_with_a_span_of_its_own(edge: Gateway) -> None:
    trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    headers = sent(await edge.get("/v1/referrals/1", f"traceparent: 00-{trace}-{span}-01"))
    _, trace_id, span_id, _ = headers["traceparent"].split("-")
    assert (trace_id, len(span_id)) == (trace, 16)
    assert span_id != span


@pytest.mark.parametrize("given", ["nonsense", f"00-{'0' * 32}-{'1' * 16}-01", f"00-{'g' * 32}-{'1' * 16}-01"])
async def test_a_bad_trace_is_not_passed_on(edge: Gateway, given: str) -> None:
    headers = sent(await edge.get("/v1/referrals/1", f"traceparent: {given}"))
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", headers["traceparent"])
    assert given not in headers["traceparent"]


async def test_a_service_says_nothing_about_the_hop_behind_the_edge(edge: Gateway) -> None:
    async def answer(served: Served) -> None:
        lines = ("Server: hidden", "Keep-Alive: timeout=5", "X-Request-Id: other", "X-Circle-Route: /v1/referrals/{id}")
        await served.answer(201, b"{}", 'ETag: "1"', "Location: /v1/referrals/9", "Retry-After: 1", *lines)

    edge.service.handler = answer
    came = await edge.post("/v1/referrals")
    assert came.status == 201
    expected = {"etag": '"1"', "location": "/v1/referrals/9", "retry-after": "1", "cache-control": "no-store"}
    assert expected.items() <= came.headers.items()
    assert came.headers.keys().isdisjoint({"keep-alive", "x-circle-route"})
    assert came.headers["x-request-id"] != "other"


async def test_a_service_may_say_how_long_its_answer_keeps(edge: Gateway) -> None:
    async def answer(served: Served) -> None:
        await served.answer(200, b"{}", "Cache-Control: max-age=60")

    edge.service.handler = answer
    assert (await edge.get("/v1/reports/impact")).headers["cache-control"] == "max-age=60"


async def test_head_is_answered_without_a_body(edge: Gateway) -> None:
    answer = await edge.request("HEAD", "/v1/referrals/1")
    assert answer.status == 200
    assert (await edge.get("/v1/referrals/1")).status == 200


async def test_an_answer_without_a_body_may_say_how_long_that_would_be(edge: Gateway) -> None:
    async def unchanged(served: Served) -> None:
        await served.raw(b'HTTP/1.1 304 Not Modified\r\ncontent-length: 512\r\netag: "1"\r\n\r\n')

    edge.service.handler = unchanged
    async with edge.line() as line:
        for _ in range(2):
            await line.send(edge.head("GET", "/v1/referrals/1", 'If-None-Match: "1"'))
            answer = await line.answer(head_only=True)
            assert (answer.status, answer.headers["etag"]) == (304, '"1"')
