"""One attempt over HTTP, judged by a dialler that records and lets nothing but loopback through."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from gateway.webhooks.addresses import LOOPBACK, Rules
from gateway.webhooks.dialling import make_socket
from gateway.webhooks.domain import Outcome
from gateway.webhooks.posting import Poster
from gateway.webhooks.tests.receiver import Receiver, receiving

STRICT = Rules(frozenset({443, 8443}), ())
LOCAL = Rules(frozenset({443, 8443}), LOOPBACK)


class Dialler:
    """Records every address that would be dialled; only loopback is."""

    def __init__(self, **names: list[str]) -> None:
        self.dialled: list[str] = []
        self.asked: list[str] = []
        self.names = names

    def dial(self, info: Any) -> socket.socket:
        address = str(info[4][0])
        self.dialled.append(address)
        if address not in {"127.0.0.1", "::1"}:
            raise ConnectionRefusedError("a test dials nobody")
        return make_socket(info)

    def look_up(self, host: str, port: int, *_: object) -> list[Any]:
        self.asked.append(host)
        found = self.names.get(host.partition(".")[0])
        if found is None:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found
        ]


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


async def post(dialler: Dialler, url: str, rules: Rules = STRICT, seconds: float = 2.0) -> Any:
    poster = Poster(rules, seconds, dialler.dial, dialler.look_up)
    try:
        return await poster.post(url, b"{}", {"webhook-id": "1"})
    finally:
        await poster.close()


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "fe80::1"]
)
async def test_a_name_that_leads_inside_is_never_dialled(address: str) -> None:
    dialler = Dialler(evil=[address])
    answer = await post(dialler, "https://evil.test/")
    assert answer.outcome is Outcome.ADDRESS_REFUSED
    assert dialler.dialled == []


async def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    dialler = Dialler(mixed=["8.8.8.8", "10.0.0.1"])
    assert (await post(dialler, "https://mixed.test/")).outcome is Outcome.ADDRESS_REFUSED
    assert dialler.dialled == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "169.254.169.254", "[::ffff:127.0.0.1]", "0.0.0.0"])  # noqa: S104 - an address to refuse
async def test_a_literal_address_inside_is_never_dialled(host: str) -> None:
    dialler = Dialler()
    assert (await post(dialler, f"https://{host}/")).outcome is Outcome.ADDRESS_REFUSED
    assert dialler.dialled == []


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f000001"])
async def test_old_number_forms_of_an_address_do_not_get_through(host: str) -> None:
    dialler = Dialler()
    assert (await post(dialler, f"https://{host}/")).outcome is not Outcome.OK
    assert dialler.dialled == []


async def test_a_public_name_is_dialled_at_the_address_that_was_checked() -> None:
    dialler = Dialler(good=["8.8.8.8"])
    assert (await post(dialler, "https://good.test/")).outcome is Outcome.CONNECT
    assert dialler.dialled == ["8.8.8.8"]
    assert dialler.asked == ["good.test"]


async def test_a_public_name_is_not_dialled_by_http_nor_on_another_port() -> None:
    dialler = Dialler(good=["8.8.8.8"])
    for url in ("http://good.test/", "https://good.test:22/"):
        assert (await post(dialler, url)).outcome is Outcome.ADDRESS_REFUSED
    assert dialler.dialled == []


async def test_a_name_that_nobody_knows_is_a_failed_attempt() -> None:
    dialler = Dialler()
    assert (await post(dialler, "https://nobody.test/")).outcome is Outcome.CONNECT
    assert dialler.dialled == []


async def test_a_redirect_is_a_failure_and_is_not_followed(receiver: Receiver) -> None:
    dialler = Dialler()
    receiver.answers(302, Location=receiver.url + "/other")
    answer = await post(dialler, receiver.url, LOCAL)
    assert (answer.outcome, answer.status) == (Outcome.STATUS, 302)
    assert len(receiver.requests) == 1


async def test_a_receiver_that_hangs_is_a_timeout(receiver: Receiver) -> None:
    receiver.hangs()
    assert (await post(Dialler(), receiver.url, LOCAL, 0.2)).outcome is Outcome.TIMEOUT


async def test_a_receiver_that_does_not_speak_tls_is_a_tls_failure(receiver: Receiver) -> None:
    answer = await post(Dialler(), receiver.url.replace("http:", "https:"), LOCAL)
    assert answer.outcome is Outcome.TLS


async def test_a_receiver_that_does_not_speak_http_is_a_protocol_failure() -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"220 mail.example ready\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(nonsense, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert (await post(Dialler(), f"http://127.0.0.1:{port}/", LOCAL)).outcome is Outcome.PROTOCOL


async def test_retry_after_is_handed_on(receiver: Receiver) -> None:
    receiver.answers(503, Retry_After="7")
    assert (await post(Dialler(), receiver.url, LOCAL)).retry_after == timedelta(seconds=7)


async def test_what_is_sent_carries_no_cookie_and_the_cloudevents_media_type(receiver: Receiver) -> None:
    receiver.answers(200, Set_Cookie="a=b")
    poster = Poster(LOCAL, 2.0)
    for _ in range(2):
        assert (await poster.post(receiver.url, b'{"a":1}', {})).outcome is Outcome.OK
    await poster.close()
    for headers, body in receiver.requests:
        assert "cookie" not in headers
        assert headers["content-type"] == "application/cloudevents+json"
        assert body == b'{"a":1}'
