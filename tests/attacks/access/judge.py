"""What the tables say of a cell of the matrix: `policy.csv` the rule, `exceptions.csv` where it does not hold."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from shared.auth import Role
from tests.attacks.access.matrix import Cell, Pair
from tests.attacks.access.people import Near

_FOLDER: Final = Path(__file__).parent
_PERSONAL: Final = frozenset({Role.VOLUNTEER, Role.ADVOCATE})
# Who shares what an operation is about: the organisations with a part in the `case`, the `organisation` alone, all of
# the `partnership`; `public` asks for no token.
_SHARED: Final = {
    "case": frozenset({Near.OWN, Near.COLLEAGUE}),
    "organisation": frozenset({Near.OWN, Near.COLLEAGUE}),
    "partnership": frozenset({Near.OWN, Near.COLLEAGUE, Near.NEIGHBOUR}),
}


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open() as table:
        return list(csv.DictReader(table))


class Policy:
    """Both tables."""

    def __init__(self) -> None:
        rows = _rows("policy.csv")
        self.roles = {row["operation"]: frozenset(Role(one) for one in row["roles"].split()) for row in rows}
        self.reach = {row["operation"]: row["reach"] for row in rows}
        self._broken = dict(_exceptions())
        self._met = set[tuple[str, Near, Role]]()

    def faults(self, cell: Cell, pair: Pair, theirs: frozenset[str]) -> Iterator[str]:
        """What of the cell is against the tables; `theirs` are ids that nobody from afar may be shown."""
        if cell.there.status >= 500:
            yield "was not answered"
        if self.reach[cell.operation] == "public":
            return
        refused = cell.role not in self.roles[cell.operation]
        verdict = "hidden" if refused else self._verdict(cell, pair)
        if (refused or verdict == "refused") and cell.there.status != 403:
            yield f"answered {cell.there.status} instead of 403"
        if verdict == "hidden":
            yield from _told(cell, theirs)
        if verdict == "shown" and not cell.is_let_through:
            yield f"answered {cell.there.status} though the tables let it through"

    def superfluous(self) -> list[tuple[str, Near, Role]]:
        """Exceptions that nothing needs."""
        return sorted(set(self._broken) - self._met)

    def _verdict(self, cell: Cell, pair: Pair) -> str:
        """`shown`, `hidden`, or `refused` where others know anyway that it is there."""
        by_rule = "shown" if self._by_rule(cell, pair) else "hidden"
        found = self._broken.get((cell.operation, cell.near, cell.role), by_rule)
        if found != by_rule:
            self._met.add((cell.operation, cell.near, cell.role))
        return found

    def _by_rule(self, cell: Cell, pair: Pair) -> bool:
        if not pair.can_be_guessed:
            return True  # everybody's own list, or something new
        if cell.role is Role.WORKER:
            return cell.near is not Near.STRANGER  # another service, for the whole partnership
        if cell.role in _PERSONAL and cell.near is Near.COLLEAGUE and self.reach[cell.operation] == "case":
            return False  # people who see single cases only
        return cell.near in _SHARED[self.reach[cell.operation]]


def _told(cell: Cell, theirs: frozenset[str]) -> Iterator[str]:
    if cell.tells:
        yield f"tells what is there: {cell.there.status} and {cell.guess.status}"
    if cell.there.ids & theirs:
        yield f"shows {len(cell.there.ids & theirs)} ids"


def _exceptions() -> Iterator[tuple[tuple[str, Near, Role], str]]:
    for row in _rows("exceptions.csv"):
        for near in row["near"].split(" / "):
            for role in row["roles"].split():
                yield (row["operation"], Near(near), Role(role)), row["verdict"]
