"""What is heard: twice, early, late, of referrals that are not known."""

from services.referral.tests.factories import Partnership, today
from shared import consumer
from shared.events.matching import MatchEnded, MatchIntroduced, MatchStarted
from shared.events.outcomes import PlanStarted
from shared.ids import new_id


async def test_the_first_match_that_starts_makes_the_referral_active_once(here: Partnership) -> None:
    case = await here.accepted()
    for _ in range(2):
        await here.tell(MatchStarted(family=case.family.id, referral=case.id, match=new_id(), volunteer=new_id()))
    assert (await here.reread(case))["status"] == "active"
    assert len(await here.told("referral.activated")) == 1


async def test_a_match_that_starts_after_the_withdrawal_changes_nothing(here: Partnership) -> None:
    case = await here.accepted()
    await here.move(case, "withdraw", here.system, {"reason_code": "mistake"})
    await here.tell(MatchStarted(family=case.family.id, referral=case.id, match=new_id(), volunteer=new_id()))
    assert (await here.reread(case))["status"] == "withdrawn"


async def test_the_same_event_acts_once(here: Partnership) -> None:
    case = await here.accepted()
    person = new_id()
    event = MatchIntroduced(
        family=case.family.id, referral=case.id, match=new_id(), volunteer=new_id(), volunteer_person=person
    )
    envelope = await here.service.tell(event, partnership=here.id)
    revisions = len(await here.told("case-access.changed"))
    await consumer.handle(here.service.parts, here.service.handlers, envelope)
    assert len(await here.told("case-access.changed")) == revisions
    assert (here.scheme, "volunteer", person) in await here.grants(case.family.id)


async def test_news_of_an_unknown_referral_is_kept_and_parks_nothing(here: Partnership) -> None:
    about = {"family": new_id(), "referral": new_id(), "match": new_id(), "volunteer": new_id()}
    await here.tell(MatchIntroduced(**about, volunteer_person=new_id()))
    await here.tell(MatchStarted(**about))
    await here.tell(MatchEnded(**about, reason_code="mistake"))
    await here.tell(
        PlanStarted(family=new_id(), child=new_id(), plan=new_id(), plan_type="cp", started_on=today(), actions=())
    )
    async with here.service.parts.worker.engine.connect() as connection:
        parked = await connection.exec_driver_sql(
            "SELECT count(*) FROM dead_letters WHERE partnership_id = $1", (here.id,)
        )
        assert parked.scalar_one() == 0


async def test_an_early_news_of_a_match_ended_is_not_undone_by_a_late_introduction(here: Partnership) -> None:
    case = await here.accepted()
    person = new_id()
    about = {"family": case.family.id, "referral": case.id, "match": new_id(), "volunteer": new_id()}
    await here.tell(MatchEnded(**about, reason_code="safety", volunteer_person=person))
    await here.tell(MatchIntroduced(**about, volunteer_person=person))
    assert (here.scheme, "volunteer", person) not in await here.grants(case.family.id)
