"""A release as it is published: tables with their marks, in words that may be shown to anybody."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from services.training.domain.labels import CENSUS
from services.training.domain.releases import By
from shared.disclosure.plain import release_of, shown_tables

# People who were not asked or said nothing; words for which nobody has chosen a code yet: never shown themselves.
NOT_SAID: Final = "not_said"
NO_CODE: Final = "no_code"
_MARKS: Final = {
    "c": "hidden, so that nobody can be recognised",
    ":": "not available",
    "z": "not applicable",
}
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    By.ETHNICITY: {one.code: one.label for one in CENSUS.groups},
    By.GENDER: {
        "female": "Female",
        "male": "Male",
        "another": "Another gender",
        "prefer_not_to_say": "Prefer not to say",
    },
}
_EVERYWHERE: Final = {NOT_SAID: "Not stated", NO_CODE: "Not coded"}
# What a spreadsheet would take for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
Plain = dict[str, Any]


def document(release: Plain, verdict: Plain, counted_at: datetime | None) -> Plain:
    """`release` and `verdict` as they are stored."""
    found = release_of(release)
    return {
        "counted_at": counted_at.isoformat() if counted_at else None,
        "ethnic_groups": CENSUS.version,
        "policy": release["policy"],
        "marks": _MARKS,
        "tables": [
            _table(shown, [one.values for one in dimensions])
            for shown, dimensions in zip(shown_tables(found), found.definition.tables, strict=True)
        ],
        "verdict": {
            "passed": verdict["passed"],
            "releases": verdict["releases"],
            "hidden": len(found.hidden),
            "implied": verdict["implied"],
        },
    }


def _table(shown: Plain, values: list[tuple[str, ...]]) -> Plain:
    names = shown["dimensions"]
    listed = [
        {"name": name, "values": [{"value": value, "label": _word(name, value)} for value in some]}
        for name, some in zip(names, values, strict=True)
    ]
    return {
        "by": names[0],
        "across": names[1] if len(names) > 1 else None,
        "dimensions": listed,
        "cells": shown["cells"],
    }


def _word(name: str, value: str) -> str:
    return _EVERYWHERE.get(value) or _WORDS.get(name, {}).get(value, value)


def as_csv(tables: list[Plain]) -> str:
    """One line for each cell of each table; an empty value is the total."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["table", "by", "value", "across", "across_value", "count", "percentage"])
    for number, table in enumerate(tables, 1):
        writer.writerows([number, *line] for line in _lines(table))
    return out.getvalue()


def _lines(table: Plain) -> Iterator[list[str | int]]:
    words = [{one["value"]: one["label"] for one in dimension["values"]} for dimension in table["dimensions"]]
    for cell in table["cells"]:
        named = [
            _plain(found[value]) if value is not None else ""
            for found, value in zip(words, cell["values"], strict=True)
        ]
        across = named[1] if len(named) > 1 else ""
        yield [table["by"], named[0], table["across"] or "", across, cell["count"], cell["percentage"]]


def _plain(word: str) -> str:
    return f"'{word}" if word.startswith(_FORMULA) else word
