"""Bodies about Today and its indicators."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.matching.domain.indicators import Code, Subject


class IndicatorOut(BaseModel):
    """What an indicator counts, in one sentence that holds everywhere."""

    code: Code
    subject: Subject
    title: str
    definition: str
    action: str = Field(description="The code of the one next action.")
    event: str | None = Field(description="The event that is told when it begins to hold, where one is.")


class TodayItem(BaseModel):
    """One thing, with its one next action and the path at which it is taken."""

    subject: Subject
    id: UUID
    match: UUID | None
    volunteer: UUID
    family: UUID | None
    since: str = Field(description="The instant, or the civil day, by which it is ordered: the longest comes first.")
    action: str
    path: str


class Section(BaseModel):
    """The beginning of one indicator's list."""

    indicator: Code
    title: str
    items: list[TodayItem]
    more: str | None = Field(None, description="The path of the whole list, where there is more than is shown.")


class TodayOut(BaseModel):
    """What is to be looked at now, and nothing else."""

    now: datetime
    sections: list[Section]
