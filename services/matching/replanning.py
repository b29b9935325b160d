"""`python -m services.matching.replanning`: a plan from a plan before it; only what has changed is computed anew.

A process of its own as `services.matching.solving`, without the solver's library, which takes longer to come than all
of this. It is given the former plan, what is to be different, and whoever came or is not as before.
"""

from collections.abc import Sequence
from itertools import chain
from operator import attrgetter
from uuid import UUID

import numpy as np

from services.matching.domain.planning import plain
from services.matching.domain.planning.answers import answer, chosen_of, reached
from services.matching.domain.planning.edits import Edits, edited
from services.matching.domain.planning.graph import Graph, Whole, filled
from services.matching.domain.planning.kept import Kept, kept_of
from services.matching.domain.planning.pairing import Sieve
from services.matching.domain.planning.problem import Family, Volunteer
from services.matching.domain.planning.proof import prove
from services.matching.domain.planning.reasons import lacks, limits_of, reasons
from services.matching.domain.planning.renewed import News, renewed
from services.matching.domain.planning.repair import Former, found, replan
from services.matching.domain.planning.unchanged import told_before
from services.matching.domain.plans import Refusal, Stage
from services.matching.domain.weights import MatchingPolicy
from shared import aside
from shared.aside import Plain, Say


def computed(task: Plain, say: Say) -> Plain:
    """The plan, or why there is none."""
    say(Stage.SOLVING)
    before, came = kept_of(task["state"]), _Came(task)
    news = came.news()
    families = [one for one in before.families if one.id not in news.changed_families] + list(news.families)
    families.sort(key=attrgetter("id.int"))
    graph = _changed(renewed(before.former.graph, news, families), task, came)
    if graph is None:
        return {"refused": Refusal.PINS_CONTRADICT}
    now = Former(graph, replan(graph, before.former))
    if not prove(graph, now.solution).holds:
        return {"refused": Refusal.NOT_PROVED}
    say(Stage.EXPLAINING)
    pins = came.standing + came.pins
    plan, told, other = _told(before, families, now)
    return answer(plan, pins, told, reached(plan, pins)) | {
        "other": other,
        "compared": {},
        "recruits": [],
        **_lacks(before.former, now, came),
    }


class _Came:
    """Whoever came or is not as before, as the task tells it."""

    def __init__(self, task: Plain) -> None:
        policy = MatchingPolicy(**task["policy"])
        self.families, self.volunteers = (frozenset(map(UUID, task[name])) for name in ("families", "volunteers"))
        self.standing, self.pins = plain.pins_of(task["standing"]), plain.pins_of(task["pins"])
        waiting = [plain.waiting_of(one) for one in task["waiting"]]
        candidates = [plain.candidate_of(one) for one in task["candidates"]]
        self.waiting = [one for one in waiting if one.id in self.families]
        self._others = [one for one in waiting if one.id not in self.families]
        self._there = [one.id for one in candidates if one.id in self.volunteers]
        self.everybody = Sieve(candidates, policy)
        self._changed = Sieve((one for one in candidates if one.id in self.volunteers), policy)
        self._out = {
            *plain.pairs_of(task["forbidden"]),
            *((one.family, one.volunteer) for one in self.standing),
        }

    def news(self) -> News:
        found = chain(
            (pair for one in self.waiting for pair in self.everybody.pairs(one)),
            (pair for one in self._others for pair in self._changed.pairs(one)),
        )
        pairs = [one for one in found if (one.family, one.volunteer) not in self._out]
        families, volunteers = [one.family() for one in self.waiting], self._places()
        return News(self.families, self.volunteers, families, volunteers, pairs, self.standing)

    def _places(self) -> list[Volunteer]:
        places = {one.id: one.capacity - one.places_taken for one in self._changed.candidates}
        # Who is pinned although a rule that may be passed over stands against it has a place for that.
        pinned = {one.volunteer for one in (*self.standing, *self.pins)}
        places |= {one: max(1, places.get(one, 0)) for one in self._there if one in pinned}
        return [Volunteer(one, count) for one, count in places.items()]


