"""The definitions of the impact report's counts and shares, in the order in which the report shows them."""

from typing import Final

from services.outcomes.domain.figures import (
    COMPLETED,
    IMPROVED,
    MOVED,
    RETURNED,
    Count,
    Share,
    Unit,
)

_RESULT: Final = "Families by their one result at the end of the period, where it was reached within the period: "
_ADDED: Final = "Families and children of these figures added, as no family has two results: "
_FAMILIES: Final = frozenset({Unit.FAMILIES})
_PLANS: Final = frozenset({Unit.PLANS})

COUNTS: Final = (
    Count(
        "completed_stage_4",
        "Stage 4, completed the child protection plan, no further support",
        _RESULT + "at stage 4 on the baseline day, a child protection plan ended since, and no child of the case is "
        "supported any more (no open plan, no stage above 1 recorded since its last plan ended).",
        ("completed_stage_4",),
    ),
    Count(
        "completed_stage_3",
        "Stage 3, completed the plan, no further support",
        _RESULT + "at stage 3 on the baseline day, a child protection or child in need plan ended since, and no child "
        "of the case is supported any more.",
        ("completed_stage_3",),
    ),
    Count("completed", "Completed, no further support", _ADDED + "both completions.", COMPLETED),
    Count(
        "moved_4_3",
        "Moved from stage 4 to stage 3",
        _RESULT + "stage 4 on the baseline day, stage 3 now; a family's stage is its highest child's.",
        ("moved_4_3",),
    ),
    Count("moved_4_2", "Moved from stage 4 to stage 2", _RESULT + "likewise, 4 to 2.", ("moved_4_2",)),
    Count("moved_3_2", "Moved from stage 3 to stage 2", _RESULT + "likewise, 3 to 2.", ("moved_3_2",)),
    Count(
        "completed_or_moved", "Completed or moved to a lower stage", _ADDED + "completed, moved.", (*COMPLETED, *MOVED)
    ),
    Count(
        "returned_from_care",
        "Returned from care",
        _RESULT + "a looked-after plan of a child ended with a return home since the baseline and the child is not in "
        "care again. Children are those who returned.",
        RETURNED,
    ),
    Count(
        "completed_moved_or_returned",
        "Completed, moved or returned from care",
        _ADDED + "completed, moved, returned.",
        (*COMPLETED, *MOVED, *RETURNED),
    ),
    Count(
        "improved_other",
        "Improved in another way",
        _RESULT + "any other lower stage (as 2 to 1), or completion from another stage.",
        ("improved_other",),
    ),
    Count("improved", "Improved", _ADDED + "completed, moved, returned, improved in another way.", IMPROVED),
    Count(
        "still_supported",
        "Still supported",
        "Families tracked, without an improvement, whose case is open at the end of the period.",
        ("still_supported",),
        standing=True,
    ),
    Count(
        "closed_unimproved",
        "Closed without an improvement",
        _RESULT + "no improvement, and the case was closed.",
        ("closed_unimproved",),
    ),
    Count(
        "better_school_attendance",
        "Better school attendance",
        "Families with a child whose last attendance (percent) is better than the first by the policy's margin; "
        "children are those. Overlaps every other figure and is never added to them.",
        ("better_school_attendance",),
    ),
    Count(
        "reregistered",
        "Registered again on a child protection plan",
        "Families with a child of the case that started a child protection plan after one that ended since the "
        "family's first baseline; children are those.",
        ("reregistered",),
    ),
    Count(
        "star_measured",
        "Distance travelled measured",
        "Families with a first and a later family star reading of one subject in one edition.",
        ("star_gained", "star_not_gained"),
        _FAMILIES,
    ),
    Count(
        "star_gained",
        "Distance travelled forward",
        "Of those, families whose mean change, last less first over all areas, reaches the policy's margin.",
        ("star_gained",),
        _FAMILIES,
    ),
    Count(
        "cp_leavers_followed",
        "Leavers followed for the whole time",
        "Ends of child protection plans whose follow-up (24 months by policy) was over within the period. A child that "
        "left twice counts twice.",
        ("cp_leavers_followed",),
        _PLANS,
    ),
    Count(
        "cp_leavers_back",
        "Leavers registered again in that time",
        "Of those, ends after which the child got a new child protection plan within the follow-up.",
        ("cp_leavers_back",),
        _PLANS,
    ),
    Count(
        "cp_ended",
        "Child protection plans ended",
        "Plans that ended within the period, stepped down or not.",
        ("cp_ended",),
        _PLANS,
    ),
    Count(
        "cp_ended_review_1",
        "Ended at the first review",
        "Plans that ended within the period when one review had been held, the day of the end included.",
        ("cp_ended_review_1",),
        _PLANS,
    ),
    Count(
        "cp_ended_review_2",
        "Ended at the second review",
        "Plans that ended within the period when two reviews had been held, the day of the end included.",
        ("cp_ended_review_2",),
        _PLANS,
    ),
    Count(
        "cp_ended_first_or_second_review",
        "Ended at the first or second review",
        "The two figures before, added.",
        ("cp_ended_review_1", "cp_ended_review_2"),
        _PLANS,
    ),
    Count(
        "cp_open_long",
        "Child protection plans over 18 months",
        "Plans open at the end of the period that had then run for more than 18 months (policy).",
        ("cp_open_long",),
        _PLANS,
        standing=True,
    ),
    Count(
        "cp_ended_long",
        "Child protection plans that ended after more than 18 months",
        "Plans that ended within the period after more than 18 months (policy).",
        ("cp_ended_long",),
        _PLANS,
    ),
)

SHARES: Final = (
    Share(
        "share_improved",
        "Share of families that improved",
        "Families improved, in percent of families tracked.",
        "improved",
        "tracked",
        assumed=True,
    ),
    Share(
        "share_still_supported",
        "Share of families whose support is ongoing",
        "Families still supported, in percent of families tracked.",
        "still_supported",
        "tracked",
        assumed=True,
    ),
    Share(
        "share_star_gained",
        "Share of families that travelled forward",
        "Families with distance travelled forward, in percent of families measured.",
        "star_gained",
        "star_measured",
    ),
    Share(
        "reregistration_rate",
        "Re-registration within the follow-up",
        "Leavers registered again within 24 months (policy), in percent of leavers followed that long. The published "
        "20% counts something else and stands with `reregistered`.",
        "cp_leavers_back",
        "cp_leavers_followed",
        Unit.PLANS,
    ),
    Share(
        "share_ended_first_or_second_review",
        "Share of plans ended at the first or second review",
        "In percent of the child protection plans that ended within the period.",
        "cp_ended_first_or_second_review",
        "cp_ended",
        Unit.PLANS,
    ),
)
