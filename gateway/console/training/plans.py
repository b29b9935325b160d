"""What the API answers about programmes, rounds, courses and places, as the pages show it; what their forms say."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID

from gateway.console.views import moment
from shared.calendar import LONDON

ROUND_REASONS: Final = (
    ("no_funding", "No funding"),
    ("no_interest", "No interest"),
    ("no_trainers", "No trainers"),
    ("other", "Another reason"),
)
CANCEL_REASONS: Final = (
    ("too_few", "Too few people"),
    ("trainer_unavailable", "The trainer cannot come"),
    ("venue_unavailable", "The place cannot be had"),
    ("weather", "Weather"),
    ("other", "Another reason"),
)
BOOKING_REASONS: Final = (
    ("not_coming", "They do not come"),
    ("not_reached", "They could not be reached"),
    ("entered_wrongly", "Entered wrongly"),
    ("other", "Another reason"),
)
KINDS: Final = (("planned", "Planned"), ("received", "Received"), ("spent", "Spent"))
PUBLIC: Final = (("", "No"), ("yes", "Yes, without place, partners and trainers"))
PLACES: Final = (("venue", "At a place"), ("online", "Online"))
_COLOURS: Final = {
    "planned": "govuk-tag--blue",
    "open": "govuk-tag--yellow",
    "closed": "govuk-tag--green",
    "booked": "govuk-tag--green",
    "waiting": "govuk-tag--yellow",
}
_VERBS: Final = {"planned": (("open", "It begins"),), "open": (("close", "It is over"),)}
_LINES: Final = ("topics", "learning_outcomes", "materials")
_WORDS: Final = ("delivery_partners", "languages", "interpreters")
_RATES: Final = (
    ("income_per_participation", "Income per participation"),
    ("cost_per_participation", "Cost per participation"),
    ("income_per_session", "Income per session"),
    ("cost_per_session", "Cost per session"),
)


def state(status: str) -> dict[str, str]:
    return {"status": status, "state": status.capitalize(), "colour": _COLOURS.get(status, "govuk-tag--grey")}


def round_line(one: Mapping[str, Any]) -> dict[str, Any]:
    """A round in a list."""
    days = f"{_day(one['from'])} to {_day(one['to'])}"
    line = {"id": one["id"], "title": one["title"], "days": days, "funders": ", ".join(one["funders"])}
    return line | state(str(one["status"]))


def round_verbs(one: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What may follow, and what the button says; calling off is asked apart, since it needs a reason."""
    return _VERBS.get(one["status"], ())


def rates(costs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the money is for each participation and session; with what it is divided by."""
    said = [("Participations that count", str(costs["participations"])), ("Sessions", str(costs["sessions"]))]
    return [*said, *((label, f"£{costs[name]}") for name, label in _RATES if costs[name] is not None)]


def budget(found: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """A row a category, and their sums: planned, received, spent."""
    rows: dict[str, dict[str, str]] = {}
    for one in found["categories"]:
        rows.setdefault(one["category"], {})[one["kind"]] = one["amount"]
    shown = [(name, [rows[name].get(kind, "0.00") for kind, _ in KINDS]) for name in sorted(rows)]
    return [*shown, ("All", [found[kind] for kind, _ in KINDS])]


def amount_line(one: Mapping[str, Any]) -> str:
    of = f", {one['funder']}" if one["funder"] else ""
    return f"{_day(one['day'])}: {one['kind']} £{one['amount']}, {one['category']}{of}"


def booking_line(one: Mapping[str, Any]) -> dict[str, Any]:
    """Somebody with a place, or who waits; whoever has waited is known by the moment at which they moved up."""
    who = one["name"] or ("Erased" if not one["anonymous"] else f"{one['places']} of the group")
    moved = one["status"] == "booked" and one["changed_at"] != one["asked_at"]
    return {
        "id": one["id"],
        "who": who,
        "group": one["organisation"] or "Erased",
        "turn": one["turn"],
        "asked": moment(one["asked_at"]),
        "moved_up": moment(one["changed_at"]) if moved else None,
        "etag": f'"{one["version"]}"',
    } | state(str(one["status"]))


def session_plan(form: Mapping[str, str], trainers: Iterable[UUID]) -> dict[str, Any]:
    """The body of a plan; days and hours are those of a clock in London."""
    body: dict[str, Any] = {
        "title": form.get("title", ""),
        "place": {"kind": "online"} if form.get("kind") == "online" else _venue(form),
        "starts_at": _at(form, "starts"),
        "ends_at": _at(form, "ends"),
        "capacity": whole(form.get("capacity", "")),
        "trainers": [str(one) for one in trainers],
    }
    body |= {name: lines(form.get(name, "")) for name in _LINES} | {name: words(form.get(name, "")) for name in _WORDS}
    body |= {name: whole(form[name]) for name in ("expected", "parts") if form.get(name)}
    body |= {"public": form.get("public") == "yes", "how_to_book": form.get("how_to_book", "").strip() or None}
    return body | ({"round": form["round"]} if form.get("round") else {})


def typed_of(one: Mapping[str, Any]) -> dict[str, str]:
    """A session as its form shows it."""
    starts, ends = (datetime.fromisoformat(one[name]).astimezone(LONDON) for name in ("starts_at", "ends_at"))
    place = one["place"] or {"kind": "venue"}
    typed = {"title": one["title"], "day": f"{starts:%Y-%m-%d}", "starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}"}
    typed |= {"kind": place["kind"], "venue": place.get("name", ""), "outcode": place.get("outcode", "")}
    typed |= {name: "" if one[name] is None else str(one[name]) for name in ("capacity", "expected", "parts", "round")}
    typed |= {"public": "yes" if one["public"] else "", "how_to_book": one["how_to_book"] or ""}
    typed |= {name: "\n".join(one[name]) for name in _LINES}
    return typed | {name: ", ".join(one[name]) for name in _WORDS}


def lines(text: str) -> list[str]:
    """One thing a line."""
    return [one.strip() for one in text.splitlines() if one.strip()]


def words(text: str) -> list[str]:
    """One thing between two commas."""
    return [one.strip() for one in text.split(",") if one.strip()]


def whole(text: str) -> Any:
    """A number; what is none goes to the platform as it is, which says so."""
    return int(text) if text.strip().isdecimal() and len(text) < 9 else text


def _venue(form: Mapping[str, str]) -> dict[str, str]:
    return {"kind": "venue", "name": form.get("venue", ""), "outcode": form.get("outcode", "").strip().upper()}


def _at(form: Mapping[str, str], hour: str) -> str:
    try:
        at = datetime.combine(date.fromisoformat(form.get("day", "")), time.fromisoformat(form.get(hour, "")))
    except ValueError:
        return ""
    return at.replace(tzinfo=LONDON).isoformat()


def _day(value: str) -> str:
    return date.fromisoformat(value).strftime("%-d %B %Y")
