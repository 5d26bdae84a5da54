"""Names and figures on the grids, as pictures made once per scale; none covers another."""

from __future__ import annotations

from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPixmap, QTransform

from gridapp.i18n import _
from ui import theme
from ui.map.grid_layer import GridLayer
from ui.map.painting import in_pixels
from ui.map.picture import MapGrid
from ui.map.rate_classes import ink_on

MOST_LABELS = 600
LEAST_REACH = 5.0
"""Shapes with less room than this carry no label. [px]"""



Line = tuple[str, theme.TextRole]


@dataclass(frozen=True)
class _Label:
    picture: QPixmap
    x: float
    y: float
    size: tuple[float, float]


class LabelLayer(pg.GraphicsObject):  # type: ignore[misc]  # has no annotations
    """Labels of the grids: name, rate with ▼ below the target, N/D; fewer lines where there is less room."""

    def __init__(self, grids: GridLayer) -> None:
        super().__init__()
        self._grid_layer = grids
        self._labels: list[_Label] = []
        self._made_for: tuple[float, float] = (0.0, 0.0)

    def forget(self) -> None:
        """Make the labels anew: other grids, other figures or another text size."""
        self.prepareGeometryChange()
        self._made_for = (0.0, 0.0)
        self.update()

    @property
    def count(self) -> int:
        """Return how many labels stand at the scale painted last."""
        return len(self._labels)

    def _lay_out(self, view: QTransform, ratio: float) -> None:
        scale = view.m11()
        taken: list[QRectF] = []
        self._labels = []
        for grid in sorted(self._grid_layer.grids, key=lambda grid: -grid.reach)[:MOST_LABELS]:
            outline = self._grid_layer.outline(grid.code, view)
            middle = QPointF(grid.label[0] * view.m11(), grid.label[1] * view.m22())
            lines = self._fitting(grid, outline, middle, grid.reach * scale) if outline else []
            if not lines:
                continue
            place = _placed(lines, middle)
            if any(place.intersects(other) for other in taken):
                continue
            taken.append(place)
            picture = self._draw(grid, lines, (place.width(), place.height()), ratio)
            self._labels.append(_Label(picture, *grid.label, (place.width(), place.height())))

    def _fitting(
        self, grid: MapGrid, outline: QPainterPath, middle: QPointF, reach: float
    ) -> list[Line]:
        """Return the lines that fit into the shape, each with its text role; none when it is tiny."""
        if reach < LEAST_REACH:
            return []
        rate, share = grid.rate, grid.rate.share
        figure = _("no data") if share is None else self._grid_layer.classes.marked(rate.shown, share)
        counts = f"{rate.visited}/{rate.roster}"
        name: Line = (grid.name, "strong")
        small: Line = (figure, "small")
        wishes: list[list[Line]] = [[name, (figure, "body")], [(grid.name, "small"), small], [small]]
        if share is not None:
            wishes.insert(0, [name, (figure, "body"), (counts, "body")])
        if self._grid_layer.classes.is_below(share):
            wishes += [[(rate.shown, "small"), ("▼", "small")], [("▼", "small")]]
        for lines in wishes:
            if outline.contains(_placed(lines, middle)):
                return lines
        return []

    def _draw(
        self, grid: MapGrid, lines: list[Line], size: tuple[float, float], ratio: float
    ) -> QPixmap:
        fill = self._grid_layer.classes.fill(grid.rate.share)
        picture = QPixmap(round(size[0] * ratio) + 1, round(size[1] * ratio) + 1)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if grid.rate.share is None:  # words do not stand on hatching
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            painter.drawRoundedRect(QRectF(0, 0, *size), 4, 4)
        painter.setPen(ink_on(fill))
        top = 0.0
        for text, role in lines:
            font = theme.current().font(role)
            painter.setFont(font)
            height = QFontMetricsF(font).height()
            painter.drawText(QRectF(0, top, size[0], height), Qt.AlignmentFlag.AlignCenter, text)
            top += height
        painter.end()
        return picture

    # Overrides of Qt methods

    def boundingRect(self) -> QRectF:
        return self._grid_layer.boundingRect()

    @in_pixels
    def paint(self, painter: QPainter, view: QTransform) -> None:
        ratio = painter.device().devicePixelRatioF()
        if self._made_for != (view.m11(), ratio):
            self._lay_out(view, ratio)
            self._made_for = (view.m11(), ratio)
        for label in self._labels:
            middle = view.map(QPointF(label.x, label.y))
            painter.drawPixmap(
                QPointF(round(middle.x() - label.size[0] / 2), round(middle.y() - label.size[1] / 2)), label.picture
            )


def _placed(lines: list[Line], middle: QPointF) -> QRectF:
    width, height = _size(lines)
    return QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)


def _size(lines: list[Line]) -> tuple[float, float]:
    width, height = 0.0, 0.0
    for text, role in lines:
        metrics = QFontMetricsF(theme.current().font(role))
        width = max(width, metrics.horizontalAdvance(text))
        height += metrics.height()
    return width + 8, height
