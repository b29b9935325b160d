"""What the outcomes service says."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.events.base import LA, SCHEME, CaseEvent


class CaseOpened(CaseEvent):
    TYPE: ClassVar[str] = "circle.case.opened.v1"
    TOPIC: ClassVar[str] = "circle.outcomes"
    DETAIL: ClassVar[str] = "/v1/referrals/{referral}"

    referral: UUID


class CaseClosed(CaseEvent):
    TYPE: ClassVar[str] = "circle.case.closed.v1"
    TOPIC: ClassVar[str] = "circle.outcomes"
    DETAIL: ClassVar[str] = "/v1/referrals/{referral}"

    referral: UUID
    reason_code: str


class PlanEvent(CaseEvent):
    """A child's plan; the local authority and the scheme only."""

    TOPIC: ClassVar[str] = "circle.outcomes"
    DETAIL: ClassVar[str] = "/v1/plan-timelines/{child}"
    PARTS: ClassVar[tuple[str, ...]] = (LA, SCHEME)

    child: UUID
    plan: UUID
    plan_type: str


class PlanStarted(PlanEvent):
    TYPE: ClassVar[str] = "circle.plan.started.v1"

    started_on: date
    actions: tuple[UUID, ...] = ()


class PlanSteppedDown(PlanEvent):
    """`plan` is the plan that ended, `new_plan` the one that follows with its own actions."""

    TYPE: ClassVar[str] = "circle.plan.stepped-down.v1"

    new_plan: UUID | None = None
    new_plan_type: str | None = None
    stepped_on: date
    actions: tuple[UUID, ...] = ()


class PlanSteppedUp(PlanSteppedDown):
    TYPE: ClassVar[str] = "circle.plan.stepped-up.v1"


class PlanEnded(PlanEvent):
    TYPE: ClassVar[str] = "circle.plan.ended.v1"

    ended_on: date


class PlanReregistered(PlanEvent):
    TYPE: ClassVar[str] = "circle.plan.reregistered.v1"

    started_on: date


class PlanLongRunning(PlanEvent):
    TYPE: ClassVar[str] = "circle.plan.long-running.v1"

    months: int


class StageRecorded(CaseEvent):
    TYPE: ClassVar[str] = "circle.stage.recorded.v1"
    TOPIC: ClassVar[str] = "circle.outcomes"
    DETAIL: ClassVar[str] = "/v1/stages/{stage}"
    PARTS: ClassVar[tuple[str, ...]] = (LA, SCHEME)

    child: UUID
    stage: UUID
    level: int
    from_date: date


class ReadingRecorded(CaseEvent):
    TYPE: ClassVar[str] = "circle.reading.recorded.v1"
    TOPIC: ClassVar[str] = "circle.outcomes"
    DETAIL: ClassVar[str] = "/v1/readings/{reading}"

    reading: UUID
    referral: UUID | None = None
    instrument: str
    occasion: str
    read_on: date


class EvaluationRecorded(CaseEvent):
    TYPE: ClassVar[str] = "circle.evaluation.recorded.v1"
    TOPIC: ClassVar[str] = "circle.outcomes"
    DETAIL: ClassVar[str] = "/v1/evaluations/{evaluation}"

    evaluation: UUID
    referral: UUID
    by: str
    volunteer: UUID | None = None
