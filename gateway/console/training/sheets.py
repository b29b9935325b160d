"""What the API answers about attendance sheets, as the pages show it, and a form's answers as the API takes them."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.console.views import moment

_STATES: Final = {
    "read": ("Waits", "govuk-tag--yellow"),
    "applying": ("Being taken over", "govuk-tag--blue"),
    "applied": ("Taken over", "govuk-tag--green"),
    "discarded": ("Discarded", "govuk-tag--grey"),
}
_FAULTS: Final = {
    "unknown-column": "There is no such column",
    "missing-column": "This column is missing",
    "repeated-column": "This column is there twice",
    "empty": "Has to be filled in",
    "date-unreadable": "Is no day that can be read",
    "date-ambiguous": "The year has only two digits",
    "date-in-the-future": "Is later than today",
    "date-too-early": "Is before 1990",
    "too-long": "Is longer than 200 characters",
    "control-character": "Has a character that no text has",
    "cell-error": "Is an error of the workbook",
    "cell-outside": "Stands right of the last named column",
    "duplicate": "The same person is at the same session further up",
}
_GENDERS: Final = {
    "female": "Female",
    "male": "Male",
    "another": "Another gender",
    "prefer_not_to_say": "Prefers not to say",
}
# What a form sends where somebody says that no code fits.
NO_CODE: Final = "-"
_ASKED: Final = ("ethnicity", "gender")
_SHOWN_ROWS: Final = 20


def line(one: Mapping[str, Any]) -> dict[str, Any]:
    """A sheet in a list."""
    state, colour = _STATES.get(one["status"], (str(one["status"]).capitalize(), "govuk-tag--grey"))
    return {
        "id": one["id"],
        "when": moment(one["created_at"]),
        "rows": one["rows"],
        "errors": one["errors"],
        "status": one["status"],
        "state": state,
        "colour": colour,
    }


def fault(one: Mapping[str, Any]) -> tuple[str, str, str]:
    """Row, column, and what is wrong there."""
    return str(one["row"]), str(one["column"]), _FAULTS.get(one["code"], str(one["code"]))


def label(one: Mapping[str, Any]) -> dict[str, Any]:
    """A word of the sheet, and the name that the question for it has in a form."""
    return dict(one) | {"field": f"{one['column']}:{one['label']}"}


def codes(known: Mapping[str, Any]) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """By column, under headings, what a word may stand for."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in known["ethnicity"]:
        groups.setdefault(one["group"], []).append((one["code"], one["label"]))
    genders = [(code, _GENDERS.get(code, code)) for code in known["gender"]]
    return {"ethnicity": groups, "gender": {"Gender": genders}}


def answers(form: Mapping[str, str]) -> list[dict[str, Any]]:
    """What was said of words; what was left open is left out."""
    found = []
    for field, code in form.items():
        column, _, words = field.partition(":")
        if column in _ASKED and words and code:
            found.append({"column": column, "label": words, "code": None if code == NO_CODE else code})
    return found


def sentence(problem: Mapping[str, Any]) -> str:
    """Why not, and where in the sheet."""
    said = [str(problem.get("detail") or problem["title"])]
    rows = problem.get("rows") or [one["row"] for one in problem.get("sessions", ()) if "row" in one]
    if rows:
        more = " and more" if len(rows) > _SHOWN_ROWS else ""
        said.append(f"Rows {', '.join(map(str, rows[:_SHOWN_ROWS]))}{more}.")
    said += [f"{one['pointer'].strip('/')} {one['message']}." for one in problem.get("errors", ())]
    return " ".join(said)
