"""Lanes in memory: each endpoint has its own stock and its own few connections, so that no one waits for another."""

from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from gateway.webhooks.queue import Claimed, LaneKey

# So many claimed deliveries wait for each connection of a lane that answers; a lane in trouble has only what it sends.
STOCK_PER_CONNECTION: Final = 16


@dataclass
class Lane:
    """What was claimed for one lane, and how many attempts of it are on their way."""

    connections: int
    stock: deque[Claimed] = field(default_factory=deque)
    busy: int = 0
    in_trouble: bool = False

    @property
    def width(self) -> int:
        """How many attempts may be on their way: one, while the receiver fails."""
        return 1 if self.in_trouble else self.connections

    def room(self) -> int:
        """How many to claim now; none until half of the stock is gone, so that claims stay batches."""
        held = len(self.stock) + self.busy
        if self.in_trouble:
            return max(0, 1 - held)
        full = self.connections * STOCK_PER_CONNECTION
        return full - held if held <= full // 2 else 0

    def turned(self, *, well: bool) -> list[Claimed]:
        """Note how an attempt ended; a lane that gets into trouble gives its stock back."""
        given_back: list[Claimed] = []
        if not well and not self.in_trouble:
            given_back = list(self.stock)
            self.stock.clear()
        self.in_trouble = not well
        return given_back


class Lanes:
    """All lanes that this process has met."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._lanes: dict[LaneKey, Lane] = {}

    def __getitem__(self, key: LaneKey) -> Lane:
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(self._connections)
        return lane

    def room(self, due: Collection[LaneKey]) -> dict[LaneKey, int]:
        """Room by lane, where there is any; none beside concerns of the same endpoint, due or on their way."""
        return {key: room for key in due if not self._gives_way(key, due) and (room := self[key].room())}

    def _gives_way(self, key: LaneKey, due: Collection[LaneKey]) -> bool:
        ahead = LaneKey(key.endpoint, urgent=True)
        lane = self._lanes.get(ahead)
        if key.urgent or (lane is not None and lane.in_trouble):
            return False
        return ahead in due or (lane is not None and lane.busy > 0)

    def fill(self, claimed: Iterable[Claimed], start: Callable[[LaneKey], None]) -> None:
        """Put claimed deliveries in their lanes and start as many attempts as each lane may have."""
        touched: dict[LaneKey, Lane] = {}
        for one in claimed:
            lane = touched[one.lane] = self[one.lane]
            lane.stock.append(one)
        for key, lane in touched.items():
            for _ in range(min(lane.width - lane.busy, len(lane.stock))):
                lane.busy += 1
                start(key)

    def empty(self) -> list[Claimed]:
        """Take out everything that is not on its way."""
        left = [one for lane in self._lanes.values() for one in lane.stock]
        for lane in self._lanes.values():
            lane.stock.clear()
        return left
