"""The map itself: pan, zoom, point, select, by mouse and by keyboard."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from gridapp.i18n import _
from ui import theme
from ui.map.dots import MapDots
from ui.map.facility_layer import FacilityLayer
from ui.map.figures import MonthShown
from ui.map.grid_layer import GridLayer, Run
from ui.map.hand import Hand
from ui.map.label_layer import LabelLayer
from ui.map.map_keys import take_key
from ui.map.mark_layer import NEAR, DotLayer, MarkLayer
from ui.map.overlays import NorthArrow, PointerCard, ScaleBar, ZoomButtons, beside_corners, stand_in_corners

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
        grid_selected: the grid that was clicked or entered (its place in the ground), None when it was dropped.
        came_near: the scale is about to show buildings.

    Attributes:
        grid_layer: The shapes.
        label_layer: Their labels.
        dot_layer: Buildings.
        mark_layer: Rings around the pointed and the selected grid.
        facility_layer: Facilities, once somebody laid them on the map.
        card: What is under the pointer.
        scale_bar: Length of the map.
        shown: The month shown, None before the first.
        resting_opacity: Of the grids while they are not edited; less with a background.
    """

    grid_selected = Signal(object)
    came_near = Signal()

    def __init__(self, run: Run, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=theme.current().colour("surface"))
        self.setAccessibleName(_("Map of the grids"))
        self.setCacheMode(self.CacheModeFlag.CacheNone)  # to fill is cheaper than to copy a picture of one colour
        self.shown: MonthShown | None = None
        self.facility_layer: FacilityLayer | None = None
        self.grid_layer = GridLayer(run)
        self.label_layer = LabelLayer(self.grid_layer, run)
        self.dot_layer = DotLayer(self.grid_layer)
        self.mark_layer = MarkLayer(self.grid_layer)
        self._whole = QRectF()
        self._is_fitted = True
        self._hand: Hand | None = None
        self.resting_opacity = 1.0
        self._set_up_box()
        self.card = PointerCard(self)
        self.scale_bar = ScaleBar(self)
        self.north_arrow = NorthArrow(self)
        self.zoom_buttons = ZoomButtons(self)
        self.zoom_buttons.nearer.clicked.connect(self.zoom_in)
        self.zoom_buttons.further.clicked.connect(self.zoom_out)
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

    def show_month(self, shown: MonthShown) -> None:
        """Show the grids of a month; the view stays where it is unless the area is another."""
        same = self.shown is not None and self.shown.ground is shown.ground
        selected = self._selected_code
        self.shown = shown
        self.grid_layer.set_ground(shown.ground)
        self._colour()
        if same:
            return
        self._point_at(None)
        whole = self.grid_layer.boundingRect()
        for layer in (self.mark_layer, self.dot_layer):
            layer.prepareGeometryChange()
        if whole != self._whole:
            self._whole = whole
            self._limit()
            self.fit()
        self.mark_layer.selected = shown.ground.places.get(selected)

    def _colour(self) -> None:
        shown = self.shown
        if shown is None:
            return
        self.grid_layer.set_colours(shown.fills())
        self.label_layer.set_shown(shown)

    def show_dots(self, dots: MapDots) -> None:
        """Show the buildings."""
        self.dot_layer.set_dots(dots)

    def lend(self, hand: Hand | None) -> None:
        """Let something else take mouse and keys first, e.g. while grids are edited; None ends it."""
        self._hand = hand
        self.grid_layer.setOpacity(self.resting_opacity if hand is None else 0.45)
        for layer in (self.label_layer, self.mark_layer):
            layer.setVisible(hand is None)
        self._point_at(None)

    def switch_layer(self, layer: str, on: bool) -> None:
        """Show or hide "buildings", "due" (buildings where somebody waits) or "workers"."""
        if layer == "workers":
            self.label_layer.shows_workers = on
            self.label_layer.forget()
        elif layer == "buildings":
            self.dot_layer.shows_calm = on
        else:
            self.dot_layer.shows_due = on
        self.dot_layer.update()

    @property
    def box_in_sight(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the view. [m]"""
        seen = self.box.viewRect()
        return seen.left(), seen.top(), seen.right(), seen.bottom()

    def select(self, grid: int | None) -> None:
        """Mark a grid as selected, None for none, without a signal; bring it into sight."""
        self.mark_layer.selected = grid
        self.mark_layer.update()
        if grid is not None and not self.box.viewRect().contains(self._anchor(grid)):
            self._centre_on(grid)

    def jump_to(self, grid: int) -> None:
        """Select a grid and show it large, with its neighbours."""
        self.select(grid)
        assert self.shown is not None
        self.look_close(self.shown.ground.boxes[grid].tolist(), around=1.0)
        self.grid_selected.emit(grid)

    def look_close(self, box: Sequence[float], around: float = 0.15) -> None:
        """Show west, south, east, north of a grid [m], and this share of its size on every side."""
        west, south, east, north = box
        wide, tall = max(east - west, LEAST_WIDTH), max(north - south, LEAST_WIDTH)
        more = 1 + 2 * around
        self.look_at(QRectF(west - wide * around, south - tall * around, wide * more, tall * more))
        self._tell_if_near()

    @property
    def _selected_code(self) -> str:
        number = self.mark_layer.selected
        return self.shown.ground.codes[number] if self.shown is not None and number is not None else ""

    def _anchor(self, grid: int) -> QPointF:
        assert self.shown is not None
        return QPointF(*self.shown.ground.anchors[grid].tolist())

    @property
    def pixels_per_metre(self) -> float:
        """Return the scale."""
        width = self.box.viewRect().width()
        return float(self.box.width() / width) if width else 0.0

    def fit(self) -> None:
        """Show everything."""
        if self._whole.isEmpty():
            return
        room = beside_corners(self._whole, self.width(), self.height(), self.zoom_buttons.width())
        self.box.setRange(room, padding=MARGIN)
        self._is_fitted = True

    def look_at(self, box: QRectF) -> None:
        """Show a part of the map. [m]"""
        self.box.setRange(box, padding=0)
        self._is_fitted = False

    def _limit(self) -> None:
        extent = max(self._whole.width(), self._whole.height())
        centre = self._whole.center()
        reach = extent * 1.5
        self.box.setLimits(
            xMin=centre.x() - reach, xMax=centre.x() + reach, yMin=centre.y() - reach, yMax=centre.y() + reach,
            minXRange=LEAST_WIDTH, maxXRange=reach * 2, minYRange=LEAST_WIDTH / 2, maxYRange=reach * 2,
        )  # fmt: skip

    def _point_at(self, grid: int | None) -> None:
        if grid != self.mark_layer.pointed:
            self.mark_layer.pointed = grid
            self.mark_layer.update()
        if grid is None:
            self.card.hide()

    def _show_card(self, place: QPoint, metres: QPointF) -> None:
        dot = self.dot_layer.dot_at(metres.x(), metres.y(), self.pixels_per_metre)
        grid = self.grid_layer.number_at(metres.x(), metres.y())
        self._point_at(grid)
        layer = self.facility_layer
        facility = layer.facility_at(metres.x(), metres.y(), self.pixels_per_metre) if layer is not None else None
        if facility is not None:
            self.card.describe_facility(facility)
        elif dot is not None:
            dots = self.dot_layer.dots
            self.card.describe_building(dots.names[dot], dots.residents[dot], dots.missed[dot])
        elif grid is not None and self.shown is not None:
            self.card.describe_grid(grid, self.shown)
        else:
            return
        self.card.stand_at(place)

    def step(self, by: int) -> bool:
        """Point at the next or the previous grid; tell whether there was one."""
        count = len(self.shown.ground) if self.shown is not None else 0
        now = self.mark_layer.pointed
        target = (0 if by > 0 else count - 1) if now is None else now + by
        if not 0 <= target < count:
            return False
        self._point_with_card(target)
        return True

    def _point_with_card(self, grid: int) -> None:
        assert self.shown is not None
        if not self.box.viewRect().contains(self._anchor(grid)):
            self._centre_on(grid)
        self._point_at(grid)
        self.card.describe_grid(grid, self.shown)
        self.card.stand_at(self.mapFromScene(self.box.mapViewToScene(self._anchor(grid))))

    def _centre_on(self, grid: int) -> None:
        seen, place = self.box.viewRect(), self._anchor(grid)
        self.box.translateBy(x=place.x() - seen.center().x(), y=place.y() - seen.center().y())
        self._is_fitted = False

    def choose(self, grid: int | None) -> None:
        """Select a grid and say so; None drops what is selected and pointed at."""
        if grid is None:
            self._point_at(None)
        self.select(grid)
        self.grid_selected.emit(grid)

    def zoom_in(self) -> None:
        """Go nearer."""
        self._zoom(1 / ZOOM_STEP)

    def zoom_out(self) -> None:
        """Go further away."""
        self._zoom(ZOOM_STEP)

    def _zoom(self, factor: float) -> None:
        self._is_fitted = False
        self.box.scaleBy((factor, factor))

    def pan(self, right: float, up: float) -> None:
        """Go sideways by steps of a part of the view."""
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
        # At once, not as pyqtgraph would within the next frame: moving its items there asks for a second frame.
        self.box.prepareForPaint()
        self._tell_if_near()
        self.scale_bar.set_scale(self.pixels_per_metre)
        self._place_overlays()

    def _place_overlays(self) -> None:
        stand_in_corners(self, self.scale_bar, self.zoom_buttons, self.north_arrow)

    def _on_clicked(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._hand is not None:
            return
        place = self.box.mapSceneToView(event.scenePos())
        self.setFocus()
        self.choose(self.grid_layer.number_at(place.x(), place.y()))

    def _on_look_changed(self) -> None:
        self.setBackground(theme.current().colour("surface"))
        if self.shown is not None:
            self.show_month(dataclasses.replace(self.shown, classes=self.shown.classes.renewed()))
        self.scale_bar.set_scale(self.pixels_per_metre)
        self._place_overlays()

    # Overrides of Qt methods

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if hasattr(self, "zoom_buttons"):  # the base class resizes itself before we are complete
            if self._is_fitted:
                self.fit()
            self._place_overlays()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._hand is None or not self._hand.press(event):
            super().mousePressEvent(event)
        self.setFocus()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._hand is None or not self._hand.release(event):
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._hand is None or not self._hand.double_click(event):
            super().mouseDoubleClickEvent(event)

    def event(self, event: QEvent) -> bool:
        if getattr(self, "_hand", None) is not None and self._hand is not None and self._hand.event_of(event):
            event.accept()
            return True
        return bool(super().event(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._hand is not None:
            if not self._hand.move(event):
                super().mouseMoveEvent(event)
            return
        super().mouseMoveEvent(event)
        if event.buttons() == Qt.MouseButton.NoButton:
            place = event.position().toPoint()
            self._show_card(place, self.box.mapSceneToView(QPointF(self.mapToScene(place))))

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.grid_layer.rest()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point_at(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._point_at(None)
        self.viewport().update()

    def focusNextPrevChild(self, forward: bool) -> bool:
        # While corners are edited, Tab walks along them; Esc, then Tab leaves at once.
        if self.hasFocus() and self._walks and self._hand is not None and self._hand.tab(forward):
            return True
        return bool(super().focusNextPrevChild(forward))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._walks = True

    _walks = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._walks = event.key() != Qt.Key.Key_Escape
        if self._hand is not None and self._hand.key(event):
            return
        if not take_key(self, event):
            event.ignore()
