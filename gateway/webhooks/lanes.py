"""Lanes in memory: each endpoint has its own stock and its own few connections, so that no one waits for another."""

from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from gateway.webhooks.queue import Claimed, LaneKey, Stock

# So many claimed deliveries may wait for each connection of a lane that is quick; a lane in trouble has only what it
# sends.
DEEPEST: Final = 64
DEEPER: Final = 8


@dataclass
class Lane:
    """What was claimed for one lane, and how many attempts of it are on their way."""

    connections: int
    stock: deque[Claimed] = field(default_factory=deque)
    busy: int = 0
    in_trouble: bool = False
    depth: int = 8

    @property
    def width(self) -> int:
        """How many attempts may be on their way: one, while the receiver fails."""
        return 1 if self.in_trouble else self.connections

    @property
    def full(self) -> int:
        """How many it may hold at the most, on their way and waiting."""
        return 1 if self.in_trouble else self.connections * self.depth

    def room(self) -> int:
        """How many more to claim, when a claim is made anyway."""
        return max(0, self.full - len(self.stock) - self.busy)

    def wants_more(self) -> bool:
        """Whether it is worth a claim of its own: half of it is gone, so that claims stay batches."""
        return self.room() * 2 >= self.full

    def turned(self, *, well: bool) -> list[Claimed]:
        """Note how an attempt ended; a lane that gets into trouble gives its stock back."""
        given_back: list[Claimed] = []
        if not well and not self.in_trouble:
            given_back = list(self.stock)
            self.stock.clear()
        self.in_trouble = not well
        return given_back

    def went_stale(self) -> list[Claimed]:
        """Give back what has waited too long to be sent without asking again, and hold less from now on."""
        self.depth = max(1, self.depth // 2)
        given_back = list(self.stock)
        self.stock.clear()
        return given_back

    def take(self, some: Iterable[Claimed]) -> int:
        """Put them in stock, hold a little more next time; how many attempts to start."""
        self.stock.extend(some)
        self.depth = min(DEEPEST, self.depth + DEEPER)
        starting = max(0, min(self.width - self.busy, len(self.stock)))
        self.busy += starting
        return starting


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

    def fill(self, stock: Stock, start: Callable[[LaneKey], None]) -> None:
        """Put claimed deliveries in their lanes and start as many attempts as each lane may have."""
        for key, some in stock.items():
            for _ in range(self[key].take(some)):
                start(key)

    def empty(self) -> list[Claimed]:
        """Take out everything that is not on its way."""
        left = [one for lane in self._lanes.values() for one in lane.stock]
        for lane in self._lanes.values():
            lane.stock.clear()
        return left
