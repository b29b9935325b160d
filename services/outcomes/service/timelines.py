"""A child's timeline: read it, and record episodes of social care and death."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain import invariants
from services.outcomes.domain.codes import code_set_of
from services.outcomes.domain.timeline import Episode as EpisodeValue
from services.outcomes.domain.timeline import Finding, Span, Timeline, require
from services.outcomes.models import Child, Episode, Plan
from services.outcomes.repository import cases, plans, stages
from services.outcomes.schemas.plans import DeathIn, EpisodeClosure, EpisodeIn, WholeTimeline
from services.outcomes.service import contents
from services.outcomes.service.counting import recount
from services.outcomes.service.tools import Tools, beginning_of, today_of
from shared import audit, history
from shared.db import now_of
from shared.errors import Conflict, IllegalMove
from shared.etag import Match
from shared.ids import new_id


def see(session: AsyncSession, child: Child) -> None:
    """Whoever reads or changes a timeline has seen that child's record."""
    audit.saw(session, "child", child.id, family=child.family_id)


async def read(session: AsyncSession, tools: Tools, child_id: UUID) -> WholeTimeline:
    child = await cases.get_child(session, child_id)
    see(session, child)
    own = await plans.list_plans(session, child_id)
    queries = await plans.list_queries(session, child_id)
    return WholeTimeline(
        child=child,
        episodes=await plans.list_episodes(session, child_id),
        plans=own,
        stages=await stages.list_of_child(session, child_id),
        queries=queries,
        details=await contents.details_of(session, tools, child_id, own, queries),
    )


async def timeline_of(session: AsyncSession, child: Child) -> Timeline:
    """What the invariants look at, as it stands at this moment."""
    return Timeline(
        today=today_of(session),
        plans=tuple(span_of(plan) for plan in await plans.list_plans(session, child.id)),
        episodes=tuple(_episode_of(episode) for episode in await plans.list_episodes(session, child.id)),
        died_on=child.died_on,
    )


def span_of(plan: Plan) -> Span:
    return Span(plan.id, plan.type, plan.started_on, plan.ended_on, plan.conference_on, plan.category_latest)


def _episode_of(episode: Episode) -> EpisodeValue:
    return EpisodeValue(episode.id, episode.referral_date, episode.no_further_action, episode.closed_on)


async def record_episode(session: AsyncSession, tools: Tools, child_id: UUID, body: EpisodeIn) -> Episode:
    """The social-care referral of a child, checked against the plans that are known."""
    child = await cases.lock_child(session, child_id)
    see(session, child)
    value = EpisodeValue(new_id(), body.referral_date, body.no_further_action, body.closed_on)
    codes = code_set_of(body.referral_date).version
    accepted = {query.code for query in body.queries_accepted}
    findings = [*_closure(body), *invariants.opening_episode(await timeline_of(session, child), value)]
    queries = require(findings, accepted, codes)
    episode = Episode(
        id=value.id,
        partnership_id=child.partnership_id,
        family_id=child.family_id,
        child_id=child.id,
        recorded_at=now_of(session),
        **body.model_dump(exclude={"queries_accepted"}),
    )
    session.add(episode)
    await contents.keep_queries(session, tools, child, episode.id, (queries, body.queries_accepted, codes))
    _note(session, episode, (None, _status(episode)))
    await recount(session, await cases.lock_family(session, child.family_id), tools.policy)
    return episode


async def close_episode(
    session: AsyncSession, tools: Tools, path: tuple[UUID, UUID], body: EpisodeClosure, match: Match
) -> Episode:
    """Closure date and reason together; `path` is (child, episode)."""
    child = await cases.lock_child(session, path[0])
    see(session, child)
    episode = await plans.get_episode_for_update(session, *path)
    match.check(episode)
    if episode.closed_on is not None:
        raise IllegalMove("closed", "closed")
    findings = [
        *invariants.closure_reason(body.closed_on, body.closure_reason),
        *invariants.closing_episode(await timeline_of(session, child), _episode_of(episode), body.closed_on),
    ]
    require(findings, (), code_set_of(body.closed_on).version)
    episode.closed_on, episode.closure_reason = body.closed_on, body.closure_reason
    _note(session, episode, ("open", "closed"))
    await recount(session, await cases.lock_family(session, child.family_id), tools.policy)
    return episode


async def record_death(session: AsyncSession, tools: Tools, child_id: UUID, body: DeathIn, match: Match) -> Child:
    """The day of death; nothing on the timeline may be dated later."""
    child = await cases.lock_child(session, child_id)
    see(session, child)
    match.check(child)
    if child.died_on is not None:
        raise Conflict("The day of death is recorded already.", name="already-recorded")
    timeline = await timeline_of(session, child)
    require(invariants.dying(timeline, body.died_on), (), code_set_of(body.died_on).version)
    child.died_on = body.died_on
    history.record(
        session,
        "child",
        child.id,
        ("living", "died"),
        family=child.family_id,
        happened_at=beginning_of(body.died_on),
    )
    await recount(session, await cases.lock_family(session, child.family_id), tools.policy)
    return child


def _closure(body: EpisodeIn) -> list[Finding]:
    if (body.closed_on is None) is not (body.closure_reason is None):
        return [Finding("closure-incomplete", "/closure_reason", "closure date and reason come together")]
    if body.closed_on is None or body.closure_reason is None:
        return []
    return list(invariants.closure_reason(body.closed_on, body.closure_reason))


def _status(episode: Episode) -> str:
    return "open" if episode.closed_on is None else "closed"


def _note(session: AsyncSession, episode: Episode, change: tuple[str | None, str]) -> None:
    history.record(
        session,
        "episode",
        episode.id,
        change,
        family=episode.family_id,
        reason_code=episode.closure_reason,
        happened_at=beginning_of(episode.closed_on or episode.referral_date),
    )
