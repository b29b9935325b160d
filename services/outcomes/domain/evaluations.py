"""Evaluations at the end: whose they are, and how a family's own was taken."""

from enum import StrEnum


class By(StrEnum):
    """Whose evaluation it is."""

    FAMILY = "family"
    LEAD_PRACTITIONER = "lead_practitioner"
    VOLUNTEER = "volunteer"


class Method(StrEnum):
    """How a family's words were taken by whoever records them."""

    IN_PERSON = "in_person"
    TELEPHONE = "telephone"
    VIDEO = "video"
    INTERPRETER = "interpreter"
    WRITTEN = "written"
