"""The page of the day, for whoever is on duty: what is to be looked at now, each with its one next action."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from fastapi import APIRouter, Response

from gateway.console.callers import Calls, Signed
from gateway.console.inside import Inside
from gateway.console.matching import colleagues, standing, words
from gateway.console.matching.words import HERE
from gateway.console.pages import page
from gateway.console.session import Visitor
from gateway.console.views import moment

router = APIRouter(prefix=f"{HERE}/today", include_in_schema=False)
_AT_ONCE: Final = 50
_YOU: Final = "you"
_CHOICES: Final = (("mine", "Mine"), ("covered", "Whom I cover"), ("all", "Everybody’s"))
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
async def show_today(visitor: Signed, calls: Calls, whose: str = "") -> Response:
    found = await calls.need("/v1/today", whose=whose)
    defined = {one["code"]: one["definition"] for one in await calls.need("/v1/indicators")}
    leaves = [*found["covering"], *([found["on_leave"]] if found["on_leave"] else [])]
    names = await _names(calls, visitor, leaves, *(section["items"] for section in found["sections"]))
    values: dict[str, Any] = {
        "now": moment(found["now"]),
        "notes": [note(one, names) for one in leaves],
        "choices": _CHOICES,
        "whose": found["whose"],
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
async def show_indicator(indicator: str, visitor: Signed, calls: Calls, whose: str = "", cursor: str = "") -> Response:
    defined = {one["code"]: one for one in await calls.need("/v1/indicators")}
    if indicator not in defined:
        return page("problem.html", 404, visitor=visitor, title="Not found", detail="There is no such list.")
    found = await calls.need("/v1/today/items", indicator=indicator, whose=whose, limit=_AT_ONCE, cursor=cursor)
    names = await _names(calls, visitor, [], found["items"])
    values: dict[str, Any] = {
        "one": defined[indicator],
        "lines": [_line(item, names) for item in found["items"]],
        "next": found["next"],
        "whose": whose or "mine",
    }
    return page("matching/indicator.html", here=HERE, visitor=visitor, **values)


async def _names(
    calls: Inside, visitor: Visitor, leaves: Iterable[Mapping[str, str]], *lists: list[dict[str, Any]]
) -> dict[str, str]:
    """Of volunteers and of whoever answers for them; the visitor is `you`."""
    items = [item for one in lists for item in one]
    people = [item[who] for item in items for who in ("coordinator", "answers")]
    people += [one[who] for one in leaves for who in ("person", "cover")]
    me = str(visitor.person)
    known = await colleagues.names(calls, (one for one in people if one != me))
    return await standing.names(calls, (item["volunteer"] for item in items)) | known | {me: _YOU}


def note(leave: Mapping[str, str], names: Mapping[str, str]) -> str:
    """`You cover for Ann Oak until 3 May 2027.`"""
    person, cover = (names.get(leave[who], colleagues.SOMEBODY) for who in ("person", "cover"))
    until = words.day(leave["until"])
    if person == _YOU:
        return f"You are on leave until {until}; {cover} covers for you."
    return f"You cover for {person} until {until}."


def whose_it_is(item: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Who answers, where that is not simply the visitor."""
    named, answers = (names.get(item[who] or "", colleagues.SOMEBODY) for who in ("coordinator", "answers"))
    if item["coordinator"] is None:
        return ""
    if item["answers"] is None:
        return f"For {named}; nobody covers"
    if item["answers"] == item["coordinator"]:
        return "" if named == _YOU else f"For {named}"
    return f"For {named}; {answers} cover" if answers == _YOU else f"For {named}; {answers} covers"


def _line(item: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    action, where = _ACTIONS.get(item["action"], (words.plain(item["action"]), "/volunteers/{volunteer}"))
    if item["match"] is None:
        where = where.replace("/matches/{match}", "/volunteers/{volunteer}")
    return {
        "name": names.get(item["volunteer"], "A volunteer"),
        "since": _since(item["since"]),
        "whose": whose_it_is(item, names),
        "action": action,
        "href": HERE + where.format(volunteer=item["volunteer"], match=item["match"]),
    }


def _since(value: str) -> str:
    """An instant, or a civil day."""
    try:
        return words.day(date.fromisoformat(value).isoformat())
    except ValueError:
        return words.instant(datetime.fromisoformat(value))
