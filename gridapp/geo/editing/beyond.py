"""Give grids of other communities the corners that an edit put on the common border.

A community is edited alone. Where a line cuts its outer border, the grid on the
other side must know the corner as well, or the border opens with the next edit
there.

Source: what a split leaves undone next door (reference: map.md sections 3 and 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from gridapp.geo.editing.coverage import Coverage
from gridapp.geo.editing.faces import joined
from gridapp.geo.editing.frame import Points
from gridapp.geo.editing.noding import ON_EDGE, new_corners, with_points


def outer_corners(coverage: Coverage, after: Mapping[str, Any | None]) -> Points:
    """Return the corners new shapes have on the outer border of a coverage and old ones had not; shape (n, 2). [m]

    Args:
        coverage: A community before the edit.
        after: New shapes by id, in metres of its frame; None for polygons that go.
    """
    before = [coverage.shapes[id] for id in after if id in coverage]
    fresh = new_corners(before, [shape for shape in after.values() if shape is not None])
    if not len(fresh) or not len(coverage):
        return fresh[:0]
    whole = joined([part for shape in coverage.shapes.values() for part in shapely.get_parts(shape)])
    on_border: Points = fresh[shapely.distance(shapely.boundary(whole), shapely.points(fresh)) <= ON_EDGE]
    return on_border


def with_outer_corners(coverage: Coverage, corners: Points, others: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the outlines of other communities that have corners on their border, with these corners in them.

    Args:
        coverage: Gives the frame.
        corners: From ``outer_corners``. [m]
        others: WKB by code, CGCS2000 degrees.

    Returns:
        WKB by code, of those that change only; their area stays as it is to 10⁻⁶ m².
    """
    frame, found = coverage.frame, {}
    if not len(corners) or not others:
        return {}
    low, high = frame.to_degrees(np.array([corners.min(axis=0) - 1.0, corners.max(axis=0) + 1.0]))
    shapes = shapely.from_wkb(np.array(list(others.values()), dtype=object))
    near = shapely.intersects(shapes, shapely.box(*low.tolist(), *high.tolist()))
    for code, shape in ((code, shape) for code, shape, is_near in zip(others, shapes, near, strict=True) if is_near):
        known = shapely.transform(shape, frame.to_metres)
        cut = with_points(known, corners)
        if cut is not known:
            found[code] = bytes(shapely.to_wkb(shapely.transform(cut, frame.to_degrees)))
    return found
