"""What may happen to a suggestion by which participants and partners help to plan."""

from enum import StrEnum

from shared.lifecycle import Lifecycle


class SuggestionStatus(StrEnum):
    """Whether it was answered, and how."""

    MADE = "made"
    TAKEN_UP = "taken_up"
    NOT_TAKEN_UP = "not_taken_up"


class About(StrEnum):
    """What a suggestion is about."""

    PROGRAMME = "programme"
    COURSE = "course"
    ROUND = "round"


class Voice(StrEnum):
    """Whose suggestion it is: of people who come to sessions, or of an organisation that helps."""

    PARTICIPANTS = "participants"
    PARTNER = "partner"


SUGGESTIONS = Lifecycle({SuggestionStatus.MADE: {SuggestionStatus.TAKEN_UP, SuggestionStatus.NOT_TAKEN_UP}})
