"""Beside the map: the legend, the grids that need attention, or the people of the selected grid."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from gridapp import formats
from gridapp.db.queries.values import RosterRow
from gridapp.domain.hardship import absence_title
from gridapp.domain.visit import mode_title
from gridapp.i18n import _
from ui import theme
from ui.map.legend import Legend
from ui.map.picture import MapGrid, MapPicture
from ui.map.rate_classes import RateClasses, percent
from ui.models.row_table_model import RIGHT, Column, Tone
from ui.widgets import basics
from ui.widgets.data_table import DataTable

WIDTH = 330


class SidePanel(QWidget):
    """Legend on top; below it grids in need of attention, or one grid's people.

    Signals:
        grid_requested: code of a grid chosen from the list, "" for all grids.
        person_requested: the RosterRow of a person to open.
        people_requested: ids of people to list, and the list's title.
    """

    grid_requested = Signal(str)
    person_requested = Signal(object)
    people_requested = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid: MapGrid | None = None
        self._people: list[RosterRow] = []
        self._classes = RateClasses.around(1.0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(theme.GAP_M))
        self.legend = Legend()
        self.legend_card = basics.Card(_("Visit rate of the month"))
        self.target_label = basics.label("", "small", "muted", wrap=True)
        self.legend_card.body.addWidget(self.target_label)
        self.legend_card.body.addWidget(self.legend)
        self.stack = QStackedWidget()
        self.stack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.legend_card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.stack.addWidget(self._build_worst())
        self.stack.addWidget(self._build_people())
        column.addWidget(self.legend_card)
        column.addWidget(self.stack, 1)
        theme.current().changed.connect(self._on_look_changed)
        self._on_look_changed()

    def _build_worst(self) -> QWidget:
        self.worst_table: DataTable[MapGrid] = DataTable(self._worst_columns(), _("Needs attention"), "map_worst")
        self.worst_table.set_empty_state("check", _("Every grid meets the target."))
        self.worst_table.row_activated.connect(self._on_grid_opened)
        self.worst_table.view.clicked.connect(self._on_grid_clicked)
        return _titled(basics.heading(_("Needs attention")), self.worst_table)

    def _worst_columns(self) -> tuple[Column[MapGrid], ...]:
        return (
            Column("name", _("Grid"), lambda grid: grid.full_name, priority=1, width_chars=4, stretch=True),
            Column("rate", _("Rate"), _rate, _second, RIGHT, lambda grid: "warning", priority=1, width_chars=4.5),
            Column("missed", _("Not visited"), lambda grid: grid.rate.missed, formats.count, RIGHT, width_chars=3),
        )

    def _build_people(self) -> QWidget:
        self.back_button = basics.button(_("All grids"), "quiet", "chevron-left")
        self.back_button.clicked.connect(self._on_back)
        self.list_button = basics.button(_("Open as list"), "secondary", "users")
        self.list_button.clicked.connect(self._on_list)
        self.grid_label = basics.heading("")
        self.grid_label.setWordWrap(True)
        self.figure_label = basics.label("", "body", "muted", wrap=True)
        columns = (
            Column("name", _("Name"), _person_name, priority=1, width_chars=4, strong=True),
            Column("state", _("This month"), _state_order, _second, tone=_state_tone, priority=1, width_chars=6),
            Column("address", _("Address"), _address, priority=2, width_chars=8, stretch=True),
        )
        self.people_table: DataTable[RosterRow] = DataTable(columns, _("People of the grid"), "map_people")
        self.people_table.set_empty_state("users", _("Nobody of this grid is on the roster."))
        self.people_table.row_activated.connect(self.person_requested)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.back_button)
        line.addStretch(1)
        line.addWidget(self.list_button)
        return _titled(row, self.grid_label, self.figure_label, self.people_table)

    def show_picture(self, picture: MapPicture) -> None:
        """Show the legend and the grids below the target, worst first."""
        self._classes = RateClasses.around(picture.target)
        self.legend.show_picture(picture)
        self.target_label.setText(
            _("Visited at least once ÷ people on the roster. ▼ is below the target of {share}.").format(
                share=percent(picture.target)
            )
        )
        self.legend_card.setToolTip(picture.rule_text)
        below = [grid for grid in picture.grids if self._classes.is_below(grid.rate.share)]
        self.worst_table.set_rows(sorted(below, key=lambda grid: (grid.rate.share or 0.0, -grid.rate.missed)))
        if self._grid is not None:
            same = [grid for grid in picture.grids if grid.code == self._grid.code]
            self.show_grid(same[0] if same else None)

    def show_grid(self, grid: MapGrid | None) -> None:
        """Show one grid's heading, or the list of grids; the people follow by ``show_people``."""
        if grid is not None and (self._grid is None or self._grid.code != grid.code):
            self._people = []
            self.people_table.set_rows([])
        self._grid = grid
        self.stack.setCurrentIndex(0 if grid is None else 1)
        if grid is None:
            return
        rate = grid.rate
        self.grid_label.setText(grid.full_name)
        parts = [f"{self._classes.marked(rate.shown, rate.share)}  {rate.visited}/{rate.roster}"]
        if rate.new:
            parts.append(_("{count} new").format(count=rate.new))
        if rate.excluded:
            parts.append(_("{count} left out").format(count=sum(rate.excluded.values())))
        if grid.worker:
            parts.append(grid.worker)
        self.figure_label.setText("  ·  ".join(parts))

    def show_people(self, people: list[RosterRow]) -> None:
        """Show the people of the grid, as ordered by the query."""
        self._people = people
        self.people_table.set_rows(people)
        self.list_button.setEnabled(bool(people))

    def _on_grid_opened(self, grid: MapGrid) -> None:
        self.grid_requested.emit(grid.code)

    def _on_grid_clicked(self, index: QModelIndex) -> None:
        grid = self.worst_table.model.row_at(index)
        if grid is not None:
            self.grid_requested.emit(grid.code)

    def _on_back(self) -> None:
        self.grid_requested.emit("")

    def _on_list(self) -> None:
        if self._grid is not None:
            self.people_requested.emit([row.person.id for row in self._people], self._grid.full_name)

    def _on_look_changed(self) -> None:
        # Half as fast as the text: the map needs its room too.
        look = theme.current()
        self.setFixedWidth(round(WIDTH * (100 + look.scale) / 200))
        self.target_label.setVisible(look.scale < 125)


