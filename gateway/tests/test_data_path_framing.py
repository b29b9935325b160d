"""Where a request begins and ends is seen by everybody alike, or it is refused and nothing of it reaches a service."""

import asyncio

import pytest

from gateway.framing.protocol import MAX_HEAD_BYTES, MAX_HEADERS, StrictProtocol
from gateway.tests.data_path import WAYS, Gateway, Served, Service, gateway_for, going

SMUGGLED = b"GET /v1/families/smuggled HTTP/1.1\r\nHost: gateway\r\n\r\n"
CASES = {
    "length and chunked": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and length": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 53\r\n\r\n",
    "two equal lengths": b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "a list of lengths": b"Content-Length: 0, 0\r\n\r\n",
    "a signed length": b"Content-Length: +0\r\n\r\n",
    "a hexadecimal length": b"Content-Length: 0x0\r\n\r\n",
    "a huge length": b"Content-Length: 99999999999999999999999\r\n\r\n",
    "an empty length": b"Content-Length:\r\n\r\n",
    "two codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked last": b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked first": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "an unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a vertical tab": b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a folded header": b"X-One: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bare line feed": b"X-One: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bare carriage return": b"X-One: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a nul byte": b"X-One: a\x00b\r\n\r\n",
    "a bad chunk size": b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "a chunk longer than its size": b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
    "two hosts": b"Host: other\r\n\r\n",
    "two tokens": b"Authorization: Bearer x\r\n\r\n",
    "two keys": b"Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n",
    "two content types": b"Content-Type: application/json\r\nContent-Type: text/plain\r\n\r\n",
    "an upgrade": b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}",
    "an upgrade to websocket": b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
}


@pytest.mark.parametrize("rest", CASES.values(), ids=CASES.keys())
async def test_an_ambiguous_request_is_refused_and_nothing_passes(edge: Gateway, rest: bytes) -> None:
    head = edge.head("POST", "/v1/referrals").removesuffix(b"\r\n")
    async with edge.line() as line:
        await line.send(head + rest + SMUGGLED)
        answer = await line.answer()
        assert answer.status == 400
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["type"] == "/problems/bad-request"
        # The connection is over: what follows on it is never read as a request.
        assert await line.rest() == b""
    assert [one.line for one in edge.service.requests if "smuggled" in one.line] == []
    assert [one for one in edge.service.requests if await one.read_body() == SMUGGLED] == []


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n\r\n!"]
)
async def test_what_is_not_http_gets_a_problem(edge: Gateway, garbage: bytes) -> None:
    answer = await edge.raw(garbage)
    assert (answer.status, answer.json["status"], answer.headers["connection"]) == (400, 400, "close")


async def test_http_1_0_may_not_send_chunks(edge: Gateway) -> None:
    head = edge.head("POST", "/v1/referrals", "Transfer-Encoding: chunked").replace(b"HTTP/1.1", b"HTTP/1.0")
    answer = await edge.raw(head + b"0\r\n\r\n")
    assert answer.status == 400
    assert edge.service.requests == []


async def test_a_request_without_host_is_refused(edge: Gateway) -> None:
    answer = await edge.raw(edge.head("GET", "/v1/referrals").replace(b"Host: gateway\r\n", b""))
    assert answer.status == 400
    assert edge.service.requests == []


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND"])
async def test_a_method_that_nobody_knows_is_refused(edge: Gateway, method: str) -> None:
    answer = await edge.request(method, "/v1/referrals")
    assert (answer.status, answer.json["type"]) == (405, "/problems/method-not-allowed")
    assert edge.service.requests == []


async def test_a_tunnel_is_refused(edge: Gateway) -> None:
    answer = await edge.raw(b"CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n")
    assert answer.status in {400, 405}


async def test_a_trailer_does_not_become_a_header(edge: Gateway) -> None:
    head = edge.head("POST", "/v1/referrals", "Transfer-Encoding: chunked")
    async with edge.line() as line:
        await line.send(head + b"2\r\n{}\r\n0\r\nX-Purpose: late\r\n\r\n")
        await line.answer()
    assert all(one.header("x-purpose") is None for one in edge.service.requests)


