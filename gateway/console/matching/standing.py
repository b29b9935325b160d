"""What the API answers about volunteers, as the pages show it."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from gateway.console.inside import Inside
from gateway.console.matching import words
from gateway.console.matching.words import BLUE, GREEN, GREY, RED, YELLOW

STATUSES: Final = (
    ("", "All"), ("available", "Available"), ("matched", "Matched"), ("on_break", "On a break"),
    ("suspended", "Suspended"), ("cleared", "Cleared"), ("assessed", "Assessed"), ("in_training", "In training"),
    ("applied", "Applied"), ("enquired", "Enquired"), ("left", "Left"), ("not_suitable", "Not suitable"),
)  # fmt: skip
_NAMES: Final = dict(STATUSES)
_COLOURS: Final = {
    "available": GREEN, "matched": GREEN, "on_break": YELLOW, "suspended": RED, "left": GREY, "not_suitable": GREY,
}  # fmt: skip
_LACKING: Final = {
    "disclosure": "a disclosure certificate that is current",
    "references": "two good references",
    "identity": "identity documents seen",
    "la-check": "the local authority’s check",
    "overseas-check": "a check abroad",
    "qualification": "a finished induction",
}
_SOON: Final = timedelta(days=90)


async def names(calls: Inside, volunteers: Iterable[str]) -> dict[str, str]:
    """Of each of these volunteers the name, as far as the visitor may know it."""
    found = await calls.all(f"/v1/volunteers/{one}" for one in dict.fromkeys(volunteers))
    return {one["id"]: name(one) for one in found if one}


def name(one: Mapping[str, Any]) -> str:
    return f"{one['given_name']} {one['family_name']}"


def line(one: Mapping[str, Any], today: date) -> dict[str, Any]:
    """A volunteer in a list."""
    cleared = clearance(one, today)
    return {
        "id": one["id"],
        "name": name(one),
        "state": _NAMES.get(one["status"], words.plain(one["status"])),
        "colour": _COLOURS.get(one["status"], BLUE),
        "outcode": one["outcode"] or "not known",
        "places": f"{one['places_taken']} of {one['capacity']}",
        "when": words.slots(one["availability"]) or "No time given",
        "clearance": cleared["text"],
        "clearance_colour": cleared["colour"],
    }


def clearance(one: Mapping[str, Any], today: date) -> dict[str, str]:
    """Whether the volunteer may visit today, and until when."""
    state = one.get("clearance")
    if state is None:
        return {"text": "Has not applied", "colour": GREY}
    if not state["current"]:
        return {"text": "Not cleared", "colour": RED}
    if state["expires_on"] is None:
        return {"text": "Cleared", "colour": GREEN}
    until = date.fromisoformat(state["expires_on"])
    return {
        "text": f"Cleared until {words.day(state['expires_on'])}",
        "colour": YELLOW if until - today <= _SOON else GREEN,
    }


def facts(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is known of a volunteer, as far as there is anything to say."""
    contact = one.get("contact") or {}
    found = [
        ("Telephone", contact.get("phone") or ""),
        ("Email", contact.get("email") or ""),
        ("Role", words.plain(one["role"] or "")),
        ("Families", f"{one['places_taken']} of {words.many(one['capacity'], 'place')} taken"),
        ("Visits a week", f"Up to {one['visits_a_week']}"),
        ("Has time", words.slots(one["availability"])),
        ("Lives in", one["outcode"] or ""),
        ("Gender", words.plain(one["gender"])),
        ("Languages", words.languages(one["languages"])),
        *((words.plain(name), words.listed(one[name])) for name in ("skills", "interests", "knowledge")),
    ]
    return [(label, text) for label, text in found if text]


def lacking(one: Mapping[str, Any]) -> list[str]:
    """What the clearance still lacks, in words."""
    missing = (one.get("clearance") or {}).get("missing") or ()
    return [_LACKING.get(code, words.plain(code)) for code in missing]


def certificate(one: Mapping[str, Any]) -> tuple[str, ...]:
    """A certificate that was seen."""
    counts = "Yes" if one["counts"] else "No"
    return (
        words.plain(one["level"]),
        words.plain(one["workforce"]),
        words.day(one["issued_on"]),
        words.plain(one["decision"]),
        counts,
    )


def check(one: Mapping[str, Any]) -> tuple[str, ...]:
    """A reference or another check."""
    kind = {"la_check": "Local authority’s check", "overseas": "Check abroad"}.get(
        one["kind"], words.plain(one["kind"])
    )
    return kind, words.day(one["done_on"]), "Good" if one["satisfactory"] else "Not good"
