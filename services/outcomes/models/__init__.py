"""Tables of the outcomes service."""

from services.outcomes.models.cases import Case, Child, Family
from services.outcomes.models.plans import AcceptedQuery, Action, Episode, Need, Plan, Review
from services.outcomes.models.readings import Evaluation, Reading, Stage
from services.outcomes.models.reports import AreaFigure, CostInput, Tally, TallyEnd, TallyLine
from services.outcomes.models.root import Base

__all__ = [
    "AcceptedQuery",
    "Action",
    "AreaFigure",
    "Base",
    "Case",
    "Child",
    "CostInput",
    "Episode",
    "Evaluation",
    "Family",
    "Need",
    "Plan",
    "Reading",
    "Review",
    "Stage",
    "Tally",
    "TallyEnd",
    "TallyLine",
]
