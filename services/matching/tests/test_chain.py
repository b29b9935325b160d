"""The chain of records shows an edit, a gap, a swap and a cut tail."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from services.matching.domain.chain import START, Link, broken_at, hash_of


def chained(count: int) -> list[Link]:
    links: list[Link] = []
    for position in range(1, count + 1):
        link = Link(
            contact=UUID(int=position),
            match=UUID(int=100),
            visit=UUID(int=200 + position),
            volunteer=UUID(int=300),
            position=position,
            version=1,
            corrects=None,
            recorded_by="somebody",
            recorded_at=datetime(2026, 11, position, tzinfo=UTC),
            tasks_done=[UUID(int=400)],
            seen=[{"child": str(UUID(int=500)), "seen": True, "seen_alone": False}],
            concern=False,
            notes=b"ciphertext",
            previous=links[-1].hash if links else START,
        )
        links.append(replace(link, hash=hash_of(link)))
    return links


WHOLE = chained(3)
HEAD = WHOLE[-1].hash


def test_an_untouched_chain_is_whole() -> None:
    assert broken_at(WHOLE, HEAD, 3) is None
    assert broken_at([], START, 0) is None


@pytest.mark.parametrize(
    "edit",
    [
        {"contact": UUID(int=9)},
        {"match": UUID(int=9)},
        {"visit": UUID(int=9)},
        {"volunteer": UUID(int=9)},
        {"version": 2},
        {"corrects": UUID(int=9)},
        {"recorded_by": "another"},
        {"recorded_at": datetime(2026, 11, 9, tzinfo=UTC)},
        {"tasks_done": []},
        {"seen": [{"child": str(UUID(int=500)), "seen": False, "seen_alone": False}]},
        {"concern": True},
        {"notes": b"other ciphertext"},
    ],
    ids=lambda edit: next(iter(edit)),
)
def test_an_edit_of_any_field_shows_where_it_was_made(edit: dict[str, Any]) -> None:
    assert broken_at([WHOLE[0], replace(WHOLE[1], **edit), WHOLE[2]], HEAD, 3) == 2


def test_an_edit_with_a_new_hash_shows_at_the_next_record() -> None:
    edited = replace(WHOLE[1], notes=b"other ciphertext")
    assert broken_at([WHOLE[0], replace(edited, hash=hash_of(edited)), WHOLE[2]], HEAD, 3) == 3


def test_a_gap_a_swap_and_a_cut_tail_show() -> None:
    assert broken_at([WHOLE[0], WHOLE[2]], HEAD, 3) == 2
    assert broken_at([WHOLE[1], WHOLE[0], WHOLE[2]], HEAD, 3) == 1
    assert broken_at(WHOLE[:2], HEAD, 3) == 3
    assert broken_at([], HEAD, 3) == 1


def test_another_end_than_the_match_knows_shows() -> None:
    assert broken_at(WHOLE, START, 3) == 3
