"""The gateway as a process of its own, on a real socket, with a service beside it where a test needs one."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final
from unittest import mock

import httpx

from gateway.identity.bootstrap import bootstrap
from gateway.identity.tests.platform import Platform
from gateway.settings import GatewaySettings

SECRET: Final = "an administrator's secret of this test alone"
EnvironmentOf = Callable[[str], dict[str, str]]


@asynccontextmanager
async def gateway_with(
    environment_of: EnvironmentOf, *services: str, worker: str = "separate"
) -> AsyncIterator[Platform]:
    """They hear no events unless the services' `worker` is `inline`: most pages get by without a bus."""
    port = environment_of("gateway")["CIRCLE_PORT"]
    base = f"http://127.0.0.1:{port}"
    ours = {
        "CIRCLE_WORKER": "separate",
        "CIRCLE_ISSUER": base,
        "CIRCLE_AUDIENCE": base,
        "CIRCLE_JWKS_URL": f"{base}/.well-known/jwks.json",
        "CIRCLE_TOKEN_URL": f"{base}/oauth/token",
    }
    with mock.patch.dict(os.environ, environment_of("gateway") | ours):
        made = await bootstrap(GatewaySettings(), SECRET, renew=True)
    running = [await _started("gateway.main", environment_of("gateway") | ours)]
    theirs = ours | {"CIRCLE_WORKER": worker}
    running += [await _started(f"services.{name}.main", environment_of(name) | theirs) for name in services]
    try:
        async with httpx.AsyncClient(base_url=base, timeout=20) as client:
            for name in ("gateway", *services):
                await _ready(client, f"http://127.0.0.1:{environment_of(name)['CIRCLE_PORT']}/readyz")
            yield Platform(mock.sentinel.elsewhere, client, (str(made.client_id), SECRET))
    finally:
        for process in running:
            process.terminate()
        for process in running:
            await process.wait()


async def _started(module: str, environment: dict[str, str]) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", module]
    return await asyncio.create_subprocess_exec(*command, env=os.environ | environment, stderr=subprocess.DEVNULL)


async def _ready(client: httpx.AsyncClient, address: str) -> None:
    async with asyncio.timeout(90):
        while True:
            try:
                if (await client.get(address)).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)
