"""What may happen in training; pure."""

from services.training.domain.imports import (
    IMPORTS,
    ImportStatus,
)
from services.training.domain.inductions import (
    INDUCTIONS,
    OPEN,
    InductionStatus,
    Part,
    PartStanding,
    Standing,
    Suitability,
    Unsuitable,
    missing_parts,
    require_attended,
    require_complete,
    require_in_progress,
    require_reason,
    require_startable,
)
from services.training.domain.labels import (
    CENSUS,
    CodeList,
    GenderCode,
    code_of_itself,
    require_code,
    same,
    tidy,
)
from services.training.domain.participations import LabelKind, Source
from services.training.domain.rounds import (
    ROUNDS,
    BudgetKind,
    RoundReason,
    RoundStatus,
)
from services.training.domain.sessions import (
    SESSIONS,
    CancelReason,
    SessionStatus,
    require_begun,
)
from services.training.domain.sums import Grouping

__all__ = [
    "CENSUS",
    "IMPORTS",
    "INDUCTIONS",
    "OPEN",
    "ROUNDS",
    "SESSIONS",
    "BudgetKind",
    "CancelReason",
    "CodeList",
    "GenderCode",
    "Grouping",
    "ImportStatus",
    "InductionStatus",
    "LabelKind",
    "Part",
    "PartStanding",
    "RoundReason",
    "RoundStatus",
    "SessionStatus",
    "Source",
    "Standing",
    "Suitability",
    "Unsuitable",
    "code_of_itself",
    "missing_parts",
    "require_attended",
    "require_begun",
    "require_code",
    "require_complete",
    "require_in_progress",
    "require_reason",
    "require_startable",
    "same",
    "tidy",
]
