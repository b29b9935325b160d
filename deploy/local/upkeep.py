"""What an operator does to one service after the other: check its audit, replay dead letters, wrap its keys anew."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from typing import Final
from uuid import UUID

from pydantic import ValidationError

from deploy import restored
from deploy.local import environment, state
from deploy.local.process import LOOPBACK
from deploy.local.state import APPLICATIONS
from deploy.restored import SETTINGS
from gateway import handlers as gateway_handlers
from gateway.settings import GatewaySettings
from services.matching import handlers as matching_handlers
from services.matching.handlers.cases import ReferralCases as MatchingCases
from services.matching.service.desk import Desk
from services.matching.settings import MatchingSettings
from services.outcomes import handlers as outcomes_handlers
from services.outcomes.settings import policy_of
from services.referral import handlers as referral_handlers
from services.referral.settings import ReferralSettings
from services.training import handlers as training_handlers
from services.training.settings import TrainingSettings
from shared import audit, audit_verify, away, dead_letters, rotation, sealer
from shared.audit_api import Wanted
from shared.audit_search import Found, Question, walk
from shared.consumer import Handlers, partnership_work
from shared.errors import Problem
from shared.parts import Parts
from shared.peers import Peers

_TOLD: Final = "CIRCLE_APP_PASSWORD"


class NoServiceError(RuntimeError):
    """Nothing to work on; the message says what to do."""


def verify_audit(service: str) -> tuple[list[str], bool]:
    """What to print, and whether every audit is whole."""
    return _each(service, _verify)


def search_audit(service: str, asked: Mapping[str, object]) -> tuple[list[str], bool]:
    """What to print, and that it was looked for; noted in the audit of each partnership of which anything is shown."""
    try:
        wanted = Wanted.model_validate(asked)
        question = wanted.question()
    except (ValidationError, Problem) as reason:
        raise NoServiceError(f"that cannot be searched for: {reason}") from reason
    return _each(service, partial(_search, wanted=wanted, question=question))


def list_dead_letters(service: str) -> tuple[list[str], bool]:
    """What to print, and whether nothing is parked."""
    return _each(service, _list)


def replay_dead_letters(service: str) -> tuple[list[str], bool]:
    """What to print, and whether nothing is parked any more."""
    return _each(service, _replay)


def rotate_keys(service: str) -> tuple[list[str], bool]:
    """What to print, and whether every key is wrapped by the ring's current key.

    Running processes know the ring that they were started with; so this checkout's platform gets a new ring key while
    it is down, and wraps under it once it is up again.
    """
    folder = state.default()
    if _TOLD not in os.environ and folder.read("ports") and not folder.is_locked():
        name = folder.new_ring_key()
        return [f"{name} is the ring's current key; `circle up`, then `circle keys rotate` once more"], True
    return _each(service, _rewrap)


def replay_erasures(service: str) -> tuple[list[str], bool]:
    """What to print, and whether nobody whom the erasure log names can be read any more."""
    return _each(service, restored.erase_again)


def verify_erasures(service: str) -> tuple[list[str], bool]:
    """What to print, and whether the erasure log is whole and names everybody whose key is gone."""
    return _each(service, restored.verify_erasures)


def tell_again(service: str) -> tuple[list[str], bool]:
    """What to print, and that it is done: everything that was lately told is told once more."""
    return _each(service, restored.tell_again)


async def _verify(parts: Parts) -> tuple[list[str], bool]:
    found = await audit_verify.verify(parts)
    lines = [f"  {one.kind}  partnership {one.partnership}  position {one.position or '–'}" for one in found]
    return [f"audit {'is whole' if not found else f'has {len(found)} findings'}", *lines], not found


async def _search(parts: Parts, *, wanted: Wanted, question: Question) -> tuple[list[str], bool]:
    lines = list[str]()
    for partnership in await sealer.every_head(parts):
        async with parts.worker.transaction(partnership_work(parts, partnership, "audit-search")) as session:
            found = [one async for one in walk(session, parts.auditor, question, wanted.limit)]
            lines += [_line(partnership, one) for one in found]
            # Where nothing was found nothing was seen, and nobody is told an id of another partnership.
            if found:
                audit.saw(session, "audit", *wanted.asked_about())
    return [f"{len(lines)} entries", *lines], True


def _line(partnership: UUID, found: Found) -> str:
    said = found.entry
    who = f"{said['actor']} of {said['organisation'] or 'nobody'}"
    seen = " ".join(f"{kind} {one}" for kind, ids in said["seen"].items() for one in ids)
    what = f"{'changed' if said['changed'] else 'seen'}  {said['action']}  {who}  {seen or '–'}"
    return f"  {found.recorded_at:%Y-%m-%d %H:%M:%S} UTC  partnership {partnership}  {what}"


async def _list(parts: Parts) -> tuple[list[str], bool]:
    parked = await dead_letters.listing(parts)
    lines = [f"  {one['parked_at']:%Y-%m-%d %H:%M}  {one['handler']}  {one['type']}  {one['cause']}" for one in parked]
    return [f"{len(parked)} dead letters", *lines], not parked


async def _replay(parts: Parts) -> tuple[list[str], bool]:
    async with AsyncExitStack() as opened:
        done, left = await dead_letters.replay(parts, _handlers(parts, opened))
    return [f"{done} handled, {left} still parked"], left == 0


async def _rewrap(parts: Parts) -> tuple[list[str], bool]:
    made = await rotation.rewrap(parts)
    return [f"{made.rewrapped} keys wrapped anew, {made.unreadable} unreadable"], made.unreadable == 0


def _handlers(parts: Parts, opened: AsyncExitStack) -> Handlers:
    """Everything that this service hears, as its worker would hear it."""
    settings = parts.settings
    if isinstance(settings, ReferralSettings):
        return referral_handlers.register()
    if isinstance(settings, TrainingSettings):
        return training_handlers.register(parts)
    if isinstance(settings, GatewaySettings):
        return gateway_handlers.register()
    peers = Peers(settings)
    opened.push_async_callback(peers.close)
    if isinstance(settings, MatchingSettings):
        return matching_handlers.register(Desk(parts.vault, settings.policy), MatchingCases(peers))
    return outcomes_handlers.register(outcomes_handlers.ReferralCases(peers), parts.vault, policy_of(settings))


def _each(service: str, act: Callable[[Parts], Awaitable[tuple[list[str], bool]]]) -> tuple[list[str], bool]:
    lines, good = [], True
    for name in _names(service):
        with _environment(name):
            try:
                said, well = asyncio.run(restored.with_parts(SETTINGS[name](), act))
            except (ConnectionError, *away.CONNECTING) as reason:
                raise NoServiceError(f"the database of {name} takes no connections: is the platform up?") from reason
        lines += [f"{name:<9} {said[0]}", *said[1:]]
        good = good and well
    return lines, good


def _names(service: str) -> list[str]:
    if service and service not in SETTINGS:
        raise NoServiceError(f"there is no service called {service}: {', '.join(SETTINGS)}")
    if _TOLD in os.environ and not service:
        raise NoServiceError("these are the settings of one service: say whose with --service")
    return [service] if service else list(APPLICATIONS)


@contextmanager
def _environment(name: str) -> Iterator[None]:
    """The settings of this process if it has any, else those of the platform of this checkout."""
    if _TOLD in os.environ:
        yield
        return
    folder = state.default()
    ports = folder.read("ports")
    if not ports:
        raise NoServiceError("nothing was ever started in this checkout: `make up` first")
    address = partial("http://{}:{}".format, LOOPBACK)
    around = environment.Surroundings(
        database_port=ports["postgres"],
        kafka_bootstrap=f"{LOOPBACK}:{ports['kafka']}",
        issuer=address(ports["gateway"]),
        ports=ports,
        erasure_log=str(folder.erasures),
    )
    before = dict(os.environ)
    os.environ.update(environment.of(name, folder.secrets(), around))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
