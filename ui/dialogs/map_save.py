"""Save a drawing of grids: from which day, what new grids are called, who changes grid and worker."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QDate, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDateEdit,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QWidget,
)

from gridapp import clock
from gridapp.domain.changes import Changes
from gridapp.i18n import _
from gridapp.services.boundary_drafts import keep_draft
from gridapp.services.grid_changes import GridChanges, changes_of
from gridapp.services.grid_editing import NewGrid, save_drawing
from ui import messages, theme
from ui.context import AppContext
from ui.dialogs.map_dialog import MapDialog
from ui.jobs import Job
from ui.map.edit_desk import EditDesk
from ui.widgets import basics

MOST_SHOWN = 200


class MapSaveDialog(MapDialog):
    """Shows what a drawing changes before it holds.

    Signals:
        kept: a sentence for the message at the foot; the drawing is stored, now or as a draft.
    """

    kept = Signal(str)

    def __init__(
        self, context: AppContext, desk: EditDesk, draft: str, parent: QWidget, held: Mapping[str, Any] | None = None
    ) -> None:
        """Make the dialog.

        Args:
            context: Database and jobs.
            desk: What was drawn.
            draft: Key of the draft it was, "" for none.
            parent: The window.
            held: What that draft held when it was opened.
        """
        super().__init__(context, _("Save the grids"), parent, (560, 560))
        self._desk = desk
        self._draft, self._held = draft, held
        self._drawing = desk.drawing()
        self._seen: GridChanges | None = None
        self._saving: Job | None = None
        self.column.addLayout(self._build_form())
        self.sentence_label = basics.label(_("Looking who changes grid…"), "strong", wrap=True)
        self.column.addWidget(self.sentence_label)
        self.list = QListWidget()
        self.list.setAccessibleName(_("Who changes grid, and what is wrong"))
        self.column.addWidget(self.list, 1)
        self._build_buttons()
        theme.dress(self, "form")
        self._ask()

    def _build_form(self) -> QFormLayout:
        form = QFormLayout()
        self.day_field = basics.dressed(QDateEdit(), _("Holds from"))
        self.day_field.setCalendarPopup(True)
        self.day_field.setDisplayFormat("yyyy-MM-dd")
        first = max(clock.today(), self._desk.ground.day)
        self.day_field.setDate(QDate(first.year, first.month, first.day))
        self.day_field.dateChanged.connect(self._on_day)
        form.addRow(_("Holds from"), self.day_field)
        self.name_fields: dict[str, tuple[QLineEdit, QComboBox]] = {}
        cut = {new for _old, new, how in self._drawing.lineage if how == "cut"}
        for id in self._desk.new_ids:
            name = basics.dressed(QLineEdit(), _("Name of {grid}").format(grid=self._desk.name(id)))
            name.setPlaceholderText(_("Named by its number when left empty"))
            kind = basics.dressed(QComboBox(), _("Kind of {grid}").format(grid=self._desk.name(id)))
            kind.addItem(_("Basic grid"), "basic")
            kind.addItem(_("Dedicated grid"), "dedicated")
            kind.setCurrentIndex(int(id in cut))
            row = QHBoxLayout()
            row.addWidget(name, 1)
            row.addWidget(kind)
            form.addRow(self._desk.name(id), row)
            self.name_fields[id] = (name, kind)
        self.reason_field = basics.dressed(QLineEdit(), _("Why it waits, for a draft"))
        self.reason_field.setPlaceholderText(_("Only for a draft: why it waits"))
        form.addRow(_("Reason"), self.reason_field)
        return form

    def _build_buttons(self) -> None:
        self.draft_button = basics.button(_("Keep as a draft"), "secondary", "file-text")
        self.cancel_button = basics.button(_("Cancel"))
        self.save_button = basics.button(_("Save"), "primary", "save")
        self.save_button.setEnabled(False)
        self.draft_button.clicked.connect(self._on_keep)
        self.cancel_button.clicked.connect(self._on_cancel)
        self.save_button.clicked.connect(self._on_save)
        self.close_with(self.cancel_button, self.save_button, at_left=(self.draft_button,))

    @property
    def effective(self) -> dt.date:
        """Return the day chosen."""
        day = self.day_field.date()
        return dt.date(day.year(), day.month(), day.day())

    def _on_day(self) -> None:
        self._ask()

    def _ask(self) -> None:
        self.save_button.setEnabled(False)
        self.error.clear_problem()
        job = self.context.fetch(changes_of, self._desk.ground.code, self._drawing, self.effective)
        self.ask("changes", job, self._on_seen)
        job.failed.connect(self._on_unseen)

    def _on_seen(self, seen: GridChanges) -> None:
        self._seen = seen
        self.sentence_label.setText(seen.sentence)
        self.list.clear()
        for sentence in seen.faults:
            self.list.addItem("▲ " + sentence)
        for problem in seen.problems:
            if not problem.is_fault:
                self.list.addItem(problem.sentence)
        codes = {code: self._desk.name(id) for id, code in seen.codes.items()}
        for code, name in sorted(codes.items()):
            self.list.addItem(_("{name} gets the code {code}").format(name=name, code=code))
        for code in seen.ended:
            ended = self._desk.ground.grids[code].name
            self.list.addItem(_("{name} ends; its code {code} is never used again").format(name=ended, code=code))
        names = codes | {code: grid.name for code, grid in self._desk.ground.grids.items()}
        for move in seen.moves[:MOST_SHOWN]:
            before, after = names.get(move.before, move.before), names.get(move.after, move.after)
            self.list.addItem(f"{move.name}：{before} → {after}")
        if len(seen.moves) > MOST_SHOWN:
            self.list.addItem(_("… and {count} more").format(count=len(seen.moves) - MOST_SHOWN))
        for name in seen.kept_by_hand:
            self.list.addItem(_("{name} stays, as chosen by hand").format(name=name))
        self.save_button.setEnabled(not seen.faults)
        if seen.faults:
            self.error.show_problem(_("With faults it can only be kept as a draft."))

    def _on_unseen(self, _error: Exception) -> None:
        self.sentence_label.setText("")
        self.list.clear()

    def _named(self) -> dict[str, NewGrid]:
        return {
            id: NewGrid(name.text().strip(), str(kind.currentData())) for id, (name, kind) in self.name_fields.items()
        }

    def _on_save(self) -> None:
        self.save_button.setEnabled(False)
        job = self.context.change(
            save_drawing, self._desk.ground.code, self._drawing, self.effective, self.context.actor,
            self._named(), self._draft, self._held, announce_errors=False, initiator=self.parent(),
            title=_("Storing boundaries…"), reports_progress=True, is_save=True,
        )  # fmt: skip
        self._saving = job
        job.progressed.connect(self._on_progress)
        job.succeeded.connect(self._on_saved)
        job.failed.connect(self._on_refused)
        job.cancelled.connect(self._on_stopped)

    @Slot(object, object, str)
    def _on_progress(self, done: int, total: int, message: str) -> None:
        self.sentence_label.setText(f"{message} {done * 100 // max(1, total)}%")

    @Slot()
    def _on_cancel(self) -> None:
        if self._saving is None:
            self.reject()
        else:
            self._saving.cancel()  # what is past stopping is saved, and closes the dialog

    @Slot()
    def _on_stopped(self) -> None:
        self._saving = None
        if self._seen is not None:
            self.sentence_label.setText(self._seen.sentence)
        self.save_button.setEnabled(self._seen is not None and not self._seen.faults)

    def _on_saved(self, changes: Changes) -> None:
        self.kept.emit("")  # the window itself says what was stored
        self.accept()

    def _on_keep(self) -> None:
        reason = self.reason_field.text().strip()
        if not reason:
            self.error.show_problem(_("Say why it waits, so that others understand the draft."), self.reason_field)
            self.reason_field.setFocus()
            return
        job = self.context.run(
            keep_draft, self.context.database, self._desk.ground.code, self._drawing, self.effective, reason,
            self.context.actor, self._draft, self._held,
        )  # fmt: skip
        job.succeeded.connect(self._on_kept)
        job.failed.connect(self._on_refused)

    def _on_kept(self, key: str) -> None:
        self.kept.emit(_("Kept as a draft. Nothing of it holds yet."))
        self.accept()

    def _on_refused(self, error: Exception) -> None:
        self._on_stopped()
        self.error.show_problem(messages.sentence(error))
