"""`StrictProtocol` with a short way: a request that may take it never becomes a task or an ASGI message."""

import asyncio
from typing import Any, cast

from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from gateway.direct.passage import Passage
from gateway.direct.shortcut import Shortcut
from gateway.framing.protocol import RequestTimeout, StrictProtocol
from shared.serve import LAST


class DirectProtocol(StrictProtocol):
    """Give it to uvicorn as `http`; the app's `shortcut` says who may go the short way.

    A request is held from the end of its head until its body is here. Whatever does not come whole, or cannot set out
    at once, goes the long way as if it had never been held: nothing of it has been counted, sent or answered.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._shortcut: Shortcut = getattr(config.app, "shortcut")  # noqa: B009 - uvicorn's type
        self._held: Passage | None = None
        # The one that was answered last, whose headers may come again.
        self._last: Passage | None = None
        self._body: list[bytes] = []

    # What the event loop calls.

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._body and self._held is not None and not self.transport.is_closing():
            self._take_the_long_way()

    def shutdown(self) -> None:
        """As uvicorn does it; a request whose body is still to come has begun, and is answered."""
        if self._held is not None:
            self._take_the_long_way()
        super().shutdown()

    # What the parser calls.

    def on_body(self, body: bytes) -> None:
        if self._held is None:
            super().on_body(body)
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        passage = self._held
        if passage is None:
            super().on_message_complete()
            return
        door = self._shortcut.door
        if door is not None and passage.set_out(b"".join(self._body), self, door.still):
            self._held = None
            if self._body:
                self._body = []
            self.cycle = cast(RequestResponseCycle, passage)
        else:
            self._take_the_long_way()
            super().on_message_complete()

    # What a passage calls.

    def answer(self, passage: Passage, data: bytes) -> None:
        """Send the whole answer, and go on with the next request."""
        passage.response_complete = True
        self._last = passage
        if not self.transport.is_closing():
            self.transport.write(data)
            if not passage.keep_alive:
                self.transport.close()
        self.on_response_complete()

    def carry_on(self, passage: Passage) -> None:
        """Go on over ASGI, in the place of the passage."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await self._shortcut.carry_on(passage, scope, receive, send)

        cycle = self._cycle_of(passage)
        if self._current() is cast(RequestResponseCycle, passage):
            self.cycle = cycle
        passage.response_complete = True
        self._start_asgi_task(cycle, app)  # type: ignore[arg-type]  # uvicorn has types of its own for ASGI

    def _blank(self) -> None:
        """uvicorn's scope is made where the long way begins."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def _pass_to_app(self) -> None:
        self._held = self._passage()
        if self._held is None:
            self._begin_the_long_way()

    def _passage(self) -> Passage | None:
        """The request's passage, if the caller is owed nothing else and has said nothing unusual."""
        cycle = self._current()
        if (cycle is not None and not cycle.response_complete) or self.expect_100_continue or self.flow.write_paused:
            return None
        parser = self.parser
        if not parser.should_keep_alive() or parser.get_http_version() != "1.1" or self._is_draining():
            return None
        return self._shortcut.passage(parser.get_method(), self.url, self.headers, self._last)

    def _is_draining(self) -> bool:
        """Whether each answer is to be its connection's last, which is said on the long way."""
        return LAST in self.server_state.default_headers

    def _begin_the_long_way(self) -> None:
        url, headers, expected = self.url, self.headers, self.expect_100_continue
        super()._blank()
        self.url, self.headers, self.expect_100_continue = url, headers, expected
        self.scope["headers"] = headers
        super()._pass_to_app()

    def _take_the_long_way(self) -> None:
        """What was held begins anew; whatever is still to come of its body comes the usual way."""
        body, self._held, self._body = self._body, None, []
        self._begin_the_long_way()
        for part in body:
            super().on_body(part)

    def _cycle_of(self, passage: Passage) -> RequestResponseCycle:
        cycle = RequestResponseCycle(
            scope={"type": "http", "method": passage.method, "path": passage.path},  # type: ignore[typeddict-item]
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=passage.keep_alive,
            on_response=self.on_response_complete,
        )
        cycle.more_body = False
        cycle.disconnected = self.transport.is_closing()
        return cycle

    def _is_resting(self) -> bool:
        return self._held is None and super()._is_resting()

    def _send_away(self) -> None:
        if self._held is not None:
            self._refuse(RequestTimeout())
        else:
            super()._send_away()
