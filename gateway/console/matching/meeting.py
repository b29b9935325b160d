"""What the API answers about a match and its visits, as the page shows it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from gateway.console.matching import words
from gateway.console.views import moment

ANSWERS: Final = (("agreed", "Agrees"), ("refused", "Refuses"))
METHODS: Final = (
    ("in_person", "In person"), ("telephone", "By telephone"), ("video", "By video"), ("letter", "By letter"),
    ("interpreter", "Through an interpreter"),
)  # fmt: skip
REFUSALS: Final = (
    ("", "Only for a refusal"), ("not_the_right_person", "Not the right person"), ("not_now", "Not now"),
    ("circumstances", "Circumstances changed"), ("other", "Another reason"),
)  # fmt: skip
PAUSES: Final = (
    ("family_asked", "The family asked"), ("volunteer_unavailable", "The volunteer is not available"),
    ("safety", "Safety"), ("other", "Another reason"),
)  # fmt: skip
_PARTIES: Final = {"family": "Family", "volunteer": "Volunteer", "project_manager": "Project manager"}
_DAYS: Final = (
    ("introduced_on", "Introduced"),
    ("started_on", "Started"),
    ("paused_on", "Paused"),
    ("ended_on", "Ended"),
)


def facts(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is known of a match."""
    waiting = [name for party, name in _PARTIES.items() if party not in one["agreed_by"]]
    found = [
        ("Planned", f"{words.day(one['planned_from'])} to {words.day(one['planned_until'])}"),
        ("Review", words.day(one["review_on"])),
        *((label, words.day(one[name])) for name, label in _DAYS),
        ("Waits for", ", ".join(waiting).lower() if one["status"] == "proposed" else ""),
        ("Reason", words.plain(one["reason_code"] or "")),
        ("Why not the top of the ranking", one["override_reason"] or ""),
    ]
    return [(label, text) for label, text in found if text]


def answerers(
    match: Mapping[str, Any], family: Mapping[str, Any], volunteer: Mapping[str, Any], *, manages: bool
) -> list[tuple[str, str]]:
    """For whom the visitor can record an answer that has not been given yet."""
    waiting = set(_PARTIES) - set(match["agreed_by"])
    found = []
    if "family" in waiting:
        adults = [one for one in family.get("members", ()) if one["role"] != "child" and one["to_date"] is None]
        found += [(f"family:{one['person']}", f"{_called(one)}, for the family") for one in adults]
    if "volunteer" in waiting and volunteer.get("person") is None and volunteer.get("id"):
        found.append((f"volunteer:{volunteer['id']}", "The volunteer, who has no sign-in"))
    if "project_manager" in waiting and manages:
        found.append(("project_manager:", "Myself, as project manager"))
    return found


def answer(form: Mapping[str, str]) -> dict[str, Any]:
    """The body of an answer."""
    party, _, person = form.get("who", "").partition(":")
    body = {"party": party, "answer": form.get("answer", "")}
    if form.get("reason_code"):
        body["reason_code"] = form["reason_code"]
    if person:
        body |= {"on_behalf_of": person, "method": form.get("method", "")}
        body |= {"evidence": form["evidence"].strip()} if form.get("evidence", "").strip() else {}
    return body


def visit(one: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A visit in a list."""
    came, left = one.get("checked_in_at"), one.get("checked_out_at")
    presence = [f"there at {moment(came)}"] if came else []
    presence += [f"left at {moment(left)}"] if left else []
    return {
        "id": one["id"],
        "when": f"{_minute(one['starts_at'])} to {_minute(one['ends_at'])}",
        "state": words.plain(one["status"]),
        "presence": ", ".join(presence),
        "is_late": bool(one.get("not_checked_out_at")) and not left,
        "is_open": one["status"] == "planned" and datetime.fromisoformat(one["ends_at"]) > now,
    }


def _called(member: Mapping[str, Any]) -> str:
    names = (member.get("given_name"), member.get("family_name"))
    return " ".join(name for name in names if name) or "An adult"


def _minute(value: str) -> str:
    return words.instant(datetime.fromisoformat(value))
