"""Make outlines fit to store, and say where neighbours overlap or leave gaps.

Nothing is changed in silence: what was repaired is named, overlaps and gaps
are reported with their area and left as they are.

Source: rounding to 1 mm and the checks follow measurements on real sets
(reference: map.md section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridapp.geo.measure import EqualArea
from gridapp.geo.pieces import transformed

DEGREE_DECIMALS = 8
"""Stored degrees keep eight decimals, 1.1 mm: one grid for the whole country, so shared borders stay shared."""

LEAST_OVERLAP = 1.0
"""Smaller overlaps and gaps are not reported. [m²]"""

EDGES_TRIED = 200
MOST_CROSSINGS = 20_000
"""Repairing more takes minutes and gives shreds."""

GAP_WIDTH = 2.0
"""Slits between neighbours up to this wide count as gaps. [m]"""


@dataclass(frozen=True)
class Overlap:
    """Two outlines claim the same ground.

    Attributes:
        first: Place of one in the list that was checked.
        second: Place of the other.
        area: Ground claimed twice. [m²]
        lon: Longitude of a point in it. [°]
        lat: Latitude of it. [°]
        shape: The ground, CGCS2000 degrees.
    """

    first: int
    second: int
    area: float
    lon: float
    lat: float
    shape: Any


@dataclass(frozen=True)
class Gap:
    """Ground enclosed by outlines that none of them claims.

    Attributes:
        area: Its size. [m²]
        lon: Longitude of a point in it. [°]
        lat: Latitude of it. [°]
        shape: The ground, CGCS2000 degrees.
    """

    area: float
    lon: float
    lat: float
    shape: Any


def settled(shape: Any) -> tuple[Any, bool]:
    """Return an outline as it is stored: 2-D, valid, rounded to about 1 mm, Polygon or MultiPolygon.

    Args:
        shape: Polygon or MultiPolygon in CGCS2000 degrees.

    Returns:
        The outline, and whether it had to be repaired. The outline is empty
        when nothing with an area is left, or when it crosses itself so often
        that no repair could tell what was meant.
    """
    broken = not shapely.is_valid(shape)
    rounded = shapely.transform(shapely.force_2d(shape), lambda points: np.round(points, DEGREE_DECIMALS))
    if shapely.is_valid(rounded) and not shapely.is_empty(rounded):
        return shapely.normalize(shapely.orient_polygons(rounded)), broken
    if _is_scribble(rounded):
        return shapely.Polygon(), True
    repaired = shapely.make_valid(rounded, method="structure", keep_collapsed=False)
    parts = [part for part in shapely.get_parts(repaired) if part.geom_type == "Polygon" and not part.is_empty]
    if not parts:
        return shapely.Polygon(), True
    whole = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    return shapely.normalize(shapely.orient_polygons(whole)), broken


def _is_scribble(shape: Any) -> bool:
    """Return whether an outline crosses itself more than ``MOST_CROSSINGS`` times, judged by some of its edges."""
    edges = []
    for ring in shapely.get_rings(shape):
        points = shapely.get_coordinates(ring)
        edges.append(shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1)))
    every = np.concatenate(edges) if edges else np.empty(0, dtype=object)
    some = every[:: max(1, len(every) // EDGES_TRIED)]
    crossing = shapely.STRtree(every).query(some, predicate="crosses").shape[1]
    return bool(crossing / max(1, len(some)) * len(every) / 2 > MOST_CROSSINGS)


def find_overlaps(shapes: Sequence[Any], least: float = LEAST_OVERLAP) -> list[Overlap]:
    """Return the pairs of outlines that claim the same ground, largest first.

    Args:
        shapes: Valid outlines in CGCS2000 degrees.
        least: Smaller overlaps are left out. [m²]
    """
    if len(shapes) < 2:
        return []
    plane, flat = _in_metres(shapes)
    tree = shapely.STRtree(flat)
    first, second = tree.query(flat, predicate="intersects")
    later = first < second
    first, second = first[later], second[later]
    inside = shapely.relate_pattern(flat[first], flat[second], "2********")
    found = []
    for one, other in zip(first[inside].tolist(), second[inside].tolist(), strict=True):
        shared = shapely.intersection(flat[one], flat[other])
        size = float(shared.area)
        if size >= least:
            found.append(Overlap(one, other, size, *_point_in(plane, shared), plane.shape_to_degrees(shared)))
    return sorted(found, key=lambda overlap: -overlap.area)


def find_gaps(shapes: Sequence[Any], least: float = LEAST_OVERLAP) -> list[Gap]:
    """Return ground enclosed by outlines that none claims, and slits between them, largest first.

    Args:
        shapes: Valid outlines in CGCS2000 degrees.
        least: Smaller gaps are left out. [m²]
    """
    if not shapes:
        return []
    plane, flat = _in_metres(shapes)
    whole = shapely.union_all(flat)
    # Closing by half the width turns open slits between neighbours into holes as well. Only outlines that have a
    # border near another one without sharing it can have any.
    apart = flat[~shapely.is_empty(shapely.coverage_invalid_edges(flat, gap_width=GAP_WIDTH))]
    around = shapely.buffer(shapely.union_all(apart), GAP_WIDTH / 2, quad_segs=2)
    closed = shapely.buffer(around, -GAP_WIDTH / 2, quad_segs=2)
    slits = [part for part in shapely.get_parts(shapely.difference(closed, whole)) if _between(part, flat)]
    rings = shapely.get_parts(whole)
    holes = [shapely.Polygon(ring) for part in rings for ring in part.interiors]
    found = [
        Gap(float(hole.area), *_point_in(plane, hole), plane.shape_to_degrees(hole))
        for hole in shapely.get_parts(shapely.union_all([*holes, *slits]))
        if hole.geom_type == "Polygon" and hole.area >= least
    ]
    return sorted(found, key=lambda gap: -gap.area)


def _between(slit: Any, flat: NDArray[Any]) -> bool:
    """Tell a slit between two outlines from a notch that closing filled in one of them."""
    near = shapely.STRtree(flat).query(slit, predicate="dwithin", distance=0.01)
    return len(near) > 1


def _in_metres(shapes: Sequence[Any]) -> tuple[EqualArea, NDArray[Any]]:
    plane = EqualArea.around(np.array(shapes))
    flat = plane.to_metres(np.array(shapes))
    flat = transformed(flat, lambda points: np.round(points, 3))
    broken = ~shapely.is_valid(flat)
    flat[broken] = shapely.make_valid(flat[broken], method="structure", keep_collapsed=False)
    return plane, flat


def _point_in(plane: EqualArea, shape: Any) -> tuple[float, float]:
    point = shapely.point_on_surface(shape)
    return plane.to_degrees(point.x, point.y)
