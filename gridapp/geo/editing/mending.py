"""Mend what is wrong between grids: ground claimed twice goes to one of them, or all borders are fitted at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gridapp.errors import ValidationError
from gridapp.geo.editing.check import Problem
from gridapp.geo.editing.coverage import Coverage, Edit, edit_of
from gridapp.geo.editing.faces import settle_neighbours
from gridapp.geo.editing.session import EditSession
from gridapp.geo.editing.standing import Standing
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

SNAP = 0.001
"""Corners closer than this become one. [m]"""

WIDEST_GAP = 2.0
"""Gaps up to this width are closed; wider ones may be meant, and are given to a grid by hand. [m]"""


@dataclass(frozen=True)
class Mended:
    """A drawing whose borders were all fitted to each other.

    Attributes:
        before: The drawing it was made of.
        after: The drawing with one step more; ``before`` when every border fits already.
        standing: What is still wrong then.
    """

    before: EditSession
    after: EditSession
    standing: Standing

    def problems_in(self, session: EditSession) -> tuple[Problem, ...] | None:
        """Return what is wrong in a drawing that went on from here; None when it did not.

        Mending may touch every grid: looked at from what was opened, each later step would look at all of them again.
        """
        steps = len(self.after.done)
        if not 0 < steps <= len(session.done) or session.done[steps - 1] is not self.after.done[-1]:
            return None
        since = EditSession(self.after.coverage, session.coverage, session.done[steps:])
        return self.standing.after(since.outcome())


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


def mend_drawing(session: EditSession, standing: Standing, progress: Progress | None = None) -> Mended:
    """Fit all borders of a drawing to each other and look at the result; not on a screen's thread, as for ``Standing``.

    Args:
        session: The drawing.
        standing: What was wrong when it was opened.
        progress: Receiver of reports.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    told = progress or NullProgress()
    told.advance(0, 2, _("Fitting borders to each other…"))
    after = session.did(mend(session.coverage))
    told.advance(1, 2, _("Comparing borders…"))
    problems = standing.after(after.outcome())
    told.advance(2, 2)
    return Mended(session, after, Standing(after.coverage, standing.outline, problems, standing.beside))


def _ground(shape: Any) -> Any:
    """Return the parts of a geometry that have an area, one of them as a Polygon."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and not part.is_empty]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
