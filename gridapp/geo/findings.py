"""Look through the outlines of a file: duplicates, slivers, places far away, and what cleaning would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridapp.geo.between import GAP_WIDTH
from gridapp.geo.editing.check import SLIVER_WIDTH
from gridapp.geo.editing.frame import EditFrame
from gridapp.geo.measure import EqualArea
from gridapp.geo.pieces import transformed

SAME_SHARE = 0.999
"""Outlines that share more of their ground than this are the same outline twice."""

CHINA = (73.0, 3.0, 136.0, 54.0)
"""West, south, east, north. [°]"""

SNAP = 0.01
"""Corners closer than this become one when outlines are cleaned. [m]"""

LEAST_CHANGE = 0.01
"""Smaller changes of area are rounding. [m²]"""


@dataclass(frozen=True)
class Sliver:
    """A piece of an outline too thin to be meant: place in the list, its shape in degrees, its area [m²]."""

    place: int
    shape: Any
    area: float


@dataclass(frozen=True)
class AreaChange:
    """What cleaning does to one outline: place in the list, area before and after. [m²]"""

    place: int
    before: float
    after: float


@dataclass(frozen=True)
class Contested:
    """Ground that two outlines claimed: their places, who gets it, its shape in degrees, its area [m²]."""

    first: int
    second: int
    winner: int
    shape: Any
    area: float


@dataclass(frozen=True)
class Cleaning:
    """Outlines made to fit each other, and everything that changes by it.

    Attributes:
        shapes: In degrees, in the order given.
        changes: Outlines whose area changes, largest change first.
        contested: Ground claimed twice, largest first.
    """

    shapes: tuple[Any, ...]
    changes: tuple[AreaChange, ...]
    contested: tuple[Contested, ...]


def find_duplicates(shapes: Sequence[Any]) -> list[tuple[int, int]]:
    """Return the pairs of outlines that cover the same ground.

    Args:
        shapes: Valid outlines in degrees.
    """
    whole = np.array(shapes, dtype=object)
    if len(whole) < 2:
        return []
    first, second = shapely.STRtree(whole).query(shapely.point_on_surface(whole), predicate="intersects")
    found = []
    for one, other in sorted({(min(a, b), max(a, b)) for a, b in zip(first.tolist(), second.tolist(), strict=True)}):
        if one != other:
            shared = shapely.area(shapely.intersection(whole[one], whole[other]))
            if shared > SAME_SHARE * max(shapely.area(whole[one]), shapely.area(whole[other])):
                found.append((one, other))
    return found


def find_slivers(shapes: Sequence[Any]) -> list[Sliver]:
    """Return pieces of outlines that are thinner than 1 m on the whole, smallest first.

    Args:
        shapes: Valid outlines in degrees.
    """
    if not shapes:
        return []
    plane = EqualArea.around(np.array(shapes, dtype=object))
    parts, places = shapely.get_parts(np.array(shapes, dtype=object), return_index=True)
    flat = plane.to_metres(parts)
    size, border = shapely.area(flat), shapely.length(flat)
    thin = np.flatnonzero(size < SLIVER_WIDTH * border / 2)
    found = [Sliver(int(places[place]), parts[place], float(size[place])) for place in thin]
    return sorted(found, key=lambda sliver: sliver.area)


def far_away(shapes: Sequence[Any]) -> list[int]:
    """Return the places of outlines that do not lie in China: swapped axes, or another coordinate system."""
    bounds = shapely.bounds(np.array(shapes, dtype=object)).reshape(-1, 4)
    west, south, east, north = CHINA
    outside = (bounds[:, 0] < west) | (bounds[:, 1] < south) | (bounds[:, 2] > east) | (bounds[:, 3] > north)
    return [int(place) for place in np.flatnonzero(outside)]


def clean(shapes: Sequence[Any], gap_width: float = GAP_WIDTH) -> Cleaning:
    """Return outlines that fit each other corner by corner, with every area before and after.

    Where two claim the same ground, one of them gets it; gaps up to a width are
    given to a neighbour. Nothing is stored: the user accepts it or not.

    Args:
        shapes: Valid outlines in degrees.
        gap_width: Gaps up to this wide are closed. [m]
    """
    given = np.array(shapes, dtype=object)
    frame = EditFrame.around(given)
    flat = transformed(given, frame.to_metres)
    fitted = shapely.coverage_clean(flat, snapping_distance=SNAP, gap_width=gap_width)
    lost = shapely.is_empty(fitted)
    fitted[lost] = flat[lost]  # a duplicate would lose all its ground; it stays and is reported
    stored = transformed(fitted, frame.to_degrees)
    plane = EqualArea.around(given)
    before, after = shapely.area(plane.to_metres(given)), shapely.area(plane.to_metres(stored))
    changes = [
        AreaChange(place, float(before[place]), float(after[place]))
        for place in np.flatnonzero(np.abs(after - before) > LEAST_CHANGE).tolist()
    ]
    changes.sort(key=lambda change: -abs(change.after - change.before))
    return Cleaning(tuple(stored), tuple(changes), tuple(_contested(flat, fitted, frame, plane)))


def _contested(flat: NDArray[Any], fitted: NDArray[Any], frame: EditFrame, plane: EqualArea) -> list[Contested]:
    first, second = shapely.STRtree(flat).query(flat, predicate="intersects")
    later = first < second
    first, second = first[later], second[later]
    inside = shapely.relate_pattern(flat[first], flat[second], "2********")
    found = []
    for one, other in zip(first[inside].tolist(), second[inside].tolist(), strict=True):
        shared = shapely.intersection(flat[one], flat[other])
        parts = [part for part in shapely.get_parts(shared) if part.geom_type == "Polygon"]
        if not parts or shapely.area(shared) <= LEAST_CHANGE:
            continue
        held = [float(shapely.area(shapely.intersection(shared, fitted[place]))) for place in (one, other)]
        shape = shapely.transform(shapely.MultiPolygon(parts), frame.to_degrees)
        winner = one if held[0] >= held[1] else other
        found.append(Contested(one, other, winner, shape, float(shapely.area(plane.to_metres(shape)))))
    return sorted(found, key=lambda piece: -piece.area)
