"""Ids inside bodies: one of another partnership in place of each, and a guess; the answers have to be the same."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from shared.auth import Role
from shared.ids import new_id
from tests.attacks.access.matrix import Cell, Matrix, Pair
from tests.attacks.access.people import Near, somebody
from tests.world.stage import Stage

Place = tuple[str | int, ...]
# What a field of that name holds, where another field says it by another name.
_KINDS: Mapping[str, str] = {
    "child": "child",
    "children": "child",
    "given_by": "parent",
    "on_behalf_of": "parent",
    "family": "family",
    "referral": "referral",
    "volunteer": "volunteer",
    "about_volunteer": "volunteer",
    "organisation": "organisation",
    "scheme": "organisation",
    "session": "session",
    "course": "course",
    "programme": "programme",
    "action": "action",
    "trainers": "person",
}


async def told(stage: Stage, matrix: Matrix) -> tuple[list[str], int]:
    """Where the two answers differ; how many places were tried."""
    theirs, found, tried = foreign(stage), list[str](), 0
    for pair in matrix.pairs.values():
        for place, value in _ids_in(pair.there.body) if pair.operation.body else ():
            role = min(pair.operation.roles) if pair.operation.roles else ""
            if role and value:
                tried += 1
                cell = await _cell(stage, matrix, pair, place, theirs)
                # Where any id is taken, the answers only repeat what was sent.
                taken = {cell.there.status, cell.guess.status} in ({200}, {201})
                found += [f"{pair.operation.name} {place}: {cell.there.status}, {cell.guess.status}"] * (
                    cell.tells and not taken
                )
    return found, tried


async def _cell(stage: Stage, matrix: Matrix, pair: Pair, place: Place, theirs: Mapping[str, str]) -> Cell:
    name = next(str(one) for one in reversed(place) if isinstance(one, str))
    who = somebody(stage, _role(pair), Near.OWN)
    existing = theirs[_KINDS.get(name, "person")]
    there, guess = [
        await matrix.ask(pair.operation, replace(pair.there, body=_with(pair.there.body, place, one)), who, "*")
        for one in (existing, str(new_id()))
    ]
    return Cell(pair.operation.name, who.role, Near.OWN, there, guess)


def _role(pair: Pair) -> Role:
    """Whoever works for the scheme or the authority rather than somebody who sees single cases."""
    staff = [one for one in pair.operation.roles if one not in {Role.VOLUNTEER, Role.ADVOCATE, Role.WORKER}]
    return Role(min(staff))


def foreign(stage: Stage) -> dict[str, str]:
    """Ids of the other partnership by what they belong to."""
    found = {"organisation": str(stage.cast.strangers_scheme)}
    for exchange in stage.witness.exchanges:
        if exchange.claims.get("partnership") != stage.away or not exchange.went_well:
            continue
        answer: Any = exchange.answer if isinstance(exchange.answer, dict) else {}
        match exchange.operation:
            case "referral_register_family":
                found |= {"family": answer["id"], "parent": answer["adults"][0], "child": answer["children"][0]}
            case "outcomes_start_plan":
                found["action"] = answer["actions"][0]["id"]
            case operation if operation in _MADE:
                found.setdefault(_MADE[operation], answer["id"])
    return found


_MADE: Mapping[str, str] = {
    "referral_draft_referral": "referral",
    "matching_register_volunteer": "volunteer",
    "gateway_register_person": "person",
    "training_offer_programme": "programme",
    "training_add_course": "course",
    "training_plan_session": "session",
}


def _ids_in(node: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _ids_in(value, (*place, name))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _ids_in(value, (*place, number))
    elif isinstance(node, str) and _is_id(node):
        yield place, node


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _with(node: Any, place: Place, value: str) -> Any:
    """The body with another value in one place."""
    if not place:
        return value
    if isinstance(node, list):
        return [_with(one, place[1:], value) if number == place[0] else one for number, one in enumerate(node)]
    return {name: _with(one, place[1:], value) if name == place[0] else one for name, one in node.items()}
