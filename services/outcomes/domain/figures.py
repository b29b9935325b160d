"""The impact report's figures: what each is called, what it counts, and how it is made of the tallies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from services.outcomes.domain.cost import percent
from services.outcomes.domain.published import IMPACT, Published


class Unit(StrEnum):
    """What is counted; units are never mixed."""

    FAMILIES = "families"
    CHILDREN = "children"
    PLANS = "plans"


CASES: Final = frozenset({Unit.FAMILIES, Unit.CHILDREN})


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums of one figure's steps: reached within the period, and standing at its end whenever they were reached."""

    within: Mapping[Unit, int]
    standing: Mapping[Unit, int]


@dataclass(frozen=True, slots=True)
class Count:
    """A counted figure: the sum of tallies; `standing` counts whatever stands at the end of the period."""

    code: str
    label: str
    definition: str
    tallies: tuple[str, ...]
    units: frozenset[Unit] = CASES
    standing: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """A figure in percent: one count of another, both in the same unit."""

    code: str
    label: str
    definition: str
    part: str
    base: str
    unit: Unit = Unit.FAMILIES
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Base:
    """What a share is a share of."""

    code: str
    unit: Unit
    value: int
    assumed: bool
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as the report shows it; a unit in which it is not counted is None."""

    code: str
    label: str
    definition: str
    families: int | None = None
    children: int | None = None
    plans: int | None = None
    percent: str | None = None
    base: Base | None = None
    published: Published | None = None


COMPLETED: Final = ("completed_stage_4", "completed_stage_3")
MOVED: Final = ("moved_4_3", "moved_4_2", "moved_3_2")
RETURNED: Final = ("returned_from_care",)
IMPROVED: Final = (*COMPLETED, *MOVED, *RETURNED, "improved_other")
ASSUMED: Final = (
    "base assumed: the source did not publish one; here it is every family tracked, that is looked at a second time "
    "after its baseline, by its one present result"
)


def counted(counts: tuple[Count, ...], tallies: Mapping[str, Tally]) -> Iterator[Figure]:
    """The counted figures, in the order of their definitions."""
    for count in counts:
        found = [tallies[code] for code in count.tallies if code in tallies]
        sums = [tally.standing if count.standing else tally.within for tally in found]
        total = {unit: sum(one[unit] for one in sums) for unit in count.units}
        yield Figure(
            count.code,
            count.label,
            count.definition,
            families=total.get(Unit.FAMILIES),
            children=total.get(Unit.CHILDREN),
            plans=total.get(Unit.PLANS),
            published=IMPACT.get(count.code),
        )


def tracked(figures: Mapping[str, Figure]) -> Figure:
    """The families that the shares are of: improved or closed within the period, or still supported at its end."""
    parts = [figures[code] for code in ("improved", "closed_unimproved", "still_supported")]
    return Figure(
        "tracked",
        "Families tracked",
        "Families whose case has a baseline stage and a later look (a new stage record, the end of a plan, or a review "
        "or closing reading): improved or closed within the period, or still supported at its end.",
        families=sum(part.families or 0 for part in parts),
        children=sum(part.children or 0 for part in parts),
    )


def shared(shares: tuple[Share, ...], figures: Mapping[str, Figure]) -> Iterator[Figure]:
    """The figures in percent, each with its base; no percentage of an empty base."""
    for share in shares:
        part, whole = (getattr(figures[code], share.unit.value) for code in (share.part, share.base))
        base = Base(share.base, share.unit, whole, share.assumed, ASSUMED if share.assumed else None)
        yield Figure(
            share.code,
            share.label,
            share.definition,
            percent=percent(part, whole),
            base=base,
            published=IMPACT.get(share.code),
            **{share.unit.value: part},
        )


@dataclass(frozen=True, slots=True)
class AreaFigure:
    """One yearly figure of the local authority, as it was put in."""

    year: int
    value: int
    source: str


def looked_after_change(series: list[AreaFigure]) -> Figure:
    """Fewer children looked after in the whole area, first to last year that is known; independent of the period."""
    known = sorted(series, key=lambda one: one.year)
    first, last = (known[0], known[-1]) if len(known) > 1 else (None, None)
    fewer = first.value - last.value if first and last else None
    note = f"{first.value} in {first.year}, {last.value} in {last.year}" if first and last else "not available"
    return Figure(
        "looked_after_change",
        "Fall in the number of children looked after in the area",
        "First less last yearly figure of the local authority as put in, in percent of the first. The whole area's "
        "children, not the scheme's; whatever the period of the report.",
        children=fewer,
        percent=percent(Decimal(fewer), first.value) if first and fewer is not None else None,
        base=Base("looked_after_children", Unit.CHILDREN, first.value if first else 0, assumed=False, note=note),
        published=IMPACT["looked_after_change"],
    )
