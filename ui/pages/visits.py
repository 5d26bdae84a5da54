"""Visits: everything that was logged, newest first, to look up, correct, take back and export."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDate, QModelIndex, QPersistentModelIndex, QSignalBlocker, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QHBoxLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from gridapp import clock, formats
from gridapp.db.queries.values import EVERYWHERE, FormChoices, VisitRow
from gridapp.db.queries.visits import VisitFilter, list_visits
from gridapp.domain.changes import Kind
from gridapp.domain.handout import Handout, HandoutKind
from gridapp.i18n import C_, N_, _
from gridapp.services.visits import void_visit
from ui import preferences, theme
from ui.dialogs.visit_dialog import VisitDialog
from ui.handing_out import TakingOut
from ui.pages import visits_rows
from ui.pages.page import Page
from ui.pages.visits_details import WIDTH, VisitDetails
from ui.saving import ask_where
from ui.widgets import basics
from ui.widgets.data_table import DataTable
from ui.widgets.filter_chips import FilterChips
from ui.widgets.visit_form_target import read_choices
from ui.widgets.whose_picker import WhosePicker

PAGE_ROWS = 200
DETAILS_FROM_WIDTH = 980
NEAR_END_ROWS = 12


class VisitsPage(Page):
    """The list of visits with the one selected beside it."""

    key = "visits"
    title = N_("Visits")
    concerns = frozenset({Kind.VISIT, Kind.RESIDENT, Kind.WORKER, Kind.PLACE, Kind.IMPORT})

    def build(self) -> None:
        """Create filters, list and details."""
        self._rows: list[VisitRow] = []
        self._complete = True
        self._more_asked = False
        self._reloading = False
        self._grown = 0
        self._wanted = ""
        self._dialog: VisitDialog | None = None
        self._build_filters()
        self._build_list()
        self._connect()

    def reload(self) -> None:
        """Ask for as many rows as were in sight, from the newest on, and for what the filters offer."""
        self._ask_list()
        self.load(read_choices, clock.today(), then=self._show_choices)

    def _ask_list(self) -> None:
        self._more_asked, self._reloading = False, True
        wanted = self.filter()
        self.load(list_visits, wanted, max(PAGE_ROWS, self._grown))
        self.load(visits_rows.read_counts, wanted, then=self._show_counts)

    def show_data(self, data: Any) -> None:
        """Show the newest visits."""
        self._complete = len(data) < max(PAGE_ROWS, self._grown)
        self._reloading = False
        self._rows = list(data)
        self._show_rows()
        self._ask_more_near_end()

    def filter(self) -> VisitFilter:
        """Return what the list is limited to."""
        key = str(self.period_box.currentData())
        first, last = visits_rows.period_days(key, clock.today())
        if key == "days":
            first, last = _day(self.first_edit), _day(self.last_edit)
        chip = self.chips.key
        return VisitFilter(first, last, self.scope_picker.scope, "" if chip == "all" else chip,
                           self.voided_box.isChecked())

    def open_with(self, argument: object) -> None:
        """Take ``{"first": day, "last": day, "scope": Scope}``: the visits behind a figure."""
        if not isinstance(argument, dict) or "first" not in argument:
            return
        first, last = argument["first"], argument["last"]
        for edit, day in ((self.first_edit, first), (self.last_edit, last)):
            with QSignalBlocker(edit):
                edit.setDate(QDate(day.year, day.month, day.day))
        self.period_box.setCurrentIndex(self.period_box.findData("days"))
        self.scope_picker.put_in_force(argument.get("scope", EVERYWHERE))
        self.chips.choose("all")
        self._show_day_fields()
        self._start_again()

    def new_item(self) -> None:
        """Log a visit to someone to be looked up."""
        dialog = self._open_dialog()
        dialog.log_for(())

    def export_items(self) -> None:
        """Write the list as filtered to a workbook."""
        name = _("Visits {day}.xlsx").format(day=formats.date(clock.today()))
        chosen, _kind = ask_where(self, _("Export the list of visits"), name, _("Excel workbook (*.xlsx)"))
        if chosen:
            self.export_to(chosen if chosen.endswith(".xlsx") else chosen + ".xlsx")

    def export_to(self, path: str) -> None:
        """Write the list as filtered to a file, with progress in the status bar."""
        self._export_path = path
        handout = Handout(HandoutKind.LIST, _("Visits"))
        out = TakingOut(self, self.context, handout, _("Writing the list of visits"))
        out.written.connect(self._on_exported)
        out.to_file(Path(path), partial(visits_rows.write_visits, self.context.database, self.filter()))

    # ---- building

    def _build_filters(self) -> None:
        px = theme.current().px
        self.export_button = basics.button(_("Export…"), "secondary", "download", _("Ctrl+E"))
        self.new_button = basics.button(_("Log a visit"), "primary", "plus", _("Ctrl+N"))
        self.period_box = basics.dressed(QComboBox(), _("Period"))
        for key, title in visits_rows.period_titles():
            self.period_box.addItem(title, key)
        kept = self.period_box.findData(preferences.text("visits/period", "month"))
        self.period_box.setCurrentIndex(max(0, kept) if self.period_box.itemData(max(0, kept)) != "days" else 0)
        today = clock.today()
        self.first_edit = basics.dressed(QDateEdit(), _("First day"))
        self.last_edit = basics.dressed(QDateEdit(), _("Last day"))
        self.first_edit.setDate(QDate(today.year, today.month, 1))
        self.last_edit.setDate(QDate(today.year, today.month, today.day))
        self.scope_picker = WhosePicker("visits", self.context)
        titles = [("all", C_("visits", "All")), ("met", _("Met the person")), ("attempt", _("Nobody met"))]
        self.chips = FilterChips(titles, _("Which visits"))
        self.voided_box = QCheckBox(_("Those taken back too"))
        theme.dress(self.voided_box, "tick")
        self.voided_box.setAccessibleName(_("Those taken back too"))
        self.header.add_action(self.export_button)
        self.header.add_action(self.new_button)
        first = QHBoxLayout()
        first.setSpacing(px(theme.GAP_S))
        for part in (self.period_box, self.first_edit, self.last_edit, self.scope_picker):
            first.addWidget(part)
        first.addStretch(1)
        self._tools = first
        self._filters = QHBoxLayout()
        self._filters.addWidget(self.chips, 1)
        self._filters.addWidget(self.voided_box)
        self._show_day_fields()

    def _build_list(self) -> None:
        px = theme.current().px
        self.table: DataTable[VisitRow] = DataTable(
            visits_rows.columns(clock.today()), _("List of visits"), key="visits", sorts_itself=False, multiple=True
        )
        self.table.view.setSortingEnabled(False)  # always newest first, as the paging goes
        usual = self.table.view.itemDelegate()
        assert isinstance(usual, QStyledItemDelegate)
        self.table.view.setItemDelegate(_striking(usual)(self.table.view))
        self.table.set_empty_state("clipboard-list", _("No visits here."), _("Log a visit"))
        self.details_button = basics.button(_("Details"), "secondary", "info")
        self.details_button.setCheckable(True)
        self._tools.addWidget(self.details_button)
        self._tools.addWidget(self.table.column_button())
        self.details = VisitDetails()
        self.details.setFixedWidth(px(WIDTH))
        left = QVBoxLayout()
        left.setSpacing(px(theme.GAP_S))
        left.addLayout(self._tools)
        left.addLayout(self._filters)
        left.addWidget(self.table, 1)
        sides = QHBoxLayout()
        sides.setSpacing(px(theme.GAP_M))
        sides.addLayout(left, 1)
        sides.addWidget(self.details)
        self.body.addLayout(sides, 1)

    def _connect(self) -> None:
        self.new_button.clicked.connect(self.new_item)
        self.export_button.clicked.connect(self.export_items)
        self.period_box.activated.connect(self._on_period)
        self.first_edit.dateChanged.connect(self._start_again)
        self.last_edit.dateChanged.connect(self._start_again)
        self.scope_picker.scope_chosen.connect(self._start_again)
        self.chips.chosen.connect(self._start_again)
        self.voided_box.toggled.connect(self._start_again)
        self.table.row_selected.connect(self._on_row_selected)
        self.table.row_activated.connect(self._on_row_activated)
        self.table.empty_action_requested.connect(self.new_item)
        self.table.view.verticalScrollBar().valueChanged.connect(self._ask_more_near_end)
        self.details_button.toggled.connect(self._fit_details)
        self.details.correction_wanted.connect(self._on_correction_wanted)
        self.details.void_wanted.connect(self._on_void_wanted)
        self.details.card_wanted.connect(self._open_card)
        theme.current().changed.connect(self._fit_details)

    # ---- showing

    def _show_rows(self) -> None:
        current = self.table.current_row()
        kept = self._wanted or (current.id if current else "")
        self._wanted = ""
        place = self.table.view.verticalScrollBar().value()
        self.table.set_rows(self._rows)
        for number, row in enumerate(self._rows):
            if row.id == kept:
                self.table.select_row(number)
                break
        self.table.view.verticalScrollBar().setValue(place)

    def _show_counts(self, counts: dict[str, int]) -> None:
        most = visits_rows.COUNTED_AT_MOST
        self.chips.set_counts(counts, most)
        self.header.set_subtitle(_("{count} visits").format(count=formats.count(counts[self.chips.key], most)))

    def _show_choices(self, choices: FormChoices) -> None:
        if len(choices.communities) > 1:
            self.table.widen("grid", visits_rows.PLACE_CHARS)
        if not self.scope_picker.set_choices(choices, clock.today()):
            self.refresh()

    def _show_more(self, more: list[VisitRow]) -> None:
        if not self._more_asked:
            return  # an answer to other filters
        self._more_asked = False
        self._complete = len(more) < PAGE_ROWS
        known = {row.number for row in self._rows}
        self._rows += [row for row in more if row.number not in known]
        self._grown = len(self._rows)
        self._show_rows()
        self._ask_more_near_end()

    def _show_day_fields(self) -> None:
        by_days = self.period_box.currentData() == "days"
        self.first_edit.setVisible(by_days)
        self.last_edit.setVisible(by_days)

    @Slot()
    def _fit_details(self) -> None:
        px = theme.current().px
        self.details.setFixedWidth(px(WIDTH))
        wide = self.width() >= px(DETAILS_FROM_WIDTH)
        self.details_button.setVisible(not wide)
        self.details.setVisible(wide or self.details_button.isChecked())

    # ---- what happens

    @Slot()
    def _start_again(self) -> None:
        self._grown = 0
        self.table.view.verticalScrollBar().setValue(0)
        if self.isVisible():
            self._ask_list()
        else:
            self.refresh()

    @Slot()
    def _on_period(self) -> None:
        preferences.keep("visits/period", self.period_box.currentData())
        self._show_day_fields()
        self._start_again()

    @Slot()
    def _ask_more_near_end(self) -> None:
        view = self.table.view
        last = view.rowAt(view.viewport().height() - 1)
        near_end = last < 0 or last >= len(self._rows) - NEAR_END_ROWS
        if near_end and self._rows and not (self._complete or self._more_asked or self._reloading):
            self._more_asked = True
            end = self._rows[-1]
            self.load(list_visits, self.filter(), PAGE_ROWS, (end.day, end.number), then=self._show_more)

    @Slot(object)
    def _on_row_selected(self, row: object) -> None:
        self.details.show_visit(row if isinstance(row, VisitRow) else None)

    @Slot(object)
    def _on_row_activated(self, row: VisitRow) -> None:
        if self.details.isVisible() or row.voided:
            self._open_card(row.person)
        else:
            self._on_correction_wanted(row)

    @Slot(str)
    def _open_card(self, person: str) -> None:
        self.go_to("residents", {"person": person})

    @Slot(object)
    def _on_correction_wanted(self, row: VisitRow) -> None:
        body = {
            "date": row.day.isoformat(), "time": row.time, "mode": row.mode, "outcome": row.outcome,
            "worker": row.worker, "note": row.note, "needs": row.needs, "referral": row.referral,
            "findings": dict(row.findings),
        }  # fmt: skip
        self._open_dialog().correct(row.id, row.person, body)

    @Slot(object, str)
    def _on_void_wanted(self, row: VisitRow, reason: str) -> None:
        self._wanted = row.id
        self.context.change(void_visit, row.id, reason, self.context.actor, initiator=self)

    @Slot(object)
    def _on_exported(self, count: object) -> None:
        name = Path(self._export_path).name
        self.notice_raised.emit(_("Wrote {count} visits to “{name}”.").format(count=count, name=name))

    def _open_dialog(self) -> VisitDialog:
        self._dialog = VisitDialog(self.context, self)
        self._dialog.card_wanted.connect(self._open_card)
        self._dialog.finished.connect(self._on_dialog_finished)
        return self._dialog

    @Slot()
    def _on_dialog_finished(self) -> None:
        self._dialog = None
        self.table.view.setFocus(Qt.FocusReason.OtherFocusReason)

    # Overrides of Qt methods

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_details()


def _day(field: QDateEdit) -> dt.date:
    date = field.date()
    return dt.date(date.year(), date.month(), date.day())


def _striking(usual: QStyledItemDelegate) -> type[QStyledItemDelegate]:
    """Return the table's own delegate, made to strike through visits that were taken back."""
    base: type[QStyledItemDelegate] = type(usual)

    class StrikingDelegate(base):  # type: ignore[valid-type, misc]
        def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
            super().initStyleOption(option, index)
            model: Any = index.model()
            row = model.row_at(index)
            if row is not None and row.voided and model.columns[index.column()].key != "outcome":
                option.font.setStrikeOut(True)

    return StrikingDelegate
