"""What a restored database does not know: `python -m deploy.restored replay|verify SERVICE`, before anybody uses it."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.settings import GatewaySettings
from services.matching.settings import MatchingSettings
from services.outcomes.settings import OutcomesSettings
from services.referral.service import erasure
from services.referral.settings import ReferralSettings
from services.training.service import forgetting
from services.training.settings import TrainingSettings
from shared import relay
from shared.consumer import partnership_work
from shared.crypto import SubjectKind
from shared.erasures import Erasure, ErasureLog, ErasureLogError
from shared.parts import Parts
from shared.settings import Settings

# What to print, and whether it went well.
Said = tuple[list[str], bool]
Work = Callable[[Parts], Awaitable[Said]]
SETTINGS: Final[Mapping[str, type[Settings]]] = {
    "referral": ReferralSettings,
    "matching": MatchingSettings,
    "training": TrainingSettings,
    "outcomes": OutcomesSettings,
    "gateway": GatewaySettings,
}
# `yes`: an erasure log with lines missing is taken for what it still says.
ACCEPT_GAPS: Final = "CIRCLE_ACCEPT_GAPS"
_NO_LOG: Final = "has no erasure log: CIRCLE_ERASURE_LOG says where it is"


async def with_parts(settings: Settings, *works: Work) -> Said:
    """One after the other, until one does not go well."""
    parts, said = Parts.of(settings), list[str]()
    try:
        for work in works:
            lines, good = await work(parts)
            said += lines
            if not good:
                return said, False
    finally:
        await parts.close()
    return said, True


async def verify_erasures(parts: Parts) -> Said:
    """Whether the erasure log is whole and names everybody whose key is gone."""
    named, reason = await _named(parts, accept_gaps=False)
    return [reason or f"{len(named)} erasures, one behind the other"], not reason


async def erase_again(parts: Parts) -> Said:
    """Whatever the log names and the restored copy still has."""
    named, reason = await _named(parts, accept_gaps=os.environ.get(ACCEPT_GAPS) == "yes")
    if reason:
        return [reason, f"  see docs/backup.md; {ACCEPT_GAPS}=yes goes on with what is left of the log"], False
    back = sum([await parts.vault.destroy_again(one.partnership, one.subject) for one in named])
    known = sum([await _forget(parts, one) for one in named])
    return [f"{len(named)} erasures: {back} keys and {known} records had come back, and are gone again"], True


async def tell_again(parts: Parts) -> Said:
    """Onto an empty bus, whatever was lately told."""
    return [f"{await relay.tell_again(parts)} events are told again"], True


async def _named(parts: Parts, *, accept_gaps: bool) -> tuple[list[Erasure], str]:
    """Whom the log names, or why it cannot be trusted."""
    if not parts.settings.erasure_log:
        return [], _NO_LOG
    try:
        named = ErasureLog(Path(parts.settings.erasure_log), parts.auditor).read(accept_gaps=accept_gaps)
    except ErasureLogError as reason:
        return [], str(reason)
    # The log had each of them before its key went: what is missing was cut off its end.
    lost = await parts.vault.destroyed() - {(one.partnership, one.subject) for one in named}
    if lost and not accept_gaps:
        return [], f"{len(lost)} erasures of this database are not in the erasure log: its end was cut off"
    return named, ""


async def _forget(parts: Parts, one: Erasure) -> bool:
    """The record of a person is the referral service's, from where all hear of it; of an attendee, training's."""
    again = next((verb for kind, verb in _RECORDS.items() if isinstance(parts.settings, kind)), None)
    if again is None or one.subject.kind is not SubjectKind.PERSON:
        return False
    async with parts.worker.transaction(partnership_work(parts, one.partnership, "restore")) as session:
        return await again(session, one.subject.id)


_RECORDS: Final[Mapping[type[Settings], Callable[[AsyncSession, UUID], Awaitable[bool]]]] = {
    ReferralSettings: erasure.erase_again,
    TrainingSettings: forgetting.erase_again,
}


_WORKS: Final[Mapping[str, tuple[Work, ...]]] = {"replay": (erase_again, tell_again), "verify": (verify_erasures,)}


def main(work: str, service: str) -> int:
    """With that service's settings in the environment; 1 when the platform must not be opened."""
    lines, good = asyncio.run(with_parts(SETTINGS[service](), *_WORKS[work]))
    sys.stdout.write("".join(f"{service}: {line}\n" for line in lines))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
