"""What the API answers about releases, as the pages show it."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

DIMENSIONS: Final = (
    ("organisation", "Organisation"),
    ("ethnicity", "Ethnicity"),
    ("gender", "Gender"),
    ("language", "Language"),
    ("area", "Area"),
    ("month", "Month"),
)
_NAMES: Final = dict(DIMENSIONS)
_COLOURS: Final = {
    "draft": "govuk-tag--grey",
    "auditing": "govuk-tag--blue",
    "audited": "govuk-tag--yellow",
    "refused": "govuk-tag--red",
    "published": "govuk-tag--green",
    "withdrawn": "govuk-tag--grey",
}
REFUSALS: Final = {
    "nothing_counted": "Nothing was counted on these days.",
    "cannot_protect": "The counts cannot be hidden so that nobody can work them out.",
    "not_proved": "It was not proved that nothing hidden can be worked out.",
    "too_large": "The tables are too large to be audited.",
    "gave_up": "The audit did not come to an end.",
}
_VERBS: Final = {
    "draft": (("audit", "Have it audited"),),
    "audited": (("publish", "Publish"), ("audit", "Audit again")),
    "published": (("withdraw", "Withdraw"),),
}


def line(one: Mapping[str, Any]) -> dict[str, Any]:
    """A release in a list."""
    status = str(one["status"])
    return {
        "id": one["id"],
        "title": one["title"],
        "status": status,
        "state": status.capitalize(),
        "colour": _COLOURS.get(status, "govuk-tag--grey"),
        "days": f"{_day(one['from'])} to {_day(one['until'])}",
        "tables": "; ".join(map(_heading, one["tables"])),
        "refusal": REFUSALS.get(one["refusal"] or "", one["refusal"]),
    }


def verbs(one: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What may be done with it next, and what the button says."""
    return _VERBS.get(one["status"], ())


def tables(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Its tables as they are, or would be, published; none before the audit."""
    return [table_of(table) for table in one["shown"]["tables"]] if one["shown"] else []


def bounds(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Of each hidden count, what anybody can work out of it at best."""
    return [
        (
            ", ".join(f"{_NAMES.get(name, name)}: {value}" for name, value in found["where"].items()),
            f"{found['least']} or more" if found["most"] is None else f"{found['least']} to {found['most']}",
        )
        for found in one["bounds"]
    ]


def table_of(table: Mapping[str, Any]) -> dict[str, Any]:
    """Rows and columns with their totals, and what stands in each cell."""
    cells = {tuple(cell["values"]): cell for cell in table["cells"]}
    first, *rest = table["dimensions"]
    others: list[Any] = [*rest[0]["values"], {"value": None, "label": "Total"}] if rest else []
    rows = []
    for value in [*first["values"], {"value": None, "label": "Total"}]:
        keys = [(value["value"], other["value"]) for other in others] if rest else [(value["value"],)]
        found = [cells.get(key) for key in keys]
        counts = ["" if cell is None else cell["count"] for cell in found]
        last = found[-1]
        percent = last["percentage"] if last else ""
        is_total = value["value"] is None
        rows.append({"label": value["label"], "counts": counts, "percent": percent, "total": is_total})
    columns = [other["label"] for other in others] if rest else ["Count"]
    return {"heading": _heading(table), "by": _NAMES[table["by"]], "columns": columns, "rows": rows}


def _heading(table: Mapping[str, Any]) -> str:
    across = f" across {_NAMES[table['across']].lower()}" if table["across"] else ""
    return f"By {_NAMES[table['by']].lower()}{across}"


def _day(value: str) -> str:
    return date.fromisoformat(value).strftime("%-d %B %Y")
