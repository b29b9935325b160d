"""Plans, stages, readings and evaluations of a child or a family."""

from datetime import date
from typing import Any
from uuid import UUID

from deploy.local.client import Answer, Caller


async def open_episode(authority: Caller, child: UUID, referred_on: date) -> Answer:
    """The child's social-care referral, without which there is no statutory plan."""
    body = {"referral_date": referred_on.isoformat()}
    return await authority.post(f"/v1/plan-timelines/{child}/episodes", body)


def plan_body(kind: str, started_on: date, **other: Any) -> dict[str, Any]:
    """A plan with one need and one action; a child protection plan starts on its conference's day."""
    body: dict[str, Any] = {"type": kind, "started_on": started_on.isoformat(), **_content()}
    if kind == "cp":
        body |= {"category": "NEG", "conference_on": started_on.isoformat()}
    return body | other


def step_body(kind: str, day: date, **other: Any) -> dict[str, Any]:
    """The plan that follows, from that day on."""
    body: dict[str, Any] = {"type": kind, "on": day.isoformat(), **_content()}
    if kind == "cp":
        body |= {"category": "NEG", "conference_on": day.isoformat()}
    return body | other


def _content() -> dict[str, Any]:
    return {
        "needs": [{"code": "routines"}],
        "actions": [{"code": "regular-activities", "text": "Take part in one activity outside the home each week."}],
    }


async def start_plan(authority: Caller, child: UUID, kind: str, started_on: date) -> Answer:
    """The child's plan starts, or started some time ago."""
    return await authority.post(f"/v1/plan-timelines/{child}/plans", plan_body(kind, started_on))


async def record_stage(authority: Caller, child: UUID, level: int, from_date: date) -> Answer:
    """From that day on the child is at that level."""
    body = {"child": str(child), "level": level, "from_date": from_date.isoformat()}
    return await authority.post("/v1/stages", body)


async def closing_reading(worker: Caller, family: UUID, referral: str, read_on: date, areas: dict[str, int]) -> Answer:
    """The family star once more, at the end."""
    body = {
        "family": str(family),
        "referral": referral,
        "instrument": "family_star",
        "edition": "2",
        "occasion": "closing",
        "completed_by": "family",
        "read_on": read_on.isoformat(),
        "areas": areas,
    }
    return await worker.post("/v1/readings", body)


def evaluation_body(family: UUID, referral: str, by: str, conducted: tuple[UUID, date], **other: Any) -> dict[str, Any]:
    """What somebody said at the end: a few scores by code. `conducted` is by whom and when."""
    return {
        "family": str(family),
        "referral": referral,
        "by": by,
        "conducted_by": str(conducted[0]),
        "on": conducted[1].isoformat(),
        "scores": {"helpful": 5, "would_recommend": 5},
        "text": "It helped that somebody came every week.",
    } | other
