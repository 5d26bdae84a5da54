"""Make outlines fit to store; what was repaired is named.

Source: rounding to 1 mm follows measurements on real sets (reference: map.md section 3).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

DEGREE_DECIMALS = 8
"""Stored degrees keep eight decimals, 1.1 mm: one grid for the whole country, so shared borders stay shared."""

EDGES_TRIED = 200
MOST_CROSSINGS = 20_000
"""Repairing more takes minutes and gives shreds."""


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
