"""What the source of the scheme published, to be shown beside what is computed; never counted with it."""

from dataclasses import dataclass
from typing import Final

SOURCE: Final = "Volunteers in Child Protection, Southend-on-Sea: published evaluation"


@dataclass(frozen=True, slots=True)
class Published:
    """One published figure, in the unit in which it was published."""

    families: int | None = None
    children: int | None = None
    percent: str | None = None
    amount: str | None = None
    note: str | None = None


IMPACT: Final = {
    "completed_stage_4": Published(5, 11),
    "completed_stage_3": Published(6, 13),
    "completed": Published(11, 24),
    "moved_4_3": Published(2, 6),
    "moved_4_2": Published(2, 4),
    "moved_3_2": Published(3, 6),
    "completed_or_moved": Published(18, 40),
    "returned_from_care": Published(1, 2),
    "completed_moved_or_returned": Published(19, 42),
    "better_school_attendance": Published(7, 14, note="Overlaps the other figures and is never added to them."),
    "share_improved": Published(percent="87", note="The base is not published; 23 families are assumed."),
    "share_still_supported": Published(percent="13", note="The base is not published; 23 families are assumed."),
    "reregistered": Published(
        families=0, percent="20", note="A quotation: the 20% stands for elsewhere and counts something else."
    ),
    "looked_after_change": Published(percent="19.6", note="327 in 2005, 263 in 2010."),
}

COST: Final = {
    "savings_each": Published(amount="4431.94", families=64),
    "service_each": Published(amount="2800", families=50),
    "net_published": Published(amount="143644", families=64),
    "net_published_scaled": Published(amount="81597", families=50),
}
