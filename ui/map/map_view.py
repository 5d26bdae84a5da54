"""The map itself: pan, zoom, point, select, by mouse and by keyboard."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from gridapp.i18n import _
from ui import theme
from ui.map.grid_layer import GridLayer
from ui.map.label_layer import LabelLayer
from ui.map.mark_layer import NEAR, DotLayer, MarkLayer
from ui.map.overlays import PointerCard, ScaleBar, ZoomButtons
from ui.map.picture import MapDots, MapGrid, MapPicture
from ui.map.rate_classes import RateClasses

MARGIN = 0.03
PAN_SHARE = 0.12
ZOOM_STEP = 1.4
ALMOST = 0.8
"""Buildings are asked for at this share of the scale that shows them."""

LEAST_WIDTH = 40.0
"""Nearest view. [m]"""


class MapView(pg.GraphicsView):  # type: ignore[misc]  # has no annotations
    """Grids of one month; metres around the centre of the area, x east, y north.

    Signals:
        grid_selected: code of the grid that was clicked or entered, "" when the selection was dropped.
        came_near: the scale is about to show buildings.

    Attributes:
        grid_layer: The shapes.
        label_layer: Their labels.
        dot_layer: Buildings.
        mark_layer: Rings around the pointed and the selected grid.
        card: What is under the pointer.
        scale_bar: Length of the map.
    """

    grid_selected = Signal(str)
    came_near = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=theme.current().colour("surface"))
        self.setAccessibleName(_("Map of the grids"))
        self.grid_layer = GridLayer()
        self.label_layer = LabelLayer(self.grid_layer)
        self.dot_layer = DotLayer(self.grid_layer)
        self.mark_layer = MarkLayer(self.grid_layer)
        self._whole = QRectF()
        self._is_fitted = True
        self._set_up_box()
        self.card = PointerCard(self)
        self.scale_bar = ScaleBar(self)
        self.zoom_buttons = ZoomButtons(self)
        self.zoom_buttons.nearer.clicked.connect(self._zoom_in)
        self.zoom_buttons.further.clicked.connect(self._zoom_out)
        self.zoom_buttons.whole.clicked.connect(self.fit)
        self.sceneObj.sigMouseClicked.connect(self._on_clicked)
        theme.current().changed.connect(self._on_look_changed)

    def _set_up_box(self) -> None:
        self.box = pg.ViewBox(lockAspect=True, enableMenu=False)
        self.box.setMouseMode(pg.ViewBox.PanMode)
        self.box.setDefaultPadding(0)
        self.box.disableAutoRange()
        self.setCentralItem(self.box)
        layers: tuple[Any, ...] = (self.grid_layer, self.dot_layer, self.label_layer, self.mark_layer)
        for height, layer in enumerate(layers):
            layer.setZValue(height)
            layer.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
            self.box.addItem(layer, ignoreBounds=True)
        self.box.sigRangeChanged.connect(self._on_range_changed)
        self.box.sigRangeChangedManually.connect(self._on_moved_by_hand)

    # What is shown

    def show_picture(self, picture: MapPicture) -> None:
        """Show the grids of a month; the view stays where it is unless the area is another."""
        classes = RateClasses.around(picture.target)
        self.grid_layer.set_picture(picture.grids, classes)
        whole = self.grid_layer.boundingRect()
        self.label_layer.forget()
        self.mark_layer.prepareGeometryChange()
        self.dot_layer.prepareGeometryChange()
        if whole != self._whole:
            self._whole = whole
            self._limit()
            self.fit()
        if self.grid_layer.grid(self.mark_layer.selected) is None:
            self.mark_layer.selected = ""
        self._point_at("")

    def show_dots(self, dots: MapDots) -> None:
        """Show the buildings."""
        self.dot_layer.set_dots(dots)

    def select(self, code: str) -> None:
        """Mark a grid as selected, "" for none, without a signal; bring it into sight."""
        self.mark_layer.selected = code
        self.mark_layer.update()
        grid = self.grid_layer.grid(code)
        if grid is not None and not self.box.viewRect().contains(QPointF(*grid.label)):
            self._centre_on(grid)

    @property
    def classes(self) -> RateClasses:
        """Return the classes the grids are coloured by."""
        return self.grid_layer.classes

    @property
    def pixels_per_metre(self) -> float:
        """Return the scale."""
        width = self.box.viewRect().width()
        return float(self.box.width() / width) if width else 0.0

    def fit(self) -> None:
        """Show everything."""
        if self._whole.isEmpty():
            return
        # The foot of the map belongs to scale bar and buttons.
        foot = theme.current().control_height + theme.current().px(12)
        room = max(self.height() - foot, 1)
        tall = max(self._whole.height(), self._whole.width() * room / max(self.width(), 1))
        low = self._whole.center().y() - tall / 2
        self.box.setRange(
            xRange=(self._whole.left(), self._whole.right()), yRange=(low - tall * foot / room, low + tall),
            padding=MARGIN,
        )  # fmt: skip
        self._is_fitted = True

    def _limit(self) -> None:
        extent = max(self._whole.width(), self._whole.height())
        centre = self._whole.center()
        reach = extent * 1.5
        self.box.setLimits(
            xMin=centre.x() - reach, xMax=centre.x() + reach, yMin=centre.y() - reach, yMax=centre.y() + reach,
            minXRange=LEAST_WIDTH, maxXRange=reach * 2, minYRange=LEAST_WIDTH / 2, maxYRange=reach * 2,
        )  # fmt: skip

    # Pointing

    def _point_at(self, code: str) -> None:
        if code != self.mark_layer.pointed:
            self.mark_layer.pointed = code
            self.mark_layer.update()
        if not code:
            self.card.hide()

    def _show_card(self, place: QPoint, metres: QPointF) -> None:
        dot = self.dot_layer.dot_at(metres.x(), metres.y(), self.pixels_per_metre)
        grid = self.grid_layer.grid_at(metres.x(), metres.y())
        self._point_at(grid.code if grid else "")
        if dot is not None:
            dots = self.dot_layer.dots
            self.card.describe_building(dots.names[dot], dots.residents[dot], dots.missed[dot])
        elif grid is not None:
            self.card.describe_grid(grid, self.classes)
        else:
            return
        self.card.stand_at(place)

    def _step(self, by: int) -> bool:
        """Point at the next or the previous grid; tell whether there was one."""
        codes = [grid.code for grid in self.grid_layer.grids]
        now = codes.index(self.mark_layer.pointed) if self.mark_layer.pointed in codes else (-1 if by > 0 else 0)
        if by < 0 and now <= 0 or by > 0 and now + 1 >= len(codes):
            return False
        self._point_with_card(codes[now + by])
        return True

    def _point_with_card(self, code: str) -> None:
        grid = self.grid_layer.grid(code)
        if grid is None:
            return
        if not self.box.viewRect().contains(QPointF(*grid.label)):
            self._centre_on(grid)
        self._point_at(code)
        self.card.describe_grid(grid, self.classes)
        self.card.stand_at(self.mapFromScene(self.box.mapViewToScene(QPointF(*grid.label))))

    def _centre_on(self, grid: MapGrid) -> None:
        seen = self.box.viewRect()
        self.box.translateBy(x=grid.label[0] - seen.center().x(), y=grid.label[1] - seen.center().y())
        self._is_fitted = False

    def _choose(self, code: str) -> None:
        self.select(code)
        self.grid_selected.emit(code)

    # Moving

    def _zoom_in(self) -> None:
        self._zoom(1 / ZOOM_STEP)

    def _zoom_out(self) -> None:
        self._zoom(ZOOM_STEP)

    def _zoom(self, factor: float) -> None:
        self._is_fitted = False
        self.box.scaleBy((factor, factor))

    def _pan(self, right: float, up: float) -> None:
        seen = self.box.viewRect()
        self.box.translateBy(x=right * seen.width() * PAN_SHARE, y=up * seen.height() * PAN_SHARE)
        self._is_fitted = False

    def _on_moved_by_hand(self, *_args: Any) -> None:
        self._is_fitted = False
        self.card.hide()
        self._tell_if_near()

    @property
    def is_near(self) -> bool:
        """Return whether buildings are to be seen, or soon will be."""
        return self.pixels_per_metre >= NEAR * ALMOST

    def _tell_if_near(self) -> None:
        if self.is_near and not self._is_fitted:
            self.came_near.emit()

    def _on_range_changed(self, *_args: Any) -> None:
        self._tell_if_near()
        self.scale_bar.set_scale(self.pixels_per_metre)
        self._place_overlays()

    def _place_overlays(self) -> None:
        gap = theme.current().px(8)
        self.scale_bar.move(gap, self.height() - self.scale_bar.height() - gap)
        self.zoom_buttons.make_square()
        place = self.rect().bottomRight() - self.zoom_buttons.rect().bottomRight()
        self.zoom_buttons.move(place - QPoint(gap, gap))

    def _on_clicked(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = self.box.mapSceneToView(event.scenePos())
        grid = self.grid_layer.grid_at(place.x(), place.y())
        self.setFocus()
        self._choose(grid.code if grid else "")

    def _on_look_changed(self) -> None:
        self.setBackground(theme.current().colour("surface"))
        classes = RateClasses.around(self.classes.target)
        self.grid_layer.set_picture(self.grid_layer.grids, classes)
        self.label_layer.forget()
        self.scale_bar.set_scale(self.pixels_per_metre)
        self._place_overlays()

    # Overrides of Qt methods

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if hasattr(self, "zoom_buttons"):  # the base class resizes itself before we are complete
            if self._is_fitted:
                self.fit()
            self._place_overlays()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if event.buttons() == Qt.MouseButton.NoButton:
            place = event.position().toPoint()
            self._show_card(place, self.box.mapSceneToView(QPointF(self.mapToScene(place))))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point_at("")

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._point_at("")
        self.viewport().update()

    def focusNextPrevChild(self, forward: bool) -> bool:
        # Tab walks from grid to grid, then on to the next field; Esc, then Tab leaves at once.
        if self.hasFocus() and self._walks and self._step(1 if forward else -1):
            return True
        return bool(super().focusNextPrevChild(forward))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._walks = True

    _walks = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        moves = {
            Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
        }  # fmt: skip
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            event.ignore()
        elif key in moves:
            self._pan(*moves[Qt.Key(key)])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom_in()
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self._zoom_out()
        elif key == Qt.Key.Key_Home:
            self.fit()
        elif key in (Qt.Key.Key_N, Qt.Key.Key_P):
            self._step(1 if key == Qt.Key.Key_N else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.mark_layer.pointed:
            self._choose(self.mark_layer.pointed)
        elif key == Qt.Key.Key_Escape:
            self._walks = False
            self._point_at("")
            self._choose("")
        else:
            event.ignore()
