"""All tables that could lie behind several releases, as sums of *atoms*: counts that no release divides further."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Final

from shared.disclosure.classes import Classes
from shared.disclosure.cliques import Scope, cliques, tree
from shared.disclosure.counting import Record
from shared.disclosure.tables import DATE, Box, Definition

# Beyond it neither proof nor search would end in reasonable time.
MOST_ATOMS: Final = 60_000


# A sum of these atoms, in their order.
Sum = tuple[int, ...]


class TooLargeError(ValueError):
    """The tables cross too many dimensions to be proved safe together."""


@dataclass
class System:
    """`boxes` says of which atoms each box is the sum; both sides of each of `links` are equal sums."""

    classes: Classes
    scopes: list[Scope]
    boxes: dict[Box, Sum] = field(default_factory=dict)
    links: list[tuple[Sum, Sum]] = field(default_factory=list)
    size: int = 0
    # For each clique: the number of the atom with these classes, in the order of the dimensions' names.
    atoms: list[dict[tuple[int, ...], int]] = field(default_factory=list)

    def within(self, region: Mapping[str, tuple[int, ...]]) -> Sum:
        """The atoms of which the count of these classes of each dimension is the sum."""
        return _sum(self, _smallest(self.scopes, region.keys()), region)

    def truth(self, records: Iterable[Record]) -> list[int]:
        """The atoms' counts in these records. Every value must be in its dimension's list, as in `counted`."""
        counts = [0] * self.size
        placed = [(found, record.count) for record in records if (found := self.classes.of(record))]
        for classes, count in placed:
            for names, atoms in zip(self.scopes, self.atoms, strict=True):
                counts[atoms[tuple(classes[name] for name in sorted(names))]] += count
        return counts


@dataclass(frozen=True, slots=True)
class _Empty:
    """Nobody in the box has another value than these: a table lists all values that there are."""

    box: Box
    name: str
    union: frozenset[str]


def system(definitions: Sequence[Definition], boxes: Iterable[Box]) -> System:
    """The system of all these boxes, which are figures of these releases."""
    listed = sorted(set(boxes) | {one.overall for one in definitions}, key=Box.key)
    empty = [
        _Empty(one.overall, dimension.base, dimension.union())
        for one in definitions
        for dimension in dict.fromkeys(dimension for table in one.tables for dimension in table)
        if dimension.base != DATE
    ]
    classes = Classes.told_apart_by(listed, [(one.name, one.union) for one in empty])
    members = {box: classes.members(box) for box in listed}
    # Dates and filters cut every figure into parts that may be told by subtracting: all are looked at with them.
    core = {name for one in definitions for name in members[one.overall]}
    core |= {DATE} if classes.size(DATE) > 1 else set()
    scopes = [frozenset((*found, *core)) for found in members.values()]
    made = System(classes, cliques([*scopes, *(frozenset((*members[one.box], one.name)) for one in empty)]))
    if sum(prod(classes.size(name) for name in scope) for scope in made.scopes) > MOST_ATOMS:
        raise TooLargeError
    for scope in made.scopes:
        _number(made, scope, [one for one in empty if one.name in scope and scope >= members[one.box].keys()])
    for box in listed:
        made.boxes[box] = made.within(members[box])
    for one, other in tree(made.scopes):
        made.links += _overlap(made, one, other)
    return made


def _number(made: System, scope: Scope, empty: Sequence[_Empty]) -> None:
    """Give every atom of a clique its number, but for those that must be zero."""
    names, classes = sorted(scope), made.classes
    barred = []
    for one in empty:
        inside = {name: frozenset(found) for name, found in classes.members(one.box).items()}
        outside = frozenset(range(classes.size(one.name))) - frozenset(classes.values[one.name].members[one.union])
        inside[one.name] = inside.get(one.name, outside) & outside
        barred.append([(names.index(name), found) for name, found in inside.items()])
    atoms: dict[tuple[int, ...], int] = {}
    for place in product(*(range(classes.size(name)) for name in names)):
        if not any(all(place[at] in found for at, found in limits) for limits in barred):
            atoms[place] = made.size + len(atoms)
    made.size += len(atoms)
    made.atoms.append(atoms)


def _smallest(scopes: Sequence[Scope], names: Iterable[str]) -> int:
    wanted = frozenset(names)
    return min((number for number, scope in enumerate(scopes) if wanted <= scope), key=lambda one: len(scopes[one]))


def _sum(made: System, clique: int, limits: Mapping[str, tuple[int, ...]]) -> Sum:
    """The atoms of a clique that lie within these classes."""
    names = sorted(made.scopes[clique])
    ranges = [limits.get(name, tuple(range(made.classes.size(name)))) for name in names]
    atoms = made.atoms[clique]
    return tuple(sorted(atoms[place] for place in product(*ranges) if place in atoms))


def _overlap(made: System, one: int, other: int) -> Iterable[tuple[Sum, Sum]]:
    """Both cliques have the same counts of the dimensions that they share."""
    shared = sorted(made.scopes[one] & made.scopes[other])
    for place in product(*(range(made.classes.size(name)) for name in shared)):
        limits = {name: (number,) for name, number in zip(shared, place, strict=True)}
        yield _sum(made, one, limits), _sum(made, other, limits)
