"""Which requests may take the short way: a plain path of a service, unmistakable headers, a token judged at once."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.types import Receive, Scope, Send

from gateway import routes
from gateway.access import AccessLog
from gateway.auth import Doorkeeper
from gateway.direct.passage import Passage
from gateway.framing import nearly, plain
from gateway.framing.nearly import Reading
from gateway.upstream import Upstream

_HIDDEN: Final = re.compile(b"|".join(re.escape(name.encode()) for name in routes.WORKER_ONLY))

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

    def passage(self, data: bytes, last: Passage | None, now: float) -> Passage | None:
        """The passage of the request that the data is; it may lack its body, as a whole. None for the long way.

        `last` is the passage that was answered last on the same connection: lines of its headers that are the same byte
        by byte are not read again.
        """
        start = plain.START.match(data)
        place = self._places.get(start[3]) if start else None
        if start is None or place is None or _HIDDEN.search(start[1]):
            return None
        begin = start.end()
        reading = (
            nearly.read(data, begin, self._max_body) if last is None else last.reading.next(data, begin, self._max_body)
        )
        if reading is None:
            return None
        body = data[begin + len(reading.block) :]
        if body and len(body) != reading.head.length:
            return None
        return self._admitted(place, (start[2].decode(), start[1]), (reading, body), now)

    def _admitted(
        self,
        place: tuple[Upstream, str],
        start: tuple[str, bytes],
        said: tuple[Reading, bytes],
        now: float,
    ) -> Passage | None:
        door = self.door
        admission = door.meet(said[0].head.authorization, now) if door is not None else None
        return Passage(place, start, said, admission, self._access) if admission is not None else None
