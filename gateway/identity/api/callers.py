"""Who may call the routes of identity, as types."""

from typing import Annotated

from shared.auth import Caller, Role
from shared.routing import allow

ADMIN = allow(Role.ADMIN)
STAFF = allow(
    Role.ADMIN,
    Role.SOCIAL_WORKER,
    Role.LEAD_PRACTITIONER,
    Role.LA_MANAGER,
    Role.OPERATIONAL_LINK,
    Role.PROJECT_MANAGER,
    Role.COORDINATOR,
    Role.TRAINER,
    Role.DPO,
    Role.AUDITOR,
)
Admin = Annotated[Caller, ADMIN]
