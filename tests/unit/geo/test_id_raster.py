"""Pictures of numbers: every pixel says what an exact point-in-polygon test says."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gridapp.geo.id_raster import EdgeTable, Numbers, Window, borders_in, rasterised


def coverage(seed: int, count: int) -> NDArray[np.object_]:
    """Return Voronoi cells of invented points, one of them with a hole, one in two parts."""
    rng = np.random.default_rng(seed)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(rng.uniform(-500, 500, (count, 2)))))
    cells = shapely.set_precision(cells, 0.001)
    cells[0] = cells[0].difference(cells[0].centroid.buffer(0.05 * np.sqrt(cells[0].area)))
    cells[1] = shapely.union_all([cells[1], cells[-1]])
    return cells[:-1]


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


@given(st.integers(0, 10_000), st.integers(4, 30), st.floats(0.02, 3.0), st.integers(-700, 700), st.integers(-700, 700))
def test_each_pixel_has_the_number_of_the_polygon_at_its_centre(
    seed: int, count: int, scale: float, left: int, top: int
) -> None:
    shapes = coverage(seed, count)
    window = Window(scale, left, top, 61, 47)
    near = shapely.STRtree(shapes).query(shapely.box(*window.box))
    assert (rasterised(EdgeTable.of(shapes), near, window) == exact(shapes, window)).all()


def test_ground_claimed_twice_and_by_nobody_is_told_apart() -> None:
    shapes = np.array([shapely.box(0, 0, 10, 10), shapely.box(5, 0, 15, 10), shapely.box(20, 0, 30, 10)])
    values = rasterised(EdgeTable.of(shapes), np.arange(3), Window(1.0, 0, 10, 30, 10))
    assert values[4].tolist() == [1] * 5 + [4] * 5 + [2] * 5 + [0] * 5 + [3] * 10


def test_borders_run_where_the_number_changes() -> None:
    shapes = np.array([shapely.box(0, 0, 4, 4), shapely.box(4, 0, 8, 4)])
    values = rasterised(EdgeTable.of(shapes), np.arange(2), Window(1.0, 0, 4, 9, 5))
    assert borders_in(values)[0].tolist() == [False, False, False, True, False, False, False, True]


@pytest.mark.parametrize("shapes", [[], [shapely.Polygon()], [None, shapely.box(0, 0, 1, 1)]])
def test_nothing_to_draw_is_no_fault(shapes: list[object]) -> None:
    table = EdgeTable.of(np.array(shapes, dtype=object))
    assert table.count == len(shapes)
    values = rasterised(table, np.arange(len(shapes)), Window(2.0, -4, 4, 8, 8))
    assert set(values.ravel().tolist()) <= {0, 2}
