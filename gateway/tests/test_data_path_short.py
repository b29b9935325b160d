"""What may go the short way goes it, says the same as the long way would, and gives way to it where it must."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from gateway.direct import DirectProtocol
from gateway.tests.data_path import WAYS, Gateway, Served, Service, gateway_for, going


@pytest.fixture(scope="session", autouse=True)
def way() -> str:
    """These tests choose for themselves."""
    return "short"


@pytest.fixture
async def warm(service: Service) -> AsyncIterator[tuple[Gateway, str]]:
    """A gateway that knows the token and has a connection to the service."""
    with going("short"):
        async with gateway_for(service) as gateway:
            token = gateway.token()
            assert (await gateway.get("/v1/referrals/1", token=token)).status == 200
            gateway.path.long = 0
            service.forget()
            yield gateway, token


async def test_a_known_caller_goes_the_short_way(warm: tuple[Gateway, str]) -> None:
    edge, token = warm
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        answer = await edge.request(method, "/v1/referrals/1?a=b%20c", "Content-Length: 2", token=token, body=b"{}")
        assert (answer.status, answer.json["line"]) == (200, f"{method} /v1/referrals/1?a=b%20c HTTP/1.1")
        assert answer.json["body"] == "{}"
    assert (edge.path.long, edge.service.connections) == (0, 1)


async def test_a_body_that_follows_its_head_goes_the_short_way(warm: tuple[Gateway, str]) -> None:
    edge, token = warm
    async with edge.line() as line:
        await line.send(edge.head("POST", "/v1/referrals", "Content-Length: 8", token=token))
        await asyncio.sleep(0.05)
        await line.send(b'{"a": 1}')
        assert (await line.answer()).json["body"] == '{"a": 1}'
    assert edge.path.long == 0


async def test_a_body_in_pieces_goes_the_long_way_from_its_first_byte(warm: tuple[Gateway, str]) -> None:
    edge, token = warm
    async with edge.line() as line:
        await line.send(edge.head("POST", "/v1/referrals", "Content-Length: 8", token=token) + b'{"a"')
        await asyncio.sleep(0.05)
        await line.send(b": 1}" + edge.head("GET", "/v1/referrals/2", token=token))
        assert (await line.answer()).json["body"] == '{"a": 1}'
        assert (await line.answer()).json["line"] == "GET /v1/referrals/2 HTTP/1.1"
    assert edge.path.long >= 1


UNUSUAL = {
    "HEAD": ("HEAD", "/v1/referrals/1", []),
    "OPTIONS": ("OPTIONS", "/v1/referrals/1", []),
    "a dot": ("GET", "/v1/referrals/1.5", []),
    "an encoded letter": ("GET", "/v1/referrals/%61", []),
    "the end of the connection": ("GET", "/v1/referrals/1", ["Connection: close"]),
    "a host in the target": ("GET", "http://x/v1/referrals/1", []),
}


@pytest.mark.parametrize(("method", "path", "lines"), UNUSUAL.values(), ids=UNUSUAL.keys())
async def test_the_unusual_goes_the_long_way(
    warm: tuple[Gateway, str], method: str, path: str, lines: list[str]
) -> None:
    edge, token = warm
    assert (await edge.request(method, path, *lines, token=token)).status == 200
    assert edge.path.long == 1


@pytest.mark.parametrize("path", ["/v1/referrals/1/case-facts", "/v1/referrals/case-facts?x=1", "/v1/other"])
async def test_what_is_not_public_stays_so(warm: tuple[Gateway, str], path: str) -> None:
    edge, token = warm
    assert (await edge.get(path, token=token)).status == 404
    assert edge.service.requests == []


async def test_a_new_token_of_a_known_key_goes_the_short_way(warm: tuple[Gateway, str]) -> None:
    edge, _ = warm
    for _ in range(3):
        assert (await edge.get("/v1/referrals/1", token=edge.token())).status == 200
    assert edge.path.long == 0


async def test_a_new_token_of_somebody_revoked_passes_neither_way(warm: tuple[Gateway, str]) -> None:
    edge, _ = warm
    edge.revoked.add("test")
    assert (await edge.get("/v1/referrals/1", token=edge.token())).status == 401
    assert (edge.path.long, edge.service.requests) == (1, [])


async def test_a_revoked_token_does_not_go_the_short_way(warm: tuple[Gateway, str]) -> None:
    edge, token = warm
    edge.revoked.add("test")
    assert (await edge.get("/v1/referrals/1", token=token)).status == 401
    assert edge.service.requests == []


async def test_a_token_revoked_while_its_body_is_awaited_passes_nothing(warm: tuple[Gateway, str]) -> None:
    edge, token = warm
    async with edge.line() as line:
        await line.send(edge.head("POST", "/v1/referrals", "Content-Length: 2", token=token))
        await asyncio.sleep(0.1)
        edge.revoked.add("test")
        await line.send(b"{}")
        assert (await line.answer()).status == 401
    assert edge.service.requests == []


async def test_each_request_counts_once_on_either_way(service: Service) -> None:
    with going("short"):
        async with gateway_for(service, limit_requests=4) as edge:
            token = edge.token()
            statuses = [(await edge.get("/v1/referrals/1", token=token)).status for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    assert len(service.requests) == 4


async def said_by(service: Service, way: str) -> list[bytes]:
    """Everything that comes back for some requests, but for ids and what is left."""
    said = []
    with going(way):
        async with gateway_for(service) as edge:
            token = edge.token()
            for number in range(4):
                async with edge.line() as line:
                    await line.send(edge.head("GET", f"/v1/referrals/{number}", "X-Request-Id: same", token=token))
                    await asyncio.sleep(0.1)
                    await line.send(b"\x00 nonsense\r\n\r\n")
                    said.append(re.sub(rb"r=\d+", b"", (await line.rest()).partition(b"HTTP/1.1 400")[0]))
    return said


@pytest.mark.parametrize(
    "answer",
    [
        b'HTTP/1.1 200 Fine\r\nContent-Type: a/b\r\nETag: "1"\r\nServer: x\r\ncontent-length: 2\r\n\r\n{}',
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b'HTTP/1.1 304 Not Modified\r\netag: "1"\r\n\r\n',
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"HTTP/1.1 422 No\r\ncache-control: max-age=3\r\ncontent-length: 0\r\nx-circle-route: /v1/x\r\n\r\n",
        b"HTTP/1.1 503 No\r\nretry-after: 3\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    ],
)
async def test_both_ways_say_the_same_byte_by_byte(service: Service, answer: bytes) -> None:
    async def handler(served: Served) -> None:
        await served.raw(answer)
        if b"connection: close" in answer:
            served.close()

    service.handler = handler
    short, long = [await said_by(service, way) for way in WAYS]
    assert short == long
    assert b"x-request-id: same\r\n" in short[-1]


async def test_an_answer_in_two_pieces_is_told_whole(warm: tuple[Gateway, str]) -> None:
    edge, token = warm

    async def handler(served: Served) -> None:
        await served.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc")
        await asyncio.sleep(0.05)
        await served.raw(b"def")

    edge.service.handler = handler
    assert [(await edge.get("/v1/referrals/1", token=token)).body for _ in range(2)] == [b"abcdef"] * 2
    assert edge.service.connections == 1


async def test_a_request_under_way_is_answered_while_the_gateway_drains(warm: tuple[Gateway, str]) -> None:
    edge, token = warm

    async def handler(served: Served) -> None:
        edge.drain()
        await asyncio.sleep(0.3)
        await served.answer(200, b"late")

    edge.service.handler = handler
    async with edge.line() as line:
        await line.send(edge.head("GET", "/v1/referrals/1", token=token))
        answer = await line.answer()
        assert (answer.body, answer.headers["connection"]) == (b"late", "close")
        assert await line.rest() == b""


async def test_a_kept_connection_gets_its_last_answer_while_the_gateway_drains(warm: tuple[Gateway, str]) -> None:
    edge, token = warm
    async with edge.line() as line:
        await line.send(edge.head("GET", "/v1/referrals/1", token=token))
        assert "connection" not in (await line.answer()).headers
        edge.drain()
        await asyncio.sleep(0.3)
        await line.send(edge.head("GET", "/v1/referrals/1", token=token))
        assert (await line.answer()).headers["connection"] == "close"
        assert await line.rest() == b""


async def test_a_body_still_to_come_is_awaited_while_the_gateway_drains(warm: tuple[Gateway, str]) -> None:
    edge, token = warm
    async with edge.line() as line:
        await line.send(edge.head("POST", "/v1/referrals", "Content-Length: 2", token=token))
        await asyncio.sleep(0.1)
        edge.drain()
        await asyncio.sleep(0.3)
        await line.send(b"{}")
        assert (await line.answer()).status == 200


async def test_a_caller_who_leaves_takes_no_connection_along(warm: tuple[Gateway, str]) -> None:
    edge, token = warm
    asked, release = asyncio.Event(), asyncio.Event()

    async def handler(served: Served) -> None:
        asked.set()
        await release.wait()
        await served.answer()

    edge.service.handler = handler
    async with edge.line() as line:
        await line.send(edge.head("GET", "/v1/referrals/1", token=token))
        await asyncio.wait_for(asked.wait(), 5)
    release.set()
    assert (await edge.get("/v1/referrals/2", token=token)).status == 200
    assert (await edge.get("/v1/referrals/3", token=token)).status == 200
    assert edge.service.connections <= 2


async def test_a_silent_service_is_told_as_such(service: Service) -> None:
    async def silent(served: Served) -> None:
        await served.hung_up()

    with going("short"):
        async with gateway_for(service, answer_seconds=0.3) as edge:
            token = edge.token()
            assert (await edge.get("/v1/referrals/1", token=token)).status == 200
            service.handler = silent
            answer = await edge.get("/v1/referrals/1", token=token)
            assert (answer.status, answer.json["instance"]) == (504, "/v1/referrals/1")


async def test_the_product_serves_the_short_way(warm: tuple[Gateway, str]) -> None:
    edge, _ = warm
    assert edge.path.state.protocol is DirectProtocol


async def test_equal_headers_do_not_make_equal_requests(warm: tuple[Gateway, str]) -> None:
    edge, token = warm
    ids, spans = set(), set()
    async with edge.line() as line:
        for number in range(3):
            await line.send(edge.head("GET", f"/v1/referrals/{number}", token=token))
            answer = await line.answer()
            headers = dict(answer.json["headers"])
            assert answer.headers["x-request-id"] == headers["x-request-id"]
            assert answer.json["line"] == f"GET /v1/referrals/{number} HTTP/1.1"
            ids.add(headers["x-request-id"])
            spans.add(headers["traceparent"])
        await line.send(edge.head("GET", "/v1/referrals/9", "X-Purpose: triage", token=token))
        assert dict((await line.answer()).json["headers"])["x-purpose"] == "triage"
        edge.revoked.add("test")
        await line.send(edge.head("GET", "/v1/referrals/9", "X-Purpose: triage", token=token))
        assert (await line.answer()).status == 401
    assert (len(ids), len(spans), edge.path.long) == (3, 3, 1)
