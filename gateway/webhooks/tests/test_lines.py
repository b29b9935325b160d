"""Kept connections to receivers that are slow, talkative, gone or somebody else: judged by what an attempt says."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.webhooks.addresses import LOOPBACK, Rules
from gateway.webhooks.domain import Outcome
from gateway.webhooks.posting import READ_BYTES, Poster

LOCAL = Rules(frozenset({443, 8443}), LOOPBACK)
GOOD = b"HTTP/1.1 204 No Content\r\n\r\n"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def request(reader: asyncio.StreamReader) -> bytes:
    """One whole request; empty when the caller hung up."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return head + await reader.readexactly(size)
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


class Raw:
    """A receiver that says on each connection what `talk` says; it counts connections."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self.connections = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self._talk(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[Raw, int]]:
    raw = Raw(talk)
    async with await asyncio.start_server(raw.take, "127.0.0.1", 0, ssl=tls) as server:
        yield raw, server.sockets[0].getsockname()[1]


def poster(trust: ssl.SSLContext | None = None, seconds: float = 5.0) -> Poster:
    return Poster(LOCAL, seconds, trust=trust)


async def outcomes(one: Poster, url: str, count: int) -> list[Outcome]:
    try:
        return [(await one.post(url, b"{}", {"webhook-id": str(number)})).outcome for number in range(count)]
    finally:
        await one.close()


async def polite(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await request(reader):
        writer.write(GOOD)


async def test_a_connection_is_used_again() -> None:
    async with listening(polite) as (raw, port):
        assert await outcomes(poster(), f"http://127.0.0.1:{port}/", 5) == [Outcome.OK] * 5
        assert raw.connections == 1


async def test_a_kept_connection_that_died_meanwhile_costs_no_attempt() -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(GOOD)
        # It goes away with the next request, unanswered.
        await reader.read(1)

    async with listening(once) as (raw, port):
        assert await outcomes(poster(), f"http://127.0.0.1:{port}/", 3) == [Outcome.OK] * 3
        assert raw.connections == 3


async def test_a_new_connection_that_dies_unanswered_is_a_failed_attempt_and_not_tried_again() -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)

    async with listening(never) as (raw, port):
        assert await outcomes(poster(), f"http://127.0.0.1:{port}/", 1) == [Outcome.PROTOCOL]
        assert raw.connections == 1


async def test_an_answer_that_breaks_off_is_a_failed_attempt_and_not_tried_again() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(GOOD)
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
        await writer.drain()

    async with listening(half) as (raw, port):
        assert await outcomes(poster(), f"http://127.0.0.1:{port}/", 2) == [Outcome.OK, Outcome.PROTOCOL]
        assert raw.connections == 1


@pytest.mark.parametrize("length", [b"Content-Length: 10000000", b"Transfer-Encoding: chunked"])
async def test_of_a_long_answer_only_the_beginning_is_read_and_its_connection_not_used_again(length: bytes) -> None:
    async def talks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await request(reader):
            writer.write(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n\r\n")
            for _ in range(200):
                writer.write(b"%x\r\n" % READ_BYTES + b"x" * READ_BYTES + b"\r\n")
                await writer.drain()

    async with listening(talks) as (raw, port):
        assert await outcomes(poster(), f"http://127.0.0.1:{port}/", 2) == [Outcome.OK] * 2
        assert raw.connections == 2


@pytest.mark.parametrize("line", [b"X-Y: " + b"z" * 500 + b"\r\n", b"z" * 500])
async def test_a_head_without_an_end_is_a_protocol_failure(line: bytes) -> None:
    async def talks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nX-Y: ")
        while True:
            writer.write(line)
            await writer.drain()

    async with listening(talks) as (_, port):
        assert await outcomes(poster(), f"http://127.0.0.1:{port}/", 1) == [Outcome.PROTOCOL]


async def test_a_second_answer_that_nobody_asked_for_is_never_taken_for_the_next_one() -> None:
    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await request(reader):
            writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n" + GOOD)

    async with listening(twice) as (_, port):
        said = await outcomes(poster(), f"http://127.0.0.1:{port}/", 3)
        assert Outcome.OK not in said


async def test_an_answer_whose_body_hangs_is_a_timeout() -> None:
    async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12")
        await reader.read(1)

    async with listening(hangs) as (_, port):
        assert await outcomes(poster(seconds=0.3), f"http://127.0.0.1:{port}/", 1) == [Outcome.TIMEOUT]


def certificate(folder: Path, *names: x509.GeneralName) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(what a receiver of these names speaks with, what trusts it)."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "r")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "receiver.pem").write_bytes(pem + secret)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "receiver.pem")
    return server, ssl.create_default_context(cadata=pem.decode())


async def test_tls_is_verified_for_the_very_host_of_the_url(tmp_path: Path) -> None:
    server, trust = certificate(tmp_path, x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    async with listening(polite, server) as (_, port):
        assert await outcomes(poster(trust), f"https://127.0.0.1:{port}/", 2) == [Outcome.OK] * 2
        assert await outcomes(poster(trust), f"https://localhost:{port}/", 1) == [Outcome.TLS]


async def test_a_certificate_that_nobody_vouches_for_is_a_tls_failure(tmp_path: Path) -> None:
    server, _ = certificate(tmp_path, x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    async with listening(polite, server) as (_, port):
        assert await outcomes(poster(), f"https://127.0.0.1:{port}/", 1) == [Outcome.TLS]
