"""What can still be moved in a plan: a flow of places with a label at every family, at every volunteer and at the end.

Nodes are families, then volunteers, then the end, where places stay empty and volunteers stay free. At its labels no
step is shorter than nothing; that is what makes the flow, once nothing is over, the best one.
"""

from collections.abc import Callable
from functools import cache

import numpy as np

from services.matching.domain.planning.graph import NO_PLACE, Graph, Solution, Whole, filled, loads

# Steps at one node, the shortest first: their lengths, where they lead, and the pair that each walks along, or -1.
Lane = tuple[list[int], list[int], list[int]]
_Steps = tuple[Whole, Whole, Whole]


class Residual:
    """Chosen pairs, filled and taken places, labels, and what each node has `over`: more coming in than going out."""

    def __init__(self, graph: Graph, start: Solution) -> None:
        self._graph = graph
        self._families, self._volunteers, _ = graph.size
        self.end = self._families + self._volunteers
        self.label: Whole = np.concatenate([start.pull, -start.price, np.zeros(1, dtype=np.int64)])
        beyond = graph.score - start.pull[graph.of_family] - start.price[graph.of_volunteer]
        self._chosen = (beyond > 0) | (start.chosen & (beyond == 0))
        given, load = filled(graph, self._chosen), loads(graph, self._chosen)
        through = np.where(graph.saves > NO_PLACE, graph.saves + start.pull[:, None], -1)
        self._given: Whole = np.clip(given, (through > 0).sum(axis=1), (through >= 0).sum(axis=1))
        self._load: Whole = np.where(start.price > 0, graph.places, np.minimum(load, graph.places))
        at_end = np.array([self._load.sum() - self._given.sum()])
        over = np.concatenate([self._given - given, load - self._load, at_end])
        self.over = {int(node): int(over[node]) for node in np.flatnonzero(over)}
        self._order = graph.by_volunteer()
        self._begins = np.concatenate([[0], np.cumsum(np.bincount(graph.of_volunteer, minlength=self._volunteers))])

    def solution(self) -> Solution:
        """The plan, once nothing is over."""
        label = self.label - self.label[self.end]
        price = np.maximum(0, -label[self._families : self.end])
        return Solution(self._chosen, price, label[: self._families])

    def onward(self, node: int) -> Lane:
        """The steps that lead away from a node."""
        if node == self.end:
            return _lane(self._from_end())
        return _lane(self._from_family(node) if node < self._families else self._from_volunteer(node))

    def at_rest(self) -> Callable[[int], Lane]:
        """`onward` of a flow in which nothing is moved any more: each node's steps are put in order once."""
        return cache(self.onward)

    def back(self, node: int) -> Lane:
        """The steps that lead to a family or a volunteer."""
        return _lane(self._to_family(node) if node < self._families else self._to_volunteer(node))

    def walk(self, behind: int, node: int, pair: int) -> None:
        """Move one place along a step."""
        if pair >= 0:
            self._chosen[pair] = behind < self._families
        elif behind == self.end:
            self._change(node, 1)
        else:
            self._change(behind, -1)

    def _change(self, node: int, by: int) -> None:
        """From the end a family's place is filled or a volunteer's freed; on the way to it the other way round."""
        if node < self._families:
            self._given[node] += by
        else:
            self._load[node - self._families] -= by

    def _of_family(self, node: int, *, chosen: bool) -> Whole:
        mine = slice(self._graph.row[node], self._graph.row[node + 1])
        pairs: Whole = np.flatnonzero(self._chosen[mine] == chosen) + self._graph.row[node]
        return pairs

    def _of_volunteer(self, node: int, *, chosen: bool) -> Whole:
        at = node - self._families
        pairs = self._order[self._begins[at] : self._begins[at + 1]]
        mine: Whole = pairs[self._chosen[pairs] == chosen]
        return mine

    def _from_family(self, node: int) -> _Steps:
        pairs = self._of_family(node, chosen=False)
        nodes = self._families + self._graph.of_volunteer[pairs]
        lengths = self.label[node] - self._graph.score[pairs] - self.label[nodes]
        given = self._given[node]
        if not given:
            return lengths, nodes, pairs
        return self._and_end(
            (lengths, nodes, pairs), self.label[node] + self._graph.saves[node, given - 1] - self._last
        )

    def _to_family(self, node: int) -> _Steps:
        pairs = self._of_family(node, chosen=True)
        nodes = self._families + self._graph.of_volunteer[pairs]
        lengths = self.label[nodes] + self._graph.score[pairs] - self.label[node]
        given = self._given[node]
        if given >= self._graph.wanted[node]:
            return lengths, nodes, pairs
        return self._and_end((lengths, nodes, pairs), self._last - self._graph.saves[node, given] - self.label[node])

    def _from_volunteer(self, node: int) -> _Steps:
        pairs = self._of_volunteer(node, chosen=True)
        nodes = self._graph.of_family[pairs]
        lengths = self.label[node] + self._graph.score[pairs] - self.label[nodes]
        at = node - self._families
        if self._load[at] >= self._graph.places[at]:
            return lengths, nodes, pairs
        return self._and_end((lengths, nodes, pairs), self.label[node] - self._last)

    def _to_volunteer(self, node: int) -> _Steps:
        pairs = self._of_volunteer(node, chosen=False)
        nodes = self._graph.of_family[pairs]
        lengths = self.label[nodes] - self._graph.score[pairs] - self.label[node]
        if not self._load[node - self._families]:
            return lengths, nodes, pairs
        return self._and_end((lengths, nodes, pairs), self._last - self.label[node])

    def _from_end(self) -> _Steps:
        opened = np.flatnonzero(self._given < self._graph.wanted)
        busy = np.flatnonzero(self._load > 0) + self._families
        fills = self._last - self._graph.saves[opened, self._given[opened]] - self.label[opened]
        nodes = np.concatenate([opened, busy])
        return np.concatenate([fills, self._last - self.label[busy]]), nodes, np.full(nodes.size, -1)

    @property
    def _last(self) -> np.int64:
        return np.int64(self.label[self.end])

    def _and_end(self, steps: _Steps, length: np.int64) -> _Steps:
        lengths, nodes, pairs = steps
        return np.append(lengths, length), np.append(nodes, self.end), np.append(pairs, -1)


def _lane(steps: _Steps) -> Lane:
    lengths, nodes, pairs = steps
    order = np.argsort(lengths, kind="stable")
    return lengths[order].tolist(), nodes[order].tolist(), pairs[order].tolist()
