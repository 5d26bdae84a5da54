"""The map: which grids the month missed, and whom."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from gridapp import clock, formats
from gridapp.db.queries.grid_history import LineageRow, list_lineage
from gridapp.db.queries.values import RosterRow
from gridapp.domain.changes import Kind
from gridapp.domain.period import Month
from gridapp.i18n import N_, _
from ui import theme
from ui.map.dots import read_people
from ui.map.figures import MapPicture, MonthShown, read_map
from ui.map.map_view import MapView
from ui.map.month_strip import MonthStrip, SmallMaps
from ui.map.side_panel import SidePanel
from ui.map.toolbar import MapToolbar
from ui.pages.map_base import MapBase
from ui.pages.map_buildings import MapBuildings
from ui.pages.map_editing import MapEditing
from ui.pages.map_facilities import MapFacilities
from ui.pages.map_files import MapFiles
from ui.pages.map_places import MapPlaces
from ui.pages.page import Page
from ui.widgets import basics
from ui.widgets.empty_state import EmptyState
from ui.widgets.month_picker import MonthPicker

GROUND_AFTER_MS = 350
"""How long a month stands before its own outlines are asked for."""


LEAST_FOR_STRIP = 450
"""Height of the page from which on the row of months stands below the map. [px at 100 %]"""


class MapPage(Page):
    """Grids coloured by an indicator of a month, with the people behind each."""

    key = "map"
    title = N_("Map of visits")
    concerns = frozenset({
        Kind.VISIT, Kind.ENROLMENT, Kind.ABSENCE, Kind.RESIDENT, Kind.PLACE, Kind.WORKER, Kind.SETTING, Kind.IMPORT,
    })  # fmt: skip

    def build(self) -> None:
        """Create the map, the panel beside it, the row above and the months below."""
        self.picture: MapPicture | None = None
        self.shown: MonthShown | None = None
        self._print_wished = False
        self._has_strip = True
        self.month_picker = MonthPicker()
        self.month_picker.month_chosen.connect(self._on_month_picked)
        self.header.add_action(self.month_picker)
        self._last = self.month_picker.month
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(GROUND_AFTER_MS)
        self._patience.timeout.connect(self.refresh)
        self._build_toolbar()
        self._build_map()
        self._build_panel()
        row = QHBoxLayout()
        row.setSpacing(theme.current().px(theme.GAP_M))
        column = QVBoxLayout()
        column.setSpacing(theme.current().px(theme.GAP_S))
        column.addWidget(self.toolbar)
        column.addWidget(self.map_card, 1)
        column.addWidget(self.strip)
        row.addLayout(column, 1)
        row.addWidget(self.places)
        self.body.addLayout(row, 1)

    def _build_toolbar(self) -> None:
        self.toolbar = MapToolbar()
        self.toolbar.indicator_chosen.connect(self._on_indicator)
        self.toolbar.grid_found.connect(self._on_grid_found)
        self.toolbar.nothing_found.connect(self._on_nothing_found)
        self.toolbar.layer_switched.connect(self._on_layer)
        self.toolbar.today_switched.connect(self._on_today)
        self.toolbar.print_action.triggered.connect(self.print_items)

    def _build_map(self) -> None:
        self.view = MapView(self.context.run)
        self.view.grid_selected.connect(self._on_grid_selected)
        self.view.came_near.connect(self._load_dots)
        self.buildings = MapBuildings(self.view, self)
        self.small_maps = SmallMaps()
        self.small_maps.month_chosen.connect(self._on_month_slid)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.view)
        self.stack.addWidget(self.small_maps)
        self.map_card = basics.Card(padded=False)
        self.map_card.body.addWidget(self.stack)
        self.map_card.ring_follows(self.view)
        self.strip = MonthStrip()
        self.strip.month_chosen.connect(self._on_month_slid)
        self.strip.multiples_wished.connect(self._on_multiples)
        self.strip.multiples_button.toggled.connect(self.toolbar.multiples_action.setChecked)
        self.toolbar.multiples_action.toggled.connect(self.strip.multiples_button.setChecked)
        theme.current().changed.connect(self._fit_strip)
        self.empty = EmptyState(self.map_card)
        self.empty.setAutoFillBackground(True)
        self.empty.action_requested.connect(self._on_empty_action)

    def _build_panel(self) -> None:
        self.panel = SidePanel()
        self.panel.grid_requested.connect(self._on_grid_requested)
        self.panel.person_requested.connect(self._on_person_requested)
        self.panel.people_requested.connect(self._on_people_requested)

        self.places = QStackedWidget()
        self.places.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.places.addWidget(self.panel)
        QShortcut(QKeySequence(Qt.Key.Key_F7), self, self._on_other_side)
        self.editing = MapEditing(self.context, self.view, self.places, self)
        self.editing.said.connect(self.notice_raised)
        self.editing.began.connect(self._on_editing)
        self.editing.ended.connect(self._on_edited)
        self.toolbar.edit_button.clicked.connect(self._on_edit)
        self.people = MapPlaces(self.context, self.view, self.places, self)
        self.people.said.connect(self.notice_raised)
        self.people.person_requested.connect(self._on_stray_requested)
        self.toolbar.people_action.triggered.connect(self._on_people)
        self.base = MapBase(self.context, self.view, self)
        self.base.said.connect(self.notice_raised)
        self.base.changed.connect(self.toolbar.no_base_action.setEnabled)
        self.toolbar.base_action.triggered.connect(self.base.choose)
        self.toolbar.no_base_action.triggered.connect(self.base.clear)
        self.files = MapFiles(self.context, self.view, _(self.title), self.base, self)
        self.files.said.connect(self.notice_raised)
        self.toolbar.picture_wished.connect(self.files.ask_picture)
        self.toolbar.import_action.triggered.connect(self.files.ask_import)
        self.toolbar.export_action.triggered.connect(self.files.ask_export)
        self.facilities = MapFacilities(self.context, self.view, self)
        self.toolbar.facilities_action.triggered.connect(self.facilities.open)
        self.toolbar.drafts_action.triggered.connect(self._on_drafts)

    def reload(self) -> None:
        """Ask for grids and figures; people and buildings follow. What is being edited stays as it was opened."""
        if self.editing.desk is not None:
            return
        self.people.refresh()
        self.facilities.refresh()
        of_today = self.toolbar.today_action.isChecked()
        month = self.month_picker.month
        self.load(read_map, self.toolbar.indicator, month, self._last, clock.today(), of_today)

    def show_data(self, data: MapPicture) -> None:
        """Show grids and figures."""
        self.picture = data
        if not len(data.ground):
            self._show_empty(data)
            return
        was_empty = self.empty.isVisible()
        self.empty.appear(False)
        self._has_grids(True)
        if was_empty:
            self.view.setFocus()
        self.toolbar.show_ground(data.ground)
        self.strip.show_months(data.figures.months, data.at)
        self._show_month(data.at)
        self.header.set_subtitle(data.subtitle)
        if self.view.is_near:
            self._load_dots()
        if self.selected:
            self._load_people()
        if self._print_wished:
            self._print_wished = False
            self.print_items()

    def _show_month(self, at: int) -> None:
        assert self.picture is not None
        self.shown = MonthShown.of(self.picture.ground, self.picture.figures, at)
        self.view.show_month(self.shown)
        self.facilities.place()
        self.base.place()
        self.panel.show_month(self.shown)
        if self.stack.currentWidget() is self.small_maps:
            self.small_maps.show_months(self.shown)

    @property
    def selected(self) -> str:
        """Return the code of the selected grid, or ""."""
        number = self.view.mark_layer.selected
        return self.shown.ground.codes[number] if self.shown is not None and number is not None else ""

    def open_with(self, argument: object) -> None:
        """Take {"month": Month, "grid": code, "indicator": key, "print": True}, any of them."""
        if not isinstance(argument, dict):
            return
        self._print_wished = bool(argument.get("print"))
        month, grid, indicator = argument.get("month"), argument.get("grid"), argument.get("indicator")
        if isinstance(indicator, str):
            self.toolbar.choose_indicator(indicator)
        if isinstance(month, Month):
            self.month_picker.choose(month)
        if self._print_wished:
            self.refresh()
        if isinstance(grid, str) and self.shown is not None:
            self._on_grid_requested(self.shown.ground.places.get(grid))

    def take_keyboard(self) -> None:
        """Put the keyboard on the map, or on the button that brings the first grids."""
        (self.empty.action_button if self.empty.isVisible() else self.view).setFocus(Qt.FocusReason.OtherFocusReason)

    def print_items(self) -> None:
        """Take Ctrl+P: choose how the map is printed or saved."""
        self.files.print_map(self._last)

    def _has_grids(self, some: bool) -> None:
        """Offer only what can be done: without grids there is nothing to colour, find, print or edit."""
        self.places.setVisible(some)
        self._has_strip = some
        self._fit_strip()
        row = self.toolbar
        for field in (row.search_field, row.indicator_combo, row.layers_button, row.picture_button, row.edit_button):
            field.setEnabled(some)

    def _show_empty(self, data: MapPicture) -> None:
        self._has_grids(False)
        if data.ground.undrawn:
            text = _("The {count} grids have no boundary yet. Import the boundary file of your community.").format(
                count=formats.count(data.ground.undrawn)
            )
        else:
            text = _("There are no grids yet. Import the boundary file of your community.")
        self.empty.describe("map", text, _("Import boundaries…"))
        had_keyboard = self.view.hasFocus()
        self.empty.appear(True)
        if had_keyboard:
            self.take_keyboard()

    # Months

    def _on_month_picked(self, month: Month) -> None:
        months = self.picture.figures.months if self.picture is not None else ()
        if month in months and len(months) > 1:
            self.strip.slider.setValue(months.index(month))  # from where it comes back as a month slid to
            self.refresh()
            return
        self._last = month
        self.refresh()

    def _on_month_slid(self, at: int) -> None:
        """Colour at once; the outlines of that month, if they are others, come a little later."""
        if self.picture is None or at >= len(self.picture.figures.months):
            return
        self.strip.show_months(self.picture.figures.months, at)
        self._show_month(at)
        self.month_picker.blockSignals(True)
        self.month_picker.choose(self.picture.figures.months[at])
        self.month_picker.blockSignals(False)
        self._patience.start()

    def _on_multiples(self, wished: bool) -> None:
        self.stack.setCurrentWidget(self.small_maps if wished else self.view)
        if wished and self.shown is not None:
            self.small_maps.show_months(self.shown)
            self.small_maps.setFocus()

    def _on_other_side(self) -> None:
        """Take F7: from the map to what stands beside it, and back; nothing chosen on the map is dropped."""
        if not self.view.hasFocus():
            self.view.setFocus()
            return
        beside = self.places.currentWidget()
        for part in beside.findChildren(QWidget) if beside is not None else []:
            if part.isVisible() and part.isEnabled() and part.focusPolicy() & Qt.FocusPolicy.TabFocus:
                part.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return

    def _fit_strip(self) -> None:
        """Leave the row of months out where the text is large and the screen small: the map needs the room.

        The same months are chosen in the header, and side by side in the menu of layers.
        """
        self.strip.setVisible(self._has_strip and self.height() >= theme.current().px(LEAST_FOR_STRIP))

    # Overrides of Qt methods

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_strip()

    # The row above

    def _on_indicator(self, key: str) -> None:
        if key in ("overdue", "due"):
            self.strip.multiples_button.setChecked(False)
        self.refresh()

    def _on_today(self, on: bool) -> None:
        self.refresh()

    def _on_grid_found(self, grid: int) -> None:
        self.strip.multiples_button.setChecked(False)
        self.view.jump_to(grid)
        self.view.setFocus()

    def _on_nothing_found(self, text: str) -> None:
        self.notice_raised.emit(_("No grid is called {name}.").format(name=text))

    def _on_layer(self, layer: str, on: bool) -> None:
        if layer == "facilities":
            self.facilities.switch(on)
            return
        self.view.switch_layer(layer, on)

    # Who lives where

    def _on_people(self) -> None:
        community = self.editing.community_of(self.shown) if self.shown is not None else None
        if community is None or self.shown is None:
            self.notice_raised.emit(_("Choose a grid of the community first."))
            return
        self.people.begin(self.shown, community)

    def _on_stray_requested(self, person: str) -> None:
        self.go_to("residents", {"person": person})

    # Editing

    def may_leave(self, then: Callable[[], None]) -> bool:
        """Ask what becomes of a drawing that is not saved."""
        return self.editing.may_leave(then)

    def retire(self) -> None:
        """Take no more answers; what is drawn becomes a draft."""
        self.editing.keep_safe()
        super().retire()

    def _on_drafts(self) -> None:
        self._on_edit()
        self.editing.drafts_wanted = True

    def _on_edit(self) -> None:
        self.strip.multiples_button.setChecked(False)
        self.people.end()
        if self.shown is not None:
            self.editing.begin(self.shown)

    def _on_editing(self) -> None:
        for part in (self.toolbar, self.month_picker):
            part.hide()  # the map needs the room, and none of it belongs to editing
        self._has_strip = False
        self._fit_strip()

    def _on_edited(self) -> None:
        for part in (self.toolbar, self.month_picker):
            part.show()
        self._has_strip = True
        self._fit_strip()
        self.refresh()

    # Buildings and people

    def _load_dots(self) -> None:
        if self.picture is not None and len(self.picture.ground):
            self.buildings.load(self.picture, self.month_picker.month)

    def _show_people(self, people: list[RosterRow]) -> None:
        self.panel.show_people(people)

    def _load_people(self) -> None:
        self.load(read_people, self.month_picker.month, clock.today(), self.selected, then=self._show_people)
        self.load(list_lineage, self.selected, then=self._show_lineage)

    def _show_lineage(self, rows: list[LineageRow]) -> None:
        self.panel.show_lineage(rows)

    def _on_grid_selected(self, grid: int | None) -> None:
        self.panel.show_grid(grid)
        if grid is not None:
            self._load_people()

    def _on_grid_requested(self, grid: int | None) -> None:
        self.view.select(grid)
        self._on_grid_selected(grid)

    def _on_person_requested(self, row: RosterRow) -> None:
        self.go_to("residents", {"person": row.person.id})

    def _on_people_requested(self, people: object, title: str) -> None:
        month = self.month_picker.month
        heading = _("{grid}, roster of {month}").format(grid=title, month=formats.month(month.year, month.month))
        self.go_to("residents", {"people": people, "title": heading})

    def _on_empty_action(self) -> None:
        self.files.ask_import()
