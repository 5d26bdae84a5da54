"""Beside the map: residents in no grid, residents stored in another grid than they live in, grids chosen by hand."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gridapp import formats
from gridapp.db.queries.grid_choices import ChoiceRow
from gridapp.i18n import _
from gridapp.services.boundary_standing import CommunityStanding
from gridapp.services.grid_assignment import Stray
from ui import theme
from ui.map.side_panel import WIDTH
from ui.models.row_table_model import Column
from ui.widgets import basics
from ui.widgets.data_table import DataTable
from ui.widgets.filter_chips import FilterChips

NOWHERE, ELSEWHERE, BY_HAND = "nowhere", "elsewhere", "by_hand"
MOST_BORDERS = 3


@dataclass(frozen=True)
class PlacedRow:
    """One line of the list.

    Attributes:
        kind: NOWHERE, ELSEWHERE or BY_HAND.
        name: Of the person or building.
        building: Name of the building.
        grids: What is said of grids.
        person: What lists show for the person, "" for a building.
        building_ref: The same of the building.
        grid: Code of the grid stored or chosen.
        choice: Key of the choice, "" where there is none.
        place: Longitude and latitude, None without. [°]
    """

    kind: str
    name: str
    building: str
    grids: str
    person: str
    building_ref: str
    grid: str
    choice: str
    place: tuple[float, float] | None


class PlacesPanel(QWidget):
    """Who lies where, in three lists, with what can be done about each.

    Signals:
        row_chosen: the PlacedRow to show on the map, None for none.
        grid_wished: the PlacedRow to put into a grid by hand.
        release_wished: the PlacedRow whose choice shall end.
        assign_wished: everybody shall get the grid they live in.
        person_requested: the PlacedRow of a person to open.
        closed: the user is done.
    """

    row_chosen = Signal(object)
    grid_wished = Signal(object)
    release_wished = Signal(object)
    assign_wished = Signal()
    person_requested = Signal(object)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[str, list[PlacedRow]] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(theme.GAP_S))
        self.heading = basics.heading(_("Who lives in which grid"))
        self.heading.setWordWrap(True)
        self.told_label = basics.label("", "small", "muted", wrap=True)
        titles = ((NOWHERE, _("Nowhere")), (ELSEWHERE, _("Elsewhere")), (BY_HAND, _("By hand")))
        self.chips = FilterChips(titles, _("Which people"))
        self.chips.chosen.connect(self._on_kind)
        columns: tuple[Column[PlacedRow], ...] = (
            Column("name", _("Name"), lambda row: row.name, priority=1, width_chars=4, strong=True),
            Column("grids", _("Grid"), lambda row: row.grids, priority=1, width_chars=6, stretch=True),
            Column("building", _("Building"), lambda row: row.building, priority=2, width_chars=5),
        )  # fmt: skip
        self.table: DataTable[PlacedRow] = DataTable(columns, _("Who lives in which grid"), "map_places")
        self.table.row_selected.connect(self._on_row)
        self.table.row_activated.connect(self.grid_wished)
        for part in (self.heading, self.told_label, self.chips):
            column.addWidget(part)
        self.row_label = basics.label("", "small", "danger", wrap=True)
        self.row_label.hide()
        column.addWidget(self.table, 1)
        column.addWidget(self.row_label)
        column.addLayout(self._build_buttons())
        theme.current().changed.connect(self._on_look_changed)
        # Its own wish for width does not count: all panels beside the map are as wide as the first.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._on_look_changed()

    def _build_buttons(self) -> QVBoxLayout:
        self.choose_button = basics.button(_("Put into a grid…"), "primary", "map-pin")
        self.release_button = basics.button(_("Release"), "secondary", "undo", _("The choice by hand ends"))
        self.open_button = basics.button(_("Open card"), "secondary", "user")
        self.assign_button = basics.button(_("Give all the grid they live in"), "secondary", "check")
        self.close_button = basics.button(_("Close"), "quiet", "x")
        self.choose_button.clicked.connect(self._on_choose)
        self.release_button.clicked.connect(self._on_release)
        self.open_button.clicked.connect(self._on_open)
        self.assign_button.clicked.connect(self.assign_wished)
        self.close_button.clicked.connect(self.closed)
        upper = QGridLayout()
        upper.addWidget(self.choose_button, 0, 0)
        upper.addWidget(self.release_button, 0, 0)
        upper.addWidget(self.open_button, 0, 1)
        lower = QHBoxLayout()
        lower.addWidget(self.assign_button, 1)
        lower.addWidget(self.close_button)
        column = QVBoxLayout()
        column.addLayout(upper)
        column.addLayout(lower)
        return column

    def show_standing(self, found: CommunityStanding, names: dict[str, str]) -> None:
        """Show a community; ``names`` are those of its grids by code."""
        strays = found.placement.strays
        self._rows = {
            NOWHERE: [_stray_row(row, names) for row in strays if row.place is None],
            ELSEWHERE: [_stray_row(row, names) for row in strays if row.place is not None],
            BY_HAND: [_choice_row(row) for row in found.choices],
        }
        self.heading.setText(_("Who lives where: {community}").format(community=found.name))
        parts = []
        if found.placement.unplaced:
            count = formats.count(found.placement.unplaced)
            parts.append(_("{count} residents have no place on the map and stay in their grid.").format(count=count))
        if found.placement.buildings_nowhere:
            names_of = "、".join(found.placement.buildings_nowhere[:5])
            parts.append(_("Buildings in no grid: {names}").format(names=names_of))
        parts += [border.sentence for border in found.borders[:MOST_BORDERS]]
        self.told_label.setText(" ".join(parts))
        self.told_label.setVisible(bool(parts))
        self.chips.set_counts({kind: len(rows) for kind, rows in self._rows.items()})
        self._show(self.chips.key)

    def tell(self, text: str) -> None:
        """Say something about the row chosen."""
        self.row_label.setText(text)
        self.row_label.setVisible(bool(text))

    def _show(self, kind: str) -> None:
        empty = {
            NOWHERE: _("Everybody with a place on the map lies in a grid."),
            ELSEWHERE: _("Everybody is stored in the grid they live in."),
            BY_HAND: _("Nobody was put into a grid by hand."),
        }
        self.table.set_empty_state("check", empty[kind])
        self.table.set_rows(self._rows.get(kind, []))
        self.release_button.setVisible(kind == BY_HAND)
        self.choose_button.setVisible(kind != BY_HAND)
        self.assign_button.setEnabled(bool(self._rows.get(ELSEWHERE)))
        self._on_row(self.table.current_row())

    def _on_kind(self, kind: str) -> None:
        self._show(kind)

    def _on_row(self, row: PlacedRow | None) -> None:
        for button in (self.choose_button, self.release_button):
            button.setEnabled(row is not None)
        self.open_button.setEnabled(row is not None and bool(row.person))
        self.row_chosen.emit(row)

    def _on_choose(self) -> None:
        if self.table.current_row() is not None:
            self.grid_wished.emit(self.table.current_row())

    def _on_release(self) -> None:
        if self.table.current_row() is not None:
            self.release_wished.emit(self.table.current_row())

    def _on_open(self) -> None:
        if self.table.current_row() is not None:
            self.person_requested.emit(self.table.current_row())

    def _on_look_changed(self) -> None:
        self.setFixedWidth(round(WIDTH * (100 + theme.current().scale) / 200))


def _stray_row(row: Stray, names: dict[str, str]) -> PlacedRow:
    stored = names.get(row.grid, row.grid)
    if row.place is None:
        text = _("{grid}, yet in none").format(grid=stored)
    else:
        there, word = names.get(row.place, row.place), _("Grid")  # the heading says so; both must be seen
        text = f"{stored.removesuffix(word) or stored} → {there.removesuffix(word) or there}"
    return PlacedRow(
        NOWHERE if row.place is None else ELSEWHERE, row.name, row.building_name, text, row.person, row.building,
        row.grid, "", (row.lon, row.lat),
    )  # fmt: skip


def _choice_row(row: ChoiceRow) -> PlacedRow:
    text = f"{row.grid_name}：{row.reason}"
    if row.has_ended:
        text = "▲ " + _("{grid} has ended").format(grid=row.grid_name)
    place = (row.lon, row.lat) if row.lon is not None and row.lat is not None else None
    return PlacedRow(
        BY_HAND, row.name, row.building_name, text, row.person, row.building, row.grid, row.key, place
    )
