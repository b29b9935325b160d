"""Who may call the training service."""

from typing import Annotated

from shared.auth import Caller, Role
from shared.routing import allow

Trainer = Annotated[Caller, allow(Role.TRAINER, Role.COORDINATOR, Role.PROJECT_MANAGER)]
# Who trains counts their own organisation's participations, who answers for the partnership its sums.
ReportReader = Annotated[
    Caller, allow(Role.TRAINER, Role.COORDINATOR, Role.PROJECT_MANAGER, Role.ANALYST, Role.LA_MANAGER)
]
# Whoever answers for personal data in the organisation that ran the session.
Eraser = Annotated[Caller, allow(Role.DPO, Role.PROJECT_MANAGER)]
# Whether a suspended volunteer goes on is not a trainer's to say.
Supervisor = Annotated[Caller, allow(Role.COORDINATOR, Role.PROJECT_MANAGER)]
# Whatever leaves the partnership is somebody's decision who answers for it.
Publisher = Annotated[Caller, allow(Role.PROJECT_MANAGER, Role.ANALYST)]
# A release that is not published yet shows no more than a published one does.
Reader = Annotated[Caller, allow(Role.TRAINER, Role.COORDINATOR, Role.PROJECT_MANAGER, Role.ANALYST, Role.LA_MANAGER)]
