"""Places of service on the map: a square with the sign of its kind, its name when near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QTransform

from gridapp.domain.facility import facility_title
from ui import theme
from ui.map.grid_layer import GridLayer
from ui.map.painting import in_pixels

NAMED = 1.2
"""Names are shown from this scale on. [px/m]"""


@dataclass(frozen=True)
class PlacedFacility:
    """A facility where it stands on the map.

    Attributes:
        x: East. [m]
        y: North. [m]
        kind: One of FACILITY_KINDS.
        name: Its name.
        address: In words, "" for none.
        area: Floor area, None when unknown. [m²]
        grid: Name of the grid it lies in, "" when unknown.
    """

    x: float
    y: float
    kind: str
    name: str
    address: str = ""
    area: float | None = None
    grid: str = ""


class FacilityLayer(pg.GraphicsObject):  # type: ignore[misc]  # has no annotations
    """Facilities; what tells their kinds apart is a letter, not a colour."""

    def __init__(self, grids: GridLayer) -> None:
        super().__init__()
        self._grids = grids
        self._places: list[PlacedFacility] = []
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def set_places(self, places: Sequence[PlacedFacility]) -> None:
        """Show other facilities."""
        self.prepareGeometryChange()
        self._places = list(places)
        self.update()

    @property
    def count(self) -> int:
        """Return how many there are."""
        return len(self._places)

    @property
    def places(self) -> tuple[PlacedFacility, ...]:
        """Return those in sight; none while the layer is switched off."""
        return tuple(self._places) if self.isVisible() else ()

    def facility_at(self, x: float, y: float, scale: float) -> PlacedFacility | None:
        """Return the facility whose square holds a place, the one painted last on top, or None.

        Args:
            x: To the east. [m]
            y: To the north. [m]
            scale: Pixels per metre.
        """
        reach = self._half() / max(scale, 1e-9)
        return next((one for one in reversed(self.places) if max(abs(one.x - x), abs(one.y - y)) <= reach), None)

    def _half(self) -> float:
        look = theme.current()
        return QFontMetrics(look.font("small")).height() / 2 + look.px(1)

    # Overrides of Qt methods

    def boundingRect(self) -> QRectF:
        return self._grids.boundingRect()

    @in_pixels
    def paint(self, painter: QPainter, view: QTransform) -> None:
        look = theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(look.font("small"))
        half = self._half()
        port = QRectF(painter.viewport()).adjusted(-40, -40, 40, 40)
        for one in self._places:
            place = view.map(QPointF(one.x, one.y))
            if not port.contains(place):
                continue
            box = QRectF(place.x() - half, place.y() - half, 2 * half, 2 * half)
            painter.setPen(QPen(look.colour("surface"), look.px(2)))
            painter.setBrush(look.colour("accent"))
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(look.colour("surface"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, facility_title(one.kind)[:1])
            if view.m11() >= NAMED:
                self._paint_name(painter, QPointF(box.right() + look.px(4), place.y()), one.name)

    def _paint_name(self, painter: QPainter, place: QPointF, name: str) -> None:
        look, metrics = theme.current(), painter.fontMetrics()
        paper = look.colour("surface")
        paper.setAlpha(215)
        box = QRectF(place.x(), place.y() - metrics.height() / 2, metrics.horizontalAdvance(name) + 6, metrics.height())
        painter.fillRect(box, paper)
        painter.setPen(look.colour("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
