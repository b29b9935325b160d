"""Who may call the training service."""

from typing import Annotated

from shared.auth import Caller, Role
from shared.routing import allow

Trainer = Annotated[Caller, allow(Role.TRAINER, Role.COORDINATOR, Role.PROJECT_MANAGER)]
# Whether a suspended volunteer goes on is not a trainer's to say.
Supervisor = Annotated[Caller, allow(Role.COORDINATOR, Role.PROJECT_MANAGER)]
