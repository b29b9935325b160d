"""Plays the whole journey against one gateway and says whether everything held."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from rich.console import Console

from deploy.local.acts.households import Household
from deploy.local.acts.referrals import Days
from deploy.local.cast import Cast, assemble
from deploy.local.client import Gateway
from deploy.local.feed import Feed
from deploy.local.journey import care, ending, front_door, matching, plans, visits, volunteers
from deploy.local.journey.post import Post
from deploy.local.journey.story import LA, SCHEME, Story
from deploy.local.journey.teller import Teller
from deploy.local.logins import SignInError
from deploy.local.target import NoTargetError, Target, find
from shared.calendar import civil_date

CHAPTERS = (front_door, plans, volunteers, matching, visits, care, ending)
RECEIVED_DAYS_AGO = 60


def run(gateway: str) -> int:
    """Play on this platform; the exit code."""
    out = Console(highlight=False)
    try:
        target = find(gateway)
        return 0 if asyncio.run(play(target, out)) else 1
    except (NoTargetError, SignInError, AssertionError) as failure:
        Console(stderr=True).print(str(failure), style="bold red", markup=False, highlight=False, soft_wrap=True)
        return 1


async def play(target: Target, out: Console) -> bool:
    """True when every step was played and everything was as the contract says."""
    async with Gateway(target.gateway) as gateway:
        cast = await assemble(gateway, gateway.caller("platform", target.administrator.login))
        story = await begin(cast, Teller(out), None)
        for chapter in CHAPTERS:
            await chapter.play(story)
        return story.teller.summary(gateway.calls)


async def begin(cast: Cast, teller: Teller, post: Post | None) -> Story:
    """A new family, of whom nobody has heard yet."""
    feeds = {LA: Feed(cast.la_system), SCHEME: Feed(cast.coordinator)}
    await asyncio.gather(*(feed.begin() for feed in feeds.values()))
    today = civil_date(datetime.now(UTC))
    number = int(time.time())
    household = Household(f"journey-{number}", number, 2, today)
    return Story(cast, feeds, teller, post, today, household, Days(today - timedelta(days=RECEIVED_DAYS_AGO)))
