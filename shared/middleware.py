"""The one pure ASGI middleware: request id, trace, size cap, access log and metrics around every request."""

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import logging, telemetry
from shared.errors import TooLarge
from shared.ids import new_id_text

_log = logging.get("access")
QUIET = frozenset({"/livez", "/readyz", "/metrics"})


@dataclass(frozen=True, slots=True)
class Limits:
    """How many bytes a body may have, and how many on the paths that take a file."""

    body: int
    upload: int
    uploads: frozenset[str]

    def of(self, path: str) -> int:
        return self.upload if path in self.uploads else self.body


class Edge:
    """Wraps the app; knows routes only by their template, so that no id gets into metrics."""

    def __init__(self, app: ASGIApp, service: str, limits: Limits) -> None:
        self._app = app
        self._service = service
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope)
        request_id = _given(given.get("x-request-id")) or new_id_text()
        scope["circle.request_id"] = request_id
        scope["circle.traceparent"] = telemetry.child(given.get("traceparent"))
        started, answer = time.perf_counter(), {"status": 500}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer["status"] = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                if "circle.route" in scope:
                    # For the gateway's log and metrics, which takes it away again.
                    headers["X-Circle-Route"] = scope["circle.route"]
            await send(message)

        token = logging.REQUEST_ID.set(request_id)
        try:
            await self._app(scope, self._capped(scope, given, receive), sending)
        finally:
            self._note(scope, answer["status"], time.perf_counter() - started)
            logging.REQUEST_ID.reset(token)

    def _capped(self, scope: Scope, headers: Headers, receive: Receive) -> Receive:
        declared = headers.get("content-length", "0")
        most = self._limits.of(scope["path"])
        too_large = not declared.isdecimal() or int(declared) > most
        seen = 0

        # Starlette's error, not ours: FastAPI lets only that one pass while it reads a body. Rendered as `TooLarge`.
        async def receiving() -> Message:
            nonlocal seen
            if too_large:
                raise HTTPException(TooLarge.status)
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise HTTPException(TooLarge.status)
            return message

        return receiving

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        if scope["path"] in QUIET:
            return
        route: Any = scope.get("circle.route") or getattr(scope.get("route"), "path", "unmatched")
        count, time_taken = _meters(self._service, scope["method"], route, str(status))
        count.inc()
        time_taken.observe(seconds)
        _log.info("request", method=scope["method"], route=route, status=status, duration_ms=round(seconds * 1000, 1))


@lru_cache(maxsize=1024)
def _meters(service: str, method: str, route: str, status: str) -> tuple[Counter, Histogram]:
    """What counts such requests; finding it among the labels costs more than counting."""
    return telemetry.REQUESTS.labels(service, method, route, status), telemetry.SECONDS.labels(service, route)


def _given(request_id: str | None) -> str | None:
    if request_id and len(request_id) <= 64 and all(char.isalnum() or char in "-_." for char in request_id):
        return request_id
    return None
