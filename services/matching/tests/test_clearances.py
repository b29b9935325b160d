"""Clearance over HTTP: what is kept of a certificate, what is refused, and what the clock does on the last day."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.matching.tests.bodies import TODAY, Helper, clearance_body, days_ago, good, reference_body, refused
from services.matching.tests.factories import Place
from shared import timekeeper
from shared.auth import Role
from shared.testing import Running

YEARS = 365 * 3 + 2


async def lacks(here: Place, helper: Helper) -> list[str]:
    missing: list[str] = (await here.read(helper))["clearance"]["missing"]
    return missing


async def test_each_part_of_clearance_is_asked_for_by_name(here: Place) -> None:
    helper = await here.applicant(lived_abroad=True)
    at = f"/v1/volunteers/{helper.id}"
    everything = ["disclosure", "references", "identity", "la-check", "overseas-check", "qualification"]
    assert await lacks(here, helper) == everything
    good(await here.coordinator.post(f"{at}/clearances", clearance_body()))
    good(await here.coordinator.post(f"{at}/references", reference_body()))
    assert await lacks(here, helper) == everything[1:]
    good(await here.coordinator.post(f"{at}/references", reference_body()))
    good(await here.coordinator.post(f"{at}/identity", {"documents": ["passport"], "checked_on": days_ago(9)}))
    good(await here.coordinator.post(f"{at}/la-check", {"checked_on": days_ago(9), "satisfactory": True}))
    good(await here.coordinator.post(f"{at}/overseas-check", {"checked_on": days_ago(9), "satisfactory": True}))
    assert await lacks(here, helper) == ["qualification"]
    checks = (await here.coordinator.get(f"{at}/checks")).json()
    assert [one["kind"] for one in checks] == ["reference", "reference", "identity", "la_check", "overseas"]


async def test_a_bad_reference_does_not_count(here: Place) -> None:
    helper = await here.applicant()
    for satisfactory in (True, False):
        body = reference_body(satisfactory=satisfactory)
        good(await here.coordinator.post(f"/v1/volunteers/{helper.id}/references", body))
    assert "references" in await lacks(here, helper)


async def test_a_level_above_the_role_s_entitlement_is_refused(here: Place) -> None:
    helper = await here.applicant(role="office_helper")
    path = f"/v1/volunteers/{helper.id}/clearances"
    problem = refused(await here.coordinator.post(path, clearance_body()), 409, "disclosure-not-entitled")
    assert problem["entitled"] == "basic"
    good(await here.coordinator.post(path, clearance_body(level="basic", workforce="other")))


@pytest.mark.parametrize("name", ["content", "offences", "result", "notes", "scan"])
async def test_what_a_certificate_says_is_never_taken_in(here: Place, name: str) -> None:
    helper = await here.applicant()
    answer = await here.coordinator.post(
        f"/v1/volunteers/{helper.id}/clearances", clearance_body(**{name: "something private"})
    )
    problem = refused(answer, 422, "certificate-content-refused")
    assert [error["pointer"] for error in problem["errors"]] == [f"/{name}"]
    assert "something private" not in answer.text
    assert (await here.coordinator.get(f"/v1/volunteers/{helper.id}/clearances")).json() == []


async def test_an_unknown_field_is_refused_too(here: Place) -> None:
    helper = await here.applicant()
    answer = await here.coordinator.post(f"/v1/volunteers/{helper.id}/clearances", clearance_body(colour="blue"))
    refused(answer, 422, "validation")


async def test_before_an_application_there_is_no_role_to_ask_for(here: Place) -> None:
    helper = await here.enquirer()
    answer = await here.coordinator.post(f"/v1/volunteers/{helper.id}/clearances", clearance_body())
    refused(answer, 409, "not-applied")


async def test_a_certificate_is_shown_with_its_number_and_whether_it_counts(here: Place) -> None:
    helper = await here.applicant()
    path = f"/v1/volunteers/{helper.id}/clearances"
    good(await here.coordinator.post(path, clearance_body()))
    good(await here.coordinator.post(path, clearance_body(workforce="adult")))
    good(await here.coordinator.post(path, clearance_body(decision="not_accepted")))
    shown = (await here.coordinator.get(path)).json()
    assert [one["counts"] for one in shown] == [True, False, False]
    assert {one["certificate_number"] for one in shown} == {"001234567890"}


async def test_a_certificate_of_tomorrow_is_refused(here: Place) -> None:
    helper = await here.applicant()
    body = clearance_body(issued_on=(TODAY + timedelta(days=1)).isoformat())
    refused(await here.coordinator.post(f"/v1/volunteers/{helper.id}/clearances", body), 422, "validation")


async def test_an_expired_clearance_takes_a_volunteer_out_of_matching_without_breaking_history(here: Place) -> None:
    helper = await here.volunteer()
    family = await here.family()
    assert await excluded_by(here, family, helper) == []
    await backdate(here, helper)
    assert await excluded_by(here, family, helper) == ["clearance-not-current"]
    shown = await here.read(helper)
    assert shown["status"] == "available"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("la-check", {"checked_on": days_ago(1), "satisfactory": False}),
        ("identity", {"documents": ["passport"], "checked_on": days_ago(1), "satisfactory": False}),
        ("clearances", clearance_body(issued_on=days_ago(1), decision="not_accepted")),
    ],
)
async def test_a_bad_answer_later_takes_a_volunteer_out_of_matching(
    here: Place, service: Running, path: str, body: dict[str, Any]
) -> None:
    helper = await here.volunteer()
    family = await here.family()
    good(await here.coordinator.post(f"/v1/volunteers/{helper.id}/{path}", body))
    assert await excluded_by(here, family, helper) == ["clearance-not-current"]
    assert (await here.read(helper))["clearance"]["current"] is False
    while await timekeeper.raise_one(service.parts, service.handlers, datetime.now(UTC) + timedelta(days=YEARS)):
        pass
    assert await here.events("volunteer.clearance-expired") == []


async def test_the_clock_tells_once_that_a_clearance_ran_out_and_warns_ahead(here: Place) -> None:
    helper = await here.volunteer(issued=20)
    then = datetime.now(UTC) + timedelta(days=YEARS)
    while await timekeeper.raise_one(here.service.parts, here.service.handlers, then):
        pass
    ended, warned = await here.events("volunteer.clearance-expired"), await here.events("volunteer.clearance-expiring")
    assert len(ended) == 1
    assert helper.id in ended[0]
    assert len(warned) == 3


async def test_a_renewed_certificate_moves_the_last_day(here: Place) -> None:
    helper = await here.volunteer(issued=400)
    before = (await here.read(helper))["clearance"]["expires_on"]
    good(await here.coordinator.post(f"/v1/volunteers/{helper.id}/clearances", clearance_body(issued_on=days_ago(1))))
    assert (await here.read(helper))["clearance"]["expires_on"] > before


async def test_the_volunteer_s_own_sign_in_cannot_record_a_clearance(here: Place) -> None:
    helper = await here.applicant()
    for path in ("clearances", "references", "identity", "la-check", "overseas-check"):
        answer = await here.as_volunteer(helper).post(f"/v1/volunteers/{helper.id}/{path}", clearance_body())
        refused(answer, 403, "forbidden")
    refused(await here.caller(Role.TRAINER).get(f"/v1/volunteers/{helper.id}/clearances"), 403, "forbidden")


async def excluded_by(here: Place, family: Any, helper: Helper) -> list[str]:
    proposal = await here.propose(family)
    reasons: list[str] = next(one for one in proposal["candidates"] if one["volunteer"] == helper.id)["excluded_by"]
    return reasons


async def backdate(here: Place, helper: Helper) -> None:
    """As if three years had gone by since the certificate."""
    sql = "UPDATE volunteers SET clearance_expires_on = $1 WHERE id = $2"
    await here.as_worker(sql, TODAY, UUID(helper.id))
