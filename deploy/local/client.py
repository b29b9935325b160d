"""Calls the platform over HTTP as its users do: keys on every POST, ETags on every move, trying again as it asks."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import httpx

from deploy.local.logins import Login, Token
from shared.ids import new_id

JSON = Any
_CONNECTIONS: Final = 64
_SLOWEST_SECONDS: Final = 45.0
_LONGEST_PAUSE: Final = 2.0
_BUSY: Final = frozenset({401, 429, 502, 503, 504})


class UnexpectedAnswerError(AssertionError):
    """The platform answered otherwise than the contract says; shows the problem document, never a body we sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: its status, its JSON, its headers."""

    status: int
    document: JSON
    headers: Mapping[str, str]

    @property
    def problem(self) -> str:
        """The name of the problem, the last part of its `type`; empty when it is none."""
        kind = self.document.get("type", "") if isinstance(self.document, dict) and self.status >= 400 else ""
        return str(kind).rsplit("/", 1)[-1]

    @property
    def id(self) -> str:
        return str(self.document["id"])

    def __getitem__(self, name: str) -> JSON:
        return self.document[name]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a call is expected to be refused with."""

    status: int
    problem: str

    def is_it(self, answer: Answer) -> bool:
        return answer.status == self.status and answer.problem == self.problem


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it is sent, and sent again: the same key each time."""

    method: str
    path: str
    body: JSON = None
    query: Mapping[str, Any] | None = None
    headers: Mapping[str, str] | None = None
    expected: Refusal | None = None
    # A file as the body, in place of JSON.
    content: bytes | None = None


class Gateway:
    """One platform behind one address. `patience` is for how long a call is tried again while something is away."""

    def __init__(self, url: str, patience: float = 30.0) -> None:
        self.url = url.rstrip("/")
        self.patience = patience
        self.calls = 0
        limits = httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
        self.http = httpx.AsyncClient(base_url=self.url, timeout=_SLOWEST_SECONDS, limits=limits)
        # The last ETag of each resource, whoever read it.
        self.etags: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()

    def caller(self, name: str, login: Login) -> "Caller":
        return Caller(self, name, login)


class Caller:
    """Somebody who calls: a system or a person, with a token that is renewed before it runs out."""

    def __init__(self, gateway: Gateway, name: str, login: Login) -> None:
        self.gateway = gateway
        self.name = name
        self.login = login
        self._token: Token | None = None
        self._signing_in = asyncio.Lock()

    async def get(self, path: str, **query: Any) -> Answer:
        """Read; the ETag is remembered for the next move."""
        return _good(await self._send(Call("GET", path, query=query or None)), "GET", path)

    async def post(self, path: str, body: JSON = None, *, key: str | None = None) -> Answer:
        """Add to a collection. `key` is the Idempotency-Key, a fresh one unless given."""
        return _good(await self._send(Call("POST", path, body, headers=_keyed(key))), "POST", path)

    async def send(self, path: str, content: bytes, media: str) -> Answer:
        """Add a file to a collection."""
        headers = {**_keyed(None), "Content-Type": media}
        return _good(await self._send(Call("POST", path, headers=headers, content=content)), "POST", path)

    async def put(self, path: str, body: JSON) -> Answer:
        """Say something that has no version of its own."""
        return _good(await self._send(Call("PUT", path, body)), "PUT", path)

    async def change(self, method: str, path: str, body: JSON = None) -> Answer:
        """PUT, PATCH or DELETE the resource as it was last read."""
        if path not in self.gateway.etags:
            await self.get(path)
        headers = {"If-Match": self.gateway.etags.pop(path)}
        answer = _good(await self._send(Call(method, path, body, headers=headers)), method, path)
        if "etag" in answer.headers:
            self.gateway.etags[path] = answer.headers["etag"]
        return answer

    async def attempt(self, path: str, body: JSON = None) -> Answer:
        """A POST whose answer may be a refusal of any kind: the caller looks at it."""
        return await self._send(Call("POST", path, body, headers=_keyed(None)))

    async def move(self, path: str, body: JSON = None, *, key: str | None = None) -> Answer:
        """Move the resource that the path's last part belongs to; read again when it has changed meanwhile."""
        resource = path.rpartition("/")[0]
        keyed = _keyed(key)
        answer = await self._move(resource, path, body, keyed)
        if answer.status == httpx.codes.PRECONDITION_FAILED:
            # Another service's news may change it between our reading and our moving.
            self.gateway.etags.pop(resource, None)
            answer = await self._move(resource, path, body, keyed)
        return _good(answer, "POST", path)

    async def _move(
        self, resource: str, path: str, body: JSON, keyed: Mapping[str, str], expected: Refusal | None = None
    ) -> Answer:
        if resource not in self.gateway.etags:
            await self.get(resource)
        headers = {**keyed, "If-Match": self.gateway.etags[resource]}
        answer = await self._send(Call("POST", path, body, headers=headers, expected=expected))
        if answer.status < 300 and "etag" in answer.headers:
            self.gateway.etags[resource] = answer.headers["etag"]
        return answer

    async def refused(  # noqa: PLR0913 - a request has that many parts
        self,
        status: int,
        problem: str,
        path: str,
        body: JSON = None,
        *,
        method: str = "POST",
        match: str | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Make a call that has to be refused with this status and problem. `match` is the If-Match header."""
        expected = Refusal(status, problem)
        given = dict(_keyed(None) if headers is None else headers)
        if match is not None:
            given["If-Match"] = match
        answer = await self._send(Call(method, path, body, query, given, expected))
        if not expected.is_it(answer):
            raise UnexpectedAnswerError(f"{_said(answer, method, path)} instead of {status} {problem}")
        return answer

    async def refused_move(self, status: int, problem: str, path: str, body: JSON = None) -> Answer:
        """A move with the right ETag that has to be refused all the same."""
        expected, resource = Refusal(status, problem), path.rpartition("/")[0]
        answer = await self._move(resource, path, body, _keyed(None), expected)
        if answer.status == httpx.codes.PRECONDITION_FAILED:
            self.gateway.etags.pop(resource, None)
            answer = await self._move(resource, path, body, _keyed(None), expected)
        if not expected.is_it(answer):
            raise UnexpectedAnswerError(f"{_said(answer, 'POST', path)} instead of {status} {problem}")
        return answer

    async def _send(self, call: Call) -> Answer:
        until = time.monotonic() + self.gateway.patience
        while True:
            try:
                answer = await self._try(call)
            except httpx.TransportError as error:
                if time.monotonic() > until:
                    raise UnexpectedAnswerError(f"{call.method} {call.path}: no answer ({error!r})") from error
                await asyncio.sleep(0.2)
                continue
            if not _is_to_try_again(answer, call.expected) or time.monotonic() > until:
                return answer
            if answer.status == httpx.codes.UNAUTHORIZED:
                self._token = None
            await asyncio.sleep(min(float(answer.headers.get("retry-after", "0.2")), _LONGEST_PAUSE))

    async def _try(self, call: Call) -> Answer:
        headers = {"Authorization": f"Bearer {await self.token()}", **(call.headers or {})}
        self.gateway.calls += 1
        received = await self.gateway.http.request(
            call.method, call.path, content=call.content, json=call.body, params=call.query, headers=headers
        )
        answer = Answer(received.status_code, received.json() if received.content else None, received.headers)
        self._remember(call, answer)
        return answer

    def _remember(self, call: Call, answer: Answer) -> None:
        tag = answer.headers.get("etag")
        if tag is None or answer.status >= 300:
            return
        if call.method == "GET":
            self.gateway.etags[call.path] = tag
        elif isinstance(answer.document, dict) and "id" in answer.document and call.path.count("/") % 2 == 0:
            # /v1/things or /v1/things/{id}/parts: the ETag is that of the new one.
            self.gateway.etags[f"{call.path}/{answer.id}"] = tag

    async def token(self) -> str:
        """A token that is good for a while yet."""
        async with self._signing_in:
            if self._token is None or self._token.is_stale:
                self._token = await self.login.token(self.gateway.http)
            return self._token.value


def _is_to_try_again(answer: Answer, expected: Refusal | None) -> bool:
    if expected is not None and expected.is_it(answer):
        return False
    if answer.status >= 400 and isinstance(answer.document, dict) and "waiting_for" in answer.document:
        return True
    return answer.problem == "request-in-progress" or answer.status in _BUSY


def _keyed(key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": key or str(new_id())}


def _good(answer: Answer, method: str, path: str) -> Answer:
    if not 200 <= answer.status < 300:
        raise UnexpectedAnswerError(_said(answer, method, path))
    return answer


def _said(answer: Answer, method: str, path: str) -> str:
    return f"{method} {path} was answered with {answer.status}: {answer.document}"
