"""What editing shows over the map: the grids of the community, handles, the sketch, snap marks, faults."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
import shapely
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from gridapp.geo.editing.check import Problem
from ui import theme
from ui.map.edit_desk import EditDesk
from ui.map.edit_tools import SKETCHING
from ui.map.painting import in_pixels
from ui.map.vectors import LINE_APART, draw_outlines

MOST_HANDLES = 1500
"""Corners painted as handles; more would hide the border."""


MOST_GRIDS, MOST_PROBLEMS = 400, 200
"""Grids and faults painted one by one; more would take longer than a frame may."""

RING = 40
"""Faults so far outside the view may still show their ring. [px]"""


class EditLayer(pg.GraphicsObject):  # type: ignore[misc]  # has no annotations
    """Paints an EditDesk; shapes become paths once and are kept while they stay the same object."""

    def __init__(self, desk: EditDesk) -> None:
        super().__init__()
        self.desk = desk
        self._paths: dict[int, tuple[Any, QPainterPath, tuple[float, float]]] = {}
        self._judged: list[Problem] | None = None
        self._wrong: list[Problem] = []
        self._wrong_boxes = np.zeros((0, 4))
        west, south, east, north = shapely.total_bounds(list(desk.session.opened.shapes.values()) or [None]).tolist()
        wide = (east - west) + (north - south) + 1000.0
        self._box = QRectF(west - wide, south - wide, east - west + 2 * wide, north - south + 2 * wide)
        if west != west:  # nothing drawn yet
            self._box = QRectF(-1e6, -1e6, 2e6, 2e6)

    # Overrides of Qt methods

    def boundingRect(self) -> QRectF:
        return QRectF(self._box)

    @in_pixels
    def paint(self, painter: QPainter, view: QTransform) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        desk = self.desk
        kept: dict[int, tuple[Any, QPainterPath, tuple[float, float]]] = {}
        ids = self._ids_painted(painter, view)
        for id in ids:
            shape = desk.coverage.shapes[id]
            held = self._paths.get(id_of(shape)) or (shape, path_of_shape(shape), _middle(shape))
            kept[id_of(shape)] = held
            self._paint_grid(painter, view.map(held[1]), id)
        self._paths = kept
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for problem in self._problems_painted(painter, view):
            self._paint_problem(painter, view, problem.shape, problem.is_fault)
        self._paint_names(painter, view, ids)
        self._paint_handles(painter, view)
        self._paint_sketch(painter, view)

    def _ids_painted(self, painter: QPainter, view: QTransform) -> list[str]:
        """Return the grids in sight; of too many only those chosen or changed, the map below shows the others."""
        desk, coverage = self.desk, self.desk.coverage
        if len(coverage) <= MOST_GRIDS:
            return list(coverage)
        sight = view.inverted()[0].mapRect(QRectF(painter.viewport()))
        seen = coverage.near(shapely.box(sight.left(), sight.top(), sight.right(), sight.bottom()))
        if len(seen) <= MOST_GRIDS:
            return seen
        opened = desk.session.opened.shapes
        return [id for id in seen if id in desk.selected or coverage.shapes[id] is not opened.get(id)]

    def _problems_painted(self, painter: QPainter, view: QTransform) -> list[Problem]:
        """Return what is wrong in sight, the worst; an island that always was one is listed, not painted."""
        desk = self.desk
        if self._judged is not desk.problems:
            self._judged = desk.problems
            self._wrong = [one for one in desk.problems if one.is_fault or not desk.standing.had(one)]
            self._wrong_boxes = shapely.bounds([one.shape for one in self._wrong]).reshape(-1, 4)
        room = view.inverted()[0].mapRect(QRectF(painter.viewport()).adjusted(-RING, -RING, RING, RING))
        west, south, east, north = self._wrong_boxes.T
        seen = (west <= room.right()) & (east >= room.left()) & (south <= room.bottom()) & (north >= room.top())
        return [self._wrong[place] for place in np.flatnonzero(seen)[:MOST_PROBLEMS].tolist()]

    def _paint_grid(self, painter: QPainter, path: QPainterPath, id: str) -> None:
        look, desk = theme.current(), self.desk
        is_new, is_chosen = id not in desk.session.opened, id in desk.selected
        fill = look.colour("accent" if is_chosen else "surface")
        fill.setAlpha(70 if is_chosen else 120)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillPath(path, fill)
        touched = is_new or desk.session.coverage.shapes.get(id) is not desk.session.opened.shapes.get(id)
        if not touched and not is_chosen:
            draw_outlines(painter, path, look.colour("text").rgb())  # a tenth of the time of a thick pen
            painter.translate(-LINE_APART, -LINE_APART)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(look.colour("accent" if is_chosen else "text"), look.px(2.4 if touched else 1.4))
        if is_new:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.strokePath(path, pen)

    def _paint_problem(self, painter: QPainter, view: QTransform, shape: Any, is_fault: bool) -> None:
        look = theme.current()
        colour = look.colour("danger" if is_fault else "warning")
        painter.setPen(QPen(colour, look.px(3)))
        painter.setBrush(QBrush(colour, Qt.BrushStyle.DiagCrossPattern))
        for part in shapely.get_parts(shape):
            if part.geom_type == "Polygon":
                painter.drawPath(view.map(path_of_shape(part)))
            elif part.geom_type == "Point":
                painter.drawEllipse(view.map(QPointF(part.x, part.y)), look.px(9), look.px(9))
            else:
                points = [view.map(QPointF(x, y)) for x, y in shapely.get_coordinates(part).tolist()]
                painter.drawPolyline(QPolygonF(points))
            centre = shapely.centroid(part)  # small faults are ringed, so that they are seen from afar
            if part.geom_type == "Polygon" and part.area * view.m11() ** 2 < 900:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(view.map(QPointF(centre.x, centre.y)), look.px(14), look.px(14))
                painter.setBrush(QBrush(colour, Qt.BrushStyle.DiagCrossPattern))

    def _paint_names(self, painter: QPainter, view: QTransform, ids: list[str]) -> None:
        look = theme.current()
        painter.setFont(look.font("strong"))
        metrics = painter.fontMetrics()
        paper = look.colour("surface")
        paper.setAlpha(190)
        taken: list[QRectF] = []
        port = QRectF(painter.viewport())
        metres = view.inverted()[0].mapRect(port)
        in_sight = (metres.left(), metres.top(), metres.right(), metres.bottom())
        sight = shapely.box(*in_sight)
        shapes = self.desk.coverage.shapes
        for id, shape in sorted(((id, shapes[id]) for id in ids), key=lambda item: -float(item[1].area)):
            west, south, east, north = shape.bounds
            name = self.desk.name(id)
            wide = metrics.horizontalAdvance(name) + 8
            if (east - west) * view.m11() < wide or (north - south) * view.m11() < metrics.height():
                continue
            middle = view.map(QPointF(*self._paths[id_of(shape)][2]))
            if not port.contains(middle):
                seen = shapely.clip_by_rect(shape, *in_sight) if shapely.intersects(shape, sight) else None
                if seen is None or seen.is_empty:
                    continue
                middle = view.map(QPointF(*_middle(seen)))
            box = QRectF(middle.x() - wide / 2, middle.y() - metrics.height() / 2, wide, metrics.height())
            if any(box.intersects(other) for other in taken):
                continue
            taken.append(box)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(paper)
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(look.colour("text"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)

    def _paint_handles(self, painter: QPainter, view: QTransform) -> None:
        desk, look = self.desk, theme.current()
        if desk.tool != "vertex":
            return
        half = look.px(3.5)
        painter.setPen(QPen(look.colour("accent"), look.px(1.5)))
        painter.setBrush(look.colour("surface"))
        port = QRectF(painter.viewport()).adjusted(-9, -9, 9, 9)
        for id in desk.selected[-1:]:
            if id not in desk.coverage:
                continue
            places = [view.map(QPointF(x, y)) for x, y in desk.coverage.corners(id).tolist()]
            for place in [place for place in places if port.contains(place)][:MOST_HANDLES]:
                painter.drawRect(QRectF(place.x() - half, place.y() - half, 2 * half, 2 * half))
        if desk.vertex is not None:
            shown = desk.cursor if desk.dragged is not None and desk.cursor is not None else desk.vertex
            place = view.map(QPointF(*shown))
            painter.setBrush(look.colour("accent"))
            painter.drawEllipse(place, look.px(7), look.px(7))

    def _paint_sketch(self, painter: QPainter, view: QTransform) -> None:
        desk, look = self.desk, theme.current()
        points = [view.map(QPointF(*place)) for place in desk.sketch]
        cursor = view.map(QPointF(*desk.cursor)) if desk.cursor is not None else None
        if desk.tool in SKETCHING:
            line = [*points, cursor] if cursor is not None else points
            if desk.tool in ("draw", "hole") and len(line) > 2:
                line = [*line, line[0]]
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for colour, width in (("surface", 4.5), ("danger", 2.2)):
                painter.setPen(QPen(look.colour(colour), look.px(width), Qt.PenStyle.SolidLine))
                painter.drawPolyline(QPolygonF(line))
            painter.setPen(QPen(look.colour("surface"), look.px(1)))
            painter.setBrush(look.colour("danger"))
            for place in points:
                painter.drawEllipse(place, look.px(4), look.px(4))
        if cursor is not None and (desk.tool in SKETCHING or desk.tool == "merge"):
            painter.setPen(QPen(look.colour("text"), look.px(1.5)))
            arm = look.px(9)
            painter.drawLine(cursor - QPointF(arm, 0), cursor + QPointF(arm, 0))
            painter.drawLine(cursor - QPointF(0, arm), cursor + QPointF(0, arm))
        if desk.snap is not None:
            self._paint_snap(painter, view.map(QPointF(desk.snap.x, desk.snap.y)), desk.snap.on_vertex)

    def _paint_snap(self, painter: QPainter, place: QPointF, on_vertex: bool) -> None:
        """Paint a square around a corner held on to, a diamond around a place on a border."""
        look = theme.current()
        half = look.px(8)
        corners = [QPointF(-half, -half), QPointF(half, -half), QPointF(half, half), QPointF(-half, half)]
        if not on_vertex:
            corners = [QPointF(0, -half), QPointF(half, 0), QPointF(0, half), QPointF(-half, 0)]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in (("surface", 5), ("success", 2.5)):
            painter.setPen(QPen(look.colour(colour), look.px(width)))
            painter.drawPolygon(QPolygonF([place + corner for corner in corners]))


def id_of(shape: Any) -> int:
    """Return what tells one immutable shape object from another while it is alive."""
    return id(shape)


def path_of_shape(shape: Any) -> QPainterPath:
    """Return a polygon as a path in its own coordinates."""
    path = QPainterPath()
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in shapely.get_coordinates(ring).tolist()]))
    return path


def _middle(shape: Any) -> tuple[float, float]:
    place = shapely.point_on_surface(shape)
    return float(place.x), float(place.y)
