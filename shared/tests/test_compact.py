"""A token's text is read in one way or not at all, and the quick look sees nothing that the strict reader would not."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import compact

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=3), VALUES, max_size=4)


def strictly(raw: bytes) -> Any:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    return json.loads(raw.decode(), object_pairs_hook=members)


@given(OBJECTS, st.booleans(), st.booleans())
@settings(max_examples=300)
def test_an_object_is_read_as_the_strict_reader_reads_it(document: dict[str, Any], tight: bool, plain: bool) -> None:
    separators = (",", ":") if tight else (", ", ": ")
    try:
        raw = json.dumps(document, separators=separators, ensure_ascii=plain, allow_nan=False).encode()
    except ValueError:
        return
    assert repr(compact.members(raw)) == repr(strictly(raw))


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":2}', b'{"a":1,"a":1}', b'{"a":{"b":1,"b":1}}', b'{"a":[{"b":1,"b":2}]}', b'{"a":1,"\\u0061":1}',
        b'{"a":NaN}', b'{"a":Infinity}', b"[1]", b'"text"', b"1", b"null", b"", b"{", b'{"a":1}x', b'\xff{"a":1}',
        b'{"a":"\xff"}', b'\xef\xbb\xbf{"a":1}',
    ],
)  # fmt: skip
def test_what_two_readers_might_read_differently_is_read_by_nobody(raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - which one is nobody's business
        compact.members(raw)


@given(st.binary(max_size=40))
def test_a_piece_has_one_spelling(raw: bytes) -> None:
    piece = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    assert compact.decoded(piece) == raw
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for other in {piece[:-1] + letter for letter in letters} - {piece} if piece else set[str]():
        try:
            assert compact.decoded(other) != raw
        except ValueError:
            continue


@pytest.mark.parametrize("piece", ["A", "AAAAA", "QR", "QUI ", "QUJ=", "QU=I", "QU\nI", "QU+I", "QU/I", "é"])
def test_a_piece_that_is_no_base64url_is_refused(piece: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        compact.pieces(f"QUJD.QUJD.{piece}")
    with pytest.raises(ValueError):  # noqa: PT011
        compact.pieces(f"{piece}.QUJD.QUJD")
