"""The partnerships of a run: each with its case system, one worker who is everything in the scheme, and an endpoint."""

from dataclasses import dataclass
from uuid import UUID

from deploy.local.founding import Founded, Plan, System, Worker, found
from deploy.local.logins import ClientLogin
from shared.ids import new_id
from tests.campaign.client import Client, Line
from tests.campaign.sink import Sink
from tests.campaign.world import SECRET, World

ROLES = ("project_manager", "coordinator", "trainer", "dpo")


@dataclass(frozen=True, slots=True)
class House:
    """One partnership. `system` is the authority's case system, `scheme` the worker of the voluntary scheme."""

    partnership: UUID
    authority: UUID
    scheme_id: UUID
    worker: UUID
    system: Client
    scheme: Client
    endpoint: UUID | None


async def houses(world: World, line: Line, sink: Sink | None, count: int) -> list[House]:
    """New partnerships that nobody else writes to; their webhooks go to the sink."""
    platform = line.gateway.caller("platform", ClientLogin(world.administrator, SECRET))
    return [await _house(await found(line.gateway, platform, _plan()), line, sink) for _ in range(count)]


def _plan() -> Plan:
    name = f"Campaign {new_id().hex[-10:]}"
    return Plan(
        name=name,
        scheme_name=name,
        authority=f"{name} Council",
        organisations={"scheme": (f"{name} Volunteers", "scheme")},
        workers=(Worker(f"worker-{new_id().hex[-10:]}", "Wilma Worker", "scheme", ROLES),),
        systems=(System("la_system", "Case system", "la", "partner"),),
        mail_domain="campaign.example",
    )


async def _house(founded: Founded, line: Line, sink: Sink | None) -> House:
    (part, worker) = next(iter(founded.people.items()))
    system = founded.callers["la_system"]
    partnership = UUID((await founded.admin.get("/v1/partnerships"))["items"][0]["id"])
    endpoint = None
    if sink is not None:
        name = partnership.hex
        body = {"url": sink.address(name), "event_types": ["*"], "description": "campaign"}
        made = await system.post("/v1/webhook-endpoints", body)
        sink.know(name, made["secret"])
        endpoint = UUID(made.id)
    return House(
        partnership=partnership,
        authority=founded.organisations["la"],
        scheme_id=founded.organisations["scheme"],
        worker=worker,
        system=Client(line, system, partnership),
        scheme=Client(line, founded.callers[part], partnership),
        endpoint=endpoint,
    )
