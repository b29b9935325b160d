"""The families of the demonstration that wait for a volunteer, put together with all who are available by a plan."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from deploy.local.demo.scene import Scene, items

_AT: Final = "/v1/match-plans"
_POLL_SECONDS: Final = 0.2
_POLLS: Final = 300
_WAYS: Final = (("the plan", None), ("greedy", "greedy"), ("first come, first served", "first_come_first_served"))
_WHAT: Final = ("families", "places", "fit", "weeks")


async def play(scene: Scene) -> Mapping[str, Any]:
    """The plan once it is computed, with whom it would have recruited; nobody accepts it."""
    coordinator = scene.as_("coordinator")
    plan = (await coordinator.post(_AT, {"objective": "most-families-first"})).document
    for _ in range(_POLLS):
        if plan["status"] != "computing":
            break
        await asyncio.sleep(_POLL_SECONDS)
        plan = (await coordinator.get(f"{_AT}/{plan['id']}")).document
    at = f"{_AT}/{plan['id']}"
    recruitment = await coordinator.get(f"{at}/recruitment")
    lacks = await items(coordinator, f"{at}/unmatched")
    return {**plan, "recruitment": recruitment["lines"], "unmatched": len(lacks)}


def show(plan: Mapping[str, Any], out: Console) -> bool:
    """Print what the plan reaches beside what is reached by hand; whether it was proved and nothing beats it."""
    reached = plan["totals"]
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for title in ("families that wait", "placed", "places filled", "fit", "weeks of waiting that end"):
        table.add_column(title)
    ways = [(name, reached if key is None else reached[key]) for name, key in _WAYS]
    for name, totals in ways:
        table.add_row(name, *(str(totals[what]) for what in _WHAT))
    out.print(table)
    out.print(f"{plan['unmatched']} families keep an empty place; gap to the proven optimum: {reached['gap']}")
    for line in plan["recruitment"]:
        out.print(_sentence(line))
    return reached["gap"] == 0 and all(totals["families"] <= reached["families"] for _, totals in ways)


def _sentence(line: Mapping[str, Any]) -> str:
    languages = ", ".join(line["languages"]) or "any language"
    where = ", ".join(line["outcodes"]) or line["area"] or "any area"
    who = f"{line['volunteers']} more to recruit (places for {line['places_each']} each)"
    return (
        f"{who} with {languages}, {line['times'].replace('-', ' ')}, in {where} would place {line['families']} families"
    )
