"""What is recorded of people who come to community training."""

from enum import StrEnum


class LabelKind(StrEnum):
    """What a label says of a participation. `organisation` is the group that the person came with."""

    ORGANISATION = "organisation"
    ETHNICITY = "ethnicity"
    GENDER = "gender"
    LANGUAGE = "language"
    AREA = "area"


class Source(StrEnum):
    """How a participation was recorded: from a sheet, by the trainer, by the person's own phone."""

    SHEET = "sheet"
    TRAINER = "trainer"
    SELF = "self"
