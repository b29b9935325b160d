"""`python -m deploy.bootstrap`: the platform's first administrator, with the secret in CIRCLE_BOOTSTRAP_SECRET."""

import asyncio
import os
import sys

from sqlalchemy.exc import SQLAlchemyError

from deploy.install import patiently
from gateway.identity.bootstrap import bootstrap
from gateway.settings import GatewaySettings


async def make_administrator() -> None:
    """Make it where there is none; the client id is printed, the secret is known to whoever set it."""
    made = await bootstrap(GatewaySettings(), os.environ["CIRCLE_BOOTSTRAP_SECRET"])
    sys.stdout.write(f"administrator: client_id {made.client_id}\n")


if __name__ == "__main__":
    asyncio.run(patiently("administrator", make_administrator, SQLAlchemyError))
