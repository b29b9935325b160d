"""Candidates as the columns that a proposal ranks."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.matching.domain.crowd import FLAGS, SETS, Codes, Columns
from services.matching.domain.needs import Candidate
from services.matching.domain.placing import Parted

DAY = date(2026, 11, 27)


def columns_of(crowd: Sequence[Candidate]) -> Columns:
    """By id, on that day: the flags of each as they are, sets of codes as numbers; nothing that is sealed is told."""
    people = sorted(crowd, key=lambda one: one.id)
    codes = {name: Codes() for name in SETS}
    plain = ("id", "capacity", "places_taken", "gender", "visits_a_week", "outcode")
    of: dict[str, list[Any]] = {name: [getattr(one, name) for one in people] for name in plain}
    of |= {name: [codes[name].mask(getattr(one, name)) for one in people] for name in SETS}
    of["flags"] = [sum(getattr(one, name) << bit for bit, name in enumerate(FLAGS)) for one in people]
    return Columns(of, codes)


def telling(columns: Columns, crowd: Sequence[Candidate], parted: Parted) -> Columns:
    """With what is sealed of those who could be matched."""
    people, fit = sorted(crowd, key=lambda one: one.id), set(parted.fit)
    sealed = ("age", "ethnicity", "faith")
    return columns.telling(
        **{name: [getattr(one, name) if at in fit else None for at, one in enumerate(people)] for name in sealed}
    )
