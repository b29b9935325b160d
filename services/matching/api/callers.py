"""Who calls: roles as types, the desk that verbs need, and how lists become pages."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar, cast

from fastapi import Depends, Request

from services.matching.service.desk import Desk
from services.matching.settings import MatchingSettings
from shared import pagination
from shared.auth import Caller, Role
from shared.pagination import Page
from shared.parts import Parts
from shared.routing import allow

R = TypeVar("R")
T = TypeVar("T")

_CASE = (
    Role.COORDINATOR, Role.PROJECT_MANAGER, Role.SOCIAL_WORKER, Role.LEAD_PRACTITIONER, Role.LA_MANAGER,
    Role.OPERATIONAL_LINK, Role.PARTNER_SYSTEM,
)  # fmt: skip

Scheme = Annotated[Caller, allow(Role.COORDINATOR, Role.PROJECT_MANAGER)]
PolicyMaker = Annotated[Caller, allow(Role.PROJECT_MANAGER, Role.ADMIN)]
PolicyReader = Annotated[Caller, allow(Role.COORDINATOR, Role.PROJECT_MANAGER, Role.ADMIN, Role.ANALYST)]
RecruitmentReader = Annotated[Caller, allow(Role.COORDINATOR, Role.PROJECT_MANAGER, Role.LA_MANAGER, Role.ANALYST)]
ProjectManager = Annotated[Caller, allow(Role.PROJECT_MANAGER)]
AllegationLead = Annotated[Caller, allow(Role.PROJECT_MANAGER, Role.LA_MANAGER, Role.OPERATIONAL_LINK)]
AllegationDecider = Annotated[Caller, allow(Role.PROJECT_MANAGER, Role.LA_MANAGER)]
Enquirer = Annotated[Caller, allow(Role.INTAKE, Role.COORDINATOR, Role.PROJECT_MANAGER)]
VolunteerReader = Annotated[Caller, allow(Role.COORDINATOR, Role.PROJECT_MANAGER, Role.TRAINER, Role.VOLUNTEER)]
CaseReader = Annotated[Caller, allow(*_CASE)]
MatchReader = Annotated[Caller, allow(*_CASE, Role.VOLUNTEER)]
Visitor = Annotated[Caller, allow(Role.COORDINATOR, Role.PROJECT_MANAGER, Role.VOLUNTEER)]
Party = Annotated[Caller, allow(Role.COORDINATOR, Role.PROJECT_MANAGER, Role.SOCIAL_WORKER, Role.VOLUNTEER)]


def desk_of(parts: Parts) -> Desk:
    """The desk of a process: its keys and its policy."""
    settings = cast("MatchingSettings", parts.settings)
    return Desk(parts.vault, settings.policy, settings.most_known)


async def _desk(request: Request) -> Desk:
    return desk_of(request.app.state.parts)


DeskOf = Annotated[Desk, Depends(_desk)]


def page(rows: Sequence[R], items: Sequence[T], limit: int, key: Callable[[R], tuple[object, ...]]) -> Page[T]:
    """A page of `items`, shown from the first `limit` of `rows`; one row more means that there is a next page."""
    more = pagination.encode(*key(rows[limit - 1])) if len(rows) > limit else None
    return Page[T](items=list(items), next=more)
