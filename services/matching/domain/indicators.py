"""One definition for each thing that somebody on duty looks at: what it counts, since when, and what to do next.

Today, the lists and the reference (`GET /v1/indicators`) all read this table; its SQL is in `repository.indicators`.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.matching.domain.policy import Policy
from services.matching.domain.visits import LONGEST


class Code(StrEnum):
    """In the order in which they are looked at."""

    NOT_CHECKED_OUT = "not-checked-out"
    VISITS_NOW = "visits-now"
    CLEARANCE_LAPSED = "clearance-lapsed"
    RECORDS_LATE = "records-late"
    SIGNATURES_WAITING = "signatures-waiting"
    SUPERVISION_DUE = "supervision-due"
    NO_CONTACT = "no-contact"
    CLEARANCES_EXPIRING = "clearances-expiring"


class Whose(StrEnum):
    """Of whose volunteers: one's own, those whom one covers, and nobody's; those whom one covers; everybody's."""

    MINE = "mine"
    COVERED = "covered"
    ALL = "all"


class Subject(StrEnum):
    VISIT = "visit"
    MATCH = "match"
    VOLUNTEER = "volunteer"


@dataclass(frozen=True, slots=True)
class Indicator:
    """`event` is told when it begins to hold, where one is. What is `everybodys` cannot wait for one's own list."""

    code: Code
    subject: Subject
    title: str
    definition: str
    action: str
    event: str | None = None
    everybodys: bool = False


def indicators(policy: Policy) -> dict[Code, Indicator]:
    """All of them in their order, in words that name the policy's own numbers."""
    return {one.code: one for one in (*_of_visits(policy), *_of_people(policy))}


def _of_visits(policy: Policy) -> tuple[Indicator, ...]:
    minutes = int(policy.check_out_due.total_seconds() // 60)
    hours = int(policy.contact_due.total_seconds() // 3600)
    return (
        Indicator(
            Code.NOT_CHECKED_OUT, Subject.VISIT, "Not checked out",
            f"A visit that is still planned, of which nobody had checked out {minutes} minutes after its planned end,"
            " and has not since.",
            "telephone-volunteer", "circle.visit.not-checked-out.v1", everybodys=True,
        ),
        Indicator(
            Code.VISITS_NOW, Subject.VISIT, "Visits now",
            "A planned visit whose planned time has begun and is not over, and of which nobody has checked out.",
            "watch-visit",
        ),
        Indicator(
            Code.CLEARANCE_LAPSED, Subject.MATCH, "Matches without a current clearance",
            "A match that was introduced and has not ended, whose volunteer's clearance is not current today.",
            "pause-match", "circle.match.clearance-lapsed.v1",
        ),
        Indicator(
            Code.RECORDS_LATE, Subject.VISIT, "Records late",
            f"A visit that is planned or happened, without a Record of Contact {hours} hours after its end.",
            "write-record", "circle.contact.overdue.v1",
        ),
    )  # fmt: skip


def _of_people(policy: Policy) -> tuple[Indicator, ...]:
    return (
        Indicator(
            Code.SIGNATURES_WAITING, Subject.MATCH, "Answers waiting",
            "A proposed match that not all of volunteer, family and project manager have agreed to.",
            "record-answer", "circle.match.proposed.v1",
        ),
        Indicator(
            Code.SUPERVISION_DUE, Subject.VOLUNTEER, "Supervision due",
            f"A volunteer with an agreed match whose last supervision, or whose first start where there was none, is"
            f" {policy.supervision_days} days ago or longer.",
            "hold-supervision",
        ),
        Indicator(
            Code.NO_CONTACT, Subject.MATCH, "No successful contact",
            f"An active match in which no visit has happened for {policy.no_contact_days} days, counted from its start"
            " or from when it was resumed.",
            "telephone-volunteer",
        ),
        Indicator(
            Code.CLEARANCES_EXPIRING, Subject.VOLUNTEER, "Clearances expiring",
            f"A volunteer who is available or matched whose clearance ends within {max(policy.warn_days)} days.",
            "renew-clearance", "circle.volunteer.clearance-expiring.v1",
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """The bounds that the definitions are about, at one instant."""

    now: datetime
    today: date
    begun_after: datetime
    supervised_by: date
    contact_by: date
    expires_by: date


def moment(now: datetime, today: date, policy: Policy) -> Moment:
    return Moment(
        now=now,
        today=today,
        begun_after=now - LONGEST,
        supervised_by=today - timedelta(days=policy.supervision_days),
        contact_by=today - timedelta(days=policy.no_contact_days),
        expires_by=today + timedelta(days=max(policy.warn_days)),
    )
