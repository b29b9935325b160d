"""Which requests may take the short way: a plain path of a service, unmistakable headers, a known token."""

import re
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Final

from starlette.types import Receive, Scope, Send

from gateway import framing, routes
from gateway.access import AccessLog
from gateway.auth import Doorkeeper
from gateway.direct.passage import Passage
from gateway.upstream import Upstream
from shared.errors import Problem

# HEAD and OPTIONS are rare; their answers have rules of their own.
_METHODS: Final = {name.encode(): (name, name.encode() + b" ") for name in ("GET", "POST", "PUT", "PATCH", "DELETE")}
# Nothing that could be read in two ways: no dots, no empty segments, no encoding. `routes.find` judges all others.
_PLAIN: Final = re.compile(rb"/v1/([a-z-]+)(?:/[A-Za-z0-9_-]+)*/?(?:\?[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?")
_HIDDEN: Final = re.compile(b"|".join(re.escape(name.encode()) for name in routes.WORKER_ONLY))

Headers = list[tuple[bytes, bytes]]
CarryOn = Callable[[Passage, Scope, Receive, Send], Awaitable[None]]


class Shortcut:
    """Says of each request whether it may go the short way, and who carries on where that ends."""

    def __init__(self, upstreams: Mapping[str, Upstream], access: AccessLog, max_body: int, carry_on: CarryOn) -> None:
        self._places = {
            segment.encode(): (upstreams[owner], "/v1/" + segment)
            for segment, owner in routes.SEGMENTS.items()
            if owner != routes.GATEWAY
        }
        self._access = access
        self._max_body = max_body
        self.carry_on = carry_on
        self.door: Doorkeeper | None = None

    def passage(self, method: bytes, url: bytes, headers: Headers, last: Passage | None) -> Passage | None:
        """The passage for an HTTP/1.1 request whose head is whole; None for the long way.

        `last` is the passage that was answered last on the same connection: its headers, when they are the same byte by
        byte, are not read again.
        """
        door, known = self.door, _METHODS.get(method)
        if door is None or known is None:
            return None
        plain = _PLAIN.fullmatch(url)
        place = self._places.get(plain[1]) if plain else None
        if place is None or _HIDDEN.search(url):
            return None
        if last is not None and last.headers == headers:
            head = last.head.begin()
        else:
            try:
                head = framing.read(headers, "1.1", self._max_body)
            except Problem:
                return None
        admission = door.known(head.authorization, monotonic())
        if admission is None or head.length == framing.CHUNKED:
            return None
        return Passage(place, (known[0], known[1] + url), (head, headers), admission, self._access)
