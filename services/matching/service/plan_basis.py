"""What a plan was made of, as far as the next one asks whether that still stands: day, rules, versions of rows."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain import scoring
from services.matching.models import MatchPlan
from services.matching.repository import plans, volunteers
from shared.crypto import SubjectKind, Vault
from shared.ids import ID_BYTES


@dataclass(frozen=True, slots=True)
class Basis:
    """`families` and `volunteers` are rows of marks: an id, and which version of a row of its it had."""

    day: date
    weeks: int
    policy: int
    code: str
    families: frozenset[bytes]
    volunteers: frozenset[bytes]

    def waiting(self, requests: Iterable[UUID]) -> set[UUID]:
        """Which of these requests were of families that waited."""
        return _among(self.families, requests)

    def there(self, people: Iterable[UUID]) -> set[UUID]:
        """Which of these volunteers had not gone, whether they could be with anybody or not."""
        return _among(self.volunteers, people)

    def stands_on(self, other: "Basis") -> bool:
        """Whether both weigh by the same rules on the same day: who is as before fits as before."""
        return (self.day, self.weeks, self.policy, self.code) == (other.day, other.weeks, other.policy, other.code)

    def written(self, state: str) -> str:
        """With what the next plan goes on from, as one value."""
        rows = [base64.b64encode(b"".join(sorted(one))).decode() for one in (self.families, self.volunteers)]
        head = orjson.dumps([self.day.isoformat(), self.weeks, self.policy, self.code, *rows]).decode()
        return f"{head}\n{state}"


def of(kept: str) -> tuple[Basis, str] | None:
    """What was kept of a plan; None where a plan was kept before its basis was."""
    head, _, state = kept.partition("\n")
    if not state:
        return None
    day, weeks, policy, code, families, people = orjson.loads(head)
    return (
        Basis(
            date.fromisoformat(day),
            weeks,
            policy,
            code,
            _rows(base64.b64decode(families), plans.MARK_BYTES),
            _rows(base64.b64decode(people), volunteers.MARK_BYTES),
        ),
        state,
    )


async def read(session: AsyncSession, vault: Vault, plan: MatchPlan, policy: int, day: date) -> Basis:
    """What there is now, without whose key was destroyed. Read before anything else that a plan is made of.

    What changes afterwards is then in the plan and counts as changed for the next one, never the other way round.
    """
    cases = await vault.gone(plan.partnership_id, SubjectKind.CASE)
    people = {one.bytes for one in await vault.gone(plan.partnership_id, SubjectKind.PERSON)}
    there = _rows(await volunteers.mark(session), volunteers.MARK_BYTES)
    return Basis(
        day,
        plan.weeks_planned,
        policy,
        scoring.VERSION,
        _rows(await plans.mark(session, cases), plans.MARK_BYTES),
        frozenset(one for one in there if one[:ID_BYTES] not in people) if people else there,
    )


def changed(before: Basis, now: Basis) -> tuple[set[UUID], set[UUID]]:
    """Families and volunteers who came, who are gone, or of whom something is not as before."""
    return _ids(before.families ^ now.families), _ids(before.volunteers ^ now.volunteers)


def _rows(mark: bytes, size: int) -> frozenset[bytes]:
    return frozenset(mark[at : at + size] for at in range(0, len(mark), size))


def _ids(rows: Iterable[bytes]) -> set[UUID]:
    return {UUID(bytes=one) for one in {row[:ID_BYTES] for row in rows}}


def _among(rows: frozenset[bytes], ids: Iterable[UUID]) -> set[UUID]:
    known = {row[:ID_BYTES] for row in rows}
    return {one for one in ids if one.bytes in known}
