"""The one way by which screens let something out: what for is asked, then it is written or sent, and listed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QDialog, QWidget

from gridapp.domain.changes import Changes
from gridapp.domain.handout import Handout, Stamp, Writer
from ui.context import AppContext


class TakingOut(QObject):
    """One thing on its way out.

    Signals:
        written: how many rows the file has; it is in its place.
        listed: what leaves otherwise is on the list and may leave.
        finished: either of them, or it failed, or nobody said what for.
    """

    written = Signal(object)
    listed = Signal()
    finished = Signal()

    def __init__(self, owner: QWidget, context: AppContext, handout: Handout, title: str = "") -> None:
        """Prepare it; nothing leaves yet.

        Args:
            owner: Page or dialog it leaves from.
            context: Where it comes from.
            handout: What leaves.
            title: Of the work, in the status bar.
        """
        super().__init__(owner)
        self._owner, self._context, self._handout, self._title = owner, context, handout, title
        self._go: Callable[[], None] = self.finished.emit
        self._path = Path()
        self._write: Writer | None = None
        self._place = ""
        self.dialog: QDialog | None = None
        self.stamp: Stamp | None = None

    def to_file(self, path: Path, write: Writer) -> None:
        """Write a file; ``write`` is a function of the core with its own arguments bound."""
        self._path, self._write = path, write
        self._ask(self._start_file)

    def to(self, place: str) -> None:
        """List it as leaving to a printer or the clipboard; see ``listed``."""
        self._place = place
        self._ask(self._start_listing)

    def _ask(self, go: Callable[[], None]) -> None:
        self._go = go
        if self._context.principal.role is None:  # the owner of a database without accounts is not asked
            go()
            return
        from ui.dialogs.purpose_dialog import PurposeDialog

        dialog = PurposeDialog(self._context, self._handout.kind, self._owner)
        dialog.submitted.connect(self._on_purpose)
        dialog.rejected.connect(self._finish)
        self.dialog = dialog
        QDialog.open(dialog)

    @Slot(object)
    def _on_purpose(self, purpose: str) -> None:
        assert self.dialog is not None
        self._handout = replace(self._handout, purpose=purpose)
        self.dialog.accept()
        self.dialog = None
        self._go()

    def _start_file(self) -> None:
        from gridapp.services.handing_out import hand_out_file  # heavy: brings the database

        assert self._write is not None
        job = self._context.run(
            hand_out_file, self._context.database, self._handout, self._path, self._context.actor, self._write,
            title=self._title, reports_progress=True,
        )  # fmt: skip
        job.succeeded.connect(self.written)
        job.finished.connect(self._finish)

    def _start_listing(self) -> None:
        from gridapp.services.handing_out import list_handout  # heavy: brings the database

        job = self._context.change(list_handout, self._handout, self._place, self._context.actor, initiator=self)
        job.succeeded.connect(self._on_listed)
        job.finished.connect(self._finish)

    @Slot(object)
    def _on_listed(self, changes: Changes) -> None:
        self.stamp = changes.result
        self.listed.emit()

    @Slot()
    def _finish(self) -> None:
        self.dialog = None
        self.finished.emit()
        self.deleteLater()  # its page lives on


def file_copied(source: Path, people: int, path: Path, stamp: Any, progress: Any) -> int:
    """Copy a finished paper, saying on each page who takes it out and what for, as ``hand_out_file`` calls it."""
    from gridapp.reports.stamping import stamp_pages

    stamp_pages(source, path, line_on_paper(stamp))
    return people


def line_on_paper(stamp: Stamp) -> str:
    """Return what stands at the foot of a finished paper, which has a mark of the log from when it was made."""
    return replace(stamp, mark="").line
