"""Counts frozen for a release, and the world that several releases together are about.

Whatever a release is limited by (dates, a round, a programme) decides which sessions it counts, and months are groups
of sessions: so sessions are the one dimension behind all of it, and nobody can subtract what the proof does not know
of. A session that was corrected between two releases is several parts: what both count, and what only one of them does.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final, NamedTuple

from services.training.domain.releases import By
from shared.disclosure.counting import Record
from shared.disclosure.tables import Definition, Dimension, Span

SESSION: Final = "session"
LABELLED: Final = (By.ORGANISATION, By.ETHNICITY, By.GENDER, By.LANGUAGE, By.AREA)
# All dates are in the sessions: for the proof everything happens on one day.
_DAY: Final = date(2000, 1, 1)
Plain = dict[str, Any]


class Cell(NamedTuple):
    """So many participations of one session that share these values, in the order of `LABELLED`."""

    session: str
    month: str
    values: tuple[str, ...]
    amount: int


@dataclass(frozen=True, slots=True)
class Frozen:
    """The counts at one instant, and every value that a table by each dimension lists."""

    cells: tuple[Cell, ...]
    listed: Mapping[By, tuple[str, ...]]

    @property
    def sessions(self) -> frozenset[str]:
        return frozenset(one.session for one in self.cells)


@dataclass(frozen=True, slots=True)
class TableOf:
    by: By
    across: By | None = None

    @property
    def names(self) -> tuple[By, ...]:
        return (self.by,) if self.across is None else (self.by, self.across)


def of_frozen(frozen: Frozen) -> Plain:
    return {
        "cells": list(map(tuple, frozen.cells)),
        "listed": {by.value: values for by, values in frozen.listed.items()},
    }


def frozen_of(plain: Plain) -> Frozen:
    cells = tuple(Cell(session, month, tuple(values), count) for session, month, values, count in plain["cells"])
    return Frozen(cells, {By(name): tuple(values) for name, values in plain["listed"].items()})


def definition(tables: Sequence[TableOf], frozen: Frozen) -> Definition:
    """The tables over the sessions that were counted; there is at least one."""
    dimensions = {name: _dimension(name, frozen) for table in tables for name in table.names}
    made = tuple(tuple(dimensions[name] for name in table.names) for table in tables)
    return Definition(Span(_DAY, _DAY), made, ((SESSION, frozen.sessions),))


def _dimension(name: By, frozen: Frozen) -> Dimension:
    if name is not By.MONTH:
        return Dimension(name.value, frozen.listed[name])
    months: dict[str, set[str]] = defaultdict(set)
    for cell in frozen.cells:
        months[cell.month].add(cell.session)
    ordered = tuple(sorted(months))
    return Dimension(name.value, ordered, SESSION, tuple(frozenset(months[one]) for one in ordered))


def near(own: frozenset[str], earlier: Mapping[Any, frozenset[str]]) -> list[Any]:
    """The keys of those that share a session with this release, or with another such one."""
    found: list[Any] = []
    reached, grown = set(own), True
    while grown:
        more = [key for key, sessions in earlier.items() if key not in found and not reached.isdisjoint(sessions)]
        found += more
        reached.update(*(earlier[key] for key in more))
        grown = bool(more)
    return found


@dataclass(frozen=True, slots=True)
class World:
    """What lies behind several releases: for each of them the parts that each session is to it; all records."""

    parts: tuple[Mapping[str, tuple[str, ...]], ...]
    records: tuple[Record, ...]


def world(releases: Sequence[Frozen]) -> World:
    """The fewest parts of sessions of which every release's counts are sums."""
    counts = [_by_session(one) for one in releases]
    parts: list[dict[str, tuple[str, ...]]] = [{} for _ in releases]
    records: list[Record] = []
    for session in sorted({session for one in counts for session in one}):
        holders = [number for number, one in enumerate(counts) if session in one]
        split = _split({number: counts[number][session] for number in holders})
        names = {
            held: session if len(split) == 1 else f"{session}/{at}" for at, held in enumerate(sorted(split, key=sorted))
        }
        for held, cells in split.items():
            records += [_record(names[held], values, count) for values, count in cells.items()]
        for number in holders:
            parts[number][session] = tuple(name for held, name in names.items() if number in held)
    return World(tuple(parts), tuple(records))


Counts = Mapping[tuple[str, ...], int]


def _by_session(frozen: Frozen) -> dict[str, dict[tuple[str, ...], int]]:
    found: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
    for cell in frozen.cells:
        found[cell.session][cell.values] = found[cell.session].get(cell.values, 0) + cell.amount
    return found


def _split(versions: Mapping[int, Counts]) -> dict[frozenset[int], dict[tuple[str, ...], int]]:
    """What all releases count alike, what all but one do, and so on: of each count in layers, lowest first."""
    found: dict[frozenset[int], dict[tuple[str, ...], int]] = defaultdict(dict)
    for values in sorted({values for one in versions.values() for values in one}):
        levels = {number: one.get(values, 0) for number, one in versions.items()}
        for below, level in pairwise(sorted({0, *levels.values()})):
            held = frozenset(number for number, count in levels.items() if count >= level)
            found[held][values] = level - below
    return found


def _record(part: str, values: tuple[str, ...], count: int) -> Record:
    named = {by.value: value for by, value in zip(LABELLED, values, strict=True)}
    return Record(_DAY, {SESSION: part, **named}, count)


def in_parts(plain: Plain, parts: Mapping[str, Sequence[str]]) -> Plain:
    """A stored definition in which each session is the parts that it is to that release."""
    tables = [[_dimension_in_parts(one, parts) for one in table] for table in plain["tables"]]
    return plain | {"tables": tables, "where": {SESSION: _all(plain["where"][SESSION], parts)}}


def _dimension_in_parts(plain: Plain, parts: Mapping[str, Sequence[str]]) -> Plain:
    if plain["of"] != SESSION:
        return plain
    return plain | {"groups": [{"values": _all(one["values"], parts)} for one in plain["groups"]]}


def _all(sessions: Iterable[str], parts: Mapping[str, Sequence[str]]) -> list[str]:
    return sorted(part for session in sessions for part in parts[session])
