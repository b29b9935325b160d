"""Whether the migrations build what the models say, on a fresh database of the embedded PostgreSQL."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.local import process
from deploy.local.postgres import Postgres
from deploy.local.state import ROOT, Secrets


def main() -> int:
    secrets = Secrets.generate()
    with tempfile.TemporaryDirectory(prefix="circle-drift-") as scratch:
        server = Postgres(Path(scratch) / "postgres", secrets.superuser, process.free_port(), durable=False)
        with (Path(scratch) / "postgres.log").open("ab") as log:
            server.start(log)
        try:
            server.wait_ready()
            command = [sys.executable, "-m", "shared.migrations", "check", server.admin_dsn]
            return subprocess.run(command, cwd=ROOT, env=dict(os.environ), check=False).returncode
        finally:
            server.stop()


if __name__ == "__main__":
    sys.exit(main())
