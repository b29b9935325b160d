"""Who plays in the journey: the people and systems of one partnership, and a stranger from another."""

import asyncio
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from deploy.local.client import Caller, Gateway
from deploy.local.founding import Founded, Plan, System, Worker, found
from shared.ids import new_id

WORKERS: Final = (
    Worker("social_worker", "Sam Social", "la", ("social_worker",)),
    Worker("lead_practitioner", "Lena Lead", "la", ("lead_practitioner",)),
    Worker("la_manager", "Mo Manager", "la", ("la_manager",)),
    Worker("analyst", "Ana Analyst", "la", ("analyst",)),
    Worker("project_manager", "Pat Project", "scheme", ("project_manager",)),
    Worker("coordinator", "Cory Coordinator", "scheme", ("coordinator",)),
    Worker("trainer", "Tarek Trainer", "scheme", ("trainer",)),
    Worker("volunteer", "Vic Volunteer", "scheme", ("volunteer",)),
)
SYSTEMS: Final = (
    System("la_system", "Case system", "la", "partner"),
    System("intake", "Public form", "scheme", "intake"),
)
HOME: Final = Plan(
    name="Journey",
    scheme_name="Volunteers in Child Protection",
    authority="Journey Council",
    organisations={"scheme": ("Journey Volunteers", "scheme")},
    workers=WORKERS,
    systems=SYSTEMS,
)
AWAY: Final = Plan(
    name="Journey's neighbour",
    scheme_name="Volunteers next door",
    authority="Neighbour Council",
    organisations={"scheme": ("Neighbour Volunteers", "scheme")},
    systems=(System("la_system", "Case system", "la", "partner"),),
)


@dataclass(frozen=True, slots=True)
class Cast:
    """Callers by the part that they play."""

    home: Founded
    away: Founded

    @property
    def stranger(self) -> Caller:
        """Another partnership's case system."""
        return self.away.callers["la_system"]

    @property
    def strangers_scheme(self) -> UUID:
        return self.away.organisations["scheme"]

    async def leave(self) -> None:
        """The journey is over."""
        await asyncio.gather(self.home.leave(), self.away.leave())

    @property
    def gateway(self) -> Gateway:
        return self.home.gateway

    @property
    def scheme(self) -> UUID:
        return self.home.organisations["scheme"]

    @property
    def la_system(self) -> Caller:
        return self.home.callers["la_system"]

    @property
    def intake(self) -> Caller:
        return self.home.callers["intake"]

    @property
    def social_worker(self) -> Caller:
        return self.home.callers["social_worker"]

    @property
    def lead_practitioner(self) -> Caller:
        return self.home.callers["lead_practitioner"]

    @property
    def la_manager(self) -> Caller:
        return self.home.callers["la_manager"]

    @property
    def analyst(self) -> Caller:
        return self.home.callers["analyst"]

    @property
    def project_manager(self) -> Caller:
        return self.home.callers["project_manager"]

    @property
    def coordinator(self) -> Caller:
        return self.home.callers["coordinator"]

    @property
    def trainer(self) -> Caller:
        return self.home.callers["trainer"]

    @property
    def volunteer(self) -> Caller:
        """A volunteer who has no part in this family's case."""
        return self.home.callers["volunteer"]

    def id_of(self, part: str) -> UUID:
        """The person who plays this part."""
        return self.home.people[part]

    async def hire(self, name: str, roles: tuple[str, ...]) -> tuple[UUID, Caller]:
        """Somebody new of the scheme, with a sign-in."""
        return await self.home.hire(Worker("volunteer", name, "scheme", roles), f"volunteer-{new_id().hex[-12:]}")


async def assemble(gateway: Gateway, platform: Caller) -> Cast:
    """Everybody, whether they were there before or not. `platform` is the platform's administrator."""
    home, away = await asyncio.gather(found(gateway, platform, HOME), found(gateway, platform, AWAY))
    return Cast(home, away)
