"""The map: which grids the month missed, and whom."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout

from gridapp import clock, formats
from gridapp.db.queries.values import RosterRow
from gridapp.domain.changes import Kind
from gridapp.domain.period import Month
from gridapp.i18n import N_, _
from ui import theme
from ui.map.map_view import MapView
from ui.map.picture import MapDots, MapPicture, read_dots, read_map, read_people
from ui.map.side_panel import SidePanel
from ui.pages.page import Page
from ui.widgets import basics
from ui.widgets.empty_state import EmptyState
from ui.widgets.month_picker import MonthPicker


class MapPage(Page):
    """Grids coloured by the month's visit rate, with the people behind each."""

    key = "map"
    title = N_("Map of visits")
    concerns = frozenset({
        Kind.VISIT, Kind.ENROLMENT, Kind.ABSENCE, Kind.RESIDENT, Kind.PLACE, Kind.WORKER, Kind.SETTING, Kind.IMPORT,
    })  # fmt: skip

    def build(self) -> None:
        """Create the map, the panel beside it and the month picker."""
        self.picture: MapPicture | None = None
        self._dots_of: MapPicture | None = None
        self.month_picker = MonthPicker()
        self.month_picker.month_chosen.connect(self._on_month_chosen)
        self.header.add_action(self.month_picker)
        self.view = MapView()
        self.view.grid_selected.connect(self._on_grid_selected)
        self.view.came_near.connect(self._load_dots)
        self.map_card = basics.Card(padded=False)
        self.map_card.body.addWidget(self.view)
        self.map_card.ring_follows(self.view)
        self.empty = EmptyState(self.map_card)
        self.empty.setAutoFillBackground(True)
        self.empty.action_requested.connect(self._on_empty_action)
        self.panel = SidePanel()
        self.panel.grid_requested.connect(self._on_grid_requested)
        self.panel.person_requested.connect(self._on_person_requested)
        self.panel.people_requested.connect(self._on_people_requested)
        row = QHBoxLayout()
        row.setSpacing(theme.current().px(theme.GAP_M))
        row.addWidget(self.map_card, 1)
        row.addWidget(self.panel)
        self.body.addLayout(row, 1)

    def reload(self) -> None:
        """Ask for grids and figures; people and buildings follow."""
        self.load(read_map, self.month_picker.month, clock.today())

    def show_data(self, data: MapPicture) -> None:
        """Show grids and figures."""
        self.picture = data
        if not data.grids:
            self._show_empty(data)
            return
        self.empty.appear(False)
        self.panel.setEnabled(True)
        self.view.show_picture(data)
        self.panel.show_picture(data)
        self._show_subtitle(data)
        if self.view.is_near:
            self._load_dots()
        if self.selected:
            self._load_people()

    @property
    def selected(self) -> str:
        """Return the code of the selected grid, or ""."""
        return self.view.mark_layer.selected

    def open_with(self, argument: object) -> None:
        """Take {"month": Month, "grid": code}, either of them or both."""
        if not isinstance(argument, dict):
            return
        month, grid = argument.get("month"), argument.get("grid")
        if isinstance(month, Month):
            self.month_picker.choose(month)
        if isinstance(grid, str):
            self._on_grid_requested(grid)

    def print_items(self) -> None:
        """Take Ctrl+P: the map sheet of the month."""
        self.go_to("reports", {"report": "map", "month": self.month_picker.month})

    def _show_subtitle(self, data: MapPicture) -> None:
        parts = []
        if data.up_to is not None:
            parts.append(_("Data up to {day}").format(day=formats.date(data.up_to)))
        if data.undrawn:
            parts.append(_("{count} grids have no boundary").format(count=formats.count(data.undrawn)))
        self.header.set_subtitle("  ·  ".join(parts))

    def _show_empty(self, data: MapPicture) -> None:
        self.panel.setEnabled(False)
        if data.undrawn:
            text = _("The {count} grids have no boundary yet. Import the boundary file of your community.").format(
                count=formats.count(data.undrawn)
            )
        else:
            text = _("There are no grids yet. Import the boundary file of your community.")
        self.empty.describe("map", text, _("Import boundaries…"))
        self.empty.appear(True)

    def _load_dots(self) -> None:
        """Ask for the buildings of the picture in sight, once; a street has 60,000 people in them."""
        data = self.picture
        if data is not None and data is not self._dots_of:
            self._dots_of = data
            self.load(read_dots, data.month, clock.today(), data.frame, then=self._show_dots)

    def _show_dots(self, dots: MapDots) -> None:
        self.view.show_dots(dots)

    def _show_people(self, people: list[RosterRow]) -> None:
        self.panel.show_people(people)

    def _load_people(self) -> None:
        self.load(read_people, self.month_picker.month, clock.today(), self.selected, then=self._show_people)

    def _on_month_chosen(self, month: object) -> None:
        self.refresh()

    def _on_grid_selected(self, code: str) -> None:
        grid = self.view.grid_layer.grid(code) if code else None
        self.panel.show_grid(grid)
        if grid is not None:
            self._load_people()

    def _on_grid_requested(self, code: str) -> None:
        self.view.select(code)
        self._on_grid_selected(code)

    def _on_person_requested(self, row: RosterRow) -> None:
        self.go_to("residents", {"person": row.person.id})

    def _on_people_requested(self, people: object, title: str) -> None:
        month = self.month_picker.month
        heading = _("{grid}, roster of {month}").format(grid=title, month=formats.month(month.year, month.month))
        self.go_to("residents", {"people": people, "title": heading})

    def _on_empty_action(self) -> None:
        self.go_to("data", {"import": "boundaries"})
