"""A partnership in which volunteers and families can be brought to any step of their way."""

from typing import Any
from uuid import UUID

import httpx

from services.matching.schemas.facts import CaseFacts
from services.matching.tests.bodies import (
    Family,
    Helper,
    accepted,
    clearance_body,
    contact_body,
    days_ago,
    family_says,
    good,
    match_body,
    plan_agreed,
    reference_body,
    visit_body,
    visit_of,
    volunteer_body,
)
from shared.auth import Role
from shared.events import referral as told
from shared.events import training
from shared.events.base import LA, SCHEME, Event
from shared.ids import new_id
from shared.testing import Caller, Running


class KnownCases:
    """The referral service as the test wants it: facts by referral; nothing for a referral that it does not know."""

    def __init__(self) -> None:
        self.by_referral: dict[UUID, CaseFacts] = {}
        self.away: Exception | None = None

    async def facts(self, partnership: UUID, referral: UUID) -> CaseFacts:
        if self.away is not None:
            raise self.away
        return self.by_referral[referral]


class Place:
    """One partnership."""

    def __init__(self, service: Running, cases: KnownCases) -> None:
        self.service = service
        self.cases = cases
        self.partnership = new_id()
        self.authority = new_id()
        self.scheme = new_id()
        self.led_by = new_id()
        # How long matches are planned.
        self.weeks = 26
        self.coordinator = self.caller(Role.COORDINATOR)
        self.project_manager = self.caller(Role.PROJECT_MANAGER)

    def caller(self, *roles: Role, person: UUID | None = None, organisation: UUID | None = None) -> Caller:
        """Somebody of the scheme, unless another organisation is given."""
        return self.service.as_(
            *roles,
            partnership=self.partnership,
            organisation=organisation or self.scheme,
            person=person or new_id(),
        )

    def as_volunteer(self, helper: Helper) -> Caller:
        return self.caller(Role.VOLUNTEER, person=helper.person)

    async def tell(self, event: Event) -> None:
        await self.service.tell(event, partnership=self.partnership, organisation=self.scheme)

    async def events(self, kind: str) -> list[str]:
        """Data of the events of that type that wait to be published."""
        found = await self.service.outbox(self.partnership)
        return [data for name, data in found if name == f"circle.{kind}.v1"]

    async def as_worker(self, sql: str, *values: object) -> list[Any]:
        """Run SQL with the worker's login, for this partnership."""
        return await self._run("worker", {"scope": "system"}, sql, *values)

    async def as_app(self, settings: dict[str, str], sql: str, *values: object) -> list[Any]:
        """Run SQL with the app's login and these session settings, past everything that the application checks."""
        return await self._run("app", settings, sql, *values)

    async def _run(self, role: str, settings: dict[str, str], sql: str, *values: object) -> list[Any]:
        database = getattr(self.service.parts, role)
        async with database.engine.begin() as connection:
            for name, value in ({"partnership": str(self.partnership)} | settings).items():
                await connection.exec_driver_sql("SELECT set_config($1, $2, true)", (f"circle.{name}", value))
            result = await connection.exec_driver_sql(sql, values)
            return [tuple(row) for row in result] if result.returns_rows else [result.rowcount]

    # Families

    async def family(self, *, visited: bool = True, **facts: Any) -> Family:
        """A family whose accepted referral waits for a volunteer."""
        family = Family()
        await self.give_access(family, 1)
        self.cases.by_referral[family.referral] = CaseFacts.model_validate(
            {"outcode": "SS1", "languages": ["en"], "children": family.children, "ages": [9, 4], **facts}
        )
        await self.tell(accepted(family))
        listed = await self.coordinator.get("/v1/match-requests", params={"referral": str(family.referral)})
        family.request = listed.json()["items"][0]["id"]
        if visited:
            await self.tell(visit_of(family))
        return family

    async def give_access(self, family: Family, revision: int, *, la_only: bool = False) -> None:
        grants = [told.Grant(organisation=self.authority, part=LA)]
        if not la_only:
            grants.append(told.Grant(organisation=self.scheme, part=SCHEME))
        await self.tell(told.CaseAccessChanged(family=family.id, revision=revision, grants=tuple(grants)))

    # Volunteers

    async def enquirer(self, **other: Any) -> Helper:
        person = new_id()
        body = volunteer_body(**({"person": str(person)} | other))
        answer = good(await self.coordinator.post("/v1/volunteers", body))
        return Helper(answer["id"], person, answer["version"])

    async def applicant(self, *, role: str = "lone_home_visitor", lived_abroad: bool = False, **other: Any) -> Helper:
        helper = await self.enquirer(**other)
        body = {"role": role, "lived_abroad": lived_abroad}
        path = f"/v1/volunteers/{helper.id}/apply"
        helper.version = good(await self.coordinator.post(path, body, match=helper.version))["version"]
        return helper

    async def volunteer(self, *, issued: int = 30, **other: Any) -> Helper:
        """A volunteer who is available."""
        helper = await self.applicant(**other)
        await self.tell(training.VolunteerQualified(volunteer=UUID(helper.id), induction=new_id()))
        await self.clear(helper, issued)
        helper.version = (await self.read(helper))["version"]
        return helper

    async def clear(self, helper: Helper, issued: int = 30) -> None:
        """Certificate, two references, identity and the authority's check."""
        at = f"/v1/volunteers/{helper.id}"
        good(await self.coordinator.post(f"{at}/clearances", clearance_body(issued_on=days_ago(issued))))
        for _ in range(2):
            good(await self.coordinator.post(f"{at}/references", reference_body()))
        good(await self.coordinator.post(f"{at}/identity", {"documents": ["passport"], "checked_on": days_ago(20)}))
        good(await self.coordinator.post(f"{at}/la-check", {"checked_on": days_ago(20), "satisfactory": True}))

    async def read(self, helper: Helper) -> dict[str, Any]:
        return good(await self.coordinator.get(f"/v1/volunteers/{helper.id}"))

    # Matches

    async def propose(self, family: Family) -> dict[str, Any]:
        return good(await self.coordinator.post(f"/v1/match-requests/{family.request}/proposals?weeks={self.weeks}"))

    async def proposed(self, family: Family, helper: Helper, **other: Any) -> str:
        """A match that waits for its three answers."""
        await self.propose(family)
        planned = {"planned_length_weeks": self.weeks, "review_on": days_ago(-min(84, 7 * self.weeks - 1))}
        body = match_body(family, helper, override_reason="The right one for them.") | planned | other
        return str(good(await self.coordinator.post("/v1/matches", body))["id"])

    async def agreed(self, family: Family, helper: Helper) -> str:
        match = await self.proposed(family, helper)
        path = f"/v1/matches/{match}/agreements"
        good(await self.as_volunteer(helper).post(path, {"party": "volunteer", "answer": "agreed"}))
        good(await self.coordinator.post(path, family_says("agreed")))
        good(await self.project_manager.post(path, {"party": "project_manager", "answer": "agreed"}))
        return match

    async def introduced(self, family: Family, helper: Helper) -> str:
        match = await self.agreed(family, helper)
        good(await self.move(match, "introduce", {"met_on": days_ago(2), "led_by": str(self.led_by)}))
        return match

    async def active(self, family: Family, helper: Helper, **plan: Any) -> str:
        match = await self.introduced(family, helper)
        await self.tell(plan_agreed(family, helper, **plan))
        good(await self.move(match, "start", {"started_on": days_ago(1)}))
        return match

    async def move(self, match: str, step: str, body: Any = None, caller: Caller | None = None) -> httpx.Response:
        """A step of the match by whoever has read it just now."""
        caller = caller or self.coordinator
        version = (await self.coordinator.get(f"/v1/matches/{match}")).json()["version"]
        return await caller.post(f"/v1/matches/{match}/{step}", body, match=version)

    async def match_of(self, match: str) -> dict[str, Any]:
        return good(await self.coordinator.get(f"/v1/matches/{match}"))

    # Visits

    async def visit(self, match: str, hours_ago: float = 3, caller: Caller | None = None) -> dict[str, Any]:
        path = f"/v1/matches/{match}/visits"
        return good(await (caller or self.coordinator).post(path, visit_body(hours_ago)))

    async def closed(self, match: str, outcome: str = "happened", hours_ago: float = 3) -> dict[str, Any]:
        visit = await self.visit(match, hours_ago)
        path = f"/v1/matches/{match}/visits/{visit['id']}/outcome"
        return good(await self.coordinator.post(path, {"outcome": outcome}, match=visit["version"]))

    async def contact(self, family: Family, match: str, hours_ago: float = 3, **other: Any) -> dict[str, Any]:
        """A visit that happened, with its record."""
        visit = await self.closed(match, hours_ago=hours_ago)
        body = contact_body(family, visit["id"]) | other
        return good(await self.coordinator.post(f"/v1/matches/{match}/contacts", body))
