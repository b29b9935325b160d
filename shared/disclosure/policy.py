"""What is hidden in a published table, as a frozen, versioned value; the default is the Department for Education's."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Mark(StrEnum):
    """What stands where no number can."""

    HIDDEN = "c"
    NOT_AVAILABLE = ":"
    NOT_APPLICABLE = "z"


class Zeros(StrEnum):
    SHOWN = "shown"
    HIDDEN = "hidden"


Figure = int | Mark
# The least and the most that a count can be, for who knows what was published; None: no end is known.
Known = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Policy:
    """Counts from 1 to `threshold - 1` are hidden, and zeros where `zeros` says so.

    `rounding` is the base of overall totals (10 for national ones). `width` is how far apart the least and the most
    that can be inferred of a small count must lie, at least. Without `secondary` only small counts are hidden.
    """

    version: str = "dfe-1"
    threshold: int = 6
    rounding: int | None = None
    zeros: Zeros = Zeros.SHOWN
    secondary: bool = True
    width: int = 4

    def __post_init__(self) -> None:
        if self.threshold < 2 or self.width < 1 or (self.rounding is not None and self.rounding < 2):
            raise ValueError("a threshold and a rounding base are at least 2, a width is at least 1")

    def small(self, count: int) -> bool:
        """Whether a count has to be hidden for its own sake."""
        return 0 < count < self.threshold or (count == 0 and self.zeros is Zeros.HIDDEN)

    def shown(self, count: int, overall: bool) -> int:
        """A count that may be shown, as it is shown: an overall total is rounded where the policy says so, half up."""
        if self.rounding is None or not overall:
            return count
        return (count + self.rounding // 2) // self.rounding * self.rounding

    def known(self, figure: int, overall: bool) -> Known:
        """What a shown number tells."""
        if self.rounding is None or not overall:
            return figure, figure
        below = self.rounding // 2
        return max(0, figure - below), figure - below + self.rounding - 1

    def known_hidden(self) -> Known:
        """What the mark `c` tells whoever has read this policy."""
        low = 0 if self.zeros is Zeros.HIDDEN else 1
        return low, None if self.secondary else self.threshold - 1


DEFAULT: Final = Policy()
