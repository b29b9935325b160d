"""Bodies of rounds and their budgets."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.training.domain import BudgetKind, RoundReason, RoundStatus
from services.training.domain.costs import Costs
from services.training.models import BudgetLine, Round
from services.training.schemas.catalogue import Title

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2079, 9, 18))]
# As text, so that no reader makes a binary fraction of it.
Pounds = Annotated[
    str, StringConstraints(pattern=r"^-?[0-9]{1,9}\.[0-9]{2}$"), Field(description="Pounds and pence, like `5709.00`.")
]


class RoundIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    programme: UUID
    title: Title
    funders: list[Code] = Field(default=[], max_length=20, description="A code for each.")
    first: Day = Field(alias="from", description="First civil day.")
    to: Day = Field(description="Last civil day, which counts too.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.to < self.first:
            raise ValueError("a round does not end before it begins")
        if len(set(self.funders)) != len(self.funders):
            raise ValueError("each funder is named once")
        return self


class RoundOut(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    id: UUID
    programme: UUID
    organisation: UUID
    title: str
    status: RoundStatus
    funders: list[str]
    first: date = Field(alias="from")
    to: date
    version: int

    @classmethod
    def of(cls, row: Round) -> Self:
        return cls(
            id=row.id,
            programme=row.programme_id,
            organisation=row.organisation_id,
            title=row.title,
            status=row.status,
            funders=row.funders,
            first=row.from_day,
            to=row.until_day,
            version=row.version,
        )


class RoundCancelIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason_code: RoundReason


class BudgetLineIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: BudgetKind
    category: Code
    amount: Pounds
    day: Day
    funder: Code | None = None


class BudgetLineOut(BaseModel):
    id: UUID
    kind: BudgetKind
    category: str
    amount: Pounds
    day: date
    funder: str | None
    recorded_at: datetime
    recorded_by: str

    @classmethod
    def of(cls, row: BudgetLine) -> Self:
        return cls(
            id=row.id,
            kind=row.kind,
            category=row.category,
            amount=f"{Decimal(row.amount):.2f}",
            day=row.day,
            funder=row.funder,
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
        )


class BudgetSumOut(BaseModel):
    kind: BudgetKind
    category: str
    amount: str = Field(description="Pounds and pence.")


class BudgetOut(BaseModel):
    """What was planned, came in and went out, together and by category."""

    planned: str
    received: str
    spent: str
    categories: list[BudgetSumOut]

    @classmethod
    def of(cls, sums: dict[tuple[BudgetKind, str], Decimal]) -> Self:
        totals = {
            kind.value: f"{sum((one for key, one in sums.items() if key[0] is kind), Decimal(0)):.2f}"
            for kind in BudgetKind
        }
        rows = [
            BudgetSumOut(kind=kind, category=category, amount=f"{one:.2f}") for (kind, category), one in sums.items()
        ]
        return cls(**totals, categories=rows)


class CostsOut(BaseModel):
    """What the round's money is for each participation and each session; None where there are none."""

    received: str
    spent: str
    participations: int = Field(description="That count: of closed sessions, less those withdrawn.")
    sessions: int = Field(description="Sessions with at least one of them.")
    income_per_participation: str | None = Field(description="Received ÷ participations, to the penny, half up.")
    cost_per_participation: str | None = Field(description="Spent ÷ participations.")
    income_per_session: str | None = Field(description="Received ÷ sessions.")
    cost_per_session: str | None = Field(description="Spent ÷ sessions.")

    @classmethod
    def of(cls, costs: Costs) -> Self:
        return cls(
            received=f"{costs.received:.2f}",
            spent=f"{costs.spent:.2f}",
            participations=costs.participations,
            sessions=costs.sessions,
            income_per_participation=_pounds(costs.income_per_participation),
            cost_per_participation=_pounds(costs.cost_per_participation),
            income_per_session=_pounds(costs.income_per_session),
            cost_per_session=_pounds(costs.cost_per_session),
        )


def _pounds(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
