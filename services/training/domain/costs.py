"""What a round came to for each participation and each session."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_PENNY: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Costs:
    """Pounds that came in and went out for a round, with what they are divided by: its closed sessions and who came."""

    received: Decimal
    spent: Decimal
    participations: int
    sessions: int

    @property
    def income_per_participation(self) -> Decimal | None:
        return each(self.received, self.participations)

    @property
    def cost_per_participation(self) -> Decimal | None:
        return each(self.spent, self.participations)

    @property
    def income_per_session(self) -> Decimal | None:
        return each(self.received, self.sessions)

    @property
    def cost_per_session(self) -> Decimal | None:
        return each(self.spent, self.sessions)


def each(amount: Decimal, number: int) -> Decimal | None:
    """To the penny, rounded half up; None of nothing."""
    return (amount / number).quantize(_PENNY, ROUND_HALF_UP) if number else None
