"""What the clients do: flows through the gateway whose writes cross the services, bounded in number and in width."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from typing import Final

from deploy.local.acts import referrals, volunteers
from deploy.local.acts.households import Family, Household
from deploy.local.acts.referrals import Days
from shared.calendar import civil_date
from shared.ids import new_id
from tests.campaign.cast import House
from tests.campaign.client import GivenUpError, Said

RISK: Final = {"level": "low", "lone_working": "allowed"}
APPLICATION: Final = {"role": "lone_home_visitor", "frequency": "weekly_or_more"}
_NUMBERS: Final = count()
Flow = Callable[[House], Awaitable[object]]


async def referral(house: House) -> Family:
    """A family is registered and referred, the referral accepted: matching and outcomes follow."""
    made, submitted = await submitted_referral(house)
    path = f"/v1/referrals/{submitted.id}"
    await house.scheme.write("triage", f"{path}/triage", match=submitted.etag)
    await house.scheme.write("risk", f"{path}/risk-assessments", RISK)
    await house.scheme.write("accept", f"{path}/accept", match="*")
    return made


async def family(house: House) -> Family:
    """A family is registered: the relay has something to tell, and whoever decides by case something to hear."""
    household = Household(new_id().hex, next(_NUMBERS), 1, civil_date(datetime.now(UTC)))
    return Family.of((await house.system.write("family", "/v1/families", household.body())).document)


async def submitted_referral(house: House) -> tuple[Family, Said]:
    """A family is registered and referred."""
    made = await family(house)
    body = referrals.referral_body(made, house.scheme_id, Days(civil_date(datetime.now(UTC))), house.worker)
    del body["received_at"]
    drafted = await house.system.write("referral", "/v1/referrals", body)
    return made, await house.system.write("submit", f"/v1/referrals/{drafted.id}/submit", match=drafted.etag)


async def concern(house: House) -> None:
    """A concern: urgent, on its own."""
    await house.scheme.write("concern", "/v1/concerns", {"text": f"A worry, number {next(_NUMBERS)}."})


async def programme(house: House) -> None:
    """A write of the training service that nobody hears of."""
    await house.scheme.write("programme", "/v1/programmes", {"title": f"Programme {new_id()}"})


async def enquiry(house: House) -> Said:
    """Somebody enquires: a write of the matching service that nobody hears of yet."""
    body = volunteers.volunteer_body(next(_NUMBERS), civil_date(datetime.now(UTC)))
    return await house.scheme.write("volunteer", "/v1/volunteers", body)


async def volunteer(house: House) -> None:
    """Somebody enquires, applies and begins the induction: training and matching hear of each other."""
    made = await enquiry(house)
    await house.scheme.write("apply", f"/v1/volunteers/{made.id}/apply", APPLICATION, match=made.etag)
    # Refused with `waiting_for` until training has heard of the application.
    await house.scheme.write("induction", "/v1/inductions", {"volunteer": str(made.id)})


async def look(house: House) -> None:
    """A house reads its lists, and one resource of any house: the judge knows what it may have been shown."""
    for client, kind, path in (
        (house.system, "referral", "/v1/referrals"),
        (house.scheme, "volunteer", "/v1/volunteers"),
    ):
        await client.look(path)
        if known := client.line.known[kind]:
            await client.look(path, known[next(_NUMBERS) % len(known)])


MIX: Final[Sequence[Flow]] = (referral, referral, volunteer, concern, programme, look)


class Load:
    """So many workers on these houses; each does one flow after the other until told to stop, or until the count."""

    def __init__(self, houses: Sequence[House], seed: int, width: int = 4, mix: Sequence[Flow] = MIX) -> None:
        self.houses = houses
        self.flows = 0
        self._mix = mix
        self._chance = random.Random(seed)
        self._stopped = asyncio.Event()
        self._width = width

    async def run(self, flows: int | None = None) -> None:
        """Until `stop`, or until so many flows are done."""
        left: Iterator[int] = iter(range(flows)) if flows is not None else count()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._width):
                group.create_task(self._work(left))

    def stop(self) -> None:
        """Let every worker end its flow."""
        self._stopped.set()

    async def _work(self, left: Iterator[int]) -> None:
        for _ in left:
            if self._stopped.is_set():
                return
            with suppress(GivenUpError):
                await self._chance.choice(self._mix)(self._chance.choice(self.houses))
            self.flows += 1
