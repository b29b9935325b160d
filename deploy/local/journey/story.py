"""What the chapters of the journey share: who takes part, what is known so far, and how an event is waited for."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from deploy.local.acts.households import Family, Household
from deploy.local.acts.referrals import Days
from deploy.local.acts.volunteers import Induction
from deploy.local.cast import Cast
from deploy.local.client import Answer, Caller
from deploy.local.feed import Event, Feed
from deploy.local.journey.post import Post
from deploy.local.journey.teller import Teller

LA = "LA"
SCHEME = "scheme"


@dataclass
class Known:
    """Ids that later steps need, in the order in which they come to be known."""

    family: Family | None = None
    referral: str = ""
    match_request: str = ""
    plans: dict[UUID, str] = field(default_factory=dict)
    actions: dict[UUID, str] = field(default_factory=dict)
    involvement_plan: str = ""
    tasks: list[str] = field(default_factory=list)
    volunteer: str = ""
    volunteer_person: UUID | None = None
    match: str = ""
    visit: str = ""
    forgotten: str = ""


@dataclass
class Story:
    """The journey of one family."""

    cast: Cast
    feeds: dict[str, Feed]
    teller: Teller
    post: Post | None
    today: date
    household: Household
    days: Days
    known: Known = field(default_factory=Known)
    visitor: Caller | None = None
    round_: Induction | None = None

    @property
    def family(self) -> Family:
        if self.known.family is None:
            raise LookupError("no family is registered yet")
        return self.known.family

    @property
    def volunteer(self) -> Caller:
        """The volunteer, signed in."""
        if self.visitor is None:
            raise LookupError("no volunteer has a sign-in yet")
        return self.visitor

    @property
    def inductions(self) -> Induction:
        if self.round_ is None:
            raise LookupError("no induction is planned yet")
        return self.round_

    def day(self, after: int) -> date:
        """The civil day so many days after the referral was received."""
        return self.days.received + timedelta(days=after)

    async def heard(self, kind: str, by: str = LA, **data: Any) -> Event:
        """Wait for an event, tell of it, and of its webhook where the example receiver gets it."""
        event = await self.feeds[by].until(kind, **data)
        self.teller.event(event, by)
        if by == LA and self.post is not None:
            await self.post.verified(event)
            self.teller.webhook(event)
        return event

    def refused(self, what: str, answer: Answer) -> Answer:
        self.teller.refused(what, answer.status, answer.problem)
        return answer
