"""What every form of a table is made from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paper:
    """A titled table. Cells are words, whole numbers or decimals as text; the first column of each row names it."""

    title: str
    notes: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]
    total: tuple[str | int, ...]
    # Which column has the numbers that a chart draws, and which the words beside its bars.
    bars: int = 1
    said: int = 2

    @property
    def lines(self) -> tuple[tuple[str | int, ...], ...]:
        """The rows and the total, under their head."""
        return (self.header, *self.rows, self.total)
