"""The grids as filled shapes: one graphics item for all of them, painted from tiles.

Pan frames copy tiles. A frame at a new scale shows what was seen before,
stretched, and sharpens as tiles arrive from the worker; a small set of grids is
sharp at once. Where up to ``MOST_VECTORS`` grids are in sight, a frame without
its tiles is drawn as vectors, and tiles have their outlines drawn smoothly.

Source: one item per shape was measured at 4 to 1,000 times the cost (reference: map.md section 2).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import pyqtgraph as pg
import shapely
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath, QTransform

from ui import theme
from ui.jobs import Job
from ui.map.figures import Fills
from ui.map.ground import MapGround, prepare
from ui.map.painting import in_pixels
from ui.map.tiles import SIDE, ColourTable, Tile, TileKey, TileStore, cells_of, make_tile, make_tiles, window_of
from ui.map.vectors import VectorPicture, draw_outlines, lines_of, path_of

MOST_VECTORS = 400
"""Up to so many grids in sight have smooth outlines."""

MOST_IN_TILE = 120
"""A tile with more grids than this has sharp outlines in any case."""

SMALL = 40_000
"""Up to so many corners in all, tiles are made while painting instead of by the worker."""

BUDGET_S = 0.006
"""Time for making and colouring tiles within one frame. [s]"""

AGAIN_S = 0.03
"""The same where tiles only change their colours: one frame of 10 ms is better than three of 6. [s]"""

BATCH = 60
"""Tiles the worker makes before it answers: a screen of 1920 by 1080 and what lies around, out of one picture."""

PAUSE_MS = 60
"""So long after the last frame of vectors, tiles are made: the steps of a wheel need none. [ms]"""

Run = Callable[..., Job]
"""Runs a function off the screen's thread: ``AppContext.run``."""


