"""What the tests of this service arrange: partnerships, families told of, days counted from today."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import httpx

from shared.auth import Role
from shared.calendar import civil_date
from shared.consumer import Later
from shared.events.referral import (
    AssessmentVisitRecorded,
    CaseAccessChanged,
    FamilyRegistered,
    Grant,
    ReferralAccepted,
    SubjectErased,
)
from shared.ids import new_id
from shared.testing import Caller, Running


def ago(days: int) -> date:
    """A civil day that many days before today."""
    return civil_date(datetime.now(UTC)) - timedelta(days=days)


def day(days: int) -> str:
    """As `ago`, as it is written in a body."""
    return ago(days).isoformat()


@dataclass
class Visits:
    """Assessment visits of the referral service; away for those it does not have."""

    answers: dict[UUID, Any] = field(default_factory=dict)

    async def assessment_visit(self, referral: UUID, partnership: UUID) -> Any:
        if referral not in self.answers:
            raise Later("away")
        return self.answers[referral]


@dataclass(frozen=True)
class Family:
    """A family that was told of."""

    id: UUID
    children: tuple[UUID, ...]
    referral: UUID


class Partnership:
    """A tenant with its callers; only the local authority and the scheme may see a family's case."""

    def __init__(self, outcomes: Running, visits: Visits) -> None:
        self.outcomes, self.visits = outcomes, visits
        self.id, self.la, self.scheme, self.stranger = new_id(), new_id(), new_id(), new_id()

    def as_(self, *roles: Role, organisation: UUID | None = None, person: UUID | None = None) -> Caller:
        return self.outcomes.as_(
            *roles, partnership=self.id, organisation=organisation or self.la, person=person or new_id()
        )

    @property
    def worker(self) -> Caller:
        """The local authority's lead practitioner."""
        return self.as_(Role.LEAD_PRACTITIONER)

    @property
    def manager(self) -> Caller:
        """The scheme's project manager."""
        return self.as_(Role.PROJECT_MANAGER, organisation=self.scheme)

    @property
    def analyst(self) -> Caller:
        """Somebody who sees no case at all."""
        return self.as_(Role.ANALYST, organisation=self.stranger)

    async def tell(self, event: Any) -> None:
        await self.outcomes.tell(event, partnership=self.id, organisation=self.la)

    async def register(self, children: int = 1) -> Family:
        """A family is registered; both organisations may see it; nothing is accepted yet."""
        family = Family(new_id(), tuple(new_id() for _ in range(children)), new_id())
        grants = (Grant(organisation=self.la, part="la"), Grant(organisation=self.scheme, part="scheme"))
        await self.tell(FamilyRegistered(family=family.id, children=family.children))
        await self.tell(CaseAccessChanged(family=family.id, revision=1, grants=grants))
        return family

    async def accept(self, family: Family, received: int = 300, **changed: Any) -> Family:
        """Its referral is accepted, received so many days ago."""
        told = {"children": family.children, "accepted_on": ago(received), "received_on": ago(received)}
        await self.tell(ReferralAccepted(family=family.id, referral=family.referral, **(told | changed)))
        return family

    async def referred(self, children: int = 1, received: int = 300) -> Family:
        """A family whose referral is accepted."""
        return await self.accept(await self.register(children), received)

    async def visited(self, family: Family, days: int, areas: dict[str, int]) -> None:
        """The assessment visit with its baseline."""
        self.visits.answers[family.referral] = {
            "id": str(new_id()),
            "visited_on": day(days),
            "notes": None,
            "baseline": {"instrument": "family_star", "edition": "1", "completed_by": "family", "areas": areas},
        }
        await self.hear_of_visit(family, days)

    async def hear_of_visit(self, family: Family, days: int) -> None:
        """Only the event."""
        await self.tell(AssessmentVisitRecorded(family=family.id, referral=family.referral, visited_on=ago(days)))

    async def hide(self, family: Family) -> None:
        """The scheme and everybody else but the local authority loses sight of the case."""
        grants = (Grant(organisation=self.la, part="la"),)
        await self.tell(CaseAccessChanged(family=family.id, revision=2, grants=grants))

    async def erase(self, kind: Literal["person", "case"], subject: UUID) -> None:
        """A key is to be destroyed everywhere."""
        await self.tell(SubjectErased(family=new_id(), subject_kind=kind, subject=subject))

    async def last_audit(self) -> str:
        """The newest row of the partnership's audit."""
        async with self.outcomes.parts.worker.engine.connect() as connection:
            rows = await connection.exec_driver_sql(
                "SELECT entry FROM audit_log WHERE partnership_id = $1 ORDER BY recorded_at DESC LIMIT 1", (self.id,)
            )
            return str(rows.scalar_one())

    async def stage(self, child: UUID, level: int, days: int) -> httpx.Response:
        body = {"child": str(child), "level": level, "from_date": day(days)}
        return await self.worker.post("/v1/stages", body)

    async def plan(self, child: UUID, kind: str, days: int, **more: Any) -> httpx.Response:
        """A plan that started so many days ago."""
        return await self.worker.post(f"/v1/plan-timelines/{child}/plans", plan_body(kind, days) | more)

    async def move(self, plan: dict[str, Any], verb: str, **body: Any) -> httpx.Response:
        """A move of a plan, with its present version."""
        path = f"/v1/plan-timelines/{plan['child']}/plans/{plan['id']}/{verb}"
        return await self.worker.post(path, body, match=plan["version"])

    async def figures(self, **query: str) -> dict[str, dict[str, Any]]:
        """The impact report's figures by code, as an analyst without any case sees them."""
        answer = await self.analyst.get("/v1/reports/impact", params=query)
        assert answer.status_code == 200, answer.text
        return {figure["code"]: figure for figure in answer.json()["figures"]}

    async def told(self) -> list[str]:
        """Types of the events that wait to be published, without what surrounds the noun and verb."""
        events = await self.outcomes.outbox(self.id)
        return [kind.removeprefix("circle.").removesuffix(".v1") for kind, _ in events]


def plan_body(kind: str, days: int) -> dict[str, Any]:
    """A valid plan of that kind."""
    return {"type": kind, "started_on": day(days)} | (cp(days) if kind == "cp" else {})


def cp(days: int, category: str = "NEG") -> dict[str, Any]:
    """What a child protection plan has beside its type."""
    return {"category": category, "conference_on": day(days)}


def star(of: Family, **change: Any) -> dict[str, Any]:
    """A good family star reading."""
    return {
        "family": str(of.id),
        "instrument": "family_star",
        "edition": "plus",
        "occasion": "review",
        "completed_by": "family",
        "read_on": day(20),
        "areas": {"a1": 3, "a2": 10},
    } | change


def evaluation(family: Family, by: str = "family", **change: Any) -> dict[str, Any]:
    """A good evaluation."""
    of = {
        "family": {"on_behalf_of": str(new_id()), "method": "in_person"},
        "lead_practitioner": {},
        "volunteer": {"volunteer": str(new_id())},
    }
    return {
        "referral": str(family.referral),
        "family": str(family.id),
        "by": by,
        "conducted_by": str(new_id()),
        "on": day(5),
        "scores": {"helpful": 4},
        "text": "we are calmer now",
        **of[by],
    } | change