async def test_requests_in_a_row_are_answered_in_order(edge: Gateway) -> None:
    async with edge.line() as line:
        await line.send(b"".join(edge.head("GET", f"/v1/referrals/{number}") for number in range(5)))
        lines = [(await line.answer()).json["line"] for _ in range(5)]
    assert lines == [f"GET /v1/referrals/{number} HTTP/1.1" for number in range(5)]


async def test_garbage_after_a_request_does_not_answer_that_request(edge: Gateway) -> None:
    release = asyncio.Event()

    async def wait(served: object) -> None:
        await release.wait()

    edge.service.handler = wait
    async with edge.line() as line:
        await line.send(edge.head("GET", "/v1/referrals/1") + b"\x00\x01 garbage\r\n\r\n")
        said = await line.rest()
    release.set()
    assert said == b""


async def test_a_chunked_body_arrives_as_it_was_sent(edge: Gateway) -> None:
    head = edge.head("POST", "/v1/referrals", "Transfer-Encoding: chunked")
    async with edge.line() as line:
        await line.send(head + b"3;name=value\r\nabc\r\n")
        await asyncio.sleep(0.05)
        await line.send(b"2\r\nde\r\n0\r\n\r\n")
        answer = await line.answer()
    assert answer.json["body"] == "abcde"
    names = [name for name, _ in answer.json["headers"]]
    assert names.count("transfer-encoding") == 1
    assert "content-length" not in names


async def test_a_body_of_declared_length_keeps_its_length(edge: Gateway) -> None:
    answer = await edge.post("/v1/referrals", b'{"a": 1}')
    assert answer.json["body"] == '{"a": 1}'
    assert dict(answer.json["headers"])["content-length"] == "8"


async def test_an_empty_post_says_that_it_is_empty(edge: Gateway) -> None:
    answer = await edge.post("/v1/referrals/1/submit", b"")
    assert dict(answer.json["headers"])["content-length"] == "0"


async def test_a_declared_body_over_the_cap_is_refused_before_it_is_sent(edge: Gateway) -> None:
    head = edge.head("POST", "/v1/referrals", f"Content-Length: {2**20 + 1}", "Expect: 100-continue")
    answer = await edge.raw(head)
    assert (answer.status, answer.json["type"], answer.headers["connection"]) == (413, "/problems/too-large", "close")
    assert edge.service.requests == []


async def test_a_file_may_be_longer_than_a_body_where_a_path_takes_one(service: Service) -> None:
    async def handler(served: Served) -> None:
        await served.read_body()
        await served.answer(201, b"%d" % len(served.body))

    service.handler = handler
    async with gateway_for(service, max_body_bytes=20_000, max_upload_bytes=200_000) as edge:
        assert (await edge.post("/v1/imports", b"x" * 200_000)).body == b"200000"
        assert (await edge.post("/v1/imports", b"x" * 1_000)).body == b"1000"
        assert (await edge.post("/v1/imports", b"x" * 200_001)).status == 413
        assert (await edge.post("/v1/imports/1", b"x" * 20_001)).status == 413
        async with edge.line() as line:
            await line.send(edge.head("POST", "/v1/imports", "Transfer-Encoding: chunked"))
            for size in (90_000, 90_000, 90_000):
                await line.send(b"%x\r\n%b\r\n" % (size, b"x" * size))
            assert (await line.answer()).status == 413


async def test_a_chunked_body_is_cut_off_at_the_cap(service: Service) -> None:
    seen = asyncio.Event()

    async def swallow(served: object) -> None:
        seen.set()
        await asyncio.sleep(5)

    service.handler = swallow
    async with gateway_for(service, max_body_bytes=200_000) as edge, edge.line() as line:
        await line.send(edge.head("POST", "/v1/referrals", "Transfer-Encoding: chunked"))
        for size in (90_000, 90_000, 90_000):
            await line.send(b"%x\r\n%b\r\n" % (size, b"x" * size))
        answer = await line.answer()
        assert (answer.status, answer.headers["connection"]) == (413, "close")
    assert seen.is_set()


