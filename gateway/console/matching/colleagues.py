"""People who coordinate for the visitor's organisation, as pages name and offer them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from gateway.console.inside import Inside
from gateway.console.session import Visitor
from shared.auth import Role

_AT_ONCE: Final = 200
_COORDINATING: Final = (Role.COORDINATOR, Role.PROJECT_MANAGER)
SOMEBODY: Final = "A coordinator"


async def offered(calls: Inside, visitor: Visitor, now: datetime) -> list[tuple[str, str]]:
    """Who coordinates there at this moment, by name: (id, name)."""
    organisation = str(visitor.organisation)
    found: dict[str, str] = {}
    for role in _COORDINATING:
        listed = await calls.need("/v1/people", organisation=organisation, role=role.value, limit=_AT_ONCE)
        there = (one for one in listed["items"] if coordinates(one, organisation, now))
        found |= {one["id"]: one["display_name"] or SOMEBODY for one in there}
    return sorted(found.items(), key=lambda pair: pair[1])


async def choices(calls: Inside, visitor: Visitor, now: datetime, chosen: str | None) -> list[tuple[str, str]]:
    """Whom one may name, and nobody; also whoever is named and does not coordinate any more."""
    found = await offered(calls, visitor, now)
    gone = await names(calls, [chosen]) if chosen and chosen not in dict(found) else {}
    former = [(one, f"{name} (no coordinator now)") for one, name in gone.items()]
    return [("", "Nobody in particular"), *found, *former]


async def names(calls: Inside, people: Iterable[str | None]) -> dict[str, str]:
    """Of each of these people the name."""
    found = await calls.all(f"/v1/people/{one}" for one in dict.fromkeys(people) if one)
    return {one["id"]: one["display_name"] or SOMEBODY for one in found if one}


def coordinates(one: dict[str, Any], organisation: str, now: datetime) -> bool:
    return any(
        held["organisation"] == organisation
        and not set(_COORDINATING).isdisjoint(held["roles"])
        and datetime.fromisoformat(held["from"]) <= now
        and (held["to"] is None or now < datetime.fromisoformat(held["to"]))
        for held in one["memberships"]
    )
