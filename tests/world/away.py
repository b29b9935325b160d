"""The other partnership: a few things of every kind, so that there is something of others to name."""

from datetime import date, timedelta
from uuid import UUID

from deploy.local.acts import outcomes, referrals, volunteers
from deploy.local.acts.households import Household
from deploy.local.acts.referrals import Days
from deploy.local.cast import Cast
from deploy.local.client import Caller
from deploy.local.founding import Worker
from shared.ids import new_id


async def play(cast: Cast, today: date) -> None:
    """A family that is referred with a child's plan, a volunteer in training, a worker."""
    system, scheme = cast.stranger, cast.strangers_scheme
    days = Days(today - timedelta(days=30))
    family = await referrals.register(system, Household(f"away-{new_id().hex[-8:]}", 7, 1, today))
    lead, _ = await _hire(cast, "lead_practitioner", "la")
    referral = await system.post("/v1/referrals", referrals.referral_body(family, scheme, days, lead))
    await system.move(f"/v1/referrals/{referral.id}/submit")
    child = family.children[0]
    await outcomes.open_episode(system, child, days.received)
    await outcomes.start_plan(system, child, "cin", days.received)
    await outcomes.record_stage(system, child, 3, days.received)
    coordinator_id, coordinator = await _hire(cast, "coordinator", "scheme")
    body = volunteers.volunteer_body(8, today, organisation=str(scheme))
    volunteer = (await coordinator.post("/v1/volunteers", body)).id
    await coordinator.move(f"/v1/volunteers/{volunteer}/apply", {"role": "group_helper", "frequency": "occasional"})
    await coordinator.post("/v1/inductions", {"volunteer": volunteer})
    await volunteers.plan_induction(coordinator, [coordinator_id], days.received)
    allocation = {"family": str(family.id), "person": str(lead), "role": "lead_practitioner"}
    await system.post("/v1/allocations", allocation)


async def _hire(cast: Cast, role: str, organisation: str) -> tuple[UUID, Caller]:
    return await cast.away.hire(Worker(role, f"Away {role}", organisation, (role,)), f"{role}-{new_id().hex[-8:]}")
