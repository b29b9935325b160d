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
from deploy.local.logins import ClientLogin
from shared.calendar import civil_date

CHAPTERS = (front_door, plans, volunteers, matching, visits, care, ending)
RECEIVED_DAYS_AGO = 60


async def play(url: str, administrator: ClientLogin, out: Console) -> bool:
    """True when every step was played and everything was as the contract says."""
    async with Gateway(url) as gateway:
        cast = await assemble(gateway, gateway.caller("platform", administrator))
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
