"""Steps 1 to 6b: a family is registered and referred; the scheme triages, assesses the risk and decides."""

from dataclasses import replace

from deploy.local.acts import referrals
from deploy.local.acts.households import SYSTEM, Family
from deploy.local.journey.story import LA, SCHEME, Story
from shared.ids import new_id


async def play(story: Story) -> None:
    await register(story)
    await refer(story)
    await triage(story)
    await accept(story)
    await decline_another(story)


async def register(story: Story) -> None:
    """Step 1, with everything that a repeated POST can meet."""
    system, body, key = story.cast.la_system, story.household.body(), str(new_id())
    story.teller.step("1", "LA case system", "registers a family")
    refused = await system.refused(400, "idempotency-key-missing", "/v1/families", body, headers={})
    story.refused("without an Idempotency-Key", refused)
    registered = await system.post("/v1/families", body, key=key)
    story.known.family = Family.of(registered.document)
    again = await system.post("/v1/families", body, key=key)
    if again.document != registered.document or again.headers.get("idempotency-replayed") != "true":
        raise AssertionError("the same request again did not get the same answer")
    story.teller.note("the same request again: the same answer, nothing done twice")
    other = {**body, "languages": ["fr"]}
    reused = await system.refused(
        422, "idempotency-key-reused", "/v1/families", other, headers={"Idempotency-Key": key}
    )
    story.refused("the same key for another request", reused)
    known = await system.refused(409, "already-registered", "/v1/families", body)
    if known["id"] != registered.id:
        raise AssertionError("already-registered does not name the family that is there")
    story.refused("the same external id again", known)
    await story.heard("family.registered", family=registered.id)
    found = await system.get("/v1/families", external_system=SYSTEM, external_id=story.household.reference)
    if [one["id"] for one in found["items"]] != [registered.id]:
        raise AssertionError("the family is not found by its external id")


async def refer(story: Story) -> None:
    """Step 2."""
    system, cast, family = story.cast.la_system, story.cast, story.family
    story.teller.step("2", "LA case system", "refers the family for a volunteer's support")
    whole = referrals.referral_body(family, cast.scheme, story.days, cast.id_of("social_worker"))
    bare = {name: value for name, value in whole.items() if name not in {"lawful_basis", "informed"}}
    referral = await system.post("/v1/referrals", bare)
    story.known.referral = referral.id
    path = f"/v1/referrals/{referral.id}"
    refused = await system.refused_move(409, "lawful-basis-missing", f"{path}/submit")
    story.refused("submitted without a lawful basis", refused)
    theirs = whole | {"scheme": str(cast.strangers_scheme)}
    story.refused(
        "another partnership's family", await cast.stranger.refused(404, "not-found", "/v1/referrals", theirs)
    )
    await system.change("PUT", path, whole)
    await system.move(f"{path}/submit")
    await story.heard("referral.submitted", referral=referral.id)
    await story.heard("referral.submitted", SCHEME, referral=referral.id)


async def triage(story: Story) -> None:
    """Step 3, with what a move can meet."""
    manager, path = story.cast.project_manager, f"/v1/referrals/{story.known.referral}"
    story.teller.step("3", "project manager", "takes it into triage")
    body = {"happened_at": story.days.at(0, hour=14)}
    early = await manager.refused_move(409, "illegal-move", f"{path}/begin-ending")
    if "from" not in early.document or "to" not in early.document:
        raise AssertionError("illegal-move does not name both states")
    story.refused(f"ended before it began ({early['from']} → {early['to']})", early)
    story.refused("without If-Match", await manager.refused(428, "if-match-required", f"{path}/triage", body))
    stale = story.cast.gateway.etags[path]
    await manager.move(f"{path}/triage", body)
    refused = await manager.refused(412, "stale", f"{path}/accept", match=stale)
    story.refused("with the ETag from before", refused)
    await story.heard("referral.triaged", referral=story.known.referral)


async def accept(story: Story) -> None:
    """Steps 4 to 6."""
    cast, referral = story.cast, story.known.referral
    path = f"/v1/referrals/{referral}"
    story.teller.step("4", "project manager", "wants to accept it")
    refused = await cast.project_manager.refused_move(409, "gate-risk-assessment", f"{path}/accept")
    story.refused("no risk assessment yet", refused)
    story.teller.step("5", "coordinator", "assesses the risk, from the papers")
    risk = {"hazards": [], "level": "low", "lone_working": "allowed"}
    refused = await cast.volunteer.refused(403, "forbidden", f"{path}/risk-assessments", risk)
    story.refused("by a volunteer", refused)
    await referrals.assess_risk(cast.coordinator, referral, story.days)
    await story.heard("risk-assessment.completed", referral=referral)
    story.teller.step("6", "project manager", "accepts it")
    await cast.project_manager.move(f"{path}/accept", {"happened_at": story.days.at(1, hour=15)})
    await story.heard("referral.accepted", referral=referral)
    opened = await story.heard("match-request.opened", referral=referral)
    story.known.match_request = opened["data"]["match_request"]
    await story.heard("case.opened", referral=referral)


async def decline_another(story: Story) -> None:
    """Step 6b, with another family."""
    system, cast = story.cast.la_system, story.cast
    story.teller.step("6b", "project manager", "declines another family's referral")
    one_more = story.household.number + 1
    household = replace(story.household, reference=f"{story.household.reference}-b", number=one_more, children=1)
    family = await referrals.register(system, household)
    body = referrals.referral_body(family, cast.scheme, story.days, cast.id_of("social_worker"))
    path = f"/v1/referrals/{(await system.post('/v1/referrals', body)).id}"
    await system.move(f"{path}/submit")
    await story.feeds[SCHEME].until("referral.submitted", referral=path.rpartition("/")[2])
    await cast.project_manager.move(f"{path}/triage")
    story.refused("without a reason", await cast.project_manager.refused_move(422, "validation", f"{path}/decline", {}))
    await cast.project_manager.move(f"{path}/decline", {"reason_code": "no_capacity"})
    await story.heard("referral.declined", LA, family=family.id)
