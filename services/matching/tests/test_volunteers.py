"""A volunteer's course over HTTP: enquiry, application, training, break, suspension, leaving."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.matching.tests.bodies import TODAY, days_ago, good, refused, volunteer_body
from services.matching.tests.factories import Place
from shared.auth import Role
from shared.events import training
from shared.ids import new_id

REASON = {"reason_code": "own_wish"}


def born(years: int, days: int = 0) -> str:
    return (TODAY.replace(year=TODAY.year - years) + timedelta(days=days)).isoformat()


async def test_an_intake_client_takes_down_an_enquiry_and_sees_nothing_else(here: Place) -> None:
    intake = here.caller(Role.INTAKE)
    answer = good(await intake.post("/v1/volunteers", volunteer_body()))
    assert set(answer) == {"id", "version", "status"}
    assert answer["status"] == "enquired"
    refused(await intake.get(f"/v1/volunteers/{answer['id']}"), 403, "forbidden")
    refused(await intake.get("/v1/volunteers"), 403, "forbidden")


async def test_what_was_entered_is_shown_to_the_coordinator(here: Place) -> None:
    body = volunteer_body(
        ethnicity="BAFR",
        skills=["cooking"],
        availability=[{"weekday": "wed", "part": "morning"}, {"weekday": "mon", "part": "evening"}],
        outcode="ss9",
        external_id={"system": "crm", "id": "V-7"},
    )
    created = good(await here.coordinator.post("/v1/volunteers", body))
    shown = good(await here.coordinator.get(f"/v1/volunteers/{created['id']}"))
    for name in ("given_name", "family_name", "birth_date", "ethnicity", "skills", "external_id"):
        assert shown[name] == body[name]
    assert shown["contact"]["email"] == "amina@example.org"
    assert shown["outcode"] == "SS9"
    assert sorted(slot["weekday"] for slot in shown["availability"]) == ["mon", "wed"]


async def test_a_trainer_sees_neither_birth_date_nor_contact_nor_ethnicity(here: Place) -> None:
    helper = await here.enquirer(ethnicity="WBRI")
    shown = good(await here.caller(Role.TRAINER).get(f"/v1/volunteers/{helper.id}"))
    assert shown["given_name"] == "Amina"
    assert [shown["birth_date"], shown["contact"], shown["ethnicity"]] == [None, None, None]


async def test_names_are_nowhere_in_the_table(here: Place) -> None:
    helper = await here.enquirer(given_name="Unmistakable")
    rows = await here.as_worker("SELECT volunteers::text FROM volunteers WHERE id = $1", UUID(helper.id))
    row = rows[0][0]
    assert "Unmistakable" not in row
    assert "1980-02-29" not in row


async def test_the_same_external_id_twice_is_refused_with_the_existing_id(here: Place) -> None:
    body = volunteer_body(external_id={"system": "crm", "id": "V-7"})
    first = good(await here.coordinator.post("/v1/volunteers", body))
    problem = refused(await here.coordinator.post("/v1/volunteers", body), 409, "already-registered")
    assert problem["id"] == first["id"]
    found = await here.coordinator.get("/v1/volunteers", params={"external_system": "crm", "external_id": "V-7"})
    assert [one["id"] for one in found.json()["items"]] == [first["id"]]


async def test_one_person_is_one_volunteer(here: Place) -> None:
    helper, other = await here.enquirer(), await here.enquirer()
    path = f"/v1/volunteers/{other.id}/sign-in"
    refused(
        await here.coordinator.post(path, {"person": str(helper.person)}, match=other.version),
        409,
        "already-registered",
    )
    person = new_id()
    shown = good(await here.coordinator.post(path, {"person": str(person)}, match=other.version))
    assert shown["person"] == str(person)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"outcode": "ZZ99"}, "/outcode"),
        ({"gender": "x"}, "/gender"),
        ({"capacity": "1"}, "/capacity"),
        ({"capacity": 6}, "/capacity"),
        ({"ethnicity": "british"}, "/ethnicity"),
        ({"skills": ["Has Blanks"]}, "/skills/0"),
        ({"birth_date": (TODAY + timedelta(days=1)).isoformat()}, "/birth_date"),
        ({"criminal_record": "none"}, "/criminal_record"),
    ],
)
async def test_a_malformed_enquiry_is_refused_at_its_place(here: Place, wrong: dict[str, object], pointer: str) -> None:
    problem = refused(await here.coordinator.post("/v1/volunteers", volunteer_body(**wrong)), 422, "validation")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert "British" not in str(problem)


async def test_a_day_below_the_minimum_age_is_refused_and_the_birthday_is_not(here: Place) -> None:
    young = await here.enquirer(birth_date=born(18, 1))
    path = f"/v1/volunteers/{young.id}/apply"
    refused(await here.coordinator.post(path, {}, match=young.version), 422, "below-minimum-age")
    assert (await here.read(young))["status"] == "enquired"
    of_age = await here.enquirer(birth_date=born(18))
    answer = await here.coordinator.post(f"/v1/volunteers/{of_age.id}/apply", {}, match=of_age.version)
    assert good(answer)["status"] == "applied"
    assert len(await here.events("volunteer.applied")) == 1


async def test_sixteen_is_enough_for_a_group_helper(here: Place) -> None:
    helper = await here.enquirer(birth_date=born(16))
    body = {"role": "group_helper", "frequency": "occasional"}
    good(await here.coordinator.post(f"/v1/volunteers/{helper.id}/apply", body, match=helper.version))


async def test_nobody_applies_twice(here: Place) -> None:
    helper = await here.applicant()
    answer = await here.coordinator.post(f"/v1/volunteers/{helper.id}/apply", {}, match=helper.version)
    problem = refused(answer, 409, "illegal-move")
    assert (problem["from"], problem["to"]) == ("applied", "applied")


async def test_a_stale_or_missing_etag_changes_nothing(here: Place) -> None:
    helper = await here.enquirer()
    path = f"/v1/volunteers/{helper.id}/apply"
    refused(await here.coordinator.post(path, {}), 428, "if-match-required")
    refused(await here.coordinator.post(path, {}, match=helper.version + 1), 412, "stale")
    assert (await here.read(helper))["status"] == "enquired"


async def test_training_and_clearance_in_any_order_make_a_volunteer_available(here: Place) -> None:
    first, second = await here.applicant(), await here.applicant()
    await here.tell(training.InductionStarted(volunteer=UUID(first.id), induction=new_id()))
    assert (await here.read(first))["status"] == "in_training"
    await here.tell(training.VolunteerQualified(volunteer=UUID(first.id), induction=new_id()))
    assert (await here.read(first))["status"] == "assessed"
    await here.clear(first)
    await here.clear(second)
    assert (await here.read(second))["status"] == "applied"
    await here.tell(training.VolunteerQualified(volunteer=UUID(second.id), induction=new_id()))
    assert [(await here.read(one))["status"] for one in (first, second)] == ["available", "available"]
    assert len(await here.events("volunteer.cleared")) == 2


async def test_a_fact_of_training_that_comes_before_the_application_is_kept(here: Place) -> None:
    helper = await here.enquirer()
    await here.tell(training.VolunteerQualified(volunteer=UUID(helper.id), induction=new_id()))
    assert (await here.read(helper))["status"] == "enquired"
    answer = await here.coordinator.post(f"/v1/volunteers/{helper.id}/apply", {}, match=helper.version)
    assert good(answer)["status"] == "assessed"


async def test_who_is_not_suitable_stays_so(here: Place) -> None:
    helper = await here.applicant()
    await here.tell(training.VolunteerNotSuitable(volunteer=UUID(helper.id), induction=new_id()))
    await here.tell(training.VolunteerQualified(volunteer=UUID(helper.id), induction=new_id()))
    assert (await here.read(helper))["status"] == "not_suitable"


async def test_every_step_is_history(here: Place) -> None:
    helper = await here.volunteer()
    history = (await here.coordinator.get(f"/v1/volunteers/{helper.id}/history")).json()
    assert [row["to_status"] for row in history] == [
        "enquired", "applied", "in_training", "assessed", "cleared", "available",
    ]  # fmt: skip


async def test_a_break_and_the_return_from_it(here: Place) -> None:
    helper = await here.volunteer()
    at = f"/v1/volunteers/{helper.id}"
    away = good(await here.coordinator.post(f"{at}/break", REASON, match=helper.version))
    assert away["status"] == "on_break"
    back = good(await here.coordinator.post(f"{at}/return", match=away["version"]))
    assert back["status"] == "available"
    refused(await here.coordinator.post(f"{at}/return", match=back["version"]), 409, "illegal-move")


async def test_on_a_break_matches_rest_and_it_is_told_and_the_return_resumes_none_of_them(here: Place) -> None:
    helper = await here.volunteer()
    match = await here.active(await here.family(), helper)
    at, version = f"/v1/volunteers/{helper.id}", (await here.read(helper))["version"]
    away = good(await here.coordinator.post(f"{at}/break", REASON, match=version))
    rests = await here.match_of(match)
    assert (rests["status"], rests["reason_code"]) == ("paused", "volunteer_unavailable")
    assert len(await here.events("volunteer.on-break")) == 1
    back = good(await here.coordinator.post(f"{at}/return", match=away["version"]))
    assert back["status"] == "matched"
    assert (await here.match_of(match))["status"] == "paused"


@pytest.mark.parametrize(("ended", "status"), [(False, "matched"), (True, "available")])
async def test_who_had_a_family_is_after_a_suspension_as_their_matches_say_now(
    here: Place, ended: bool, status: str
) -> None:
    helper = await here.volunteer()
    match = await here.active(await here.family(), helper)
    at, version = f"/v1/volunteers/{helper.id}", (await here.read(helper))["version"]
    good(await here.coordinator.post(f"{at}/suspend", REASON, match=version))
    if ended:
        good(await here.move(match, "end", {"reason_code": "completed"}))
    version = (await here.read(helper))["version"]
    assert good(await here.project_manager.post(f"{at}/reinstate", REASON, match=version))["status"] == status


async def test_suspension_goes_back_to_where_it_came_from(here: Place) -> None:
    helper = await here.applicant()
    at = f"/v1/volunteers/{helper.id}"
    suspended = good(await here.coordinator.post(f"{at}/suspend", REASON, match=helper.version))
    assert suspended["status"] == "suspended"
    await here.tell(training.InductionStarted(volunteer=UUID(helper.id), induction=new_id()))
    version = (await here.read(helper))["version"]
    refused(await here.coordinator.post(f"{at}/return", match=version), 409, "illegal-move")
    refused(await here.coordinator.post(f"{at}/reinstate", REASON, match=version), 403, "forbidden")
    again = good(await here.project_manager.post(f"{at}/reinstate", REASON, match=version))
    assert again["status"] == "in_training"
    assert len(await here.events("volunteer.suspended")) == 1
    assert len(await here.events("volunteer.reinstated")) == 1


async def test_nobody_is_reinstated_who_was_not_suspended(here: Place) -> None:
    helper = await here.volunteer()
    path = f"/v1/volunteers/{helper.id}/reinstate"
    refused(await here.project_manager.post(path, REASON, match=helper.version), 409, "illegal-move")


async def test_who_has_left_comes_back_only_as_somebody_new(here: Place) -> None:
    helper = await here.volunteer()
    at = f"/v1/volunteers/{helper.id}"
    gone = good(await here.coordinator.post(f"{at}/leave", REASON | {"happened_on": days_ago(3)}, match=helper.version))
    assert gone["status"] == "left"
    history = (await here.coordinator.get(f"{at}/history")).json()
    assert history[-1]["happened_at"].startswith(days_ago(3))
    for step in ("break", "suspend", "leave"):
        refused(await here.coordinator.post(f"{at}/{step}", REASON, match=gone["version"]), 409, "illegal-move")


async def test_nothing_happens_in_the_future(here: Place) -> None:
    helper = await here.volunteer()
    body = REASON | {"happened_on": (TODAY + timedelta(days=1)).isoformat()}
    refused(
        await here.coordinator.post(f"/v1/volunteers/{helper.id}/leave", body, match=helper.version), 422, "validation"
    )


async def test_a_new_profile_replaces_the_old_one(here: Place) -> None:
    helper = await here.enquirer(skills=["cooking"])
    path = f"/v1/volunteers/{helper.id}/profile"
    shown = good(await here.coordinator.post(path, {"interests": ["chess"], "capacity": 2}, match=helper.version))
    assert (shown["skills"], shown["interests"], shown["capacity"]) == ([], ["chess"], 2)


async def test_lists_go_on_where_the_page_before_ended(here: Place) -> None:
    made = [(await here.enquirer()).id for _ in range(3)]
    first = (await here.coordinator.get("/v1/volunteers", params={"limit": 2})).json()
    rest = (await here.coordinator.get("/v1/volunteers", params={"limit": 2, "cursor": first["next"]})).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == made
    assert rest["next"] is None
    refused(await here.coordinator.get("/v1/volunteers", params={"cursor": "bm9uc2Vuc2U"}), 422, "bad-cursor")
    left = await here.coordinator.get("/v1/volunteers", params={"status": "left"})
    assert left.json()["items"] == []


async def test_every_view_of_a_record_is_audited(here: Place) -> None:
    helper = await here.enquirer()
    await here.coordinator.get(f"/v1/volunteers/{helper.id}")
    sql = "SELECT entry FROM audit_log ORDER BY recorded_at DESC LIMIT 1"
    entry = (await here.as_app({}, sql))[0][0]
    assert helper.id in entry
    assert "GET /v1/volunteers/{volunteer_id}" in entry
