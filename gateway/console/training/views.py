"""What the API answers about sessions and who came, as the pages show it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from shared.calendar import LONDON, civil_date

# A session that nobody has closed is looked for so long.
LOOKING_BACK: Final = timedelta(days=60)
WITHHELD: Final = "c"
_COLOURS: Final = {
    "planned": "govuk-tag--blue",
    "held": "govuk-tag--yellow",
    "closed": "govuk-tag--green",
    "cancelled": "govuk-tag--grey",
}
_LISTED: Final = (
    ("delivery_partners", "Delivery partners"),
    ("languages", "Languages spoken"),
    ("interpreters", "Interpreted into"),
    ("topics", "Topics"),
    ("learning_outcomes", "Learning outcomes"),
    ("materials", "Materials"),
)
OVER_CAPACITY: Final = (
    ("", "Choose a reason"),
    ("came_unannounced", "People came unannounced"),
    ("came_as_a_group", "People came as a group"),
    ("larger_room", "The room was larger"),
    ("other", "Another reason"),
)
WITHDRAWALS: Final = (
    ("entered_twice", "Entered twice"),
    ("entered_wrongly", "Entered wrongly"),
    ("was_not_there", "Was not there"),
    ("person_asked", "The person asked for it"),
    ("other", "Another reason"),
)
_HEADINGS: Final = {"organisation": "organisation", "ethnicity": "ethnicity", "gender": "gender"}


def session_line(one: Mapping[str, Any]) -> dict[str, Any]:
    """A session in a list."""
    status = str(one["status"])
    return {
        "id": one["id"],
        "title": one["title"],
        "day": civil_date(_instant(one["starts_at"])),
        "when": _hours(one),
        "place": _place(one["place"]),
        "places": one["capacity"],
        "status": status,
        "state": status.capitalize(),
        "colour": _COLOURS.get(status, "govuk-tag--grey"),
    }


def grouped(lines: Iterable[dict[str, Any]], today: date) -> list[tuple[str, list[dict[str, Any]]]]:
    """Sessions under the headings by which a trainer looks for them; what is over and done with is left out."""
    found: dict[str, list[dict[str, Any]]] = {"Today": [], "To be closed": [], "Coming": []}
    for line in lines:
        if line["day"] == today:
            found["Today"].append(line)
        elif line["day"] > today:
            found["Coming"].append(line)
        elif line["status"] in {"planned", "held"}:
            found["To be closed"].append(line)
    return list(found.items())


def facts(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is known of a session, as far as there is anything to say."""
    expected = f", {one['expected']} expected" if one["expected"] is not None else ""
    said = [("When", _hours(one)), ("Where", _place(one["place"])), ("Places", f"{one['capacity']}{expected}")]
    if one.get("parts", 1) > 1:
        said.append(("Parts", str(one["parts"])))
    said += [(label, ", ".join(one[name])) for name, label in _LISTED if one.get(name)]
    reason = dict(OVER_CAPACITY).get(one.get("over_capacity_reason") or "")
    return [*said, ("More came than there were places", reason)] if reason and one["over_capacity_reason"] else said


def person_line(one: Mapping[str, Any]) -> dict[str, Any]:
    """Somebody on the sheet."""
    ethnicity = "ethnicity withheld" if "ethnicity" in one["withheld"] else one["ethnicity"]
    said = [one["organisation"], ethnicity, one["gender"], one["language"], one["outcode"]]
    return {
        "id": one["id"],
        "who": "Anonymous" if one["anonymous"] else one["name"] or "Erased",
        "said": ", ".join(words for words in said if words),
        "parts": ", ".join(map(str, one["parts"])),
        "is_withdrawn": one["withdrawn_at"] is not None,
    }


def grouping(one: Mapping[str, Any], total: int) -> dict[str, Any]:
    """One grouping of those who came, for a chart and its table."""
    by = _HEADINGS.get(one["by"], str(one["by"]))
    rows = [
        {
            "label": cell["words"] or "Not said",
            "count": WITHHELD if cell["withheld"] else cell["count"],
            "percent": WITHHELD if cell["withheld"] else cell["percent"],
            "width": 0 if cell["withheld"] else cell["percent"],
        }
        for cell in one["cells"]
    ]
    hides = bool(one["withheld"]) or any(cell["withheld"] for cell in one["cells"])
    return {"by": by, "rows": rows, "total": total, "withheld": bool(one["withheld"]), "hides": hides}


def words_used(people: Iterable[Mapping[str, Any]], kind: str) -> list[str]:
    """What was said before on the same sheet, so that it need not be typed again."""
    return sorted({one[kind] for one in people if one[kind]})


def has_begun(one: Mapping[str, Any], now: datetime) -> bool:
    """Whether anybody can have come."""
    return _instant(one["starts_at"]) <= now and one["status"] != "cancelled"


def _place(place: Mapping[str, Any] | None) -> str:
    if place is None:
        return "Place not known"
    return "Online" if place["kind"] == "online" else f"{place['name']}, {place['outcode']}"


def _hours(one: Mapping[str, Any]) -> str:
    starts, ends = (_instant(one[name]).astimezone(LONDON) for name in ("starts_at", "ends_at"))
    until = ends.strftime("%H:%M" if starts.date() == ends.date() else "%-d %B, %H:%M")
    return f"{starts.strftime('%A %-d %B %Y, %H:%M')} to {until}"


def _instant(value: str) -> datetime:
    return datetime.fromisoformat(value)
