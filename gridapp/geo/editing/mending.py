"""Mend what is wrong between grids: ground claimed twice goes to one of them, or all borders are fitted at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from gridapp.errors import ValidationError
from gridapp.geo.editing.coverage import Coverage, Edit, edit_of
from gridapp.geo.editing.faces import settle_neighbours
from gridapp.i18n import _

SNAP = 0.001
"""Corners closer than this become one. [m]"""

WIDEST_GAP = 2.0
"""Gaps up to this width are closed; wider ones may be meant, and are given to a grid by hand. [m]"""


def give_overlap(coverage: Coverage, id: str, claimants: Sequence[str]) -> Edit:
    """Return the edit that leaves ground claimed several times to one grid.

    Args:
        coverage: Where they are.
        id: Who keeps the ground.
        claimants: All that claim it.

    Raises:
        ValidationError: The grid does not claim it, or another one would have no ground left.
    """
    if id not in claimants:
        raise ValidationError(_("Choose one of the grids that claim the ground first."), "grid")
    keeper = coverage.shape(id)
    after: dict[str, Any | None] = {}
    for other in claimants:
        if other == id:
            continue
        left = _ground(shapely.difference(coverage.shape(other), keeper))
        if left.is_empty:
            raise ValidationError(_("The other grid would have no ground left. Merge the two instead."), "grid")
        after[other] = left
    return edit_of("mend", coverage, settle_neighbours(coverage, after))


def mend(coverage: Coverage, widest_gap: float = WIDEST_GAP) -> Edit:
    """Return the edit after which all borders fit each other corner by corner.

    Ground claimed twice goes to the grid with which it shares the longer border, narrow gaps likewise.
    Grids whose corners fit already stay as they are.

    Args:
        coverage: Where they are.
        widest_gap: Gaps up to this width are closed. [m]
    """
    ids = list(coverage)
    if not ids:
        return Edit("mend", ())
    given = np.array([coverage.shapes[id] for id in ids], dtype=object)
    fitted = shapely.coverage_clean(given, snapping_distance=SNAP, gap_width=widest_gap)
    frame = coverage.frame
    stored = shapely.transform(shapely.transform(fitted, frame.to_degrees), frame.to_metres)
    same = shapely.equals_exact(shapely.normalize(given), shapely.normalize(fitted), 0.0)
    same |= shapely.is_empty(stored)  # a duplicate would lose all its ground; it stays, and is still said
    return edit_of("mend", coverage, {id: stored[place] for place, id in enumerate(ids) if not same[place]})


def _ground(shape: Any) -> Any:
    """Return the parts of a geometry that have an area, one of them as a Polygon."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and not part.is_empty]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
