"""Questions asked while something is broken: what is answered, whether it says when to come again, and how soon."""

import asyncio
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import aiohttp

from shared.ids import new_id
from shared.tests.house import until
from tests.campaign.findings import Code, Finding
from tests.campaign.stage import Scene

LATEST_SECONDS: Final = 10.0
PATHS: Final = ("/v1/programmes", "/v1/concerns")
_PAUSE_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """Status 0 is none at all; `says_when` is a Retry-After."""

    status: int
    says_when: bool
    seconds: float

    def is_clean(self, refusals: Collection[int]) -> bool:
        """Done, or refused in one of these ways with word of when to come again; neither too late."""
        done = self.status == HTTPStatus.CREATED
        return self.seconds <= LATEST_SECONDS and (done or (self.status in refusals and self.says_when))

    def __str__(self) -> str:
        when = "" if self.says_when or not self.status else " without Retry-After"
        return f"{self.status or 'no answer'}{when} after {self.seconds:.1f} s"


class Probe:
    """Somebody whose writes are on no account."""

    def __init__(self, scene: Scene, token: str) -> None:
        self._line = scene.line
        self._signed = {"Authorization": f"Bearer {token}"}

    @classmethod
    async def of(cls, scene: Scene) -> "Probe":
        """With a token that is good for a while, got while nothing is broken."""
        return cls(scene, await scene.houses[0].scheme.caller.token())

    async def ask(self, path: str, *, keyed: bool = True) -> Answer:
        """One write, tried once. Without a key the service refuses it: that it came is what matters then."""
        body = {"title": f"Programme {new_id()}"} if path == PATHS[0] else {"text": "A worry."}
        headers = self._signed | ({"Idempotency-Key": str(new_id())} if keyed else {})
        began = time.monotonic()
        try:
            async with self._line.http.post(self._line.url + path, json=body, headers=headers) as answer:
                await answer.read()
                return Answer(answer.status, "Retry-After" in answer.headers, time.monotonic() - began)
        except (aiohttp.ClientError, TimeoutError):
            return Answer(0, False, time.monotonic() - began)

    async def ask_for(self, seconds: float, *, keyed: bool = True) -> list[Answer]:
        """Again and again, a few at once, until the seconds are over and the last is answered."""
        end, answers = time.monotonic() + seconds, list[Answer]()
        while time.monotonic() < end:
            answers += await asyncio.gather(*(self.ask(path, keyed=keyed) for path in PATHS for _ in range(2)))
            await asyncio.sleep(_PAUSE_SECONDS)
        return answers

    async def back(self, seconds: float = 60) -> None:
        """Until everything is good again."""

        async def is_good() -> bool:
            return all([(await self.ask(path)).status == HTTPStatus.CREATED for path in PATHS])

        await until(is_good, seconds)


def unclean(where: str, answers: Iterable[Answer], refusals: Collection[int]) -> list[Finding]:
    """What should not have been answered so."""
    return [Finding(Code.UNCLEAN, where, str(one)) for one in answers if not one.is_clean(refusals)]
