"""A platform in the middle of one family's case on which every operation was done once, every exchange kept."""

import asyncio
import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
from rich.console import Console

from deploy.local import bed
from deploy.local.bed import Stack
from deploy.local.cast import AWAY, HOME, Cast
from deploy.local.client import Caller, Gateway
from deploy.local.founding import Worker, found
from deploy.local.journey import care, front_door, matching, plans, visits, volunteers
from deploy.local.journey.play import begin
from deploy.local.journey.story import Story
from deploy.local.journey.teller import Teller
from shared.auth import Role
from tests.e2e.platform import Platform
from tests.world import away, covered, door, edge, former, planning, reads, spare, timely, weighing
from tests.world.description import fetch
from tests.world.ears import Ear
from tests.world.ids import Ids
from tests.world.tokens import Mint
from tests.world.witness import Witness

_CHAPTERS: Final = (front_door, plans, volunteers, matching, visits)
_SCENES: Final = (care.raise_concern, care.supervise, care.pause_and_allocate, care.step_down)
# Roles without a part in the journey: for which organisation they sign in.
EXTRAS: Final = {
    Role.OPERATIONAL_LINK: "la",
    Role.DPO: "la",
    Role.AUDITOR: "la",
    Role.ADVOCATE: "vcs",
    Role.VCS_MEMBER: "vcs",
}
# Nobody answers there: no token of this issuer is ever shown.
_ELSEWHERE: Final = {"issuer": "https://elsewhere.example/", "jwks_url": "http://127.0.0.1:9/", "audience": "circle"}
# On a machine that is busy with other tests.
_SECONDS: Final = 120


class ListenedTo(Platform):
    """A platform that tells its spans to an ear of ours and trusts one external issuer."""

    spans: Ear

    def environment_of(self, name: str) -> dict[str, str]:
        return super().environment_of(name) | {
            "CIRCLE_OTEL_ENDPOINT": f"{self.spans.url}v1/traces",
            "CIRCLE_EXTERNAL_ISSUERS": orjson.dumps([_ELSEWHERE]).decode(),
            # Thousands of requests in a row are what the attacks are about.
            "CIRCLE_LIMIT_REQUESTS": "1000000",
        }


@dataclass
class Stage:
    """What is known of the platform."""

    stack: Stack
    platform: ListenedTo
    witness: Witness
    administrator: Caller
    story: Story
    home: str
    away: str
    mint: Mint
    spans: Ear
    webhooks: Ear

    @property
    def cast(self) -> Cast:
        return self.story.cast

    @cached_property
    def ids(self) -> Ids:
        """Of what is there in the journey's partnership."""
        return ids_of(self.witness, self.home, self.story)

    def never_done(self) -> list[str]:
        """The operations that nobody has yet done with success."""
        done = {one.operation for one in self.witness.exchanges if one.went_well}
        return sorted(set(self.witness.description.operations) - done)


@contextmanager
def in_use(path: Path, name: str, marking: bool) -> Iterator[Stage]:
    """Five processes and a broker of their own, on databases called by that name; the story played so far.

    `marking` puts a marked word into every free text of it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "solo")
    with ThreadPoolExecutor(1) as apart, closing(Ear()) as spans, closing(Ear()) as webhooks:
        folder, controller = Path(os.environ["SAFEGUARDING_TEST_BED"]), int(os.environ["SAFEGUARDING_TEST_CONTROLLER"])
        stack: Stack = apart.submit(bed.open_stack, folder, controller, f"{worker}{name}").result()
        platform = ListenedTo(stack, path)
        platform.spans = spans
        try:
            platform.start()
            witness = Witness(platform.gateway, fetch(platform.gateway))
            yield apart.submit(asyncio.run, _set(stack, platform, witness, webhooks, marking)).result()
        finally:
            platform.stop()


async def _set(stack: Stack, platform: ListenedTo, witness: Witness, webhooks: Ear, marking: bool) -> Stage:
    async with Gateway(platform.gateway, patience=_SECONDS) as gateway:
        await gateway.http.aclose()
        gateway.http = httpx.AsyncClient(base_url=platform.gateway, timeout=_SECONDS, transport=witness)
        administrator = gateway.caller("platform", platform.administrator().login)
        cast = await _cast(gateway, administrator, witness)
        await cast.la_system.post("/v1/webhook-endpoints", {"url": webhooks.url, "event_types": ["*"]})
        witness.marking = marking
        story = await begin(cast, Teller(Console(file=io.StringIO())), None)
        for scene in (
            *(chapter.play for chapter in _CHAPTERS),
            timely.play,
            covered.play,
            *_SCENES,
            former.play,
            spare.play,
            door.play,
            weighing.play,
            planning.play,
        ):
            await scene(story)
        await edge.play(story, administrator, webhooks.url, _ELSEWHERE["issuer"])
        await away.play(cast, story.today)
        home, theirs = [await _partnership(one.admin) for one in (cast.home, cast.away)]
        await reads.play(witness, ids_of(witness, home, story), story, callers(story))
        mint = await Mint.of(platform.environment_of("gateway"))
        return Stage(stack, platform, witness, administrator, story, home, theirs, mint, platform.spans, webhooks)


async def _cast(gateway: Gateway, administrator: Caller, witness: Witness) -> Cast:
    home = replace(
        HOME,
        organisations={**HOME.organisations, "vcs": ("Journey Family Centre", "vcs")},
        workers=(*HOME.workers, *(Worker(role, role, place, (role,)) for role, place in EXTRAS.items())),
        mail_domain=f"{witness.marks.word}.example",
    )
    theirs = replace(AWAY, mail_domain=home.mail_domain)
    return Cast(await found(gateway, administrator, home), await found(gateway, administrator, theirs))


def ids_of(witness: Witness, partnership: str, story: Story) -> Ids:
    """The ids of the journey's own case before any other's."""
    known, family = story.known, story.family
    main = {"family_id": family.id, "child_id": family.children[0], "referral_id": known.referral}
    main |= {"match_id": known.match, "volunteer_id": known.volunteer, "request_id": known.match_request}
    # All people are founded at once; without this, whoever came first would be the one who is asked for.
    main |= {"person_id": story.cast.id_of("social_worker")}
    return Ids.of(witness, partnership, **{name: str(value) for name, value in main.items()})


async def _partnership(admin: Caller) -> str:
    return str((await admin.get("/v1/partnerships"))["items"][0]["id"])


def callers(story: Story) -> dict[Role, Caller]:
    """Somebody for every role, those with the most to do first; the volunteer is the one who visits the family."""
    home = story.cast.home
    parts = {
        Role.PARTNER_SYSTEM: "la_system",
        Role.PROJECT_MANAGER: "project_manager",
        Role.COORDINATOR: "coordinator",
        Role.TRAINER: "trainer",
        Role.LEAD_PRACTITIONER: "lead_practitioner",
        Role.SOCIAL_WORKER: "social_worker",
        Role.LA_MANAGER: "la_manager",
        Role.ANALYST: "analyst",
        Role.INTAKE: "intake",
    } | {role: str(role) for role in EXTRAS}
    known = {role: home.callers[part] for role, part in parts.items()}
    return {Role.ADMIN: home.admin, Role.VOLUNTEER: story.volunteer} | known


def client_of(stage: Stage) -> httpx.AsyncClient:
    """A client of the gateway that nobody listens to."""
    options: dict[str, Any] = {"limits": httpx.Limits(max_connections=16)}
    return httpx.AsyncClient(base_url=stage.platform.gateway, timeout=_SECONDS, **options)
