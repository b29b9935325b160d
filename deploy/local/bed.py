"""The test bed: one throw-away PostgreSQL and Kafka for a whole test run, kept alive by a process of its own.

Each test process gets clones of the migrated databases and a topic prefix, so nobody meets another's records.
"""

import asyncio
import fcntl
import importlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg

from deploy.local import environment, process, topics
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.process import LOOPBACK, StartError
from deploy.local.state import APPLICATIONS, ROOT, Folder, Secrets

VAULT: Final = "vault"
_START_SECONDS: Final = 180
# The keeper outlives whoever started it; held here so that Python does not warn of a forgotten process.
_KEEPERS: Final[list[subprocess.Popen[bytes]]] = []


@dataclass(frozen=True)
class Stack:
    """What one test process may use."""

    worker: str
    secrets: Secrets
    around: environment.Surroundings
    admin_dsn: str
    unmigrated: dict[str, str]
    host: str = LOOPBACK

    @property
    def port(self) -> int:
        return self.around.database_port

    @property
    def kafka_bootstrap(self) -> str:
        return self.around.kafka_bootstrap

    @property
    def topic_prefix(self) -> str:
        return self.around.topic_prefix

    @property
    def passwords(self) -> dict[str, dict[str, str]]:
        return self.secrets.passwords

    def database(self, name: str) -> str:
        return f"{name}{self.around.suffix}"

    def environment_of(self, name: str) -> dict[str, str]:
        """The `CIRCLE_*` variables of a service or the gateway in this test process."""
        if name in self.unmigrated:
            raise StartError(f"the migrations of {name} failed: {self.unmigrated[name]}")
        return environment.of(name, self.secrets, self.around)


def open_stack(path: Path, controller: int, worker: str) -> Stack:
    """Join the run's bed, starting it when nobody has; then make this process's databases and topics."""
    folder = Folder(path)
    bed = _joined(folder, controller)
    secrets = folder.secrets()
    prefix = f"{worker}."
    around = environment.Surroundings(
        database_port=bed["postgres"],
        kafka_bootstrap=bed["bootstrap"],
        issuer=f"http://{LOOPBACK}:{process.free_port()}",
        ports={name: process.free_port() for name in APPLICATIONS},
        suffix=f"_{worker}",
        topic_prefix=prefix,
    )
    asyncio.run(_clone(bed["admin_dsn"], around.suffix))
    asyncio.run(topics.ensure(around.kafka_bootstrap, topics.names(prefix)))
    return Stack(worker, secrets, around, bed["admin_dsn"], bed["unmigrated"])


def _joined(folder: Folder, controller: int) -> dict[str, Any]:
    folder.make()
    with (folder.path / "joining").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        bed = folder.read("bed")
        if not bed:
            with folder.open_log("bed") as log:
                keeper = subprocess.Popen(
                    [sys.executable, "-m", "deploy.local.bed", str(folder.path), str(controller)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    cwd=ROOT,
                )
            _KEEPERS.append(keeper)
            (folder.path / "keeper").write_text(str(keeper.pid))
            process.wait_until(lambda: keeper.poll() is not None or bool(folder.read("bed")), _START_SECONDS)
            bed = folder.read("bed")
        if not bed:
            raise StartError(f"the test bed did not start:\n{folder.log('bed').read_text()[-4000:]}")
        return bed


async def _clone(admin_dsn: str, suffix: str) -> None:
    admin = await asyncpg.connect(admin_dsn)
    try:
        for name in (*APPLICATIONS, VAULT):
            owner = await admin.fetchval("SELECT datdba::regrole::text FROM pg_database WHERE datname = $1", name)
            await admin.execute(f"CREATE DATABASE {name}{suffix} TEMPLATE {name} OWNER {owner}")
            # A template hands on everything but the right to connect.
            await admin.execute(f"REVOKE CONNECT ON DATABASE {name}{suffix} FROM PUBLIC")
            for role in await admin.fetch(_MAY_CONNECT, name):
                await admin.execute(f"GRANT CONNECT ON DATABASE {name}{suffix} TO {role[0]}")
    finally:
        await admin.close()


_MAY_CONNECT: Final = """
SELECT DISTINCT grantee::regrole::text FROM pg_database, aclexplode(datacl)
WHERE datname = $1 AND privilege_type = 'CONNECT' AND grantee <> 0
"""


def close(path: Path) -> None:
    """End the keeper, if one was started, and remove every trace."""
    noted = path / "keeper"
    if noted.exists():
        pid = int(noted.read_text())
        since = process.born(pid)
        if since is not None:
            process.end_leftover(pid, since, patience=60)
    shutil.rmtree(path, ignore_errors=True)


def keep(path: Path, controller: int) -> None:
    """The keeper's life: start, prepare the templates, wait until the controller is gone or says stop."""
    folder = Folder(path)
    secrets = folder.secrets()
    postgres = Postgres(folder.postgres, secrets.superuser, process.free_port(), durable=False)
    kafka = Kafka(folder.kafka, secrets.kafka_cluster, process.free_port(), process.free_port(), train=False)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    since = process.born(controller) or 0.0
    try:
        for name, store in (("kafka", kafka), ("postgres", postgres)):
            with folder.open_log(name) as log:
                store.start(log)
        postgres.wait_ready()
        unmigrated = asyncio.run(_prepare(postgres, secrets))
        kafka.wait_accepts()
        found = {"postgres": postgres.port, "admin_dsn": postgres.admin_dsn, "bootstrap": kafka.bootstrap}
        folder.write("bed", found | {"unmigrated": unmigrated})
        while process.is_same(controller, since):
            time.sleep(0.5)
    finally:
        kafka.stop()
        postgres.stop()
        if not process.is_same(controller, since):
            shutil.rmtree(path, ignore_errors=True)


async def _prepare(postgres: Postgres, secrets: Secrets) -> dict[str, str]:
    """Migrate the templates; a service whose migrations fail fails its own tests, not everybody's."""
    # Imported while the stores are starting.
    provision = importlib.import_module("shared.provision")
    migrations = importlib.import_module("shared.migrations")
    await provision.provision(postgres.admin_dsn, secrets.passwords)
    unmigrated: dict[str, str] = {}
    for name in APPLICATIONS:
        url = migrations.owner_url(LOOPBACK, postgres.port, name, secrets.passwords[name]["owner"])
        try:
            await migrations.upgrade(url, name)
        except Exception as failure:  # noqa: BLE001 - told to every test that asks for this service
            unmigrated[name] = f"{type(failure).__name__}: {failure}"
    return unmigrated


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]))
    os._exit(0)
