"""What an empty list says: an icon, one line, and the button that fills it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ui import theme
from ui.widgets import basics


class EmptyState(QWidget):
    """Covers the widget it is put on while there is nothing to show.

    Signals:
        action_requested: its button was pressed.
    """

    action_requested = Signal()

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._icon_name = ""
        self.icon_label = QLabel()
        self.text_label = basics.label("", "body", "muted", wrap=True)
        self.action_button = basics.button("", "secondary")
        column = QVBoxLayout(self)
        column.setSpacing(theme.current().px(theme.GAP_M))
        column.addStretch(1)
        for part in (self.icon_label, self.text_label):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(part)
        column.addWidget(self.action_button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(2)
        self.action_button.clicked.connect(self.action_requested)
        self.action_button.hide()
        theme.current().changed.connect(self._draw)
        over.installEventFilter(self)
        self.hide()

    def describe(self, icon: str, text: str, button_text: str = "") -> None:
        """Set icon (Lucide name), line and button; no button without a text for it."""
        self._icon_name = icon
        self.text_label.setText(text)
        self.action_button.setText(button_text)
        self.action_button.setAccessibleName(button_text)
        self.action_button.setVisible(bool(button_text))
        self._draw()

    def appear(self, visible: bool) -> None:
        """Cover the widget, or uncover it."""
        self.setGeometry(self._over.rect())
        self.setVisible(visible)
        if visible:
            self.raise_()

    def _draw(self) -> None:
        if not self.isVisible():
            return  # most are never seen
        look = theme.current()
        icon = look.icon(self._icon_name, "muted", 40)
        self.icon_label.setPixmap(icon.pixmap(look.px(40), look.px(40)))

    # Overrides of Qt methods

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._draw()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._over.rect())
        return False
