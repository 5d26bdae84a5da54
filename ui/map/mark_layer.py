"""What lies over the grids: the one under the pointer, the one selected, and buildings when near."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF, QTransform

from ui import theme
from ui.map.dots import MapDots
from ui.map.grid_layer import GridLayer
from ui.map.painting import in_pixels

NEAR = 0.8
"""Buildings appear from this scale on. [pixels per metre, at 100 % text]"""

COUNTED = 2.2
"""From this scale on, the number of people missed stands in the dot. [pixels per metre]"""


class MarkLayer(pg.GraphicsObject):  # type: ignore[misc]  # has no annotations
    """Rings around the grid under the pointer or the keyboard, and around the selected one.

    Attributes:
        pointed: The grid under the pointer or the keyboard, or None.
        selected: The selected grid, or None.
    """

    def __init__(self, grids: GridLayer) -> None:
        super().__init__()
        self._grids = grids
        self.pointed: int | None = None
        self.selected: int | None = None

    # Overrides of Qt methods

    def boundingRect(self) -> QRectF:
        return self._grids.boundingRect()

    @in_pixels
    def paint(self, painter: QPainter, view: QTransform) -> None:
        look = theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(view.dx(), view.dy())
        for number, token, width in ((self.selected, "text", 3.5), (self.pointed, "accent", 3.0)):
            if number is None or self._grids.ground is None or number >= len(self._grids.ground):
                continue
            path = self._grids.outline(number, view)
            for colour, thickness in (("surface", width + 2.5), (token, width)):
                pen = QPen(look.colour(colour), look.px(thickness))
                pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
                painter.strokePath(path, pen)


class DotLayer(pg.GraphicsObject):  # type: ignore[misc]  # has no annotations
    """Buildings; those where someone has not been visited yet are large, orange and carry the number."""

    def __init__(self, grids: GridLayer) -> None:
        super().__init__()
        self._grids = grids
        self._dots = MapDots()
        self.shows_calm = True
        self.shows_due = True

    def set_dots(self, dots: MapDots) -> None:
        """Show other buildings."""
        self._dots = dots
        self.update()

    def dot_at(self, x: float, y: float, scale: float) -> int | None:
        """Return the number of the building within 7 pixels of a place, or None.

        Args:
            x: To the east. [m]
            y: To the north. [m]
            scale: Pixels per metre.
        """
        look = theme.current()
        if not len(self._dots.places) or scale < NEAR:
            return None
        distances = ((self._dots.places - (x, y)) ** 2).sum(axis=1)
        nearest = int(distances.argmin())
        return nearest if float(distances[nearest]) ** 0.5 * scale <= look.px(7) else None

    @property
    def dots(self) -> MapDots:
        """Return the buildings shown."""
        return self._dots

    # Overrides of Qt methods

    def boundingRect(self) -> QRectF:
        return self._grids.boundingRect()

    @in_pixels
    def paint(self, painter: QPainter, view: QTransform) -> None:
        if view.m11() < NEAR or not len(self._dots.places):
            return
        look = theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        calm, due = QPolygonF(), []
        port = QRectF(painter.viewport()).adjusted(-20, -20, 20, 20)
        for (x, y), missed in zip(self._dots.places.tolist(), self._dots.missed, strict=True):
            place = view.map(QPointF(x, y))
            if not port.contains(place):
                continue
            if missed and self.shows_due:
                due.append((place, missed))
            elif self.shows_calm:
                calm.append(place)
        for colour, width in (("surface", 8), ("muted", 5.5)):
            painter.setPen(QPen(look.colour(colour), look.px(width), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints(calm)
        radius = look.px(8 if view.m11() >= COUNTED else 5)
        painter.setFont(look.font("small"))
        for place, missed in due:
            painter.setPen(QPen(look.colour("surface"), look.px(1.5)))
            painter.setBrush(look.colour("danger"))
            painter.drawEllipse(place, radius, radius)
            if view.m11() >= COUNTED:
                box = QRectF(place.x() - radius, place.y() - radius, 2 * radius, 2 * radius)
                painter.setPen(look.colour("surface"))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(missed))
