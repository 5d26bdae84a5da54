"""A ring around a place of the map that is spoken of beside it."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTransform

from ui import theme
from ui.map.painting import in_pixels


class PlaceMark(pg.GraphicsObject):  # type: ignore[misc]  # has no annotations
    """Shows one place, or none.

    Attributes:
        place: East and north of the centre of the map, None for none. [m]
    """

    def __init__(self) -> None:
        super().__init__()
        self.place: tuple[float, float] | None = None
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def show_at(self, place: tuple[float, float] | None) -> None:
        """Show another place, None for none. [m]"""
        self.prepareGeometryChange()
        self.place = place
        self.update()

    # Overrides of Qt methods

    def boundingRect(self) -> QRectF:
        if self.place is None:
            return QRectF()
        x, y = self.place
        return QRectF(x - 5000, y - 5000, 10_000, 10_000)

    @in_pixels
    def paint(self, painter: QPainter, view: QTransform) -> None:
        if self.place is None:
            return
        look, place = theme.current(), view.map(QPointF(*self.place))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in (("surface", 6), ("danger", 3)):
            painter.setPen(QPen(look.colour(colour), look.px(width)))
            painter.drawEllipse(place, look.px(15), look.px(15))
        painter.setPen(QPen(look.colour("surface"), look.px(1.5)))
        painter.setBrush(look.colour("danger"))
        painter.drawEllipse(place, look.px(5), look.px(5))
