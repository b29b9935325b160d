"""Ids are Python's own, however they come about."""

import pickle
from uuid import UUID

import pytest

from shared.ids import Ids, new_id, new_id_text, of_bytes


def test_an_id_of_its_bytes_is_as_any_other() -> None:
    for known in (new_id(), UUID(int=0), UUID(int=2**128 - 1), UUID("00000000-0000-4000-8000-00000000ff00")):
        made = of_bytes(known.bytes)
        assert type(made) is UUID
        assert (made, hash(made), str(made), made.is_safe) == (known, hash(known), str(known), known.is_safe)
        assert pickle.loads(pickle.dumps(made)) == known  # noqa: S301 - its own


def test_a_text_is_one_of_a_new_id() -> None:
    assert UUID(new_id_text()).version == new_id().version == 7


def test_many_ids_kept_as_bytes_read_like_a_list_of_them() -> None:
    known = [new_id() for _ in range(5)]
    made = Ids(b"".join(one.bytes for one in known))
    with pytest.raises(IndexError):
        made[5]
    assert (len(made), list(made), made[1:4], made[-1], made[::-1]) == (5, known, known[1:4], known[-1], known[::-1])
    assert known[2] in made
    assert list(Ids(b"")) == []
