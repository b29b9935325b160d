"""The example receiver: it verifies, fetches, files, and answers 2xx only after filing."""

import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from standardwebhooks import Webhook

from examples.la_receiver.app import catch_up, create_app
from examples.la_receiver.filing import Files
from examples.la_receiver.gateway import AwayError, Gateway

SECRET = "whsec_" + "A" * 43 + "="


class Platform:
    """What the detail link leads to; a test may take it away."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, tuple[int, Any]] = {}
        self.away = False

    async def fetch(self, path: str) -> tuple[int, Any]:
        self.asked.append(path)
        if self.away:
            raise AwayError
        return self.answers.get(path, (200, {"read": path}))


def event_of(event_id: UUID) -> dict[str, Any]:
    return {"id": str(event_id), "type": "circle.referral.triaged.v1", "data": {"detail": f"/v1/referrals/{event_id}"}}


def signed(event: dict[str, Any], secret: str = SECRET, at: datetime | None = None) -> tuple[bytes, dict[str, str]]:
    at = at or datetime.now(UTC)
    body = json.dumps(event)
    headers = {
        "webhook-id": event["id"],
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(event["id"], at, body),
    }
    return body.encode(), headers


def names(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


@asynccontextmanager
async def receiver(platform: Platform, folder: Path) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    async with TestClient(TestServer(create_app(SECRET, platform.fetch, folder))) as client:
        yield client


async def test_a_signed_event_is_filed_with_its_detail(tmp_path: Path) -> None:
    platform, event_id = Platform(), uuid4()
    async with receiver(platform, tmp_path / "in") as client:
        body, headers = signed(event_of(event_id))
        assert (await client.post("/webhooks", data=body, headers=headers)).status == 204
    place = tmp_path / "in" / f"{event_id}.json"
    filed = json.loads(place.read_text())
    assert filed["event"] == event_of(event_id)
    assert filed["detail"] == {"read": f"/v1/referrals/{event_id}"}
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert names(tmp_path / "in") == [place.name]


async def test_the_same_event_twice_is_filed_once(tmp_path: Path) -> None:
    platform, event_id = Platform(), uuid4()
    async with receiver(platform, tmp_path) as client:
        for _ in range(2):
            body, headers = signed(event_of(event_id))
            assert (await client.post("/webhooks", data=body, headers=headers)).status == 204
    assert len(platform.asked) == 1


@pytest.mark.parametrize("fault", ["secret", "body", "id", "old", "none", "not-an-id"])
async def test_what_is_not_signed_by_us_is_refused_and_not_filed(tmp_path: Path, fault: str) -> None:
    platform, event = Platform(), event_of(uuid4())
    at = datetime.now(UTC) - timedelta(minutes=6 if fault == "old" else 0)
    body, headers = signed(event, "whsec_" + "B" * 43 + "=" if fault == "secret" else SECRET, at)
    if fault == "body":
        body += b" "
    if fault == "id":
        headers["webhook-id"] = str(uuid4())
    if fault == "none":
        headers = {}
    if fault == "not-an-id":
        body, headers = signed(event | {"id": "../../outside"})
    async with receiver(platform, tmp_path) as client:
        assert (await client.post("/webhooks", data=body, headers=headers)).status == 401
    assert platform.asked == []
    assert names(tmp_path) == []


async def test_while_the_platform_is_away_nothing_is_filed_and_the_event_is_asked_for_again(tmp_path: Path) -> None:
    platform, event_id = Platform(), uuid4()
    async with receiver(platform, tmp_path) as client:
        platform.away = True
        body, headers = signed(event_of(event_id))
        answer = await client.post("/webhooks", data=body, headers=headers)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert names(tmp_path) == []
        platform.away = False
        assert (await client.post("/webhooks", data=body, headers=headers)).status == 204
    assert names(tmp_path) == [f"{event_id}.json"]


async def test_an_event_whose_detail_may_no_longer_be_read_is_filed_without_it(tmp_path: Path) -> None:
    platform, event_id = Platform(), uuid4()
    platform.answers[f"/v1/referrals/{event_id}"] = (404, None)
    async with receiver(platform, tmp_path) as client:
        body, headers = signed(event_of(event_id))
        assert (await client.post("/webhooks", data=body, headers=headers)).status == 204
    filed = json.loads((tmp_path / f"{event_id}.json").read_text())
    assert (filed["status"], filed["detail"]) == (404, None)


async def test_a_folder_that_cannot_be_written_is_no_success(tmp_path: Path) -> None:
    platform, event_id = Platform(), uuid4()
    async with receiver(platform, tmp_path / "in") as client:
        (tmp_path / "in").rmdir()
        body, headers = signed(event_of(event_id))
        assert (await client.post("/webhooks", data=body, headers=headers)).status == 500


async def test_catching_up_files_what_no_webhook_brought_and_remembers_where_it_was(tmp_path: Path) -> None:
    platform, files = Platform(), Files(tmp_path)
    first, second, third = (uuid4() for _ in range(3))
    files.file(first, {})
    platform.answers["/v1/events"] = (200, {"items": [event_of(first), event_of(second)], "next": "a", "more": True})
    platform.answers["/v1/events?after=a"] = (200, {"items": [event_of(third)], "next": "b", "more": False})
    platform.answers["/v1/events?after=b"] = (200, {"items": [], "next": "c", "more": False})
    assert await catch_up(files, platform.fetch) == 2
    assert files.has(second)
    assert files.has(third)
    assert await catch_up(files, platform.fetch) == 0
    assert files.cursor() == "c"


@asynccontextmanager
async def gateway_that(answers: list[int]) -> AsyncIterator[tuple[Gateway, list[str]]]:
    """A gateway whose reads answer these statuses in turn, and the tokens that it saw."""
    tokens: list[str] = []

    async def token(request: web.Request) -> web.Response:
        assert request.headers["Authorization"].startswith("Basic ")
        assert (await request.post())["grant_type"] == "client_credentials"
        return web.json_response({"access_token": f"t{len(tokens)}", "expires_in": 300})

    async def read(request: web.Request) -> web.Response:
        tokens.append(request.headers["Authorization"])
        status = answers.pop(0)
        return web.json_response({"ok": True}, status=status)

    app = web.Application()
    app.router.add_post("/oauth/token", token)
    app.router.add_get("/v1/{tail:.*}", read)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield Gateway(str(server.make_url("")), "la", "secret", session), tokens


async def test_a_token_is_used_while_it_lives_and_fetched_anew_when_it_is_refused() -> None:
    async with gateway_that([200, 200, 401, 200]) as (gateway, tokens):
        for _ in range(3):
            assert await gateway.fetch("/v1/referrals/1") == (200, {"ok": True})
    assert tokens == ["Bearer t0", "Bearer t0", "Bearer t0", "Bearer t3"]


async def test_a_status_that_may_pass_means_come_again() -> None:
    async with gateway_that([503, 429, 404]) as (gateway, _):
        for _ in range(2):
            with pytest.raises(AwayError):
                await gateway.fetch("/v1/referrals/1")
        assert await gateway.fetch("/v1/referrals/1") == (404, None)


async def test_only_paths_of_the_platform_are_fetched() -> None:
    async with gateway_that([]) as (gateway, _):
        for path in ("https://example.org/", "//example.org/v1/", "/oauth/token", "v1/referrals"):
            with pytest.raises(ValueError, match="path of the platform"):
                await gateway.fetch(path)
