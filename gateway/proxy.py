"""The outermost ASGI callable: it admits a request, counts it, and passes it to the service whose path it is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic, time
from typing import Any, Final

import orjson
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from gateway import asyncapi, framing, proxy_problems, routes
from gateway.access import AccessLog, watch
from gateway.auth import Admission, Doorkeeper, Revocations, Swap, visiting
from gateway.breaker import Breaker
from gateway.direct import DirectProtocol, Passage, Shortcut
from gateway.framing import Head
from gateway.limits import Limits, Policy
from gateway.openapi import Description, Page
from gateway.proxy_exchange import ClientGoneError, Exchange
from gateway.proxy_problems import MethodNotAllowed
from gateway.proxy_settings import DataPathSettings
from gateway.upstream import BusyError, Connection, Upstream, UpstreamError
from shared import logging, problems
from shared.errors import Problem, TooMany, Unavailable

Headers = list[tuple[bytes, bytes]]
Asking = Callable[[], Awaitable[Connection]]

_log = logging.get("proxy")
_METHODS: Final = {name: name.encode() + b" " for name in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")}
_CLOSE: Final = (b"connection", b"close")
_CLIENT_GONE: Final = 499
_REPLACED: Final = frozenset({b"authorization", b"x-request-id"})


class Visit:
    """What will have to be said and written down of one request."""

    def __init__(self, head: Head, began: float, route: str, client: str = "") -> None:
        self.head = head
        self.began = began
        self.route = route
        self.client = client
        self.status = _CLIENT_GONE
        self.extra: Headers = [(b"x-request-id", head.request_id)]

    def write_down(self, access: AccessLog, method: str) -> None:
        """One line for the log, when everything has been said."""
        seconds, head = monotonic() - self.began, self.head
        access.note((time(), head.request_id, head.traceparent, method, self.route, self.status, seconds, self.client))


class DataPath:
    """Wraps the gateway's own app. Enter `running` inside that app's lifespan before the first request."""

    def __init__(self, app: FastAPI, settings: DataPathSettings, revocations: Revocations, swap: Swap) -> None:
        self.app = app
        self.settings = settings
        app.state.protocol = DirectProtocol
        self.upstreams = {
            name: Upstream(name, settings.upstream(name), settings) for name in routes.OWNERS if name != routes.GATEWAY
        }
        watch(self.upstreams)
        self.access = AccessLog()
        self._revocations = revocations
        self._swap = swap
        self.shortcut = Shortcut(self.upstreams, self.access, settings.max_body_bytes, self.carry_on)
        self.door: Doorkeeper | None = None
        self._event_page: Page | None = None
        self._max_body = settings.max_body_bytes
        self._max_upload = settings.max_upload_bytes
        window = settings.limit_window_seconds
        self._limits = Limits(
            Policy("client", settings.limit_requests, window),
            Policy("intake", settings.limit_requests_intake, window),
            Policy("visitor", settings.limit_requests_visitor, window),
        )

        description = Description(self.upstreams, app.openapi, settings.issuer, settings.openapi_seconds)
        self._documents = {"/openapi.json": description.current, "/asyncapi.json": self._events}

    @property
    def state(self) -> Any:
        """The state of the app inside, so that whoever serves this finds what it would find there."""
        return self.app.state

    @asynccontextmanager
    async def running(self, app: FastAPI) -> AsyncIterator[None]:
        """From the moment at which there is a verifier until the drain is over."""
        self.door = Doorkeeper(app.state.verifier, self._revocations, self._limits, self._swap, self.settings.issuer)
        self.shortcut.door = self.door
        try:
            yield
        finally:
            for upstream in self.upstreams.values():
                await upstream.close()
            self.access.flush()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        found = routes.find(scope["path"], scope["raw_path"])
        try:
            head = framing.read(scope["headers"], scope["http_version"], self._most(scope["path"]))
            if scope["method"] not in _METHODS:
                raise MethodNotAllowed
        except Problem as problem:
            request_id = framing.given_id(scope["headers"])
            await proxy_problems.answer(send, problem, scope["path"], request_id, [_CLOSE])
            return
        if found is not None and found[0] != routes.GATEWAY:
            await self._pass(head, found, scope, receive, send)
        elif scope["path"] in self._documents and scope["method"] in {"GET", "HEAD"}:
            page = await self._documents[scope["path"]]()
            await page.send(scope, send, head.request_id)
        else:
            await self._own(head, found is not None, scope, receive, send)

    def _most(self, path: str) -> int:
        """How many bytes a body for this path may have."""
        return self._max_upload if path in routes.UPLOADS else self._max_body

    async def _pass(self, head: Head, found: tuple[str, str], scope: Scope, receive: Receive, send: Send) -> None:
        """A path of a service: admit, count, pass on, write down."""
        visit = Visit(head, monotonic(), "/v1/" + found[1])
        upstream = self.upstreams[found[0]]
        exchange = Exchange(upstream, head, self._most(scope["path"]), (scope, receive, send))

        async def ask() -> Connection:
            admission = await self._let_in(head, found[1], visit.began, scope)
            visit.client = exchange.client = admission.caller.client_id
            _count(admission, visit.began, visit.extra)
            if not upstream.breaker.admits(visit.began):
                raise Unavailable(retry_after=upstream.breaker.retry_after(visit.began))
            return await _judged(upstream.breaker, exchange.ask(_message(scope, upstream, head, admission)))

        await self._complete(visit, exchange, ask, (scope, send))

    async def carry_on(self, passage: Passage, scope: Scope, receive: Receive, send: Send) -> None:
        """What began on the short way and cannot end there: the service died, is late, or says more than a little."""
        client = passage.admission.caller.client_id
        visit = Visit(passage.head, passage.began, passage.route, client)
        visit.extra += passage.admission.bucket.headers(passage.began)
        exchange = Exchange(passage.upstream, passage.head, self._max_body, (scope, receive, send))
        exchange.body_taken, exchange.client = True, client
        await self._complete(
            visit, exchange, lambda: _judged(passage.upstream.breaker, passage.settle()), (scope, send)
        )

    async def _complete(self, visit: Visit, exchange: Exchange, ask: Asking, ends: tuple[Scope, Send]) -> None:
        """Ask the service, tell the caller its answer or the problem, and write it down."""
        scope, send = ends
        try:
            connection = await ask()
            visit.status, visit.route = connection.status, connection.route.decode("latin-1") or visit.route
            await exchange.tell(connection, visit.extra)
        except ClientGoneError:
            visit.status = _CLIENT_GONE
        except Exception as error:
            problem = _problem_of(error)
            if exchange.told:
                raise
            visit.status = problem.status
            extra = visit.extra[1:] + ([] if exchange.body_taken else [_CLOSE])
            await proxy_problems.answer(send, problem, scope["path"], visit.head.request_id, extra)
        finally:
            visit.write_down(self.access, scope["method"])

    async def _events(self) -> Page:
        """The description of the events, which does not change while this process runs."""
        if self._event_page is None:
            self._event_page = Page(orjson.dumps(asyncapi.document(self.settings.issuer)))
        return self._event_page

    async def _let_in(self, head: Head, segment: str, now: float, scope: Scope) -> Admission:
        """The caller's admission; where everybody may come, that of a visitor, whatever token was sent."""
        if segment not in routes.OPEN:
            return await self._admit(head, now)
        return visiting(self._limits.visitor((scope.get("client") or ("",))[0]))

    async def _admit(self, head: Head, now: float) -> Admission:
        if self.door is None:
            raise Unavailable
        return await self.door.admit(head.authorization, now)

    async def _own(self, head: Head, limited: bool, scope: Scope, receive: Receive, send: Send) -> None:
        """A path of the gateway's own app: the same tokens and limits, then the app does the rest."""
        extra: Headers = []
        if limited and head.authorization:
            try:
                now = monotonic()
                admission = await self._admit(head, now)
                _count(admission, now, extra)
            except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets a problem document
                problem = _problem_of(error)
                closing = [] if head.length == framing.NOTHING else [_CLOSE]
                await proxy_problems.answer(send, problem, scope["path"], head.request_id, extra + closing)
                return
            others = [one for one in scope["headers"] if one[0] not in _REPLACED]
            scope["headers"] = [*others, (b"authorization", admission.value), (b"x-request-id", head.request_id)]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*(one for one in message["headers"] if one[0] != b"x-circle-route"), *extra]
            await send(message)

        await self.app(scope, receive, sending)


