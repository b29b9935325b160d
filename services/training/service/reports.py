"""Reports on attendance: from the sums where those tell enough, from single participations within a bound otherwise."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import Grouping, LabelKind
from services.training.domain.reports import KIND, OF_SESSIONS, OWN_WORDS, Dimension, months
from services.training.domain.sums import KINDS, NONE, kept_for
from services.training.repository import reports as repository
from services.training.repository import sums
from services.training.schemas.reports import ReportQuery
from shared.errors import Conflict, invalid

# What a report reads at most where no sums tell what it asks for.
PARTICIPATIONS_AT_MOST: Final = 100_000
MONTHS_AT_MOST: Final = 240
# More than any session has: a period with more people than this had several.
LARGEST_SESSION: Final = 1_000
_FILTERS: Final = {
    "organisation": LabelKind.ORGANISATION,
    "ethnicity": LabelKind.ETHNICITY,
    "ethnicity_label": LabelKind.ETHNICITY,
    "gender": LabelKind.GENDER,
    "gender_label": LabelKind.GENDER,
    "language": LabelKind.LANGUAGE,
    "area": LabelKind.AREA,
}


@dataclass(frozen=True, slots=True)
class Fact:
    """So many participations alike: of a month or the whole period, of one session or any, with these labels."""

    n: int
    month: date
    session: UUID | None = None
    labels: dict[LabelKind, UUID] = field(default_factory=dict)


@dataclass(slots=True)
class Asked:
    """A question, with what its filters stand for. `organisation` None is the whole partnership."""

    query: ReportQuery
    organisation: UUID | None
    labels: dict[LabelKind, set[UUID]]
    # Only where sessions matter: those of the period that fit, and which of them people came to anonymously.
    sessions: dict[UUID, int] = field(default_factory=dict)
    anonymous: set[UUID] = field(default_factory=set)

    @property
    def dimensions(self) -> list[Dimension]:
        return [one for one in (self.query.by, self.query.across) if one is not None]

    @property
    def kinds(self) -> list[LabelKind]:
        asked = {KIND[one] for one in self.dimensions if one in KIND} | set(self.labels)
        return [kind for kind in LabelKind if kind in asked]

    @property
    def of_sessions(self) -> bool:
        filtered = self.query.session or self.query.round or self.query.funder
        return bool(filtered) or not OF_SESSIONS.isdisjoint(self.dimensions)

    @property
    def days(self) -> tuple[date, date]:
        return self.query.first, self.query.until

    @property
    def periods(self) -> list[tuple[date, date]]:
        return months(*self.days) if Dimension.MONTH in self.dimensions else [self.days]


async def understood(session: AsyncSession, query: ReportQuery, organisation: UUID | None) -> Asked:
    """The question with its filters looked up; refuses what a partnership's sums do not tell."""
    asked = Asked(query, organisation, {})
    if organisation is None:
        _require_sums(asked)
    if len(asked.periods) > MONTHS_AT_MOST:
        raise invalid("/query/from", "too-many-months", f"is more than {MONTHS_AT_MOST} months before the end")
    for name, kind in _FILTERS.items():
        wanted = getattr(query, name)
        if wanted is None:
            continue
        found = (
            {wanted} if isinstance(wanted, UUID) else await repository.labels_with(session, kind, wanted, organisation)
        )
        asked.labels[kind] = asked.labels.get(kind, found) & found
    return asked


def _require_sums(asked: Asked) -> None:
    """Of a whole partnership nobody sees single participations, distinct people or people's own words."""
    query = asked.query
    if query.people:
        raise invalid("/query/people", "own-organisation-only", "is known within an organisation only")
    if not OWN_WORDS.isdisjoint(asked.dimensions) or query.ethnicity_label or query.gender_label:
        raise invalid("/query/by", "own-organisation-only", "own words are shown to the organisation that heard them")


async def facts(session: AsyncSession, asked: Asked) -> list[Fact]:
    """Everything that is counted, before it is put into rows and columns."""
    grouping = None if asked.of_sessions else kept_for(set(asked.kinds))
    if grouping is not None:
        return await _from_sums(session, asked, grouping)
    await look_at_sessions(session, asked)
    if not asked.kinds:
        return await _from_sessions(session, asked)
    if asked.organisation is None:
        raise invalid("/query/across", "own-organisation-only", "this is counted from single participations")
    _require_few(sum(asked.sessions.values()))
    return await _from_participations(session, asked)


def _require_few(total: int) -> None:
    if total > PARTICIPATIONS_AT_MOST:
        raise Conflict(
            f"Without sums for this question at most {PARTICIPATIONS_AT_MOST:,} participations are counted one by one.",
            name="report-too-long",
            title="Ask for a shorter period, or for fewer dimensions and filters",
        )


