"""Returned papers: type or scan a row's code, tick what came of it by a digit, go on to the next row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QDate, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDateEdit,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gridapp import clock, formats
from gridapp.db.queries.sheets import PaperRow, SheetRow
from gridapp.domain.visit import Outcome, mode_title, outcome_title
from gridapp.i18n import _
from gridapp.services import returns
from ui import messages, theme
from ui.context import AppContext
from ui.dialogs.returned_keys import CODE_DIGITS, DigitKeys
from ui.jobs import Job
from ui.models.row_table_model import Column
from ui.widgets import basics
from ui.widgets.data_table import DataTable
from ui.widgets.filter_chips import FilterChips

DESK, SHEETS = "desk", "sheets"


@dataclass(frozen=True)
class Ticked:
    """A row in the list below: what the paper says, and what became of it."""

    row: PaperRow
    told: str
    failed: bool = False


class ReturnedPapers(QDialog):
    """The desk where paper is keyed in; works by digits alone. Beside it the list of printed sheets.

    Signals:
        row_recorded: the PaperRow that was saved.
        reprint_requested: a SheetRow that is to be printed again.

    Attributes:
        row: The row in front, or None.
        queue: Rows of a scanned page that wait for their turn.
        offer: The next row of the sheet, which Enter brings to the front.
    """

    row_recorded = Signal(object)
    reprint_requested = Signal(object)

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        super().__init__(parent)
        self.context = context
        self.row: PaperRow | None = None
        self.queue: list[PaperRow] = []
        self.offer: PaperRow | None = None
        self._goes_on = False  # from row to row; after a code the next code is awaited
        self._keys = DigitKeys(self)
        self._keys.digit_pressed.connect(self._on_digit)
        self._keys.code_typed.connect(self._on_burst)
        self._done: list[Ticked] = []
        self._saving: dict[Job, PaperRow] = {}
        self.setWindowTitle(_("Returned papers"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        px = theme.current().px
        self.resize(min(px(900), parent.window().width() - 20), min(px(640), parent.window().height() - 20))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(px(20), px(16), px(20), px(16))
        whole.setSpacing(px(theme.GAP_S))
        self.places = FilterChips([(DESK, _("Key in")), (SHEETS, _("Printed sheets"))], _("What to do"))
        self.places.chosen.connect(self.show_place)
        self.stack = QStackedWidget()
        whole.addWidget(self.places)
        whole.addWidget(self.stack, 1)
        desk = QWidget()
        self.stack.addWidget(desk)
        column = QVBoxLayout(desk)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(theme.GAP_S))
        self._build_code(column)
        self._build_row(column)
        self.table: DataTable[Ticked] = DataTable(_columns(), _("Rows keyed in"), key="returned_papers")
        self.table.set_empty_state("clipboard-list", _("Rows you key in appear here."), "")
        column.addWidget(self.table, 1)
        self._show_done()
        self._show_row(None)

    @Slot(str)
    def show_place(self, place: str) -> None:
        """Show the desk or the list of printed sheets."""
        self.places.choose(place)
        if place == SHEETS and self.stack.count() == 1:
            from ui.dialogs.printed_sheets import PrintedSheets

            self.sheets = PrintedSheets(self.context)
            self.sheets.row_wanted.connect(self._on_row_wanted)
            self.sheets.reprint_wanted.connect(self._on_reprint_wanted)
            self.stack.addWidget(self.sheets)
        self.stack.setCurrentIndex(1 if place == SHEETS else 0)

    @Slot(object)
    def _on_row_wanted(self, row: PaperRow) -> None:
        self.show_place(DESK)
        self.queue, self._goes_on = [], True
        self._show_row(row)

    @Slot(object)
    def _on_reprint_wanted(self, sheet: SheetRow) -> None:
        self.reprint_requested.emit(sheet)
        self.accept()

    def _build_code(self, column: QVBoxLayout) -> None:
        line = QHBoxLayout()
        self.code_edit = basics.dressed(QLineEdit(), _("Row code"))
        self.code_edit.setPlaceholderText(_("Scan or type the 12 digits beside the row"))
        self.code_edit.textEdited.connect(self._on_code)
        self.day_edit = basics.dressed(QDateEdit(), _("Visit date"))
        today = clock.today()
        self.day_edit.setDate(QDate(today.year, today.month, today.day))
        ways = [(mode, mode_title(mode)) for mode in ("onsite", "phone", "video")]
        self.modes = FilterChips(ways, _("Way of visiting"))
        self.scan_button = basics.button(_("Read a scan…"), icon="upload")
        self.scan_button.clicked.connect(self.choose_scan)
        line.addWidget(self.code_edit, 1)
        line.addWidget(self.scan_button)
        column.addLayout(line)
        below = QHBoxLayout()
        below.addWidget(self.day_edit)
        below.addWidget(self.modes)
        below.addStretch(1)
        column.addLayout(below)
        self.problem = basics.InlineError()
        column.addWidget(self.problem)

    def _build_row(self, column: QVBoxLayout) -> None:
        self.card = basics.Card()
        self.name_label = basics.label("", "title")
        self.place_label = basics.label("", "body", "muted", wrap=True)
        self.card.body.addWidget(self.name_label)
        self.card.body.addWidget(self.place_label)
        grid = QGridLayout()
        grid.setSpacing(theme.current().px(theme.GAP_S))
        self.outcome_buttons: dict[str, QPushButton] = {}
        for number, outcome in enumerate(Outcome, start=1):
            button = basics.button(f"{number} {outcome_title(outcome)}", "primary" if number == 1 else "secondary")
            button.setProperty("outcome", str(outcome))
            button.clicked.connect(self._on_outcome)
            self.outcome_buttons[outcome] = button
            grid.addWidget(button, (number - 1) // 5, (number - 1) % 5)
        self.skip_button = basics.button(_("0 Skip"), "quiet")
        self.skip_button.clicked.connect(self.skip)
        grid.addWidget(self.skip_button, 1, 4)
        self.card.body.addLayout(grid)
        column.addWidget(self.card)

    # Finding rows

    @Slot(str)
    def _on_code(self, text: str) -> None:
        digits = "".join(character for character in text if character.isdigit())
        self.problem.clear_problem()
        if len(digits) >= CODE_DIGITS:
            self.code_edit.clear()
            self.look_up(digits[:CODE_DIGITS])

    def look_up(self, code: str) -> None:
        """Bring the row of a code to the front, or say why there is none."""
        self.offer = None
        self._keys.note_code()
        job = self.context.fetch(returns.find_row, code, clock.today())
        job.succeeded.connect(self._on_found)
        job.failed.connect(self._on_problem)

    @Slot(object)
    def _on_found(self, row: PaperRow) -> None:
        refusal = returns.refusal(row)
        self._goes_on = False
        if refusal:
            self.problem.show_problem(refusal)
            self._show_row(None)
        else:
            self._show_row(row)

    @Slot(object)
    def _on_problem(self, error: Exception) -> None:
        self.problem.show_problem(messages.sentence(error))
        self._show_row(None)

    def choose_scan(self) -> None:
        """Ask for a scanned or photographed page."""
        path, _kind = QFileDialog.getOpenFileName(
            self, _("Read a scan"), "", _("Scans and photos (*.pdf *.png *.jpg *.jpeg *.tif *.tiff)")
        )
        if path:
            self.read_scan(Path(path))

    def read_scan(self, path: Path) -> None:
        """Find all rows on the pages of a file and line them up."""
        job = self.context.run(returns.read_scan, self.context.database, path, title=_("Reading the page"),
                               reports_progress=True)  # fmt: skip
        job.succeeded.connect(self._on_scan)

    @Slot(object)
    def _on_scan(self, pages: Sequence[returns.ScannedPage]) -> None:
        rows = [row for page in pages for row in page.rows]
        problems = [sentence for page in pages for sentence in page.problems]
        problems += [
            _("Page {page}: rows {rows} could not be read.").format(
                page=page.number, rows=", ".join(map(str, page.unread))
            )
            for page in pages
            if page.unread
        ]
        if not rows and not problems:
            problems = [_("No row code can be read on this page. Scan it with 200 dots per inch or more.")]
        refused = [Ticked(row, returns.refusal(row), True) for row in rows if not row.is_open]
        self._done = refused + self._done
        self._show_done()
        self.queue, self._goes_on = [row for row in rows if row.is_open], False
        if problems:
            self.problem.show_problem("\n".join(problems))
        self._next()

    # Ticking

    @Slot()
    def _on_outcome(self) -> None:
        button = self.sender()
        if isinstance(button, QPushButton):
            self.record(str(button.property("outcome")))

    def record(self, outcome: str) -> None:
        """Record the row in front and bring the next one; saving goes on behind."""
        row = self.row
        if row is None:
            return
        date = self.day_edit.date()
        day = dt.date(date.year(), date.month(), date.day())
        job = self.context.change(
            returns.return_row, returns.code_of(row), outcome, day, self.context.actor, self.modes.key,
            initiator=self, announce_errors=False,
        )  # fmt: skip
        self._saving[job] = row
        job.succeeded.connect(self._on_saved)
        job.failed.connect(self._on_refused)
        job.finished.connect(self._on_saving_over)
        self._done.insert(0, Ticked(row, outcome_title(outcome)))
        self._show_done()
        self._next()

    @Slot()
    def skip(self) -> None:
        """Leave the row in front for later."""
        self._next()

    def _next(self) -> None:
        if self.queue:
            self._show_row(self.queue.pop(0))
        elif self.row is not None:
            after = self.row
            self._show_row(None)
            job = self.context.fetch(returns.find_next_row, after.sheet, after.row, clock.today())
            job.succeeded.connect(self._on_next)
        else:
            self._show_row(None)

    @Slot(object)
    def _on_next(self, row: PaperRow | None) -> None:
        if self.row is not None or self.code_edit.text() or row is None or row.person is None:
            return  # a code is being typed, or came first
        if self._goes_on:
            self._show_row(row)
            return
        self.offer = row
        self.place_label.setText(
            _("Type or scan the next code, or press Enter for row {row}: {name}").format(
                row=row.row, name=row.person.name
            )
        )

    @Slot(str)
    def _on_digit(self, digit: str) -> None:
        if self.row is None:
            return
        if digit == "0":
            self.skip()
        elif int(digit) <= len(self.outcome_buttons):
            self.record(list(self.outcome_buttons)[int(digit) - 1])

    @Slot(str)
    def _on_burst(self, digits: str) -> None:
        self.code_edit.setText(digits)
        self.code_edit.setFocus()
        self._on_code(digits)

    @Slot(object)
    def _on_saved(self, _changes: object) -> None:
        job = self.sender()
        if isinstance(job, Job):
            self.row_recorded.emit(self._saving.get(job))

    @Slot(object)
    def _on_refused(self, error: Exception) -> None:
        job = self.sender()
        row = self._saving.get(job) if isinstance(job, Job) else None
        sentence = messages.sentence(error)
        self._done = [
            replace(item, told="▲ " + sentence, failed=True) if row is not None and item.row is row else item
            for item in self._done
        ]
        self._show_done()
        self.problem.show_problem(sentence)

    @Slot()
    def _on_saving_over(self) -> None:
        job = self.sender()
        if isinstance(job, Job):
            self._saving.pop(job, None)

    # Showing

    def _show_row(self, row: PaperRow | None) -> None:
        self.row, self.offer = row, None
        for button in (*self.outcome_buttons.values(), self.skip_button):
            button.setEnabled(row is not None)
        if row is None or row.person is None:
            self.name_label.setText(_("Waiting for a code"))
            self.place_label.setText(_("Each row of a printed roster carries 12 digits and a square code."))
            self.code_edit.setFocus()
            return
        self._keep_day_inside(row)
        self.name_label.setText(row.person.name)
        waiting = _("{count} more rows wait").format(count=len(self.queue)) if self.queue else ""
        place = _("Sheet {sheet}, row {row} of {rows}").format(sheet=f"{row.sheet:06d}", row=row.row, rows=row.rows)
        parts = (row.person.place, row.person.address, place, row.worker_name, waiting)
        self.place_label.setText("  ·  ".join(part for part in parts if part))
        self.card.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.card.setFocus()

    def _keep_day_inside(self, row: PaperRow) -> None:
        """Bring the day into the sheet's period, and say so: the day that counts stands on the paper."""
        date = self.day_edit.date()
        day = dt.date(date.year(), date.month(), date.day())
        inside = min(max(day, row.first), min(row.last, clock.today()))
        if inside != day:
            self.day_edit.setDate(QDate(inside.year, inside.month, inside.day))
            self.problem.show_problem(
                _("Sheet {number} is for {first} to {last}. Please set the day that is written on the paper.").format(
                    number=f"{row.sheet:06d}", first=formats.date(row.first), last=formats.date(row.last)
                )
            )

    def _show_done(self) -> None:
        self.table.set_rows(self._done[:500])

    # Overrides of Qt methods

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text()
        at_desk = self.stack.currentIndex() == 0
        if at_desk and self.row is not None and not self.code_edit.hasFocus() and text.isdigit() and len(text) == 1:
            self._keys.take(text)
            return
        if at_desk and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._keys.is_after_code:
                return
            if self.row is None and self.offer is not None and not self.code_edit.text():
                self._goes_on = True
                self._show_row(self.offer)
            else:
                self.code_edit.setFocus()
            return
        super().keyPressEvent(event)


def _columns() -> list[Column[Ticked]]:
    return [
        Column("sheet", _("Sheet number"), lambda item: item.row.sheet, lambda number: f"{number:06d}", width_chars=4),
        Column("row", _("Row"), lambda item: item.row.row, width_chars=3),
        Column("name", _("Name"), lambda item: item.row.person.name if item.row.person else "", priority=1,
               strong=True),
        Column("told", _("Outcome"), lambda item: item.told, priority=1, stretch=True,
               tone=lambda item: "danger" if item.failed else None),
    ]  # fmt: skip
