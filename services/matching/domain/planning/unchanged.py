"""Which reasons of a plan hold word for word in the next one, seen without working them out again.

What another choice would cost is the shortest way back. It is what it was as long as no step has changed that the
search looked at, or would have: so of each node the first step that came, went or has another length is compared with
the first one that the search did not look at. What is told beside it depends on the family's own pairs alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.matching.domain.planning.graph import Flags, Whole, filled, loads
from services.matching.domain.planning.reasons import Limits, Looks, Told
from services.matching.domain.planning.repair import Former, found
from services.matching.domain.planning.ways import ALL

# There is no such step.
_NONE: Final = ALL


@dataclass(frozen=True, slots=True)
class _Moved:
    """Where nodes and pairs of the former plan are now; -1 where they are no longer there."""

    node: Whole
    pair: Whole

    @classmethod
    def between(cls, before: Former, now: Former) -> "_Moved":
        was, graph = before.graph, now.graph
        family, volunteer = found(was.families, graph.families), found(was.volunteers, graph.volunteers)
        families, volunteers, _ = graph.size
        node = np.concatenate([
            family, np.where(volunteer < 0, -1, families + volunteer), [families + volunteers]
        ])  # fmt: skip
        ours, theirs, wide = family[was.of_family], volunteer[was.of_volunteer], max(volunteers, 1)
        keys, wanted = graph.of_family * wide + graph.of_volunteer, ours * wide + theirs
        at = np.searchsorted(keys, wanted)
        there = (ours >= 0) & (theirs >= 0) & (at < keys.size)
        there[there] = keys[at[there]] == wanted[there]
        return cls(node, np.where(there, at, -1))


def told_before(before: Former, looks: Looks, now: Former, limits: Limits) -> Told:
    """Of the former plan's reasons those that are the same today, in today's numbers."""
    moved = _Moved.between(before, now)
    if limits.most != looks.limits.most or before.graph.first != now.graph.first:
        return _told(limits, looks, moved, np.zeros(looks.pair.size, dtype=np.bool_), np.empty(0, dtype=np.int64))
    holds = _holds(before, looks, now, moved, limits)
    alike = _alike(before, now, moved)
    alike[looks.pair[~holds]] = False
    return _told(limits, looks, moved, alike[looks.pair], np.flatnonzero(alike & before.solution.chosen))


def _told(limits: Limits, looks: Looks, moved: _Moved, holds: Flags, pairs: Whole) -> Told:
    each = np.repeat(holds, looks.count)
    return Told(
        pairs,
        moved.pair[pairs],
        Looks(
            limits,
            moved.pair[looks.pair[holds]],
            moved.pair[looks.other[holds]],
            looks.whole[holds],
            looks.count[holds],
            moved.node[looks.node[each]],
            looks.beyond[each],
            moved.node[looks.to[each]],
        ),
    )


def _alike(before: Former, now: Former, moved: _Moved) -> Flags:
    """Which former pairs belong to a family all of whose pairs are as they were: who, how well, chosen, any place."""
    was, graph = before.graph, now.graph
    here = np.flatnonzero(moved.pair >= 0)
    there = moved.pair[here]
    same = (
        (was.score[here] == graph.score[there])
        & (before.solution.chosen[here] == now.solution.chosen[there])
        & ((was.places[was.of_volunteer[here]] > 0) == (graph.places[graph.of_volunteer[there]] > 0))
    )
    theirs, ours = np.zeros(was.score.size, dtype=np.bool_), np.zeros(graph.score.size, dtype=np.bool_)
    theirs[here], ours[there] = same, same
    other = np.zeros(len(was.families), dtype=np.bool_)
    other[was.of_family[~theirs]] = True
    changed = np.zeros(len(graph.families), dtype=np.bool_)
    changed[graph.of_family[~ours]] = True
    at = moved.node[: other.size]
    other |= np.where(at >= 0, changed[at], True) if changed.size else True
    alike: Flags = ~other[was.of_family]
    return alike


def _holds(before: Former, looks: Looks, now: Former, moved: _Moved, limits: Limits) -> Flags:
    """Which searches would find the same."""
    same = _same_steps(before, now, moved)
    gone, came = _first_changed(before, now, moved, same)
    node, to = moved.node[looks.node], moved.node[looks.to]
    found_other = (node < 0) | (to < 0)
    found_other |= gone[looks.node] < _place(looks.beyond, looks.to, gone.size)
    found_other |= came[node] < _place(looks.beyond, to, came.size)
    of = np.repeat(np.arange(looks.pair.size), looks.count)
    enough = (looks.limits.steps == limits.steps) | (looks.whole & (looks.count <= limits.steps))
    holds: Flags = same[looks.other] & enough
    holds[of[found_other]] = False
    return holds


def _place(length: Whole, to: Whole, nodes: int) -> Whole:
    """By what steps are ordered: their length, then where they lead."""
    return np.where(length < _NONE, length * nodes + to, _NONE)


def _same_steps(before: Former, now: Former, moved: _Moved) -> Flags:
    """Which former pairs are a step of the same length in the same direction."""
    here = np.flatnonzero(moved.pair >= 0)
    there, same = moved.pair[here], np.zeros(moved.pair.size, dtype=np.bool_)
    lengths = _beyond(before)[here] == _beyond(now)[there]
    same[here] = lengths & (before.solution.chosen[here] == now.solution.chosen[there])
    return same


def _first_changed(before: Former, now: Former, moved: _Moved, same: Flags) -> tuple[Whole, Whole]:
    """Of each node the first step that is no longer as it was, by then's numbers, and the first new one by today's."""
    new = np.ones(now.graph.score.size, dtype=np.bool_)
    new[moved.pair[same]] = False
    at = moved.node
    differ_then, differ_now = [], []
    for then, today in zip(_ends(before), _ends(now), strict=True):
        was = np.full(today.size, _NONE, dtype=np.int64)
        was[at[at >= 0]] = then[at >= 0]
        differ_now.append(np.where(was != today, today, _NONE))
        differ_then.append(np.where((at < 0) | (today[at] != then), then, _NONE))
    return _firsts(before, ~same, differ_then), _firsts(now, new, differ_now)


def _firsts(plan: Former, pairs: Flags, ends: Sequence[Whole]) -> Whole:
    """Of each node the first of these steps: along pairs, to the end and from there."""
    families, volunteers, _ = plan.graph.size
    nodes, end = families + volunteers + 1, families + volunteers
    at, (to_end, from_end) = np.flatnonzero(pairs), ends
    family, volunteer = plan.graph.of_family[at], families + plan.graph.of_volunteer[at]
    back, length = plan.solution.chosen[at], np.abs(_beyond(plan)[at])
    first = _place(to_end, np.full(nodes, end), nodes)
    np.minimum.at(first, np.where(back, volunteer, family), _place(length, np.where(back, family, volunteer), nodes))
    first[end] = _place(from_end, np.arange(nodes), nodes).min()
    return first


def _beyond(plan: Former) -> Whole:
    """The length of each pair's step, less than nothing where it leads back to the family."""
    graph, solution = plan.graph, plan.solution
    beyond: Whole = solution.pull[graph.of_family] + solution.price[graph.of_volunteer] - graph.score
    return beyond


def _ends(plan: Former) -> tuple[Whole, Whole]:
    """Of each node the step to the end, and the one from there."""
    graph, solution = plan.graph, plan.solution
    given, load = filled(graph, solution.chosen), loads(graph, solution.chosen)
    each = np.arange(given.size)
    frees = np.where(given > 0, solution.pull + graph.saves[each, np.maximum(given - 1, 0)], _NONE)
    fills = np.where(given < graph.wanted, -graph.saves[each, given] - solution.pull, _NONE)
    return (
        np.concatenate([frees, np.where(load < graph.places, -solution.price, _NONE), [_NONE]]),
        np.concatenate([fills, np.where(load > 0, solution.price, _NONE), [_NONE]]),
    )