@pytest.mark.parametrize("lines", [["X-Large: " + "x" * MAX_HEAD_BYTES], [f"X-{n}: 1" for n in range(MAX_HEADERS)]])
async def test_a_head_without_bounds_is_refused(edge: Gateway, lines: list[str]) -> None:
    answer = await edge.get("/v1/referrals", *lines)
    assert (answer.status, answer.json["type"]) == (431, "/problems/headers-too-large")
    assert edge.service.requests == []


async def test_a_head_that_never_ends_is_refused(edge: Gateway) -> None:
    async with edge.line() as line:
        await line.send(b"GET /v1/referrals HTTP/1.1\r\n")
        for _ in range(9):
            await line.send(b"X-More: " + b"x" * 4096 + b"\r\n")
        assert (await line.answer()).status == 431


async def test_whoever_begins_and_goes_silent_is_sent_away(service: Service) -> None:
    async with gateway_for(service, client_silence_seconds=0.3) as edge:
        async with edge.line() as line:
            await line.send(b"GET /v1/referrals HTTP/1.1\r\nHost:")
            answer = await line.answer()
            assert (answer.status, answer.json["type"]) == (408, "/problems/request-timeout")
            assert await line.rest() == b""
        async with edge.line() as line:
            await line.send(edge.head("POST", "/v1/referrals", "Content-Length: 10") + b"half")
            await line.rest()
        async with edge.line() as line:
            assert await line.rest() == b""


async def test_a_kept_connection_may_rest_longer_than_a_request_may_pause(service: Service) -> None:
    async with gateway_for(service, client_silence_seconds=0.3) as edge, edge.line() as line:
        await line.send(edge.head("GET", "/v1/referrals/1"))
        assert (await line.answer()).status == 200
        await asyncio.sleep(1)
        await line.send(edge.head("GET", "/v1/referrals/2"))
        assert (await line.answer()).status == 200


async def test_a_kept_connection_does_not_rest_for_ever(service: Service) -> None:
    async with gateway_for(service, client_silence_seconds=0.3, keep_alive=1) as edge, edge.line() as line:
        await line.send(edge.head("GET", "/v1/referrals/1"))
        assert (await line.answer()).status == 200
        assert await line.rest() == b""


async def test_a_large_body_does_not_count_as_the_head_of_the_next_request(edge: Gateway) -> None:
    async with edge.line() as line:
        for _ in range(2):
            head = edge.head("POST", "/v1/referrals", f"Content-Length: {2**17}")
            await line.send(head)
            await line.send(b"x" * 2**17)
            assert (await line.answer()).status == 200
            await line.send(head[:20])
            await asyncio.sleep(0.05)
            await line.send(head[20:] + b"x" * 2**17)
            assert (await line.answer()).status == 200


async def test_a_caller_who_waits_for_a_slow_service_is_not_sent_away(service: Service) -> None:
    async def slow(served: object) -> None:
        await asyncio.sleep(1)
        await echo(served)  # type: ignore[arg-type]  # the handler's type is private to the service

    echo, service.handler = service.handler, slow
    async with gateway_for(service, client_silence_seconds=0.3) as edge:
        assert (await edge.get("/v1/referrals/1")).status == 200


class Defective(StrictProtocol):
    """Has a defect in what the parser calls."""

    def on_url(self, url: bytes) -> None:
        raise KeyError(url)


async def test_a_defect_of_ours_is_not_told_as_the_callers_fault(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(WAYS, "defective", Defective)
    with going("defective"):
        async with gateway_for(service) as edge:
            answer = await edge.get("/v1/referrals/1")
    assert (answer.status, answer.json["status"], answer.headers["connection"]) == (500, 500, "close")
    assert "/v1/referrals/1" not in caplog.text


async def test_a_target_that_cannot_be_read_is_the_callers_fault(edge: Gateway) -> None:
    for target in (b"//", b"http://", b"/v1/\xff", b":80", b"*"):
        answer = await edge.raw(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer.status in {400, 404}
