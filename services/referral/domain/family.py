"""Families: roles in the household, and which outcode may be told to those who plan visits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class FamilyRole(StrEnum):
    """What somebody is in a family."""

    CHILD = "child"
    PARENT = "parent"
    OTHER_ADULT = "other_adult"


@dataclass(frozen=True, slots=True)
class Dwelling:
    """Where one member lives, as roughly as an outcode says it."""

    is_child: bool
    confidential: bool
    outcode: str | None


def common_outcode(members: Sequence[Dwelling]) -> str | None:
    """Where visits happen: the children's outcode first; never one that a member keeps confidential."""
    hidden = {one.outcode for one in members if one.confidential}
    open_to_all = [one for one in members if not one.confidential and one.outcode and one.outcode not in hidden]
    in_order = sorted(open_to_all, key=lambda one: not one.is_child)
    return in_order[0].outcode if in_order else None


def common_code(codes: Sequence[str | None]) -> str | None:
    """The one code that all who stated one have in common; None when they differ or nobody did."""
    stated = {code for code in codes if code}
    return stated.pop() if len(stated) == 1 else None


def is_current(from_date: date, to_date: date | None, day: date) -> bool:
    """Whether a dated membership holds on that civil day; its last day counts."""
    return from_date <= day and (to_date is None or day <= to_date)


def outcode_of(postcode: str) -> str:
    """The first half of a postcode: all but its last three characters."""
    return postcode.replace(" ", "").upper()[:-3]


def age_on(birth: date, day: date) -> int:
    """Completed years of life on that civil day; somebody born on 29 February is a year older on 1 March."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
