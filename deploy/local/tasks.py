"""What a child of the nursery can be told to do; each task returns its exit code."""

import asyncio
import importlib
import importlib.util
import socket
from collections.abc import Callable

from deploy.local import topics
from deploy.local.state import APPLICATIONS
from shared import migrations, provision, serve


def prepare(admin_dsn: str, host: str, port: int, passwords: dict[str, dict[str, str]]) -> int:
    """Make roles and databases, then bring every schema up to date."""

    async def both() -> None:
        await provision.provision(admin_dsn, passwords)
        await migrations.upgrade_all(host, port, {name: passwords[name]["owner"] for name in APPLICATIONS})

    asyncio.run(both())
    return 0


def make_topics(bootstrap: str, prefix: str = "") -> int:
    asyncio.run(topics.ensure(bootstrap, topics.names(prefix)))
    return 0


def application(factory: str, environment: dict[str, str], listener: int, ready: Callable[[], None]) -> int:
    """Serve one application until SIGTERM; say when it is ready."""
    serve.run(factory, environment, socket.socket(fileno=listener), ready)
    return 0


def after_start(state: str, gateway: str, environment: dict[str, str]) -> int:
    """Let `deploy.local.bootstrap` make the first administrator and show some life, where that module exists."""
    if importlib.util.find_spec("deploy.local.bootstrap") is None:
        return 0
    hook = importlib.import_module("deploy.local.bootstrap").after_start
    hook(state=state, gateway=gateway, environment=environment)
    return 0
