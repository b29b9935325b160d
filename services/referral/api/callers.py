"""Who may call what in the referral service, as types; and the policy values that routes hand on."""

from typing import Annotated

from fastapi import Depends, Request

from services.referral.settings import ReferralSettings
from shared.auth import Caller, Role
from shared.routing import EVERY_ROLE, allow

AUTHORITY = (
    *(Role.PARTNER_SYSTEM, Role.SOCIAL_WORKER, Role.LEAD_PRACTITIONER),
    *(Role.LA_MANAGER, Role.OPERATIONAL_LINK),
)
SCHEME = (Role.PROJECT_MANAGER, Role.COORDINATOR)
PARTNER = (Role.ADVOCATE, Role.VCS_MEMBER)

Registrar = Annotated[Caller, allow(*AUTHORITY)]
Keeper = Annotated[Caller, allow(*AUTHORITY, *SCHEME)]
Reader = Annotated[Caller, allow(*AUTHORITY, *SCHEME, *PARTNER)]
FamilyReaderOrVolunteer = Annotated[Caller, allow(*AUTHORITY, *SCHEME, *PARTNER, Role.VOLUNTEER)]
StaffOrWorker = Annotated[Caller, allow(*AUTHORITY, *SCHEME, *PARTNER, Role.WORKER)]
Manager = Annotated[Caller, allow(Role.LA_MANAGER)]
Decider = Annotated[Caller, allow(Role.PROJECT_MANAGER, Role.VCS_MEMBER)]
Withdrawer = Annotated[Caller, allow(*AUTHORITY, Role.PROJECT_MANAGER, Role.VCS_MEMBER)]
ProjectManager = Annotated[Caller, allow(Role.PROJECT_MANAGER)]
Assessor = Annotated[Caller, allow(*SCHEME, Role.VCS_MEMBER)]
Visitor = Annotated[Caller, allow(*SCHEME)]
RiskObserver = Annotated[Caller, allow(*AUTHORITY, *SCHEME)]
PlanReader = Annotated[Caller, allow(*AUTHORITY, *SCHEME)]
PlanReaderOrVolunteer = Annotated[Caller, allow(*AUTHORITY, *SCHEME, Role.VOLUNTEER)]
Signer = Annotated[
    Caller,
    allow(Role.LEAD_PRACTITIONER, Role.SOCIAL_WORKER, Role.PROJECT_MANAGER, Role.COORDINATOR, Role.VOLUNTEER),
]
Allocator = Annotated[Caller, allow(*AUTHORITY, *SCHEME, Role.VCS_MEMBER)]
Anybody = Annotated[Caller, allow(*EVERY_ROLE, Role.INTAKE)]
Dpo = Annotated[Caller, allow(Role.DPO)]


def is_volunteer_only(caller: Caller) -> bool:
    """Whether the caller gets the little that a volunteer sees."""
    return caller.roles <= {Role.VOLUNTEER}


async def _policy(request: Request) -> ReferralSettings:
    settings: ReferralSettings = request.app.state.settings
    return settings


Policy = Annotated[ReferralSettings, Depends(_policy)]