def _count(admission: Admission, now: float, extra: Headers) -> None:
    """Count one request of the caller's client and add what it is told about that; `TooMany` when none is left."""
    bucket = admission.bucket
    allowed = bucket.take(now)
    extra += bucket.headers(now)
    if not allowed:
        raise TooMany(headers={"Retry-After": str(bucket.wait(now))})


def _problem_of(error: Exception) -> Problem:
    """What the caller is told; a defect of ours is written down and told as nothing but a 500."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, UpstreamError):
        return proxy_problems.problem_of(error)
    _log.error("bug", error=type(error).__name__, reason=problems.place_of(error))
    return Problem()


def _message(scope: Scope, upstream: Upstream, head: Head, admission: Admission) -> bytes:
    """The head of the request as the service gets it."""
    query: bytes = scope["query_string"]
    path: bytes = scope["raw_path"]
    target = path + b"?" + query if query else path
    return head.message(_METHODS[scope["method"]] + target, upstream.host_line, admission.value)


async def _judged(breaker: Breaker, asking: Awaitable[Connection]) -> Connection:
    """The head of the service's answer, with the breaker told how it went."""
    try:
        connection = await asking
    except BusyError as error:
        breaker.gave_up()
        raise proxy_problems.problem_of(error) from error
    except UpstreamError as error:
        breaker.failed(monotonic())
        raise proxy_problems.problem_of(error) from error
    except BaseException:
        breaker.gave_up()
        raise
    breaker.succeeded()
    return connection
