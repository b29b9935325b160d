"""Where outcodes lie: what a map of families and volunteers needs, from a data file."""

from typing import Annotated

from fastapi import Query

from services.matching.api.callers import Scheme
from services.matching.schemas.outcodes import OutcodeAsked, PointsOut
from shared.http import router as make_router
from shared.routing import Session

router = make_router("/v1/outcodes", "geography")
Asked = Annotated[list[OutcodeAsked] | None, Query(alias="outcode", max_length=200, description="One or several.")]


@router.get("")
async def locate_outcodes(_session: Session, _: Scheme, asked: Asked = None) -> PointsOut:
    """Say where these outcodes lie; an unknown one is named, never guessed."""
    return PointsOut.of(asked or ())
