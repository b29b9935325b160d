"""A plan as the board shows it: pairs with their reasons, who stays without, whom to recruit, where they live."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.console.matching import words
from gateway.console.matching.maps import People
from gateway.console.matching.words import BLUE, GREY, RED, YELLOW
from gateway.console.views import moment

STATES: Final = {
    "computing": ("Being made", BLUE),
    "planned": ("Draft", YELLOW),
    "refused": ("Not possible", RED),
    "cancelled": ("Cancelled", GREY),
}
_STAGES: Final = {
    "waiting": "Waits for its turn",
    "pairing": "Finds out who could be with whom",
    "solving": "Looks for the best plan",
    "explaining": "Finds the reasons",
}
_CHANGED: Final = {
    "request-not-open": "The family does not wait any more.",
    "volunteer-gone": "The volunteer has gone.",
}
OBJECTIVES: Final = (
    ("most-families-first", "As many families as possible, then the best fit"),
    ("total-fit", "The best fit altogether"),
)
REFUSALS: Final = {
    "pins_contradict": "What was pinned and forbidden cannot all be kept.",
    "too_large": "There are too many pairs to be planned at once.",
    "not_proved": "It was not proved that the plan is the best one.",
    "gave_up": "The plan could not be made.",
}
_WHY: Final = {
    "places-another-family": "is needed so that one family more is placed",
    "worth-more-elsewhere": "is worth more elsewhere in the plan",
    "as-good-for-the-plan": "would be as good for the plan",
    "no-place-left": "has no place left",
}
_KEPT_AWAY: Final = {"times": "time", "gender": "the gender asked for", "visits": "the number of visits"}
_TIMES: Final = {
    "weekday-daytime": "on weekdays in the daytime",
    "weekday-evenings": "on weekday evenings",
    "weekends": "at weekends",
    "any-time": "at any time",
}


def state(status: str) -> dict[str, str]:
    """The tag of a plan."""
    text, colour = STATES.get(status, (words.plain(status), GREY))
    return {"text": text, "colour": colour}


def progress(one: Mapping[str, Any] | None) -> dict[str, Any]:
    """How many of how many steps are done, and what is being done."""
    stage = one["stage"] if one else ""
    names = list(_STAGES)
    done = names.index(stage) if stage in _STAGES else 0
    return {"done": done, "of": len(names), "text": _STAGES.get(stage, words.plain(stage))}


def line(one: Mapping[str, Any]) -> dict[str, Any]:
    """A plan in a list."""
    reached = one["totals"]
    told = f"{reached['families']} families placed, {reached['weeks']} weeks of waiting end" if reached else ""
    return {
        "id": one["id"],
        "made": moment(one["created_at"]),
        "state": state(one["status"]),
        "objective": dict(OBJECTIVES).get(one["objective"], words.plain(one["objective"])),
        "told": told or REFUSALS.get(one["refusal"] or "", ""),
        "is_again": one["based_on"] is not None,
    }


def compared(totals: Mapping[str, Any]) -> list[tuple[str, int, int, int, int]]:
    """What the plan reaches, beside what is reached by hand."""
    by_hand = (("Best pair first", totals["greedy"]), ("Who waited longest first", totals["first_come_first_served"]))
    ways = [("This plan", totals), *by_hand]
    return [(name, one["families"], one["places"], one["fit"], one["weeks"]) for name, one in ways if one]


def pair(one: Mapping[str, Any], known: "Known") -> dict[str, Any]:
    """One pair on the board."""
    place = f"place {one['place']} of {one['of']} who could be with them" if one["place"] else ""
    return {
        "id": one["id"],
        "choose": f"choose:{one['match_request']}:{one['volunteer']}",
        "request": one["match_request"],
        "family": known.families.get(one["match_request"], "A family"),
        "volunteer": one["volunteer"],
        "name": known.names.get(one["volunteer"], "A volunteer"),
        "score": one["score"],
        "place": place,
        "pinned": one["pinned"],
        "passed": passed(one["passed_over"], known.names),
        "match": one["match"],
        "changed": [_CHANGED.get(code) or known.said.get(code, words.plain(code)) for code in one["changed"]],
    }


def passed(over: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[str]:
    """Why not a volunteer who fits better, without naming another family."""
    return [
        f"{names.get(one['volunteer'], 'A volunteer')} ({one['score']} points) {_WHY.get(one['why'], one['why'])}"
        for one in over
    ]


def lack(one: Mapping[str, Any], known: "Known") -> dict[str, Any]:
    """A family without a volunteer, and what it lacks in the pool."""
    found = (
        ("No volunteer has time on", words.slots_of(one["slots"])),
        ("No volunteer speaks", words.languages(one["languages"])),
        ("No volunteer has", words.listed(one["skills"]).lower()),
        ("No volunteer lives in", one["area"] or ""),
    )
    lines = [f"{label} {text}." for label, text in found if text]
    lines += [
        f"{_volunteers(count)} kept away by {_KEPT_AWAY.get(name, name)} alone."
        for name, count in one["kept_away"].items()
        if count
    ]
    if one["eligible"]:
        lines.append(f"{_volunteers(one['eligible'])} possible, and with other families in this plan.")
    return {
        "request": one["match_request"],
        "family": known.families.get(one["match_request"], "A family"),
        "places": words.many(one["places"], "place"),
        "lines": lines or ["Nobody could be with this family."],
    }


def _volunteers(count: int) -> str:
    return "1 volunteer is" if count == 1 else f"{count} volunteers are"


def recruit(one: Mapping[str, Any]) -> dict[str, Any]:
    """What more volunteers of one kind would do, as a sentence and by its parts."""
    number = one["volunteers"]
    who = f"{number} more {one['gender'] + ' ' if one['gender'] else ''}volunteer{'' if number == 1 else 's'}"
    places = one["outcodes"] or ([one["area"]] if one["area"] else [])
    said = [
        f"with {words.languages(one['languages'])}" if one["languages"] else "",
        _TIMES.get(one["times"], words.plain(one["times"]).lower()),
        f"in {', '.join(places)}" if places else "",
    ]
    families = "1 family" if one["families"] == 1 else f"{one['families']} families"
    return {
        "label": " ".join([who, *filter(None, said)]),
        "sentence": " ".join([who, *filter(None, said), f"would place {families}."]),
        "figure": str(one["families"]),
        "families": one["families"],
        "row": (
            words.languages(one["languages"]) or "Any",
            words.plain(one["gender"] or "any"),
            words.plain(one["times"]),
            ", ".join(places) or "Anywhere",
            str(number),
            str(one["places_each"]),
            str(one["families"]),
        ),
    }


def recruits(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """All of them, each with a bar beside that of the largest."""
    found = [recruit(one) for one in lines]
    most = max((one["families"] for one in found), default=0)
    return [one | {"width": round(100 * one["families"] / most, 1)} for one in found]


@dataclass
class Known:
    """What the pages know of families and volunteers beside the plan: how they are called, where they live."""

    families: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    lives: dict[str, str] = field(default_factory=dict)

    def people(self, pairs: Iterable[tuple[str, str]], alone: Iterable[str]) -> People:
        """Who of these lives where: pairs of request and volunteer, and requests that stay without."""
        found, met = People(), set[str]()
        for request, volunteer in pairs:
            family, home = self.lives.get(request, ""), self.lives.get(volunteer, "")
            found.families[family] += bool(family) and request not in met
            found.volunteers[home] += bool(home) and volunteer not in met
            if family and home:
                found.pairs[family, home] += 1
            met |= {request, volunteer}
        for request in alone:
            family = self.lives.get(request, "")
            found.families[family] += bool(family) and request not in met
            met.add(request)
        return found
