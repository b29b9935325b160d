"""The figures that are put in by hand, and the two reports, computed beside published."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from deploy.local.demo.scene import Scene

SOURCE: Final = "Volunteers in Child Protection, Southend-on-Sea: published evaluation"
_AREA: Final = (
    ("looked_after_children", 2005, 327),
    ("looked_after_children", 2010, 263),
    ("scale_areas", 2010, 4),
    ("scale_families", 2010, 129),
    ("scale_children", 2010, 300),
)
_COST: Final = (("savings", "283644", 64), ("service", "140000", 50))
# The 20 % that the source quotes counts something else; only the family count of that figure is compared.
_QUOTED: Final = frozenset({"reregistered"})


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: computed, published, and whether the two agree."""

    label: str
    computed: str
    published: str
    agrees: bool


async def put_in(scene: Scene) -> None:
    """Area figures and cost inputs, where they are not there yet."""
    manager = scene.as_("la_manager")
    known = {(one["code"], one["year"]) for one in (await manager.get("/v1/reports/area-figures"))["items"]}
    for code, year, value in _AREA:
        if (code, year) not in known:
            body = {"code": code, "year": year, "value": value, "source": SOURCE}
            await manager.post("/v1/reports/area-figures", body)
    costs = {one["code"] for one in (await manager.get("/v1/reports/cost-inputs"))["items"]}
    for code, amount, families in _COST:
        if code not in costs:
            body = {"code": code, "amount": amount, "families": families, "source": SOURCE}
            await manager.post("/v1/reports/cost-inputs", body)


async def compare(scene: Scene) -> list[Line]:
    """Every published figure beside the computed one."""
    analyst = scene.as_("analyst")
    impact, cost = await analyst.get("/v1/reports/impact"), await analyst.get("/v1/reports/cost")
    lines = [_impact(figure) for figure in impact["figures"] if figure["published"]]
    return lines + [_cost(figure) for figure in cost["figures"] if figure["published"]]


def _impact(figure: dict[str, Any]) -> Line:
    published = figure["published"]
    units = [unit for unit in ("families", "children") if published[unit] is not None]
    computed, told = [f"{figure[unit]} {unit}" for unit in units], [f"{published[unit]} {unit}" for unit in units]
    if published["percent"] is not None and figure["code"] not in _QUOTED:
        places = len(published["percent"].partition(".")[2])
        computed.append(f"{_rounded(figure['percent'], places)} %")
        told.append(f"{published['percent']} %")
    return Line(figure["label"], ", ".join(computed), ", ".join(told), computed == told)


def _rounded(percent: str | None, places: int) -> str:
    return "–" if percent is None else f"{float(percent):.{places}f}"


def _cost(figure: dict[str, Any]) -> Line:
    amount, shown = figure["published"]["amount"], figure["shown"]
    return Line(figure["label"], f"£{shown}", f"£{amount}", float(shown) == float(amount))


def show(lines: Sequence[Line], out: Console) -> bool:
    """Print them; true when each is as it was published."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for title in ("figure", "computed", "published", ""):
        table.add_column(title, overflow="fold")
    for line in lines:
        mark = "[green]as published[/]" if line.agrees else "[bold red]differs[/]"
        table.add_row(line.label, line.computed, line.published, mark)
    out.print(table)
    return bool(lines) and all(line.agrees for line in lines)
