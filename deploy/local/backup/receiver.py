"""The receiver: PostgreSQL's own program that copies the write-ahead log elsewhere while it is written."""

import contextlib
import signal
import subprocess
import time
from typing import Final

from deploy.local import postgres, process
from deploy.local.backup.keeping import Keeping
from deploy.local.postgres import Postgres
from deploy.local.process import LOOPBACK, StartError
from deploy.local.state import Folder

NAME: Final = "circle_archive"
_LOG: Final = "archive"
# After that long it is taken to have come back.
_STEADY_SECONDS: Final = 5.0


class Receiver:
    """Beside the database of one state folder; does nothing where backups were never turned on."""

    def __init__(self, folder: Folder, server: Postgres) -> None:
        self.keeping = Keeping.of(folder)
        self.running: subprocess.Popen[bytes] | None = None
        self._folder, self._server = folder, server
        # When it was last started again; nothing while it has been running for a while.
        self._since = 0.0
        if self.keeping.is_on and self.keeping.synchronous:
            server.more = {**server.more, "synchronous_standby_names": NAME}

    def start(self) -> None:
        """Once the database accepts connections, and before anybody writes: until then commits wait."""
        if not self.keeping.is_on:
            if self.keeping.line:
                # Turned off: what nobody fetches any more must not be held back.
                with contextlib.suppress(StartError):
                    self._tool("--drop-slot", "--slot", NAME)
            return
        self.keeping.log.mkdir(parents=True, exist_ok=True)
        self._tool("--create-slot", "--if-not-exists", "--slot", NAME)
        words = ["--directory", self.keeping.log, "--slot", NAME, "--synchronous", "--no-password"]
        with self._folder.open_log(_LOG) as log:
            self.running = postgres.start_tool(
                "pg_receivewal", *words, "-d", self._address, password=self._server.password, log=log
            )

    def tend(self) -> str:
        """Start it again when it has ended by itself, for instance for want of room; what to say, if anything."""
        if self.running is None:
            return ""
        if self.running.poll() is None:
            if self._since and time.monotonic() - self._since > _STEADY_SECONDS:
                self._since = 0.0
                return "running again"
            return ""
        again, self._since = bool(self._since), time.monotonic()
        reason = self._folder.last_words(_LOG)
        # A disk that is full or gone shows itself here as well; it must not end the platform.
        try:
            self.start()
        except (StartError, OSError) as error:
            again, reason = True, str(error)
        waiting = "commits wait" if self.keeping.synchronous else "nothing is copied"
        return f"away, {waiting} (docs/backup.md): {reason}" if again else "started again"

    def stop(self) -> None:
        """After the database, which hands over its last words when it shuts down."""
        if self.running is not None:
            process.stop(self.running, ((signal.SIGINT, 10), (signal.SIGKILL, 5)))
            self.running = None

    @property
    def _address(self) -> str:
        return f"host={LOOPBACK} port={self._server.port} user=postgres application_name={NAME}"

    def _tool(self, *words: object) -> None:
        postgres.tool("pg_receivewal", *words, "--no-password", "-d", self._address, password=self._server.password)
