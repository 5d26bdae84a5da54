"""Codes of grids: in reading order, never one twice, none left after 999."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.domain.grid_code import LAST_SERIAL, issue_codes, reading_order
from gridapp.errors import ValidationError

COMMUNITY = "990101001001"
PLACES = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=4),
    st.tuples(st.floats(104.0, 104.1), st.floats(39.0, 39.1)),
    max_size=12,
)
TAKEN = st.sets(st.integers(1, LAST_SERIAL - 20))


@given(PLACES, TAKEN)
def test_codes_follow_the_highest_ever_given(places: dict[str, tuple[float, float]], taken: set[int]) -> None:
    held = {f"{COMMUNITY}{serial:03d}" for serial in taken} | {"990101001009777"}  # that of another community
    codes = issue_codes(COMMUNITY, held, places)
    assert set(codes) == set(places)
    assert not set(codes.values()) & held
    serials = [int(codes[id][len(COMMUNITY):]) for id in reading_order(places)]
    assert serials == list(range(max(taken, default=0) + 1, max(taken, default=0) + 1 + len(places)))
    assert all(code.startswith(COMMUNITY) and len(code) == 15 for code in codes.values())


@given(PLACES)
def test_reading_order_goes_west_to_east_in_rows_from_the_north(places: dict[str, tuple[float, float]]) -> None:
    order = reading_order(places)
    assert sorted(order) == sorted(places)
    assert order == reading_order(dict(reversed(places.items())))
    lats = [lat for _lon, lat in places.values()]
    rows = max(1, round(len(places) ** 0.5))
    height = (max(lats) - min(lats)) / rows if places else 0.0
    for before, after in zip(order, order[1:], strict=False):
        (west, upper), (east, lower) = places[before], places[after]
        assert upper > lower - height * (1 + 1e-9) - 1e-12, "never back to a row further north"
        if west > east:  # a new row begins, or the same place
            assert upper >= lower


def test_a_row_of_grids_reads_like_a_line() -> None:
    nine = {f"{row}{column}": (104.0 + column * 0.01, 39.0 - row * 0.01) for row in range(3) for column in range(3)}
    assert reading_order(nine) == sorted(nine)
    leaning = {id: (lon, lat + (lon - 104.0) * 0.2) for id, (lon, lat) in nine.items()}
    assert reading_order(leaning) == sorted(nine)


def test_no_serial_is_left_after_the_last() -> None:
    with pytest.raises(ValidationError, match="no grid code left"):
        issue_codes(COMMUNITY, [f"{COMMUNITY}{LAST_SERIAL}"], {"a": (104.0, 39.0)})
    codes = issue_codes(COMMUNITY, [f"{COMMUNITY}{LAST_SERIAL - 1}"], {"a": (104.0, 39.0)})
    assert codes == {"a": f"{COMMUNITY}{LAST_SERIAL}"}
