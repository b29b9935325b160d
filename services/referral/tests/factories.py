"""A partnership's people and the records that tests begin with; all over HTTP, as callers would."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.auth import Role
from shared.calendar import civil_date
from shared.db import Scope, Work
from shared.events.base import Event
from shared.events.outcomes import PlanStarted
from shared.ids import new_id
from shared.testing import Caller, Running
from shared.timekeeper import raise_one

LAWFUL = {"basis": "public_task", "special_category_condition": "safeguarding_of_children"}
RISK = {"hazards": ["dog"], "level": "low", "lone_working": "with_check_in", "mitigations": "Ring before the visit."}
BASELINE = {
    "instrument": "family_star",
    "edition": "plus",
    "completed_by": "family_and_worker",
    "areas": {"safety": 4, "routine": 6},
}


def parent(**more: Any) -> dict[str, Any]:
    return {
        "role": "parent",
        "parental_responsibility": True,
        "given_name": "Amina",
        "family_name": "Hart",
        "birth_date": "1990-02-03",
        "address": {"lines": ["1 Sea View"], "postcode": "SS1 2AB"},
        "phone": "01702 000000",
        "ethnicity": {"census_code": "WBRI", "own_words": "Essex through and through"},
    } | more


def child(**more: Any) -> dict[str, Any]:
    return {"role": "child", "given_name": "Noor", "family_name": "Hart", "birth_date": "2019-05-06"} | more


@dataclass
class Family:
    """A registered family."""

    id: UUID
    parent: UUID
    children: list[UUID]


@dataclass
class Case:
    """A referral of a family, with its version as last seen."""

    id: UUID
    family: Family
    version: int
    child: UUID

    @property
    def path(self) -> str:
        return f"/v1/referrals/{self.id}"


@dataclass
class Partnership:
    """One tenant: who works in it, and short ways to get a record into a state."""

    service: Running
    id: UUID = field(default_factory=new_id)
    authority: UUID = field(default_factory=new_id)
    scheme: UUID = field(default_factory=new_id)
    partner: UUID = field(default_factory=new_id)
    lead: UUID = field(default_factory=new_id)
    manager: UUID = field(default_factory=new_id)
    coordinator_person: UUID = field(default_factory=new_id)

    def as_(self, *roles: Role, organisation: UUID | None = None, person: UUID | None = None) -> Caller:
        return self.service.as_(*roles, partnership=self.id, organisation=organisation or self.authority, person=person)

    @property
    def system(self) -> Caller:
        return self.as_(Role.PARTNER_SYSTEM)

    @property
    def lead_practitioner(self) -> Caller:
        return self.as_(Role.LEAD_PRACTITIONER, person=self.lead)

    @property
    def social_worker(self) -> Caller:
        return self.as_(Role.SOCIAL_WORKER, person=new_id())

    @property
    def project_manager(self) -> Caller:
        return self.as_(Role.PROJECT_MANAGER, organisation=self.scheme, person=self.manager)

    @property
    def coordinator(self) -> Caller:
        return self.as_(Role.COORDINATOR, organisation=self.scheme, person=self.coordinator_person)

    @property
    def worker(self) -> Caller:
        return self.as_(Role.WORKER, organisation=new_id())

    def volunteer(self, person: UUID) -> Caller:
        return self.as_(Role.VOLUNTEER, organisation=self.scheme, person=person)

    async def family(self, **body: Any) -> Family:
        persons = body.pop("persons", [parent(), child()])
        answer = await self.system.post("/v1/families", {"persons": persons, "languages": ["en", "so"]} | body)
        assert answer.status_code == 201, answer.text
        found = answer.json()
        adults = [UUID(one) for one in found["adults"]]
        return Family(UUID(found["id"]), adults[0] if adults else new_id(), [UUID(one) for one in found["children"]])

    def referral_body(self, family: Family, **more: Any) -> dict[str, Any]:
        return {
            "family": str(family.id),
            "kind": "volunteer_support",
            "scheme": str(self.scheme),
            "reasons": ["neglect"],
            "reason_text": "Mother is alone with three small children.",
            "requests": {"volunteer_gender": "female", "visits_a_week": 2, "skills": ["cooking"], "language": "so"},
            "agreement": {"agreed": True, "method": "verbal", "agreed_on": "2026-01-05"},
            "lawful_basis": LAWFUL,
            "informed": True,
        } | more

    async def draft(self, family: Family | None = None, **more: Any) -> Case:
        family = family or await self.family()
        answer = await self.system.post("/v1/referrals", self.referral_body(family, **more))
        assert answer.status_code == 201, answer.text
        return Case(UUID(answer.json()["id"]), family, answer.json()["version"], family.children[0])

    async def move(self, case: Case, step: str, caller: Caller, body: Any = None) -> None:
        answer = await caller.post(f"{case.path}/{step}", body, match=case.version)
        assert answer.status_code == 200, answer.text
        case.version = answer.json()["version"]

    async def submitted(self, family: Family | None = None, **more: Any) -> Case:
        case = await self.draft(family, **more)
        await self.move(case, "submit", self.system)
        return case

    async def triaged(self, family: Family | None = None, **more: Any) -> Case:
        case = await self.submitted(family, **more)
        await self.move(case, "triage", self.project_manager)
        return case

    async def accepted(self, family: Family | None = None, **more: Any) -> Case:
        case = await self.triaged(family, **more)
        answer = await self.coordinator.post(f"{case.path}/risk-assessments", RISK)
        assert answer.status_code == 201, answer.text
        await self.reread(case)
        await self.move(case, "accept", self.project_manager)
        return case

    async def reread(self, case: Case) -> dict[str, Any]:
        answer = await self.project_manager.get(case.path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        case.version = found["version"]
        return found

    async def tell(self, event: Event) -> None:
        await self.service.tell(event, partnership=self.id, organisation=self.scheme)

    async def child_plan(self, case: Case, child_id: UUID | None = None) -> UUID:
        """A child's plan with one action; the action."""
        action = new_id()
        event = PlanStarted(
            family=case.family.id,
            child=child_id or case.child,
            plan=new_id(),
            plan_type="cp",
            started_on=date(2026, 1, 5),
            actions=(action,),
        )
        await self.tell(event)
        return action

    def plan_body(self, case: Case, action: UUID, **more: Any) -> dict[str, Any]:
        return {
            "limits": "No personal care, no lifts by car.",
            "tasks": [{"child": str(case.child), "action": str(action), "description": "Get Noor ready for school."}],
            "visits_a_week": 2,
            "length_weeks": 26,
            "review_on": "2027-01-31",
            "family_input": "We would like help in the mornings.",
            "childs_view": "I like to paint.",
            "signatories": [
                {"role": "lead_practitioner", "person": str(self.lead)},
                {"role": "project_manager", "person": str(self.manager)},
                {"role": "parent", "person": str(case.family.parent)},
            ],
        } | more

    async def plan(self, case: Case, **more: Any) -> UUID:
        """A drafted involvement plan; its id."""
        action = await self.child_plan(case)
        answer = await self.coordinator.post(f"{case.path}/involvement-plans", self.plan_body(case, action, **more))
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["id"])

    async def events(self) -> list[str]:
        """Types of the events that wait to be published, in order, without prefix and version."""
        return [kind.removeprefix("circle.").removesuffix(".v1") for kind, _ in await self.service.outbox(self.id)]

    async def told(self, kind: str) -> list[dict[str, Any]]:
        """Bodies of the waiting events of one type."""
        wanted = f"circle.{kind}.v1"
        return [json.loads(data) for found, data in await self.service.outbox(self.id) if found == wanted]

    async def audiences(self, kind: str) -> list[set[str]]:
        """Who gets the waiting events of one type."""
        async with self.service.parts.worker.engine.connect() as connection:
            rows = await connection.exec_driver_sql(
                "SELECT headers->>'ce_audience' FROM outbox WHERE partnership_id = $1 AND headers->>'ce_type' = $2"
                " ORDER BY seq",
                (self.id, f"circle.{kind}.v1"),
            )
            return [set(row[0].split(",")) - {""} for row in rows]

    async def grants(self, family: UUID) -> set[tuple[UUID, str, UUID | None]]:
        """Who may see the family's case."""
        async with self.service.parts.app.open(self.work("service")) as session:
            connection = await session.connection()
            rows = await connection.exec_driver_sql(
                "SELECT organisation_id, part, person_id FROM case_access WHERE family_id = $1", (family,)
            )
            return {tuple(row) for row in rows}

    async def clocks(self, subject: UUID) -> set[str]:
        """The kinds of the subject's clocks that run."""
        async with self.service.parts.worker.engine.connect() as connection:
            rows = await connection.exec_driver_sql(
                "SELECT kind FROM clocks WHERE subject_id = $1 AND stopped_at IS NULL AND raised_at IS NULL", (subject,)
            )
            return {row[0] for row in rows}

    def work(self, scope: Scope, organisation: UUID | None = None, person: UUID | None = None) -> Work:
        """A transaction's work as the app role would have it."""
        return Work(
            service="referral",
            partnership=self.id,
            organisation=organisation,
            actor="test",
            scope=scope,
            person=person,
        )

    async def let_time_pass(self, until: datetime) -> None:
        """Raise every clock that is due by then, as the timekeeper would."""
        while await raise_one(self.service.parts, self.service.handlers, until):
            pass


def today() -> date:
    return civil_date(datetime.now().astimezone())


def tomorrow() -> date:
    return today() + timedelta(days=1)


def problem(document: dict[str, Any]) -> str:
    """The name of a problem."""
    return str(document["type"]).rsplit("/", 1)[-1]
