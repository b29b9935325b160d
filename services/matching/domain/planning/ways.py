"""Settles a plan in which places are over: each goes the shortest way to where one is lacking."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from services.matching.domain.planning.graph import Graph, Solution
from services.matching.domain.planning.residual import Lane, Residual

# Every step of a node was looked at.
ALL: Final = 2**60


@dataclass(slots=True)
class _Search:
    """Nodes in the order of their distance. Of a node's steps only the next one waits, not all."""

    far: dict[int, int]
    reached: dict[int, tuple[int, int]] = field(default_factory=dict)
    """From where a node was reached, and along which pair."""
    lanes: list[tuple[int, int, Lane]] = field(default_factory=list)
    waiting: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Distance, node, lane, place in the lane."""

    def open(self, node: int, lane: Lane) -> None:
        self.lanes.append((self.far[node], node, lane))
        self._wait(len(self.lanes) - 1, 0)

    def next(self) -> int:
        """The nearest node that was not reached before."""
        while True:
            distance, node, lane, at = heapq.heappop(self.waiting)
            self._wait(lane, at + 1)
            if node not in self.far:
                _, before, steps = self.lanes[lane]
                self.far[node], self.reached[node] = distance, (before, steps[2][at])
                return node

    def _wait(self, lane: int, at: int) -> None:
        begun, _, (lengths, nodes, _) = self.lanes[lane]
        if at < len(nodes):
            heapq.heappush(self.waiting, (begun + lengths[at], nodes[at], lane, at))


def settled(graph: Graph, start: Solution) -> Solution:
    """The best plan, from any prices and any pairs: the better they are, the less is to be done."""
    flow = Residual(graph, start)
    for node in sorted(node for node, over in flow.over.items() if over > 0 and node != flow.end):
        for _ in range(flow.over[node]):
            _send(flow, node)
    # Whatever is lacking now comes from the end: nothing else has anything over.
    for node in sorted(node for node, over in flow.over.items() if over < 0 and node != flow.end):
        for _ in range(-flow.over[node]):
            _fetch(flow, node)
    return flow.solution()


@dataclass(frozen=True, slots=True)
class Way:
    """How far it is, or at least is where `whole` is false.

    `looked_at` are the nodes whose steps were looked at, each with the first step that was not: its length and where it
    leads. Steps come by length, then by where they lead.
    """

    length: int
    whole: bool
    looked_at: list[tuple[int, int, int]]


def way(onward: Callable[[int], Lane], source: int, sink: int, most: int) -> Way:
    """From one node to another: what it costs to bring one place there. After so many nodes it is given up.

    As `_Search` goes, written as one loop: for the reasons of a plan it is walked a hundred thousand times.
    """
    far, node = {source: 0}, source
    opened: list[tuple[int, int, list[int], list[int]]] = []
    waiting: list[tuple[int, int, int, int]] = []
    for number in range(most):
        lengths, nodes, _ = onward(node)
        opened.append((far[node], node, lengths, nodes))
        if nodes:
            heapq.heappush(waiting, (far[node] + lengths[0], nodes[0], number, 0))
        while node in far:
            distance, node, lane, at = waiting[0]
            begun, _, lengths, nodes = opened[lane]
            if at + 1 < len(nodes):
                heapq.heapreplace(waiting, (begun + lengths[at + 1], nodes[at + 1], lane, at + 1))
            else:
                heapq.heappop(waiting)
        far[node] = distance
        if node == sink:
            break
    left = {lane: (distance - opened[lane][0], to) for distance, to, lane, _ in waiting}
    looked_at = [(one, *left.get(lane, (ALL, 0))) for lane, (_, one, _, _) in enumerate(opened)]
    return Way(far[node], node == sink, looked_at)


def _send(flow: Residual, source: int) -> None:
    """One place from where it is over to the nearest node that lacks one; the labels follow."""
    search, node = _Search({source: 0}), source
    while flow.over.get(node, 0) >= 0:
        search.open(node, flow.onward(node))
        node = search.next()
    most = search.far[node]
    for seen, far in search.far.items():
        flow.label[seen] += far - most
    _moved(flow, source, node)
    while node != source:
        before, pair = search.reached[node]
        flow.walk(before, node, pair)
        node = before


def _fetch(flow: Residual, sink: int) -> None:
    """One place from the end to where it is lacking; sought from there, since everything lies near the end."""
    search, node = _Search({sink: 0}), sink
    while node != flow.end:
        search.open(node, flow.back(node))
        node = search.next()
    most = search.far[node]
    for seen, far in search.far.items():
        flow.label[seen] += most - far
    _moved(flow, node, sink)
    while node != sink:
        after, pair = search.reached[node]
        flow.walk(node, after, pair)
        node = after


def _moved(flow: Residual, source: int, sink: int) -> None:
    flow.over[source] -= 1
    flow.over[sink] = flow.over.get(sink, 0) + 1
