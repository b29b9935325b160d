"""The shape of an event: small, immutable, past tense; ids, codes and dates, never a name or free text."""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

LA = "la"
SCHEME = "scheme"
PARTNER = "partner"

EVENTS: dict[str, type["Event"]] = {}


class Event(BaseModel):
    """One thing that happened. `TYPE` is its name on the wire, `DETAIL` the path at which those allowed read more.

    `KEY` names the field whose value orders events among themselves; `PARTS` are the parts in a case (local
    authority, scheme, partner) whose organisations may hear of it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str] = ""
    TOPIC: ClassVar[str] = ""
    DETAIL: ClassVar[str] = ""
    KEY: ClassVar[str] = "family"
    PARTS: ClassVar[tuple[str, ...]] = (LA, SCHEME, PARTNER)

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        if "TYPE" in cls.__dict__:
            if cls.TYPE in EVENTS and EVENTS[cls.TYPE].__qualname__ != cls.__qualname__:
                raise TypeError(f"two events are called {cls.TYPE}")
            EVENTS[cls.TYPE] = cls

    @property
    def key(self) -> str:
        """What the event is ordered by."""
        return str(getattr(self, self.KEY))

    @property
    def detail(self) -> str:
        """Path at which whoever may see it reads more."""
        return self.DETAIL.format_map(vars(self))


class CaseEvent(Event):
    """Something in the case of one family."""

    family: UUID


class VolunteerEvent(Event):
    """Something in a volunteer's own course."""

    KEY: ClassVar[str] = "volunteer"

    volunteer: UUID
