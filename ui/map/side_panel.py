"""Beside the map: the legend, the grids that need attention, or the people of the selected grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from gridapp import formats
from gridapp.db.queries.grid_history import LineageRow
from gridapp.db.queries.values import RosterRow
from gridapp.domain.figure_classes import indicator_title
from gridapp.domain.hardship import absence_title
from gridapp.domain.visit import mode_title
from gridapp.i18n import _
from ui import theme
from ui.map.figures import MonthShown
from ui.map.legend import Legend
from ui.map.rate_classes import percent
from ui.models.row_table_model import RIGHT, Column, Tone
from ui.widgets import basics
from ui.widgets.data_table import DataTable

WIDTH = 330
LEAST_HEIGHT = 460
"""With less, the legend gives way: it, the heading of a grid and some of its people need so much. [px at 100 %]"""

MOST_LINEAGE = 4
MOST_WORST = 500
"""Rows of the list; nobody reads more."""


class SidePanel(QWidget):
    """Legend on top; below it grids in need of attention, or one grid's people.

    Signals:
        grid_requested: a grid chosen from the list (its place in the ground), None for all grids.
        person_requested: the RosterRow of a person to open.
        people_requested: ids of people to list, and the list's title.
    """

    grid_requested = Signal(object)
    person_requested = Signal(object)
    people_requested = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid: int | None = None
        self._shown: MonthShown | None = None
        self._people: list[RosterRow] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(theme.GAP_M))
        self.legend = Legend()
        self.legend_card = basics.Card()
        self.legend_heading = basics.heading("")
        self.legend_card.body.addWidget(self.legend_heading)
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
        self.worst_table: DataTable[WorstRow] = DataTable(_worst_columns(), _("Needs attention"), "map_worst")
        self.worst_table.set_empty_state("check", _("Every grid meets the target."))
        self.worst_table.row_activated.connect(self._on_grid_opened)
        self.worst_table.view.clicked.connect(self._on_grid_clicked)
        self.worst_heading = basics.heading(_("Needs attention"))
        return _titled(self.worst_heading, self.worst_table)

    def _build_people(self) -> QWidget:
        self.back_button = basics.button(_("All grids"), "quiet", "chevron-left")
        self.back_button.clicked.connect(self._on_back)
        self.list_button = basics.button(_("Open as list"), "secondary", "users")
        self.list_button.clicked.connect(self._on_list)
        self.grid_label = basics.heading("")
        self.grid_label.setWordWrap(True)
        self.figure_label = basics.label("", "body", "muted", wrap=True)
        self.lineage_label = basics.label("", "small", "muted", wrap=True)
        self.lineage_label.hide()
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
        return _titled(row, self.grid_label, self.figure_label, self.lineage_label, self.people_table)

    def show_month(self, shown: MonthShown) -> None:
        """Show the legend and the grids that need attention, worst first."""
        same = self._grid is not None and self._shown is not None and self._shown.ground is shown.ground
        self._shown = shown
        self.legend.show_month(shown)
        figures = shown.figures
        self.legend_heading.setText(indicator_title(figures.indicator))
        self.target_label.setText(_explained(shown))
        self.legend_card.setToolTip(figures.rule_text)
        quiet = figures.indicator == "roster"
        self.worst_heading.setText(_("Largest first") if quiet else _("Needs attention"))
        empty = _("Every grid meets the target.") if figures.is_share else _("Nobody anywhere.")
        if np.isnan(shown.values).all():
            empty = _("Nobody is on the roster of this month yet.")
        self.worst_table.set_empty_state("check", empty)
        self.worst_table.set_rows([_worst_row(shown, grid) for grid in shown.loudest()[:MOST_WORST]])
        if self._grid is not None:
            self.show_grid(self._grid if same else None)

    def show_grid(self, grid: int | None) -> None:
        """Show one grid's heading, or the list of grids; the people follow by ``show_people``."""
        if grid is not None and self._grid != grid:
            self._people = []
            self.people_table.set_rows([])
            self.show_lineage([])
        self._grid = grid
        self.stack.setCurrentIndex(0 if grid is None else 1)
        self._fit()
        if grid is not None and self._shown is not None:
            self.grid_label.setText(self._shown.ground.full_names[grid])
            self._describe()

    def _describe(self) -> None:
        shown, grid = self._shown, self._grid
        if shown is None or grid is None:
            return
        parts = [shown.text(grid)]
        if shown.figures.is_share:
            parts[0] += f"  {shown.amount(grid)}/{shown.roster(grid)}"
        late = sum(row.status == "new" for row in self._people)
        left_out = sum(row.status == "excluded" for row in self._people)
        if late:
            parts.append(_("{count} new").format(count=late))
        if left_out:
            parts.append(_("{count} left out").format(count=left_out))
        if shown.ground.workers[grid]:
            parts.append(shown.ground.workers[grid])
        self.figure_label.setText("  ·  ".join(parts))

    def show_lineage(self, rows: list[LineageRow]) -> None:
        """Show which grids the grid came from, and which came from it."""
        self.lineage_label.setText("\n".join(_lineage_text(row) for row in rows[-MOST_LINEAGE:]))
        self.lineage_label.setVisible(bool(rows))

    def show_people(self, people: list[RosterRow]) -> None:
        """Show the people of the grid, as ordered by the query."""
        self._people = people
        self.people_table.set_rows(people)
        self.list_button.setEnabled(bool(people))
        self._describe()

    def _on_grid_opened(self, row: WorstRow) -> None:
        self.grid_requested.emit(row.grid)

    def _on_grid_clicked(self, index: QModelIndex) -> None:
        row = self.worst_table.model.row_at(index)
        if row is not None:
            self.grid_requested.emit(row.grid)

    def _on_back(self) -> None:
        self.grid_requested.emit(None)

    def _on_list(self) -> None:
        if self._grid is not None and self._shown is not None:
            title = self._shown.ground.full_names[self._grid]
            self.people_requested.emit([row.person.id for row in self._people], title)

    def _fit(self) -> None:
        """Where there is little room, the people of a grid have it before the legend."""
        tight = self.height() < theme.current().px(LEAST_HEIGHT)
        self.legend.show_only_used(tight)
        self.legend_card.setVisible(self._grid is None or not tight)

    # Overrides of Qt methods

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _on_look_changed(self) -> None:
        # Half as fast as the text: the map needs its room too.
        look = theme.current()
        self.setFixedWidth(round(WIDTH * (100 + look.scale) / 200))
        self.target_label.setVisible(look.scale < 125)


