"""A platform in the middle of its work: one family that is being visited, and somebody to sign in for every role."""

import asyncio
import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from deploy.local import bed
from deploy.local.bed import Stack
from deploy.local.cast import AWAY, HOME, Cast
from deploy.local.client import Caller, Gateway
from deploy.local.founding import Founded, Worker, found
from deploy.local.journey import front_door, matching, plans, visits, volunteers
from deploy.local.journey.play import begin
from deploy.local.journey.story import Story
from deploy.local.journey.teller import Teller
from deploy.local.logins import Login
from deploy.local.process import LOOPBACK, free_port
from shared.auth import Role
from shared.ids import new_id
from tests.contract.exercise import Scene
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
_OURS: Final = replace(
    HOME,
    organisations={**HOME.organisations, "vcs": ("Journey Family Centre", "vcs")},
    workers=(*HOME.workers, *(Worker(role, role, organisation, (role,)) for role, organisation in _EXTRAS.items())),
)


@contextmanager
def in_use(path: Path) -> Iterator[Scene]:
    """Five processes and a broker of their own, on databases of their own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "solo")
    with ThreadPoolExecutor(1) as apart:
        folder, controller = Path(os.environ["SAFEGUARDING_TEST_BED"]), int(os.environ["SAFEGUARDING_TEST_CONTROLLER"])
        stack: Stack = apart.submit(bed.open_stack, folder, controller, f"{worker}contract").result()
        platform = Platform(stack, path)
        try:
            platform.start()
            yield apart.submit(asyncio.run, _set(platform)).result()
        finally:
            platform.stop()


async def _set(platform: Platform) -> Scene:
    async with Gateway(platform.gateway, patience=60) as gateway:
        administrator = gateway.caller("platform", platform.administrator().login)
        cast = Cast(await found(gateway, administrator, _OURS), await found(gateway, administrator, AWAY))
        story = await begin(cast, Teller(Console(file=io.StringIO())), None)
        for chapter in _CHAPTERS:
            await chapter.play(story)
        scene = Scene(platform.gateway, logins(cast.home, story.volunteer))
        await _learn(scene, story)
        return scene


def logins(home: Founded, volunteer: Caller) -> dict[Role, Login]:
    """Those with the most to do come first; the volunteer is the one who visits the family."""
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
    } | {role: str(role) for role in _EXTRAS}
    known = {role: home.callers[part].login for role, part in parts.items()}
    return {Role.ADMIN: home.admin.login, Role.VOLUNTEER: volunteer.login} | known


async def _learn(scene: Scene, story: Story) -> None:
    for feed in story.feeds.values():
        await feed.catch_up()
        for event in feed.seen:
            for name, value in event["data"].items():
                for one in value if isinstance(value, list) else [value]:
                    scene.learn(name, one)
    scene.learn("scheme", str(story.cast.scheme))
    for name, made in (await _expendable(story.cast)).items():
        # These replace whatever is in use: a token of a revoked client would be good for nothing.
        scene.ids[name] = [made]


async def _expendable(cast: Cast) -> dict[str, str]:
    """Organisation, person, client and endpoint that nobody misses when they are ended."""
    admin, name = cast.home.admin, f"Expendable {new_id().hex[-8:]}"
    organisation = await admin.post("/v1/organisations", {"name": name, "kind": "vcs"})
    person = await admin.post("/v1/people", {"display_name": name, "email": f"{new_id().hex}@journey.example"})
    client = await admin.post("/v1/clients", {"organisation": organisation.id, "name": name, "kind": "partner"})
    made: dict[str, Any] = client["client"]
    nobody_listens = f"http://{LOOPBACK}:{free_port()}/"
    listening = {"url": nobody_listens, "event_types": ["circle.volunteer.applied.v1"]}
    endpoint = await cast.la_system.post("/v1/webhook-endpoints", listening)
    return {"organisation": organisation.id, "person": person.id, "client": made["id"], "endpoint": endpoint.id}
