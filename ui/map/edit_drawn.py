"""What a finished sketch does, by tool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import shapely

from gridapp.errors import ValidationError
from gridapp.geo.editing import borders
from gridapp.geo.editing.coverage import Coverage, Edit
from gridapp.i18n import _


def drawn(tool: str, coverage: Coverage, selected: Sequence[str], line: Any, free_id: Callable[[], str]) -> Edit:
    """Return the edit of a line drawn with a tool of SKETCHING.

    Raises:
        ValidationError: It cannot be done; the sentence says why.
    """
    if tool == "split":
        return borders.split(coverage, _split_target(coverage, selected, line), line, free_id)
    if tool == "reshape":
        if not selected:
            raise ValidationError(_("Choose the grid whose border you want to redraw first."), "geometry")
        return borders.reshape(coverage, selected[-1], line)
    if tool == "draw":
        return borders.draw(coverage, free_id(), line)
    return borders.cut_hole(coverage, line, free_id())


def _split_target(coverage: Coverage, selected: Sequence[str], line: Any) -> str:
    """Return the grid chosen if the line crosses it, else the one it crosses longest."""
    way = shapely.LineString(line)
    near = coverage.near(way)
    lengths = {id: shapely.length(shapely.intersection(coverage.shapes[id], way)) for id in near}
    if selected and lengths.get(selected[-1], 0.0) > 0:
        return selected[-1]
    if not lengths or max(lengths.values()) <= 0:
        raise ValidationError(_("The line crosses no grid. Draw it from border to border."), "geometry")
    return max(lengths, key=lambda id: float(lengths[id]))
