"""Makes a partnership ready to be played in: organisations, clients and people, found again when they are there.

It keeps no secret between two runs: an administrator of the platform appoints, invites and rotates anew each time.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from deploy.local.client import Answer, Caller, Gateway, UnexpectedAnswerError
from deploy.local.logins import ClientLogin, PersonLogin, set_password

NAME_TAKEN = "already-registered"


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody of an organisation; `part` is the name under which they play."""

    part: str
    name: str
    organisation: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class System:
    """A client of an organisation."""

    part: str
    name: str
    organisation: str
    kind: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A partnership as it is to be. Organisations are named by a short word; the authority is `la`."""

    name: str
    scheme_name: str
    authority: str
    organisations: dict[str, tuple[str, str]] = field(default_factory=dict)
    workers: tuple[Worker, ...] = ()
    systems: tuple[System, ...] = ()
    mail_domain: str = "journey.example"


@dataclass
class Founded:
    """What there is now; `appointed` is the administrator's client if it was made for this run only."""

    gateway: Gateway
    plan: Plan
    admin: Caller
    appointed: str = ""
    organisations: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)
    callers: dict[str, Caller] = field(default_factory=dict)

    async def leave(self) -> None:
        """Nobody needs this run's administrator any more."""
        if self.appointed:
            await self.admin.move(f"/v1/clients/{self.appointed}/revoke")

    async def hire(self, worker: Worker, reference: str) -> tuple[UUID, Caller]:
        """Somebody with a sign-in; a new password each time."""
        email = f"{reference}@{self.plan.mail_domain}"
        person = await _person(self.admin, reference, worker.name, email)
        organisation = self.organisations[worker.organisation]
        if not any(one["organisation"] == str(organisation) and one["to"] is None for one in person["memberships"]):
            body = {"organisation": str(organisation), "roles": list(worker.roles)}
            await self.admin.post(f"/v1/people/{person['id']}/memberships", body)
        code = (await self.admin.post(f"/v1/people/{person['id']}/invitations"))["code"]
        password = secrets.token_urlsafe(18)
        await set_password(self.gateway.http, email, code, password)
        return UUID(person["id"]), self.gateway.caller(worker.part, PersonLogin(email, password))


async def found(gateway: Gateway, platform: Caller, plan: Plan) -> Founded:
    """The partnership with everybody in it, whether it was there before or not."""
    admin, appointed = await _administrator(gateway, platform, plan)
    founded = Founded(gateway, plan, admin, appointed)
    await _organisations(founded)
    await asyncio.gather(
        *(_join(founded, worker) for worker in plan.workers), *(_connect(founded, system) for system in plan.systems)
    )
    return founded


async def _administrator(gateway: Gateway, platform: Caller, plan: Plan) -> tuple[Caller, str]:
    body = {"name": plan.name, "scheme_name": plan.scheme_name, "local_authority": plan.authority}
    made = await platform.attempt("/v1/partnerships", body)
    if made.problem == NAME_TAKEN:
        name = f"Administration by program {secrets.token_hex(4)}"
        appointed = await platform.post(f"/v1/partnerships/{made.id}/administrators", {"name": name})
        client, secret, for_now = appointed["client"]["id"], appointed["client_secret"], True
    elif made.status == httpx.codes.CREATED:
        client, secret, for_now = made["administrator"]["id"], made["client_secret"], False
    else:
        raise UnexpectedAnswerError(f"the partnership could not be founded: {made.document}")
    return gateway.caller("administrator", ClientLogin(client, secret)), client if for_now else ""


async def _organisations(founded: Founded) -> None:
    known = {one["name"]: one for one in await _all(founded.admin, "/v1/organisations")}
    authority = next(one for one in known.values() if one["kind"] == "la")
    founded.organisations["la"] = UUID(authority["id"])
    for short, (name, kind) in founded.plan.organisations.items():
        if name not in known:
            known[name] = (await founded.admin.post("/v1/organisations", {"name": name, "kind": kind})).document
        founded.organisations[short] = UUID(known[name]["id"])


async def _join(founded: Founded, worker: Worker) -> None:
    person, caller = await founded.hire(worker, worker.part.replace("_", "-"))
    founded.people[worker.part], founded.callers[worker.part] = person, caller


async def _connect(founded: Founded, system: System) -> None:
    """The client of that name, with a new secret where it was there before."""
    admin = founded.admin
    known = [one for one in await _all(admin, "/v1/clients") if one["name"] == system.name]
    if known:
        made = await admin.move(f"/v1/clients/{known[0]['id']}/rotate-secret", {"keep_former_seconds": 0})
    else:
        organisation = str(founded.organisations[system.organisation])
        made = await admin.post("/v1/clients", {"organisation": organisation, "name": system.name, "kind": system.kind})
    login = ClientLogin(made["client"]["id"], made["client_secret"])
    founded.callers[system.part] = founded.gateway.caller(system.part, login)


async def _person(admin: Caller, reference: str, name: str, email: str) -> dict[str, Any]:
    known = await admin.get("/v1/people", reference=reference)
    if known["items"]:
        found: dict[str, Any] = known["items"][0]
        return found
    body = {"display_name": name, "email": email, "reference": reference}
    made: Answer = await admin.post("/v1/people", body)
    document: dict[str, Any] = made.document
    return document


async def _all(caller: Caller, path: str) -> Sequence[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 200}
    while True:
        page = await caller.get(path, **query)
        items += page["items"]
        if not page["next"]:
            return items
        query["cursor"] = page["next"]
