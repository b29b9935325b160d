"""What identity allows: kinds of organisations and clients, which roles fit where, and which exclude each other."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from shared.auth import Role
from shared.errors import invalid
from shared.lifecycle import Lifecycle

# The partnership of the platform's own administrators; the same in the first migration's policies.
PLATFORM = UUID("00000000-0000-7000-8000-000000000001")
# The client that bootstrap makes, the same everywhere, so that its secret is all that has to be handed on.
ADMINISTRATOR = UUID("00000000-0000-7000-8000-000000000002")


class OrganisationKind(StrEnum):
    """What an organisation is in its partnership."""

    LA = "la"
    SCHEME = "scheme"
    VCS = "vcs"
    FAITH = "faith"
    STATUTORY = "statutory"
    PLATFORM = "platform"


class ClientKind(StrEnum):
    """What a client is for: a partner's system, a public form's intake, or administration by program."""

    PARTNER = "partner"
    INTAKE = "intake"
    ADMINISTRATION = "administration"


class ClientStatus(StrEnum):
    """A revoked client stays revoked."""

    ACTIVE = "active"
    REVOKED = "revoked"


CLIENT_LIFECYCLE = Lifecycle({ClientStatus.ACTIVE: {ClientStatus.REVOKED}})

_EVERYWHERE = frozenset({Role.ANALYST, Role.TRAINER})
# Whoever runs the partnership: a member organisation's administrator would be one over everybody else's people.
_HOSTS = _EVERYWHERE | {Role.DPO, Role.AUDITOR, Role.ADMIN}
_COMMUNITY = frozenset({Role.PROJECT_MANAGER, Role.COORDINATOR, Role.VOLUNTEER, Role.ADVOCATE})
_VOLUNTARY_SECTOR = _EVERYWHERE | _COMMUNITY | {Role.VCS_MEMBER}
ROLES_OF_ORGANISATIONS: dict[OrganisationKind, frozenset[Role]] = {
    OrganisationKind.LA: _HOSTS | {Role.SOCIAL_WORKER, Role.LEAD_PRACTITIONER, Role.LA_MANAGER, Role.OPERATIONAL_LINK},
    OrganisationKind.SCHEME: _HOSTS | _COMMUNITY,
    OrganisationKind.VCS: _VOLUNTARY_SECTOR,
    OrganisationKind.FAITH: _VOLUNTARY_SECTOR,
    OrganisationKind.STATUTORY: _EVERYWHERE | {Role.LEAD_PRACTITIONER},
    OrganisationKind.PLATFORM: frozenset({Role.ADMIN}),
}
ADMINISTERING = frozenset({OrganisationKind.LA, OrganisationKind.SCHEME, OrganisationKind.PLATFORM})
ROLES_OF_CLIENTS: dict[ClientKind, frozenset[Role]] = {
    ClientKind.PARTNER: frozenset({Role.PARTNER_SYSTEM, Role.ANALYST}),
    ClientKind.INTAKE: frozenset({Role.INTAKE}),
    ClientKind.ADMINISTRATION: frozenset({Role.ADMIN}),
}
# An auditor reviews what administrators and data protection officers looked at, so nobody is both.
_REVIEWED = frozenset({Role.ADMIN, Role.DPO})


class Period(Protocol):
    """From when to when."""

    starts_at: datetime
    ends_at: datetime | None


def is_current(period: Period, now: datetime) -> bool:
    """Whether the period holds at this instant; the end is the first instant at which it does not."""
    return period.starts_at <= now and (period.ends_at is None or now < period.ends_at)


def overlaps(one: Period, starts_at: datetime, ends_at: datetime | None) -> bool:
    """Whether the period shares an instant with [starts_at, ends_at)."""
    return (one.ends_at is None or starts_at < one.ends_at) and (ends_at is None or one.starts_at < ends_at)


def require_membership_roles(kind: OrganisationKind, roles: Iterable[Role], others: Iterable[str]) -> None:
    """Refuse a role that the organisation cannot give, or one that excludes another the person holds."""
    wanted = frozenset(roles)
    if not wanted <= ROLES_OF_ORGANISATIONS[kind]:
        raise invalid("/roles", "role-not-for-organisation", "An organisation of this kind does not give this role.")
    held = wanted | {Role(role) for role in others}
    if Role.AUDITOR in held and not held.isdisjoint(_REVIEWED):
        raise invalid("/roles", "roles-exclude", "An auditor reviews administrators and data protection officers.")


def require_client_roles(kind: ClientKind, owner: OrganisationKind, roles: Iterable[Role]) -> frozenset[Role]:
    """The roles of a client of an organisation of kind `owner`: those asked for, or the kind's usual one."""
    if kind is ClientKind.ADMINISTRATION and owner not in ADMINISTERING:
        raise invalid("/kind", "kind-not-for-organisation", "An organisation of this kind does not administer.")
    wanted = frozenset(roles) or _usual(kind)
    if not wanted <= ROLES_OF_CLIENTS[kind]:
        raise invalid("/roles", "role-not-for-client", "A client of this kind does not hold this role.")
    return wanted


def _usual(kind: ClientKind) -> frozenset[Role]:
    return frozenset({Role.PARTNER_SYSTEM}) if kind is ClientKind.PARTNER else ROLES_OF_CLIENTS[kind]


def normal_email(address: str) -> str:
    """The address as it is compared: composed, without spaces around, in lower case."""
    return unicodedata.normalize("NFKC", address).strip().lower()


_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s.\x00-\x1f]+(\.[^@\s.\x00-\x1f]+)+")


def is_email(address: str) -> bool:
    """Whether it looks like an address; only a message that arrives proves one."""
    return len(address) <= 254 and _EMAIL.fullmatch(address) is not None


def weakness_of(password: str, email: str) -> str | None:
    """Why a password is refused, or None. Length counts (NCSC: three random words), composition rules do not."""
    if len(password) < 12:
        return "It needs at least 12 characters; three random words do well."
    if len(password) > 128:
        return "It may have at most 128 characters."
    if len(set(password)) < 5:
        return "It repeats too few characters."
    if email.split("@")[0] and email.split("@")[0] in password.lower():
        return "It contains the e-mail address."
    return None
