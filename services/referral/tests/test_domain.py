"""The rules of the referral service without any I/O."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.referral.domain import access, ending, family, match, plan, referral, risk
from services.referral.domain.match import MatchState
from services.referral.domain.plan import SignatoryRole, SignatoryState, Standing
from services.referral.domain.referral import Kind, Status
from shared.calendar import england
from shared.events.referral import Grant
from shared.ids import new_id

S, Y = Status, SignatoryState


@pytest.mark.parametrize(
    ("state", "may"),
    [(risk.RiskState.UNKNOWN, False), (risk.RiskState.ASSESSED, True), (risk.RiskState.CHANGED, False)],
)
def test_only_an_assessed_risk_that_has_not_changed_lets_a_referral_be_accepted(
    state: risk.RiskState, may: bool
) -> None:
    assert risk.may_accept(state) is may


@pytest.mark.parametrize(
    ("given", "lacking"),
    [
        (("public_task", "safeguarding", True), []),
        (("public_task", "safeguarding", False), []),
        ((None, "safeguarding", True), ["lawful_basis"]),
        (("public_task", None, True), ["special_category_condition"]),
        (("public_task", "safeguarding", None), ["informed"]),
        ((None, None, None), ["lawful_basis", "special_category_condition", "informed"]),
    ],
)
def test_a_disclosure_lacks_what_was_not_recorded(
    given: tuple[str | None, str | None, bool | None], lacking: list[str]
) -> None:
    assert referral.missing_to_disclose(*given) == lacking


def test_a_lawful_basis_counts_from_the_day_on_which_the_law_knows_it() -> None:
    new = referral.LawfulBasis.RECOGNISED_LEGITIMATE_INTEREST
    assert not referral.is_in_force(new, date(2026, 2, 4))
    assert referral.is_in_force(new, date(2026, 2, 5))
    assert referral.is_in_force(referral.LawfulBasis.PUBLIC_TASK, date(2026, 2, 4))


AUTHORITY, SCHEME, ADVOCATES = new_id(), new_id(), new_id()
ANNA, BEN = new_id(), new_id()
DAY = date(2026, 3, 2)


def grants_of(**sources: Any) -> set[Grant]:
    return set(access.grants(access.Sources(registered_by=AUTHORITY, **sources), DAY))


LA_GRANT = Grant(organisation=AUTHORITY, part="la")


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.DRAFT])
def test_the_scheme_sees_the_case_from_the_submission_on_and_keeps_its_records(status: Status) -> None:
    received = access.Received(SCHEME, Kind.VOLUNTEER_SUPPORT, status)
    assert grants_of(referrals=[received]) == {LA_GRANT, Grant(organisation=SCHEME, part="scheme")}


def test_a_draft_shows_the_case_to_nobody() -> None:
    assert grants_of(referrals=[access.Received(SCHEME, Kind.VOLUNTEER_SUPPORT, Status.DRAFT)]) == {LA_GRANT}


@pytest.mark.parametrize("status", list(Status))
def test_a_partner_sees_the_case_only_while_it_has_the_referral(status: Status) -> None:
    found = grants_of(referrals=[access.Received(ADVOCATES, Kind.ADVOCACY, status)])
    has_it = status in {S.SUBMITTED, S.UNDER_TRIAGE, S.ACCEPTED, S.ACTIVE, S.ENDING}
    assert (Grant(organisation=ADVOCATES, part="partner") in found) is has_it


@pytest.mark.parametrize(
    ("from_date", "to_date", "is_on"),
    [
        (date(2026, 3, 2), None, True),
        (date(2026, 3, 1), date(2026, 3, 2), True),
        (date(2026, 3, 3), None, False),
        (date(2026, 2, 1), date(2026, 3, 1), False),
    ],
)
def test_an_allocation_counts_from_its_first_day_to_its_last(
    from_date: date, to_date: date | None, is_on: bool
) -> None:
    found = grants_of(workers=[access.Worker(AUTHORITY, ANNA, from_date, to_date)])
    assert (Grant(organisation=AUTHORITY, part="la", person=ANNA) in found) is is_on


def test_an_allocation_by_an_organisation_without_a_part_shows_nothing() -> None:
    assert grants_of(workers=[access.Worker(ADVOCATES, ANNA, DAY, None)]) == {LA_GRANT}


def test_a_restricted_case_is_shown_to_named_persons_only() -> None:
    found = grants_of(
        restricted=True,
        referrals=[access.Received(SCHEME, Kind.VOLUNTEER_SUPPORT, Status.ACTIVE)],
        workers=[access.Worker(AUTHORITY, ANNA, DAY, None)],
        visitors=[access.Visitor(SCHEME, BEN, Status.ACTIVE)],
    )
    assert found == {
        Grant(organisation=AUTHORITY, part="la", person=ANNA),
        Grant(organisation=SCHEME, part="volunteer", person=BEN),
    }


@pytest.mark.parametrize("status", list(Status))
def test_a_volunteer_sees_a_family_only_while_its_referral_is_worked_on(status: Status) -> None:
    found = grants_of(visitors=[access.Visitor(SCHEME, BEN, status)])
    is_worked_on = status in {S.ACCEPTED, S.ACTIVE, S.ENDING}
    assert (Grant(organisation=SCHEME, part="volunteer", person=BEN) in found) is is_worked_on


STANDING = {
    role: Standing(role, Y.AGREED)
    for role in (SignatoryRole.LEAD_PRACTITIONER, SignatoryRole.PROJECT_MANAGER, SignatoryRole.PARENT)
}
VOLUNTEER = SignatoryRole.VOLUNTEER


@pytest.mark.parametrize(
    ("volunteers", "agreed"),
    [
        ([], False),
        ([Y.WAITING], False),
        ([Y.REFUSED], False),
        ([Y.RELEASED], False),
        ([Y.AGREED], True),
        ([Y.AGREED, Y.WAITING], False),
        ([Y.RELEASED, Y.AGREED], True),
        ([Y.AGREED, Y.AGREED], True),
    ],
)
def test_a_version_is_agreed_when_all_who_count_have_agreed_and_a_volunteer_is_among_them(
    volunteers: list[SignatoryState], agreed: bool
) -> None:
    assert plan.is_agreed([*STANDING.values(), *(Standing(VOLUNTEER, state) for state in volunteers)]) is agreed


@pytest.mark.parametrize("role", list(STANDING))
def test_a_version_is_not_agreed_while_any_role_waits(role: SignatoryRole) -> None:
    others = [one for one in STANDING.values() if one.role is not role]
    assert not plan.is_agreed([*others, Standing(role, Y.WAITING), Standing(VOLUNTEER, Y.AGREED)])


def test_a_plan_needs_lead_practitioner_project_manager_and_parent() -> None:
    assert plan.missing_roles(set()) == list(STANDING)
    assert plan.missing_roles(set(STANDING)) == []


M = MatchState


@pytest.mark.parametrize(
    ("known", "heard", "state"),
    [
        (None, M.AGREED, M.AGREED),
        (None, M.ENDED, M.ENDED),
        (M.AGREED, M.INTRODUCED, M.INTRODUCED),
        (M.INTRODUCED, M.PAUSED, M.PAUSED),
        (M.PAUSED, M.INTRODUCED, M.INTRODUCED),
        (M.INTRODUCED, M.AGREED, M.INTRODUCED),
        (M.PAUSED, M.AGREED, M.PAUSED),
        (M.ENDED, M.INTRODUCED, M.ENDED),
        (M.CANCELLED, M.INTRODUCED, M.CANCELLED),
        (M.ENDED, M.PAUSED, M.ENDED),
    ],
)
def test_old_news_of_a_match_brings_nobody_back(known: MatchState | None, heard: MatchState, state: MatchState) -> None:
    assert match.after(known, heard) is state


VOL = UUID("01900000-0000-7000-8000-000000000001")


def test_the_end_needs_family_lead_practitioner_each_volunteer_and_closing_reading() -> None:
    wanted = ["family", "lead_practitioner", f"volunteer:{VOL}", "closing_reading"]
    assert ending.missing(set(), [VOL], set()) == wanted
    assert ending.missing(set(wanted), [VOL], set()) == []
    assert ending.missing({"family"}, [VOL], {"closing_reading"}) == wanted[1:3]


@pytest.mark.parametrize(
    ("by", "volunteer", "name"),
    [
        ("family", None, "family"),
        ("lead_practitioner", None, "lead_practitioner"),
        ("social_worker", None, "lead_practitioner"),
        ("volunteer", VOL, f"volunteer:{VOL}"),
    ],
)
def test_an_evaluation_is_named_by_who_gave_it(by: str, volunteer: UUID | None, name: str) -> None:
    assert ending.evaluation_by(by, volunteer) == name


def dwelling(outcode: str | None, *, is_child: bool = False, confidential: bool = False) -> family.Dwelling:
    return family.Dwelling(is_child, confidential, outcode)


@pytest.mark.parametrize(
    ("members", "outcode"),
    [
        ([], None),
        ([dwelling("SS1")], "SS1"),
        ([dwelling("SS1"), dwelling("SS2", is_child=True)], "SS2"),
        ([dwelling("SS1", confidential=True)], None),
        ([dwelling("SS1", confidential=True), dwelling("SS1", is_child=True)], None),
        ([dwelling("SS1", confidential=True), dwelling("SS3")], "SS3"),
    ],
)
def test_a_confidential_outcode_is_never_told_by_way_of_another_member(
    members: list[family.Dwelling], outcode: str | None
) -> None:
    assert family.common_outcode(members) == outcode


def test_a_code_is_common_only_when_all_who_stated_one_agree() -> None:
    assert family.common_code(["WBRI", None, "WBRI"]) == "WBRI"
    assert family.common_code(["WBRI", "ABAN"]) is None
    assert family.common_code([None]) is None


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2019, 5, 6), date(2026, 5, 5), 6),
        (date(2019, 5, 6), date(2026, 5, 6), 7),
        (date(2020, 2, 29), date(2026, 2, 28), 5),
        (date(2020, 2, 29), date(2026, 3, 1), 6),
    ],
)
def test_an_age_is_completed_years(birth: date, day: date, age: int) -> None:
    assert family.age_on(birth, day) == age


@pytest.mark.parametrize(("postcode", "outcode"), [("SS1 2AB", "SS1"), ("ec1a1bb", "EC1A"), ("W1A 0AX", "W1A")])
def test_the_outcode_is_all_but_the_last_three_characters(postcode: str, outcode: str) -> None:
    assert family.outcode_of(postcode) == outcode


@pytest.mark.parametrize(
    ("received", "due"),
    [
        # Thursday before Good Friday 2026: the next working day is the Tuesday after Easter Monday.
        (datetime(2026, 4, 2, 9, tzinfo=UTC), datetime(2026, 4, 7, 23, tzinfo=UTC)),
        # Christmas Eve 2026, a Thursday: Christmas Day, a weekend, Boxing Day's substitute on Monday.
        (datetime(2026, 12, 24, 9, tzinfo=UTC), datetime(2026, 12, 30, tzinfo=UTC)),
        # Friday before the clocks go forward (29 March 2026): the end of Monday is British Summer Time.
        (datetime(2026, 3, 27, 9, tzinfo=UTC), datetime(2026, 3, 30, 23, tzinfo=UTC)),
        # Friday before the clocks go back (25 October 2026): the end of Monday is Greenwich Mean Time.
        (datetime(2026, 10, 23, 9, tzinfo=UTC), datetime(2026, 10, 27, tzinfo=UTC)),
        # Half past eleven at night in UTC is the next civil day in summer.
        (datetime(2026, 6, 2, 23, 30, tzinfo=UTC), datetime(2026, 6, 4, 23, tzinfo=UTC)),
    ],
)
def test_a_decision_is_due_at_the_end_of_the_next_working_day(received: datetime, due: datetime) -> None:
    assert england().due(received, 1) == due


@pytest.mark.parametrize(
    ("received", "due"),
    [
        # 45 working days over Good Friday, Easter Monday and both May holidays, and into summer time.
        (datetime(2026, 3, 20, 9, tzinfo=UTC), datetime(2026, 5, 28, 23, tzinfo=UTC)),
        # Over the end of summer time.
        (datetime(2026, 9, 1, 9, tzinfo=UTC), datetime(2026, 11, 4, tzinfo=UTC)),
    ],
)
def test_an_assessment_is_due_after_forty_five_working_days(received: datetime, due: datetime) -> None:
    assert england().due(received, 45) == due
