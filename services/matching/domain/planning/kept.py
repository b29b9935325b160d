"""What the next plan goes on from, as one value that is sealed and kept."""

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
import orjson
from numpy.typing import NDArray

from services.matching.domain.planning.graph import Graph, Solution
from services.matching.domain.planning.problem import MOST_WANTED, Family, NeedClass
from services.matching.domain.planning.reasons import Limits, Looks
from services.matching.domain.planning.repair import Former
from shared.ids import of_bytes

Marks = NDArray[np.uint64]
_OF_GRAPH: Final = ("wanted", "places", "row", "of_volunteer", "score")
_OF_LOOKS: Final = ("pair", "other", "count", "node", "beyond", "to")


@dataclass(frozen=True, slots=True)
class Kept:
    """What a plan goes on from: the one before, the graph's families, of each chosen pair a mark of what was told."""

    former: Former
    families: Sequence[Family]
    marks: Marks
    looks: Looks


def kept(plan: Kept) -> str:
    """What the next plan goes on from: ids, places, scores and prices; nothing that anybody told.

    Of what is told of each chosen pair only a mark, by which the next plan sees whether it would tell the same.
    """
    graph, solution, looks = plan.former.graph, plan.former.solution, plan.looks
    return _written({
        "families": _ids(graph.families),
        "waits": np.array([(one.wanted, one.weeks, one.need) for one in plan.families], dtype=np.int64).ravel(),
        "volunteers": _ids(graph.volunteers),
        "numbers": np.array([graph.first, looks.limits.most, looks.limits.steps], dtype=np.int64),
        "saves": graph.saves.ravel(),
        "chosen": np.packbits(solution.chosen),
        "price": solution.price,
        "pull": solution.pull,
        "told": plan.marks,
        "whole": looks.whole,
        **{name: getattr(graph, name) for name in _OF_GRAPH},
        **{name: getattr(looks, name) for name in _OF_LOOKS},
    })  # fmt: skip


def kept_of(state: str) -> Kept:
    """The same, as it was kept."""
    found = _read(state)
    first, most, steps = found["numbers"].tolist()
    families = _uuids(found["families"])
    of = {name: found[name].astype(np.int64) for name in (*_OF_GRAPH, *_OF_LOOKS)}
    graph = Graph(
        families=families,
        volunteers=_uuids(found["volunteers"]),
        first=first,
        saves=found["saves"].astype(np.int64).reshape(len(families), MOST_WANTED + 1),
        of_family=np.repeat(np.arange(len(families)), np.diff(of["row"])),
        **{name: of[name] for name in _OF_GRAPH},
    )
    waits = found["waits"].reshape(-1, 3).tolist()
    chosen = np.unpackbits(found["chosen"], count=graph.score.size) > 0
    return Kept(
        Former(graph, Solution(chosen, found["price"].astype(np.int64), found["pull"].astype(np.int64))),
        [
            Family(one, wanted, weeks, NeedClass(need))
            for one, (wanted, weeks, need) in zip(families, waits, strict=True)
        ],
        found["told"].astype(np.uint64),
        Looks(Limits(most, steps), whole=found["whole"] > 0, **{name: of[name] for name in _OF_LOOKS}),
    )


def _written(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Each in the smallest numbers that hold it, one behind the other."""
    small = {name: _small(one) for name, one in arrays.items()}
    head = orjson.dumps({name: [one.dtype.str, one.size] for name, one in small.items()})
    whole = b"".join([head, b"\n", *(one.tobytes() for one in small.values())])
    return base64.b64encode(zlib.compress(whole, 1)).decode()


def _read(state: str) -> dict[str, NDArray[Any]]:
    whole = zlib.decompress(base64.b64decode(state))
    at = whole.index(b"\n")
    found, at = {}, at + 1
    for name, (kind, size) in orjson.loads(whole[: at - 1]).items():
        found[name] = np.frombuffer(whole, dtype=kind, count=size, offset=at)
        at += found[name].nbytes
    return found


def _small(one: NDArray[Any]) -> NDArray[Any]:
    if one.dtype != np.int64 or not one.size or one.min() < 0:
        return one
    return one.astype(np.min_scalar_type(one.max()))


def _ids(ids: Sequence[UUID]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(one.bytes for one in ids), dtype=np.uint8)


def _uuids(found: NDArray[np.uint8]) -> list[UUID]:
    whole = found.tobytes()
    return [of_bytes(whole[at : at + 16]) for at in range(0, len(whole), 16)]
