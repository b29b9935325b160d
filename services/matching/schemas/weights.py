"""Bodies about what a partnership weighs by, and about how families of each group have fared."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool, StrictInt

from services.matching.domain.weights import DEFAULT
from services.matching.schemas.common import Body, ShortText

Weight = Annotated[StrictInt, Field(ge=1, le=1_000)]
Metres = Annotated[StrictInt, Field(ge=0, le=200_000)]


class PolicyNumbers(Body):
    """What proposals and plans weigh by. Weights are points: all together 1,000, none of them zero."""

    weights: dict[str, Weight] = Field(
        default_factory=lambda: dict(DEFAULT.weights),
        max_length=30,
        description="Points of each factor of `/v1/matching-factors`; all factors, 1,000 points together.",
    )
    near_metres: Metres = Field(
        DEFAULT.near_metres, description="Who lives nearer to the family is excluded; 0: nobody lives too near."
    )
    full_metres: Metres = Field(DEFAULT.full_metres, description="Up to here distance brings all its points …")
    far_metres: Metres = Field(DEFAULT.far_metres, description="… from here on none.")
    detour_percent: Annotated[StrictInt, Field(ge=100, le=300)] = Field(
        DEFAULT.detour_percent, description="How much longer than the straight line the way is."
    )
    speed_kmh: Annotated[StrictInt, Field(ge=3, le=100)] = Field(DEFAULT.speed_kmh)
    easy_minutes: Annotated[StrictInt, Field(ge=0, le=600)] = Field(DEFAULT.easy_minutes)
    long_minutes: Annotated[StrictInt, Field(ge=1, le=600)] = Field(DEFAULT.long_minutes)
    slots_per_visit: Annotated[StrictInt, Field(ge=1, le=5)] = Field(
        DEFAULT.slots_per_visit, description="At how many times both must be able, for each visit a week."
    )
    whole_visits: StrictBool = Field(
        DEFAULT.whole_visits, description="Whether a volunteer has to have all the visits free that were asked for."
    )
    planned_weeks: Annotated[StrictInt, Field(ge=1, le=104)] = Field(
        DEFAULT.planned_weeks, description="How long a match is planned unless a proposal says otherwise."
    )


class PolicyIn(Body):
    """A new version, whole."""

    version: StrictInt = Field(ge=1, description="The number after the one in force.")
    policy: PolicyNumbers
    reason: ShortText = Field(description="Why, for whoever asks in years; no names.")


class PolicyOut(BaseModel):
    """One version of the policy; version 0 are the defaults, which nobody made."""

    id: UUID | None = None
    version: int
    policy: PolicyNumbers
    reason: str | None = None
    made_by: str | None = None
    made_at: datetime | None = None


class FactorOut(BaseModel):
    """One factor of the score."""

    name: str
    definition: str
    range: str = Field("0 to 1", description="The share of its weight that it brings, in whole thousandths.")
    weight: int = Field(description="Points, of 1,000, by the policy in force.")
    source: str
    sensitive: bool = Field(description="Counts only where the family asked for it or agreed.")


class ConstraintOut(BaseModel):
    """One hard constraint."""

    code: str
    ground: str
    sentence: str
    change: str
    overridable: bool = Field(description="Whether the project manager may pass over it, with a reason.")


class FactorsOut(BaseModel):
    """Everything that a proposal is made of."""

    policy_version: int
    code_version: str
    factors: list[FactorOut]
    constraints: list[ConstraintOut]


class GroupOut(BaseModel):
    """How families of one group have fared. A count that is small, or that would say one, is withheld: null."""

    value: str
    withheld: bool
    opened: int | None = None
    matched: int | None = None
    closed_unmatched: int | None = None
    waiting: int | None = None
    match_rate_percent: int | None = Field(None, description="Of those who no longer wait, how many were matched.")
    mean_days_until_match: int | None = None
    mean_days_waiting: int | None = None


class EqualityOut(BaseModel):
    """Who waits how long and who is matched, by group. A family of several languages is in several groups."""

    smallest: int = Field(description="Counts below this are withheld.")
    dimensions: Mapping[str, list[GroupOut]]
