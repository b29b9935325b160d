"""The page of the day, for whoever is on duty: what is to be looked at now, each with its one next action."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from fastapi import APIRouter, Response

from gateway.console.callers import Calls, Signed
from gateway.console.inside import Inside
from gateway.console.matching import standing, words
from gateway.console.matching.words import HERE
from gateway.console.pages import page
from gateway.console.views import moment

router = APIRouter(prefix=f"{HERE}/today", include_in_schema=False)
_AT_ONCE: Final = 50
# What is done next, and on which page of ours.
_ACTIONS: Final = {
    "telephone-volunteer": ("Telephone the volunteer", "/volunteers/{volunteer}"),
    "watch-visit": ("Look at the visit", "/matches/{match}"),
    "pause-match": ("Pause the match", "/matches/{match}#pause"),
    "write-record": ("Have the record written", "/matches/{match}"),
    "record-answer": ("Record an answer", "/matches/{match}#answers"),
    "hold-supervision": ("Hold a supervision", "/volunteers/{volunteer}#supervision"),
    "renew-clearance": ("Renew the clearance", "/volunteers/{volunteer}"),
}


@router.get("")
async def show_today(visitor: Signed, calls: Calls) -> Response:
    found = await calls.need("/v1/today")
    defined = {one["code"]: one["definition"] for one in await calls.need("/v1/indicators")}
    names = await _names(calls, *(section["items"] for section in found["sections"]))
    values: dict[str, Any] = {
        "now": moment(found["now"]),
        "sections": [
            {
                "code": one["indicator"],
                "title": one["title"],
                "definition": defined.get(one["indicator"], ""),
                "lines": [_line(item, names) for item in one["items"]],
                "more": one["more"],
            }
            for one in found["sections"]
        ],
    }
    return page("matching/today.html", here=HERE, visitor=visitor, **values)


@router.get("/{indicator}")
async def show_indicator(indicator: str, visitor: Signed, calls: Calls, cursor: str = "") -> Response:
    defined = {one["code"]: one for one in await calls.need("/v1/indicators")}
    if indicator not in defined:
        return page("problem.html", 404, visitor=visitor, title="Not found", detail="There is no such list.")
    found = await calls.need("/v1/today/items", indicator=indicator, limit=_AT_ONCE, cursor=cursor)
    names = await _names(calls, found["items"])
    values: dict[str, Any] = {
        "one": defined[indicator],
        "lines": [_line(item, names) for item in found["items"]],
        "next": found["next"],
    }
    return page("matching/indicator.html", here=HERE, visitor=visitor, **values)


async def _names(calls: Inside, *lists: list[dict[str, Any]]) -> dict[str, str]:
    return await standing.names(calls, (item["volunteer"] for items in lists for item in items))


def _line(item: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    action, where = _ACTIONS.get(item["action"], (words.plain(item["action"]), "/volunteers/{volunteer}"))
    if item["match"] is None:
        where = where.replace("/matches/{match}", "/volunteers/{volunteer}")
    return {
        "name": names.get(item["volunteer"], "A volunteer"),
        "since": _since(item["since"]),
        "action": action,
        "href": HERE + where.format(volunteer=item["volunteer"], match=item["match"]),
    }


def _since(value: str) -> str:
    """An instant, or a civil day."""
    try:
        return words.day(date.fromisoformat(value).isoformat())
    except ValueError:
        return words.instant(datetime.fromisoformat(value))
