"""The frame the dialogs of the map share: margins, the line for what went wrong, the row of buttons at the foot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from ui import messages, theme
from ui.context import AppContext
from ui.jobs import Job
from ui.widgets import basics


class MapDialog(QDialog):
    """A dialog that asks off the UI thread; only the newest answer to a question counts.

    Attributes:
        column: Takes the parts from top to bottom; ``close_with`` adds the last two.
        error: Says what went wrong.
    """

    def __init__(
        self, context: AppContext, title: str, parent: QWidget, size: tuple[int, int] | None = None
    ) -> None:
        """Make an empty dialog.

        Args:
            context: Database and jobs.
            title: In the title bar.
            parent: The page or window.
            size: Wide and tall; as large as its parts without. [px at 100 %]
        """
        super().__init__(parent)
        self.context = context
        self._newest: dict[str, Job] = {}
        self._asked: dict[Job, tuple[str, Callable[[Any], None]]] = {}
        self.setWindowTitle(title)
        self.setModal(True)
        px = theme.current().px
        if size is not None:
            self._take_size(px(size[0]), px(size[1]), parent)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(px(20), px(16), px(20), px(16))
        self.column.setSpacing(px(theme.GAP_S))
        self.error = basics.InlineError()

    def _take_size(self, wide: int, tall: int, parent: QWidget) -> None:
        """Take a size, as far as the screen has it: with large text a small screen has less."""
        room = parent.screen().availableGeometry()
        self.resize(min(wide, room.width() - FRAME), min(tall, room.height() - FRAME))

    def close_with(self, *buttons: QPushButton, at_left: Sequence[QPushButton] = ()) -> None:
        """End the column with the line for problems and a row of buttons, the one that acts last."""
        self.column.addWidget(self.error)
        self.column.addLayout(basics.button_row(*buttons, at_left=at_left))

    def ask(self, question: str, job: Job, then: Callable[[Any], None]) -> None:
        """Wait for a job; an older one to the same question is given up, what fails is said in the dialog.

        Args:
            question: Name of the question.
            job: What answers it.
            then: A method of this dialog that takes the answer.
        """
        before = self._newest.get(question)
        if before is not None:
            before.cancel()
        self._newest[question] = job
        self._asked[job] = (question, then)
        job.succeeded.connect(self._on_answer)
        job.failed.connect(self.show_failure)
        job.finished.connect(self._on_closed)

    def is_asking(self, question: str) -> bool:
        """Return whether an answer is still to come."""
        return question in self._newest

    def show_failure(self, error: Exception) -> None:
        """Say why something did not work."""
        if self._is_newest(self.sender()):
            self.error.show_problem(messages.sentence(error))

    def _is_newest(self, job: object) -> bool:
        question = self._asked[job][0] if isinstance(job, Job) and job in self._asked else ""
        return not question or self._newest.get(question) is job

    def _on_answer(self, answer: Any) -> None:
        job = self.sender()
        if isinstance(job, Job) and job in self._asked and self._is_newest(job):
            self._asked[job][1](answer)

    def _on_closed(self) -> None:
        job = self.sender()
        if isinstance(job, Job) and job in self._asked:
            question, _then = self._asked.pop(job)
            if self._newest.get(question) is job:
                del self._newest[question]

    # Overrides of Qt methods

    def reject(self) -> None:
        """Close the dialog; what is still being reckoned is given up."""
        for job in self._newest.values():
            job.cancel()
        super().reject()


FRAME = 40
"""Room for the frame of a window. [px]"""
