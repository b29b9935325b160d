"""A map of outcodes as a drawing: where families and volunteers live, and which of them a plan brings together."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

WIDTH: Final = 400
_MARGIN: Final = 50
_LOWEST, _HIGHEST = 200, 420
_KILOMETRES: Final = (1, 2, 5, 10, 20, 50, 100, 200)
_THOUSAND: Final = 1_000
_NEAREST: Final = 4_000
# A family and a volunteer of one outcode stand beside each other.
_APART: Final = 9

Point = tuple[int, int]


@dataclass
class People:
    """Who lives in which outcode, and how often a family of one and a volunteer of another belong together."""

    families: Counter[str] = field(default_factory=Counter)
    volunteers: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def outcodes(self) -> list[str]:
        """All of them, by name."""
        return sorted({one for one in (*self.families, *self.volunteers) if one})


@dataclass(frozen=True, slots=True)
class _Scale:
    """From metres on the grid to units of the drawing; north is up."""

    west: int
    north: int
    factor: float

    def place(self, point: Point) -> tuple[float, float]:
        x = _MARGIN + (point[0] - self.west) * self.factor
        return round(x, 1), round(_MARGIN + (self.north - point[1]) * self.factor, 1)


def drawn(points: Mapping[str, Point], people: People) -> dict[str, Any]:
    """The drawing: spots, lines between them, a bar of some kilometres. What has no point is listed, not drawn."""
    known = {name: points[name] for name in people.outcodes if name in points}
    if not known:
        return {"spots": [], "lines": [], "width": WIDTH, "height": _LOWEST, "bar": None}
    scale, height = _scale(known.values())
    places = {name: scale.place(point) for name, point in known.items()}
    return {
        "spots": [_spot(name, place, people) for name, place in places.items()],
        "lines": [
            {"from": _left(places[family]), "to": _right(places[volunteer]), "count": count}
            for (family, volunteer), count in sorted(people.pairs.items())
            if family in places and volunteer in places
        ],
        "width": WIDTH,
        "height": height,
        "bar": _bar(scale.factor),
    }


def listed(points: Mapping[str, Point], people: People) -> list[tuple[str, int, int, str]]:
    """The same in words: outcode, families, volunteers, whether it is on the map."""
    return [
        (name, people.families[name], people.volunteers[name], "" if name in points else "not on the map")
        for name in people.outcodes
    ]


def _scale(points: Iterable[Point]) -> tuple[_Scale, int]:
    found = list(points)
    west, east = min(x for x, _ in found), max(x for x, _ in found)
    south, north = min(y for _, y in found), max(y for _, y in found)
    room = WIDTH - 2 * _MARGIN
    # One outcode alone is not drawn larger than life, and a long strip not higher than a screen.
    factor = min(room / max(east - west, _NEAREST), (_HIGHEST - 2 * _MARGIN) / max(north - south, 1))
    centred = west - int((room / factor - (east - west)) / 2)
    height = max(_LOWEST, round((north - south) * factor) + 2 * _MARGIN)
    spare = int((height - 2 * _MARGIN - (north - south) * factor) / factor / 2)
    return _Scale(centred, north + spare, factor), height


def _spot(name: str, place: tuple[float, float], people: People) -> dict[str, Any]:
    return {
        "outcode": name,
        "x": place[0],
        "y": place[1],
        "family": _left(place) if people.families[name] else None,
        "families": people.families[name],
        "volunteer": _right(place) if people.volunteers[name] else None,
        "volunteers": people.volunteers[name],
    }


def _left(place: tuple[float, float]) -> tuple[float, float]:
    return round(place[0] - _APART, 1), place[1]


def _right(place: tuple[float, float]) -> tuple[float, float]:
    return round(place[0] + _APART, 1), place[1]


def _bar(factor: float) -> dict[str, Any]:
    """The longest of some round distances that takes a quarter of the width at most."""
    fitting = [one for one in _KILOMETRES if one * _THOUSAND * factor <= WIDTH / 4]
    kilometres = fitting[-1] if fitting else _KILOMETRES[0]
    return {"kilometres": kilometres, "length": round(kilometres * _THOUSAND * factor, 1)}
