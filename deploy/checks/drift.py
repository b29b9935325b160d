"""Whether the migrations build what the models say, on a fresh database of the embedded PostgreSQL."""

import asyncio
import sys
import tempfile
from pathlib import Path

from deploy.local import process
from deploy.local.postgres import Postgres
from deploy.local.process import LOOPBACK
from deploy.local.state import APPLICATIONS, Secrets
from shared import migrations, provision


async def drifts(server: Postgres, secrets: Secrets) -> int:
    owners = {name: secrets.passwords[name]["owner"] for name in APPLICATIONS}
    await provision.provision(server.admin_dsn, secrets.passwords)
    await migrations.upgrade_all(LOOPBACK, server.port, owners)
    return await migrations.check(LOOPBACK, server.port, owners)


def main() -> int:
    secrets = Secrets.generate()
    with tempfile.TemporaryDirectory(prefix="circle-drift-") as scratch:
        server = Postgres(Path(scratch) / "postgres", secrets.superuser, process.free_port(), durable=False)
        with (Path(scratch) / "postgres.log").open("ab") as log:
            server.start(log)
        try:
            server.wait_ready()
            return 1 if asyncio.run(drifts(server, secrets)) else 0
        finally:
            server.stop()


if __name__ == "__main__":
    sys.exit(main())
