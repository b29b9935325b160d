"""Streams: exchanges that last as long as their caller likes, and hold a connection to a service meanwhile.

They may have half of the connections. Whoever asks for little always finds one, however many send or read drop by drop.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.upstream.connection import Connection, UpstreamError


class BusyError(UpstreamError):
    """All connections are taken and none came free in time, or others have fewer of them."""


class Streams:
    """The streams from and to one service, shared out among those who want some."""

    def __init__(self, most: int) -> None:
        self._most = most
        # Whose it is, by its connection, in the order in which they began.
        self._running: dict[Connection, str] = {}

    @contextmanager
    def one(self, connection: Connection, client: str) -> Iterator[None]:
        """For as long as the connection serves a stream of this client; `BusyError` as `make_room`."""
        try:
            self.make_room(client)
        except BusyError:
            connection.abort()
            raise
        self._running[connection] = client
        try:
            yield
        finally:
            self._running.pop(connection, None)

    def make_room(self, client: str) -> None:
        """Where there are enough, the first stream of who has the most ends; `BusyError` if that is this client."""
        if len(self._running) < self._most:
            return
        clients = Counter(self._running.values())
        greedy = max(clients, key=clients.__getitem__)
        if clients[client] >= clients[greedy]:
            raise BusyError
        first = next(one for one, whose in self._running.items() if whose == greedy)
        del self._running[first]
        first.abort(BusyError())
