"""Bodies about Today and its indicators."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.matching.domain.indicators import Code, Subject, Whose


class IndicatorOut(BaseModel):
    """What an indicator counts, in one sentence that holds everywhere."""

    code: Code
    subject: Subject
    title: str
    definition: str
    action: str = Field(description="The code of the one next action.")
    event: str | None = Field(description="The event that is told when it begins to hold, where one is.")
    everybodys: bool = Field(description="Whether it stands on everybody's Today, whoever answers for it.")


class TodayItem(BaseModel):
    """One thing, with its one next action and the path at which it is taken."""

    subject: Subject
    id: UUID
    match: UUID | None
    volunteer: UUID
    family: UUID | None
    coordinator: UUID | None = Field(description="Who is named for the volunteer.")
    answers: UUID | None = Field(
        description="Who answers for it today: whoever is named or covers for them; null: nobody, so everybody."
    )
    since: str = Field(description="The instant, or the civil day, by which it is ordered: the longest comes first.")
    action: str
    path: str


class Section(BaseModel):
    """The beginning of one indicator's list."""

    indicator: Code
    title: str
    items: list[TodayItem]
    more: str | None = Field(None, description="The path of the whole list, where there is more than is shown.")


class Covering(BaseModel):
    """Leave that holds today: whose, who covers, and its last day."""

    person: UUID
    cover: UUID
    until: date


class TodayOut(BaseModel):
    """What is to be looked at now, and nothing else."""

    now: datetime
    whose: Whose
    covering: list[Covering] = Field(description="For whom the caller answers today beside themselves.")
    on_leave: Covering | None = Field(description="The caller's own leave, where they are on leave today.")
    sections: list[Section]
