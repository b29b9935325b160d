"""Plays the whole journey against one gateway and says whether everything held."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

from rich.console import Console

from deploy.local.acts.households import Household
from deploy.local.acts.referrals import Days
from deploy.local.cast import Cast, assemble
from deploy.local.client import Gateway
from deploy.local.feed import Feed
from deploy.local.journey import care, ending, front_door, matching, plans, visits, volunteers
from deploy.local.journey.post import NoWebhooksError, Post, receiving
from deploy.local.journey.story import LA, SCHEME, Story
from deploy.local.journey.teller import Teller
from deploy.local.logins import SignInError
from deploy.local.target import NoTargetError, Target, find
from shared.calendar import civil_date

CHAPTERS = (front_door, plans, volunteers, matching, visits, care, ending)
RECEIVED_DAYS_AGO = 60


def run(gateway: str, receiver_host: str = "") -> int:
    """Play on this platform; the exit code. Without a receiver's host, another machine's gateway sends no webhooks."""
    out = Console(highlight=False)
    try:
        target = find(gateway)
        return 0 if asyncio.run(play(target, out, _host(gateway, receiver_host))) else 1
    except (NoTargetError, SignInError, AssertionError) as failure:
        Console(stderr=True).print(str(failure), style="bold red", markup=False, highlight=False, soft_wrap=True)
        return 1


def _host(gateway: str, receiver_host: str) -> str | None:
    """By what name the gateway reaches us: "" for loopback, None for not at all."""
    return receiver_host if receiver_host or not gateway else None


async def play(target: Target, out: Console, host: str | None = "") -> bool:
    """True when every step was played and everything was as the contract says."""
    async with Gateway(target.gateway) as gateway, AsyncExitStack() as opened:
        cast = await assemble(gateway, gateway.caller("platform", target.administrator.login))
        opened.push_async_callback(cast.leave)
        teller, post = Teller(out), None
        try:
            post = await opened.enter_async_context(_receiving(cast, host))
        except NoWebhooksError as reason:
            teller.note(f"NO WEBHOOKS are shown: {reason}")
        story = await begin(cast, teller, post)
        for chapter in CHAPTERS:
            await chapter.play(story)
        return teller.summary(gateway.calls)


@asynccontextmanager
async def _receiving(cast: Cast, host: str | None) -> AsyncIterator[Post]:
    if host is None:
        raise NoWebhooksError("a gateway elsewhere does not reach this machine; --receiver-host says by what name")
    async with receiving(cast.la_system, host) as post:
        yield post


async def begin(cast: Cast, teller: Teller, post: Post | None) -> Story:
    """A new family, of whom nobody has heard yet."""
    feeds = {LA: Feed(cast.la_system), SCHEME: Feed(cast.coordinator)}
    await asyncio.gather(*(feed.begin() for feed in feeds.values()))
    today = civil_date(datetime.now(UTC))
    number = int(time.time())
    household = Household(f"journey-{number}", number, 2, today)
    return Story(cast, feeds, teller, post, today, household, Days(today - timedelta(days=RECEIVED_DAYS_AGO)))
