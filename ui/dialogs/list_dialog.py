"""What dialogs with a list share: the frame around it, and the one form they open over themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from ui import messages, theme
from ui.dialogs.resident_form import ResidentForm
from ui.jobs import Job
from ui.models.row_table_model import Column
from ui.widgets import basics
from ui.widgets.data_table import DataTable


class OpenForm(QObject):
    """The form in sight over a dialog or card, and where the answer to what it submitted goes.

    Signals:
        stored: the result; the form has closed.
        refused: the error, when no form is there to show it.

    Attributes:
        form: What was opened last, until it closes; None otherwise.
    """

    stored = Signal(object)
    refused = Signal(object)

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self.form: QDialog | None = None

    def open(self, form: QDialog, submitted: Callable[..., None] | None = None) -> None:
        """Show a form; ``submitted`` is a method that takes what was entered."""
        self.form = form
        if submitted is not None and isinstance(form, ResidentForm):
            form.submitted.connect(submitted)
        form.finished.connect(self._on_closed)
        form.open()

    def follow(self, job: Job) -> None:
        """Close the form when a job succeeds, and show there why it fails."""
        job.succeeded.connect(self._on_stored)
        job.failed.connect(self._on_refused)

    @Slot()
    def _on_closed(self) -> None:
        if self.sender() is self.form:  # the next may be open before the last is gone
            self.form = None

    @Slot(object)
    def _on_stored(self, result: object) -> None:
        if self.form is not None:
            self.form.accept()
        self.stored.emit(result)

    @Slot(object)
    def _on_refused(self, error: Exception) -> None:
        if isinstance(self.form, ResidentForm):
            self.form.show_error(error)
        else:
            self.refused.emit(error)


class ListDialog(QDialog):
    """A list with a heading above it, and below it what went wrong and the buttons.

    Attributes:
        table: The list.
        problem: One line for what went wrong.
        above: Column for more between heading and list.
        below: Column for more between list and buttons.
        opened: The form over it.
    """

    def __init__(  # noqa: PLR0913  each says one thing about the list
        self, parent: QWidget, title: str, key: str, columns: Sequence[Column[Any]], empty: tuple[str, str],
        hint: str = "", size: tuple[int, int] = (720, 480), multiple: bool = False,
    ) -> None:  # fmt: skip
        """Make the frame; ``add_buttons`` completes it.

        Args:
            parent: Page or window it belongs to.
            title: Of the window, and on top.
            key: Of the list, for its remembered columns.
            columns: Of the list.
            empty: Icon and sentence when there is nothing to list.
            hint: A sentence below the title; "" for none.
            size: Width and height it begins with, no higher than its window. [px at standard text]
            multiple: Whether several rows can be chosen.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        px = theme.current().px
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(px(20), px(16), px(20), px(16))
        self._column.setSpacing(px(theme.GAP_M))
        self._column.addWidget(basics.heading(title))
        if hint:
            self._column.addWidget(basics.label(hint, "small", "muted", wrap=True))
        self.above, self.below = self._part(), self._part()
        self.table: DataTable[Any] = DataTable(list(columns), title, key=key, multiple=multiple)
        self.table.set_empty_state(*empty)
        self.problem = basics.InlineError()
        self._column.addLayout(self.above)
        self._column.addWidget(self.table, 1)
        self._column.addLayout(self.below)
        self._column.addWidget(self.problem)
        self.opened = OpenForm(self)
        self.opened.stored.connect(self._on_stored)
        self.opened.refused.connect(self._on_failed)
        self.resize(px(size[0]), min(px(size[1]), max(parent.window().height(), px(320))))

    @property
    def form(self) -> QDialog | None:
        """Return the form over the list, None when there is none."""
        return self.opened.form

    def add_buttons(self, acting: Sequence[QPushButton], leaving: Sequence[QPushButton]) -> None:
        """Put buttons below: those that act on the list at the left, those that close it at the right."""
        self._column.addLayout(basics.button_row(*leaving, at_left=acting))

    def ask(self) -> None:
        """Ask for the list anew; after a form was stored, too."""

    def _part(self) -> QVBoxLayout:
        made = QVBoxLayout()
        made.setSpacing(theme.current().px(theme.GAP_M))
        return made

    @Slot(object)
    def _on_stored(self, _result: object) -> None:
        self.ask()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.problem.show_problem(messages.sentence(error))
