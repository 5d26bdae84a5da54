"""Grids as vectors: a sharp picture at once where few are in sight, until their tiles are there.

Fills are not smooth, as pixels of tiles are not; outlines are. All fills of
one colour are one path.

Source: a third of the time of a picture by tiles for 150 grids (reference: map.md section 2).
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen

from gridapp.geo.edge_table import EdgeTable
from ui.map.ground import MapGround
from ui.map.tiles import HATCH_EVERY, ColourTable

LINE_APART = 0.6
"""Outlines are smooth lines of 1 px, drawn twice so far apart: a tenth of the cost of smooth lines of 1.5 px. [px]"""


def path_of(edges: EdgeTable, grids: NDArray[np.integer], across: float, up: float) -> QPainterPath:
    """Return outlines as one path; holes stay open by odd-even filling.

    Args:
        edges: Corners of all grids.
        grids: Which of them.
        across: Pixels per metre to the east.
        up: Pixels per metre to the north, negative on a screen.
    """
    points, places = edges.corners_of(grids)
    return _path(points, ~edges.ends[places], across, up)


def lines_of(ground: MapGround, grids: NDArray[np.integer], scale: float) -> QPainterPath:
    """Return outlines as one path, where two share a border only once: half of the lines of ``path_of``.

    Args:
        ground: All grids.
        grids: Those in sight; what they share with grids out of sight may be missing.
        scale: Pixels per metre.
    """
    points, places = ground.edges.corners_of(grids)
    goes_on = ground.borders.is_first[places]
    goes_on &= ~ground.edges.ends[places]
    is_used = goes_on.copy()
    is_used[1:] |= goes_on[:-1]
    return _path(points[is_used], goes_on[is_used], scale, -scale)


def _path(points: NDArray[np.float64], goes_on: NDArray[np.bool_], across: float, up: float) -> QPainterPath:
    if not len(points):
        return QPainterPath()
    x, y = points[:, 0] * across, points[:, 1] * up
    path: QPainterPath = pg.functions.arrayToQPath(x, y, connect=goes_on, finiteCheck=False)
    return path


def draw_outlines(painter: QPainter, path: QPainterPath, colour: int) -> None:
    """Draw outlines, smooth and 1.6 pixels wide; moves the painter."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor.fromRgb(colour), 1))
    painter.drawPath(path)
    painter.translate(LINE_APART, LINE_APART)
    painter.drawPath(path)


def draw_grids(
    painter: QPainter, ground: MapGround, grids: NDArray[np.integer], colours: ColourTable, scale: float
) -> None:
    """Draw some grids.

    Args:
        painter: Its origin lies where the centre of the frame does, at whole pixels.
        ground: All grids.
        grids: Those in sight; ground that several claim has the colour of one of them.
        colours: As tiles have them.
        scale: Pixels per metre.
    """
    painter.save()
    fills, lines = colours.fills[grids + 1], colours.lines[grids + 1]
    paths = [(colour, _filled(ground, grids[fills == colour], scale)) for colour in np.unique(fills).tolist()]
    for colour, path in paths:
        painter.fillPath(path, QColor.fromRgb(colour))
    hatched = fills != lines
    for colour in np.unique(lines[hatched]).tolist():
        painter.fillPath(_filled(ground, grids[hatched & (lines == colour)], scale), hatching(colour))
    # Once, not twice as in tiles: half of the time of this picture, which is seen for a tenth of a second.
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor.fromRgb(colours.border), 1))
    painter.translate(LINE_APART / 2, LINE_APART / 2)
    painter.drawPath(lines_of(ground, grids, scale))
    painter.restore()


def _filled(ground: MapGround, grids: NDArray[np.integer], scale: float) -> QPainterPath:
    path = path_of(ground.edges, grids, scale, -scale)
    path.setFillRule(Qt.FillRule.WindingFill)  # two that overlap are both filled there
    return path


def hatching(colour: int) -> QBrush:
    """Return diagonal lines that fall on those of the tiles."""
    image = QImage(HATCH_EVERY, HATCH_EVERY, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    for row in range(HATCH_EVERY):
        image.setPixel((HATCH_EVERY - row) % HATCH_EVERY, row, colour)
    return QBrush(image)
