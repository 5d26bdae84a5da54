"""Keep the border between two communities the same on both sides when one of them is edited."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from gridapp.db.queries import grid_history
from gridapp.db.queries.outlines import list_outlines

if TYPE_CHECKING:
    from gridapp.geo.editing.session import Drawing


def corners_next_door(session: Session, community: str, drawing: Drawing, effective: dt.date) -> dict[str, bytes]:
    """Return new outlines of other communities' grids: those with a corner of a drawing on their border.

    Args:
        session: Where; the drawing is not stored yet.
        community: Whose grids were drawn.
        drawing: What was drawn.
        effective: First day.

    Returns:
        WKB by code of the grid, CGCS2000 degrees. Grids whose outline changes again after that day are left as they
        are: what follows was drawn on the outline without the corner.
    """
    import shapely  # heavy: imported when first used

    from gridapp.geo.editing.beyond import outer_corners, with_outer_corners
    from gridapp.geo.editing.coverage import Coverage

    coverage = Coverage.from_degrees(grid_history.get_ground(session, community, effective).boundaries)
    frame = coverage.frame
    after = {
        id: None if outline is None else shapely.transform(shapely.from_wkb(outline), frame.to_metres)
        for id, outline in drawing.after.items()
    }
    corners = outer_corners(coverage, after)
    if not len(corners):
        return {}
    others = {row.code: row.boundary for row in list_outlines(session, effective, community)}
    found = with_outer_corners(coverage, corners, others)
    return {
        code: outline
        for code, outline in found.items()
        if grid_history.first_later_boundary(session, [code], effective) is None
    }
