"""Which coordinate system fits? Try each against ground that is known, and show all the shares.

Nothing is chosen here: the user sees the shares and decides.

Source: mixing systems up moves homes by 270 to 1,400 m (reference: domain.md section 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridapp.geo.crs import to_cgcs2000, zones_near

DEGREES = ("CGCS2000", "GCJ-02", "BD-09")
"""WGS84 is the same as CGCS2000 here."""

MARGIN = 0.0003
"""Corners on the community's own border count as inside up to about 30 m. [°]"""

CLEAR = 0.03
"""The best share must be this far ahead for one system to be clearly right."""

MOST_CORNERS = 20_000


@dataclass(frozen=True)
class Fit:
    """How well one coordinate system explains a file.

    Attributes:
        crs: The system.
        swapped: The file has latitude (or north) first.
        share: Share of corners inside the known ground, or of known places inside the outlines; both: the mean. [0, 1]
        clear: It fits clearly better than every other.
    """

    crs: str
    swapped: bool
    share: float
    clear: bool = False


def which_fits(shapes: Sequence[Any], ground: Any | None, places: NDArray[np.float64] | None = None) -> list[Fit]:
    """Return how well each coordinate system fits, best first; the same again with swapped axes.

    Args:
        shapes: Outlines in the file's own coordinates.
        ground: What is known to be the area, CGCS2000 degrees: outline of the community, or stored grids; None.
        places: Known places of the area, such as buildings, shape (n, 2), CGCS2000; None. [°]

    Returns:
        Empty when nothing is known to compare with.
    """
    known = np.empty((0, 2)) if places is None else places
    if (ground is None or shapely.is_empty(ground)) and not len(known):
        return []
    middle = shapely.centroid(ground) if ground is not None else shapely.Point(*known.mean(axis=0))
    corners = shapely.get_coordinates(np.array(shapes, dtype=object))
    in_degrees = bool(len(corners)) and bool((np.abs(corners) <= 180).all())
    systems = DEGREES if in_degrees else zones_near(float(middle.x))
    found = [
        Fit(crs, swapped, _share(shapes, crs, swapped, ground, known)) for crs in systems for swapped in (False, True)
    ]
    found.sort(key=lambda fit: (-fit.share, fit.swapped))
    best = found[0]
    if best.share > 0.5 and best.share - found[1].share >= CLEAR:
        found[0] = Fit(best.crs, best.swapped, best.share, True)
    return found


def _share(shapes: Sequence[Any], crs: str, swapped: bool, ground: Any | None, places: NDArray[np.float64]) -> float:
    def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
        result = to_cgcs2000(points[:, ::-1] if swapped else points, crs)
        return np.where(np.isfinite(result), result, 0.0)

    known = shapely.transform(np.array(shapes, dtype=object), moved)
    shares = []
    if ground is not None:
        corners = shapely.get_coordinates(known)
        corners = corners[:: max(1, len(corners) // MOST_CORNERS)]
        area = shapely.buffer(ground, MARGIN)
        shapely.prepare(area)
        shares.append(float(shapely.contains_xy(area, corners[:, 0], corners[:, 1]).mean()) if len(corners) else 0.0)
    if len(places):
        sound = np.where(shapely.is_valid(known), known, shapely.buffer(known, 0))
        _polygons, inside = shapely.STRtree(shapely.points(places)).query(sound, predicate="intersects")
        shares.append(len(np.unique(inside)) / len(places))
    return sum(shares) / len(shares)
