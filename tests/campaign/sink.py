"""A webhook receiver as a process of its own: it verifies, files, and only then answers 2xx.

`python -m tests.campaign.sink FOLDER DESCRIPTOR` serves on an inherited socket. `filed` reads what it has filed.
"""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from deploy.local import process
from deploy.local.state import ROOT
from tests.campaign.wire import Wire

_FILE = "deliveries.jsonl"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request that the sink has filed."""

    name: str
    id: UUID | None
    verified: bool
    body: str
    at: float


class Sink:
    """The side that starts, ends and reads it. Its address stays while it is away.

    `behind` is the wire that callers go through, if there is one.
    """

    def __init__(self, folder: Path, behind: Wire | None = None) -> None:
        self.folder = folder
        (folder / "secrets").mkdir(parents=True, exist_ok=True)
        self._listener = process.listen()
        self._port = process.port_of(self._listener)
        if behind is not None:
            behind.lead_to(self._port)
            self._port = behind.port
        self._running: subprocess.Popen[bytes] | None = None

    def address(self, name: str) -> str:
        """The URL of one endpoint."""
        return f"http://127.0.0.1:{self._port}/{name}"

    def know(self, name: str, secret: str) -> None:
        """The secret that deliveries to this endpoint are signed with."""
        (self.folder / "secrets" / name).write_text(secret)

    def forget(self, name: str) -> str:
        """From now on this endpoint refuses, until it is known again; the secret to be known again."""
        place = self.folder / "secrets" / name
        secret = place.read_text()
        place.unlink()
        return secret

    def start(self) -> None:
        """Only from a thread that lives on: the process ends with the thread that started it."""
        number = self._listener.fileno()
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "tests.campaign.sink", str(self.folder), str(number)]
            self._running = subprocess.Popen(command, cwd=ROOT, pass_fds=[number], stdout=log, stderr=log)

    def kill(self) -> None:
        """Kill -9."""
        if self._running is not None:
            self._running.send_signal(signal.SIGKILL)
            self._running.wait()

    @contextmanager
    def running(self) -> Iterator["Sink"]:
        self.start()
        try:
            yield self
        finally:
            self.kill()
            self._listener.close()

    def filed(self) -> list[Delivery]:
        """Everything that was filed, in the order of arrival."""
        path = self.folder / _FILE
        if not path.exists():
            return []
        with path.open() as file:
            return [_delivery(json.loads(line)) for line in file if line.endswith("\n")]


def _delivery(line: dict[str, Any]) -> Delivery:
    try:
        event = UUID(line["id"])
    except ValueError:
        event = None
    return Delivery(line["name"], event, line["verified"], line["body"], line["at"])


def create_app(folder: Path) -> web.Application:
    """The receiver."""
    file = (folder / _FILE).open("a", buffering=1)

    async def receive(request: web.Request) -> web.Response:
        body, name = await request.read(), request.match_info["name"]
        secret = folder / "secrets" / name
        if not secret.exists():
            return web.Response(status=503)
        line = {"name": name, "id": request.headers.get("webhook-id", ""), "body": body.decode(), "at": time.time()}
        line["verified"] = _is_verified(secret.read_text(), body, dict(request.headers))
        file.write(json.dumps(line) + "\n")
        return web.Response(status=204)

    app = web.Application(client_max_size=64_000)
    app.router.add_post("/{name}", receive)
    return app


def _is_verified(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


if __name__ == "__main__":
    process.die_with_parent(signal.SIGKILL)
    inherited = socket.socket(fileno=int(sys.argv[2]))
    web.run_app(create_app(Path(sys.argv[1])), sock=inherited, print=None, access_log=None, handle_signals=False)
