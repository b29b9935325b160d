"""Monstrous bodies, bombs, queries and forms are refused in a moment and in a few words."""

import gzip
import time

import psutil
import pytest

from shared.auth import Role
from tests.attacks.cases_of_bodies import BODIES, head, posted
from tests.attacks.forge import Forge
from tests.attacks.ground import Ground
from tests.attacks.target import send

# A moment, on a machine that is busy with other tests.
SECONDS = 8


@pytest.mark.parametrize("name", BODIES)
async def test_a_monstrous_body_is_refused_in_a_moment_and_in_a_few_words(
    ground: Ground, forge: Forge, name: str
) -> None:
    token = forge.good(roles=[Role.SOCIAL_WORKER, Role.PARTNER_SYSTEM]).encode()
    for port in (ground.gateway_port, ground.service_port):
        began = time.monotonic()
        verdict = await send(port, posted(token, BODIES[name]))
        assert verdict.status in {400, 413, 422}, (verdict.status, verdict.body[:300])
        assert len(verdict.body) < 32_768
        assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"br", b"gzip, gzip", b"x-gzip", b"identity, gzip"])
async def test_a_compressed_bomb_is_never_opened(ground: Ground, forge: Forge, coding: bytes) -> None:
    bomb = gzip.compress(b" " * 50_000_000, 9)
    token = forge.good(roles=[Role.SOCIAL_WORKER]).encode()
    before = psutil.Process().memory_info().rss
    for port in (ground.gateway_port, ground.service_port):
        verdict = await send(port, posted(token, bomb, b"Content-Encoding: " + coding))
        assert verdict.status in {400, 415, 422}, verdict.body
    assert psutil.Process().memory_info().rss - before < 30_000_000


@pytest.mark.parametrize(
    "query",
    [b"a=1&" * 7_000, b"limit=" + b"9" * 20_000, b"cursor=" + b"A" * 25_000, b"&" * 30_000, b"%00" * 9_000,
     b"limit[" * 4_000, b"=" * 30_000, b"limit=1&" * 3_500],
    ids=range(8),
)  # fmt: skip
async def test_a_huge_query_is_refused_or_ignored(ground: Ground, forge: Forge, query: bytes) -> None:
    for port in (ground.gateway_port, ground.service_port):
        data = head(forge.known().encode(), b"Connection: close", method=b"GET", path=b"/v1/referrals?" + query)
        verdict = await send(port, data + b"\r\n")
        assert verdict.status in {200, 400, 414, 422, 431}, verdict.body[:300]
        assert len(verdict.body) < 32_768


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"application/x-www-form-urlencoded", b"a=1&" * 250_000),
        (b"application/x-www-form-urlencoded", b"grant_type=" + b"%41" * 300_000),
        (b"multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 15_000),
        (b"multipart/form-data; boundary=x", b"--x\r\n" + b"A: b\r\n" * 160_000),
        (b"multipart/form-data; boundary=" + b"x" * 20_000, b"--x--"),
        (b"multipart/form-data", b"--x--"),
    ],
    ids=range(6),
)
async def test_a_monstrous_form_is_refused(ground: Ground, kind: bytes, body: bytes) -> None:
    for path in (b"/oauth/token", b"/oauth/authorize", b"/oauth/password"):
        data = (
            b"POST %b HTTP/1.1\r\nHost: edge\r\nConnection: close\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b"
        )
        began = time.monotonic()
        verdict = await send(ground.gateway_port, data % (path, kind, len(body), body))
        assert 400 <= verdict.status < 500, (path, verdict.status, verdict.body[:300])
        assert time.monotonic() - began < SECONDS
