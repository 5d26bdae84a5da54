"""GCJ-02 and BD-09 there and back, to 10 µm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.errors import ValidationError
from gridapp.geo.crs import CRS_NAMES, check_crs, from_cgcs2000, to_cgcs2000
from gridapp.geo.local_frame import LocalFrame

points = st.tuples(st.floats(73.6, 135.0), st.floats(3.9, 53.5))


def metres_apart(first: np.ndarray, second: np.ndarray) -> float:
    frame = LocalFrame(float(first[0, 0]), float(first[0, 1]))
    return float(np.abs(frame.to_metres(second) - frame.to_metres(first)).max())


@pytest.mark.parametrize("crs", CRS_NAMES)
@given(points)
def test_there_and_back_is_exact_to_ten_micrometres(crs: str, point: tuple[float, float]) -> None:
    start = np.array([point])
    back = to_cgcs2000(from_cgcs2000(start, check_crs(crs)), check_crs(crs))
    assert metres_apart(start, back) <= 1e-5


@given(points)
def test_the_offsets_are_what_china_knows(point: tuple[float, float]) -> None:
    start = np.array([point])
    assert metres_apart(start, from_cgcs2000(start, "GCJ-02")) < 1_000
    assert 300 < metres_apart(start, from_cgcs2000(start, "BD-09")) < 2_500


def test_a_known_point() -> None:
    """Tiananmen, as map services of both kinds give it."""
    plain = np.array([[116.391_27, 39.907_36]])
    mars = from_cgcs2000(plain, "GCJ-02")
    assert mars[0] == pytest.approx([116.397_51, 39.908_76], abs=2e-5)
    assert from_cgcs2000(plain, "BD-09")[0] == pytest.approx([116.403_9, 39.915_1], abs=2e-4)


def test_abroad_nothing_is_offset() -> None:
    paris = np.array([[2.35, 48.85]])
    assert np.array_equal(from_cgcs2000(paris, "GCJ-02"), paris)


def test_names_are_taken_as_people_write_them() -> None:
    assert check_crs("gcj02") == "GCJ-02"
    assert check_crs("wgs 84") == "WGS84"
    with pytest.raises(ValidationError, match="Xian80"):
        check_crs("Xian80")
