"""Webhooks never lead inside: judged as an endpoint is registered, and by what the sender tried to dial."""

import itertools
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from gateway.webhooks.addresses import LOOPBACK, Refused, Rules
from gateway.webhooks.dialling import Dialler, make_socket
from gateway.webhooks.domain import Outcome
from gateway.webhooks.posting import Poster
from gateway.webhooks.tests.receiver import receiving
from shared.auth import Role
from tests.attacks.cases_of_addresses import INSIDE_4, INSIDE_6, LOCAL_NAMES, REDIRECTS, SPELLINGS, URLS
from tests.attacks.forge import Forge
from tests.attacks.ground import Ground

STRICT = Rules(frozenset({443, 8443}), ())
LOCAL = Rules(frozenset({443, 8443}), LOOPBACK)
HOSTS = (*INSIDE_4, *(f"[{one}]" for one in INSIDE_6), *SPELLINGS, *LOCAL_NAMES)
PUBLIC = "8.8.8.8"


class Wire:
    """Looks names up as a careless C library would, and takes note of every address that would be dialled."""

    def __init__(self, *answers: list[str]) -> None:
        self.dialled: list[str] = []
        # What a name leads to, one list each time it is asked for.
        self._answers = itertools.cycle(answers) if answers else None

    def dial(self, info: Any) -> socket.socket:
        self.dialled.append(str(info[4][0]))
        if self.dialled[-1] not in {"127.0.0.1", "::1"}:
            raise ConnectionRefusedError("a test dials nobody")
        return make_socket(info)

    def look_up(self, host: str, port: int, *_: object) -> list[Any]:
        found = next(self._answers) if self._answers else self._careless(host)
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found
        ]

    @staticmethod
    def _careless(host: str) -> list[str]:
        try:
            return [socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))]
        except (OSError, ValueError):
            return ["127.0.0.1"]


async def post(wire: Wire, url: str, rules: Rules = STRICT) -> Outcome:
    poster = Poster(rules, 2.0, wire.dial, wire.look_up)
    try:
        return (await poster.post(url, b"{}", {"webhook-id": "1"})).outcome
    finally:
        await poster.close()


def test_there_are_at_least_a_hundred_addresses() -> None:
    assert len(set(HOSTS)) + len(URLS) >= 200


@pytest.mark.parametrize("host", HOSTS)
async def test_a_host_that_leads_inside_is_not_registered_and_never_dialled(host: str) -> None:
    for url in (f"https://{host}/hook", f"https://{host}:8443/hook", f"http://{host}/hook"):
        with pytest.raises(Refused):
            STRICT.check_url(url)
        wire = Wire()
        assert await post(wire, url) is not Outcome.OK
        assert wire.dialled == []


@pytest.mark.parametrize("url", URLS)
async def test_a_url_that_plays_tricks_is_not_registered_and_never_dialled(url: str) -> None:
    with pytest.raises(Refused):
        STRICT.check_url(url)
    wire = Wire()
    if url.lower().startswith(("http:", "https:")):
        assert await post(wire, url) is not Outcome.OK
    assert wire.dialled == []


@pytest.mark.parametrize("address", [one for one in (*INSIDE_4, *INSIDE_6) if "%25" not in one])
async def test_a_name_that_leads_inside_is_never_dialled_whatever_else_it_leads_to(address: str) -> None:
    url = STRICT.check_url("https://hooks.example.org/x")
    for answer in ([address], [PUBLIC, address], [address, PUBLIC], [PUBLIC] * 9 + [address]):
        wire = Wire(answer)
        assert await post(wire, url) is Outcome.ADDRESS_REFUSED
        assert wire.dialled == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00::1"])
async def test_a_name_that_changes_its_answer_is_dialled_only_where_the_answer_was_public(address: str) -> None:
    """Rebinding: the address that was looked at is the address that is dialled, each time anew."""
    wire = Wire([PUBLIC], [address])
    poster = Poster(STRICT, 2.0, wire.dial, wire.look_up)
    outcomes = [(await poster.post("https://hooks.example.org/", b"{}", {})).outcome for _ in range(6)]
    await poster.close()
    assert outcomes == [Outcome.CONNECT, Outcome.ADDRESS_REFUSED] * 3
    assert set(wire.dialled) == {PUBLIC}


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "fd00::1"])
async def test_the_socket_itself_is_checked_even_if_the_resolver_were_fooled(address: str) -> None:
    wire = Wire()
    dialler = Dialler(LOCAL, wire.dial, wire.look_up)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for secure in (True, False):
        with pytest.raises(Refused):
            await dialler.connected((family, socket.SOCK_STREAM, 6, "", (address, 443)), secure=secure)
    dialler.close()
    assert wire.dialled == []


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308])
async def test_a_redirect_is_a_failure_and_nobody_else_is_dialled(status: int) -> None:
    async with receiving() as receiver:
        for location in REDIRECTS:
            receiver.answers(status, Location=location, Refresh=f"0; url={location}", Link=f"<{location}>; rel=next")
            wire = Wire()
            assert await post(wire, receiver.url, LOCAL) is not Outcome.OK
            assert wire.dialled == ["127.0.0.1"]
        assert len(receiver.requests) == len(REDIRECTS)


async def test_the_running_gateway_registers_none_of_them(ground: Ground, forge: Forge) -> None:
    """Over HTTP; this installation trusts loopback, as every embedded one, and nothing else."""
    caller = ground.platform.bearer(forge.good(roles=[Role.PARTNER_SYSTEM]))
    loopback = {"127.0.0.1", "127.0.0.1.", "127.0.1.1", "127.255.255.254", "[::1]", "[0:0:0:0:0:0:0:1]"}
    names = {"localhost", "LOCALHOST", "localhost.", "a.localhost", "a.b.localhost.", "LocalHost.", "local%68ost"}
    urls = [f"https://{host}/hook" for host in HOSTS if host not in loopback | names] + [
        url for url in URLS if urlsplit_host(url) not in loopback
    ]
    for url in urls:
        answer = await caller.post("/v1/webhook-endpoints", {"url": url, "event_types": ["*"]})
        assert (answer.status_code, url[:60]) == (422, url[:60])
    assert (await caller.get("/v1/webhook-endpoints")).json()["items"] == []


def urlsplit_host(url: str) -> str:
    """The host as a lenient reader sees it."""
    try:
        return (urlsplit(url).hostname or "").replace("::1", "[::1]")
    except ValueError:
        return ""


async def test_a_public_address_is_dialled_so_that_the_refusals_mean_something() -> None:
    wire = Wire([PUBLIC])
    assert await post(wire, STRICT.check_url("https://hooks.example.org/x")) is Outcome.CONNECT
    assert wire.dialled == [PUBLIC]
