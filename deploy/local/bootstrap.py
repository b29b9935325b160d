"""What is done beside the platform, because nobody may ask for it over HTTP: the first administrator, its keys."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from deploy.local import demo_identity
from deploy.local.demo import play as demonstration
from deploy.local.demo_identity import ClientKey, DemoIdentity
from deploy.local.state import Folder
from gateway.identity import bootstrap as platform
from gateway.settings import GatewaySettings

SECRET: Final = "CIRCLE_BOOTSTRAP_SECRET"  # noqa: S105 - the name of a variable


def make_administrator(*, renew: bool) -> list[str]:
    """Make the platform's first administrator from this process's environment; what to print, the secret once."""
    given = os.environ.get(SECRET)
    made = asyncio.run(platform.bootstrap(GatewaySettings(), given, renew=renew))
    if made.client_secret is None:
        secret = "as it was: it is not shown again; --renew replaces it"  # noqa: S105 - says that there is none
    else:
        secret = f"the one in {SECRET}" if given else made.client_secret
    return [f"client_id      {made.client_id}", f"client_secret  {secret}"]


def rotate_signing_key(*, at_once: bool) -> str:
    """A new signing key; its id."""
    return asyncio.run(platform.rotate_signing_key(GatewaySettings(), at_once=at_once))


def after_start(state: str, gateway: str, environment: Mapping[str, str]) -> None:
    """What `circle up` does first: an administrator, the demonstration's people, and who may sign in."""
    os.environ.update(environment)
    folder = Folder(Path(state))
    administrator = asyncio.run(_administrator(folder))
    known = folder.read("identity")
    people = asyncio.run(demo_identity.ensure(gateway, administrator, known or None))
    folder.write("identity", people.document())
    folder.write("welcome", _welcome(folder, people) | _life(folder, gateway, people))


async def _administrator(folder: Folder) -> ClientKey:
    """The platform's administrator of this checkout, whose secret its state folder keeps."""
    kept = folder.read("administrator")
    made = await platform.bootstrap(GatewaySettings(), kept.get("client_secret"), renew=not kept)
    if made.client_secret is not None:
        kept = {"client_id": str(made.client_id), "client_secret": made.client_secret}
        folder.write("administrator", kept)
    return ClientKey(str(made.client_id), kept["client_secret"])


def _life(folder: Folder, gateway: str, people: DemoIdentity) -> dict[str, Any]:
    """Some families at the first start; without them the platform is good all the same, so it only says so."""
    following = {"next": "make journey, then make demo"}
    if folder.read("life"):
        return following
    try:
        families = asyncio.run(demonstration.show_life(gateway, people))
    except AssertionError as failure:
        return {**following, "notes": [f"the demonstration could not be begun: {failure}"]}
    folder.write("life", {"families": families})
    return following


def _welcome(folder: Folder, people: DemoIdentity) -> dict[str, Any]:
    shown = ("project_manager", "coordinator", "social_worker", "volunteer", "admin")
    sign_ins = [
        {"user": one.email, "password": one.password, "name": f"{one.name}, {', '.join(one.roles)}"}
        for one in (people.people[key] for key in shown)
    ]
    notes = [f"everybody  {folder.path / 'identity.json'}"]
    return {**folder.read("welcome"), "sign_ins": sign_ins, "notes": notes}
