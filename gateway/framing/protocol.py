"""uvicorn's HTTP protocol, less patient: bounded heads, no half-sent requests, no upgrades, problem documents."""

import asyncio
import sys
from time import monotonic
from typing import Any, Final, cast

import orjson
from httptools import HttpParserCallbackError, HttpParserError
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from shared import logging, problems
from shared.errors import BadRequest, Problem
from shared.ids import new_id
from shared.lingering import Lingering

_log = logging.get("proxy")
MAX_HEAD_BYTES: Final = 32_768
MAX_HEADERS: Final = 100
# Whoever takes nothing of his answer is borne this many times as long as one who says nothing: a slow line may pause.
_TAKES_TIMES: Final = 4


class HeadersTooLarge(Problem):
    """431: more header lines or bytes than anybody needs."""

    status, name, title = 431, "headers-too-large", "The request's headers are too large"


class RequestTimeout(Problem):
    """408: the request began and did not go on."""

    status, name, title = 408, "request-timeout", "The request did not arrive in time"


class StrictProtocol(HttpToolsProtocol):
    """Give it to uvicorn as `http`; the app's `settings` say how long a caller may be silent within a request."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._patience = float(getattr(config.app, "settings").client_silence_seconds)  # noqa: B009 - uvicorn's type
        self._since = monotonic()
        # Bytes since the head began, and of the latest data.
        self._begun = self._latest = 0
        self._in_head = True
        # What of the answers had not left at the last look, and since when that has been so.
        self._unsent, self._unsent_since = 0, self._since
        self._refusal: Problem | None = None
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        self._line = Lingering(transport, self)
        super().connection_made(self._line)  # type: ignore[arg-type]  # it has all that uvicorn asks for
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        self._unsent = 0
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        self._since = monotonic()
        self._latest = len(data)
        self._begun += self._latest
        super().data_received(data)
        if self._in_head and self._begun > MAX_HEAD_BYTES and not self.transport.is_closing():
            self._refuse(HeadersTooLarge())

    def on_message_begin(self) -> None:
        self._in_head = True
        # Where in the latest data it began is not known; at the most, all of that is its head.
        self._begun = self._latest
        self._blank()

    def on_headers_complete(self) -> None:
        self._in_head = False
        if self._begun > MAX_HEAD_BYTES or len(self.headers) > MAX_HEADERS:
            self._measure()
        self._begun = 0
        self._pass_to_app()

    def _blank(self) -> None:
        """Nothing of the request is known yet."""
        super().on_message_begin()

    def _pass_to_app(self) -> None:
        """The head is whole: the app gets the request."""
        super().on_headers_complete()
        # Trailers come by the same callback; they must not get into the headers of a request that waits for its turn.
        self.headers = []

    def on_response_complete(self) -> None:
        """As uvicorn does it, without a timer a request: `_look` also ends connections that have rested too long."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self._since = monotonic()
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def send_400_response(self, msg: str) -> None:
        if self._refusal is None and (defect := _defect_of(sys.exception())) is not None:
            _log.error("bug", error=type(defect).__name__, reason=problems.place_of(defect))
            self._refusal = Problem()
        self._refuse(self._refusal or BadRequest("This is not an HTTP/1.1 request as it has to be."))

    def _measure(self) -> None:
        """What has come may also hold a body or further requests; count the head alone."""
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > MAX_HEAD_BYTES or len(self.headers) > MAX_HEADERS:
            self._refusal = HeadersTooLarge()
            raise ValueError("the head is too large")

    def _refuse(self, problem: Problem) -> None:
        """Answer and close; where an earlier request's answer is still owed, close without a word."""
        cycle = self._current()
        if cycle is not None and not cycle.response_complete:
            if not cycle.more_body or self._in_head or self.pipeline or cycle.response_started:
                self.transport.close()
                return
            # It is this very request that went wrong, within its body: the app hears that the caller is gone.
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.write(rendered(problem))
        self._line.linger()

    def _look(self) -> None:
        """Every now and then: whoever began and went silent is sent away, and who has rested too long."""
        now = monotonic()
        silent = now - self._since
        if self._has_stopped_taking(now):
            self.transport.abort()
        elif self.transport.is_closing():
            # What is left to do is to send what was said.
            pass
        elif self._is_resting():
            if silent > self.timeout_keep_alive:
                self.transport.close()
        elif silent > self._patience and not self.flow.read_paused:
            self._send_away()
        self._watch = self.loop.call_later(self._patience / 3, self._look)

    def _has_stopped_taking(self, now: float) -> bool:
        """Whether the answers have not moved for too long."""
        unsent = self.transport.get_write_buffer_size()
        if not unsent or unsent != self._unsent:
            self._unsent, self._unsent_since = unsent, now
        return now - self._unsent_since > _TAKES_TIMES * self._patience

    def _is_resting(self) -> bool:
        """Whether every request that came has been answered, and no other has begun."""
        cycle = self._current()
        return cycle is not None and cycle.response_complete and not self._in_head

    def _current(self) -> RequestResponseCycle | None:
        """The request at work; uvicorn's type does not say that there is none before the first."""
        return cast("RequestResponseCycle | None", self.cycle)

    def _send_away(self) -> None:
        """End the connection if the next move is the caller's; one who never said anything hears nothing."""
        cycle = self._current()
        if cycle is None and not self._begun:
            self.transport.close()
        elif self._in_head or (cycle is not None and cycle.more_body):
            self._refuse(RequestTimeout())

    def _should_upgrade_to_ws(self) -> bool:
        return False

    def _unsupported_upgrade_warning(self) -> None:
        """The data path refuses an upgrade by a problem."""


def _defect_of(error: BaseException | None) -> Exception | None:
    """What one of our own callbacks raised within the parser; a target that cannot be read is the caller's fault."""
    cause = error.__context__ if isinstance(error, HttpParserCallbackError) else None
    return cause if isinstance(cause, Exception) and not isinstance(cause, HttpParserError | UnicodeError) else None


def rendered(problem: Problem) -> bytes:
    """The whole answer on the wire; a request that was never read has no path, and its id is new."""
    request_id = str(new_id())
    body = orjson.dumps(problem.document("", request_id))
    head = (
        f"content-type: {problems.MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\ncache-control: no-store\r\n"
        f"x-request-id: {request_id}\r\nconnection: close\r\n\r\n"
    )
    return STATUS_LINE[problem.status] + head.encode() + body
