"""Proposals over HTTP: gated, explained, the same for the same input, and kept."""

from services.matching.tests.bodies import good, refused, visit_of
from services.matching.tests.factories import Place
from shared.events.referral import AssessmentVisitRecorded


async def test_before_the_assessment_visit_nobody_is_proposed(here: Place) -> None:
    family = await here.family(visited=False)
    path = f"/v1/match-requests/{family.request}/proposals"
    answer = await here.coordinator.post(path)
    problem = refused(answer, 409, "gate-assessment-visit")
    assert problem["waiting_for"] == [AssessmentVisitRecorded.TYPE]
    assert answer.headers["retry-after"] == "1"
    await here.tell(visit_of(family))
    good(await here.coordinator.post(path))


async def test_a_refusal_of_the_gate_is_not_kept_under_the_key(here: Place) -> None:
    family = await here.family(visited=False)
    path, key = f"/v1/match-requests/{family.request}/proposals", {"Idempotency-Key": "the same"}
    refused(await here.coordinator.post(path, headers=key), 409, "gate-assessment-visit")
    await here.tell(visit_of(family))
    first = good(await here.coordinator.post(path, headers=key))
    again = await here.coordinator.post(path, headers=key)
    assert again.json() == first
    assert again.headers["idempotency-replayed"] == "true"


async def test_every_volunteer_is_placed_with_points_or_excluded_with_a_reason(here: Place) -> None:
    family = await here.family(
        requests={"volunteer_gender": "female", "skills": ["cooking"]}, languages=["en", "bn"], outcode="SS1"
    )
    cook = await here.volunteer(skills=["cooking"], languages=["bn"])
    other = await here.volunteer(outcode="SS17")
    man = await here.volunteer(gender="male")
    newcomer = await here.applicant()
    gone = await here.volunteer()
    good(await here.coordinator.post(f"/v1/volunteers/{gone.id}/leave", {"reason_code": "x"}, match=gone.version))
    candidates = (await here.propose(family))["candidates"]
    assert [one["volunteer"] for one in candidates[:2]] == [cook.id, other.id]
    assert [one["place"] for one in candidates] == [1, 2, None, None]
    first = {part["factor"]: part for part in candidates[0]["contributions"]}
    assert first["skills"]["points"] == first["skills"]["weight"]
    assert first["ethnicity"]["why"] == "not-counted-without-the-family's-wish"
    assert candidates[0]["score"] == sum(part["points"] for part in candidates[0]["contributions"])
    reasons = {one["volunteer"]: one["excluded_by"] for one in candidates[2:]}
    assert reasons[man.id] == ["gender-not-as-requested"]
    assert "not-available" in reasons[newcomer.id]
    assert "clearance-not-current" in reasons[newcomer.id]


async def test_the_same_input_gives_the_same_answer_and_another_does_not(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    await here.volunteer()
    first, again = await here.propose(family), await here.propose(family)
    assert first["id"] != again["id"]
    assert (first["input_hash"], first["candidates"]) == (again["input_hash"], again["candidates"])
    profile = {"skills": ["cooking"], "outcode": "SS2"}
    good(await here.coordinator.post(f"/v1/volunteers/{helper.id}/profile", profile, match=helper.version))
    assert (await here.propose(family))["input_hash"] != first["input_hash"]


async def test_ethnicity_counts_only_where_the_family_wishes_it(here: Place) -> None:
    await here.volunteer(ethnicity="BAFR")
    silent = await here.family(ethnicity="BAFR")
    wishing = await here.family(ethnicity="BAFR", ethnicity_may_count=True)
    points = []
    for family in (silent, wishing):
        parts = (await here.propose(family))["candidates"][0]["contributions"]
        points.append(next(part["points"] for part in parts if part["factor"] == "ethnicity"))
    assert points[0] == 0 < points[1]


async def test_whoever_is_known_to_the_family_is_excluded(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    path = f"/v1/volunteers/{helper.id}/conflicts"
    body = {"family": str(family.id), "kind": "known_to_family"}
    good(await here.coordinator.post(path, body))
    refused(await here.coordinator.post(path, body), 409, "already-noted")
    assert (await here.propose(family))["candidates"][0]["excluded_by"] == ["known-to-family"]
    assert (await here.propose(await here.family()))["candidates"][0]["excluded_by"] == []
    assert [one["family"] for one in (await here.coordinator.get(path)).json()] == [str(family.id)]


async def test_a_role_that_visits_no_families_is_never_proposed(here: Place) -> None:
    helper = await here.applicant(role="group_helper")
    candidates = (await here.propose(await here.family()))["candidates"]
    assert candidates[0]["volunteer"] == helper.id
    assert "role-without-families" in candidates[0]["excluded_by"]


async def test_proposals_are_kept_as_they_were_made(here: Place) -> None:
    family = await here.family()
    await here.volunteer()
    made = [await here.propose(family) for _ in range(2)]
    await here.volunteer()
    path = f"/v1/match-requests/{family.request}/proposals"
    assert good(await here.coordinator.get(f"{path}/{made[0]['id']}")) == made[0]
    first = (await here.coordinator.get(path, params={"limit": 1})).json()
    rest = (await here.coordinator.get(path, params={"limit": 1, "cursor": first["next"]})).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == [made[1]["id"], made[0]["id"]]


async def test_a_proposal_of_another_request_is_not_found(here: Place) -> None:
    family, other = await here.family(), await here.family()
    made = await here.propose(family)
    refused(await here.coordinator.get(f"/v1/match-requests/{other.request}/proposals/{made['id']}"), 404, "not-found")
