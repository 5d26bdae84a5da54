"""People in no grid and grids chosen by hand, on the map page: list, show, put into a grid, release."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtWidgets import QStackedWidget

from gridapp import clock
from gridapp.domain.conflict import Theirs, Values
from gridapp.errors import ConflictError
from gridapp.i18n import _
from gridapp.services.boundary_standing import CommunityStanding, standing_of
from gridapp.services.grid_assignment import assign_by_place
from gridapp.services.grid_choices import choose_grid, release_choice
from ui.context import AppContext
from ui.dialogs.map_choose import ChoiceEntry, ChooseGridForm
from ui.map.figures import MonthShown
from ui.map.map_view import MapView
from ui.map.place_mark import PlaceMark
from ui.map.places_panel import PlacedRow, PlacesPanel

LOOK_M = 400.0
"""Side of the part of the map shown around a person. [m]"""


class MapPlaces(QObject):
    """Shows who lies where beside the map for a while.

    Signals:
        ended: the panel is gone.
        said: a sentence for the message at the foot.
        person_requested: key or reference of a person to open.
    """

    ended = Signal()
    said = Signal(str)
    person_requested = Signal(str)

    def __init__(self, context: AppContext, view: MapView, places: QStackedWidget, parent: QObject) -> None:
        """Make the controller.

        Args:
            context: Database and jobs.
            view: The map.
            places: Where the panel stands beside it.
            parent: The page.
        """
        super().__init__(parent)
        self._context = context
        self._view = view
        self._places = places
        self._shown: MonthShown | None = None
        self._mark: PlaceMark | None = None
        self._row: PlacedRow | None = None
        self._seen: Values = {}
        self.community = ""
        self.panel: PlacesPanel | None = None
        self.form: ChooseGridForm | None = None

    def begin(self, shown: MonthShown, community: str) -> None:
        """Open the lists of a community."""
        self._shown, self.community = shown, community
        if self.panel is None:
            self.panel = PlacesPanel()
            self.panel.row_chosen.connect(self._on_row)
            self.panel.grid_wished.connect(self._on_grid_wished)
            self.panel.release_wished.connect(self._on_release_wished)
            self.panel.assign_wished.connect(self._on_assign_wished)
            self.panel.person_requested.connect(self._on_person)
            self.panel.closed.connect(self.end)
            self._mark = PlaceMark()
            self._mark.setZValue(15)
            self._view.box.addItem(self._mark, ignoreBounds=True)
            self._places.addWidget(self.panel)
        self._places.setCurrentWidget(self.panel)
        self.panel.table.view.setFocus()
        self.refresh()

    def refresh(self) -> None:
        """Ask again who lies where."""
        if self.panel is None:
            return
        job = self._context.fetch(standing_of, self.community, clock.today())
        job.succeeded.connect(self._on_standing)
        job.failed.connect(self._context.error_raised)

    def end(self) -> None:
        """Give the place beside the map back."""
        if self.panel is None:
            return
        self._places.setCurrentIndex(0)
        self._places.removeWidget(self.panel)
        self.panel.deleteLater()
        self._view.box.removeItem(self._mark)
        self.panel = self._mark = None
        self._view.setFocus()
        self.ended.emit()

    def _on_standing(self, found: CommunityStanding) -> None:
        if self.panel is not None and found.code == self.community:
            self.panel.show_standing(found, self._names())

    def _names(self) -> dict[str, str]:
        if self._shown is None:
            return {}
        ground = self._shown.ground
        return {
            code: name
            for code, name, community in zip(ground.codes, ground.names, ground.communities, strict=True)
            if community == self.community
        }

    def _on_row(self, row: PlacedRow | None) -> None:
        self._row = row
        if self._mark is None or self._shown is None or self.panel is None:
            return
        self.panel.tell("")
        if row is None or row.place is None:
            self._mark.show_at(None)
            return
        x, y = self._shown.ground.frame.to_metres(np.array([row.place]))[0].tolist()
        self._mark.show_at((x, y))
        whole = self._view.grid_layer.boundingRect()
        away = math.hypot(max(whole.left() - x, 0, x - whole.right()), max(whole.top() - y, 0, y - whole.bottom()))
        if away > max(whole.width(), whole.height()):
            self._view.fit()
            text = _("▲ {km} km outside of all grids: its place on the map may be wrong.")
            self.panel.tell(text.format(km=f"{away / 1000:.1f}"))
            return
        self._view.look_at(QRectF(x - LOOK_M / 2, y - LOOK_M / 2, LOOK_M, LOOK_M))

    def _on_person(self, row: PlacedRow) -> None:
        self.person_requested.emit(row.person)

    def _on_grid_wished(self, row: PlacedRow) -> None:
        if row.choice:
            return
        self._row, self._seen = row, {"choice": row.choice}
        grids = sorted((code, name) for code, name in self._names().items())
        self.form = ChooseGridForm(self._view.window(), row.name if row.person else "", row.building, grids)
        self.form.submitted.connect(self._on_chosen)
        self.form.open()

    def _on_chosen(self, entry: ChoiceEntry) -> None:
        assert self._row is not None
        building = self._row.building_ref if entry.whole_building else ""
        person = "" if entry.whole_building else self._row.person
        job = self._context.change(
            choose_grid, entry.grid, entry.reason, entry.day, self._context.actor, building, person, self._seen,
            initiator=self.parent(), announce_errors=False,
        )  # fmt: skip
        job.succeeded.connect(self._on_stored)
        job.failed.connect(self._on_refused)

    def _on_stored(self, _changes: object) -> None:
        if self.form is not None:
            self.form.accept()
            self.form = None

    def _on_refused(self, error: Exception) -> None:
        if isinstance(error, ConflictError) and isinstance(error.theirs, Theirs):
            self._seen = error.theirs.seen  # the sentence says what they chose: who saves again replaces it
        if self.form is not None:
            self.form.show_error(error)

    def _on_release_wished(self, row: PlacedRow) -> None:
        self._context.change(
            release_choice, row.choice, clock.today(), self._context.actor, initiator=self.parent()
        )

    def _on_assign_wished(self) -> None:
        self._context.change(
            assign_by_place, clock.today(), self._context.actor, self.community, initiator=self.parent(),
            title=_("Looking who lives where…"), reports_progress=True,
        )  # fmt: skip
