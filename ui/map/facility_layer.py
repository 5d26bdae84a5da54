"""Places of service on the map: a square with the sign of its kind, its name when near."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTransform

from gridapp.domain.facility import facility_title
from ui import theme
from ui.map.grid_layer import GridLayer
from ui.map.painting import in_pixels

NAMED = 1.2
"""Names are shown from this scale on. [px/m]"""


class FacilityLayer(pg.GraphicsObject):  # type: ignore[misc]  # has no annotations
    """Facilities; what tells their kinds apart is a letter, not a colour."""

    def __init__(self, grids: GridLayer) -> None:
        super().__init__()
        self._grids = grids
        self._places: list[tuple[float, float, str, str]] = []
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def set_places(self, places: Sequence[tuple[float, float, str, str]]) -> None:
        """Show other facilities: east, north [m], kind, name."""
        self.prepareGeometryChange()
        self._places = list(places)
        self.update()

    @property
    def count(self) -> int:
        """Return how many there are."""
        return len(self._places)

    # Overrides of Qt methods

    def boundingRect(self) -> QRectF:
        return self._grids.boundingRect()

    @in_pixels
    def paint(self, painter: QPainter, view: QTransform) -> None:
        look = theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(look.font("small"))
        metrics = painter.fontMetrics()
        half = metrics.height() / 2 + look.px(1)
        port = QRectF(painter.viewport()).adjusted(-40, -40, 40, 40)
        for east, north, kind, name in self._places:
            place = view.map(QPointF(east, north))
            if not port.contains(place):
                continue
            box = QRectF(place.x() - half, place.y() - half, 2 * half, 2 * half)
            painter.setPen(QPen(look.colour("surface"), look.px(2)))
            painter.setBrush(look.colour("accent"))
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(look.colour("surface"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, facility_title(kind)[:1])
            if view.m11() >= NAMED:
                self._paint_name(painter, QPointF(box.right() + look.px(4), place.y()), name)

    def _paint_name(self, painter: QPainter, place: QPointF, name: str) -> None:
        look, metrics = theme.current(), painter.fontMetrics()
        paper = look.colour("surface")
        paper.setAlpha(215)
        box = QRectF(place.x(), place.y() - metrics.height() / 2, metrics.horizontalAdvance(name) + 6, metrics.height())
        painter.fillRect(box, paper)
        painter.setPen(look.colour("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
