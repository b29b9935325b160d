"""Who may call the outcomes service, and what its routes hand to the verbs."""

from typing import Annotated

from fastapi import Depends

from services.outcomes.service.tools import Tools
from services.outcomes.settings import policy_of
from shared.auth import Caller, Role
from shared.routing import PartsOf, allow

_LA = (Role.LEAD_PRACTITIONER, Role.SOCIAL_WORKER, Role.LA_MANAGER, Role.PARTNER_SYSTEM)
_SCHEME = (Role.PROJECT_MANAGER, Role.COORDINATOR)

# Plans and stages are the local authority's to record; the scheme reads them, as tasks name their actions.
PlanRecorder = Annotated[Caller, allow(*_LA)]
PlanReader = Annotated[Caller, allow(*_LA, *_SCHEME, Role.OPERATIONAL_LINK, Role.WORKER)]
ReadingRecorder = Annotated[Caller, allow(*_LA, *_SCHEME)]
Evaluator = Annotated[Caller, allow(*_SCHEME, Role.SOCIAL_WORKER, Role.LEAD_PRACTITIONER)]
CaseReader = Annotated[Caller, allow(*_LA, *_SCHEME, Role.OPERATIONAL_LINK, Role.WORKER)]
ReportReader = Annotated[Caller, allow(Role.ANALYST, Role.LA_MANAGER, Role.PROJECT_MANAGER)]
FigureRecorder = Annotated[Caller, allow(Role.LA_MANAGER, Role.PROJECT_MANAGER, Role.PARTNER_SYSTEM)]


def _tools(parts: PartsOf) -> Tools:
    return Tools(parts.vault, policy_of(parts.settings))


ToolsOf = Annotated[Tools, Depends(_tools)]
