"""Take a file in: choose it, settle its columns, see what is wrong, then import the good rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from gridapp import formats
from gridapp.db.queries.journal import WaitingRow, list_waiting
from gridapp.domain.changes import Changes
from gridapp.errors import GridAppError, UserError
from gridapp.i18n import C_, _
from gridapp.ledgers.corrections import Place
from gridapp.memory import take_apart
from ui import messages, startup, theme
from ui.context import AppContext
from ui.dialogs import import_reading as reading
from ui.dialogs.import_reading import BOUNDARIES, FACTS, Failure, OpenedLedger, Review
from ui.dialogs.import_waiting import take_out_remaining
from ui.dialogs.import_wizard_columns import ColumnsStep
from ui.dialogs.import_wizard_preview import PreviewStep
from ui.dialogs.import_wizard_steps import BusyStep, DoneStep, FactsStep, FileStep
from ui.jobs import Job
from ui.widgets import basics

if TYPE_CHECKING:
    from ui.dialogs.map_import import MapImportDialog


class ImportWizard(QDialog):
    """One file at a time; nothing is stored before the last step.

    Signals:
        waiting_requested: id of an imported batch whose waiting rows are to be shown.

    Attributes:
        step: The step in sight.
        batch: Id of the batch that was imported, or "".
        boundaries: Where outlines of a file are looked at, None when they are not.
    """

    waiting_requested = Signal(str)

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._job: Job | None = None
        self._on_result: Callable[[Any], None] | None = None
        self._before_busy: QWidget | None = None
        self._ledger: OpenedLedger | None = None
        self._operation: int | None = None
        self.batch = ""
        self.boundaries: MapImportDialog | None = None
        self.setWindowTitle(_("Import"))
        self.setSizeGripEnabled(True)
        self._build(parent.window())
        self._connect()
        self._go(self.file_step)

    @property
    def step(self) -> QWidget:
        """Return the step in sight."""
        return self._step

    @property
    def is_busy(self) -> bool:
        """Tell whether work is under way, or outlines are looked at."""
        return self._job is not None or self.boundaries is not None

    def take_file(self, path: str) -> None:
        """Show a file as chosen, with what it seems to hold, and read it at once."""
        if self.is_busy:
            return
        found = reading.detect_file(Path(path))
        self.file_step.show_file(path, "auto" if found == reading.LEDGER else found)
        self._go(self.file_step)
        self.next()

    @Slot()
    def paste(self) -> None:
        """Take the cells on the clipboard as a ledger."""
        if self.is_busy or self.step is not self.file_step:
            return
        self.file_step.show_file("", "auto")
        text = QGuiApplication.clipboard().text()
        database = self._context.database
        self._run(_("Reading the file…"), self._on_read, reading.read_pasted, database, text, self.file_step.kind)

    @Slot()
    def next(self) -> None:
        """Go on to the next step, or carry out the last one."""
        step = self.step
        if step is self.file_step:
            self._read()
        elif step is self.columns_step:
            self._check()
        elif step is self.preview_step and self.preview_step.review is not None:
            self._write(reading.import_and_remember, self.preview_step.review.preview, self._context.actor)
        elif step is self.facts_step:
            from gridapp.services.facts import import_facts_file  # heavy: imported when first used

            self._write(import_facts_file, Path(self.file_step.path), self._context.actor)
        elif step is self.done_step:
            self.accept()

    @Slot()
    def back(self) -> None:
        """Go back one step; what was chosen there is still there."""
        self._go(self.columns_step if self.step is self.preview_step else self.file_step)

    def export_waiting_to(self, path: str) -> None:
        """Write the rows that stay behind to a workbook in their own layout."""
        review, ledger = self.preview_step.review, self._ledger
        if review is not None and ledger is not None:
            take_out_remaining(self, self._context, review.preview, ledger.workbook, Path(path))

    def _build(self, window: QWidget) -> None:
        px = theme.current().px
        self.trail_label = basics.label("", "body", "muted")
        self.file_step = FileStep()
        self._step: QWidget = self.file_step
        self.columns_step = ColumnsStep()
        self.preview_step = PreviewStep()
        self.facts_step = FactsStep()
        self.busy_step = BusyStep()
        self.done_step = DoneStep()
        self._steps = QStackedWidget()
        for step in (self.file_step, self.columns_step, self.preview_step, self.facts_step, self.busy_step,
                     self.done_step):
            self._steps.addWidget(step)
        self.back_button = basics.button(C_("wizard", "Back"), "secondary", "chevron-left")
        self.next_button = basics.button(C_("wizard", "Next"), "primary")
        self.next_button.setDefault(True)
        self.close_button = basics.button(_("Cancel"))
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(16), px(20), px(16))
        column.setSpacing(px(theme.GAP_M))
        column.addWidget(self.trail_label)
        column.addWidget(self._steps, 1)
        column.addLayout(basics.button_row(self.back_button, self.next_button, at_left=(self.close_button,)))
        self.resize(min(px(1100), window.width() - 40), min(px(660), window.height() - 40))

    def _connect(self) -> None:
        self.back_button.clicked.connect(self.back)
        self.next_button.clicked.connect(self.next)
        self.close_button.clicked.connect(self.reject)
        self.finished.connect(self._let_go)
        self.file_step.file_named.connect(self.take_file)
        self.file_step.paste_requested.connect(self.paste)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self.file_step).activated.connect(self.paste)
        self.file_step.changed.connect(self._show_buttons)
        self.columns_step.changed.connect(self._show_buttons)
        self.preview_step.export_requested.connect(self._export_waiting)
        self.preview_step.corrected.connect(self._correct)
        self.busy_step.stop_requested.connect(self._stop)
        self.done_step.undo_requested.connect(self._undo)
        self.done_step.waiting_requested.connect(self._show_waiting)
        self.done_step.export_requested.connect(self._export_waiting)

    def _go(self, step: QWidget) -> None:
        self._step = step
        self._steps.setCurrentWidget(step)
        self._show_buttons()

    @Slot()
    def _show_buttons(self) -> None:
        step = self.step
        is_last = step in (self.preview_step, self.facts_step)
        can_go = {
            self.file_step: bool(self.file_step.path),
            self.columns_step: self.columns_step.is_complete,
            self.preview_step: self.preview_step.review is not None and self.preview_step.review.preview.is_usable,
            self.busy_step: False,
        }
        self.next_button.setEnabled(can_go.get(step, True))
        self.next_button.setText(self._verb(step))
        self.next_button.setAccessibleName(self.next_button.text().replace("&", ""))
        self.back_button.setVisible(step is self.columns_step or is_last)
        self.close_button.setVisible(step not in (self.busy_step, self.done_step))
        self._show_trail(step)

    def _verb(self, step: QWidget) -> str:
        if step is self.done_step:
            return _("Close")
        if step is self.facts_step:
            return _("Import")
        review = self.preview_step.review
        if step is not self.preview_step or review is None:
            return C_("wizard", "Next")
        if not review.good:
            return _("Keep the {waiting} rows for later").format(waiting=formats.count(review.waiting))
        if not review.waiting:
            return _("Import {good} rows").format(good=formats.count(review.good))
        return _("Import the {good} good rows, keep the other {waiting} for later").format(
            good=formats.count(review.good), waiting=formats.count(review.waiting)
        )

    def _show_trail(self, step: QWidget) -> None:
        places = {self.columns_step: 1, self.preview_step: 2, self.facts_step: 2, self.done_step: 3}
        titles = (_("1 File"), _("2 Headings and columns"), _("3 Check"), _("4 Done"))
        place = places.get(step, 0) if step is not self.busy_step else -1
        if place >= 0:
            shown = [f"【{title}】" if number == place else title for number, title in enumerate(titles)]
            self.trail_label.setText("  ›  ".join(shown))

    @Slot()
    def _read(self) -> None:
        path, kind = Path(self.file_step.path), self.file_step.kind
        self.file_step.problem.clear_problem()
        if kind == FACTS:
            self.facts_step.show_file(path)
            self._go(self.facts_step)
        elif kind == BOUNDARIES:
            self._begin(_("Reading the file…"), self._look_at_boundaries)
            self._follow(self._context.run(startup.prewarm, ["ui.dialogs.map_import"]))  # shapely takes its time
        else:
            self._run(_("Reading the file…"), self._on_read, reading.read_ledger, self._context.database, path, kind)

    def _look_at_boundaries(self, _nothing: None) -> None:
        """Let outlines be looked at and imported as from the map; given up there, the file step is still in sight."""
        from ui.dialogs.map_import import MapImportDialog  # heavy: imported when first used

        self._go(self.file_step)
        self.boundaries = MapImportDialog(self._context, Path(self.file_step.path), self)
        self.boundaries.imported.connect(self._on_imported)
        self.boundaries.finished.connect(self._on_boundaries_closed)
        self.boundaries.open()

    def _on_boundaries_closed(self) -> None:
        if self.boundaries is not None:
            self.boundaries.deleteLater()
            self.boundaries = None

    def _check(self) -> None:
        if self._ledger is not None:
            mappings = dict(self.columns_step.mappings)
            self._run(_("Checking every value…"), self._on_checked, reading.check_ledger, self._context.database,
                      self._ledger.workbook, mappings)

    @Slot(object)
    def _correct(self, corrections: dict[Place, str]) -> None:
        """Check again with some cells put right; the step stays in sight meanwhile."""
        if self._ledger is None or self.is_busy:
            return
        job = self._context.run(
            reading.tried, reading.recheck_ledger, self._context.database, self._ledger, corrections,
            dict(self.columns_step.mappings), reports_progress=True,
        )  # fmt: skip
        self._job, self._before_busy, self._on_result = job, self.preview_step, self._on_rechecked
        self.preview_step.fix.setEnabled(False)
        self.next_button.setEnabled(False)
        job.succeeded.connect(self._on_succeeded)
        job.failed.connect(self._on_failed)
        job.cancelled.connect(self._on_cancelled)

    def _on_rechecked(self, result: tuple[OpenedLedger, Review]) -> None:
        self._ledger, review = result
        self.preview_step.show_again(review)
        self._show_buttons()
        if self.preview_step.rows is not None:
            self.preview_step.rows.view.setFocus()

    def _run(self, text: str, then: Callable[[Any], None], function: Callable[..., Any], *arguments: Any) -> None:
        """Do something that writes nothing, with progress, and hand its result on."""
        self._begin(text, then)
        self._follow(self._context.run(reading.tried, function, *arguments, reports_progress=True))

    def _write(self, service: Callable[..., Changes], *arguments: Any, **named: Any) -> None:
        """Carry out the import, with progress."""
        self._begin(_("Importing…"), self._on_imported)
        self._follow(self._context.change(
            service, *arguments, initiator=self, reports_progress=True, announce_errors=False, **named
        ))  # fmt: skip

    def _begin(self, text: str, then: Callable[[Any], None]) -> None:
        self._before_busy = self.step
        self._on_result = then
        self.busy_step.begin(text)

    def _follow(self, job: Job) -> None:
        self._job = job
        self._go(self.busy_step)
        job.progressed.connect(self.busy_step.show_progress)
        job.succeeded.connect(self._on_succeeded)
        job.failed.connect(self._on_failed)
        job.cancelled.connect(self._on_cancelled)

    @Slot(object)
    def _on_succeeded(self, result: Any) -> None:
        self._job = None
        if isinstance(result, Failure):
            self._show_problem(result.error)
        elif self._on_result is not None:
            self._on_result(result)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._job = None
        self._show_problem(error)

    @Slot()
    def _on_cancelled(self) -> None:
        self._job = None
        is_undo = self._on_result == self._on_undone
        self._show_problem(UserError(_("Stopped. Nothing was taken back.") if is_undo
                                     else _("Stopped. Nothing was stored.")))  # fmt: skip

    def _show_problem(self, error: Exception) -> None:
        step = self._before_busy or self.file_step
        problem = getattr(step, "problem", None)
        if problem is None or not isinstance(error, GridAppError):
            step, problem = self.file_step, self.file_step.problem
        self._go(step)
        problem.show_problem(messages.sentence(error))

    def _on_read(self, ledger: OpenedLedger) -> None:
        self._ledger = ledger
        self.columns_step.show_ledger(ledger)
        self._go(self.columns_step)

    def _on_checked(self, review: Review) -> None:
        self.preview_step.show_review(review)
        self._go(self.preview_step)
        self.next_button.setFocus()

    def _on_imported(self, changes: Changes) -> None:
        is_ledger = self._before_busy is self.preview_step
        self.batch = str(changes.result) if is_ledger else ""
        self._operation = changes.operation
        review = self.preview_step.review
        self.done_step.show_done(changes.message, review.waiting if is_ledger and review else 0,
                                 changes.operation is not None)
        self._go(self.done_step)
        if is_ledger:
            # Some rows are refused only when they are stored, so the count is asked for.
            self._context.fetch(list_waiting, self.batch).succeeded.connect(self._on_waiting_known)

    @Slot(object)
    def _on_waiting_known(self, rows: list[WaitingRow]) -> None:
        self.done_step.waiting_button.setVisible(bool(rows))

    @Slot()
    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    @Slot()
    def _undo(self) -> None:
        if self._operation is not None and not self.is_busy:
            job = self._context.undo(self._operation)
            if job is not None:
                self._begin(_("Taking the import back…"), self._on_undone)
                self._follow(job)

    def _on_undone(self, changes: Changes) -> None:
        self._operation, self.batch = None, ""
        self.done_step.show_done(_("The whole import was taken back."), 0, False)
        self._go(self.done_step)

    @Slot()
    def _show_waiting(self) -> None:
        batch = self.batch
        self.accept()
        self.waiting_requested.emit(batch)

    @Slot()
    def _export_waiting(self) -> None:
        start = Path(self.file_step.path or (self._ledger.path.name if self._ledger else "") or "x")
        proposal = str(start.with_name(start.stem + _("-to correct") + ".xlsx"))
        name, _kind = QFileDialog.getSaveFileName(self, _("Export the rows with problems"), proposal,
                                                  _("Excel workbook (*.xlsx)"))
        if name:
            self.export_waiting_to(name)

    @Slot()
    def _let_go(self) -> None:
        """Forget the file and all that was found in it, away from the window: freeing it takes long."""
        held = [self._ledger, *self.preview_step.let_go()]
        self._ledger = None
        self.columns_step.let_go()
        self._context.run(take_apart, held)

    # Overrides of Qt methods

    def reject(self) -> None:
        """Close; while work is under way, stop it first."""
        if self._job is not None:
            self._stop()  # stay until it has stopped, so that it is clear nothing was written
        else:
            super().reject()
