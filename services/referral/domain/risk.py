"""Risk: levels, the rule about lone working, and whether what was assessed still holds."""

from enum import StrEnum


class Level(StrEnum):
    """How great the risk is after the mitigations."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class LoneWorking(StrEnum):
    """Whether a volunteer may visit alone."""

    ALLOWED = "allowed"
    WITH_CHECK_IN = "with_check_in"
    IN_PAIRS = "in_pairs"
    NOT_AT_HOME = "not_at_home"


class Part(StrEnum):
    """Which part of the assessment this is."""

    PAPERS = "papers"
    HOME = "home"


class RiskState(StrEnum):
    """What is known about a referral's risk."""

    UNKNOWN = "unknown"
    ASSESSED = "assessed"
    CHANGED = "changed"


def may_accept(state: RiskState) -> bool:
    """Whether the risk is assessed and nothing has changed since."""
    return state is RiskState.ASSESSED
