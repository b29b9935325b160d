"""One volunteer and one family from the first enquiry to the end of the match."""

from services.matching.tests.bodies import contact_body, good
from services.matching.tests.factories import Place
from shared.events import referral as told


async def test_a_family_and_a_volunteer_go_the_whole_way(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.active(family, helper)
    volunteer = here.as_volunteer(helper)
    visit = good(await here.as_volunteer(helper).get(f"/v1/matches/{match}")) and await here.visit(match)
    path = f"/v1/matches/{match}/visits/{visit['id']}/outcome"
    good(await volunteer.post(path, {"outcome": "happened"}, match=visit["version"]))
    contact = good(await volunteer.post(f"/v1/matches/{match}/contacts", contact_body(family, visit["id"])))
    assert contact["position"] == 1
    await here.tell(told.ReferralEnding(family=family.id, referral=family.referral))
    assert (await here.match_of(match))["status"] == "ending"
    await here.tell(told.ReferralConcluded(family=family.id, referral=family.referral, reason_code="completed"))
    assert (await here.match_of(match))["status"] == "ended"
    assert (await here.read(helper))["status"] == "available"
    assert len(await here.events("match.ended")) == 1
