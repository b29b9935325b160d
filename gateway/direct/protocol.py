"""`StrictProtocol` with a short way: a request that may take it never becomes a task or an ASGI message."""

import asyncio
from time import monotonic
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

    What comes between two messages is looked at before the parser gets it. A plain request sets out at once; where its
    body is still to come, it is held until the next data. Whatever does not come whole by then, or cannot set out,
    goes to the parser as if it had never been held: nothing of it has been counted, sent or answered.
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
        # Whether the parser is within a message.
        self._parsing = False
        # A request without its body.
        self._held = b""
        # The one that was answered last, whose headers may come again.
        self._last: Passage | None = None

    # What the event loop calls.

    def data_received(self, data: bytes) -> None:
        held, self._held = self._held, b""
        if self._parsing or not self._is_owed_nothing() or not self._goes_the_short_way(held, data):
            if held:
                super().data_received(held)
            super().data_received(data)

    def shutdown(self) -> None:
        """As uvicorn does it; a request whose body is still to come has begun, and is answered."""
        if self._held:
            held, self._held = self._held, b""
            super().data_received(held)
        super().shutdown()

    # What the parser calls.

    def on_message_begin(self) -> None:
        self._parsing = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._parsing = False
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

    def _goes_the_short_way(self, held: bytes, data: bytes) -> bool:
        """Whether the request has set out, or waits for its body."""
        now = self._since = monotonic()
        passage = self._shortcut.passage(held + data if held else data, self._last, now)
        if passage is None:
            return False
        if passage.lacks_its_body:
            self._held = b"" if held else data
            return not held
        if not passage.set_out(self, now):
            return False
        self.cycle = cast(RequestResponseCycle, passage)
        return True

    def _is_owed_nothing(self) -> bool:
        """Whether every request has its answer, the caller takes them, and the next answer is not to be the last."""
        cycle = self._current()
        answered = cycle is None or cycle.response_complete
        return answered and not self.flow.write_paused and LAST not in self.server_state.default_headers

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
        return not self._held and super()._is_resting()

    def _send_away(self) -> None:
        if self._held:
            self._refuse(RequestTimeout())
        else:
            super()._send_away()
