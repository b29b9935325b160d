"""What a child of the nursery need not load any more."""

import subprocess
import sys

from deploy.local.state import ROOT

# As a child does it: an app on the house's server, with a client for keys and other services.
_CHILD = """
import asyncio, os, socket, sys
from deploy.local import nursery
nursery.preload()
known = set(sys.modules)
import httpx
from fastapi import FastAPI
from shared import serve
from shared.settings import Settings

async def ends(server):
    async with httpx.AsyncClient() as client:
        while not server.started:
            await asyncio.sleep(0.01)
        address = server.servers[0].sockets[0].getsockname()
        assert (await client.get(f"http://{address[0]}:{address[1]}/")).status_code == 404
    server.should_exit = True

class Served(serve.Server):
    async def serve(self, sockets=None):
        await asyncio.gather(super().serve(sockets), ends(self))

serve.Server = Served
app = FastAPI()
app.state.settings = Settings.model_construct(host="127.0.0.1", port=0, drain_seconds=1.0, linger_seconds=0.0)
serve.serve(app)
print("\\n".join(sorted(set(sys.modules) - known)))
"""


def test_what_has_been_forked_loads_nothing_more_before_it_serves() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == []
