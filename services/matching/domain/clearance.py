"""Clearance: which disclosure a role is entitled to, and what a volunteer still lacks on a day."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files
from typing import Any

from services.matching.domain.policy import Policy


class VolunteerRole(StrEnum):
    LONE_HOME_VISITOR = "lone_home_visitor"
    ACCOMPANIED_VISITOR = "accompanied_visitor"
    GROUP_HELPER = "group_helper"
    OFFICE_HELPER = "office_helper"


class Frequency(StrEnum):
    WEEKLY_OR_MORE = "weekly_or_more"
    OCCASIONAL = "occasional"


class Level(StrEnum):
    """Levels of disclosure; `enhanced_barred` is the enhanced check with the children's barred list."""

    BASIC = "basic"
    STANDARD = "standard"
    ENHANCED = "enhanced"
    ENHANCED_BARRED = "enhanced_barred"


class Workforce(StrEnum):
    CHILD = "child"
    ADULT = "adult"
    CHILD_AND_ADULT = "child_and_adult"
    OTHER = "other"


class Decision(StrEnum):
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"
    UNDER_REVIEW = "under_review"


VISITING = frozenset({VolunteerRole.LONE_HOME_VISITOR, VolunteerRole.ACCOMPANIED_VISITOR})
RANK = {level: rank for rank, level in enumerate(Level)}
_WITH_CHILDREN = frozenset({Workforce.CHILD, Workforce.CHILD_AND_ADULT})


@dataclass(frozen=True, slots=True)
class Rule:
    """From its day on: the highest level that may be asked for, which is also the one that the role needs."""

    role: VolunteerRole
    frequency: Frequency
    since: date
    level: Level
    minimum_age: int


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A certificate as far as it may be kept."""

    level: Level
    workforce: Workforce
    issued_on: date
    decision: Decision


@dataclass(frozen=True, slots=True)
class Checks:
    """Everything that is known about one volunteer's clearance."""

    rule: Rule
    disclosures: Sequence[Disclosure] = ()
    references: int = 0
    identity: bool = False
    la_check: bool = False
    lived_abroad: bool = False
    overseas: bool = False
    qualified: bool = False


def rule_for(role: VolunteerRole, frequency: Frequency, day: date, rules: Sequence[Rule] | None = None) -> Rule:
    """The rule of that day; the earliest one for days before any."""
    found = [one for one in rules or RULES if one.role is role and one.frequency is frequency]
    found.sort(key=lambda one: one.since)
    return next((one for one in reversed(found) if one.since <= day), found[0])


def may_ask_for(rule: Rule, level: Level) -> bool:
    """Whether the role is entitled to that level; asking for more is an offence."""
    return RANK[level] <= RANK[rule.level]


def minimum_age(rule: Rule, policy: Policy) -> int:
    """Policy may raise the role's minimum age, never lower it."""
    return max(rule.minimum_age, policy.minimum_age, MINIMUM_AGE_FOR_ANY_CHECK)


def serves(one: Disclosure, rule: Rule) -> bool:
    """Whether a disclosure is good enough for the role: accepted, of its level, for work with children."""
    needs_children = RANK[rule.level] > RANK[Level.BASIC]
    return (
        one.decision is Decision.ACCEPTED
        and RANK[one.level] >= RANK[rule.level]
        and (one.workforce in _WITH_CHILDREN or not needs_children)
    )


def expires_on(checks: Checks, policy: Policy) -> date | None:
    """The day from which no disclosure that the role needs is current; None when there is none.

    A newer certificate that is not accepted, or still under review, takes the older ones out of force.
    """
    newest_last = sorted(checks.disclosures, key=lambda one: one.issued_on)
    if not newest_last or newest_last[-1].decision is not Decision.ACCEPTED:
        return None
    days = [years_after(one.issued_on, policy.recheck_years) for one in newest_last if serves(one, checks.rule)]
    return max(days, default=None)


def current_until(checks: Checks, day: date, policy: Policy) -> date | None:
    """The day on which a clearance that is whole runs out; None while anything but the training is missing."""
    return None if set(missing(checks, day, policy)) - {"qualification"} else expires_on(checks, policy)


def missing(checks: Checks, day: date, policy: Policy) -> list[str]:
    """Codes of what is still to be done on that day; an empty list is a cleared volunteer."""
    until = expires_on(checks, policy)
    wanted = (
        ("disclosure", until is not None and day < until),
        ("references", checks.references >= policy.references_wanted),
        ("identity", checks.identity),
        ("la-check", checks.la_check),
        ("overseas-check", checks.overseas or not checks.lived_abroad),
        ("qualification", checks.qualified),
    )
    return [name for name, done in wanted if not done]


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 1 March where that year has no 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _rules(rows: Iterable[dict[str, Any]]) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            VolunteerRole(row["role"]),
            Frequency(row["frequency"]),
            date.fromisoformat(row["from"]),
            Level(row["level"]),
            row["minimum_age"],
        )
        for row in rows
    )


_DOCUMENT = json.loads(files("services.matching").joinpath("data/disclosure_rules.json").read_text())
RULES = _rules(_DOCUMENT["rules"])
MINIMUM_AGE_FOR_ANY_CHECK: int = _DOCUMENT["minimum_age_for_any_check"]
