"""The platform's side: a token by client credentials, kept while it lives, and reading with it."""

import time
from typing import Any

import aiohttp


class AwayError(Exception):
    """The platform cannot answer now: the event has to come again."""


class Gateway:
    """Reads paths of one gateway in the name of one client."""

    def __init__(self, url: str, client_id: str, client_secret: str, session: aiohttp.ClientSession) -> None:
        self._url = url.rstrip("/")
        self._basic = {"Authorization": aiohttp.encode_basic_auth(client_id, client_secret)}
        self._session = session
        self._token, self._until = "", 0.0

    async def fetch(self, path: str) -> tuple[int, Any]:
        """(status, body) of a path; anything but 200 and what will not change by waiting raises `AwayError`."""
        if not path.startswith("/v1/"):
            raise ValueError("a detail link is a path of the platform")
        status, body = await self._get(path)
        if status == 401:
            self._until = 0.0
            status, body = await self._get(path)
        if status not in {200, 403, 404, 410}:
            raise AwayError
        return status, body

    async def _get(self, path: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {await self._fresh_token()}"}
        try:
            async with self._session.get(self._url + path, headers=headers, allow_redirects=False) as answer:
                return answer.status, await answer.json(content_type=None) if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise AwayError from error

    async def _fresh_token(self) -> str:
        if time.monotonic() > self._until:
            form, place = {"grant_type": "client_credentials"}, f"{self._url}/oauth/token"
            try:
                async with self._session.post(place, data=form, headers=self._basic) as answer:
                    answer.raise_for_status()
                    body = await answer.json()
            except (aiohttp.ClientError, TimeoutError) as error:
                raise AwayError from error
            self._token, self._until = body["access_token"], time.monotonic() + body["expires_in"] - 30
        return self._token
