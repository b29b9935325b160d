"""Bodies of links by which people sign in at a session themselves, and of what they say there."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.training.domain import CENSUS, NO_GROUP, GenderCode
from services.training.schemas.labels import CodesOut
from services.training.schemas.participations import OwnWords, ParticipantIn
from services.training.schemas.words import Words


class SignInLinkIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    organisations: list[Words] = Field(
        default=[], max_length=50, description="Groups of which whoever signs in may choose one; everybody sees them."
    )


class SignInLinkOut(BaseModel):
    """What is known of a session's link; the link itself is told once, to whoever makes it."""

    organisations: list[str]
    issued_at: datetime | None = Field(description="Null where none has been made.")
    ends_at: datetime = Field(description="Some time after the session's end; earlier once it is closed or revoked.")
    is_good: bool
    signed_in: int = Field(description="How many signed in by it, also those who were withdrawn.")


class NewLinkOut(SignInLinkOut):
    link: str = Field(description="Shown once: the last part of the address `/public/sign-in/{link}`.")


class SignInSession(BaseModel):
    """What whoever holds the link is told of the session: nothing of anybody who came."""

    course: str
    starts_at: datetime
    ends_at: datetime
    has_begun: bool
    parts: int
    organisations: list[str]
    codes: CodesOut


class SignInIn(ParticipantIn):
    """What somebody says of themselves; each of it only if they want to."""

    organisation: OwnWords = Field(default=None, description="One of the link's.")  # type: ignore[assignment]  # may be left out here

    def participant(self) -> ParticipantIn:
        """With a group, and with words where only a code was chosen."""
        said = self.model_dump()
        said["organisation"] = self.organisation or NO_GROUP
        if self.ethnicity is None and self.ethnicity_code is not None:
            said["ethnicity"] = next(one.label for one in CENSUS.groups if one.code == self.ethnicity_code)
        if self.gender is None and self.gender_code is not None:
            said["gender"] = _GENDERS[self.gender_code]
        return ParticipantIn(**said)


_GENDERS = {
    GenderCode.FEMALE: "Female",
    GenderCode.MALE: "Male",
    GenderCode.ANOTHER: "Another gender",
    GenderCode.PREFER_NOT_TO_SAY: "Prefer not to say",
}


class SignedIn(BaseModel):
    signed_in: Annotated[bool, Field(description="Also for somebody of that name who had signed in before.")] = True
