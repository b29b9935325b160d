"""What could be read in two ways is refused and nothing of it reaches a service, on the short way as on the long."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from gateway.tests.data_path import Gateway, Service, gateway_for
from tests.attacks.cases_of_framing import NEXT, NOWHERE, OURS, REFUSED, SPOOFS, START
from tests.attacks.target import HOST

ARRIVING = {
    "host", "accept", "authorization", "x-request-id", "traceparent", "content-length", "content-type",
    "idempotency-key", "if-match", "transfer-encoding",
}  # fmt: skip


@pytest.fixture(scope="module")
async def standing() -> AsyncIterator[Gateway]:
    """Silence is not borne for long here, so that what waits for more is over soon."""
    service = Service()
    await service.start()
    async with gateway_for(service, client_silence_seconds=0.3, keep_alive=1) as gateway:
        yield gateway
    await service.stop()


class Caller:
    """Somebody with a good token."""

    def __init__(self, edge: Gateway) -> None:
        self.edge = edge
        self.token = edge.token()

    @property
    def lines(self) -> list[str]:
        return [served.line for served in self.edge.service.requests]

    @property
    def next(self) -> bytes:
        """The request that must not be one, with its true length."""
        return NEXT.replace(b"$TOKEN", self.token.encode())

    async def say(self, data: bytes) -> bytes:
        """Send, and everything that is answered until the gateway closes."""
        reader, writer = await asyncio.open_connection(HOST, self.edge.port)
        try:
            writer.write(data.replace(b"$TOKEN", self.token.encode()))
            async with asyncio.timeout(10):
                return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()


@pytest.fixture(params=["cold", "warm"])
async def caller(standing: Gateway, request: pytest.FixtureRequest) -> Caller:
    """Warm: the token is known and a connection to the service is open, so that the short way is."""
    caller = Caller(standing)
    standing.service.hang_up()
    if request.param == "warm":
        for _ in range(2):
            assert (await standing.get("/v1/referrals/warm", token=caller.token)).status == 200
    standing.service.forget()
    return caller


def statuses(said: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) [A-Z]", said)]


def test_there_are_at_least_sixty_cases() -> None:
    assert len(REFUSED) >= 60


@pytest.mark.parametrize("name", REFUSED)
async def test_an_ambiguous_request_is_refused_with_all_that_stands_behind_it(caller: Caller, name: str) -> None:
    said = await caller.say(REFUSED[name] + NEXT)
    # One refusal, or none where the connection was cut while a large head was still on its way.
    assert all(400 <= status < 500 for status in statuses(said)), said[:300]
    assert len(statuses(said)) <= 1
    assert caller.lines == []


@pytest.mark.parametrize("target", NOWHERE)
async def test_a_target_that_leads_round_the_routes_leads_nowhere(caller: Caller, target: bytes) -> None:
    said = await caller.say(b"GET %b HTTP/1.1\r\n%bConnection: close\r\n\r\n" % (target, OURS))
    assert statuses(said)[0] in {400, 404, 405}, said[:300]
    assert caller.lines == []


@pytest.mark.parametrize("name", SPOOFS)
async def test_a_header_that_pretends_does_not_arrive(caller: Caller, name: str) -> None:
    line, header = SPOOFS[name]
    said = await caller.say(b"GET /v1/referrals/1 HTTP/1.1\r\n%b%b\r\nConnection: close\r\n\r\n" % (OURS, line))
    assert statuses(said) == [200], said[:300]
    (served,) = caller.edge.service.requests
    names = [one for one, _ in served.headers]
    assert header.decode() not in names
    assert set(names) <= ARRIVING
    assert len(names) == len(set(names))
    assert served.header("authorization") == f"Bearer {caller.token}"
    assert served.header("host") == f"{HOST}:{caller.edge.service.port}"


@pytest.mark.parametrize(
    "given",
    [b"a" * 65, b"a b", b"a\tb", b"\xc3\xa9", b"<script>", b"a,b", b"../x", b"%0d%0a", b"", b"'", b"{}", b"a;b"],
)
async def test_a_request_id_of_an_odd_shape_is_not_taken_on(caller: Caller, given: bytes) -> None:
    said = await caller.say(
        b"GET /v1/referrals/1 HTTP/1.1\r\n%bX-Request-Id: %b\r\nConnection: close\r\n\r\n" % (OURS, given)
    )
    assert statuses(said) == [200]
    (served,) = caller.edge.service.requests
    assert re.fullmatch(r"[0-9a-f-]{36}", served.header("x-request-id") or "")


@pytest.mark.parametrize(
    ("named", "status"),
    [
        (b"Authorization", 401), (b"authorization, close", 401), (b"close, AUTHORIZATION", 401),
        (b"If-Match", 200), (b"Idempotency-Key", 200), (b"close,if-match,idempotency-key", 200),
    ],
)  # fmt: skip
async def test_what_connection_names_is_for_this_hop_only(caller: Caller, named: bytes, status: int) -> None:
    said = await caller.say(
        b'GET /v1/referrals/1 HTTP/1.1\r\n%bIf-Match: "1"\r\nIdempotency-Key: k\r\nConnection: %b\r\n\r\n'
        % (OURS, named)
    )
    assert statuses(said) == [status]
    for served in caller.edge.service.requests:
        assert all(served.header(one.strip().lower()) is None for one in named.decode().split(","))


@pytest.mark.parametrize("named", [b"Content-Length", b"Transfer-Encoding", b"Host", b"close, content-length"])
async def test_the_length_stays_whatever_connection_names(caller: Caller, named: bytes) -> None:
    said = await caller.say(
        START + b"Connection: %b\r\nContent-Length: %d\r\n\r\n%b" % (named, len(caller.next), caller.next)
    )
    assert statuses(said) == [200]
    assert caller.lines == ["POST /v1/referrals HTTP/1.1"]
    assert caller.edge.service.requests[0].body.startswith(b"GET /v1/families/smuggled")


CHUNKED = {
    "plain": b"2\r\n{}\r\n0\r\n\r\n",
    "zeros before the size": b"0000000002\r\n{}\r\n000\r\n\r\n",
    "an extension": b"2;a=b\r\n{}\r\n0;c\r\n\r\n",
    "an extension in quotes": b'2;a="b"\r\n{}\r\n0\r\n\r\n',
    "single bytes": b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
    "a trailer": b"2\r\n{}\r\n0\r\nX-Purpose: late\r\nAuthorization: Bearer x\r\nContent-Length: 9\r\n\r\n",
}


@pytest.mark.parametrize("name", CHUNKED)
async def test_a_chunked_body_arrives_once_and_framed_anew(caller: Caller, name: str) -> None:
    last = NEXT.replace(b"smuggled", b"meant").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    said = await caller.say(START + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED[name] + last)
    if statuses(said) == [400]:  # refused as a whole is as good
        assert caller.lines == []
        return
    assert statuses(said) == [200, 200]
    assert caller.lines == ["POST /v1/referrals HTTP/1.1", "GET /v1/families/meant HTTP/1.1"]
    first = caller.edge.service.requests[0]
    assert (first.body, first.header("x-purpose"), first.header("content-length")) == (b"{}", None, None)
    assert first.header("authorization") == f"Bearer {caller.token}"


@pytest.mark.parametrize("authority", [b"gateway", b"evil.test", b"evil.test:99", b"127.0.0.1"])
async def test_an_absolute_target_chooses_no_other_host(caller: Caller, authority: bytes) -> None:
    said = await caller.say(b"GET http://%b/v1/referrals/1 HTTP/1.1\r\n%bConnection: close\r\n\r\n" % (authority, OURS))
    assert statuses(said)[0] in {200, 400, 404}
    for served in caller.edge.service.requests:
        assert served.line == "GET /v1/referrals/1 HTTP/1.1"
        assert served.header("host") == f"{HOST}:{caller.edge.service.port}"


@pytest.mark.parametrize(
    "host", [b"evil.test", b"127.0.0.1:1", b"a b", b"gateway@evil.test", b"gateway/../x", b"[::1]"]
)
async def test_a_host_chooses_nothing(caller: Caller, host: bytes) -> None:
    said = await caller.say(
        b"GET /v1/referrals/1 HTTP/1.1\r\nHost: %b\r\nAuthorization: Bearer $TOKEN\r\nConnection: close\r\n\r\n" % host
    )
    assert statuses(said)[0] in {200, 400}
    for served in caller.edge.service.requests:
        assert served.header("host") == f"{HOST}:{caller.edge.service.port}"


async def test_an_expectation_is_met_once_and_the_body_passes_once(caller: Caller) -> None:
    said = await caller.say(START + b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
    assert statuses(said)[-1] == 200
    assert [served.body for served in caller.edge.service.requests] == [b"{}"]
    assert caller.edge.service.requests[0].header("expect") is None


@pytest.mark.parametrize("refused", [b"Authorization: Bearer x\r\n", b""])
async def test_what_stands_behind_a_request_without_a_token_is_not_taken_for_its_body(
    caller: Caller, refused: bytes
) -> None:
    """A refusal that has not read the body ends the connection: the body never becomes a request."""
    data = b"POST /v1/referrals HTTP/1.1\r\nHost: gateway\r\n%bContent-Length: %d\r\n\r\n%b" % (
        refused,
        len(caller.next),
        caller.next,
    )
    said = await caller.say(data + NEXT)
    assert statuses(said) == [401]
    assert caller.lines == []
