"""The rows of an imported ledger that wait to be put right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from gridapp import formats
from gridapp.db.queries.journal import BatchRow, WaitingRow, list_waiting
from gridapp.i18n import C_, _
from gridapp.ledgers.values.text import text_of
from gridapp.progress import NullProgress, Progress
from ui import theme
from ui.context import AppContext
from ui.models.row_table_model import RIGHT, Column
from ui.widgets import basics
from ui.widgets.data_table import DataTable


class WaitingRows(QDialog):
    """Shows the rows with what is wrong, and writes them to a workbook to be mended."""

    def __init__(self, context: AppContext, batch: BatchRow, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context = context
        self._batch = batch
        self.rows: list[WaitingRow] = []
        title = _("Rows of {file} that wait").format(file=batch.file_name)
        self.setWindowTitle(title)
        px = theme.current().px
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(px(20), px(16), px(20), px(16))
        self._column.setSpacing(px(theme.GAP_M))
        self.title_label = basics.heading(title)
        self._column.addWidget(self.title_label)
        self._column.addWidget(basics.label(
            _("Export the rows, mend them in Excel or WPS, then import the mended file."), "body", "muted", wrap=True))
        self.table: DataTable[WaitingRow] | None = None
        self.export_button = basics.button(_("Export these rows…"), "primary", "download")
        self.export_button.setEnabled(False)
        self.close_button = basics.button(_("Close"))
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.export_button)
        row.addWidget(self.close_button)
        self._column.addLayout(row)
        self.export_button.clicked.connect(self._choose_file)
        self.close_button.clicked.connect(self.reject)
        window = parent.window()
        self.resize(min(px(1000), window.width() - 40), min(px(560), window.height() - 40))
        self._context.fetch(list_waiting, batch.id).succeeded.connect(self.show_rows)

    @Slot(object)
    def show_rows(self, rows: list[WaitingRow]) -> None:
        """Show the rows; columns are named as well as can be told."""
        self.rows = rows
        headings = waiting_headings(rows)
        columns: list[Column[WaitingRow]] = [
            Column("sheet", _("Sheet"), _sheet, priority=4, width_chars=4),
            Column("row", C_("import", "Row"), _number, str, RIGHT, priority=1, width_chars=2),
        ]
        columns += [
            Column(f"cell_{letters}", title, _raw(letters), priority=2 + place, width_chars=5)
            for place, (letters, title) in enumerate(headings)
        ]
        wrong = C_("import", "What is wrong")
        columns.append(Column("issues", wrong, _issues, priority=1, width_chars=14, stretch=True))
        self.table = DataTable(columns, self.windowTitle(), key="import_waiting")
        self.table.set_empty_state("check", _("No row waits any more."))
        self._column.insertWidget(2, self.table, 1)
        self.table.set_rows(rows)
        self.table.view.setFocus()
        self.title_label.setText(f"{self.windowTitle()}（{formats.count(len(rows))}）")
        self.export_button.setEnabled(bool(rows))

    def export_to(self, path: str) -> None:
        """Write the rows to a workbook."""
        self._context.run(write_waiting, Path(path), tuple(self.rows), title=_("Writing the list…"),
                          reports_progress=True)

    @Slot()
    def _choose_file(self) -> None:
        proposal = Path(self._batch.file_name).stem + _("-to correct") + ".xlsx"
        name, _kind = QFileDialog.getSaveFileName(self, _("Export these rows…"), proposal, _("Excel workbook (*.xlsx)"))
        if name:
            self.export_to(name)


def waiting_headings(rows: Sequence[WaitingRow]) -> list[tuple[str, str]]:
    """Return column letters and their heading in the ledger, left to right."""
    headings: dict[str, str] = {}
    for row in rows:
        headings |= row.headings
    letters = sorted({key for row in rows for key in row.raw} | set(headings), key=_by_place)
    return [(letter, headings.get(letter) or _("Column {letters}").format(letters=letter)) for letter in letters]


def write_waiting(path: Path, rows: Sequence[WaitingRow], progress: Progress = NullProgress()) -> int:
    """Write waiting rows to a workbook, each with what is wrong, and return how many.

    Raises:
        UserError: The file cannot be written.
        OperationCancelled: No file is left.
    """
    from gridapp.ledgers.exports import REMARK_HEADING, ExportColumn, write_xlsx  # heavy: imported when first used

    headings = waiting_headings(rows)
    columns = [ExportColumn(title) for _letters, title in headings] + [ExportColumn(REMARK_HEADING, width=60)]
    values = ([*(_text(row.raw.get(letters)) for letters, _title in headings), _issues(row)] for row in rows)
    return write_xlsx(path, columns, values, progress=progress)


def _by_place(letters: str) -> tuple[int, str]:
    return len(letters), letters


def _text(value: Any) -> str:
    return "" if value is None else text_of(value)


def _raw(letters: str) -> Callable[[WaitingRow], str | None]:
    def value(row: WaitingRow) -> str | None:
        return _text(row.raw.get(letters)) or None

    return value


def _sheet(row: WaitingRow) -> str:
    return row.sheet


def _number(row: WaitingRow) -> int:
    return row.row


def _issues(row: WaitingRow) -> str:
    return " ".join(str(issue["message"]) for issue in row.issues if issue.get("severity") != "info")
