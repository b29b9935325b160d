"""What the referral service tells of a case for matching: facts that may not ride the bus."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.matching.domain.needs import Need
from services.matching.schemas.common import Slot


class _Fact(BaseModel):
    """Another service's answer: what we do not know yet is no reason to refuse it."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Wish(Slot):
    """A slot as another service tells of it."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Requests(_Fact):
    """What the family asked for."""

    volunteer_gender: str | None = None
    visits_a_week: int = Field(1, ge=1, le=7)
    skills: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    knowledge: tuple[str, ...] = ()
    language: str | None = None
    availability: tuple[Wish, ...] = ()
    age_from: int | None = None
    age_to: int | None = None
    volunteers: int = Field(1, ge=1, le=3)
    faith: str | None = None
    faith_may_count: bool = False


class CaseFacts(_Fact):
    """The answer of `GET /v1/referrals/{id}/case-facts`, as far as matching uses it."""

    children: tuple[UUID, ...] = ()
    adults: tuple[UUID, ...] = ()
    ages: tuple[int, ...] = ()
    outcode: str | None = None
    languages: tuple[str, ...] = ()
    ethnicity: str | None = None
    ethnicity_may_count: bool = False
    requests: Requests = Requests()

    def need(self) -> Need:
        """As matching weighs it."""
        asked = self.requests
        return Need(
            outcode=self.outcode,
            languages=frozenset([asked.language] if asked.language else self.languages),
            gender=asked.volunteer_gender,
            age_from=asked.age_from,
            age_to=asked.age_to,
            ethnicity=self.ethnicity if self.ethnicity_may_count else None,
            ethnicity_counts=self.ethnicity_may_count,
            faith=asked.faith if asked.faith_may_count else None,
            faith_counts=asked.faith_may_count,
            skills=frozenset(asked.skills),
            interests=frozenset(asked.interests),
            knowledge=frozenset(asked.knowledge),
            availability=frozenset(slot.code for slot in asked.availability),
            visits_a_week=asked.visits_a_week,
        )