def _changed(graph: Graph, task: Plain, came: _Came) -> Graph | None:
    """None where the pins cannot be kept beside each other."""
    standing, new = ({(one.family, one.volunteer) for one in pins} for pins in (came.standing, came.pins))
    edits = Edits(
        without_volunteers=frozenset(map(UUID, task["without_volunteers"])),
        without_families=frozenset(map(UUID, task["without_families"])),
        pinned=frozenset(new),
        forbidden=frozenset(plain.pairs_of(task["forbidden"])),
    )
    families, volunteers = set(graph.families), set(graph.volunteers)
    for family, volunteer in standing | new:
        out = family in edits.without_families or volunteer in edits.without_volunteers
        if out or family not in families or volunteer not in volunteers or (family, volunteer) in edits.forbidden:
            return None
    changed = edited(graph, edits)
    return changed if (changed.wanted >= 0).all() and (changed.places >= 0).all() else None


def _told(before: Kept, families: Sequence[Family], now: Former) -> tuple[Kept, list[Plain], list[tuple[str, str]]]:
    """The plan, what is told of it otherwise than before, and of which former pairs that is not told any more."""
    limits = limits_of(now.graph, now.solution)
    same = told_before(before.former, before.looks, now, limits)
    found_now, looks = reasons(now.graph, now.solution, limits, same)
    chosen, was = np.flatnonzero(now.solution.chosen), np.flatnonzero(before.former.solution.chosen)
    marks, stays = np.zeros(chosen.size, dtype=np.uint64), np.zeros(was.size, dtype=np.bool_)
    at, then = np.searchsorted(chosen, same.pairs), np.searchsorted(was, same.was)
    marks[at], stays[then] = before.marks[then], True
    told = [plain.told(one) for one in found_now]
    new = np.delete(np.arange(chosen.size), at)
    marks[new] = np.array([plain.mark(one) for one in told], dtype=np.uint64)
    # What is told of these was told before as well, word for word; it stays where it is.
    keys = [(str(family), str(volunteer)) for family, volunteer in chosen_of(before.former)]
    known = {keys[one]: one for one in np.flatnonzero(~stays).tolist()}
    again = {plain.key(one) for one, mark in zip(told, marks[new], strict=True) if _was(known, before, one) == mark}
    other = [one for one in known if one not in again]
    return Kept(now, families, marks, looks), [one for one in told if plain.key(one) not in again], other


def _was(known: dict[tuple[str, str], int], before: Kept, one: Plain) -> np.uint64 | None:
    at = known.get(plain.key(one))
    return None if at is None else before.marks[at]


def _lacks(before: Former, now: Former, came: _Came) -> Plain:
    """Families with empty places of whom something else is told than before, and those of whom that was told."""
    family = found(before.graph.families, now.graph.families)
    was, are = _empty(before), _empty(now)
    there = np.flatnonzero(family >= 0)
    same = np.zeros(len(family), dtype=np.bool_)
    same[there] = (was[there] == are[family[there]]).all(axis=1)
    same &= ~np.isin(np.arange(same.size), [at for at, one in enumerate(before.graph.families) if one in came.families])
    known = np.zeros(len(are), dtype=np.bool_)
    known[family[same]] = True
    told = {
        now.graph.families[at]: {"family": str(now.graph.families[at]), "places": places, "eligible": eligible}
        for at, (places, eligible) in enumerate(are.tolist())
        if places and not known[at]
    }
    told |= {one.family: plain.shown(one) for one in lacks(now.graph, now.solution, came.waiting, came.everybody)}
    return {
        "lacks": list(told.values()),
        "other_lacks": [str(before.graph.families[at]) for at in np.flatnonzero(~same & (was[:, 0] > 0)).tolist()],
    }


def _empty(plan: Former) -> Whole:
    """Of each family how many of its places are empty, and how many volunteers could be with it."""
    graph = plan.graph
    return np.stack([graph.wanted - filled(graph, plan.solution.chosen), np.diff(graph.row)], axis=1)


if __name__ == "__main__":
    aside.answer(computed)
