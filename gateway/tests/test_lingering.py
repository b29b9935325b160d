"""Whoever is refused while he is still sending gets his answer, and nobody can hold a connection open by that."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic

import pytest

from gateway.framing.protocol import MAX_HEAD_BYTES
from gateway.tests.data_path import Gateway, Served, Service, gateway_for
from gateway.tests.test_drain import serving
from shared import lingering
from shared.serve import Protocol
from shared.tests.house import until

SECONDS = 30
# Less than what a lingering connection drops; more than what is read together with what is refused.
PIECES, PIECE = 16, b"x" * 65_536
BAD_HEAD = b"GET /v1/referrals HTTP/1.1\r\nHost : here\r\n\r\n"


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lingers does so for as long as a test may take."""
    monkeypatch.setattr(lingering, "SECONDS", 2 * SECONDS)


@pytest.fixture
async def gate(service: Service) -> AsyncIterator[Gateway]:
    """A gateway that is told of a body that does not go on within the test."""
    async with gateway_for(
        service, max_body_bytes=2**20, client_silence_seconds=1, limit_requests=3, limit_window_seconds=3600
    ) as gateway:
        yield gateway


@contextmanager
def answered(port: int, begin: bytes) -> Iterator[socket.socket]:
    """A connection on which this has been sent and the answer has begun to come."""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as line:
        line.sendall(begin)
        assert line.recv(1, socket.MSG_PEEK)
        yield line


def told_while_sending(port: int, begin: bytes, pieces: int = PIECES) -> bytes:
    """What a caller is told who goes on sending after he was answered, and reads when he has sent everything."""
    with answered(port, begin) as line:
        for _ in range(pieces):
            line.sendall(PIECE)
        said = b""
        while part := line.recv(65_536):
            said += part
        return said


async def refused(port: int, begin: bytes) -> int:
    """The status of the answer, which came whole."""
    said = await asyncio.to_thread(told_while_sending, port, begin)
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"content-length: %d\r\n" % len(body) in head + b"\r\n"
    return int(head.split()[1])


def is_closed(line: socket.socket, piece: bytes = b"x") -> bool:
    """Whether the other side takes nothing more."""
    try:
        line.sendall(piece)
    except ConnectionError:
        return True
    return False


async def has_closed(line: socket.socket) -> bool:
    return is_closed(line)


def large(gate: Gateway, *lines: str, path: str = "/v1/referrals", **token: str) -> bytes:
    """The head of a request with a body of a megabyte."""
    return gate.head("POST", path, f"Content-Length: {2**20}", *lines, **token)


REFUSED: dict[str, tuple[int, Callable[[Gateway], bytes]]] = {
    "a head that never ends": (431, lambda _: b"GET /v1/referrals HTTP/1.1\r\nX-More: " + b"x" * MAX_HEAD_BYTES),
    "a head that is not one": (400, lambda _: BAD_HEAD),
    "a length and chunks": (400, lambda gate: large(gate, "Transfer-Encoding: chunked")),
    "two tokens": (400, lambda gate: large(gate, "Authorization: Bearer x")),
    "chunks that are none": (400, lambda gate: (
        gate.head("POST", "/v1/referrals", "Transfer-Encoding: chunked") + b"no size\r\n"
    )),
    "a body over the cap": (413, lambda gate: gate.head("POST", "/v1/referrals", f"Content-Length: {2**20 + 1}")),
    "chunks over the cap": (413, lambda gate: (
        gate.head("POST", "/v1/referrals", "Transfer-Encoding: chunked") + b"%x\r\n" % 2**21 + b"x" * (2**20 + 1)
    )),
    "a method that nobody knows": (405, lambda gate: large(gate).replace(b"POST", b"PROPFIND", 1)),
    "a token that is none": (401, lambda gate: large(gate, token="a.b.c")),
    "a token that is none, at the gateway itself": (401, lambda gate: large(gate, path="/v1/partnerships", token="x")),
    "the last request of a caller, at the gateway itself": (405, lambda gate: (
        large(gate, "Connection: close", path="/v1/partnerships")
    )),
    "a body that does not go on": (408, lambda gate: large(gate) + b"x" * 100),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_whoever_is_refused_while_he_sends_gets_the_whole_answer(gate: Gateway, name: str) -> None:
    status, begin = REFUSED[name]
    assert await refused(gate.port, begin(gate)) == status


async def test_whoever_sends_a_file_of_two_hundred_megabytes_hears_that_it_is_too_long(gate: Gateway) -> None:
    begin = gate.head("POST", "/v1/imports", f"Content-Length: {200 * 2**20}")
    said = await asyncio.to_thread(told_while_sending, gate.port, begin, 200 * 2**20 // len(PIECE))
    assert said.split()[1] == b"413"


async def test_whoever_comes_too_often_and_sends_hears_so(gate: Gateway) -> None:
    for _ in range(3):
        await gate.get("/v1/referrals/1")
    for path in ("/v1/referrals", "/v1/partnerships"):
        assert await refused(gate.port, large(gate, path=path) + PIECE) == 429


async def test_what_a_service_says_before_the_body_has_ended_is_told(gate: Gateway, service: Service) -> None:
    async def early(served: Served) -> None:
        await served.answer(422, b"{}")
        await served.hung_up()

    service.handler = early
    assert await refused(gate.port, large(gate) + PIECE + PIECE) == 422


async def test_that_a_service_went_away_within_the_body_is_told(gate: Gateway, service: Service) -> None:
    async def gone(served: Served) -> None:
        served.close()

    service.handler = gone
    assert await refused(gate.port, large(gate) + PIECE + PIECE) == 502


async def test_a_service_that_drains_says_its_last_answer_to_whoever_is_still_sending() -> None:
    head = b"POST /v1/anything HTTP/1.1\r\nHost: here\r\nContent-Length: 1048576\r\n\r\n"
    async with serving(Protocol, linger=SECONDS) as process:
        port = process.socket.getsockname()[1]
        process.app.may_answer.clear()
        telling = asyncio.create_task(asyncio.to_thread(told_while_sending, port, head))
        await until(process.is_asked)
        process.drain()
        await until(process.drains)
        process.app.may_answer.set()
        head, _, body = (await telling).partition(b"\r\n\r\n")
    assert b"connection: close" in head
    assert body == b"ok"


async def test_who_was_refused_and_does_not_close_is_closed(gate: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering, "SECONDS", 0.1)
    with answered(gate.port, BAD_HEAD) as line:
        await until(lambda: has_closed(line))


async def test_who_was_refused_may_not_send_without_end(gate: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering, "BYTES", 4 * 2**20)

    def floods() -> bool:
        with answered(gate.port, BAD_HEAD) as line:
            return any(is_closed(line, PIECE) for _ in range(1_000))

    assert await asyncio.to_thread(floods)


async def test_of_many_who_were_refused_the_first_give_way(gate: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering, "CONNECTIONS", 2)
    with ExitStack() as stack:
        lines = [stack.enter_context(answered(gate.port, BAD_HEAD)) for _ in range(4)]
        for line in lines[:2]:
            await until(lambda line=line: has_closed(line))  # type: ignore[misc]  # mypy cannot type a default here
        assert [is_closed(line) for line in lines[2:]] == [False, False]


async def test_who_was_refused_does_not_hold_up_the_end(service: Service) -> None:
    async with gateway_for(service, linger_seconds=2 * SECONDS) as gate:
        with answered(gate.port, BAD_HEAD) as line:
            began = monotonic()
            gate.drain()
            await until(lambda: has_closed(line))
            assert monotonic() - began < SECONDS
