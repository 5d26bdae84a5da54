"""A small map of outlines, for dialogs: what a file holds, what a plan looks like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPaintEvent, QPen, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from gridapp.geo.edge_table import EdgeTable
from gridapp.geo.editing.frame import EditFrame
from ui import theme
from ui.map.vectors import path_of

AROUND = 4.0
"""A place that is looked at fills this part of the view, one in …"""


class OutlineView(QWidget):
    """Outlines in CGCS2000 degrees; one place in them can be looked at."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._frame = EditFrame(0.0, 0.0)
        self._paths: list[QPainterPath] = []
        self._fills: list[QColor] = []
        self._whole = QRectF()
        self._marked: QPainterPath | None = None
        theme.current().changed.connect(self.update)

    def set_outlines(self, outlines: Sequence[bytes], fills: Sequence[QColor] = ()) -> None:
        """Show other outlines, WKB; ``fills`` gives each its colour."""
        self._marked, self._whole = None, QRectF()
        if not outlines:
            self._paths, self._fills = [], []
            self.update()
            return
        shapes = shapely.from_wkb(np.array(list(outlines), dtype=object))
        self._frame = EditFrame.around(shapes)
        moved = shapely.transform(shapes, self._frame.to_metres)
        edges = EdgeTable.of(moved)
        self._paths = [path_of(edges, np.array([number]), 1.0, 1.0) for number in range(len(moved))]
        self._fills = list(fills)
        for path in self._paths:
            self._whole = self._whole.united(path.boundingRect())
        self.update()

    def look_at(self, outline: bytes | None) -> None:
        """Mark a place, WKB, and show it large; None shows everything."""
        self._marked = None
        if outline and self._paths:
            shape: Any = shapely.transform(shapely.from_wkb(outline), self._frame.to_metres)
            area = shape if shape.geom_type.endswith("Polygon") else shape.buffer(1.0)
            self._marked = path_of(EdgeTable.of(np.array([area])), np.array([0]), 1.0, 1.0)
        self.update()

    def _view(self) -> QTransform:
        box = self._whole
        if self._marked is not None:
            seen = self._marked.boundingRect()
            side = max(seen.width(), seen.height(), 20.0) * AROUND
            box = QRectF(seen.center().x() - side / 2, seen.center().y() - side / 2, side, side)
        scale = min(self.width() / max(box.width(), 1e-6), self.height() / max(box.height(), 1e-6)) * 0.94
        view = QTransform()
        view.translate(self.width() / 2, self.height() / 2)
        view.scale(scale, -scale)
        view.translate(-box.center().x(), -box.center().y())
        return view

    # Overrides of Qt methods

    def sizeHint(self) -> QSize:
        return QSize(theme.current().px(320), theme.current().px(240))

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), look.colour("surface"))
        if not self._paths:
            painter.end()
            return
        view, port = self._view(), QRectF(self.rect())
        painter.setPen(QPen(look.colour("text"), 1))
        plain = look.colour("soft")
        for number, path in enumerate(self._paths):
            drawn = view.map(path)
            if not drawn.boundingRect().intersects(port):
                continue
            painter.setBrush(self._fills[number] if number < len(self._fills) else plain)
            painter.drawPath(drawn)
        if self._marked is not None:
            painter.setPen(QPen(look.colour("danger"), look.px(2)))
            painter.setBrush(QBrush(look.colour("danger"), Qt.BrushStyle.DiagCrossPattern))
            drawn = view.map(self._marked)
            painter.drawPath(drawn)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            centre: QPointF = drawn.boundingRect().center()
            painter.drawEllipse(centre, look.px(22), look.px(22))
        painter.end()
