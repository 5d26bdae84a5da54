"""The one search box: people by name, initials, phone, ID tail or address."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from gridapp.i18n import _
from ui import theme

PAUSE_MS = 120


class SearchBox(QLineEdit):
    """A field that tells what was typed after a short pause.

    Signals:
        searched: the text, trimmed, after a pause in typing; "" when emptied.
        confirmed: the text, on Enter.
        moved: +1 or -1, when Down or Up is pressed, for a list below it.
    """

    searched = Signal(str)
    confirmed = Signal(str)
    moved = Signal(object)

    def __init__(self, name: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setClearButtonEnabled(True)
        theme.dress(self, "field")
        self._icon = self.addAction(theme.current().icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        theme.current().changed.connect(self._on_look_changed)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._tell)
        # textChanged is silent while an input method composes, so pinyin in the making is not searched.
        self.textChanged.connect(self._on_text_changed)
        self._told = ""

    def focus_all(self) -> None:
        """Put the keyboard here with the text selected."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def _on_text_changed(self) -> None:
        self._pause.start()

    def _tell(self) -> None:
        text = self.text().strip()
        if text != self._told:
            self._told = text
            self.searched.emit(text)

    def _on_look_changed(self) -> None:
        self._icon.setIcon(theme.current().icon("search"))

    # Overrides of Qt methods

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape and self.text():
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._pause.stop()
            self.confirmed.emit(self.text().strip())
        elif key == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.moved.emit(1 if key == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)


def people_search_box(parent: QWidget | None = None) -> SearchBox:
    """Return the search box for people, with its usual hint."""
    return SearchBox(_("Search people"), _("Search name / initials / phone / ID tail / address   Ctrl+K"), parent)
