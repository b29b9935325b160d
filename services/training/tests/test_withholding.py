"""What a report withholds: never what a told sum gives away, and in one session the same as its own page."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from services.training.domain import withheld as withheld_of_a_session
from services.training.domain.attending import SMALLEST
from services.training.domain.withholding import UNSAID, withheld

SAID = ("a", "b", "c")


def test_a_report_on_one_session_withholds_what_the_sessions_own_page_does() -> None:
    for counts in product(range(9), repeat=4):
        table = dict(zip((*SAID, UNSAID), counts, strict=True))
        cells = {(key, ""): count for key, count in table.items() if count}
        found = withheld(cells, [cell for cell in cells if cell[0] != UNSAID])
        page = {None if key == UNSAID else key: count for key, count in table.items() if count}
        wanted = withheld_of_a_session(page, anonymous=True)
        assert (found is None) == (wanted is None), table
        assert {key for key, _ in found or ()} == {UNSAID if key is None else key for key in wanted or ()}, table


@given(st.lists(st.integers(0, 8), min_size=9, max_size=9), st.lists(st.booleans(), min_size=9, max_size=9))
def test_no_sum_of_a_row_or_a_column_says_what_is_hidden_in_it(counts: list[int], at_risk: list[bool]) -> None:
    cells = dict(zip(product(SAID, SAID), counts, strict=True))
    risky = {cell for cell, is_risky in zip(cells, at_risk, strict=True) if is_risky}
    found = withheld(cells, risky)
    if found is None:
        return
    assert {cell for cell in risky if 0 < cells[cell] < SMALLEST} <= found
    for axis, key in product((0, 1), SAID):
        hidden = [cells[cell] for cell in found if cell[axis] == key]
        assert len(hidden) != 1
        assert not hidden or set(hidden) not in ({1}, {SMALLEST - 1})
