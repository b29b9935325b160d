"""A plan's graph with those who came since, without those who have gone, and with whoever is not as before anew."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Final
from uuid import UUID

import numpy as np

from services.matching.domain.planning.graph import Graph, Whole, first_of, savings
from services.matching.domain.planning.problem import Family, Pair, Volunteer

_NUMBER: Final = attrgetter("int")


@dataclass(frozen=True, slots=True)
class News:
    """Who is not as in the plan before, and of those who are there today all that there is now.

    `pairs` are all that one of `families` or `volunteers` is in, but for pinned and forbidden ones.
    """

    changed_families: frozenset[UUID]
    changed_volunteers: frozenset[UUID]
    families: Sequence[Family]
    volunteers: Sequence[Volunteer]
    pairs: Sequence[Pair]
    pinned: Sequence[Pair] = ()


@dataclass(frozen=True, slots=True)
class _Order:
    """All ids in their order, where those before are now (-1: gone), and where the new ones are."""

    ids: list[UUID]
    before: Whole
    new: Whole

    @classmethod
    def of(cls, before: Sequence[UUID], gone: Collection[UUID], new: Sequence[UUID]) -> "_Order":
        ids = sorted([*(one for one in before if one not in gone), *new], key=_NUMBER)
        at = {one: place for place, one in enumerate(ids)}
        stays = (-1 if one in gone else at[one] for one in before)
        return cls(ids, np.fromiter(stays, np.int64, len(before)), np.fromiter(map(at.__getitem__, new), np.int64))

    def merged(self, before: Whole, new: Whole) -> Whole:
        """Values of all of them, from those of both."""
        whole = np.empty((len(self.ids), *before.shape[1:]), dtype=np.int64)
        whole[self.before[self.before >= 0]] = before[self.before >= 0]
        whole[self.new] = new
        return whole


def renewed(graph: Graph, news: News, everybody: Sequence[Family]) -> Graph:
    """The graph of today; `everybody` are all families that wait."""
    if not news.changed_families and not news.changed_volunteers:
        return graph
    graph = _rescaled(graph, everybody)
    families = _Order.of(graph.families, news.changed_families, [one.id for one in news.families])
    volunteers = _Order.of(graph.volunteers, news.changed_volunteers, [one.id for one in news.volunteers])
    taken = [sum(pin.family == one.id for pin in news.pinned) for one in news.families]
    given = [sum(pin.volunteer == one.id for pin in news.pinned) for one in news.volunteers]
    wanted = [one.wanted - count for one, count in zip(news.families, taken, strict=True)]
    places = [one.places - count for one, count in zip(news.volunteers, given, strict=True)]
    keys, score = _pairs(graph, news, families, volunteers)
    of_family, of_volunteer = np.divmod(keys, max(len(volunteers.ids), 1))
    return replace(
        graph,
        families=families.ids,
        volunteers=volunteers.ids,
        wanted=families.merged(graph.wanted, np.array(wanted, dtype=np.int64)),
        places=volunteers.merged(graph.places, np.array(places, dtype=np.int64)),
        saves=families.merged(graph.saves, savings(news.families, taken, graph.first)),
        row=np.searchsorted(of_family, np.arange(len(families.ids) + 1)),
        of_family=of_family,
        of_volunteer=of_volunteer,
        score=score,
    )


def _rescaled(graph: Graph, everybody: Sequence[Family]) -> Graph:
    """Where most families come first, one placed is still worth more than all the rest together."""
    first = first_of(everybody) if graph.first else 0
    if first <= graph.first:
        return graph
    saves = graph.saves.copy()
    saves[:, 0] += np.where(saves[:, 0] >= graph.first, first - graph.first, 0)
    return replace(graph, saves=saves, first=first)


def _pairs(graph: Graph, news: News, families: _Order, volunteers: _Order) -> tuple[Whole, Whole]:
    wide = max(len(volunteers.ids), 1)
    family, volunteer = families.before[graph.of_family], volunteers.before[graph.of_volunteer]
    stays = (family >= 0) & (volunteer >= 0)
    at_family = {one: at for at, one in enumerate(families.ids)}
    at_volunteer = {one: at for at, one in enumerate(volunteers.ids)}
    # Who came while all this was read is for the next plan.
    came = [one for one in news.pairs if one.family in at_family and one.volunteer in at_volunteer]
    new = [at_family[one.family] * wide + at_volunteer[one.volunteer] for one in came]
    keys = np.concatenate([(family * wide + volunteer)[stays], np.array(new, dtype=np.int64)])
    score = np.concatenate([graph.score[stays], np.array([one.score for one in came], dtype=np.int64)])
    order = np.argsort(keys, kind="stable")
    return keys[order], score[order]
