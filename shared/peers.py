"""Reading another service's API from a worker, with this service's own token for one partnership."""

import time
from typing import Any
from uuid import UUID

import httpx

from shared.consumer import Later
from shared.errors import NotFound
from shared.settings import Settings


class Peers:
    """For workers only: a request handler never waits for another service."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Reading the authorities' certificates takes longer than all the rest of a start.
        addresses = (settings.token_url, *map(settings.upstream, ("referral", "matching", "training", "outcomes")))
        verify = any(address.startswith("https:") for address in addresses)
        self._client = httpx.AsyncClient(timeout=5.0, verify=verify)
        self._tokens: dict[UUID, tuple[float, str]] = {}

    async def get(self, service: str, path: str, partnership: UUID) -> Any:
        """The JSON at that path; `Later` when the other side is away, `NotFound` when it is not there."""
        try:
            token = await self._token(partnership)
            answer = await self._client.get(
                self._settings.upstream(service) + path, headers={"Authorization": f"Bearer {token}"}
            )
        except httpx.HTTPError as error:
            raise Later(f"{service} is away") from error
        if answer.status_code == 404:
            raise NotFound
        if answer.status_code != 200:
            raise Later(f"{service} answered {answer.status_code}")
        return answer.json()

    async def _token(self, partnership: UUID) -> str:
        until, token = self._tokens.get(partnership, (0.0, ""))
        if until > time.monotonic():
            return token
        answer = await self._client.post(
            self._settings.token_url,
            data={"grant_type": "client_credentials", "partnership": str(partnership)},
            auth=(f"worker-{self._settings.service}", self._settings.worker_client_secret.get_secret_value()),
        )
        answer.raise_for_status()
        body = answer.json()
        self._tokens[partnership] = (time.monotonic() + body["expires_in"] - 30, body["access_token"])
        return str(body["access_token"])

    async def close(self) -> None:
        await self._client.aclose()
