"""Which dimensions have to be looked at together: the cliques of a triangulated graph, and the tree that joins them.

Margins that agree where cliques overlap along this tree are the margins of one whole table of non-negative integers, so
the whole table, which may be far too large, is never needed.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations

Scope = frozenset[str]


def cliques(scopes: Iterable[Scope]) -> list[Scope]:
    """The largest sets of dimensions after triangulation, fewest added edges first; at least one, if an empty one."""
    near: dict[str, set[str]] = {}
    for scope in scopes:
        for name in scope:
            near.setdefault(name, set()).update(scope - {name})
    found: list[Scope] = []
    while near:
        name = min(sorted(near), key=lambda one: _missing(near, one))
        clique = frozenset(near[name] | {name})
        if not any(clique <= other for other in found):
            found.append(clique)
        for one, other in combinations(sorted(near[name]), 2):
            near[one].add(other)
            near[other].add(one)
        for neighbour in near.pop(name):
            near[neighbour].discard(name)
    return found or [frozenset()]


def _missing(near: dict[str, set[str]], name: str) -> int:
    return sum(other not in near[one] for one, other in combinations(sorted(near[name]), 2))


def tree(found: Sequence[Scope]) -> list[tuple[int, int]]:
    """The pairs of cliques to be joined: a spanning tree of the largest overlaps."""
    joined, left, edges = [0], list(range(1, len(found))), []
    while left:
        one, other = max(
            ((a, b) for a in joined for b in left), key=lambda pair: (len(found[pair[0]] & found[pair[1]]), pair)
        )
        edges.append((one, other))
        joined.append(other)
        left.remove(other)
    return edges