def _lineage_text(row: LineageRow) -> str:
    day = formats.date(row.day)
    if row.is_before:
        texts = {
            "split": _("Split off from {grid} on {day}"), "merge": _("Took in {grid} on {day}"),
            "cut": _("Cut out of {grid} on {day}"),
        }  # fmt: skip
        return texts.get(row.kind, _("Got ground of {grid} on {day}")).format(grid=row.name, day=day)
    texts = {
        "split": _("{grid} was split off on {day}"), "merge": _("Went into {grid} on {day}"),
        "cut": _("{grid} was cut out on {day}"),
    }  # fmt: skip
    return texts.get(row.kind, _("Gave ground to {grid} on {day}")).format(grid=row.name, day=day)


def _titled(*parts: QWidget) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.current().px(theme.GAP_S))
    for part in parts[:-1]:
        column.addWidget(part, 0, Qt.AlignmentFlag.AlignTop)
    column.addWidget(parts[-1], 1)
    return holder


@dataclass(frozen=True)
class WorstRow:
    """A grid of the list: place in the ground, name, figure to sort by, figure with its sign, people behind it."""

    grid: int
    name: str
    order: tuple[float, int]
    text: str
    people: int


def _worst_row(shown: MonthShown, grid: int) -> WorstRow:
    people = shown.missed(grid)
    value = shown.value(grid) or 0.0
    order = (value, -people) if shown.figures.is_share else (-value, 0)
    return WorstRow(grid, shown.ground.full_names[grid], order, shown.text(grid), people)


def _worst_columns() -> tuple[Column[WorstRow], ...]:
    return (
        Column("name", _("Grid"), lambda row: row.name, priority=1, width_chars=4, stretch=True),
        Column("rate", _("Figure"), lambda row: (row.order, row.text), _second, RIGHT, lambda row: "warning",
               priority=1, width_chars=4.5),
        Column("missed", _("People"), lambda row: row.people, formats.count, RIGHT, width_chars=3),
    )  # fmt: skip


def _explained(shown: MonthShown) -> str:
    figures = shown.figures
    if figures.indicator == "rate":
        text = _("Visited at least once ÷ people on the roster. ▼ is below the target of {share}.")
        return text.format(share=percent(figures.target))
    if figures.indicator == "onsite":
        text = _("Met in person ÷ people on the roster. ▼ is below the target of {share}.")
        return text.format(share=percent(figures.target))
    if figures.indicator == "roster":
        return _("How many people are to be visited in the month.")
    return _("▲ means somebody is waiting for a visit.")


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
