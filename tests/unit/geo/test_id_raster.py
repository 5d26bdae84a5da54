"""Pictures of numbers: every pixel says what an exact point-in-polygon test says."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gridapp.geo.edge_table import EdgeTable
from gridapp.geo.id_raster import BorderTable, Numbers, Window, borders_in, layer_of, rasterised


def coverage(seed: int, count: int) -> NDArray[np.object_]:
    """Return Voronoi cells of invented points, one of them with a hole, one in two parts."""
    rng = np.random.default_rng(seed)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(rng.uniform(-500, 500, (count, 2)))))
    cells = shapely.set_precision(cells, 0.001)
    cells[0] = cells[0].difference(cells[0].centroid.buffer(0.05 * np.sqrt(cells[0].area)))
    cells[1] = shapely.union_all([cells[1], cells[-1]])
    found: NDArray[np.object_] = cells[:-1]
    return found


def exact(shapes: NDArray[np.object_], window: Window) -> Numbers:
    """Return what a pixel's centre lies in, one by one."""
    rows, columns = np.mgrid[: window.height, : window.width]
    x, y = (columns + 0.5 + window.left) / window.scale, (window.top - rows - 0.5) / window.scale
    found = np.zeros(x.shape, np.int32)
    layers = np.zeros(x.shape, np.int32)
    for number, shape in enumerate(shapes):
        inside = shapely.contains_xy(shape, x, y)
        found[inside] = number + 1
        layers += inside
    found[layers > 1] = len(shapes) + 1
    return found


def drawn(shapes: NDArray[np.object_], window: Window) -> Numbers:
    """Return the picture, after a look whether shared borders make a difference."""
    edges = EdgeTable.of(shapes)
    found = rasterised(BorderTable.of(edges), window)
    assert (found == rasterised(BorderTable.loose(edges), window)).all()
    return found


@given(st.integers(0, 10_000), st.integers(4, 30), st.floats(0.02, 20), st.integers(-700, 700), st.integers(-700, 700))
def test_each_pixel_has_the_number_of_the_polygon_at_its_centre(
    seed: int, count: int, scale: float, left: int, top: int
) -> None:
    shapes = coverage(seed, count)
    window = Window(scale, left, top, 61, 47)
    assert (drawn(shapes, window) == exact(shapes, window)).all()


def test_ground_claimed_twice_and_by_nobody_is_told_apart() -> None:
    shapes = np.array([shapely.box(0, 0, 10, 10), shapely.box(5, 0, 15, 10), shapely.box(20, 0, 30, 10)])
    values = drawn(shapes, Window(1.0, 0, 10, 30, 10))
    assert values[4].tolist() == [1] * 5 + [4] * 5 + [2] * 5 + [0] * 5 + [3] * 10


def test_borders_run_where_the_number_changes() -> None:
    shapes = np.array([shapely.box(0, 0, 4, 4), shapely.box(4, 0, 8, 4)])
    values = drawn(shapes, Window(1.0, 0, 4, 9, 5))
    assert borders_in(values)[0].tolist() == [False, False, False, True, False, False, False, True]


@pytest.mark.parametrize("shapes", [[], [shapely.Polygon()], [None, shapely.box(0, 0, 1, 1)]])
def test_nothing_to_draw_is_no_fault(shapes: list[object]) -> None:
    given_shapes = np.array(shapes, dtype=object)
    assert EdgeTable.of(given_shapes).count == len(shapes)
    values = drawn(given_shapes, Window(2.0, -4, 4, 8, 8))
    assert set(values.ravel().tolist()) <= {0, 2}


@given(st.integers(0, 10_000), st.integers(0, 3))
def test_many_borders_are_skipped_where_they_cannot_be_seen(seed: int, corner: int) -> None:
    shapes = coverage(seed, 900)  # several chunks of borders
    window = Window(0.9, -430 + 500 * (corner % 2), 440 - 500 * (corner // 2), 61, 47)
    assert (drawn(shapes, window) == exact(shapes, window)).all()


def test_a_border_of_two_is_there_once() -> None:
    shapes = coverage(5, 40)[2:]
    edges = EdgeTable.of(shapes)
    once, twice = BorderTable.of(edges), BorderTable.loose(edges)
    length = shapely.length(shapely.node(shapely.union_all(shapely.boundary(shapes))))
    corners, goes_on = edges.points, once.is_first & ~edges.ends
    assert np.hypot(*(corners[1:] - corners[:-1])[goes_on[:-1]].T).sum() == pytest.approx(length)
    assert len(once.west) < 0.6 * len(twice.west)
    assert layer_of(len(shapes)) > len(shapes) + 1


def kinds() -> list[object]:
    """Return polygons of every kind an outline may be, two of them the wrong way round."""
    hole = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(2, 2), (2, 5), (5, 5), (5, 2)]])
    return [
        shapely.Polygon([(10, 0), (12, 0), (12, 4), (10, 3)]), shapely.Polygon([(10, 0), (10, 3), (12, 4), (12, 0)]),
        hole, shapely.Polygon(), shapely.MultiPolygon([shapely.box(20, 0, 21, 1), shapely.box(22, 0, 25, 1)]),
        shapely.box(0, 10, 1, 11, ccw=False),
    ]  # fmt: skip


def test_outlines_as_stored_give_the_table_of_their_shapes() -> None:
    shapes = np.array(kinds(), dtype=object)
    read, made = EdgeTable.of_wkb(shapely.to_wkb(shapes).tolist()), EdgeTable.of(shapes)
    assert read.first.tolist() == made.first.tolist()
    assert read.ends.tolist() == made.ends.tolist()
    for number, shape in enumerate(shapes):
        corners = [table.points[table.first[number] : table.first[number + 1]].tolist() for table in (read, made)]
        assert sorted(corners[0]) == sorted(corners[1])
        assert read.boxes[number].tolist() == pytest.approx(list(shape.bounds), nan_ok=True)
    window = Window(3.0, -3, 40, 90, 45)
    assert (rasterised(BorderTable.of(read), window) == exact(shapes, window)).all()


def test_other_byte_orders_and_heights_are_read_too() -> None:
    shape = shapely.box(0, 0, 2, 3)
    high = shapely.force_3d(shape, 7.0)
    read = EdgeTable.of_wkb([shapely.to_wkb(shape, byte_order=0), shapely.to_wkb(high), shapely.to_wkb(shape)])
    assert read.boxes.tolist() == [[0, 0, 2, 3]] * 3
    assert read.changed(lambda points: points * 2 + 1).boxes.tolist() == [[1, 1, 5, 7]] * 3


def test_no_outlines_give_an_empty_table() -> None:
    assert EdgeTable.of_wkb([]).boxes.shape == (0, 4)
