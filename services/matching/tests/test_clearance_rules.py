"""What a role is entitled to, what a volunteer lacks, and from which day a clearance is not current."""

import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from services.matching.domain import clearance
from services.matching.domain.clearance import (
    Checks,
    Decision,
    Disclosure,
    Frequency,
    Level,
    Rule,
    VolunteerRole,
    Workforce,
)
from services.matching.domain.policy import Policy
from services.matching.domain.volunteers import age_on, ages_on, as_number

DAY = date(2026, 11, 22)
POLICY = Policy()
LONE = clearance.rule_for(VolunteerRole.LONE_HOME_VISITOR, Frequency.WEEKLY_OR_MORE, DAY)


def disclosure(**other: Any) -> Disclosure:
    given: dict[str, Any] = {
        "level": Level.ENHANCED_BARRED,
        "workforce": Workforce.CHILD,
        "issued_on": DAY - timedelta(days=30),
        "decision": Decision.ACCEPTED,
    }
    return Disclosure(**(given | other))


def whole(**other: Any) -> Checks:
    given: dict[str, Any] = {
        "rule": LONE,
        "disclosures": [disclosure()],
        "references": 2,
        "identity": True,
        "la_check": True,
    }
    return Checks(**(given | {"qualified": True} | other))


def test_a_lone_home_visitor_needs_the_enhanced_check_with_the_barred_list() -> None:
    assert (LONE.level, LONE.minimum_age) == (Level.ENHANCED_BARRED, 18)


ENTITLED = {
    (VolunteerRole.LONE_HOME_VISITOR, Frequency.WEEKLY_OR_MORE): Level.ENHANCED_BARRED,
    (VolunteerRole.LONE_HOME_VISITOR, Frequency.OCCASIONAL): Level.ENHANCED,
    (VolunteerRole.ACCOMPANIED_VISITOR, Frequency.WEEKLY_OR_MORE): Level.ENHANCED,
    (VolunteerRole.ACCOMPANIED_VISITOR, Frequency.OCCASIONAL): Level.BASIC,
    (VolunteerRole.GROUP_HELPER, Frequency.WEEKLY_OR_MORE): Level.ENHANCED,
    (VolunteerRole.GROUP_HELPER, Frequency.OCCASIONAL): Level.BASIC,
    (VolunteerRole.OFFICE_HELPER, Frequency.WEEKLY_OR_MORE): Level.BASIC,
    (VolunteerRole.OFFICE_HELPER, Frequency.OCCASIONAL): Level.BASIC,
}


@pytest.mark.parametrize("role", list(VolunteerRole))
@pytest.mark.parametrize("frequency", list(Frequency))
@pytest.mark.parametrize("level", list(Level))
def test_no_level_above_the_entitlement_may_be_asked_for(
    role: VolunteerRole, frequency: Frequency, level: Level
) -> None:
    rule = clearance.rule_for(role, frequency, DAY)
    order = list(Level)
    assert clearance.may_ask_for(rule, level) == (order.index(level) <= order.index(ENTITLED[role, frequency]))


def test_the_rule_of_the_day_is_the_last_that_began() -> None:
    role, often = VolunteerRole.GROUP_HELPER, Frequency.OCCASIONAL
    rules = [
        Rule(role, often, date(2020, 1, 1), Level.BASIC, 16),
        Rule(role, often, date(2026, 1, 1), Level.ENHANCED, 17),
    ]
    levels = [clearance.rule_for(role, often, day, rules).level for day in (date(2025, 12, 31), date(2026, 1, 1))]
    assert levels == [Level.BASIC, Level.ENHANCED]


def test_policy_raises_a_minimum_age_and_never_lowers_it() -> None:
    assert clearance.minimum_age(LONE, Policy(minimum_age=21)) == 21
    assert clearance.minimum_age(LONE, Policy(minimum_age=10)) == 18


def test_nothing_is_missing_when_all_is_current() -> None:
    assert clearance.missing(whole(), DAY, POLICY) == []


@pytest.mark.parametrize(
    ("lacking", "named"),
    [
        ({"disclosures": []}, "disclosure"),
        ({"disclosures": [disclosure(level=Level.ENHANCED)]}, "disclosure"),
        ({"disclosures": [disclosure(workforce=Workforce.ADULT)]}, "disclosure"),
        ({"disclosures": [disclosure(decision=Decision.UNDER_REVIEW)]}, "disclosure"),
        ({"references": 1}, "references"),
        ({"identity": False}, "identity"),
        ({"la_check": False}, "la-check"),
        ({"lived_abroad": True}, "overseas-check"),
        ({"qualified": False}, "qualification"),
    ],
)
def test_what_is_missing_is_named(lacking: dict[str, Any], named: str) -> None:
    assert clearance.missing(whole(**lacking), DAY, POLICY) == [named]


def test_who_lived_abroad_is_cleared_with_a_check_from_there() -> None:
    assert clearance.missing(whole(lived_abroad=True, overseas=True), DAY, POLICY) == []


def test_a_disclosure_is_current_until_the_day_three_years_later() -> None:
    checks = whole(disclosures=[disclosure(issued_on=date(2024, 2, 29))])
    until = clearance.expires_on(checks, POLICY)
    assert until == date(2027, 3, 1)
    assert clearance.missing(checks, date(2027, 2, 28), POLICY) == []
    assert clearance.missing(checks, date(2027, 3, 1), POLICY) == ["disclosure"]


def test_the_newest_disclosure_that_serves_the_role_counts() -> None:
    older, newer = disclosure(issued_on=date(2024, 1, 1)), disclosure(issued_on=date(2026, 1, 1))
    too_low = disclosure(issued_on=date(2026, 6, 1), level=Level.BASIC)
    assert clearance.expires_on(whole(disclosures=[newer, older, too_low]), POLICY) == date(2029, 1, 1)


@pytest.mark.parametrize("decision", [Decision.NOT_ACCEPTED, Decision.UNDER_REVIEW])
def test_a_newer_certificate_that_is_not_accepted_takes_the_older_out_of_force(decision: Decision) -> None:
    newer = disclosure(issued_on=DAY - timedelta(days=1), decision=decision)
    checks = whole(disclosures=[disclosure(), newer])
    assert clearance.missing(checks, DAY, POLICY) == ["disclosure"]
    decided = disclosure(issued_on=newer.issued_on)
    assert clearance.missing(whole(disclosures=[disclosure(), newer, decided]), DAY, POLICY) == []


def test_a_clearance_that_is_not_whole_has_no_last_day() -> None:
    until = clearance.expires_on(whole(), POLICY)
    assert clearance.current_until(whole(qualified=False), DAY, POLICY) == until
    assert clearance.current_until(whole(la_check=False), DAY, POLICY) is None


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2008, 11, 22), DAY, 18),
        (date(2008, 11, 23), DAY, 17),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_age_is_counted_in_whole_years(born: date, day: date, age: int) -> None:
    assert age_on(born, day) == age
    assert ages_on(np.array([as_number(born)]), day).tolist() == [age]


def test_the_ages_of_many_are_those_of_each() -> None:
    chance = random.Random(3)
    for _ in range(200):
        day = date(2020, 1, 1) + timedelta(days=chance.randrange(4_000))
        births = [date(1940, 1, 1) + timedelta(days=chance.randrange(29_000)) for _ in range(50)]
        assert ages_on(np.array(list(map(as_number, births))), day).tolist() == [age_on(one, day) for one in births]
