"""What everybody in the demonstration shares: callers, volunteers, what is there already."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from deploy.local.acts.volunteers import Induction
from deploy.local.client import Caller, Gateway
from deploy.local.demo_identity import DemoIdentity
from deploy.local.feed import Feed
from deploy.local.founding import Founded, Plan, Worker

MAIL_DOMAIN = "demo.example"


@dataclass
class Seat:
    """A volunteer with a sign-in, which is made when somebody first needs it."""

    number: int
    volunteer: str = ""
    person: UUID | None = None
    caller: Caller | None = None


@dataclass
class Scene:
    """The partnership Southend while it is played."""

    gateway: Gateway
    identity: DemoIdentity
    today: date
    callers: dict[str, Caller] = field(default_factory=dict)
    seats: list[Seat] = field(default_factory=list)
    referrals: dict[str, dict[str, Any]] = field(default_factory=dict)
    round_: Induction | None = None

    def as_(self, key: str) -> Caller:
        """Somebody of the demonstration, by key."""
        if key not in self.callers:
            known = self.identity.clients.get(key) or self.identity.people[key]
            self.callers[key] = self.gateway.caller(key, known.login)
        return self.callers[key]

    def person(self, key: str) -> UUID:
        return UUID(self.identity.people[key].person)

    @cached_property
    def feed(self) -> Feed:
        """What the scheme hears."""
        return Feed(self.as_("coordinator"))

    @property
    def scheme(self) -> UUID:
        return UUID(self.identity.organisations["scheme"])

    @property
    def founded(self) -> Founded:
        """For hiring more people than the identity knows."""
        plan = Plan("Southend", "", "", mail_domain=MAIL_DOMAIN)
        return Founded(self.gateway, plan, self.as_("administration"), organisations={"scheme": self.scheme})

    async def sign_in(self, seat: Seat) -> Caller:
        """The seat's volunteer, signed in."""
        if seat.caller is None:
            worker = Worker("volunteer", f"Volunteer {seat.number}", "scheme", ("volunteer",))
            seat.person, seat.caller = await self.founded.hire(worker, f"demo-volunteer-{seat.number}")
        return seat.caller


async def items(caller: Caller, path: str, **query: Any) -> Sequence[dict[str, Any]]:
    """Everything that a list holds, page by page."""
    found: list[dict[str, Any]] = []
    wanted = {"limit": 200, **query}
    while True:
        page = await caller.get(path, **wanted)
        found += page["items"]
        if not page["next"]:
            return found
        wanted["cursor"] = page["next"]
