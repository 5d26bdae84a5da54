"""Write a list as it is seen to a workbook: the columns in sight, the rows in the order shown."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from gridapp import clock, formats
from gridapp.domain.handout import Handout, HandoutKind, Stamp
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from ui.context import AppContext
from ui.handing_out import TakingOut
from ui.saving import ask_where
from ui.widgets.data_table import DataTable

Encoding = Literal["utf-8-sig", "gb18030"]


class SeenList(QObject):
    """Offers to export one table.

    Attributes:
        written: The file is there; carries the sentence that says so.
    """

    written = Signal(str)

    def __init__(self, owner: QWidget, context: AppContext, table: DataTable[Any], title: str) -> None:
        """Join a table to its export.

        Args:
            owner: Where the table stands; the questions are asked above it.
            context: Its way to the database.
            table: The list.
            title: Heading of the workbook, translated.
        """
        super().__init__(owner)
        self._owner = owner
        self._context = context
        self._table = table
        self._title = title
        self._path = ""

    def ask(self) -> None:
        """Ask for a file name and write the list there."""
        name = f"{self._title} {formats.date(clock.today())}.xlsx"
        workbook, csv, old_csv = _("Excel workbook (*.xlsx)"), _("Text table (*.csv)"), _("Text table, GB18030 (*.csv)")
        chosen, kind = ask_where(self._owner, _("Export this list"), name, ";;".join((workbook, csv, old_csv)))
        if chosen:
            ending = ".csv" if kind in (csv, old_csv) else ".xlsx"
            chosen = chosen if chosen.lower().endswith((".xlsx", ".csv")) else chosen + ending
            self.write(chosen, "gb18030" if kind == old_csv else "utf-8-sig")

    def write(self, path: str, encoding: Encoding = "utf-8-sig") -> None:
        """Write the list to a workbook, or to a csv file in an encoding, with progress in the status bar."""
        self._path = path
        headings, cells = self._table.seen()
        title = f"{self._title} {formats.long_date(clock.today())}"
        out = TakingOut(self._owner, self._context, Handout(HandoutKind.LIST, title), _("Writing the list…"))
        out.written.connect(self._on_written)
        out.to_file(Path(path), partial(write_cells, headings, cells, title, encoding))

    @Slot(object)
    def _on_written(self, count: int) -> None:
        text = _("Wrote {count} rows to “{name}”.").format(count=formats.count(count), name=Path(self._path).name)
        self.written.emit(text)


def write_cells(  # noqa: PLR0913  a list, and a writer's three
    headings: list[str],
    cells: list[list[str]],
    heading: str,
    encoding: Encoding,
    path: Path,
    stamp: Stamp | None = None,
    progress: Progress = NullProgress(),
) -> int:
    """Write texts to a workbook or csv file, by its ending, every cell as text, and return how many rows.

    Raises:
        UserError: The file cannot be written.
        OperationCancelled: No file is left.
    """
    from gridapp.ledgers.exports import ExportColumn, write_csv, write_xlsx  # heavy: imported when first used

    columns = [ExportColumn(text) for text in headings]
    if path.suffix.lower() == ".csv":
        return write_csv(path, columns, cells, encoding=encoding, stamp=stamp, progress=progress)
    return write_xlsx(path, columns, cells, title=heading, stamp=stamp, progress=progress)
