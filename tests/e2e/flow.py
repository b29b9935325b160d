"""Families that are referred up to their acceptance, and what has to have been heard of each afterwards: once."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Final, Self
from uuid import UUID

from deploy.local.acts import referrals
from deploy.local.acts.households import Household
from deploy.local.acts.referrals import Days
from deploy.local.client import Gateway
from deploy.local.demo_identity import DemoIdentity
from deploy.local.feed import Feed
from shared.calendar import civil_date
from shared.ids import new_id

# Said by referral, by matching and by outcomes.
EVENTS: Final = (
    "circle.family.registered.v1",
    "circle.referral.submitted.v1",
    "circle.referral.triaged.v1",
    "circle.risk-assessment.completed.v1",
    "circle.referral.accepted.v1",
    "circle.match-request.opened.v1",
    "circle.case.opened.v1",
)
AT_ONCE: Final = 3


class Heard(Counter[tuple[str, int]]):
    """Of each type of event: in how many families it was heard how often."""

    @classmethod
    def once_each(cls, families: int) -> Self:
        return cls({(kind, 1): families for kind in EVENTS})

    @classmethod
    def nothing(cls) -> Self:
        return cls()


class Flow:
    """One lot of families."""

    def __init__(self, gateway: Gateway, identity: DemoIdentity, name: str) -> None:
        self.name = f"{name}-{new_id().hex[-8:]}"
        self.identity = identity
        self.system = gateway.caller("la_system", identity.clients["la_system"].login)
        self.manager = gateway.caller("project_manager", identity.people["project_manager"].login)
        self.coordinator = gateway.caller("coordinator", identity.people["coordinator"].login)
        self.feed = Feed(self.system)
        self.half_done = asyncio.Event()
        self.families: list[str] = []

    async def begin(self) -> None:
        await self.feed.begin()

    async def play(self, count: int) -> None:
        """All of them, a few at a time; `half_done` is set in the middle."""
        few = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> None:
            async with few:
                await self._family(number)
                if len(self.families) >= count // 2:
                    self.half_done.set()

        await asyncio.gather(*(one(number) for number in range(count)))

    async def _family(self, number: int) -> None:
        today = civil_date(datetime.now(UTC))
        household = Household(f"{self.name}-{number}", number, 2, today)
        family = await referrals.register(self.system, household)
        scheme = UUID(self.identity.organisations["scheme"])
        worker = UUID(self.identity.people["social_worker"].person)
        body = referrals.referral_body(family, scheme, Days(today), worker)
        del body["received_at"]
        referral = (await self.system.post("/v1/referrals", body)).id
        path = f"/v1/referrals/{referral}"
        await self.system.move(f"{path}/submit")
        self.families.append(str(family.id))
        await self.manager.move(f"{path}/triage")
        risk = {"level": "low", "lone_working": "allowed"}
        await self.coordinator.post(f"{path}/risk-assessments", risk)
        await self.manager.move(f"{path}/accept")

    async def heard(self, *, now: bool = False) -> Heard:
        """What the authority's feed says; unless `now`, after the last event of every family has arrived."""
        if not now:
            for family in self.families:
                for kind in EVENTS:
                    await self.feed.until(kind, seconds=90, family=family)
        await self.feed.catch_up()
        of = Counter((event["type"], event["data"].get("family")) for event in self.feed.seen)
        return Heard((kind, of[kind, one]) for kind in EVENTS for one in self.families if of[kind, one])

    async def require_no_double(self) -> None:
        """One family, one referral, one request each, and no event id twice."""
        ids = [event["id"] for event in self.feed.seen]
        assert len(ids) == len(set(ids))
        assert len(set(self.families)) == len(self.families)
        listed = [one["family"] for one in await self._all("/v1/referrals")]
        requests = [one["family"] for one in await self._all("/v1/match-requests")]
        assert Counter(one for one in listed if one in self.families) == Counter(self.families)
        assert Counter(one for one in requests if one in self.families) == Counter(self.families)

    async def _all(self, path: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        query: dict[str, object] = {"limit": 200}
        while True:
            page = await self.coordinator.get(path, **query)
            found += page["items"]
            if not page["next"]:
                return found
            query["cursor"] = page["next"]
