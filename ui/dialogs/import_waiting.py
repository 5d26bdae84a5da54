"""The rows of an imported ledger that wait to be put right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from gridapp import formats
from gridapp.db.queries.journal import BatchRow, WaitingRow, list_waiting
from gridapp.domain.changes import Changes
from gridapp.domain.handout import KIND_TITLES, Handout, HandoutKind, Writer
from gridapp.i18n import C_, _
from gridapp.ledgers.checked import Preview
from gridapp.ledgers.decisions import ANOTHER, PERHAPS, SAME
from gridapp.ledgers.fields import canonical_field
from gridapp.ledgers.sheets import Workbook
from gridapp.ledgers.values.text import text_of
from ui import messages, theme
from ui.context import AppContext
from ui.dialogs.import_fix import FixField, FixPanel
from ui.handing_out import TakingOut
from ui.models.row_table_model import RIGHT, ROWS_MEASURED, Column, Tone, width_of
from ui.saving import ask_where
from ui.widgets import basics
from ui.widgets.data_table import DataTable


class WaitingRows(QDialog):
    """Shows the rows with what is wrong; they are put right here, or in a workbook that is imported again."""

    def __init__(self, context: AppContext, batch: BatchRow, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context = context
        self._batch = batch
        self.rows: list[WaitingRow] = []
        self.is_busy = False
        self._clicked = 0
        self._headings: list[tuple[str, str]] = []
        self.setWindowTitle(_("Rows of {file} that wait").format(file=batch.file_name))
        px = theme.current().px
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(px(20), px(16), px(20), px(16))
        self._column.setSpacing(px(theme.GAP_M))
        self.title_label = basics.heading(self.windowTitle())
        self._column.addWidget(self.title_label)
        explanation = _("Put values right below, or export the rows, mend them in Excel or WPS and import that file.")
        self._column.addWidget(basics.label(explanation, "body", "muted", wrap=True))
        self.table: DataTable[WaitingRow] | None = None
        self.fix = FixPanel()
        self._column.addWidget(self.fix)
        self.problem = basics.InlineError()
        self._column.addWidget(self.problem)
        self._column.addLayout(self._buttons())
        self.fix.fix_requested.connect(self._on_fix)
        window = parent.window()
        self.resize(min(px(1100), window.width() - 40), min(px(620), window.height() - 40))
        self.reload()

    def _buttons(self) -> QHBoxLayout:
        self.check_button = basics.button(_("Check all again"), "secondary", "refresh")
        self.drop_button = basics.button(_("Remove this row"), "secondary", "trash")
        self.same_button = basics.button(_("The same person"), "secondary", "check")
        self.another_button = basics.button(_("Another person"), "secondary", "plus")
        self.export_button = basics.button(_("Export these rows…"), "secondary", "download")
        self.close_button = basics.button(_("Close"))
        acting = (self.check_button, self.drop_button, self.same_button, self.another_button)
        row = basics.button_row(self.export_button, self.close_button, at_left=acting)
        self.same_button.hide()
        self.another_button.hide()
        self.check_button.clicked.connect(self._on_check)
        self.drop_button.clicked.connect(self._on_drop)
        self.same_button.clicked.connect(self._on_same)
        self.another_button.clicked.connect(self._on_another)
        self.export_button.clicked.connect(self._choose_file)
        self.close_button.clicked.connect(self.reject)
        return row

    def reload(self) -> None:
        """Ask for the rows anew."""
        self._context.fetch(list_waiting, self._batch.id).succeeded.connect(self.show_rows)

    @Slot(object)
    def show_rows(self, rows: list[WaitingRow]) -> None:
        """Show the rows; columns are named as well as can be told."""
        before = self.table.current_row() if self.table is not None else None
        self.rows = rows
        if self.table is None:
            self._build_table(rows)
        assert self.table is not None
        self.table.set_rows(rows)
        self.title_label.setText(f"{self.windowTitle()}（{formats.count(len(rows))}）")
        for made in (self.export_button, self.check_button, self.drop_button):
            made.setEnabled(bool(rows))
        if not rows:
            self._on_row(None)
            return
        shown = self.table.model.rows
        wanted = before.row if before is not None else 0
        self.table.select_row(next((n for n, one in enumerate(shown) if one.row >= wanted), 0))
        self._on_row(self.table.current_row())
        self.table.view.setFocus()

    def export_to(self, path: str) -> None:
        """Write the rows to a workbook in their original layout."""
        from gridapp.services.inbox import export_waiting  # heavy: imported when first used

        _take_out(self, self._context, Path(path), partial(export_waiting, self._context.database, self._batch.id))

    def mend(self, corrections: dict[int, dict[str, str]]) -> None:
        """Put cells right and check every waiting row of the batch again; good rows go in."""
        from gridapp.services.inbox import mend_rows  # heavy: imported when first used

        rows = {row.number: row.raw for row in self.rows}
        seen = {number: {key: rows[number].get(key) for key in cells} for number, cells in corrections.items()}
        self._change(mend_rows, corrections, seen=seen)

    def decide(self, row: WaitingRow, said: str) -> None:
        """Say whether a row is the person of the register that it nearly fits."""
        from gridapp.services.inbox import mend_rows  # heavy: imported when first used

        self._change(mend_rows, {}, decisions={row.number: said}, seen={row.number: row.raw})

    def _change(self, service: Callable[..., Changes], argument: object, **more: Any) -> None:
        if self.is_busy:
            return
        self.is_busy = True
        self.problem.clear_problem()
        self.fix.setEnabled(False)
        job = self._context.change(service, self._batch.id, argument, self._context.actor, initiator=self,
                                   title=_("Checking the rows…"), announce_errors=False, **more)
        job.succeeded.connect(self._on_changed)
        job.failed.connect(self._on_failed)
        job.cancelled.connect(self._on_changed)

    @Slot()
    def _on_changed(self) -> None:
        self.is_busy = False
        self.reload()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._on_changed()
        self.problem.show_problem(messages.sentence(error))

    def _build_table(self, rows: list[WaitingRow]) -> None:
        self._headings = waiting_headings(rows)
        columns: list[Column[WaitingRow]] = [
            Column("sheet", _("Sheet"), _sheet, priority=99, width_chars=4),
            Column("row", C_("import", "Row"), _number, str, RIGHT, priority=1, width_chars=2),
        ]
        told = [(letters, name, row) for row in rows for letters, name in row.columns.items()]
        wrong_ones = {letters for letters, name, row in told if canonical_field(name) in _wrong_fields(row)}
        columns += [
            Column(letters, title, _raw(letters), priority=2 if letters in wrong_ones else 3 + place,
                   width_chars=width_of(_text(row.raw.get(letters)) for row in rows[:ROWS_MEASURED]),
                   tone=_tone(letters))
            for place, (letters, title) in enumerate(self._headings)
        ]  # fmt: skip
        wrong = C_("import", "What is wrong")
        columns.append(Column("issues", wrong, _issues, priority=1, width_chars=14, stretch=True))
        self.table = DataTable(columns, self.windowTitle(), key="import_waiting")
        self.table.set_empty_state("check", _("No row waits any more."))
        self.table.row_selected.connect(self._on_row)
        self.table.row_activated.connect(self._on_row_opened)
        self.table.view.clicked.connect(self._on_cell_clicked)
        self._column.insertWidget(2, self.table, 1)

    @Slot(object)
    def _on_row(self, row: WaitingRow | None) -> None:
        is_perhaps = row is not None and any(issue.get("code") == PERHAPS for issue in row.issues)
        self.same_button.setVisible(is_perhaps)
        self.another_button.setVisible(is_perhaps)
        if row is None:
            self.fix.show_row([], "")
            return
        wrong = _wrong_fields(row)
        fields = [
            FixField(letters, title, _text(row.raw.get(letters)), _field(row, letters) in wrong)
            for letters, title in self._headings
        ]
        fields.sort(key=lambda field: not field.is_wrong)
        self.fix.show_row(fields, _issues(row), "", lambda letters: len(self._alike(row, letters)))

    def _alike(self, row: WaitingRow, letters: str) -> list[WaitingRow]:
        value = row.raw.get(letters)
        if value in (None, ""):
            return [row]
        return [one for one in self.rows if one.sheet == row.sheet and one.raw.get(letters) == value]

    @Slot(str, str, bool)
    def _on_fix(self, key: str, text: str, everywhere: bool) -> None:
        row = self.table.current_row() if self.table is not None else None
        if row is not None:
            self.mend({one.number: {key: text} for one in (self._alike(row, key) if everywhere else [row])})

    @Slot(object)
    def _on_row_opened(self, _row: WaitingRow) -> None:
        self.fix.begin()

    @Slot(QModelIndex)
    def _on_cell_clicked(self, index: QModelIndex) -> None:
        row = self.table.current_row() if self.table is not None else None
        if self.table is None or row is None:
            return
        letters = self.table.model.columns[index.column()].key
        # The click that brings a row leaves its trouble in front, unless it hits another one.
        if row.number == self._clicked or _field(row, letters) in _wrong_fields(row):
            self.fix.choose(letters)
        self._clicked = row.number

    @Slot()
    def _on_same(self) -> None:
        self._decide(SAME)

    @Slot()
    def _on_another(self) -> None:
        self._decide(ANOTHER)

    def _decide(self, said: str) -> None:
        row = self.table.current_row() if self.table is not None else None
        if row is not None:
            self.decide(row, said)

    @Slot()
    def _on_check(self) -> None:
        self.mend({})

    @Slot()
    def _on_drop(self) -> None:
        from gridapp.services.inbox import drop_rows  # heavy: imported when first used

        row = self.table.current_row() if self.table is not None else None
        if row is not None:
            self._change(drop_rows, [row.number], seen={row.number: row.raw})

    @Slot()
    def _choose_file(self) -> None:
        proposal = Path(self._batch.file_name).stem + _("-to correct") + ".xlsx"
        name, _kind = ask_where(self, _("Export these rows…"), proposal, _("Excel workbook (*.xlsx)"))
        if name:
            self.export_to(name)


def waiting_headings(rows: Sequence[WaitingRow]) -> list[tuple[str, str]]:
    """Return column letters and their heading in the ledger, left to right."""
    headings: dict[str, str] = {}
    for row in rows:
        headings |= row.headings
    letters = sorted({key for row in rows for key in row.raw} | set(headings), key=_by_place)
    return [(letter, headings.get(letter) or _("Column {letters}").format(letters=letter)) for letter in letters]


def _by_place(letters: str) -> tuple[int, str]:
    return len(letters), letters


def _text(value: Any) -> str:
    return "" if value is None else text_of(value)


def _raw(letters: str) -> Callable[[WaitingRow], str | None]:
    def value(row: WaitingRow) -> str | None:
        return _text(row.raw.get(letters)) or None

    return value


def _field(row: WaitingRow, letters: str) -> str | None:
    """Return the canonical field a column holds, or None."""
    name = row.columns.get(letters, "")
    return canonical_field(name) if name else None


def _wrong_fields(row: WaitingRow) -> set[str]:
    return {str(issue.get("field")) for issue in row.issues if issue.get("severity") == "error"}


def _tone(letters: str) -> Callable[[WaitingRow], Tone | None]:
    def tone(row: WaitingRow) -> Tone | None:
        return "danger" if _field(row, letters) in _wrong_fields(row) else None

    return tone


def _sheet(row: WaitingRow) -> str:
    return row.sheet


def _number(row: WaitingRow) -> int:
    return row.row


def _issues(row: WaitingRow) -> str:
    return " ".join(str(issue["message"]) for issue in row.issues if issue.get("severity") != "info")


def take_out_remaining(owner: QWidget, context: AppContext, preview: Preview, workbook: Workbook, path: Path) -> None:
    """Write the rows of a check that stay behind to a workbook in their own layout."""
    from gridapp.ledgers.exports import write_remaining  # heavy: imported when first used

    _take_out(owner, context, path, partial(write_remaining, preview, workbook))


def _take_out(owner: QWidget, context: AppContext, path: Path, write: Writer) -> None:
    handout = Handout(HandoutKind.WAITING, _(KIND_TITLES[HandoutKind.WAITING]))
    TakingOut(owner, context, handout, _("Writing the list…")).to_file(path, write)
