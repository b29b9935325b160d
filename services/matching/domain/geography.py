"""How far two outcodes lie apart, offline: points on the British National Grid from a data file."""

import json
import math
import re
from importlib.resources import files

_AREA = re.compile(r"[A-Z]+")
# Between two homes in one outcode: about the mean distance inside a town's outcode.
SAME_OUTCODE_METRES = 1_000
_UNIT = 100


def distance_metres(one: str, other: str) -> int | None:
    """Metres between the middles of two outcodes, whole hundreds; None where an outcode is not known.

    On a plane grid the straight line needs no haversine, and whole numbers make it the same on every machine.
    """
    here, there = _POINTS.get(one), _POINTS.get(other)
    if here is None or there is None:
        return None
    if one == other:
        return SAME_OUTCODE_METRES
    return max(SAME_OUTCODE_METRES, math.isqrt((here[0] - there[0]) ** 2 + (here[1] - there[1]) ** 2) * _UNIT)


def travel_minutes(metres: int, detour_percent: int, speed_kmh: int) -> int:
    """An estimate of the way: straight line times detour, at one speed; whole minutes, rounded up."""
    return -(-metres * detour_percent * 60 // (100 * 1_000 * speed_kmh))


def is_known(outcode: str) -> bool:
    """Whether the data file has that outcode."""
    return outcode in _POINTS


def point_of(outcode: str) -> tuple[int, int] | None:
    """Metres east and north on the British National Grid; None where the outcode is not known."""
    found = _POINTS.get(outcode)
    return (found[0] * _UNIT, found[1] * _UNIT) if found else None


def area_of(outcode: str | None) -> str | None:
    """The postcode area, as told before names may be: `SS1` is in `SS`."""
    found = _AREA.match(outcode or "")
    return found.group() if found else None


_DOCUMENT = json.loads(files("services.matching").joinpath("data/outcodes.json").read_text())
_POINTS: dict[str, tuple[int, int]] = {name: (point[0], point[1]) for name, point in _DOCUMENT["outcodes"].items()}
ATTRIBUTION: str = _DOCUMENT["source"]
