"""The sheets that were printed: which came back, which are missing; printed again, declared void, keyed in."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gridapp import clock, formats
from gridapp.db.queries.sheets import LISTED, SHEET_STATES, PaperRow, SheetRow, list_sheets, missing_rows
from gridapp.domain.changes import Changes, Kind
from gridapp.i18n import N_, _
from gridapp.services import returns
from ui import theme
from ui.context import AppContext
from ui.models.row_table_model import Column, Tone
from ui.widgets import basics
from ui.widgets.data_table import DataTable
from ui.widgets.filter_chips import FilterChips
from ui.widgets.search_box import SearchBox

ALL = "all"
_WORDS = {
    "missing": N_("nothing back"), "partly": N_("partly back"), "returned": N_("all back"), "void": N_("void"),
}  # fmt: skip
_TONES: dict[str, Tone] = {"missing": "danger", "partly": "warning", "returned": "success", "void": "muted"}


class PrintedSheets(QWidget):
    """The list of sheets with a filter, and below it the rows of the chosen one that are not back.

    Signals:
        row_wanted: a PaperRow that is to be keyed in.
        reprint_wanted: a SheetRow that is to be printed again.

    Attributes:
        sheets: All that were read, newest first.
    """

    row_wanted = Signal(object)
    reprint_wanted = Signal(object)

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.sheets: list[SheetRow] = []
        self._text = ""
        self._asked = 0
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(theme.GAP_S))
        states = [(ALL, _("All")), *((state, _(_WORDS[state])) for state in SHEET_STATES)]
        self.chips = FilterChips(states, _("State"))
        self.chips.chosen.connect(self._show)
        self.search = SearchBox(_("Find a sheet"), _("Number, title or who printed it"))
        self.search.searched.connect(self._on_searched)
        column.addWidget(self.chips)
        column.addWidget(self.search)
        self.table: DataTable[SheetRow] = DataTable(_sheet_columns(), _("Printed sheets"), key="printed_sheets")
        self.table.set_empty_state("file-text", _("No sheet of this kind was printed."), "")
        self.table.row_selected.connect(self._on_sheet)
        self.table.row_activated.connect(self._on_key_in)
        column.addWidget(self.table, 3)
        column.addLayout(self._build_buttons())
        self.rows_label = basics.label("", "strong")
        self.rows: DataTable[PaperRow] = DataTable(_row_columns(), _("Rows not back"), key="missing_rows")
        self.rows.set_empty_state("check", _("Nothing of this sheet is missing."), "")
        self.rows.row_activated.connect(self.row_wanted)
        column.addWidget(self.rows_label)
        column.addWidget(self.rows, 2)
        context.data_changed.connect(self._on_data_changed)
        self.ask()

    def _build_buttons(self) -> QHBoxLayout:
        self.key_button = basics.button(_("&Key in what is missing"), "primary", "clipboard-list")
        self.reprint_button = basics.button(
            _("&Print again…"), icon="printer",
            tip=_("Print the same list as it is now: a new number, and what came back stays"),
        )  # fmt: skip
        self.void_button = basics.button(
            _("Declare &void"), icon="x", tip=_("Nothing more is recorded from this sheet; undo brings it back")
        )
        self.key_button.clicked.connect(self._on_key_in)
        self.reprint_button.clicked.connect(self._on_reprint)
        self.void_button.clicked.connect(self._on_void)
        return basics.button_row(at_left=(self.key_button, self.reprint_button, self.void_button))

    @Slot()
    def ask(self) -> None:
        """Read the list anew."""
        job = self.context.fetch(list_sheets)
        job.succeeded.connect(self._on_sheets)
        job.failed.connect(self.context.error_raised)

    @Slot(object, object)
    def _on_data_changed(self, changes: Changes, _initiator: object) -> None:
        if changes.kinds & {Kind.PAPER, Kind.VISIT}:
            self.ask()

    @Slot(object)
    def _on_sheets(self, found: list[SheetRow]) -> None:
        self.sheets = found
        counts = {state: sum(row.state == state for row in found) for state in SHEET_STATES}
        self.chips.set_counts(counts | {ALL: len(found)})
        self._show()

    @Slot(str)
    def _on_searched(self, text: str) -> None:
        self._text = text.strip().casefold()
        self._show()

    @Slot()
    def _show(self, *_ignored: object) -> None:
        chosen = self.table.current_row()
        shown = [row for row in self.sheets if self.chips.key in (ALL, row.state) and self._text in _told(row)]
        self.table.set_rows(shown)
        numbers = [row.number for row in shown]
        if chosen is not None and chosen.number in numbers:
            self.table.select_row(numbers.index(chosen.number))
        if not shown:
            self._on_sheet(None)

    @Slot(object)
    def _on_sheet(self, sheet: SheetRow | None) -> None:
        self._asked = sheet.number if sheet is not None else 0
        self.reprint_button.setEnabled(sheet is not None)
        self.void_button.setEnabled(sheet is not None and not sheet.voided)
        self.key_button.setEnabled(False)
        if sheet is None:
            self.rows.set_rows([])
            self.rows_label.setText("")
            return
        job = self.context.fetch(missing_rows, sheet.number, clock.today())
        job.setProperty("sheet", sheet.number)
        job.succeeded.connect(self._on_missing)
        job.failed.connect(self.context.error_raised)

    @Slot(object)
    def _on_missing(self, rows: list[PaperRow]) -> None:
        job = self.sender()
        if job is None or job.property("sheet") != self._asked:
            return
        self.rows.set_rows(rows)
        self.key_button.setEnabled(bool(rows))
        told = _("Sheet {number}: {count} rows not back").format(number=f"{self._asked:06d}", count=len(rows))
        if len(self.sheets) == LISTED:
            told += "  ·  " + _("the newest {count} sheets are listed").format(count=formats.count(LISTED))
        self.rows_label.setText(told)

    @Slot()
    def _on_key_in(self, *_ignored: object) -> None:
        row = self.rows.current_row() or (self.rows.model.rows[0] if self.rows.model.rows else None)
        if row is not None and row.sheet == self._asked:
            self.row_wanted.emit(row)

    @Slot()
    def _on_reprint(self) -> None:
        sheet = self.table.current_row()
        if sheet is not None:
            self.reprint_wanted.emit(sheet)

    @Slot()
    def _on_void(self) -> None:
        sheet = self.table.current_row()
        if sheet is not None:
            self.context.change(returns.void_sheet, sheet.number, self.context.actor, initiator=self)


def _told(row: SheetRow) -> str:
    return f"{row.number:06d} {row.title} {row.printed_by} {row.period}".casefold()


def _sheet_columns() -> list[Column[SheetRow]]:
    return [
        Column("number", _("Sheet number"), lambda row: row.number, lambda number: f"{number:06d}", priority=1,
               strong=True, width_chars=4),
        Column("title", _("Title"), lambda row: row.title, priority=1, stretch=True, width_chars=12),
        Column("edition", _("Edition"), lambda row: row.edition, priority=4, width_chars=2),
        Column("printed", _("Printed"), lambda row: row.printed_at, formats.instant, priority=3, width_chars=9),
        Column("by", _("By"), lambda row: row.printed_by, priority=4, width_chars=4),
        Column("rows", _("Rows"), lambda row: row.rows, formats.count, width_chars=2),
        Column("returned", _("Returned"), lambda row: row.returned, formats.count, width_chars=3),
        Column("missing", _("Not back"), lambda row: row.missing, formats.count, priority=1, width_chars=3),
        Column("state", _("State"), lambda row: SHEET_STATES.index(row.state),
               lambda at: _(_WORDS[SHEET_STATES[at]]), priority=1, width_chars=5,
               tone=lambda row: _TONES[row.state]),
    ]  # fmt: skip


def _row_columns() -> list[Column[PaperRow]]:
    return [
        Column("row", _("Row"), lambda row: row.row, priority=1, width_chars=2),
        Column("name", _("Name"), lambda row: row.person.name if row.person else "", priority=1, strong=True),
        Column("grid", _("Grid"), lambda row: row.person.grid_name if row.person else "", priority=3),
        Column("address", _("Address"), lambda row: row.person.address if row.person else "", stretch=True,
               width_chars=12),
        Column("worker", _("Grid worker"), lambda row: row.worker_name, priority=3),
        Column("code", _("Row code"), returns.code_of, priority=2, width_chars=8),
    ]  # fmt: skip

