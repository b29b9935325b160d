"""A platform on which everything was done once: somebody to sign in for every role, ids of what is there."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.local.cast import Cast
from deploy.local.client import Gateway
from deploy.local.journey.story import Story
from deploy.local.process import LOOPBACK, free_port
from shared.ids import new_id
from tests.contract.exercise import Scene
from tests.world import stage
from tests.world.stage import Stage


@contextmanager
def in_use(path: Path) -> Iterator[Scene]:
    """Five processes and a broker of their own, on databases of their own."""
    with stage.in_use(path, "contract", marking=False) as played, ThreadPoolExecutor(1) as apart:
        yield apart.submit(asyncio.run, _scene(played)).result()


async def _scene(played: Stage) -> Scene:
    logins = {role: caller.login for role, caller in stage.callers(played.story).items()}
    scene = Scene(played, logins)
    _learn(scene, played.story)
    for name, made in (await _expendable(played.cast)).items():
        # These replace whatever is in use: a token of a revoked client would be good for nothing.
        scene.ids[name] = [made]
    return scene


def _learn(scene: Scene, story: Story) -> None:
    for feed in story.feeds.values():
        for event in feed.seen:
            for name, value in event["data"].items():
                for one in value if isinstance(value, list) else [value]:
                    scene.learn(name, one)
    scene.learn("scheme", str(story.cast.scheme))


async def _expendable(cast: Cast) -> dict[str, str]:
    """Organisation, person, client and endpoint that nobody misses when they are ended."""
    async with Gateway(cast.gateway.url) as gateway:
        admin = gateway.caller("administrator", cast.home.admin.login)
        system = gateway.caller("case system", cast.la_system.login)
        name = f"Expendable {new_id().hex[-8:]}"
        organisation = await admin.post("/v1/organisations", {"name": name, "kind": "vcs"})
        person = await admin.post("/v1/people", {"display_name": name, "email": f"{new_id().hex}@journey.example"})
        client = await admin.post("/v1/clients", {"organisation": organisation.id, "name": name, "kind": "partner"})
        made: dict[str, Any] = client["client"]
        nobody_listens = f"http://{LOOPBACK}:{free_port()}/"
        listening = {"url": nobody_listens, "event_types": ["circle.volunteer.applied.v1"]}
        endpoint = await system.post("/v1/webhook-endpoints", listening)
        return {"organisation": organisation.id, "person": person.id, "client": made["id"], "endpoint": endpoint.id}
