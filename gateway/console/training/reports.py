"""The page of reports: what to count by, between which days, of whom; the answer as a chart with its table."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from gateway.console.callers import Calls, Signed
from gateway.console.forms import field_errors
from gateway.console.inside import Inside, must
from gateway.console.pages import page
from gateway.console.training import sheets
from shared import wall_clock
from shared.calendar import civil_date

router = APIRouter(prefix="/console/training/reports", include_in_schema=False)
HERE: Final = "/console/training"
_PATH: Final = "/v1/training-reports"
_ASKED: Final = ("by", "across", "from", "until", "round", "funder", "ethnicity", "gender", "area", "people")
DIMENSIONS: Final = (
    ("organisation", "Organisation"),
    ("ethnicity", "Ethnicity"),
    ("ethnicity_label", "Ethnicity, own words"),
    ("gender", "Gender"),
    ("gender_label", "Gender, own words"),
    ("language", "Language"),
    ("language_label", "Language, own words"),
    ("area", "Area"),
    ("session", "Session"),
    ("month", "Month"),
    ("round", "Round"),
    ("funder", "Funder"),
)
_FILES: Final = (("csv", "CSV"), ("xlsx", "Excel"), ("pdf", "PDF"))
_HEADERS: Final = ("content-type", "content-disposition", "x-content-type-options", "content-security-policy")
_WITHHELD: Final = "c"


@router.get("")
async def show_report(request: Request, visitor: Signed, calls: Calls) -> Response:
    asked = _asked(request.query_params)
    values: dict[str, Any] = {"visitor": visitor, "here": HERE, "report": None} | await _choices(calls)
    if "by" not in asked:
        today = civil_date(wall_clock.now())
        return page("training/reports.html", typed={"from": f"{today.year}-01-01", "until": str(today)}, **values)
    answer = await calls.get(_PATH, **asked)
    values["typed"] = asked
    if answer.is_success:
        files = [(f"{HERE}/reports/file?{_query(asked, format=kind)}", name) for kind, name in _FILES]
        return page("training/reports.html", **(values | {"report": _shown(answer.json()), "files": files}))
    return page(
        "training/reports.html", answer.status_code, errors=field_errors(answer, _ASKED, under="/query"), **values
    )


@router.get("/file")
async def fetch_report(request: Request, _visitor: Signed, calls: Calls) -> Response:
    form = request.query_params.get("format", "csv")
    answer = must(await calls.get(_PATH, **_asked(request.query_params), format=form))
    headers = {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
    return Response(answer.content, headers=headers | {"Cache-Control": "no-store"})


def _asked(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given[name].strip() for name in _ASKED if given.get(name, "").strip()}


def _query(asked: Mapping[str, str], **more: str) -> str:
    return urlencode(dict(asked) | more)


async def _choices(calls: Inside) -> dict[str, Any]:
    """What may be filtered by, as far as the visitor may look at it."""
    rounds = await calls.find("/v1/rounds", limit=200) or {"items": []}
    known = await calls.find("/v1/labels/codes")
    codes = sheets.codes(known) if known else {"ethnicity": {}, "gender": {}}
    anything = [("", "Any")]
    return {
        "dimensions": DIMENSIONS,
        "rounds": anything + [(one["id"], one["title"]) for one in rounds["items"]],
        "ethnicities": anything + [one for group in codes["ethnicity"].values() for one in group],
        "genders": anything + [one for group in codes["gender"].values() for one in group],
    }


def _shown(answer: Mapping[str, Any]) -> dict[str, Any]:
    names = dict(DIMENSIONS)
    rows = [
        {
            "label": row["label"],
            "count": _count(row),
            "percent": _WITHHELD if row["percentage"] is None else row["percentage"],
            "width": row["percentage"] or 0,
            "cells": [_count(cell) for cell in row["cells"]],
        }
        for row in answer["rows"]
    ]
    return {
        "by": names.get(answer["by"], answer["by"]),
        "across": names.get(answer["across"] or "", ""),
        "columns": [one["label"] for one in answer["columns"]],
        "rows": rows,
        "total": answer["total"],
        "definition": answer["definition"],
        "people": answer["people"],
        "hides": answer["withheld"],
    }


def _count(one: Mapping[str, Any]) -> Any:
    return _WITHHELD if one["count"] is None else one["count"]
