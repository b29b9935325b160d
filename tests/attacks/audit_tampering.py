"""What somebody who owns the audited database, but not the key, may do to it; each kind in many ways."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Final
from uuid import UUID

from shared.ids import new_id
from tests.attacks.audit_copy import Copy, Entry, Link, Writer

_ROWS: Final = 24
_BATCH: Final = 6


@dataclass(frozen=True)
class Scene:
    """A copy to be tampered with, of whom, and by whom."""

    copy: Copy
    one: UUID
    other: UUID
    random: Random
    # The platform itself, for what it writes after an old copy was put back; the attacker has only a key of his own.
    platform: Writer
    forger: Writer

    def link(self) -> Link:
        return self.random.choice(self.copy.of(self.one))

    def entry(self) -> Entry:
        return self.copy.log[self.link().audit_id]


def edit(scene: Scene) -> None:
    """Any column of any row says something else."""
    entry = scene.entry()
    place = scene.random.randrange(len(entry.entry))
    flipped = chr(ord(entry.entry[place]) ^ 1)
    edited = scene.random.choice([
        replace(entry, entry=entry.entry[:place] + flipped + entry.entry[place + 1 :]),
        replace(entry, recorded_at=entry.recorded_at + timedelta(microseconds=scene.random.randrange(1, 10**9))),
        replace(entry, mac=scene.random.randbytes(32)),
        replace(entry, partnership_id=scene.other),
    ])  # fmt: skip
    scene.copy.log[entry.id] = edited


def delete(scene: Scene) -> None:
    """Some rows go: only the rows, with their links, or with the gap closed behind them."""
    chain = scene.copy.of(scene.one)
    # What is cut from the end is an attack of its own.
    gone = scene.random.sample(chain[:-1], scene.random.randrange(1, 6))
    how = scene.random.randrange(3)
    for link in gone:
        del scene.copy.log[link.audit_id]
        if how:
            scene.copy.chain.remove(link)
    if how == 2:
        for place, link in enumerate(scene.copy.of(scene.one), 1):
            scene.copy.put(link, replace(link, position=place))


def reorder(scene: Scene) -> None:
    """Two rows change places: in the chain, with their links, or by what they say."""
    first, second = scene.random.sample(scene.copy.of(scene.one), 2)
    one, two = scene.copy.log[first.audit_id], scene.copy.log[second.audit_id]
    how = scene.random.randrange(3)
    if how == 0:
        scene.copy.put(first, replace(first, audit_id=second.audit_id))
        scene.copy.put(second, replace(second, audit_id=first.audit_id))
    elif how == 1:
        scene.copy.put(first, replace(first, position=second.position))
        scene.copy.put(second, replace(second, position=first.position))
    else:
        scene.copy.log[one.id], scene.copy.log[two.id] = replace(two, id=one.id), replace(one, id=two.id)


def insert(scene: Scene) -> None:
    """A row of the attacker's: beside the chain, at its end, or in its middle with everything moved up."""
    forged = scene.forger.row(scene.copy, scene.one)
    how, place = scene.random.randrange(3), scene.random.randrange(1, _ROWS + 1)
    if how == 1:
        scene.forger.seal(scene.copy, forged)
    elif how == 2:
        for link in scene.copy.of(scene.one):
            if link.position >= place:
                scene.copy.put(link, replace(link, position=link.position + 1))
        scene.copy.chain.append(Link(scene.one, place, forged.id, scene.random.randbytes(32)))


def cut(scene: Scene) -> None:
    """The newest rows go, up to all of them."""
    for link in scene.copy.of(scene.one)[-scene.random.randrange(1, _ROWS + 1) :]:
        del scene.copy.log[link.audit_id]
        scene.copy.chain.remove(link)


def swap_tenants(scene: Scene) -> None:
    """Rows, or whole chains, of two partnerships change sides."""
    ours, theirs = scene.copy.of(scene.one), scene.copy.of(scene.other)
    pairs = list(zip(ours, theirs, strict=True))
    if scene.random.randrange(2):
        pairs = scene.random.sample(pairs, scene.random.randrange(1, 4))
    for our, their in pairs:
        for link, owner, position in ((our, scene.other, their.position), (their, scene.one, our.position)):
            entry = scene.copy.log[link.audit_id]
            scene.copy.log[entry.id] = replace(entry, partnership_id=owner)
            scene.copy.put(link, replace(link, partnership_id=owner, position=position))


def restore(scene: Scene) -> None:
    """An old copy is put back, and perhaps written on by the platform itself."""
    known = scene.copy.anchors[scene.one]
    cut(scene)
    written = scene.random.randrange(0, 2 * _ROWS)
    for _ in range(written):
        scene.platform.seal(scene.copy, scene.platform.row(scene.copy, scene.one))
    if written:
        # An anchor that is there already stays.
        before = dict(known)
        scene.platform.anchor(scene.copy, scene.one)
        known.update(before)


def rehash(scene: Scene) -> None:
    """Rows are edited, and rows, chain and perhaps anchors made anew with another key."""
    for _ in range(scene.random.randrange(1, 4)):
        entry = scene.entry()
        scene.copy.log[entry.id] = replace(entry, entry=entry.entry.replace("somebody", f"nobody-{new_id()}"))
    scene.forger.again(scene.copy, scene.one)
    if scene.random.randrange(2):
        scene.copy.anchors[scene.one].clear()
        scene.forger.anchor(scene.copy, scene.one)


ATTACKS: Final[dict[str, Callable[[Scene], None]]] = {
    one.__name__: one for one in (edit, delete, reorder, insert, cut, swap_tenants, restore, rehash)
}


class Ground:
    """A whole audit, made once; each attack has a copy of its own."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._platform, self._forger = Writer(), Writer()
        self._whole, self._one, self._other = Copy(), new_id(), new_id()
        for _ in range(_ROWS // _BATCH):
            for partnership in (self._one, self._other):
                self._platform.write(self._whole, partnership, _BATCH)

    def is_whole(self) -> bool:
        return self._whole.findings(self._platform.auditor) == []

    def missed(self, name: str, times: int, *, anchored: bool = True, forged_with_the_key: bool = False) -> int:
        """How many of so many attacks of that kind the check does not find.

        Without anchors, or by somebody who has the key, some of them cannot be found.
        """
        forger = self._platform if forged_with_the_key else self._forger
        return sum(not self._is_found(ATTACKS[name], forger, anchored=anchored) for _ in range(times))

    def _is_found(self, attack: Callable[[Scene], None], forger: Writer, *, anchored: bool) -> bool:
        copy = self._whole.copy()
        attack(Scene(copy, self._one, self._other, self._random, self._platform, forger))
        if not anchored:
            copy.anchors.clear()
        return any(one.partnership == self._one for one in copy.findings(self._platform.auditor))
