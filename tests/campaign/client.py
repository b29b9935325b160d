"""A client that keeps account: a key on every write, the same one on every retry, patient while something is away."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import aiohttp
import httpx

from deploy.local.client import Caller, Gateway
from deploy.local.logins import SignInError
from shared.ids import new_id
from tests.campaign.history import Account

_AGAIN: Final = frozenset({401, 429, 500, 502, 503, 504})
_PAUSE_SECONDS: Final = 0.1
_LOST: Final = (aiohttp.ClientError, OSError, TimeoutError, httpx.HTTPError, SignInError)


class GivenUpError(Exception):
    """Patience ended without an answer: whether it was done is not known."""


class RefusedError(Exception):
    """Answered, and not as the load expects."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer."""

    status: int
    document: Any
    etag: str

    @property
    def id(self) -> UUID:
        """Of the resource that was made or moved."""
        return UUID(self.document["id"])


@dataclass
class Line:
    """The connections of all clients to one gateway, their account, and what they met on the way."""

    url: str
    account: Account
    patience: float = 60.0
    # A planted fault of clients: a retry under a new key.
    forgets_keys: bool = False
    met: Counter[str] = field(default_factory=Counter)
    # Acknowledged resources of every partnership, by the kind of what made them.
    known: dict[str, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    http: aiohttp.ClientSession = field(init=False)
    # How tokens are got and partnerships made: on no account.
    gateway: Gateway = field(init=False)

    async def __aenter__(self) -> "Line":
        self.gateway = Gateway(self.url, patience=self.patience)
        timeout = aiohttp.ClientTimeout(total=15, sock_connect=5)
        self.http = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()
        await self.gateway.http.aclose()
        self.account.close()


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody of one partnership who writes; `caller` knows how to get their token."""

    line: Line
    caller: Caller
    partnership: UUID

    async def write(
        self,
        kind: str,
        path: str,
        body: Any = None,
        *,
        match: str = "",
        key: str | None = None,
        names: str = "id",
    ) -> Said:
        """One keyed POST, tried until it is answered; on the account from the first try to its end.

        `names` is where the answer names the row that this kind of operation leaves behind.
        """
        key = key or str(new_id())
        self.line.account.sent(key, kind, self.partnership)
        try:
            said = await self._until_answered("POST", path, body, _headers(key, match))
        except GivenUpError:
            self.line.account.ended(key, None, None)
            raise
        resource = said.document.get(names) if isinstance(said.document, dict) and said.status < 300 else None
        self.line.account.ended(key, said.status, resource)
        self.line.met[f"{kind} {said.status}"] += 1
        if said.status >= 300:
            raise RefusedError(f"POST {path}: {said.status} {said.document}")
        if said.status == httpx.codes.CREATED:
            self.line.known[kind].append(said.id)
        return said

    async def read(self, path: str) -> Said:
        """A GET, tried until it is answered."""
        return await self._until_answered("GET", path, None, {})

    async def look(self, path: str, asked: UUID | None = None) -> None:
        """Read a list, or one resource of whomever, and note what was shown."""
        said = await self.read(f"{path}/{asked}" if asked else path)
        document = said.document if said.status == httpx.codes.OK else {}
        shown = [document["id"]] if "id" in document else [one["id"] for one in document.get("items", ())]
        self.line.account.looked(self.partnership, asked, said.status, shown)

    async def once(self, method: str, path: str, body: Any = None, *, key: str = "", match: str = "") -> Said:
        """A single try, on no account; raises what the connection raises."""
        return await self._try(method, path, body, _headers(key, match) if key else {})

    async def _until_answered(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Said:
        until = time.monotonic() + self.line.patience
        while True:
            try:
                said = await self._try(method, path, body, headers)
                if said.status not in _AGAIN and not _runs_still(said):
                    return said
                self.line.met[f"again {said.status}"] += 1
                if said.status == httpx.codes.UNAUTHORIZED:
                    self.caller._token = None  # noqa: SLF001 - its own client does the same on a 401
            except _LOST as error:
                self.line.met[f"lost {type(error).__name__}"] += 1
            if time.monotonic() > until:
                raise GivenUpError
            if self.line.forgets_keys and headers:
                headers = headers | {"Idempotency-Key": str(new_id())}
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _try(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Said:
        signed = {"Authorization": f"Bearer {await self.caller.token()}", **headers}
        async with self.line.http.request(method, self.line.url + path, json=body, headers=signed) as answer:
            text = await answer.read()
            document = await answer.json(content_type=None) if text else None
            return Said(answer.status, document, answer.headers.get("ETag", ""))


def _headers(key: str, match: str) -> dict[str, str]:
    # The request id stands in the audit, where the checker looks for it.
    return {"Idempotency-Key": key, "X-Request-Id": key} | ({"If-Match": match} if match else {})


def _runs_still(said: Said) -> bool:
    """The same key is being worked on, or a fact from another service has not arrived."""
    if said.status != httpx.codes.CONFLICT or not isinstance(said.document, dict):
        return False
    return str(said.document.get("type", "")).endswith("request-in-progress") or "waiting_for" in said.document
