"""`python -m examples.la_receiver`: catches up by the feed, then listens on loopback; secrets come by environment."""

import argparse
import asyncio
import os
from contextlib import suppress
from pathlib import Path

import aiohttp
from aiohttp import web

from examples.la_receiver.app import catch_up, create_app
from examples.la_receiver.filing import Files
from examples.la_receiver.gateway import Gateway


async def run(options: argparse.Namespace) -> None:
    """Until Ctrl-C."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        client, secret = os.environ["LA_CLIENT_ID"], os.environ["LA_CLIENT_SECRET"]
        gateway = Gateway(options.gateway, client, secret, session)
        print(f"caught up: {await catch_up(Files(options.folder), gateway.fetch)} events filed", flush=True)
        runner = web.AppRunner(create_app(os.environ["LA_WEBHOOK_SECRET"], gateway.fetch, options.folder))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", options.port).start()
        print(f"listening on http://127.0.0.1:{runner.addresses[0][1]}/webhooks", flush=True)
        try:
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m examples.la_receiver",
        description="An example receiver of webhooks. Needs LA_WEBHOOK_SECRET, LA_CLIENT_ID and LA_CLIENT_SECRET.",
    )
    parser.add_argument("--port", type=int, default=9400, help="port on loopback (9400)")
    parser.add_argument("--gateway", default="http://127.0.0.1:8080", help="the platform's address")
    parser.add_argument("--folder", type=Path, default=Path("received"), help="where events are filed")
    with suppress(KeyboardInterrupt):
        asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
