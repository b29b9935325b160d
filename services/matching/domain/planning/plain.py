"""What a plan is computed from and what came of it, as plain values that go to another process or are kept."""

import base64
import hashlib
import io
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

import numpy as np
import orjson

from services.matching.domain.needs import Candidate, Need, Ties
from services.matching.domain.planning.graph import Graph, Solution
from services.matching.domain.planning.pairing import Waiting
from services.matching.domain.planning.problem import Family, NeedClass
from services.matching.domain.planning.repair import Former

Plain = dict[str, Any]
_OF_GRAPH: Final = ("wanted", "places", "saves", "row", "of_family", "of_volunteer", "score")


def need_of(plain: Mapping[str, Any]) -> Need:
    return Need(**{name: _value(value) for name, value in plain.items()})


def candidate_of(plain: Mapping[str, Any]) -> Candidate:
    return Candidate(**{name: _value(value) for name, value in plain.items()} | {"id": UUID(plain["id"])})


def waiting_of(plain: Mapping[str, Any]) -> Waiting:
    ties = Ties(**{name: frozenset(map(UUID, ids)) for name, ids in plain["ties"].items()})
    return Waiting(UUID(plain["id"]), need_of(plain["need"]), plain["wanted"], plain["weeks"], ties)


def pairs_of(plain: Sequence[Sequence[str]]) -> list[tuple[UUID, UUID]]:
    return [(UUID(family), UUID(volunteer)) for family, volunteer in plain]


def _value(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else value


def kept(former: Former, families: Sequence[Family], told: Sequence[Plain]) -> str:
    """What the next plan goes on from: ids, places, scores and prices; nothing that anybody told.

    Of what is told of each chosen pair only a mark, by which the next plan sees whether it would tell the same.
    """
    graph, plan, out = former.graph, former.solution, io.BytesIO()
    np.savez(
        out,
        families=_ids(graph.families),
        waiting=_ids([one.id for one in families]),
        waits=np.array([(one.wanted, one.weeks, one.need) for one in families], dtype=np.int64).reshape(-1, 3),
        volunteers=_ids(graph.volunteers),
        first=np.array(graph.first),
        chosen=plan.chosen,
        price=plan.price,
        pull=plan.pull,
        told=np.array([mark(one) for one in told], dtype=np.uint64),
        **{name: getattr(graph, name) for name in _OF_GRAPH},
    )
    return base64.b64encode(zlib.compress(out.getvalue(), 1)).decode()


def former_of(state: str) -> tuple[Former, list[Family], list[int]]:
    """The plan before, its families and the marks of its chosen pairs, as they were kept; older plans have no marks."""
    with np.load(io.BytesIO(zlib.decompress(base64.b64decode(state))), allow_pickle=False) as found:
        graph = Graph(
            families=_uuids(found["families"]),
            volunteers=_uuids(found["volunteers"]),
            first=int(found["first"]),
            **{name: found[name] for name in _OF_GRAPH},
        )
        families = [
            Family(one, wanted, weeks, NeedClass(need))
            for one, (wanted, weeks, need) in zip(_uuids(found["waiting"]), found["waits"].tolist(), strict=True)
        ]
        return (
            Former(graph, Solution(found["chosen"], found["price"], found["pull"])),
            families,
            found["told"].tolist() if "told" in found else [],
        )


def mark(one: Plain) -> int:
    """Stands for all that is told of a chosen pair."""
    written = orjson.dumps([one[name] for name in ("family", "volunteer", "score", "place", "of", "passed_over")])
    return int.from_bytes(hashlib.blake2b(written, digest_size=8).digest())


def shown(one: Any) -> Plain:
    """A reason, a lack or a recruiting line."""
    return {name: _shown(value) for name, value in asdict(one).items()}


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shown(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_shown(part) for part in value]
    return str(value) if isinstance(value, UUID) else value


def _ids(ids: Sequence[UUID]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.frombuffer(b"".join(one.bytes for one in ids), dtype=np.uint8)


def _uuids(found: np.ndarray[Any, np.dtype[np.uint8]]) -> list[UUID]:
    whole = found.tobytes()
    return [UUID(bytes=whole[at : at + 16]) for at in range(0, len(whole), 16)]
