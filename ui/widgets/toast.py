"""A passing message at the foot of the window, with undo for ten seconds."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from gridapp.i18n import _
from ui import theme
from ui.widgets import basics

UNDO_MS = 10_000
NOTICE_MS = 6_000
MARGIN = 20


class Toast(QFrame):
    """Never takes the keyboard by itself; F6 puts it on the button, Esc closes it.

    The clock stands still while the pointer or the keyboard is on it.

    Signals:
        undo_requested: number of the operation to take back; at most once per message.
        closed: it went away.
    """

    undo_requested = Signal(object)
    closed = Signal()

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("toast")
        self._over = over
        self._operation: int | None = None
        self.text_label = basics.label("", "body", "on_toast")
        self.undo_button = QPushButton(_("Undo (Ctrl+Z)"))
        self.undo_button.setAccessibleName(_("Undo (Ctrl+Z)"))
        self.close_button = QPushButton("✕")
        self.close_button.setAccessibleName(_("Close message"))
        theme.dress(self, "toast")
        row = QHBoxLayout(self)
        px = theme.current().px
        row.setContentsMargins(px(16), px(6), px(8), px(6))
        row.setSpacing(px(theme.GAP_M))
        for part in (self.text_label, self.undo_button, self.close_button):
            row.addWidget(part)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self._on_time_over)
        self.undo_button.clicked.connect(self._on_undo_clicked)
        self.close_button.clicked.connect(self.dismiss)
        over.installEventFilter(self)
        self.hide()

    @property
    def operation(self) -> int | None:
        """Return the operation its undo takes back, or None."""
        return self._operation

    def tell(self, text: str, operation: int | None = None) -> None:
        """Show a message; with an operation it can be taken back for ten seconds."""
        self._operation = operation
        self.text_label.setText(text)
        self.setAccessibleName(text)
        self.undo_button.setVisible(operation is not None)
        self.undo_button.setEnabled(operation is not None)
        self._clock.start(UNDO_MS if operation is not None else NOTICE_MS)
        self.show()
        self._place()
        self.raise_()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def dismiss(self) -> None:
        """Go away; the undo it offered stays with Ctrl+Z."""
        if self.isVisible():
            self._clock.stop()
            self._operation = None
            self.hide()
            self.closed.emit()

    def take_keyboard(self) -> None:
        """Put the keyboard on the message, if there is one."""
        if self.isVisible():
            target = self.undo_button if self._operation is not None else self.close_button
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _on_undo_clicked(self) -> None:
        operation = self._operation
        self.dismiss()
        if operation is not None:
            self.undo_requested.emit(operation)

    def _on_time_over(self) -> None:
        if self.underMouse() or self.isAncestorOf(self._focus_widget()):
            self._clock.start(NOTICE_MS)
        else:
            self.dismiss()

    def _focus_widget(self) -> QWidget:
        return self.window().focusWidget() or self.window()

    def _place(self) -> None:
        self.text_label.setMaximumWidth(max(200, self._over.width() - theme.current().px(320)))
        self.adjustSize()
        room = self._over.rect()
        gap = theme.current().px(MARGIN)
        self.move((room.width() - self.width()) // 2, room.height() - self.height() - gap)

    # Overrides of Qt methods

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False
