"""What must hold of a child's plans, episodes and death (domain.md §4): pure functions that return findings."""

from collections.abc import Iterator
from datetime import date
from itertools import chain

from services.outcomes.domain.codes import code_set_of
from services.outcomes.domain.plans import PlanType
from services.outcomes.domain.timeline import Episode, Finding, Severity, Span, Timeline

# Plans under the social-care episode; early help is given outside of it.
STATUTORY = frozenset({PlanType.CP, PlanType.CIN, PlanType.LOOKED_AFTER})


def starting(timeline: Timeline, span: Span, pointer: str = "/started_on") -> Iterator[Finding]:
    """Whether this plan may start (and, when it has an end, be) on that timeline."""
    return chain(
        _not_future(timeline, span.started_on, pointer),
        _conference(span),
        _category(span),
        _after_death(timeline, span.started_on, pointer),
        _overlaps(timeline, span, pointer),
        _episode(timeline, span, pointer),
    )


def ending(timeline: Timeline, span: Span, ended_on: date, pointer: str = "/ended_on") -> Iterator[Finding]:
    """Whether this open plan may end on that day."""
    yield from _not_future(timeline, ended_on, pointer)
    if ended_on < span.started_on:
        yield Finding("end-before-start", pointer, "the plan started later")
    if span.type is PlanType.CP and ended_on == span.started_on:
        yield Finding("cp-same-day", pointer, "a child protection plan cannot start and end on the same day")
    yield from _after_death(timeline, ended_on, pointer)


def during(timeline: Timeline, started_on: date, day: date, pointer: str) -> Iterator[Finding]:
    """Whether something of a plan, such as a review, may be dated that day."""
    if day < started_on:
        yield Finding("before-plan", pointer, "the plan started later")
    yield from dated(timeline, day, pointer)


def dated(timeline: Timeline, day: date, pointer: str) -> Iterator[Finding]:
    """Whether anything of the child may be dated that day: not in the future, not after death."""
    yield from _not_future(timeline, day, pointer)
    yield from _after_death(timeline, day, pointer)


def opening_episode(timeline: Timeline, episode: Episode) -> Iterator[Finding]:
    """Whether this social-care referral fits among the others and the plans."""
    yield from _not_future(timeline, episode.referral_date, "/referral_date")
    yield from _after_death(timeline, episode.referral_date, "/referral_date")
    for other in timeline.episodes:
        if _during(other, episode.referral_date) or _during(episode, other.referral_date):
            yield Finding("episode-overlap", "/referral_date", "another referral of this child was open then")
            break
    yield from _plans_of(timeline, episode)
    if episode.closed_on is not None:
        yield from closing_episode(timeline, episode, episode.closed_on)


def closing_episode(timeline: Timeline, episode: Episode, closed_on: date) -> Iterator[Finding]:
    """Whether the episode may close on that day."""
    yield from _not_future(timeline, closed_on, "/closed_on")
    if closed_on < episode.referral_date:
        yield Finding("closure-before-referral", "/closed_on", "the referral came later")
    for span in timeline.plans:
        if span.type in STATUTORY and span.started_on <= closed_on and (span.ended_on or date.max) > closed_on:
            yield Finding("plan-open-at-closure", "/closed_on", "a plan of this child was still open then")
            break


def dying(timeline: Timeline, died_on: date) -> Iterator[Finding]:
    """Whether that day can be the day of death."""
    yield from _not_future(timeline, died_on, "/died_on")
    days = [day for span in timeline.plans for day in (span.started_on, span.ended_on) if day is not None]
    days += [episode.referral_date for episode in timeline.episodes]
    if any(day > died_on for day in days):
        yield Finding("after-death", "/died_on", "something on the timeline is dated later")


def closure_reason(day: date, reason: str) -> Iterator[Finding]:
    """Whether the census year of that day knows the reason."""
    if reason not in code_set_of(day).closure_reasons:
        yield Finding("closure-reason", "/closure_reason", "is no closure reason of that census year")


def _not_future(timeline: Timeline, day: date, pointer: str) -> Iterator[Finding]:
    if day > timeline.today:
        yield Finding("in-the-future", pointer, "has not come yet")


def _after_death(timeline: Timeline, day: date, pointer: str) -> Iterator[Finding]:
    if timeline.died_on is not None and day > timeline.died_on:
        yield Finding("after-death", pointer, "is after the child's death")


def _conference(span: Span) -> Iterator[Finding]:
    if span.type is PlanType.CP and span.conference_on != span.started_on:
        yield Finding("cp-conference-date", "/conference_on", "a child protection plan starts on its conference's day")
    if span.type is not PlanType.CP and span.conference_on is not None:
        yield Finding("conference-of-cp-only", "/conference_on", "only a child protection plan has a conference")


def _category(span: Span) -> Iterator[Finding]:
    if (span.type is PlanType.CP) is (span.category is None):
        yield Finding("category-of-cp", "/category", "a child protection plan has a category, no other plan has one")


def _overlaps(timeline: Timeline, span: Span, pointer: str) -> Iterator[Finding]:
    for other in timeline.plans:
        if other.id == span.id:
            continue
        if other.type is span.type and _overlap(other, span):
            yield Finding("one-open-plan-of-each-type", pointer, "another plan of this type was open then")
        elif {other.type, span.type} == {PlanType.CP, PlanType.CIN} and _overlap(other, span):
            yield Finding("cin-overlaps-cp", pointer, "a child in need plan never overlaps a child protection plan")
        elif other.type is span.type and span.started_on in {other.ended_on, other.started_on}:
            message = "a plan of this type ended on that very day"
            yield Finding("same-type-same-day", pointer, message, Severity.QUERY)


def _overlap(one: Span, other: Span) -> bool:
    """Whether they share more than a day of handing over."""
    return one.started_on < (other.ended_on or date.max) and other.started_on < (one.ended_on or date.max)


def _episode(timeline: Timeline, span: Span, pointer: str) -> Iterator[Finding]:
    """Nothing before the first known social-care referral; none under one that was closed without further action."""
    if span.type not in STATUTORY or not timeline.episodes:
        return
    before = [episode for episode in timeline.episodes if episode.referral_date <= span.started_on]
    if not before:
        yield Finding("before-referral", pointer, "is before the child's social-care referral")
        return
    latest = max(before, key=lambda episode: episode.referral_date)
    if latest.no_further_action:
        yield Finding("no-further-action", pointer, "that referral had no further action, so it has no plan")
    elif latest.closed_on is not None and latest.closed_on < span.started_on:
        message = "the social-care referral was closed before"
        yield Finding("after-closure", pointer, message, Severity.QUERY)


def _plans_of(timeline: Timeline, episode: Episode) -> Iterator[Finding]:
    following = [other.referral_date for other in timeline.episodes if other.referral_date > episode.referral_date]
    until = min(following, default=date.max)
    days = [span.started_on for span in timeline.plans if span.type in STATUTORY]
    if episode.no_further_action and any(episode.referral_date <= day < until for day in days):
        yield Finding("no-further-action", "/no_further_action", "this child has a plan that started under it")
    earlier = [other for other in timeline.episodes if other.referral_date < episode.referral_date]
    if not earlier and any(day < episode.referral_date for day in days):
        yield Finding("before-referral", "/referral_date", "a plan of this child started before")


def _during(episode: Episode, day: date) -> bool:
    closed = episode.referral_date if episode.no_further_action else (episode.closed_on or date.max)
    return episode.referral_date <= day < closed
