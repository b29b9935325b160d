"""What must hold of a child's timeline: every invariant of the census rules, allowed and refused."""

from collections.abc import Iterable
from datetime import date

import pytest

from services.outcomes.domain import invariants
from services.outcomes.domain.codes import code_set_of
from services.outcomes.domain.plans import Category, PlanType
from services.outcomes.domain.timeline import Episode, Finding, Severity, Span, Timeline, require
from shared.errors import Conflict, Invalid
from shared.ids import new_id

TODAY = date(2026, 11, 22)
CP, CIN, EARLY, CARE = PlanType.CP, PlanType.CIN, PlanType.EARLY_HELP, PlanType.LOOKED_AFTER


def d(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def span(kind: PlanType, start: str, end: str | None = None) -> Span:
    """A plan of 2026; of a child protection plan the conference is on the day of its start."""
    conference, category = (d(start), Category.NEG) if kind is CP else (None, None)
    return Span(new_id(), kind, d(start), d(end) if end else None, conference, category)


def timeline(*plans: Span, episodes: tuple[Episode, ...] = (), died: str | None = None) -> Timeline:
    return Timeline(TODAY, plans, episodes, d(died) if died else None)


def codes(findings: Iterable[Finding]) -> list[str]:
    return [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("known", "new", "found"),
    [
        ((CP, "01-10", "05-01"), (CIN, "05-01", None), []),
        ((CIN, "01-10", "05-01"), (CP, "05-01", None), []),
        ((CP, "01-10", "05-01"), (CIN, "04-30", None), ["cin-overlaps-cp"]),
        ((CP, "01-10", None), (CIN, "05-01", None), ["cin-overlaps-cp"]),
        ((CIN, "01-10", None), (CP, "05-01", None), ["cin-overlaps-cp"]),
        ((CIN, "03-01", "05-01"), (CP, "01-01", None), ["cin-overlaps-cp"]),
        ((CP, "01-10", None), (CP, "05-01", None), ["one-open-plan-of-each-type"]),
        ((CIN, "01-10", None), (CIN, "05-01", None), ["one-open-plan-of-each-type"]),
        ((EARLY, "01-10", None), (EARLY, "05-01", None), ["one-open-plan-of-each-type"]),
        ((CARE, "01-10", None), (CARE, "05-01", None), ["one-open-plan-of-each-type"]),
        ((CIN, "01-10", "05-02"), (CIN, "05-01", None), ["one-open-plan-of-each-type"]),
        ((CIN, "01-10", "05-01"), (CIN, "05-01", None), ["same-type-same-day"]),
        ((CIN, "01-10", "05-01"), (CIN, "05-02", None), []),
        ((CP, "01-10", None), (EARLY, "05-01", None), []),
        ((CP, "01-10", None), (CARE, "05-01", None), []),
        ((CARE, "01-10", None), (CIN, "05-01", None), []),
    ],
)
def test_plans_may_hand_over_on_a_day_but_never_overlap_where_they_must_not(
    known: tuple[PlanType, str, str | None], new: tuple[PlanType, str, str | None], found: list[str]
) -> None:
    assert codes(invariants.starting(timeline(span(*known)), span(*new))) == found


def test_a_child_protection_plan_starts_on_the_day_of_its_conference() -> None:
    plan = Span(new_id(), CP, d("05-01"), None, d("04-30"), Category.NEG)
    assert codes(invariants.starting(timeline(), plan)) == ["cp-conference-date"]
    plan = Span(new_id(), CP, d("05-01"), None, None, Category.NEG)
    assert codes(invariants.starting(timeline(), plan)) == ["cp-conference-date"]


def test_only_a_child_protection_plan_has_a_conference_and_a_category_and_it_needs_both() -> None:
    plan = Span(new_id(), CIN, d("05-01"), None, d("05-01"), Category.NEG)
    assert codes(invariants.starting(timeline(), plan)) == ["conference-of-cp-only", "category-of-cp"]
    plan = Span(new_id(), CP, d("05-01"), None, d("05-01"), None)
    assert codes(invariants.starting(timeline(), plan)) == ["category-of-cp"]


@pytest.mark.parametrize(
    ("kind", "end", "found"),
    [
        (CP, "05-01", ["cp-same-day"]),
        (CIN, "05-01", []),
        (CP, "05-02", []),
        (CP, "04-30", ["end-before-start"]),
        (CIN, "04-30", ["end-before-start"]),
        (CIN, "11-22", []),
        (CIN, "11-23", ["in-the-future"]),
    ],
)
def test_the_end_of_a_plan_is_not_before_its_start_nor_to_come(kind: PlanType, end: str, found: list[str]) -> None:
    plan = span(kind, "05-01")
    assert codes(invariants.ending(timeline(plan), plan, d(end))) == found


def test_nothing_starts_in_the_future() -> None:
    assert codes(invariants.starting(timeline(), span(CIN, "11-23"))) == ["in-the-future"]
    assert codes(invariants.starting(timeline(), span(CIN, "11-22"))) == []


def test_nothing_is_dated_after_death_and_death_is_not_before_anything() -> None:
    plan = span(CIN, "05-01")
    assert codes(invariants.starting(timeline(died="04-30"), plan)) == ["after-death"]
    assert codes(invariants.starting(timeline(died="05-01"), plan)) == []
    assert codes(invariants.ending(timeline(plan, died="06-01"), plan, d("06-02"))) == ["after-death"]
    assert codes(invariants.dying(timeline(plan), d("04-30"))) == ["after-death"]
    assert codes(invariants.dying(timeline(plan), d("05-01"))) == []
    later = Episode(new_id(), d("05-02"))
    assert codes(invariants.dying(timeline(plan, episodes=(later,)), d("05-01"))) == ["after-death"]
    assert codes(invariants.dying(timeline(), d("11-23"))) == ["in-the-future"]
    assert codes(invariants.opening_episode(timeline(died="04-30"), Episode(new_id(), d("05-01")))) == ["after-death"]


@pytest.mark.parametrize("kind", [CP, CIN, CARE])
def test_no_plan_of_social_care_starts_before_the_social_care_referral(kind: PlanType) -> None:
    episode = Episode(new_id(), d("05-01"))
    assert codes(invariants.starting(timeline(episodes=(episode,)), span(kind, "04-30"))) == ["before-referral"]
    assert codes(invariants.starting(timeline(episodes=(episode,)), span(kind, "05-01"))) == []
    assert codes(invariants.opening_episode(timeline(span(kind, "04-30")), episode)) == ["before-referral"]
    earlier = Episode(new_id(), d("01-01"), closed_on=d("04-30"))
    known = timeline(span(kind, "02-01", "04-30"), episodes=(earlier,))
    assert codes(invariants.opening_episode(known, episode)) == []


def test_early_help_needs_no_social_care_referral() -> None:
    episode = Episode(new_id(), d("05-01"))
    assert codes(invariants.starting(timeline(episodes=(episode,)), span(EARLY, "04-30"))) == []
    assert codes(invariants.opening_episode(timeline(span(EARLY, "04-30")), episode)) == []


def test_a_referral_without_further_action_has_no_plan() -> None:
    nothing = Episode(new_id(), d("05-01"), no_further_action=True)
    assert codes(invariants.starting(timeline(episodes=(nothing,)), span(CIN, "05-02"))) == ["no-further-action"]
    assert codes(invariants.opening_episode(timeline(span(CIN, "05-02")), nothing)) == ["no-further-action"]
    next_one = Episode(new_id(), d("06-01"))
    assert codes(invariants.starting(timeline(episodes=(nothing, next_one)), span(CIN, "06-02"))) == []
    known = timeline(span(CIN, "06-02"), episodes=(next_one,))
    assert codes(invariants.opening_episode(known, nothing)) == []


def test_a_plan_after_the_closure_of_the_referral_is_queried() -> None:
    closed = Episode(new_id(), d("05-01"), closed_on=d("06-01"))
    found = list(invariants.starting(timeline(episodes=(closed,)), span(CIN, "06-02")))
    assert [(one.code, one.severity) for one in found] == [("after-closure", Severity.QUERY)]
    assert codes(invariants.starting(timeline(episodes=(closed,)), span(CIN, "06-01"))) == []


def test_one_social_care_referral_is_open_at_a_time() -> None:
    one = Episode(new_id(), d("05-01"))
    assert codes(invariants.opening_episode(timeline(episodes=(one,)), Episode(new_id(), d("06-01")))) == [
        "episode-overlap"
    ]
    closed = Episode(new_id(), d("05-01"), closed_on=d("06-01"))
    assert codes(invariants.opening_episode(timeline(episodes=(closed,)), Episode(new_id(), d("06-01")))) == []
    assert codes(invariants.opening_episode(timeline(episodes=(one,)), Episode(new_id(), d("01-01")))) == [
        "episode-overlap"
    ]


def test_an_episode_closes_after_its_referral_and_with_its_plans() -> None:
    episode = Episode(new_id(), d("05-01"))
    assert codes(invariants.closing_episode(timeline(), episode, d("04-30"))) == ["closure-before-referral"]
    assert codes(invariants.closing_episode(timeline(), episode, d("11-23"))) == ["in-the-future"]
    open_plan, ended = span(CIN, "05-02"), span(CIN, "05-02", "06-01")
    assert codes(invariants.closing_episode(timeline(open_plan), episode, d("06-01"))) == ["plan-open-at-closure"]
    assert codes(invariants.closing_episode(timeline(ended), episode, d("05-31"))) == ["plan-open-at-closure"]
    assert codes(invariants.closing_episode(timeline(ended), episode, d("06-01"))) == []
    assert codes(invariants.closing_episode(timeline(span(EARLY, "05-02")), episode, d("06-01"))) == []


def test_closure_reasons_are_those_of_the_census_year() -> None:
    assert codes(invariants.closure_reason(date(2018, 3, 31), "RC9")) == ["closure-reason"]
    assert codes(invariants.closure_reason(date(2018, 4, 1), "RC9")) == []
    assert codes(invariants.closure_reason(TODAY, "RC0")) == ["closure-reason"]
    assert code_set_of(date(2018, 3, 31)).version != code_set_of(TODAY).version


def test_something_of_a_plan_lies_within_its_days() -> None:
    known = timeline(died="06-01")
    assert codes(invariants.during(known, d("05-01"), d("04-30"), "/held_on")) == ["before-plan"]
    assert codes(invariants.during(known, d("05-01"), d("05-01"), "/held_on")) == []
    assert codes(invariants.during(known, d("05-01"), d("06-02"), "/held_on")) == ["after-death"]


def test_an_error_is_refused_whatever_was_accepted() -> None:
    error = Finding("cp-same-day", "/ended_on", "no")
    query = Finding("same-type-same-day", "/started_on", "why", Severity.QUERY)
    with pytest.raises(Invalid) as refused:
        require([error, query], {"cp-same-day", "same-type-same-day"}, "codes")
    assert refused.value.name == "plan-invariant"
    assert [one["code"] for one in refused.value.extra["errors"]] == ["cp-same-day"]


def test_a_query_is_refused_until_its_own_code_is_accepted() -> None:
    query = Finding("same-type-same-day", "/started_on", "why", Severity.QUERY)
    with pytest.raises(Conflict) as refused:
        require([query], {"after-closure"}, "codes")
    assert refused.value.name == "plan-query"
    assert require([query], {"same-type-same-day"}, "codes") == [query]
    assert require([], (), "codes") == []
