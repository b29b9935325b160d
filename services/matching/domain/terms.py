"""Factors and hard constraints in words: what each means, where it comes from, who may pass over it."""

import json
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any, Final


class Ground(StrEnum):
    """What a constraint rests on. Only what is good practice may be passed over, by who may, with a reason."""

    LAW = "law"
    SAFETY = "safety"
    FAMILY = "family"
    FACT = "fact"
    PRACTICE = "practice"


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor: its definition, what its weight is unless a partnership says otherwise, and its source fields."""

    name: str
    weight: int
    sensitive: bool
    source: str
    definition: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """One hard constraint: a sentence for people, and what would have to change."""

    code: str
    ground: Ground
    sentence: str
    change: str

    @property
    def overridable(self) -> bool:
        """Whether the project manager may pass over it with a reason."""
        return self.ground is Ground.PRACTICE


def _constraint(row: dict[str, Any]) -> Constraint:
    return Constraint(row["code"], Ground(row["ground"]), row["sentence"], row["change"])


_DOCUMENT: Final = json.loads(files("services.matching").joinpath("data/matching_terms.json").read_text())
FACTORS: Final = tuple(Factor(**row) for row in _DOCUMENT["factors"])
CONSTRAINTS: Final = {row["code"]: _constraint(row) for row in _DOCUMENT["constraints"]}


def overridable(codes: tuple[str, ...] | list[str]) -> bool:
    """Whether every one of these constraints may be passed over; one that is no longer known may not."""
    return all(code in CONSTRAINTS and CONSTRAINTS[code].overridable for code in codes)
