"""What the API answers about families that wait, as the pages show it: no names, since it tells none."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from gateway.console.matching import words
from gateway.console.matching.words import BLUE, GREEN, GREY, YELLOW

_STATES: Final = {
    "proposed": ("Waits for answers", BLUE),
    "agreed": ("Agreed", BLUE),
    "introduced": ("Introduced", GREEN),
    "active": ("Active", GREEN),
    "paused": ("Paused", YELLOW),
    "ending": ("Ending", YELLOW),
    "ended": ("Ended", GREY),
    "cancelled": ("Cancelled", GREY),
}


def line(one: Mapping[str, Any], today: date) -> dict[str, Any]:
    """A request in a list; where the family lives and what it asked for, as far as the caller is told."""
    facts = one.get("facts") or {}
    asked = facts.get("requests") or {}
    return {
        "id": one["id"],
        "family": family(one),
        "since": words.day(one["waiting_since"]),
        "waiting": words.waiting(one["waiting_since"], today),
        "outcode": facts.get("outcode") or "not known",
        "wanted": _wanted(one, asked),
        "state": state(one),
        "is_visited": one["visited_on"] is not None,
    }


def family(one: Mapping[str, Any]) -> str:
    """By what a family is told from others without its name."""
    facts = one.get("facts") or {}
    ages = ", ".join(map(str, sorted(facts.get("ages") or (), reverse=True)))
    children = words.many(len(one["children"]), "child") + (f" aged {ages}" if ages else "")
    return f"Family with {children}"


def state(one: Mapping[str, Any]) -> dict[str, str]:
    """How far the request is, with the colour of its tag."""
    if one["status"] == "open" and one["visited_on"] is None:
        return {"state": "Assessment visit first", "colour": YELLOW}
    colours = {"open": BLUE, "filled": GREEN}
    named = {"open": "Waiting", "filled": "Volunteer found"}
    return {
        "state": named.get(one["status"], words.plain(one["status"])),
        "colour": colours.get(one["status"], GREY),
    }


def facts(one: Mapping[str, Any], today: date) -> list[tuple[str, str]]:
    """What is known of a family that waits, as far as there is anything to say."""
    known = one.get("facts") or {}
    asked = known.get("requests") or {}
    found = [
        ("Waiting since", f"{words.day(one['waiting_since'])} ({words.waiting(one['waiting_since'], today)})"),
        ("Volunteers", f"{one['places_taken']} of {one['volunteers_wanted']} found"),
        ("Assessment visit", words.day(one["visited_on"]) or "Not yet; before it nobody can be proposed"),
        ("Lives in", known.get("outcode") or ""),
        ("Languages", words.languages([asked["language"]] if asked.get("language") else known.get("languages") or ())),
        ("Visits a week", str(asked.get("visits_a_week") or "")),
        ("When", words.slots(asked.get("availability") or ())),
        ("Volunteer asked for", _person(asked)),
        *((label, words.listed(asked.get(name) or ())) for name, label in _CODES),
        ("Ethnicity", _sensitive(known.get("ethnicity"), known.get("ethnicity_may_count"))),
        ("Faith", _sensitive(asked.get("faith"), asked.get("faith_may_count"))),
    ]
    return [(label, text) for label, text in found if text]


def match_line(one: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """A match of the family in a list."""
    named, colour = _STATES.get(one["status"], (words.plain(one["status"]), GREY))
    return {
        "id": one["id"],
        "volunteer": one["volunteer"],
        "name": names.get(one["volunteer"], "A volunteer"),
        "state": named,
        "colour": colour,
        "days": f"{words.day(one['planned_from'])} to {words.day(one['planned_until'])}",
        "review": words.day(one["review_on"]),
    }


_CODES: Final = (("skills", "Skills"), ("interests", "Interests"), ("knowledge", "Knowledge"))


def _wanted(one: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """In one line what the family asked for."""
    more = one["volunteers_wanted"] - one["places_taken"]
    said = [f"{more} volunteers"] if more > 1 else []
    said += [_person(asked)] if _person(asked) else []
    if asked.get("visits_a_week"):
        said.append(f"{words.many(asked['visits_a_week'], 'visit')} a week")
    if asked.get("language"):
        said.append(words.languages([asked["language"]]))
    said += [words.plain(code).lower() for name, _ in _CODES for code in asked.get(name) or ()]
    return ", ".join(said)


def _person(asked: Mapping[str, Any]) -> str:
    said = [words.plain(asked["volunteer_gender"]).lower()] if asked.get("volunteer_gender") else []
    young, old = asked.get("age_from"), asked.get("age_to")
    if young or old:
        said.append(f"aged {young or 16} to {old}" if old else f"aged {young} or more")
    return words.plain(", ".join(said))


def _sensitive(said: str | None, may_count: bool | None) -> str:
    """Whether it counts, and never what it is."""
    if not said:
        return ""
    return "Counts, by the family’s wish" if may_count else "Does not count: the family did not ask"
