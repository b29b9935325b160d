"""Every operation asked by every role from near and far, of what is there and of a guess, many at a time."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import orjson

from shared.auth import Role
from shared.ids import new_id
from tests.attacks.access.people import Near, somebody
from tests.world.description import Operation
from tests.world.stage import Stage
from tests.world.tokens import Who
from tests.world.witness import Exchange

_AT_ONCE: Final = 16
_SECONDS: Final = 120
_OF_THE_REQUEST: Final = frozenset({"instance", "request_id"})
_VOLATILE: Final = frozenset({"date", "x-request-id", "ratelimit", "traceparent", "server-timing"})
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# A version that nothing has: whoever may move it is told so, and nothing is moved.
_NO_VERSION: Final = '"0"'
# What an edge that is short of time answers, on a machine that is busy with other tests.
_BUSY: Final = frozenset({502, 503, 504})
_TRIES: Final = 40
_PAUSE_SECONDS: Final = 0.5
_REFUSED: Final = frozenset({401, 403, 404})
_DONE: Final = frozenset({200, 201, 202, 204})


@dataclass(frozen=True)
class Seen:
    """What an answer tells, without what is different for each request anyway; its headers tell its size."""

    status: int
    body: Any
    headers: Mapping[str, str]
    ids: frozenset[str]


@dataclass(frozen=True)
class Cell:
    """One operation, asked by one role from one distance: of what is there, and of a guess."""

    operation: str
    role: Role
    near: Near
    there: Seen
    guess: Seen

    @property
    def is_let_through(self) -> bool:
        """Whether the answer was more than a refusal that says nothing."""
        return self.there.status not in _REFUSED

    @property
    def tells(self) -> bool:
        """Whether what is there can be told from what is not; two things made alike tell only that they were made."""
        both_made = {self.there.status, self.guess.status} <= {201, 202}
        return not both_made and (self.there.status, self.there.body, self.there.headers) != (
            self.guess.status,
            self.guess.body,
            self.guess.headers,
        )


@dataclass(frozen=True)
class Request:
    """One request before it has a token."""

    path: str
    query: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Pair:
    """A good request, made of ids of the story, and the same with guessed ids; the same where there are none."""

    operation: Operation
    there: Request
    guess: Request

    @property
    def can_be_guessed(self) -> bool:
        return self.there != self.guess


class Matrix:
    """Asks for all of the cells."""

    def __init__(self, stage: Stage, http: aiohttp.ClientSession) -> None:
        self._stage = stage
        self._http = http
        self._few = asyncio.Semaphore(_AT_ONCE)
        self.pairs = {one.name: pair_of(stage, one) for one in stage.witness.description.operations.values()}

    async def cells(self, *names: str) -> list[Cell]:
        """Nothing is left out, unless a few operations are named."""
        rows = [self._row(self.pairs[name], role) for name in names or self.pairs for role in Role]
        return [cell for row in await asyncio.gather(*rows) for cell in row]

    async def _row(self, pair: Pair, role: Role) -> list[Cell]:
        """From all distances. Whose role is refused gets one answer to every guess, so that one guess is enough."""
        cells, refused = list[Cell](), pair.operation.roles and role not in pair.operation.roles
        for near in Near:
            who = somebody(self._stage, role, near)
            there = await self.ask(pair.operation, pair.there, who)
            known = cells[0].guess if refused and cells else None
            again = pair.can_be_guessed and known is None
            guess = await self.ask(pair.operation, pair.guess, who) if again else known or there
            cells.append(Cell(pair.operation.name, role, near, there, guess))
        return cells

    async def ask(self, operation: Operation, request: Request, who: Who, match: str = _NO_VERSION) -> Seen:
        headers = {"Authorization": f"Bearer {self._stage.mint.token(who)}"}
        if operation.method != "GET":
            headers |= {"Idempotency-Key": str(new_id()), "If-Match": match, "Content-Type": "application/json"}
        data = orjson.dumps(request.body) if operation.body and request.body is not None else None
        url, method = self._stage.platform.gateway + request.path, operation.method
        async with self._few:
            for _ in range(_TRIES):
                answer = await self._http.request(
                    method, url, params=request.query, headers=headers, data=data, allow_redirects=False
                )
                content = await answer.read()
                if answer.status not in _BUSY:
                    break
                await asyncio.sleep(_PAUSE_SECONDS)
            return _seen(answer, content)


def pair_of(stage: Stage, operation: Operation) -> Pair:
    ids = stage.ids.of_path(operation)
    good = _good(stage, operation, ids)
    needed = [one["name"] for one in operation.parameters if one["in"] == "query" and one.get("required")]
    query = {name: str(stage.story.family.id) for name in needed} | dict(good.query if good and needed else {})
    there = Request(operation.path.format(**ids), query, good.body if good else None)
    return Pair(operation, there, _guessed(there))


def _guessed(request: Request) -> Request:
    """The same with guessed ids: in the path and the query; in the body only when there are none before it."""
    path, query = _UUID.sub(_guess, request.path), {name: _UUID.sub(_guess, one) for name, one in request.query.items()}
    if (path, query) != (request.path, request.query):
        return Request(path, query, request.body)
    text = orjson.dumps(request.body).decode()
    # The same id stays the same one.
    for one in sorted(set(_UUID.findall(text))):
        text = text.replace(one, str(new_id()))
    return Request(path, query, orjson.loads(text))


def _guess(_: re.Match[str]) -> str:
    return str(new_id())


def _good(stage: Stage, operation: Operation, ids: Mapping[str, str]) -> Exchange | None:
    """The last granted request on just these ids, else on others, of the journey's partnership."""
    known = [one for one in stage.witness.exchanges if one.operation == operation.name and one.went_well]
    ours = [one for one in known if one.claims.get("partnership") == stage.home]
    same = [one for one in ours if one.parameters == ids]
    return next(reversed(same or ours or known), None)


def _seen(answer: aiohttp.ClientResponse, content: bytes) -> Seen:
    body: Any = content
    if content and "json" in answer.headers.get("content-type", ""):
        body = orjson.loads(content)
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in _OF_THE_REQUEST}
    headers = {name.lower(): value for name, value in answer.headers.items() if name.lower() not in _VOLATILE}
    told = orjson.dumps(body).decode() if not isinstance(body, bytes) else ""
    return Seen(answer.status, body, headers, frozenset(_UUID.findall(told) if answer.status in _DONE else ()))


def session() -> aiohttp.ClientSession:
    """A client that costs little itself."""
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=_AT_ONCE), timeout=timeout)
