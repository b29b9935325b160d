"""What is read of the referral service's assessment visit."""

from datetime import date

from pydantic import BaseModel, ConfigDict


class Baseline(BaseModel):
    """Readings of a star-like instrument."""

    model_config = ConfigDict(extra="ignore")

    instrument: str
    edition: str
    completed_by: str
    areas: dict[str, int]


class AssessmentVisit(BaseModel):
    """The visit's day and its baseline; whatever else it holds is not ours."""

    model_config = ConfigDict(extra="ignore")

    visited_on: date
    baseline: Baseline
