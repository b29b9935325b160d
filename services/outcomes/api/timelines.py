"""Routes of a child's timeline: the whole of it, episodes of social care, death."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response, status

from services.outcomes.api.callers import PlanReader, PlanRecorder, ToolsOf
from services.outcomes.schemas.plans import DeathIn, EpisodeClosure, EpisodeIn, EpisodeOut, TimelineOut
from services.outcomes.service import timelines as service
from shared import etag
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.routing import Session

router = make_router("/v1/plan-timelines", "plan-timelines")


@dataclass(frozen=True, slots=True)
class ChildMove:
    """A move of one child's timeline."""

    child: UUID
    match: IfMatch


@dataclass(frozen=True, slots=True)
class EpisodeMove:
    """A move of one episode."""

    child: UUID
    episode: UUID
    match: IfMatch


@router.get("/{child}")
async def get_timeline(
    child: UUID, session: Session, _caller: PlanReader, tools: ToolsOf, response: Response
) -> TimelineOut:
    """A child's plans, episodes and stages; its ETag changes with any of them."""
    timeline = await service.read(session, tools, child)
    etag.tag(response, timeline.child)
    return timeline.out()


@router.post("/{child}/episodes", status_code=status.HTTP_201_CREATED)
async def record_episode(
    child: UUID, body: EpisodeIn, session: Session, _caller: PlanRecorder, tools: ToolsOf, response: Response
) -> EpisodeOut:
    """Record a social-care referral of the child."""
    episode = await service.record_episode(session, tools, child, body)
    etag.tag(response, episode)
    return EpisodeOut.of(episode)


@router.post("/{child}/episodes/{episode}/close")
async def close_episode(
    move: Annotated[EpisodeMove, Depends()],
    body: EpisodeClosure,
    session: Session,
    _caller: PlanRecorder,
    tools: ToolsOf,
    response: Response,
) -> EpisodeOut:
    """Close an episode: its date and its reason together."""
    closed = await service.close_episode(session, tools, (move.child, move.episode), body, move.match)
    await session.flush()
    etag.tag(response, closed)
    return EpisodeOut.of(closed)


@router.post("/{child}/death", status_code=status.HTTP_200_OK)
async def record_death(
    move: Annotated[ChildMove, Depends()],
    body: DeathIn,
    session: Session,
    _caller: PlanRecorder,
    tools: ToolsOf,
    response: Response,
) -> TimelineOut:
    """Record the day on which the child died; If-Match takes the timeline's ETag."""
    await service.record_death(session, tools, move.child, body, move.match)
    timeline = await service.read(session, tools, move.child)
    etag.tag(response, timeline.child)
    return timeline.out()
