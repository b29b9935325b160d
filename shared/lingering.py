"""The lingering close: a caller who may still be sending gets his last answer before the socket is closed.

The kernel resets a connection that is closed with bytes unread, and the caller may lose what was written (RFC 9112,
9.6). So the writing side is closed first, and whatever still comes is read and dropped: until the caller closes too,
and no longer than a moment, no more than some bytes, on no more than some connections of a server.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, cast
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

SECONDS: Final = 2.0
# A file that is far too long, too, is told so: a spreadsheet of 200 MB, say. Dropping costs less than any request does.
BYTES: Final = 256 * 2**20
CONNECTIONS: Final = 256

# In the order in which they began.
_lingering: WeakKeyDictionary[ServerState, dict["_Dropping", None]] = WeakKeyDictionary()


class Lingering:
    """The transport of a protocol; closed after an answer that came before the body had, it lingers."""

    def __init__(self, transport: asyncio.Transport, protocol: HttpToolsProtocol) -> None:
        self._transport = transport
        self._protocol = protocol
        # The transport's own: a call costs no more than without us.
        self.write: Callable[[bytes], None] = transport.write
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        """Close, after a moment where the rest of the body is still to come; the second time, now."""
        if _is_owed_a_body(self._protocol):
            self.linger()
        else:
            self._transport.close()

    def linger(self) -> None:
        """Close when the caller has closed too, or has had the time to read what was written."""
        if self.is_closing():
            self._transport.close()
            return
        self.write = _ignore
        self.is_closing = _yes
        _Dropping(self._transport, self._protocol)


class _Dropping(asyncio.Protocol):
    """Takes the protocol's place until the connection is lost."""

    def __init__(self, transport: asyncio.Transport, protocol: HttpToolsProtocol) -> None:
        self._transport = transport
        self._protocol = protocol
        self._may_come = BYTES
        self._others = _lingering.setdefault(protocol.server_state, {})
        if len(self._others) >= CONNECTIONS:
            next(iter(self._others)).close()
        self._others[self] = None
        self._end = protocol.loop.call_later(SECONDS, self.close)
        transport.set_protocol(self)
        transport.write_eof()
        protocol.flow.resume_reading()

    def close(self) -> None:
        self._others.pop(self, None)
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._may_come -= len(data)
        if self._may_come < 0:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end.cancel()
        self._others.pop(self, None)
        self._protocol.connection_lost(exc)


def _is_owed_a_body(protocol: HttpToolsProtocol) -> bool:
    """Whether the request was answered and the rest of its body is still to come."""
    # uvicorn's type does not say that there is none before the first.
    cycle = cast("RequestResponseCycle | None", protocol.cycle)
    return cycle is not None and cycle.response_complete and cycle.more_body


def _ignore(_data: bytes) -> None:
    """Nothing is written after the last answer."""


def _yes() -> bool:
    return True
