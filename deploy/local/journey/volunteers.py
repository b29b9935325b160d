"""Steps 10 to 12: a volunteer enquires, applies, is trained and cleared."""

from datetime import timedelta

from deploy.local.acts import volunteers
from deploy.local.acts.volunteers import PARTS
from deploy.local.journey.story import SCHEME, Story


async def play(story: Story) -> None:
    await apply(story)
    await induct(story)
    await clear(story)
    await one_more(story)


async def apply(story: Story) -> None:
    """Step 10."""
    cast, number = story.cast, story.household.number
    story.teller.step("10", "intake, coordinator", "a volunteer enquires and applies")
    young = volunteers.volunteer_body(
        number, story.today, organisation=str(cast.scheme), birth_date=(story.today - timedelta(days=6200)).isoformat()
    )
    enquiry = await cast.intake.post("/v1/volunteers", young)
    path = f"/v1/volunteers/{enquiry.id}/apply"
    application = {"role": "lone_home_visitor", "frequency": "weekly_or_more"}
    story.refused(
        "below the role's minimum age",
        await cast.coordinator.refused_move(422, "below-minimum-age", path, application),
    )
    body = volunteers.volunteer_body(number, story.today, organisation=str(cast.scheme))
    volunteer = await cast.intake.post("/v1/volunteers", body)
    story.known.volunteer = volunteer.id
    name = f"{body['given_name']} {body['family_name']}"
    story.known.volunteer_person, story.visitor = await cast.hire(name, ("volunteer",))
    sign_in = {"person": str(story.known.volunteer_person)}
    await cast.coordinator.move(f"/v1/volunteers/{volunteer.id}/sign-in", sign_in)
    await cast.coordinator.move(f"/v1/volunteers/{volunteer.id}/apply", application)
    await story.heard("volunteer.applied", SCHEME, volunteer=volunteer.id)


async def induct(story: Story) -> None:
    """Step 11."""
    trainer, volunteer = story.cast.trainer, story.known.volunteer
    story.teller.step("11", "trainer", "half a day and two days, judged at each")
    story.round_ = await volunteers.plan_induction(trainer, [story.cast.id_of("trainer")], story.day(-40))
    induction = await trainer.post("/v1/inductions", {"volunteer": volunteer})
    path = f"/v1/inductions/{induction.id}"
    await volunteers.attend(trainer, induction.id, story.inductions, PARTS[:2])
    qualified = {"decision": "qualified"}
    refused = await trainer.refused_move(409, "gate-induction-incomplete", f"{path}/decision", qualified)
    story.refused(f"qualified without {', '.join(refused['missing'])}", refused)
    await volunteers.attend(trainer, induction.id, story.inductions, PARTS[2:])
    await trainer.move(f"{path}/decision", qualified)
    await story.heard("volunteer.qualified", SCHEME, volunteer=volunteer)


async def clear(story: Story) -> None:
    """Step 12."""
    coordinator, volunteer = story.cast.coordinator, story.known.volunteer
    story.teller.step("12", "coordinator", "certificate, references, identity, LA check")
    seen_by = story.cast.id_of("coordinator")
    other, _ = await office_helper(story)
    path = f"/v1/volunteers/{other}/clearances"
    body = volunteers.clearance_body(seen_by, story.today)
    refused = await coordinator.refused(409, "disclosure-not-entitled", path, body)
    story.refused("a level above the role's entitlement", refused)
    content = volunteers.clearance_body(seen_by, story.today, content="what the certificate says")
    refused = await coordinator.refused(
        422, "certificate-content-refused", f"/v1/volunteers/{volunteer}/clearances", content
    )
    story.refused("what the certificate says", refused)
    await volunteers.clear(coordinator, volunteer, seen_by, story.today)
    await story.heard("volunteer.cleared", SCHEME, volunteer=volunteer)


async def office_helper(story: Story) -> tuple[str, dict[str, str]]:
    """Somebody who applies for a role that meets no children."""
    cast = story.cast
    body = volunteers.volunteer_body(story.household.number + 5, story.today, organisation=str(cast.scheme))
    enquiry = await cast.intake.post("/v1/volunteers", body)
    application = {"role": "office_helper", "frequency": "occasional"}
    await cast.coordinator.move(f"/v1/volunteers/{enquiry.id}/apply", application)
    return enquiry.id, application


async def one_more(story: Story) -> None:
    """A second volunteer, so that there is somebody to choose between."""
    cast, number = story.cast, story.household.number + 3
    body = volunteers.volunteer_body(number, story.today, organisation=str(cast.scheme))
    volunteer = (await cast.coordinator.post("/v1/volunteers", body)).id
    application = {"role": "lone_home_visitor", "frequency": "weekly_or_more"}
    await cast.coordinator.move(f"/v1/volunteers/{volunteer}/apply", application)
    induction = (await cast.trainer.post("/v1/inductions", {"volunteer": volunteer})).id
    await volunteers.attend(cast.trainer, induction, story.inductions)
    await cast.trainer.move(f"/v1/inductions/{induction}/decision", {"decision": "qualified"})
    await volunteers.clear(cast.coordinator, volunteer, cast.id_of("coordinator"), story.today)
    await story.feeds[SCHEME].until("volunteer.cleared", volunteer=volunteer)
    story.teller.note("a second volunteer goes the same way")
