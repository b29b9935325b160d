"""What the load's writes leave behind when all is well: rows, history and events, by the kind of the operation."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple


class Leaves(NamedTuple):
    """An operation's effect in a service: a row of a table, or a line of history (kind of subject, status)."""

    service: str
    table: str = ""
    move: tuple[str, str] = ("", "")


class Tells(NamedTuple):
    """Rows of a table, or moves, of which each is told by one event that names its subject in this field."""

    service: str
    type: str
    field: str
    table: str = ""
    move: tuple[str, str] = ("", "")


class Follows(NamedTuple):
    """An event that makes exactly one row in another service; both are found under the field's value."""

    type: str
    field: str
    service: str
    table: str


LEAVES: Final[Mapping[str, Leaves]] = {
    "family": Leaves("referral", "families"),
    "referral": Leaves("referral", "referrals"),
    "submit": Leaves("referral", move=("referral", "submitted")),
    "triage": Leaves("referral", move=("referral", "under_triage")),
    "risk": Leaves("referral", "risk_assessments"),
    "accept": Leaves("referral", move=("referral", "accepted")),
    "concern": Leaves("referral", "concerns"),
    "programme": Leaves("training", "programmes"),
    "volunteer": Leaves("matching", "volunteers"),
    "apply": Leaves("matching", move=("volunteer", "applied")),
    "match": Leaves("matching", "matches"),
    "cancel": Leaves("matching", move=("match", "cancelled")),
    "induction": Leaves("training", "inductions"),
    "erase": Leaves("referral", move=("person", "erased")),
}
# The column by which others name a row, where that is not its id.
SUBJECTS: Final[Mapping[str, Mapping[str, str]]] = {
    "referral": {"families": "id", "referrals": "id", "risk_assessments": "id", "concerns": "id"},
    "matching": {"volunteers": "id", "match_requests": "referral_id", "matches": "id"},
    "training": {"programmes": "id", "inductions": "id"},
    "outcomes": {"cases": "id"},
    "gateway": {},
}
TELLS: Final[Sequence[Tells]] = (
    Tells("referral", "circle.family.registered.v1", "family", "families"),
    Tells("referral", "circle.referral.submitted.v1", "referral", move=("referral", "submitted")),
    Tells("referral", "circle.referral.triaged.v1", "referral", move=("referral", "under_triage")),
    Tells("referral", "circle.risk-assessment.completed.v1", "risk_assessment", "risk_assessments"),
    Tells("referral", "circle.referral.accepted.v1", "referral", move=("referral", "accepted")),
    Tells("referral", "circle.concern.raised.v1", "concern", "concerns"),
    Tells("referral", "circle.subject.erased.v1", "subject", move=("person", "erased")),
    Tells("matching", "circle.volunteer.applied.v1", "volunteer", move=("volunteer", "applied")),
    Tells("matching", "circle.match-request.opened.v1", "referral", "match_requests"),
    Tells("matching", "circle.match.proposed.v1", "match", "matches"),
    Tells("matching", "circle.match.cancelled.v1", "match", move=("match", "cancelled")),
    Tells("training", "circle.induction.started.v1", "induction", "inductions"),
    Tells("outcomes", "circle.case.opened.v1", "referral", "cases"),
)
FOLLOWS: Final[Sequence[Follows]] = (
    Follows("circle.referral.accepted.v1", "referral", "matching", "match_requests"),
    Follows("circle.referral.accepted.v1", "referral", "outcomes", "cases"),
)
# Clocks that say by an event that they ran out; the field names the clock's subject.
CLOCKS: Final[Mapping[str, tuple[str, str, str]]] = {
    "decision.overdue": ("referral", "circle.decision.overdue.v1", "referral"),
    "assessment.overdue": ("referral", "circle.assessment.overdue.v1", "referral"),
    "concern.unacknowledged": ("referral", "circle.concern.unacknowledged.v1", "concern"),
}
