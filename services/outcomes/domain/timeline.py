"""A child's timeline as plain values, and what a check of it can find."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.outcomes.domain.plans import Category, PlanType
from shared.errors import Conflict, Invalid


@dataclass(frozen=True, slots=True)
class Span:
    """One plan: its kind and its days; `ended_on` is None while it is open."""

    id: UUID
    type: PlanType
    started_on: date
    ended_on: date | None = None
    conference_on: date | None = None
    category: Category | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """One social-care referral of the child; without a closure it is open."""

    id: UUID
    referral_date: date
    no_further_action: bool = False
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything of one child that an invariant looks at. `today` is the civil day of the check."""

    today: date
    plans: tuple[Span, ...] = ()
    episodes: tuple[Episode, ...] = ()
    died_on: date | None = None

    def without(self, plan: UUID) -> "Timeline":
        """The timeline as if that plan had not been."""
        return replace(self, plans=tuple(span for span in self.plans if span.id != plan))

    def having(self, span: Span) -> "Timeline":
        """The timeline with this plan in place of the one of the same id."""
        return replace(self, plans=(*self.without(span.id).plans, span))


class Severity(StrEnum):
    """As the national census has it: an error is refused, a query is accepted with a reason."""

    ERROR = "error"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken or doubtful invariant, at one place of the body."""

    code: str
    pointer: str
    message: str
    severity: Severity = Severity.ERROR

    def document(self) -> dict[str, str]:
        return {
            "pointer": self.pointer,
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
        }


def require(findings: Iterable[Finding], accepted: Collection[str], code_set: str) -> Sequence[Finding]:
    """Refuse errors (422 `plan-invariant`) and unanswered queries (409 `plan-query`); return the accepted queries."""
    found = list(findings)
    errors = [one.document() for one in found if one.severity is Severity.ERROR]
    if errors:
        raise Invalid(errors, name="plan-invariant", detail="The timeline would not hold.", code_set=code_set)
    queries = [one for one in found if one.severity is Severity.QUERY]
    open_queries = [one.document() for one in queries if one.code not in accepted]
    if open_queries:
        raise Conflict(
            "Say in queries_accepted, with a reason for each code, that this is meant.",
            name="plan-query",
            title="This is unusual and needs a reason",
            errors=open_queries,
            code_set=code_set,
        )
    return queries
