"""A proposal made again from what was kept of it, long after everything has changed."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest

from services.matching.tests.bodies import Family, Helper, good, match_body, refused
from services.matching.tests.factories import Place
from shared.crypto import Subject
from shared.events.referral import SubjectErased
from shared.ids import new_id

MON = [{"weekday": "mon", "part": "morning"}]
WISHES: dict[str, Any] = {
    "ethnicity": "BAFR",
    "ethnicity_may_count": True,
    "requests": {
        "age_from": 30,
        "faith": "muslim",
        "faith_may_count": True,
        "availability": MON,
        "skills": ["cooking"],
    },
}


async def again(here: Place, family: Family, proposal: dict[str, Any]) -> dict[str, Any]:
    path = f"/v1/match-requests/{family.request}/proposals/{proposal['id']}/recomputation"
    return good(await here.coordinator.get(path))


async def crowd(here: Place) -> list[Any]:
    return [
        await here.volunteer(ethnicity="BAFR", faith="muslim", availability=MON, skills=["cooking"]),
        await here.volunteer(ethnicity="WBRI", availability=MON),
        await here.volunteer(),
    ]


async def test_a_proposal_comes_out_the_same_after_everything_has_changed(here: Place) -> None:
    family, helpers = await here.family(**WISHES), await crowd(here)
    made = await here.propose(family)
    assert made["candidates"][0]["score"] > made["candidates"][1]["score"]
    for helper in helpers:
        profile = {"outcode": "SS17", "skills": ["gardening"], "capacity": 2}
        good(await here.coordinator.post(f"/v1/volunteers/{helper.id}/profile", profile, match=helper.version))
    policy = {"version": 1, "policy": {"near_metres": 1_500}, "reason": "Something else."}
    good(await here.project_manager.post("/v1/matching-policies", policy))
    await here.volunteer()
    assert (await again(here, family, made))["outcome"] == "same"
    assert (await here.propose(family))["input_hash"] != made["input_hash"]


async def test_of_an_erased_volunteer_the_inputs_read_erased_and_nobody_is_proposed(here: Place) -> None:
    family, helpers = await here.family(**WISHES), await crowd(here)
    made = await here.propose(family)
    event = SubjectErased(family=family.id, subject=UUID(helpers[0].id), subject_kind="person")
    await here.tell(event)
    found = await again(here, family, made)
    assert (found["outcome"], found["erased_volunteers"]) == ("inputs-erased", 1)
    shown = good(await here.coordinator.get(f"/v1/match-requests/{family.request}/proposals/{made['id']}"))
    erased, *others = shown["candidates"]
    assert (erased["volunteer"], erased["place"], erased["inputs_erased"]) == (helpers[0].id, 1, True)
    assert (erased["score"], erased["contributions"]) == (0, [])
    assert others == made["candidates"][1:]
    left = [one["volunteer"] for one in (await here.propose(family))["candidates"]]
    assert sorted(left) == sorted(helper.id for helper in helpers[1:])


async def test_of_an_erased_case_everything_reads_erased(here: Place) -> None:
    family, _ = await here.family(**WISHES), await crowd(here)
    made = await here.propose(family)
    await here.tell(SubjectErased(family=family.id, subject=family.id, subject_kind="case"))
    found = await again(here, family, made)
    assert (found["outcome"], found["erased_volunteers"]) == ("inputs-erased", None)


@pytest.mark.parametrize("what", ["volunteer_inputs", "proposals"])
async def test_nothing_personal_is_legible_in_what_is_kept(here: Place, what: str) -> None:
    family, _ = await here.family(**WISHES), await crowd(here)
    await here.propose(family)
    rows = await here.as_worker(f"SELECT {what}::text FROM {what}")  # noqa: S608 - one of the two above
    assert rows
    assert not any("BAFR" in row[0] or "muslim" in row[0] or "cooking" in row[0] for row in rows)


async def copied(here: Place, like: Helper) -> UUID:
    """A volunteer as they were kept before there were inputs: their own key, none of theirs."""
    volunteer = new_id()
    cipher = await here.service.parts.vault.cipher(here.partnership, Subject.person(volunteer))
    born = cipher.seal("volunteers.birth_date", "1970-01-01").hex()
    traits = {"id": volunteer, "person_id": None, "inputs_number": 0, "birth_date": f"\\x{born}"}
    sql = "INSERT INTO volunteers SELECT (jsonb_populate_record(t, $2::jsonb)).* FROM volunteers t WHERE t.id = $1"
    await here.as_worker(sql, UUID(like.id), orjson.dumps(traits).decode())
    return volunteer


async def test_who_was_registered_before_inputs_were_kept_is_kept_by_the_next_proposal(here: Place) -> None:
    family, helper = await here.family(requests={"age_from": 30}), await here.volunteer()
    former = await copied(here, helper)
    made = await here.propose(family)
    assert {one["volunteer"] for one in made["candidates"]} == {helper.id, str(former)}
    assert (await again(here, family, made))["outcome"] == "same"
    numbers = await here.as_worker("SELECT inputs_number FROM volunteers WHERE id = $1", former)
    assert numbers == [(1,)]
    assert (await here.propose(family))["input_hash"] == made["input_hash"]


async def again_as(here: Place, family: Family, made: dict[str, Any], **other: Any) -> dict[str, Any]:
    """A copy of the proposal with something else in it, made again."""
    row = {"id": new_id(), "made_at": datetime.now(UTC)} | other
    sql = "INSERT INTO proposals SELECT (jsonb_populate_record(t, $2::jsonb)).* FROM proposals t WHERE t.id = $1"
    await here.as_worker(sql, UUID(made["id"]), orjson.dumps(row).decode())
    return await again(here, family, {"id": row["id"]})


async def test_a_proposal_that_says_anything_else_is_not_the_same(here: Place) -> None:
    family, _ = await here.family(**WISHES), await crowd(here)
    made = await here.propose(family)
    first, second, _ = [one["volunteer"] for one in made["candidates"]]
    assert (await again_as(here, family, made))["outcome"] == "same"
    assert (await again_as(here, family, made, ranked=[second, first]))["outcome"] == "different"
    assert (await again_as(here, family, made, input_hash="0" * 64))["outcome"] == "different"
    other = (await again_as(here, family, made, weights_version="2027-01"))["outcome"]
    assert other == "made-by-other-code"


async def test_a_proposal_from_before_inputs_were_kept_is_shown_and_says_so(here: Place) -> None:
    family, man = await here.family(requests={"volunteer_gender": "female"}), await here.volunteer(gender="male")
    made = await here.propose(family)
    candidate = {"volunteer": man.id, "place": None, "score": 0, "contributions": [], "excluded_by": ["too-far"]}
    cipher = await here.service.parts.vault.cipher(here.partnership, Subject.case(family.id))
    old = {
        "id": new_id(),
        "made_at": datetime.now(UTC),
        "weights_version": "2026-11",
        "inputs": None,
        "result": "\\x" + cipher.seal("proposals.result", orjson.dumps([candidate]).decode()).hex(),
    }
    sql = "INSERT INTO proposals SELECT (jsonb_populate_record(t, $2::jsonb)).* FROM proposals t WHERE t.id = $1"
    await here.as_worker(sql, UUID(made["id"]), orjson.dumps(old).decode())
    path = f"/v1/match-requests/{family.request}/proposals/{old['id']}"
    shown = good(await here.coordinator.get(path))
    assert (shown["candidates"][0]["excluded_by"], shown["asks"], shown["near_misses"]) == (["too-far"], [], [])
    assert good(await here.coordinator.get(f"{path}/recomputation"))["outcome"] == "inputs-not-kept"
    body = match_body(family, man, override_reason="He is the right one.")
    refused(await here.project_manager.post("/v1/matches", body), 409, "volunteer-excluded")