async def _from_sums(session: AsyncSession, asked: Asked, grouping: Grouping) -> list[Fact]:
    periods = asked.periods
    found = await sums.read(session, grouping, periods, asked.organisation)
    kinds = KINDS[grouping]
    made = (Fact(n, periods[at][0], None, dict(zip(kinds, (a, b), strict=False))) for (at, a, b), n in found.items())
    return [one for one in made if _fits(asked, one.labels)]


async def _from_participations(session: AsyncSession, asked: Asked) -> list[Fact]:
    kinds, with_months = asked.kinds, len(asked.periods) > 1
    begins = {(one.year, one.month): one for one, _ in asked.periods}
    rows = await repository.count_participations(session, list(asked.sessions), asked.days, kinds)
    found: Counter[tuple[date, UUID, tuple[UUID, ...]]] = Counter()
    for n, at, day, *labels in rows:
        month = begins[day.year, day.month] if with_months else asked.days[0]
        found[month, at, tuple(one or NONE for one in labels)] += n
    made = (Fact(n, month, at, dict(zip(kinds, labels, strict=True))) for (month, at, labels), n in found.items())
    return [one for one in made if _fits(asked, one.labels)]


async def _from_sessions(session: AsyncSession, asked: Asked) -> list[Fact]:
    periods = asked.periods
    if len(periods) == 1:
        return [Fact(n, periods[0][0], one) for one, n in asked.sessions.items()]
    found = await _session_sums(session, asked, periods)
    return [Fact(n, periods[at][0], one) for (at, one, _), n in found.items() if one in asked.sessions]


async def _session_sums(session: AsyncSession, asked: Asked, periods: Sequence[tuple[date, date]]) -> sums.Sums:
    return await sums.read_sessions(session, periods, asked.organisation)


def _fits(asked: Asked, labels: dict[LabelKind, UUID]) -> bool:
    return all(labels[kind] in wanted for kind, wanted in asked.labels.items())


async def look_at_sessions(session: AsyncSession, asked: Asked) -> None:
    """The sessions of the period that the filters leave, with how many came, and to which some came anonymously."""
    found = await _session_sums(session, asked, [asked.days])
    ids = {one for _, one, _ in found}
    if asked.query.session is not None:
        ids &= {asked.query.session}
    if asked.query.round or asked.query.funder:
        ids &= await _of_rounds(session, asked.query, ids)
    by_session: dict[UUID, int] = defaultdict(int)
    for (_, one, known), n in found.items():
        if one in ids:
            by_session[one] += n
            asked.anonymous |= {one} if known == NONE else set()
    asked.sessions = dict(by_session)


async def _of_rounds(session: AsyncSession, query: ReportQuery, ids: Collection[UUID]) -> set[UUID]:
    rounds = {row.id: row.round_id for row in await repository.list_sessions(session, ids)}
    if query.round is not None:
        rounds = {one: at for one, at in rounds.items() if at == query.round}
    if query.funder is not None:
        named = await repository.list_rounds(session, {at for at in rounds.values() if at is not None})
        funded = {row.id for row in named if query.funder in row.funders}
        rounds = {one: at for one, at in rounds.items() if at in funded}
    return set(rounds)


async def people(session: AsyncSession, asked: Asked) -> tuple[int, int, int]:
    """(distinct people, participations of theirs, anonymous participations) of what the question is about."""
    if not asked.of_sessions and not asked.labels:
        whole = await sums.read(session, Grouping.TOTAL, [asked.days], asked.organisation)
        total, anonymous = sum(whole.values()), whole.get((0, NONE, NONE), 0)
        _require_few(total - anonymous)
        return (*await repository.people(session, *asked.days), anonymous)
    if not asked.sessions:
        await look_at_sessions(session, asked)
    _require_few(sum(asked.sessions.values()))
    return await repository.people_at(session, list(asked.sessions), asked.days, asked.labels)


async def lonely(session: AsyncSession, asked: Asked, found: Sequence[Fact]) -> set[date]:
    """The periods in which there was one session, to which people came anonymously; only short ones are looked at."""
    totals: Counter[date] = Counter()
    for one in found:
        totals[one.month] += one.n
    few = [one for one in asked.periods if 0 < totals[one[0]] <= LARGEST_SESSION]
    held = await _session_sums(session, asked, few) if few else {}
    at: dict[int, set[UUID]] = defaultdict(set)
    for place, training, _ in held:
        at[place].add(training)
    anonymous = {place for place, _, known in held if known == NONE}
    return {few[place][0] for place in anonymous if len(at[place]) == 1}
