"""A volunteer's way from the enquiry to being available: application, induction, clearance."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from deploy.local.client import Answer, Caller

PARTS: Final = ("information_and_assessment", "first_day", "second_day")
_GIVEN: Final = ("Maya", "Noel", "Oona", "Priya", "Quinn", "Rosa", "Samir", "Tess", "Umar", "Vera", "Will")
_FAMILY: Final = ("Ash", "Beech", "Chestnut", "Dogwood", "Elder", "Fir", "Hawthorn", "Linden", "Maple", "Oak")
_OUTCODES: Final = ("SS1", "SS0", "SS2", "SS9", "SS3")


@dataclass(frozen=True, slots=True)
class Induction:
    """The three sessions of one round, at which inductions are recorded."""

    course: UUID
    sessions: tuple[UUID, ...]


def volunteer_body(number: int, today: date, **other: Any) -> dict[str, Any]:
    """Somebody who enquires; invented from a number."""
    name = _FAMILY[number % len(_FAMILY)]
    return {
        "given_name": _GIVEN[number % len(_GIVEN)],
        "family_name": name,
        "birth_date": (today - timedelta(days=365 * (24 + number % 40) + 30)).isoformat(),
        "contact": {"email": f"volunteer-{number}@example.org", "phone": f"01702 961{number % 1000:03d}"},
        "gender": "female" if number % 3 else "male",
        "skills": ["cooking", "budgeting"] if number % 2 else ["cooking", "gardening"],
        "interests": ["football", "music"],
        "knowledge": ["early-years"],
        "languages": ["en"],
        "availability": [
            {"weekday": day, "part": part} for day in ("mon", "wed", "fri") for part in ("morning", "afternoon")
        ],
        "outcode": _OUTCODES[number % len(_OUTCODES)],
        "capacity": 1,
        "visits_a_week": 2,
    } | other


async def plan_induction(
    trainer: Caller, trainers: list[UUID], first: date, title: str = "Volunteers in Child Protection"
) -> Induction:
    """A programme's course with its three sessions, which took place already."""
    programme = await trainer.post("/v1/programmes", {"title": title})
    course = await trainer.post(
        "/v1/courses",
        {"programme": programme.id, "title": "Induction", "topics": ["Safeguarding", "Boundaries", "Recording"]},
    )
    sessions = []
    for place, (part, hours) in enumerate(zip(PARTS, (4, 7, 7), strict=True)):
        starts = datetime.combine(first + timedelta(days=7 * place), time(9), UTC)
        body = {
            "course": course.id,
            "title": part.replace("_", " ").capitalize(),
            "place": {"kind": "venue", "name": "Example Hall", "outcode": "SS1"},
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(hours=hours)).isoformat(),
            "capacity": 40,
            "expected": 13,
            "trainers": [str(one) for one in trainers],
        }
        sessions.append(UUID((await trainer.post("/v1/sessions", body)).id))
    return Induction(UUID(course.id), tuple(sessions))


async def attend(trainer: Caller, induction: str, round_: Induction, parts: tuple[str, ...] = PARTS) -> None:
    """Attendance and judgement at these parts."""
    for part in parts:
        session = round_.sessions[PARTS.index(part)]
        body = {"part": part, "session": str(session), "attended": True}
        await trainer.post(f"/v1/inductions/{induction}/attendance", body)
        await trainer.post(f"/v1/inductions/{induction}/judgements", {"part": part, "suitability": "suitable"})


async def clear(coordinator: Caller, volunteer: str, seen_by: UUID, today: date) -> Answer:
    """Everything that clearance needs beside the induction; the answer to the last call."""
    at = f"/v1/volunteers/{volunteer}"
    lately = (today - timedelta(days=30)).isoformat()
    await coordinator.post(f"{at}/clearances", clearance_body(seen_by, today))
    for referee in ("A former employer", "A neighbour of ten years"):
        body = {"referee": referee, "relationship": "other", "received_on": lately, "satisfactory": True}
        await coordinator.post(f"{at}/references", body)
    await coordinator.post(f"{at}/identity", {"documents": ["passport"], "checked_on": lately})
    return await coordinator.post(f"{at}/la-check", {"checked_on": lately, "satisfactory": True})


def clearance_body(seen_by: UUID, today: date, **other: Any) -> dict[str, Any]:
    """An enhanced certificate with the children's barred list, as far as it may be kept."""
    return {
        "level": "enhanced_barred",
        "workforce": "child",
        "issued_on": (today - timedelta(days=40)).isoformat(),
        "certificate_number": "001234567890",
        "seen_by": str(seen_by),
        "decision": "accepted",
    } | other
