"""Names and figures on the grids, as pictures made once per scale; none covers another."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPixmap, QTransform

from gridapp.i18n import _
from ui import theme
from ui.map.figures import MonthShown
from ui.map.grid_layer import GridLayer, Run
from ui.map.ground import anchors_of
from ui.map.mark_layer import NEAR
from ui.map.painting import in_pixels
from ui.map.rate_classes import ink_on

MOST_LABELS = 600
"""Labels made for one view; the largest grids have them first."""

LEAST_REACH = 5.0
"""Shapes with less room than this carry no label. [px]"""

SLICE_S = 0.006
"""Time for making labels before input gets its turn. [s]"""

BEYOND = 0.2
"""Labels are made for this much around the view, as a share of it."""

CELL = 10.0
"""Size of the squares a label occupies. [px]"""

Line = tuple[str, theme.TextRole]


@dataclass(frozen=True)
class _Label:
    picture: QPixmap
    x: float
    y: float
    size: tuple[float, float]
    cells: frozenset[tuple[int, int]]


class LabelLayer(pg.GraphicsObject):  # type: ignore[misc]  # has no annotations
    """Labels of the grids: name, figure with its sign, N/D; fewer lines where there is less room."""

    def __init__(self, grids: GridLayer, run: Run) -> None:
        super().__init__()
        self._grids = grids
        self._run = run
        self.shows_workers = False
        self._shown: MonthShown | None = None
        self._labels: dict[int, _Label] = {}
        self._tried: set[int] = set()
        self._taken: set[tuple[int, int]] = set()
        self._queue: deque[int] = deque()
        self._view = QTransform()
        self._ratio = 1.0
        self._covered: tuple[float, float, float, float] | None = None
        self._asked: MonthShown | None = None
        self._asking: list[int] = []
        self._timer = QTimer(self)  # ends with the map, in the middle of its labels too
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._advance)

    def set_shown(self, shown: MonthShown) -> None:
        """Label another month or other grids."""
        self._shown = shown
        self.forget()

    def forget(self) -> None:
        """Make the labels anew: other figures or another text size."""
        self.prepareGeometryChange()
        self._labels, self._tried, self._taken = {}, set(), set()
        self._queue.clear()
        self._covered = None
        self.update()

    @property
    def count(self) -> int:
        """Return how many labels stand at the scale painted last."""
        return len(self._labels)

    @property
    def is_done(self) -> bool:
        """Return whether no label is still to come."""
        return not self._queue and not self._asking

    # Which grids

    def _choose(self, box: tuple[float, float, float, float]) -> None:
        """Queue the grids in and around the view that have no label yet."""
        shown = self._shown
        assert shown is not None
        ground, scale = shown.ground, self._view.m11()
        wide, tall = (box[2] - box[0]) * BEYOND, (box[3] - box[1]) * BEYOND
        self._covered = (box[0] - wide, box[1] - tall, box[2] + wide, box[3] + tall)
        found = ground.within(self._covered)
        heights = (ground.boxes[found, 3] - ground.boxes[found, 1]) * scale
        widths = (ground.boxes[found, 2] - ground.boxes[found, 0]) * scale
        found = found[(heights >= 2 * LEAST_REACH) & (widths >= 2 * LEAST_REACH)]
        size = (ground.boxes[found, 2] - ground.boxes[found, 0]) * (ground.boxes[found, 3] - ground.boxes[found, 1])
        chosen = found[np.argsort(-size, kind="stable")][:MOST_LABELS].tolist()
        if len(self._labels) + len(chosen) > MOST_LABELS:
            self._keep_only(set(chosen))
        self._queue = deque(number for number in chosen if number not in self._tried)
        unknown = [number for number in self._queue if np.isnan(ground.reaches[number])]
        if unknown and not self._asking:
            self._asked, self._asking = shown, unknown
            job = self._run(anchors_of, ground, unknown)
            job.succeeded.connect(self._on_anchors)
            job.finished.connect(self._on_asked)
        if self._queue:
            self._timer.start()

    def _keep_only(self, grids: set[int]) -> None:
        """Forget labels that panning has left behind."""
        self._labels = {number: label for number, label in self._labels.items() if number in grids}
        self._taken = {cell for label in self._labels.values() for cell in label.cells}
        self._tried &= grids

    def _on_anchors(self, found: list[tuple[Any, float]]) -> None:
        if self._asked is None:
            return
        ground = self._asked.ground
        for number, (place, reach) in zip(self._asking, found, strict=True):
            ground.anchors[number], ground.reaches[number] = place, reach

    def _on_asked(self) -> None:
        self._asking = []
        self._covered = None
        self.update()

    def _advance(self) -> None:
        started = perf_counter()
        while self._queue and perf_counter() - started < SLICE_S:
            self._place(self._queue.popleft())
        if not self._queue:
            self._timer.stop()
        self.update()

    def finish(self, view: QTransform, width: float, height: float) -> None:
        """Make every label of a view now; for pictures that leave the screen."""
        if self._shown is None:
            return
        self._use(view, self._ratio)
        self._choose(_box(view, width, height))
        while self._queue:
            self._place(self._queue.popleft())

    # One label

    def _place(self, number: int) -> None:
        shown = self._shown
        if shown is None or np.isnan(shown.ground.reaches[number]):
            return
        self._tried.add(number)
        x, y = shown.ground.anchors[number].tolist()
        middle = QPointF(x * self._view.m11(), y * self._view.m22())
        lines = self._fitting(number, middle, float(shown.ground.reaches[number]) * self._view.m11())
        if not lines:
            return
        place = _placed(lines, middle)
        cells = {
            (column, row)
            for column in range(int(place.left() // CELL), int(place.right() // CELL) + 1)
            for row in range(int(place.top() // CELL), int(place.bottom() // CELL) + 1)
        }
        inner = {cell for cell in cells if place.contains(QPointF((cell[0] + 0.5) * CELL, (cell[1] + 0.5) * CELL))}
        if inner & self._taken:
            return
        self._taken |= inner
        size = (place.width(), place.height())
        self._labels[number] = _Label(self._draw(number, lines, size), x, y, size, frozenset(inner))

    def _fitting(self, number: int, middle: QPointF, reach: float) -> list[Line]:
        """Return the lines that fit into the shape, each with its text role; none when it is tiny."""
        shown = self._shown
        if shown is None or reach < LEAST_REACH:
            return []
        value = shown.value(number)
        bare = shown.figures.shown(shown.at, number)
        figure = _("no data") if value is None else shown.text(number)
        full_name = shown.ground.names[number]
        name: Line = (full_name, "strong")
        small: Line = (figure, "small")
        wishes: list[list[Line]] = [[name, (figure, "body")], [(full_name, "small"), small], [small]]
        if value is not None and shown.figures.is_share:
            counts = f"{shown.amount(number)}/{shown.roster(number)}"
            wishes.insert(0, [name, (figure, "body"), (counts, "body")])
        if shown.classes.is_loud(value):
            wishes += [[(bare, "small"), (shown.classes.sign, "small")], [(shown.classes.sign, "small")]]
        worker = shown.ground.workers[number]
        if self.shows_workers and worker:
            short: list[Line] = [(full_name, "small"), small, (worker, "small")]
            wishes = [[*wishes[0], (worker, "body")], [name, (figure, "body"), (worker, "body")], short, short[1:],
                      *wishes]  # fmt: skip
        outline = None
        for lines in wishes:
            width, height = _size(lines)
            if (width / (4 * reach)) ** 2 + (height / (2 * reach)) ** 2 <= 1:
                return lines
            outline = outline or self._grids.outline(number, self._view)
            if height <= 4 * reach and outline.contains(_placed(lines, middle)):
                return lines
        return []

    def _draw(self, number: int, lines: list[Line], size: tuple[float, float]) -> QPixmap:
        assert self._shown is not None
        value = self._shown.value(number)
        fill = self._shown.classes.fill(value)
        picture = QPixmap(round(size[0] * self._ratio) + 1, round(size[1] * self._ratio) + 1)
        picture.setDevicePixelRatio(self._ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if value is None or self._view.m11() >= NEAR:  # words do not stand on hatching, nor on buildings
            painter.setPen(Qt.PenStyle.NoPen)
            plate = QColor(fill)
            plate.setAlpha(255 if value is None else 215)
            painter.setBrush(plate)
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

    def _use(self, view: QTransform, ratio: float) -> None:
        """Take a scale; other scales have other labels."""
        if (view.m11(), ratio) != (self._view.m11(), self._ratio):
            self._view, self._ratio = QTransform(view), ratio
            self._labels, self._tried, self._taken = {}, set(), set()
            self._queue.clear()
            self._covered = None

    # Overrides of Qt methods

    def boundingRect(self) -> QRectF:
        return self._grids.boundingRect()

    @in_pixels
    def paint(self, painter: QPainter, view: QTransform) -> None:
        if self._shown is None or self._shown.ground is not self._grids.ground:
            return
        port = painter.viewport()
        self._use(view, painter.device().devicePixelRatioF())
        box = _box(view, port.width(), port.height())
        if self._covered is None or not _holds(self._covered, box):
            self._choose(box)
        for label in self._labels.values():
            x, y = label.x * view.m11() + view.dx(), label.y * view.m22() + view.dy()
            if -label.size[0] < x < port.width() + label.size[0] and -label.size[1] < y < port.height() + label.size[1]:
                painter.drawPixmap(QPointF(round(x - label.size[0] / 2), round(y - label.size[1] / 2)), label.picture)


def _box(view: QTransform, width: float, height: float) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a viewport. [m]"""
    place = view.inverted()[0].mapRect(QRectF(0, 0, width, height))
    return place.left(), place.top(), place.right(), place.bottom()


def _holds(outer: tuple[float, float, float, float], inner: tuple[float, float, float, float]) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


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
