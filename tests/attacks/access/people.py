"""Who asks: somebody for each role, as near to the case as the role can be or further and further away from it."""

from enum import StrEnum
from uuid import UUID

from shared.auth import Role
from shared.ids import new_id
from tests.world.stage import Stage
from tests.world.tokens import Who

_OF_THE_SCHEME = frozenset({Role.PROJECT_MANAGER, Role.COORDINATOR, Role.TRAINER, Role.VOLUNTEER, Role.INTAKE})
_SYSTEMS = frozenset({Role.PARTNER_SYSTEM, Role.INTAKE, Role.ADMIN, Role.WORKER})


class Near(StrEnum):
    """How near the caller is to what is asked for."""

    OWN = "own"
    COLLEAGUE = "same organisation"
    NEIGHBOUR = "other organisation"
    STRANGER = "other partnership"


def somebody(stage: Stage, role: Role, near: Near) -> Who:
    """`OWN` is whoever plays the part in the story; all others are people of whom nobody has heard."""
    home, away = stage.cast.home, stage.cast.away
    place = "scheme" if role in _OF_THE_SCHEME else "la"
    if near is Near.STRANGER:
        return _who(role, UUID(stage.away), away.organisations[place], new_id())
    if near is Near.NEIGHBOUR:
        return _who(role, UUID(stage.home), home.organisations["vcs"], new_id())
    person = _person(stage, role) if near is Near.OWN else new_id()
    return _who(role, UUID(stage.home), home.organisations[place], person)


def _person(stage: Stage, role: Role) -> UUID:
    if role is Role.VOLUNTEER and stage.story.known.volunteer_person:
        return stage.story.known.volunteer_person
    return stage.cast.home.people.get(str(role)) or new_id()


def _who(role: Role, partnership: UUID, organisation: UUID, person: UUID) -> Who:
    if role in _SYSTEMS:
        return Who(role, partnership, organisation, None, str(new_id()))
    return Who(role, partnership, organisation, person)