class GridLayer(pg.GraphicsObject):  # type: ignore[misc]  # has no annotations
    """All grids, coloured; hatched where there is no figure.

    Signals:
        sharpened: every tile in sight is there and in colour.

    Attributes:
        ground: What is shown.
    """

    sharpened = Signal()

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.ground: MapGround | None = None
        self._run = run
        self._store = TileStore()
        self._colours = ColourTable(np.zeros(2, np.uint32), np.zeros(2, np.uint32), 0)
        self._job: Any = None
        self._wanted: list[TileKey] = []
        self._overview: QImage | None = None
        self._before: tuple[QImage, QTransform] | None = None
        self._seen: QTransform | None = None
        self._in_sight: list[TileKey] = []
        self._shown_scale = 0.0
        self._is_near = self._is_vectors = False
        self._paths: dict[tuple[int, float, float], QPainterPath] = {}
        self._vectors: VectorPicture | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)  # goes with the layer
        self._pause.timeout.connect(self._ask_worker)

    def set_ground(self, ground: MapGround) -> None:
        """Show other grids; colours follow by ``set_colours``."""
        if ground is self.ground:
            return
        self.prepareGeometryChange()
        self.ground = ground
        self._store.clear()
        self._paths.clear()
        self._before = self._overview = self._seen = self._vectors = None
        self._shown_scale = 0.0
        self.update()

    def set_colours(self, fills: Fills) -> None:
        """Colour the grids."""
        look = theme.current()
        table = fills.table(look.colour("surface"), look.colour("muted"), look.colour("danger"))
        if table.border != self._colours.border:
            self._store.unline()
        self._colours = table  # tiles keep their old colours until they are painted again, a frame or two later
        self._before = self._overview = None
        self.update()

    def number_at(self, x: float, y: float) -> int | None:
        """Return the grid at a place, or None. [m]"""
        if self.ground is None:
            return None
        scale = self._shown_scale
        if scale:
            east, north = x * scale, y * scale
            column, row = math.floor(east / SIDE), math.floor(north / SIDE)
            tile = self._store.get((column, row, scale))
            if tile is not None:
                line, place = SIDE - 1 - int(north - row * SIDE), int(east - column * SIDE)
                value = tile.number_at(line, place)
                if value is not None and value <= len(self.ground):
                    return value - 1 if value else None
                # A pixel knows its centre; beside a border the place itself may lie in the next grid.
                value = tile.number(line, place)
                if 0 < value <= len(self.ground) and shapely.intersects_xy(self.ground.shape(value - 1), x, y):
                    return value - 1
        return self.ground.at(x, y)

    def outline(self, number: int, view: QTransform) -> QPainterPath:
        """Return a grid's outline in pixels of the map's origin; the caller translates by ``view``."""
        key = (number, view.m11(), view.m22())
        path = self._paths.get(key)
        if path is None:
            if len(self._paths) > 2 * MOST_VECTORS:
                self._paths.clear()
            assert self.ground is not None
            path = path_of(self.ground.edges, np.array([number]), view.m11(), view.m22())
            self._paths[key] = path
        return path

    # Tiles

    def tiles_shown(self) -> list[tuple[TileKey, Tile]]:
        """Return the tiles there are at the scale shown, in sight or around it."""
        return self._store.of_scale(self._shown_scale)

    def _keys(self, view: QTransform, scale: float, width: float, height: float, around: int = 0) -> list[TileKey]:
        """Return the tiles in sight, those in the middle first."""
        left, top = -view.dx(), view.dy()
        columns = range(math.floor(left / SIDE) - around, math.floor((left + width - 1) / SIDE) + 1 + around)
        rows = range(math.floor((top - height) / SIDE) - around, math.floor((top - 1) / SIDE) + 1 + around)
        middle_column, middle_row = (left + width / 2) / SIDE - 0.5, (top - height / 2) / SIDE - 0.5
        keys = [(column, row, scale) for column in columns for row in rows]
        return sorted(keys, key=lambda key: (key[0] - middle_column) ** 2 + (key[1] - middle_row) ** 2)

    def _ask_worker(self) -> None:
        if self._job is not None or self.ground is None:
            return
        self._wanted = self._store.missing(self._wanted)  # what was asked for may have come with the last answer
        if self._wanted:
            keys, self._wanted = self._wanted[:BATCH], self._wanted[BATCH:]
            self._job = self._run(make_tiles, self.ground, keys, None if self._is_near else self._colours)
            self._asked = self.ground
            self._job.succeeded.connect(self._on_tiles)
        elif not self.ground.is_prepared:
            self._job = self._run(prepare, self.ground)
        else:
            return
        self._job.finished.connect(self._on_worker_free)

    def _on_tiles(self, made: list[tuple[TileKey, Tile]]) -> None:
        if self._asked is self.ground:
            for key, tile in made:
                self._store.put(key, tile)
            if not self.is_whole or self._is_vectors:
                self.update()

    def _on_worker_free(self) -> None:
        self._job = None
        self._ask_worker()

    def _colour(self, key: TileKey, tile: Tile, smooth: bool) -> None:
        if smooth and tile.line_image is None:
            tile.line_image = self._lines(key)
        image = self._colours.paint(tile)
        if tile.line_image is not None:
            painter = QPainter(image)
            painter.drawImage(0, 0, tile.line_image)
            painter.end()
        tile.image, tile.coloured = image, self._colours

    def _lines(self, key: TileKey) -> QImage | None:
        assert self.ground is not None
        window = window_of(key)
        west, south, east, north = window.box
        beyond = 2 / window.scale  # lines are wider than nothing
        grids = self.ground.within((west - beyond, south - beyond, east + beyond, north + beyond))
        if not 0 < len(grids) <= MOST_IN_TILE:
            return None
        image = QImage(SIDE, SIDE, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.translate(-window.left, window.top)
        draw_outlines(painter, lines_of(self.ground, grids, window.scale), self._colours.border)
        painter.end()
        return image

    def finish(self, view: QTransform, width: float, height: float) -> None:
        """Make every tile in sight now; for pictures that leave the screen."""
        if self.ground is None:
            return
        keys = self._keys(view, _rounded(view.m11()), width, height)
        self._store.make_room(len(keys))
        for key in self._store.missing(keys):
            self._store.put(key, make_tile(self.ground, key))

    def rest(self) -> None:
        """Keep only what the next frame shows again: the map is out of sight."""
        self._store.keep(self._in_sight)
        self._paths.clear()
        self._wanted = []
        self._before = self._overview = self._vectors = None

    @property
    def is_sharp(self) -> bool:
        """Whether nothing in sight is still to come."""
        return not self._wanted and self._job is None and self.is_whole and not self._pause.isActive()

    is_whole = False
    """Whether the last frame was sharp and in colour: of all tiles in sight, or of vectors."""

    # Overrides of Qt methods

    def boundingRect(self) -> QRectF:
        if self.ground is None:
            return QRectF()
        west, south, east, north = self.ground.box
        return QRectF(west, south, east - west, north - south)

    @in_pixels
    def paint(self, painter: QPainter, view: QTransform) -> None:
        if self.ground is None or not len(self.ground):
            return
        started = perf_counter()
        ratio = painter.device().devicePixelRatioF()
        if ratio != 1.0:
            view = view * QTransform.fromScale(ratio, ratio)
            painter.scale(1 / ratio, 1 / ratio)
        scale, port = _rounded(view.m11()), painter.viewport()
        width, height = port.width() * ratio, port.height() * ratio
        if scale != self._shown_scale:
            self._remember(width, height)
            self._paths.clear()
            self._shown_scale = scale
        self._seen = QTransform(view)
        keys = self._in_sight = self._keys(view, scale, width, height)
        ready, is_fresh = self._prepare(keys, view, width, height, started)
        has_all = len(ready) == len(keys)
        self.is_whole = has_all and is_fresh
        self._is_vectors = not has_all and self._paint_vectors(painter, view, scale, width, height)
        if self._is_vectors:
            self.is_whole = True
        else:
            if not has_all:
                self._paint_stand_in(painter, view)
            dx, dy = round(view.dx()), round(view.dy())
            for (column, row, _scale), image in ready:
                painter.drawImage(column * SIDE + dx, dy - (row + 1) * SIDE, image)
        if has_all and is_fresh:
            self._before = None
            around = self._keys(view, scale, width, height, 1)
            self._store.make_room(max(2 * len(keys), len(around)))
            self._wanted = self._store.missing(around)
            self.sharpened.emit()
        else:
            self._wanted = self._store.missing(keys)
            if not self._wanted:
                self.update()  # numbers are there, colours come with the next frame
        if self._is_vectors:
            self._pause.start()
        else:
            self._ask_worker()

    def _prepare(
        self, keys: list[TileKey], view: QTransform, width: float, height: float, started: float
    ) -> tuple[list[tuple[TileKey, QImage]], bool]:
        """Colour tiles, and make them if that is quick, until the frame's time is used up.

        Returns:
            The tiles that have a picture, and whether all their colours are those of now.
        """
        assert self.ground is not None
        small = len(self.ground.edges.points) <= SMALL
        smooth: bool | None = None
        is_fresh = True
        ready: list[tuple[TileKey, QImage]] = []
        for key in keys:
            tile = self._store.get(key)
            if tile is None or tile.coloured is not self._colours:
                budget = BUDGET_S if tile is None or tile.coloured is None else AGAIN_S
                has_time = not ready or perf_counter() - started <= budget
                if tile is None and small and has_time:
                    tile = make_tile(self.ground, key)
                    self._store.put(key, tile)
                if tile is not None and has_time:
                    if smooth is None:
                        smooth = len(self.ground.within(_box(view, width, height))) <= MOST_VECTORS
                    self._colour(key, tile, smooth)
                else:
                    is_fresh = False
            if tile is not None and tile.image is not None:
                ready.append((key, tile.image))
        return ready, is_fresh

    def _paint_vectors(self, painter: QPainter, view: QTransform, scale: float, width: float, height: float) -> bool:
        """Paint a frame without its tiles, if that is quick; tell whether it was."""
        assert self.ground is not None
        box = _box(view, width, height)
        grids = self.ground.within(box)
        self._is_near = len(grids) <= MOST_VECTORS  # tiles then get smooth lines, from the screen's thread
        if not self._is_near:
            return False
        if self._vectors is None or not self._vectors.shows(self._colours, box, len(grids)):
            self._vectors = VectorPicture(self.ground, grids, self._colours, box)
        painter.save()
        painter.translate(round(view.dx()), round(view.dy()))
        self._vectors.draw(painter, scale)
        painter.restore()
        return True

    def _paint_stand_in(self, painter: QPainter, view: QTransform) -> None:
        """Show the picture of everything, and over it what was seen at another scale, both stretched."""
        assert self.ground is not None
        image, earlier = self._before or (QImage(), QTransform())
        place = (earlier.inverted()[0] * view).mapRect(QRectF(image.rect()))
        if not place.contains(QRectF(painter.viewport())):
            self._paint_overview(painter, view)
        if not image.isNull():
            painter.drawImage(place, image)

    def _paint_overview(self, painter: QPainter, view: QTransform) -> None:
        assert self.ground is not None
        if not self.ground.has_overview:
            return  # the first picture of all
        numbers, window = self.ground.overview
        if self._overview is None:
            self._overview = self._colours.picture(cells_of(numbers, self._colours.layer, edged=False))
        west, south, east, north = window.box
        painter.drawImage(QRectF(view.map(QPointF(west, north)), view.map(QPointF(east, south))), self._overview)

    def _remember(self, width: float, height: float) -> None:
        """Keep what the last frame showed, before the scale becomes another."""
        view, scale = self._seen, self._shown_scale
        if view is None or not self.is_whole or self._is_vectors:
            return
        image = QImage(round(width), round(height), QImage.Format.Format_RGB32)
        image.fill(theme.current().colour("surface"))
        painter = QPainter(image)
        for key in self._keys(view, scale, width, height):
            tile = self._store.get(key)
            if tile is not None and tile.image is not None:
                painter.drawImage(key[0] * SIDE + round(view.dx()), round(view.dy()) - (key[1] + 1) * SIDE, tile.image)
        painter.end()
        self._before = (image, view)


def _box(view: QTransform, width: float, height: float) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a frame. [m]"""
    scale, left, top = view.m11(), -view.dx(), view.dy()
    return left / scale, (top - height) / scale, (left + width) / scale, top / scale


def _rounded(scale: float) -> float:
    """Return a scale without the noise of panning."""
    return float(f"{scale:.9g}")
