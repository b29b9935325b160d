"""`python -m deploy.install`: what has to be done once before the processes are of use; repeating it does no harm."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import asyncpg

from shared import kafka, migrations, provision

PATIENCE_SECONDS = 180


async def install() -> None:
    """Roles, databases, migrations, topics: each step waits for a database or a broker that comes late.

    CIRCLE_ADMIN_DSN is a superuser's address, CIRCLE_PASSWORDS the roles' passwords as JSON.
    """
    dsn, passwords = os.environ["CIRCLE_ADMIN_DSN"], json.loads(os.environ["CIRCLE_PASSWORDS"])
    where = urlsplit(dsn)
    host, port = str(where.hostname), where.port or 5432
    owners = {service: roles["owner"] for service, roles in passwords.items()}
    await patiently("roles and databases", lambda: provision.provision(dsn, passwords))
    await patiently("migrations", lambda: migrations.upgrade_all(host, port, owners))
    bootstrap, prefix = os.environ["CIRCLE_KAFKA_BOOTSTRAP"], os.environ.get("CIRCLE_TOPIC_PREFIX", "")
    await patiently("topics", lambda: kafka.create_topics(bootstrap, prefix))


async def patiently(what: str, step: Callable[[], Awaitable[None]], *more: type[Exception]) -> None:
    """Try until it works or patience ends; `more` are further errors that mean "not yet"."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE_SECONDS
    while True:
        try:
            await step()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, *kafka.Away, *more) as error:
            if loop.time() > until:
                raise
            sys.stderr.write(f"{what}: waiting ({type(error).__name__})\n")
            await asyncio.sleep(1)
        else:
            sys.stderr.write(f"{what}: done\n")
            return


if __name__ == "__main__":
    asyncio.run(install())
