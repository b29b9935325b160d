"""Bodies about clearance: what may be kept of a certificate, and never its content."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool, StringConstraints, model_validator

from services.matching.domain.clearance import Decision, Level, Workforce
from services.matching.schemas.common import Body, Code, Day, ShortText
from shared.errors import Invalid

_CONTENT = frozenset({
    "content", "contents", "certificate", "certificate_content", "information", "disclosed_information", "offence",
    "offences", "conviction", "convictions", "caution", "cautions", "reprimands", "warnings", "police_information",
    "barred_list_information", "result", "results", "details", "text", "notes", "note", "scan", "image", "photo",
    "file", "attachment", "document", "pdf",
})  # fmt: skip


class ClearanceIn(Body):
    """A disclosure certificate that somebody has seen."""

    level: Level
    workforce: Workforce
    issued_on: Day
    certificate_number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{6,20}$")]
    seen_by: UUID = Field(description="The person who saw the certificate.")
    decision: Decision

    @model_validator(mode="before")
    @classmethod
    def _no_content(cls, given: Any) -> Any:
        """What a certificate says is never taken in, not even to be refused with the rest."""
        found = sorted(_CONTENT & set(given)) if isinstance(given, dict) else []
        if found:
            raise Invalid(
                [{"pointer": f"/{name}", "code": "certificate-content", "message": "is never kept"} for name in found],
                name="certificate-content-refused",
                detail="The content of a certificate is never kept; send only what this body names.",
            )
        return given


class ClearanceOut(BaseModel):
    id: UUID
    level: Level
    workforce: Workforce
    issued_on: date
    certificate_number: str
    seen_by: UUID
    decision: Decision
    counts: bool = Field(description="Whether it serves the role that the volunteer applied for.")


class ReferenceIn(Body):
    """A reference that was taken up; two good ones are needed."""

    referee: ShortText = Field(description="Name of the referee; sealed.")
    relationship: Code
    received_on: Day
    satisfactory: StrictBool


class IdentityIn(Body):
    """The identity documents that were seen."""

    documents: list[Code] = Field(min_length=1, max_length=6)
    checked_on: Day
    satisfactory: StrictBool = True


class AuthorityCheckIn(Body):
    """The local authority's own check, or the one abroad."""

    checked_on: Day
    satisfactory: StrictBool


class CheckOut(BaseModel):
    id: UUID
    kind: str
    done_on: date
    satisfactory: bool
