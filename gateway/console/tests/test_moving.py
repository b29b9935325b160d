"""Which steps of a volunteer's course are offered to whom, and what a step sends."""

from uuid import UUID

import pytest

from gateway.console.matching import moving
from gateway.console.session import Visitor
from shared.auth import Role
from shared.ids import new_id


def visitor(*roles: Role) -> Visitor:
    return Visitor(new_id(), new_id(), new_id(), "Tom", "Southend", 0.0, "csrf", tuple(role.value for role in roles))


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        ("enquired", ["suspend"]),
        ("in_training", ["suspend"]),
        ("cleared", ["suspend"]),
        ("available", ["break", "suspend"]),
        ("matched", ["break", "suspend"]),
        ("on_break", ["return", "suspend"]),
        ("suspended", ["reinstate"]),
        ("left", []),
        ("not_suitable", []),
    ],
)
def test_only_steps_that_the_status_allows_are_offered_and_the_end_of_a_suspension_to_project_managers(
    status: str, offered: list[str]
) -> None:
    for role in (Role.COORDINATOR, Role.PROJECT_MANAGER):
        steps = [step for step, _ in moving.steps({"status": status}, visitor(role))]
        assert steps == [step for step in offered if role is Role.PROJECT_MANAGER or step != "reinstate"]


@pytest.mark.parametrize("step", ["break", "suspend", "reinstate"])
def test_a_step_sends_its_reason_and_the_return_has_none(step: str) -> None:
    assert moving.body({"step": step, "reason_code": "safeguarding"}) == {"reason_code": "safeguarding"}
    assert moving.body({"step": "return", "reason_code": "safeguarding"}) is None


def test_a_step_is_taken_where_it_belongs_and_what_is_none_of_ours_nowhere() -> None:
    volunteer = UUID(int=7)
    for step in ("break", "return", "suspend", "reinstate"):
        assert moving.path(volunteer, {"step": step}) == f"/v1/volunteers/{volunteer}/{step}"
    for form in ({}, {"step": ""}, {"step": "leave"}, {"step": "../x"}):
        assert moving.path(volunteer, form) is None
