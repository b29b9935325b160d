"""The cost report's figures: both methods, each labelled, from one pair of inputs."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.outcomes.domain import cost
from services.outcomes.domain.cost import PENCE, POUNDS, CostInput

Method = Literal["input", "published", "like_for_like"]


@dataclass(frozen=True, slots=True)
class CostFigure:
    """One figure, exact; `places` is how it is shown."""

    code: str
    label: str
    definition: str
    method: Method
    families: int
    value: Decimal
    places: int

    def exact(self) -> str:
        """All of it where it ends, else six places."""
        return f"{self.value.quantize(Decimal('0.000001')).normalize():f}"

    def shown(self) -> str:
        return cost.shown(self.value, self.places)


def figures(savings: CostInput, service: CostInput) -> Iterator[CostFigure]:
    """Every figure of the report, in its order."""
    yield from _each(savings, service)
    yield from _published(savings, service)
    yield from _like_for_like(savings, service)


def _each(savings: CostInput, service: CostInput) -> Iterator[CostFigure]:
    definition = "The amount put in, divided by its families."
    yield CostFigure(
        "savings_each", "Saved for each family", definition, "input", savings.families, savings.each, PENCE
    )
    yield CostFigure("service_each", "Cost for each family", definition, "input", service.families, service.each, PENCE)


def _published(savings: CostInput, service: CostInput) -> Iterator[CostFigure]:
    yield CostFigure(
        "net_published",
        "Net saving, published method",
        "All savings less all cost as put in, though each is for another number of families.",
        "published",
        savings.families,
        cost.net_published_largest(savings, service),
        POUNDS,
    )
    yield CostFigure(
        "net_published_scaled",
        "Net saving, published method for the families that the cost is for",
        "Savings × families of the cost ÷ families of the savings, less the cost.",
        "published",
        service.families,
        cost.net_published_scaled(savings, service),
        POUNDS,
    )


def _like_for_like(savings: CostInput, service: CostInput) -> Iterator[CostFigure]:
    yield CostFigure(
        "service_like_for_like",
        "Cost for as many families as the savings are for",
        "Cost × families of the savings ÷ families of the cost.",
        "like_for_like",
        savings.families,
        cost.cost_like_for_like(savings, service),
        POUNDS,
    )
    yield CostFigure(
        "net_like_for_like",
        "Net saving, like for like",
        "Savings less the cost for as many families.",
        "like_for_like",
        savings.families,
        cost.net_like_for_like(savings, service),
        POUNDS,
    )
    ratio = cost.ratio_like_for_like(savings, service)
    if ratio is not None:
        yield CostFigure(
            "ratio_like_for_like",
            "Pounds saved for each pound spent, like for like",
            "Savings ÷ the cost for as many families.",
            "like_for_like",
            savings.families,
            ratio,
            PENCE,
        )
