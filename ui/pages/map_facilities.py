"""Facilities on the map page: the layer, and the list behind it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QRectF
from PySide6.QtWidgets import QWidget

from gridapp import clock
from gridapp.db.queries.facilities import FacilityRow, list_facilities
from ui.context import AppContext
from ui.dialogs.map_facilities import MapFacilitiesDialog
from ui.map.facility_layer import FacilityLayer, PlacedFacility
from ui.map.map_view import MapView

LOOK_M = 300.0
"""Side of the part of the map shown around a facility. [m]"""


class MapFacilities(QObject):
    """Keeps the facilities of one map."""

    def __init__(self, context: AppContext, view: MapView, page: QWidget) -> None:
        super().__init__(page)
        self._context = context
        self._view = view
        self._page = page
        self._rows: list[FacilityRow] = []
        self.dialog: MapFacilitiesDialog | None = None
        self.layer = FacilityLayer(view.grid_layer)
        self.layer.setZValue(3.5)
        view.box.addItem(self.layer, ignoreBounds=True)
        view.facility_layer = self.layer

    def switch(self, on: bool) -> None:
        """Show or hide them."""
        self.layer.setVisible(on)

    def refresh(self) -> None:
        """Ask for them again."""
        job = self._context.fetch(list_facilities, clock.today(), with_grids=False)
        job.succeeded.connect(self._on_rows)

    def place(self) -> None:
        """Put them where they belong on the map shown now."""
        shown = self._view.shown
        if shown is None:
            return
        places = np.array([(row.lon, row.lat) for row in self._rows], dtype=np.float64).reshape(-1, 2)
        metres = shown.ground.frame.to_metres(places).tolist() if len(places) else []
        self.layer.set_places([
            PlacedFacility(x, y, row.kind, row.name, row.address, row.area, self._grid_at(x, y))
            for (x, y), row in zip(metres, self._rows, strict=True)
        ])  # fmt: skip

    def _grid_at(self, x: float, y: float) -> str:
        assert self._view.shown is not None
        ground = self._view.shown.ground
        grid = ground.at(x, y)
        return "" if grid is None else ground.names[grid]

    def open(self) -> None:
        """Show the list."""
        shown = self._view.shown
        if shown is None:
            return
        middle = self._view.box.viewRect().center()
        lon, lat = shown.ground.frame.to_degrees(np.array([[middle.x(), middle.y()]]))[0].tolist()
        self.dialog = MapFacilitiesDialog(self._context, (lon, lat), self._page)
        self.dialog.show_wished.connect(self._on_show)
        self.dialog.open()

    def _on_rows(self, rows: list[FacilityRow]) -> None:
        self._rows = rows
        self.place()

    def _on_show(self, row: FacilityRow) -> None:
        shown = self._view.shown
        if shown is not None:
            x, y = shown.ground.frame.to_metres(np.array([[row.lon, row.lat]]))[0].tolist()
            self._view.look_at(QRectF(x - LOOK_M / 2, y - LOOK_M / 2, LOOK_M, LOOK_M))
            self._view.setFocus()
