"""A second family that waits for a volunteer at the same time, and then needs none."""

from dataclasses import dataclass, replace

from deploy.local.acts import referrals
from deploy.local.acts.households import Family
from deploy.local.journey.story import LA, SCHEME, Story


@dataclass(frozen=True, slots=True)
class Rival:
    """The other family, by ids."""

    family: Family
    referral: str
    match_request: str


async def make(story: Story, letter: str = "c", ahead: int = 2) -> Rival:
    """Referred, accepted and visited, as quickly as the gates allow; told from other families by letter and number."""
    cast, days = story.cast, story.days
    one = replace(
        story.household, reference=f"{story.household.reference}-{letter}", number=story.household.number + ahead
    )
    family = await referrals.register(cast.la_system, one)
    body = referrals.referral_body(family, cast.scheme, days, cast.id_of("social_worker"))
    referral = (await cast.la_system.post("/v1/referrals", body)).id
    path = f"/v1/referrals/{referral}"
    await cast.la_system.move(f"{path}/submit")
    await cast.project_manager.move(f"{path}/triage")
    await referrals.assess_risk(cast.coordinator, referral, days)
    await cast.project_manager.move(f"{path}/accept", {"happened_at": days.at(1, hour=16)})
    opened = await story.feeds[SCHEME].until("match-request.opened", referral=referral)
    visit = referrals.visit_body(days, cast.id_of("coordinator"), 5)
    await cast.coordinator.post(f"{path}/assessment-visit", visit)
    request = opened["data"]["match_request"]
    await cast.coordinator.post(f"/v1/match-requests/{request}/proposals")
    return Rival(family, referral, request)


async def withdraw(story: Story, rival: Rival) -> None:
    """The family needs nobody any more; its request closes."""
    path = f"/v1/referrals/{rival.referral}/withdraw"
    await story.cast.project_manager.move(path, {"reason_code": "family_declined"})
    await story.heard("referral.withdrawn", LA, referral=rival.referral)
    await story.heard("match-request.closed", SCHEME, referral=rival.referral)
