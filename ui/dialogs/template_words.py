"""The words in braces that are filled in when a paper is printed, offered for the field being written."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from gridapp.i18n import _
from gridapp.reports.fields import PLACEHOLDERS, shown_word
from ui import theme
from ui.widgets import basics

Writable = QLineEdit | QPlainTextEdit


class WordButton(QWidget):
    """A button with a menu of words; the chosen one goes into the field written last, as if typed.

    Signals:
        inserted: the field that has the word now.
    """

    inserted = Signal(object)

    def __init__(self, fields: Sequence[Writable], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields = tuple(fields)
        self._last: Writable = self._fields[0]
        told = _("Words that are filled in when printed")
        self.button: QPushButton = basics.button(_("&Insert a word"), "quiet", "plus", told)
        menu = QMenu(self)
        theme.dress(menu, "menu")
        for key, (_word, title) in PLACEHOLDERS.items():
            word, meaning = shown_word(key), _(title)
            written = f"{{{word}}}"
            action = QAction(written if word == meaning else f"{written}  {meaning}", menu)
            action.setData(written)
            menu.addAction(action)
        menu.triggered.connect(self._on_word)
        self.button.setMenu(menu)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus)

    @Slot(QWidget, QWidget)
    def _on_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        for field in self._fields:
            if new is field:
                self._last = field

    @Slot(QAction)
    def _on_word(self, action: QAction) -> None:
        field, word = self._last, str(action.data())
        if isinstance(field, QLineEdit):
            field.insert(word)
        else:
            field.insertPlainText(word)
        self.inserted.emit(field)
        field.setFocus()
