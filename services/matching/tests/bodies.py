"""Bodies of requests, events as they are heard, and what a test says of an answer."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from shared.calendar import civil_date
from shared.events import referral as told
from shared.ids import new_id

TODAY = civil_date(datetime.now(UTC))


def days_ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


@dataclass
class Family:
    """A family with its referral, and the children in it."""

    id: UUID = field(default_factory=new_id)
    referral: UUID = field(default_factory=new_id)
    children: tuple[UUID, ...] = field(default_factory=lambda: (new_id(), new_id()))
    request: str = ""


@dataclass
class Helper:
    """A volunteer with a sign-in."""

    id: str
    person: UUID
    version: int


def good(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code in {200, 201}, (answer.status_code, answer.text)
    document: dict[str, Any] = answer.json()
    return document


def refused(answer: httpx.Response, status: int, name: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{name}"), answer.text
    document: dict[str, Any] = answer.json()
    return document


def volunteer_body(**other: Any) -> dict[str, Any]:
    return {
        "given_name": "Amina",
        "family_name": "Okoro",
        "birth_date": "1980-02-29",
        "contact": {"email": "amina@example.org"},
        "gender": "female",
        "languages": ["en"],
        "outcode": "SS1",
        "visits_a_week": 3,
    } | other


def clearance_body(**other: Any) -> dict[str, Any]:
    return {
        "level": "enhanced_barred",
        "workforce": "child",
        "issued_on": days_ago(30),
        "certificate_number": "001234567890",
        "seen_by": str(new_id()),
        "decision": "accepted",
    } | other


def reference_body(**other: Any) -> dict[str, Any]:
    body = {"referee": "A former employer", "relationship": "employer", "received_on": days_ago(25)}
    return body | {"satisfactory": True} | other


def match_body(family: Family, helper: Helper, **other: Any) -> dict[str, Any]:
    return {
        "match_request": family.request,
        "volunteer": helper.id,
        "planned_from": TODAY.isoformat(),
        "planned_length_weeks": 26,
        "review_on": (TODAY + timedelta(days=84)).isoformat(),
    } | other


def family_says(answer: str, **other: Any) -> dict[str, Any]:
    body = {"party": "family", "answer": answer, "on_behalf_of": str(new_id()), "method": "in_person"}
    return body | {"evidence": "Note of the visit in the file"} | other


def visit_body(hours_ago: float, long: float = 2) -> dict[str, str]:
    starts = datetime.now(UTC) - timedelta(hours=hours_ago)
    return {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=long)).isoformat()}


def contact_body(family: Family, visit: str, *, seen: bool = True) -> dict[str, Any]:
    return {
        "visit": visit,
        "seen": [{"child": str(child), "seen": seen} for child in family.children],
        "tasks_done": [],
        "notes": "We cooked together.",
    }


def accepted(family: Family, on: date = TODAY, **other: Any) -> told.ReferralAccepted:
    return told.ReferralAccepted(
        family=family.id, referral=family.referral, children=family.children, accepted_on=on, received_on=on, **other
    )


def visit_of(family: Family, days: int = 3) -> told.AssessmentVisitRecorded:
    return told.AssessmentVisitRecorded(
        family=family.id, referral=family.referral, visited_on=TODAY - timedelta(days=days)
    )


def plan_agreed(family: Family, *signed: Helper, **other: Any) -> told.InvolvementPlanAgreed:
    """A version of the plan, signed by these volunteers."""
    signatures = tuple(UUID(helper.id) for helper in signed)
    given = {"involvement_plan": new_id(), "version_number": 1, "volunteers": signatures} | other
    return told.InvolvementPlanAgreed(family=family.id, referral=family.referral, **given)
