"""Pages of plans for all waiting families at once: have one made, the board with its map, accept, plan again."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import httpx
from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from gateway.console.callers import Calls, Form, LongForm, Signed
from gateway.console.forms import field_errors
from gateway.console.inside import Inside
from gateway.console.matching import board, maps, ranking, standing, waiting, words
from gateway.console.matching.board import Known
from gateway.console.matching.proposals import as_number, first_dates
from gateway.console.matching.words import HERE
from gateway.console.pages import page
from gateway.console.session import Visitor
from shared import wall_clock
from shared.calendar import civil_date
from shared.ids import new_id

router = APIRouter(prefix=f"{HERE}/plans", include_in_schema=False)
_AT_ONCE: Final = 25
_FIELDS: Final = ("planned_from", "planned_length_weeks", "review_on")
_DONE: Final = {"accepted": "Accepted. Each is a match now, which waits for its three answers."}


@router.get("")
async def show_plans(visitor: Signed, calls: Calls, cursor: str = "") -> Response:
    return await _plans(visitor, calls, cursor=cursor)


async def _plans(visitor: Visitor, calls: Inside, status: int = 200, *, cursor: str = "", **more: Any) -> Response:
    found = await calls.need("/v1/match-plans", limit=_AT_ONCE, cursor=cursor)
    values: dict[str, Any] = {
        "lines": [board.line(one) for one in found["items"]],
        "next": found["next"],
        "objectives": board.OBJECTIVES,
        "typed": {},
        "key": new_id(),
    }
    return page("matching/plans.html", status, here=HERE, visitor=visitor, **(values | more))


@router.post("")
async def make_plan(visitor: Signed, calls: Calls, form: Form) -> Response:
    answer = await calls.send("/v1/match-plans", {"objective": form.get("objective", "")}, form.get("key", ""))
    if answer.is_success:
        return _to(answer.json()["id"])
    return await _plans(visitor, calls, answer.status_code, errors=field_errors(answer, ("objective",)), typed=form)


@router.get("/{plan}")
async def show_plan(plan: UUID, visitor: Signed, calls: Calls, cursor: str = "", done: str = "") -> Response:
    message = {"good": True, "text": _DONE[done]} if done in _DONE else None
    return await _plan(plan, visitor, calls, cursor=cursor, message=message)


async def _plan(
    plan: UUID, visitor: Visitor, calls: Inside, status: int = 200, *, cursor: str = "", **more: Any
) -> Response:
    one = await calls.need(f"/v1/match-plans/{plan}")
    values: dict[str, Any] = {
        "one": board.line(one),
        "stands": one["status"],
        "etag": f'"{one["version"]}"',
        "progress": board.progress(one["progress"]),
        "totals": one["totals"],
        "typed": first_dates(),
        "key": new_id(),
    }
    if one["status"] == "planned":
        values |= await _board(plan, calls, cursor) | {"compared": board.compared(one["totals"])}
    return page("matching/plan.html", status, here=HERE, visitor=visitor, **(values | more))


async def _board(plan: UUID, calls: Inside, cursor: str) -> dict[str, Any]:
    path = f"/v1/match-plans/{plan}"
    pairs = await calls.need(f"{path}/pairs", limit=_AT_ONCE, cursor=cursor)
    without = await calls.need(f"{path}/unmatched", limit=_AT_ONCE)
    known = await _known(calls, pairs["items"], without["items"])
    people = known.people(
        ((one["match_request"], one["volunteer"]) for one in pairs["items"]),
        (one["match_request"] for one in without["items"]),
    )
    located = await calls.need("/v1/outcodes", outcode=people.outcodes) if people.outcodes else {"items": []}
    points = {one["outcode"]: (one["easting"], one["northing"]) for one in located["items"]}
    return {
        "pairs": [board.pair(one, known) for one in pairs["items"]],
        "is_open": any(one["match"] is None and not one["changed"] for one in pairs["items"]),
        "next": pairs["next"],
        "without": [board.lack(one, known) for one in without["items"]],
        "more_without": bool(without["next"]),
        "drawing": maps.drawn(points, people),
        "living": maps.listed(points, people),
        "attribution": located.get("attribution", ""),
    }


async def _known(calls: Inside, pairs: list[dict[str, Any]], without: list[dict[str, Any]]) -> Known:
    """Of everybody on the board how they are called and where they live."""
    requests = dict.fromkeys(one["match_request"] for one in (*pairs, *without))
    passed = (over["volunteer"] for one in pairs for over in one["passed_over"])
    volunteers = dict.fromkeys([*(one["volunteer"] for one in pairs), *passed])
    families = [one for one in await calls.all(f"/v1/match-requests/{one}" for one in requests) if one]
    helpers = [one for one in await calls.all(f"/v1/volunteers/{one}" for one in volunteers) if one]
    today = civil_date(wall_clock.now())
    lives = {one["id"]: (one.get("facts") or {}).get("outcode") or "" for one in families}
    return Known(
        families={one["id"]: _family(one, today) for one in families},
        names={one["id"]: standing.name(one) for one in helpers},
        said=ranking.sentences(await calls.read("/v1/matching-factors")),
        lives=lives | {one["id"]: one["outcode"] or "" for one in helpers},
    )


def _family(one: Mapping[str, Any], today: Any) -> str:
    line = waiting.line(one, today)
    return f"{line['family']}, {line['outcode']}, waiting {line['waiting']}"


@router.post("/{plan}/accept")
async def accept_all(plan: UUID, visitor: Signed, calls: Calls, form: LongForm) -> Response:
    body = _dates(form) | {"skip_changed": bool(form.get("skip_changed"))}
    answer = await calls.send(f"/v1/match-plans/{plan}/accept", body, form.get("key", ""))
    return await _accepted(plan, visitor, calls, form, answer)


@router.post("/{plan}/pairs/{pair}/accept")
async def accept_pair(plan: UUID, pair: UUID, visitor: Signed, calls: Calls, form: LongForm) -> Response:
    path = f"/v1/match-plans/{plan}/pairs/{pair}/accept"
    answer = await calls.send(path, _dates(form), f"{form['key']}-{pair}" if form.get("key") else "")
    return await _accepted(plan, visitor, calls, form, answer)


async def _accepted(
    plan: UUID, visitor: Visitor, calls: Inside, form: dict[str, str], answer: httpx.Response
) -> Response:
    if answer.is_success:
        return RedirectResponse(f"{HERE}/plans/{plan}?done=accepted", status_code=303)
    problem = answer.json()
    more: dict[str, Any] = {"message": words.refusal(problem)}
    if problem.get("errors"):
        more = {"errors": field_errors(answer, _FIELDS)}
    return await _plan(plan, visitor, calls, answer.status_code, typed=form, **more)


def _dates(form: Mapping[str, str]) -> dict[str, Any]:
    return {name: form.get(name, "") for name in _FIELDS} | {
        "planned_length_weeks": as_number(form.get("planned_length_weeks", ""))
    }


@router.post("/{plan}/again")
async def plan_again(plan: UUID, visitor: Signed, calls: Calls, form: LongForm) -> Response:
    """From this plan, with what was pinned or forbidden on the board."""
    chosen: dict[str, list[dict[str, str]]] = {"pins": [], "forbids": []}
    for name, value in form.items():
        if name.startswith("choose:") and value in chosen:
            _, request, volunteer = name.split(":", 2)
            chosen[value].append({"match_request": request, "volunteer": volunteer})
    body = {"based_on": str(plan), **chosen}
    answer = await calls.send("/v1/match-plans", body, f"{form['key']}-again" if form.get("key") else "")
    if answer.is_success:
        return _to(answer.json()["id"])
    return await _plan(plan, visitor, calls, answer.status_code, message=words.refusal(answer.json()))


@router.post("/{plan}/cancel")
async def cancel_plan(plan: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    answer = await calls.send(f"/v1/match-plans/{plan}/cancel", None, form.get("key", ""), form.get("match", ""))
    if answer.is_success:
        return _to(plan)
    return await _plan(plan, visitor, calls, answer.status_code, message=words.refusal(answer.json()))


@router.get("/{plan}/recruitment")
async def show_recruitment(plan: UUID, visitor: Signed, calls: Calls) -> Response:
    found = await calls.need(f"/v1/match-plans/{plan}/recruitment")
    values: dict[str, Any] = {
        "plan": str(plan),
        "lines": board.recruits(found["lines"]),
        "withheld": found["withheld"],
    }
    return page("matching/recruitment.html", here=HERE, visitor=visitor, **values)


def _to(plan: object) -> Response:
    return RedirectResponse(f"{HERE}/plans/{plan}", status_code=303)
