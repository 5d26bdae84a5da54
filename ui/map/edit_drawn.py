"""What a finished sketch or a drawing made elsewhere does, and how faults are mended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import shapely

from gridapp import formats
from gridapp.errors import ValidationError
from gridapp.geo.editing import borders, mending
from gridapp.geo.editing.check import Problem
from gridapp.geo.editing.coverage import Coverage, Edit, PolygonChange
from gridapp.geo.editing.session import Drawing
from gridapp.i18n import _

_KINDS = {"split": "split", "merge": "merge", "cut": "cut_hole"}


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


def as_edit(drawing: Drawing, coverage: Coverage) -> Edit:
    """Return a drawing made elsewhere, a draft or a plan, as one edit of a coverage."""
    frame, changes = coverage.frame, []
    for id, outline in drawing.after.items():
        shape = None if outline is None else shapely.transform(shapely.from_wkb(outline), frame.to_metres)
        changes.append(PolygonChange(id, coverage.shapes.get(id), shape))
    kind = _KINDS.get(drawing.lineage[0][2], "batch") if drawing.lineage else "batch"
    return Edit(kind, tuple(changes), tuple((old, new) for old, new, _how in drawing.lineage))


def given(coverage: Coverage, id: str, problem: Problem) -> Edit:
    """Return the edit that gives ground nobody has, or several claim, to a grid.

    Raises:
        ValidationError: It cannot be done; the sentence says why.
    """
    if problem.kind == "overlap":
        return mending.give_overlap(coverage, id, problem.ids)
    return borders.fill(coverage, id, problem.shape)


def mended(before: Coverage, after: Coverage) -> str:
    """Write what fitting all borders did."""
    changes = {
        id: abs(float(after.shapes[id].area - before.shapes[id].area))
        for id in before
        if after.shapes[id] is not before.shapes[id]
    }
    if not changes:
        return _("The borders fit already, or the gaps are too wide to be closed unasked.")
    most = max(changes.values())
    return _("{count} grids were fitted to each other; none changed by more than {area} m².").format(
        count=len(changes), area=formats.count(round(most)) if most >= 10 else f"{most:.2g}"
    )


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
