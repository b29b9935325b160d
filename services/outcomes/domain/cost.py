"""Cost and benefit: exact decimals, both methods labelled; rounding is for whoever shows the figures."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

POUNDS, PENCE = 0, 2


class CostCode(StrEnum):
    """What is put in: what the scheme saved, and what it cost, each for so many families."""

    SAVINGS = "savings"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class CostInput:
    """An amount in pounds for a number of families."""

    amount: Decimal
    families: int

    @property
    def each(self) -> Decimal:
        """Pounds for one family."""
        return self.amount / self.families


def net_published_largest(savings: CostInput, service: CostInput) -> Decimal:
    """The published method: all savings less all cost, though each is for another number of families."""
    return savings.amount - service.amount


def net_published_scaled(savings: CostInput, service: CostInput) -> Decimal:
    """The published method, scaled: savings brought down to the families that the cost is for."""
    return savings.amount * service.families / savings.families - service.amount


def cost_like_for_like(savings: CostInput, service: CostInput) -> Decimal:
    """What the service costs for as many families as the savings are for."""
    return service.amount * savings.families / service.families


def net_like_for_like(savings: CostInput, service: CostInput) -> Decimal:
    """Savings less cost, both for the families of the savings."""
    return savings.amount - cost_like_for_like(savings, service)


def ratio_like_for_like(savings: CostInput, service: CostInput) -> Decimal | None:
    """Pounds saved for one pound spent; None when nothing was spent."""
    cost = cost_like_for_like(savings, service)
    return savings.amount / cost if cost else None


def shown(value: Decimal, places: int) -> str:
    """Half-up to so many places, as text."""
    return str(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def percent(part: Decimal | int, whole: Decimal | int) -> str | None:
    """The share in percent, half-up to one place; None of an empty base."""
    return shown(Decimal(part) * 100 / Decimal(whole), 1) if whole else None
