"""Areas against the geodesic ones, the drawing frame against itself, labels inside their shapes."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridapp.geo import measure
from gridapp.geo.local_frame import LocalFrame
from gridapp.geo.measure import area, label_place
from tests.coverages import REAL, read_shapes


def box(lon: float, lat: float, wide: float, tall: float) -> shapely.Polygon:
    return shapely.box(lon, lat, lon + wide, lat + tall)


@given(st.floats(75, 134), st.floats(4, 53), st.floats(0.001, 0.05), st.floats(0.001, 0.05))
def test_area_agrees_with_the_geodesic_area(lon: float, lat: float, wide: float, tall: float) -> None:
    shape = shapely.segmentize(box(lon, lat, wide, tall), 0.002)
    geodesic = abs(pyproj.Geod(ellps="GRS80").geometry_area_perimeter(shape)[0])
    assert area(shape) == pytest.approx(geodesic, rel=2e-5)


def test_an_empty_shape_has_no_area() -> None:
    assert area(shapely.Polygon()) == 0


@given(st.floats(75, 134), st.floats(4, 53))
def test_the_drawing_frame_is_true_near_its_centre(lon: float, lat: float) -> None:
    frame = LocalFrame(lon, lat)
    ends = frame.to_degrees(np.array([[0.0, 0.0], [600.0, 800.0]]))
    _there, _back, metres = pyproj.Geod(ellps="GRS80").inv(*ends[0], *ends[1])
    assert metres == pytest.approx(1000, rel=2e-4)
    assert frame.to_metres(ends)[1] == pytest.approx([600, 800])


def test_a_label_stands_inside_a_crooked_shape() -> None:
    horseshoe = shapely.Polygon(
        [(104, 39), (104.01, 39), (104.01, 39.01), (104.007, 39.01), (104.007, 39.003), (104.003, 39.003),
         (104.003, 39.01), (104, 39.01)]
    )
    place = label_place(shapely.to_wkb(horseshoe))
    assert horseshoe.contains(shapely.Point(place.lon, place.lat))
    assert 100 < place.reach < 400


def test_a_label_takes_the_largest_part() -> None:
    large, small = box(104, 39, 0.01, 0.01), box(104.02, 39, 0.001, 0.001)
    place = label_place(shapely.to_wkb(shapely.MultiPolygon([small, large])))
    assert large.contains(shapely.Point(place.lon, place.lat))


def test_areas_and_lengths_against_the_ellipsoid() -> None:
    """Real polygons and a county-sized one: within 20 ppm of the geodesic area; lengths in metres."""
    shapes = np.array(read_shapes(REAL), dtype=object)
    county = shapely.segmentize(shapely.box(104.0, 38.5, 105.0, 39.5), 0.01)
    ours = [*measure.areas(shapes).tolist(), measure.area(county)]
    true = [measure.geodesic_area(shape) for shape in [*shapes, county]]
    assert ours == pytest.approx(true, rel=20e-6)
    degree = shapely.LineString([(0.0, 0.0), (1.0, 0.0)])
    assert measure.length(degree) == pytest.approx(111_319.49, abs=0.01)  # of the equator
    assert measure.areas(np.empty(0, dtype=object)).tolist() == []
