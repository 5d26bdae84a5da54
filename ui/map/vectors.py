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
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QTransform

from gridapp.geo.edge_table import EdgeTable
from ui.map.ground import MapGround
from ui.map.tiles import HATCH_EVERY, ColourTable

Box = tuple[float, float, float, float]

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


class VectorPicture:
    """Some grids as paths in metres, ready to be drawn at any scale; making the paths is a third of drawing them.

    Attributes:
        colours: What they are coloured in.
        box: West, south, east, north of what it may show. [m]
        count: How many grids there are in it.
    """

    def __init__(self, ground: MapGround, grids: NDArray[np.integer], colours: ColourTable, box: Box) -> None:
        """Make it.

        Args:
            ground: All grids.
            grids: Those that meet the box; ground that several claim has the colour of one of them.
            colours: As tiles have them.
            box: West, south, east, north. [m]
        """
        self.colours, self.box, self.count = colours, box, len(grids)
        fills, lines = colours.fills[grids + 1], colours.lines[grids + 1]
        self._fills = [(colour, _filled(ground, grids[fills == colour])) for colour in np.unique(fills).tolist()]
        hatched = fills != lines
        inks = np.unique(lines[hatched]).tolist()
        self._hatches = [(ink, _filled(ground, grids[hatched & (lines == ink)])) for ink in inks]
        self._lines = lines_of(ground, grids, 1.0)

    def shows(self, colours: ColourTable, box: Box, count: int) -> bool:
        """Return whether it shows a box [m] with so many grids, and not much more."""
        west, south, east, north = self.box
        return (
            self.colours is colours and self.count <= 2 * count
            and west <= box[0] and south <= box[1] and east >= box[2] and north >= box[3]
        )  # fmt: skip

    def draw(self, painter: QPainter, scale: float) -> None:
        """Draw it; the painter's origin lies where that of the metres does, at whole pixels."""
        painter.save()
        pixels = QTransform.fromScale(scale, scale)
        for colour, path in self._fills:
            painter.fillPath(pixels.map(path), QColor.fromRgb(colour))
        for colour, path in self._hatches:
            painter.fillPath(pixels.map(path), hatching(colour))
        # Once, not twice as in tiles: half of the time of this picture, which is seen for a tenth of a second.
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor.fromRgb(self.colours.border), 1))
        painter.translate(LINE_APART / 2, LINE_APART / 2)
        painter.drawPath(pixels.map(self._lines))
        painter.restore()


def _filled(ground: MapGround, grids: NDArray[np.integer]) -> QPainterPath:
    path = path_of(ground.edges, grids, 1.0, -1.0)
    path.setFillRule(Qt.FillRule.WindingFill)  # two that overlap are both filled there
    return path


def hatching(colour: int) -> QBrush:
    """Return diagonal lines that fall on those of the tiles."""
    image = QImage(HATCH_EVERY, HATCH_EVERY, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    for row in range(HATCH_EVERY):
        image.setPixel((HATCH_EVERY - row) % HATCH_EVERY, row, colour)
    return QBrush(image)
