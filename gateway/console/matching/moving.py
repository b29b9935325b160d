"""Steps of a volunteer's course that their page takes: a break and the return from it, a suspension and its end."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.console.session import Visitor
from shared.auth import Role

_BREAK: Final = ("break", "Begin a break")
_RETURN: Final = ("return", "End the break")
_SUSPEND: Final = ("suspend", "Suspend at once")
_REINSTATE: Final = ("reinstate", "End the suspension")
_STEPS: Final = {
    "available": (_BREAK, _SUSPEND),
    "matched": (_BREAK, _SUSPEND),
    "on_break": (_RETURN, _SUSPEND),
    "suspended": (_REINSTATE,),
}
REASONS: Final = (
    ("volunteer_unavailable", "The volunteer has no time"),
    ("volunteer_asked", "The volunteer asked for it"),
    ("safeguarding", "A worry about safety"),
    ("resolved", "The reason is settled"),
)


def steps(one: Mapping[str, Any], visitor: Visitor) -> list[tuple[str, str]]:
    """What can be done with a volunteer of that status, by whoever looks."""
    found = _STEPS.get(one["status"], (_SUSPEND,) if one["status"] not in {"left", "not_suitable"} else ())
    manages = Role.PROJECT_MANAGER in visitor.roles
    return [step for step in found if manages or step is not _REINSTATE]


def body(form: Mapping[str, str]) -> dict[str, str] | None:
    """The step's body; coming back has none."""
    return None if form.get("step") == "return" else {"reason_code": form.get("reason_code", "")}


def path(volunteer: object, form: Mapping[str, str]) -> str | None:
    """Where the step is taken; None for one that is none of ours."""
    known = {step for step, _ in (_BREAK, _RETURN, _SUSPEND, _REINSTATE)}
    return f"/v1/volunteers/{volunteer}/{form['step']}" if form.get("step") in known else None
