"""The grids as filled shapes: one graphics item for all of them.

Up to ``MOST_VECTORS`` shapes are drawn as vectors. Raster tiles of grid
numbers for larger sets belong under this same class: ``set_picture``,
``grid_at``, ``outline`` and ``paint`` are all that others know of it.

Source: one item per shape was measured at 4 to 1,000 times the cost (reference: map.md section 2).
"""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from ui import theme
from ui.map.painting import in_pixels
from ui.map.picture import MapGrid, Points
from ui.map.rate_classes import RateClasses

MOST_VECTORS = 400
"""More shapes than this are drawn without smoothing."""


class GridLayer(pg.GraphicsObject):  # type: ignore[misc]  # has no annotations
    """Shapes coloured by rate; hatched where there is no figure.

    Attributes:
        grids: What is shown.
        classes: Colours by rate.
    """

    def __init__(self) -> None:
        super().__init__()
        self.grids: tuple[MapGrid, ...] = ()
        self.classes = RateClasses.around(1.0)
        self._paths: list[QPainterPath] = []
        self._pixel_paths: list[QPainterPath] = []
        self._pixel_scale = (0.0, 0.0)
        self._places: dict[str, int] = {}
        self._box = QRectF()

    def set_picture(self, grids: Sequence[MapGrid], classes: RateClasses) -> None:
        """Show other grids or other figures."""
        self.prepareGeometryChange()
        self.grids, self.classes = tuple(grids), classes
        self._paths = [_path(grid.polygons) for grid in grids]
        self._places = {grid.code: number for number, grid in enumerate(grids)}
        self._pixel_scale = (0.0, 0.0)
        self._box = QRectF()
        for path in self._paths:
            self._box = self._box.united(path.boundingRect())
        self.update()

    def grid_at(self, x: float, y: float) -> MapGrid | None:
        """Return the grid at a place, or None. [m]"""
        place = QPointF(x, y)
        for grid, path in zip(self.grids, self._paths, strict=True):
            west, south, east, north = grid.box
            if west <= x <= east and south <= y <= north and path.contains(place):
                return grid
        return None

    def grid(self, code: str) -> MapGrid | None:
        """Return the grid with a code, or None."""
        number = self._places.get(code)
        return None if number is None else self.grids[number]

    def outline(self, code: str, view: QTransform) -> QPainterPath | None:
        """Return a grid's outline in pixels of the map's corner; the caller translates by ``view``."""
        number = self._places.get(code)
        return None if number is None else self._scaled(view)[number]

    def _scaled(self, view: QTransform) -> list[QPainterPath]:
        """Return the shapes in pixels; made anew only when the scale changes, not while panning."""
        scale = (view.m11(), view.m22())
        if scale != self._pixel_scale:
            stretch = QTransform.fromScale(*scale)
            self._pixel_paths = [stretch.map(path) for path in self._paths]
            self._pixel_scale = scale
        return self._pixel_paths

    # Overrides of Qt methods

    def boundingRect(self) -> QRectF:
        return QRectF(self._box)

    @in_pixels
    def paint(self, painter: QPainter, view: QTransform) -> None:
        look = theme.current()
        paths = self._scaled(view)
        window = QRectF(painter.viewport()).translated(-view.dx(), -view.dy())
        painter.translate(view.dx(), view.dy())
        seen = [number for number, path in enumerate(paths) if path.controlPointRect().intersects(window)]
        painter.setPen(Qt.PenStyle.NoPen)
        hatch = QBrush(look.colour("muted"), Qt.BrushStyle.BDiagPattern)
        for number in seen:
            share = self.grids[number].rate.share
            painter.setBrush(self.classes.fill(share))
            painter.drawPath(paths[number])
            if share is None:
                painter.setBrush(hatch)
                painter.drawPath(paths[number])
        # Jagged fills under smooth lines of 1 px, drawn twice: a tenth of the cost of smooth 1.5 px borders.
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(look.colour("surface"), 1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, len(seen) <= MOST_VECTORS)
        for _pass in range(2):
            for number in seen:
                painter.drawPath(paths[number])
            painter.translate(0.6, 0.6)


def _path(polygons: tuple[tuple[Points, ...], ...]) -> QPainterPath:
    path = QPainterPath()  # odd-even filling, so that holes stay open
    for rings in polygons:
        for ring in rings:
            path.addPolygon(QPolygonF([QPointF(x, y) for x, y in ring.tolist()]))
            path.closeSubpath()
    return path
