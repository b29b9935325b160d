"""Tables of the training service."""

from services.training.models.base import Base
from services.training.models.bookings import Booking
from services.training.models.catalogue import Course, Programme, TrainingSession
from services.training.models.imports import Import, ImportFault, ImportPart, ImportProgress
from services.training.models.inductions import Attendance, Induction, Judgement, Volunteer
from services.training.models.openings import Opening
from services.training.models.participations import Attendee, Label, Participation
from services.training.models.releases import Publication, Release
from services.training.models.rounds import BudgetLine, Round
from services.training.models.sign_ins import SignInLink
from services.training.models.suggestions import Suggestion
from services.training.models.sums import ParticipationTotal

__all__ = [
    "Attendance",
    "Attendee",
    "Base",
    "Booking",
    "BudgetLine",
    "Course",
    "Import",
    "ImportFault",
    "ImportPart",
    "ImportProgress",
    "Induction",
    "Judgement",
    "Label",
    "Opening",
    "Participation",
    "ParticipationTotal",
    "Programme",
    "Publication",
    "Release",
    "Round",
    "SignInLink",
    "Suggestion",
    "TrainingSession",
    "Volunteer",
]
