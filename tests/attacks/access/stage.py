"""A platform in the middle of one family's case, all of its words marked, every request and answer kept."""

import asyncio
import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import httpx
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
from tests.attacks.access.ears import Ear
from tests.attacks.access.tokens import Mint
from tests.attacks.access.witness import Witness
from tests.e2e.platform import Platform

_CHAPTERS: Final = (front_door, plans, volunteers, matching, visits)
# Roles without a part in the journey: for which organisation they sign in.
_EXTRAS: Final = {
    Role.OPERATIONAL_LINK: "la",
    Role.DPO: "la",
    Role.AUDITOR: "la",
    Role.ADVOCATE: "vcs",
    Role.VCS_MEMBER: "vcs",
}
_SECONDS: Final = 30


class ListenedTo(Platform):
    """A platform that tells its spans to an ear of ours."""

    spans: Ear

    def environment_of(self, name: str) -> dict[str, str]:
        return super().environment_of(name) | {"CIRCLE_OTEL_ENDPOINT": f"{self.spans.url}v1/traces"}


@dataclass
class Stage:
    """What the attacks know of the platform."""

    stack: Stack
    platform: ListenedTo
    witness: Witness
    gateway: Gateway
    administrator: Caller
    story: Story
    mint: Mint
    spans: Ear
    webhooks: Ear

    @property
    def cast(self) -> Cast:
        return self.story.cast


@contextmanager
def in_use(path: Path) -> Iterator[Stage]:
    """Five processes and a broker of their own, on databases of their own; the story played so far."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "solo")
    with ThreadPoolExecutor(1) as apart, closing(Ear()) as spans, closing(Ear()) as webhooks:
        folder, controller = Path(os.environ["SAFEGUARDING_TEST_BED"]), int(os.environ["SAFEGUARDING_TEST_CONTROLLER"])
        stack: Stack = apart.submit(bed.open_stack, folder, controller, f"{worker}access").result()
        platform = ListenedTo(stack, path)
        platform.spans = spans
        try:
            platform.start()
            document = httpx.get(f"{platform.gateway}/openapi.json", timeout=_SECONDS).json()
            witness = Witness(platform.gateway, document)
            yield apart.submit(asyncio.run, _set(stack, platform, witness, webhooks)).result()
        finally:
            platform.stop()


async def _set(stack: Stack, platform: ListenedTo, witness: Witness, webhooks: Ear) -> Stage:
    async with Gateway(platform.gateway, patience=60) as gateway:
        gateway.http = httpx.AsyncClient(base_url=platform.gateway, timeout=_SECONDS, transport=witness)
        administrator = gateway.caller("platform", platform.administrator().login)
        home = replace(
            HOME,
            organisations={**HOME.organisations, "vcs": ("Journey Family Centre", "vcs")},
            workers=(*HOME.workers, *(Worker(role, role, place, (role,)) for role, place in _EXTRAS.items())),
            mail_domain=f"{witness.marks.word}.example",
        )
        cast = Cast(await found(gateway, administrator, home), await found(gateway, administrator, AWAY))
        await cast.la_system.post("/v1/webhook-endpoints", {"url": webhooks.url, "event_types": ["*"]})
        witness.marking = True
        story = await begin(cast, Teller(Console(file=io.StringIO())), None)
        for chapter in _CHAPTERS:
            await chapter.play(story)
        for scene in (care.raise_concern, care.supervise, care.pause_and_allocate, care.step_down):
            await scene(story)
        mint = await Mint.of(platform.environment_of("gateway"))
        await gateway.http.aclose()
        return Stage(stack, platform, witness, gateway, administrator, story, mint, platform.spans, webhooks)


def client_of(stage: Stage) -> httpx.AsyncClient:
    """A client of the gateway that nobody listens to."""
    options: dict[str, Any] = {"limits": httpx.Limits(max_connections=16)}
    return httpx.AsyncClient(base_url=stage.platform.gateway, timeout=_SECONDS, **options)
