"""State machines as tables: what may follow what, and one `move` that refuses the rest."""

from collections.abc import Mapping, Set
from enum import StrEnum
from typing import Generic, TypeVar

from shared.errors import IllegalMove

S = TypeVar("S", bound=StrEnum)


class Lifecycle(Generic[S]):
    """A table of allowed moves. A state that is not a key is final."""

    def __init__(self, moves: Mapping[S, Set[S]]) -> None:
        self._moves = {state: frozenset(following) for state, following in moves.items()}

    def allows(self, current: S, wanted: S) -> bool:
        """Whether `wanted` may follow `current`."""
        return wanted in self._moves.get(current, frozenset())

    def following(self, current: S) -> frozenset[S]:
        """Every state that may follow `current`."""
        return self._moves.get(current, frozenset())

    def move(self, current: S, wanted: S) -> S:
        """Return `wanted`, or raise `IllegalMove` (409 `illegal-move`) that names both states."""
        if not self.allows(current, wanted):
            raise IllegalMove(current.value, wanted.value)
        return wanted