def _titled(*parts: QWidget) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.current().px(theme.GAP_S))
    for part in parts[:-1]:
        column.addWidget(part, 0, Qt.AlignmentFlag.AlignTop)
    column.addWidget(parts[-1], 1)
    return holder


def _rate(grid: MapGrid) -> tuple[float, str]:
    """Return what sorts first, what is shown second; only grids below the target are listed."""
    return grid.rate.share or 0.0, f"{grid.rate.shown} ▼"


def _person_name(row: RosterRow) -> str:
    return row.person.name


def _address(row: RosterRow) -> str:
    return row.person.address


def state_of(row: RosterRow) -> str:
    """Write how a person stands in the month, with a sign before what needs attention."""
    if row.status == "new":
        return _("New this month")
    if row.status == "excluded":
        return absence_title(row.reason)
    if row.visited:
        return "、".join(mode_title(mode) for mode in row.modes) or _("Visited")
    if row.attempts:
        return "▲ " + _("{count} attempts").format(count=row.attempts)
    return "▲ " + _("Not visited")


def _state_order(row: RosterRow) -> tuple[bool, str]:
    return (not row.missed, state_of(row))


def _second(value: tuple[object, str]) -> str:
    return value[1]


def _state_tone(row: RosterRow) -> Tone | None:
    return "danger" if row.missed else "muted"
