"""R4's first race: several families at once want the last place of one volunteer; one of them may have it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from deploy.local.acts import referrals, volunteers
from deploy.local.acts.referrals import Days
from deploy.local.client import Answer, Caller
from shared.calendar import civil_date
from shared.tests.house import until
from tests.campaign.cast import House
from tests.campaign.client import RefusedError
from tests.campaign.findings import Code, Finding
from tests.campaign.load import APPLICATION, RISK, submitted_referral

SUITORS: Final = 5
_KINDS: Final[Mapping[str, str]] = {"/v1/programmes": "programme", "/v1/inductions": "induction"}
_WEEKS: Final = 26
# How long workers may take to hear of something: no promise, only an end of waiting on a crowded machine.
_HEARD_SECONDS: Final = 90


class _Accounted(Caller):
    """The acts of the demonstration, with every write on the house's account."""

    def __init__(self, house: House) -> None:
        self._client = house.scheme
        super().__init__(house.scheme.caller.gateway, house.scheme.caller.name, house.scheme.caller.login)

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        said = await self._client.write(_KINDS.get(path, "step"), path, body, key=key)
        return Answer(said.status, said.document, {})


@dataclass(frozen=True, slots=True)
class Place:
    """A volunteer with room for one family, and the requests of families that each want them."""

    house: House
    volunteer: UUID
    requests: Sequence[UUID]
    today: date


async def prepared(house: House) -> Place:
    """Somebody trained and cleared, and families who have been visited and offered them."""
    today = civil_date(datetime.now(UTC))
    preparing = asyncio.create_task(_ready_volunteer(house, today))
    asked = await asyncio.gather(*(_visited(house, today) for _ in range(SUITORS)))
    volunteer = await preparing
    for request in asked:
        await house.scheme.write("step", f"/v1/match-requests/{request}/proposals")
    return Place(house, volunteer, asked, today)


async def last_place(place: Place) -> list[Finding]:
    """All want it at once; whoever got it gives it back."""
    won = [one for one in await asyncio.gather(*(_match(place, one) for one in place.requests)) if one]
    if len(won) != 1:
        return [Finding(Code.RACE_LOST, "matching", f"{len(won)} have the last place of {place.volunteer}")]
    await place.house.scheme.write("cancel", f"/v1/matches/{won[0]}/cancel", {"reason_code": "mistake"}, match="*")
    return []


async def _match(place: Place, request: UUID) -> UUID | None:
    body = {
        "match_request": str(request),
        "volunteer": str(place.volunteer),
        "planned_from": place.today.isoformat(),
        "planned_length_weeks": _WEEKS,
        "review_on": (place.today + timedelta(weeks=12)).isoformat(),
    }
    try:
        return (await place.house.scheme.write("match", "/v1/matches", body)).id
    except RefusedError:
        return None


async def _ready_volunteer(house: House, today: date) -> UUID:
    scheme, staff = house.scheme, _Accounted(house)
    made = await scheme.write("volunteer", "/v1/volunteers", volunteers.volunteer_body(1, today))
    await scheme.write("apply", f"/v1/volunteers/{made.id}/apply", APPLICATION, match=made.etag)
    round_ = await volunteers.plan_induction(staff, [house.worker], today - timedelta(days=40))
    induction = (await staff.post("/v1/inductions", {"volunteer": str(made.id)})).id
    await volunteers.attend(staff, induction, round_)
    await scheme.write("step", f"/v1/inductions/{induction}/decision", {"decision": "qualified"}, match="*")
    await volunteers.clear(staff, str(made.id), house.worker, today)

    async def is_available() -> bool:
        return bool((await scheme.read(f"/v1/volunteers/{made.id}")).document["status"] == "available")

    await until(is_available, _HEARD_SECONDS)
    return made.id


async def _visited(house: House, today: date) -> UUID:
    """A family whose referral is accepted and whose home has been visited; its request for a volunteer."""
    scheme, (_, referred) = house.scheme, await submitted_referral(house)
    path = f"/v1/referrals/{referred.id}"
    await scheme.write("triage", f"{path}/triage", match=referred.etag)
    await scheme.write("risk", f"{path}/risk-assessments", RISK)
    await scheme.write("accept", f"{path}/accept", match="*")
    visit = referrals.visit_body(Days(today), house.worker, 0)
    await scheme.write("risk", f"{path}/assessment-visit", visit, names="risk_assessment")
    found: list[str] = []

    async def is_open() -> bool:
        answer = await scheme.read(f"/v1/match-requests?referral={referred.id}")
        found.extend(one["id"] for one in answer.document["items"])
        return bool(found)

    await until(is_open, _HEARD_SECONDS)
    return UUID(found[0])
