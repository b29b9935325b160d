"""Allegations against volunteers: their steps and outcomes, what an outcome needs, and how long the record is kept."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.matching.domain.clearance import years_after
from services.matching.domain.policy import Policy
from shared.lifecycle import Lifecycle


class AllegationStatus(StrEnum):
    OPEN = "open"
    DECIDED = "decided"


ALLEGATIONS = Lifecycle({AllegationStatus.OPEN: {AllegationStatus.DECIDED}})


class Nature(StrEnum):
    """Which of the four thresholds of an allegation it is about."""

    HARMED_A_CHILD = "harmed_a_child"
    OFFENCE = "offence_against_a_child"
    RISK_OF_HARM = "risk_of_harm"
    CONDUCT = "conduct_elsewhere"


class StepKind(StrEnum):
    """What is done about an allegation, each on its day. LADO: the local authority's designated officer."""

    LADO_TOLD = "lado_told"
    STRATEGY_MEETING = "strategy_meeting"
    POLICE_REPORTED = "police_reported"
    BARRING_REFERRED = "barring_referred"
    REGULATOR_TOLD = "regulator_told"
    VOLUNTEER_TOLD = "volunteer_told"


class Outcome(StrEnum):
    SUBSTANTIATED = "substantiated"
    UNSUBSTANTIATED = "unsubstantiated"
    UNFOUNDED = "unfounded"
    FALSE = "false"
    MALICIOUS = "malicious"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is about to be decided."""

    outcome: Outcome
    decided_on: date
    no_barring_code: str | None = None


def missing(verdict: Verdict, steps: Collection[str]) -> list[str]:
    """Steps without which it cannot be decided so.

    The designated officer has always been told; where it is substantiated, the barring service was too, or a coded
    reason says why its threshold is not reached.
    """
    lacking = [StepKind.LADO_TOLD] if StepKind.LADO_TOLD not in steps else []
    needs_barring = verdict.outcome is Outcome.SUBSTANTIATED and verdict.no_barring_code is None
    if needs_barring and StepKind.BARRING_REFERRED not in steps:
        lacking.append(StepKind.BARRING_REFERRED)
    return [step.value for step in lacking]


def ends_volunteering(outcome: Outcome) -> bool:
    """Whether there is no way back: everything but a substantiated allegation lets a project manager reinstate."""
    return outcome is Outcome.SUBSTANTIATED


def kept_until(verdict: Verdict, born: date | None, policy: Policy) -> date:
    """The day on which the record goes: years after the decision; substantiated, not before the volunteer would be 100.

    Whose birth date is gone already is taken to have been born on the day of the decision.
    """
    least = years_after(verdict.decided_on, policy.allegation_kept_years)
    if verdict.outcome is not Outcome.SUBSTANTIATED:
        return least
    return max(least, years_after(born or verdict.decided_on, policy.substantiated_kept_years_from_birth))
