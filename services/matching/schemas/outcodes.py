"""Where outcodes lie, for a map."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from services.matching.domain import geography

OutcodeAsked = Annotated[
    str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{1,2}[0-9][A-Za-z0-9]?$")
]


class PointOut(BaseModel):
    """The middle of an outcode on the British National Grid, in metres."""

    outcode: str
    easting: int
    northing: int


class PointsOut(BaseModel):
    """Points of those that are known; `unknown` are those that nobody has a point for, and none is guessed."""

    items: list[PointOut]
    unknown: list[str]
    attribution: str = Field(description="Whose data the points are made from; to be shown beside a map.")

    @classmethod
    def of(cls, asked: Iterable[str]) -> "PointsOut":
        shown = cls(items=[], unknown=[], attribution=geography.ATTRIBUTION)
        for outcode in dict.fromkeys(asked):
            point = geography.point_of(outcode)
            if point is None:
                shown.unknown.append(outcode)
            else:
                shown.items.append(PointOut(outcode=outcode, easting=point[0], northing=point[1]))
        return shown
