"""What the lists of the template editor share: a list, buttons to add, remove, move, the fields of the one chosen."""

from __future__ import annotations

from typing import Any, NamedTuple

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from gridapp.i18n import _
from gridapp.reports.template_draft import TemplateDraft
from ui import theme
from ui.widgets import basics
from ui.widgets.data_table import DataTable


class ListWords(NamedTuple):
    """What the buttons to add and to remove say, and their hints."""

    add: str
    add_tip: str
    remove: str
    remove_tip: str


class ListEditor(QWidget):
    """Parts of a draft in a list; every change goes into the draft.

    A subclass lays out ``head`` (above the list), ``foot`` (below the buttons) and ``fields``, and does what
    ``add``, ``remove`` and ``shift`` say.

    Signals:
        edited: the draft was changed.
    """

    edited = Signal()

    def __init__(self, table: DataTable[Any], words: ListWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft: TemplateDraft | None = None
        self._filling = False
        self.table = table
        self.table.setMinimumHeight(theme.current().px(220))
        self.table.row_selected.connect(self._on_line)
        self.head, self.foot, self.fields = QVBoxLayout(), QVBoxLayout(), QGridLayout()
        self.fields.setSpacing(theme.current().px(theme.GAP_S))
        self.fields.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(theme.GAP_S))
        column.addLayout(self.head)
        column.addWidget(self.table, 1)
        column.addLayout(self._build_buttons(words))
        column.addLayout(self.foot)
        column.addLayout(self.fields)

    def _build_buttons(self, words: ListWords) -> QHBoxLayout:
        self.add_button = basics.button(words.add, icon="plus", tip=words.add_tip)
        self.remove_button = basics.button(words.remove, icon="trash", tip=words.remove_tip)
        self.up_button = basics.button("", icon="chevron-up", tip=_("Move towards the beginning (Alt+Up)"))
        self.down_button = basics.button("", icon="chevron-down", tip=_("Move towards the end (Alt+Down)"))
        for button, done, keys in (
            (self.add_button, self._on_add, "Ctrl+Ins"), (self.remove_button, self._on_remove, "Ctrl+Del"),
            (self.up_button, self._on_up, "Alt+Up"), (self.down_button, self._on_down, "Alt+Down"),
        ):  # fmt: skip
            button.clicked.connect(done)
            button.setAccessibleName(button.text().replace("&", "") or button.toolTip())
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(done)
        row = basics.button_row(at_left=(self.add_button, self.remove_button, self.up_button, self.down_button))
        row.setSpacing(theme.current().px(theme.GAP_XS))
        return row

    def add_field(self, title: str, field: QWidget) -> QLabel:
        """Put a labelled field below the others; return its label."""
        label = basics.label(title, "body", "muted")
        label.setBuddy(field)
        row = self.fields.rowCount()
        if isinstance(field, QPlainTextEdit):
            self.fields.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        else:
            self.fields.addWidget(label, row, 0)
        self.fields.addWidget(field, row, 1)
        return label

    @property
    def place(self) -> int:
        """Return the place of the chosen line, -1 for none."""
        row = self.table.current_row()
        return row.number - 1 if row is not None else -1

    def add(self) -> None:
        """Add something behind the chosen line."""
        raise NotImplementedError

    def remove(self) -> None:
        """Remove the chosen line."""
        raise NotImplementedError

    def shift(self, by: int) -> None:
        """Move the chosen line towards the beginning (-1) or the end (1)."""
        raise NotImplementedError

    def _show_fields(self) -> None:
        """Show the fields of the chosen line."""
        raise NotImplementedError

    def show_lines(self, lines: list[Any], chosen: int) -> None:
        """Show the lines anew, and one of them in front."""
        self._filling = True
        self.table.set_rows(lines)
        self._filling = False
        if lines:
            self.table.select_row(min(max(chosen, 0), len(lines) - 1))
        self._on_line(None)

    @Slot(object)
    def _on_line(self, _line: object) -> None:
        if self._filling:
            return
        self._filling = True
        there = self._draft is not None and self.place >= 0
        for button in (self.remove_button, self.up_button, self.down_button):
            button.setEnabled(there)
        self._show_fields()
        self._filling = False

    def _may_change(self) -> bool:
        """Whether a line is chosen and what a field says comes from the user."""
        return self._draft is not None and self.place >= 0 and self.isEnabled() and not self._filling

    @Slot()
    def _on_add(self) -> None:
        if self._draft is not None and self.isEnabled():
            self.add()

    @Slot()
    def _on_remove(self) -> None:
        if self._may_change():
            self.remove()

    @Slot()
    def _on_up(self) -> None:
        if self._may_change():
            self.shift(-1)

    @Slot()
    def _on_down(self) -> None:
        if self._may_change():
            self.shift(1)
