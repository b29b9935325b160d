"""Bodies of labels: people's words for themselves, and the codes that these stand for."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.training.domain import CENSUS, GenderCode, LabelKind
from services.training.models import Label


class CodeIn(BaseModel):
    """By kind: an ethnic group of `GET /v1/labels/codes`, a gender of it, a BCP 47 tag, an outcode."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = Field(
        description="Null says that no code fits."
    )


class CodedLabel(BaseModel):
    """Words that participants of the caller's organisation were described by."""

    id: UUID
    kind: LabelKind
    words: str | None = Field(description="As somebody wrote them first. Null once they have been erased.")
    code: str | None = Field(
        description="Null until a person has said what the words stand for, or where they said that no code fits."
    )
    suggested: str | None = Field(
        description="The code that those who used these words chose for them most often; nobody has to follow it."
    )
    coded_at: datetime | None
    coded_by: str | None
    version: int

    @classmethod
    def of(cls, row: Label, words: str | None, suggested: str | None) -> Self:
        return cls(
            id=row.id,
            kind=row.kind,
            words=words,
            code=row.code,
            suggested=suggested,
            coded_at=row.coded_at,
            coded_by=row.coded_by,
            version=row.version,
        )


class EthnicGroupOut(BaseModel):
    code: str
    group: str = Field(description="The heading under which the census has it.")
    label: str


class CodesOut(BaseModel):
    """What words for an ethnicity or a gender may stand for."""

    census: str = Field(description="The version of the list of ethnic groups.")
    ethnicity: list[EthnicGroupOut]
    gender: list[GenderCode]

    @classmethod
    def known(cls) -> Self:
        groups = [EthnicGroupOut(code=one.code, group=one.group, label=one.label) for one in CENSUS.groups]
        return cls(census=CENSUS.version, ethnicity=groups, gender=list(GenderCode))
