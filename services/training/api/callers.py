"""Who may call the training service, and what it decides by."""

from typing import Annotated, cast

from services.training.settings import TrainingSettings
from shared.auth import Caller, Role
from shared.parts import Parts
from shared.routing import allow

Trainer = Annotated[Caller, allow(Role.TRAINER, Role.COORDINATOR, Role.PROJECT_MANAGER)]
# Who trains counts their own organisation's participations, who answers for the partnership its sums.
ReportReader = Annotated[
    Caller, allow(Role.TRAINER, Role.COORDINATOR, Role.PROJECT_MANAGER, Role.ANALYST, Role.LA_MANAGER)
]
# Whether a suspended volunteer goes on is not a trainer's to say.
Supervisor = Annotated[Caller, allow(Role.COORDINATOR, Role.PROJECT_MANAGER)]
# Whatever leaves the partnership is somebody's decision who answers for it.
Publisher = Annotated[Caller, allow(Role.PROJECT_MANAGER, Role.ANALYST)]
# A release that is not published yet shows no more than a published one does.
Reader = Annotated[Caller, allow(Role.TRAINER, Role.COORDINATOR, Role.PROJECT_MANAGER, Role.ANALYST, Role.LA_MANAGER)]


def policy_of(parts: Parts) -> TrainingSettings:
    """The policy of a process of this service."""
    return cast("TrainingSettings", parts.settings)
