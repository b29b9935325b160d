"""Proposals over HTTP: gated, explained, the same for the same input, and kept."""

from typing import Any
from uuid import UUID

import orjson

from services.matching.tests.bodies import Family, good, refused, visit_of
from services.matching.tests.factories import Place
from shared.events.referral import AssessmentVisitRecorded
from shared.ids import new_id

_COPY = """
INSERT INTO volunteers SELECT (jsonb_populate_record(t, made)).* FROM volunteers t, jsonb_array_elements($2::jsonb) made
WHERE t.id = $1"""


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


async def crowd_of(here: Place, fit: int, out: int) -> Family:
    """A family among so many who fit and so many men, whom it does not want; all are copies."""
    family = await here.family(requests={"volunteer_gender": "female"})
    for like, count in ((await here.volunteer(), fit - 1), (await here.volunteer(gender="male"), out - 1)):
        rows = [{"id": new_id(), "person_id": None} for _ in range(count)]
        await here.as_worker(_COPY, UUID(like.id), orjson.dumps(rows).decode())
    return family


async def test_a_long_list_is_shown_from_its_beginning_and_goes_on_by_pages(here: Place) -> None:
    family = await crowd_of(here, 52, 3)
    made = await here.propose(family)
    path = f"/v1/match-requests/{family.request}/proposals/{made['id']}"
    assert (made["ranked"], made["excluded"], len(made["candidates"])) == (52, 3, 50)
    assert good(await here.coordinator.get(path)) == made
    whole = good(await here.coordinator.get(f"{path}/candidates", params={"limit": 200}))
    assert [one["place"] for one in whole["items"]] == [*range(1, 53), None, None, None]
    assert (whole["items"][:50], whole["next"]) == (made["candidates"], None)
    rest = good(await here.coordinator.get(f"{path}/candidates", params={"cursor": made["next"]}))
    assert made["candidates"] + rest["items"] == whole["items"]
    page = good(await here.coordinator.get(f"{path}/candidates", params={"limit": 18}))
    pages = page["items"]
    while page["next"]:
        page = good(await here.coordinator.get(f"{path}/candidates", params={"limit": 18, "cursor": page["next"]}))
        pages += page["items"]
    assert pages == whole["items"]


async def test_a_short_list_is_shown_whole_and_has_no_next_page(here: Place) -> None:
    made = await here.propose(await crowd_of(here, 48, 2))
    assert (len(made["candidates"]), made["next"]) == (50, None)
    assert [one["place"] for one in made["candidates"][-3:]] == [48, None, None]


async def test_the_list_of_a_proposal_is_only_the_ranked_only_the_excluded_or_one_volunteer(here: Place) -> None:
    family = await crowd_of(here, 3, 4)
    made = await here.propose(family)
    path = f"/v1/match-requests/{family.request}/proposals/{made['id']}/candidates"

    async def found(**asked: object) -> list[Any]:
        items: list[Any] = good(await here.coordinator.get(path, params=asked))["items"]
        return items

    assert await found(excluded=False) == made["candidates"][:3]
    assert await found(excluded=True) == made["candidates"][3:]
    first = good(await here.coordinator.get(path, params={"excluded": True, "limit": 3}))
    assert first["items"] + await found(excluded=True, cursor=first["next"]) == made["candidates"][3:]
    for one in (made["candidates"][1], made["candidates"][5]):
        assert await found(volunteer=one["volunteer"]) == [one]
        assert await found(volunteer=one["volunteer"], excluded=one["place"] is not None) == []
    assert await found(volunteer=new_id()) == []
    refused(await here.coordinator.get(path, params={"cursor": "x"}), 422, "bad-cursor")


async def test_whoever_looks_at_a_page_of_a_proposal_is_in_the_audit(here: Place) -> None:
    family = await crowd_of(here, 1, 1)
    made = await here.propose(family)
    count = "SELECT count(*) FROM audit_log WHERE entry LIKE $1"
    seen = f"%{made['id']}%"
    before = await here.as_worker(count, seen)
    good(await here.coordinator.get(f"/v1/match-requests/{family.request}/proposals/{made['id']}/candidates"))
    assert (await here.as_worker(count, seen))[0][0] == before[0][0] + 1


async def test_a_proposal_of_another_request_is_not_found(here: Place) -> None:
    family, other = await here.family(), await here.family()
    made = await here.propose(family)
    path = f"/v1/match-requests/{other.request}/proposals/{made['id']}"
    refused(await here.coordinator.get(path), 404, "not-found")
    refused(await here.coordinator.get(f"{path}/candidates"), 404, "not-found")
