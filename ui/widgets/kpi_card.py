"""A figure one can read from across the room and open with Enter."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from ui import theme
from ui.widgets import basics


class KpiCard(QAbstractButton):
    """Title, figure and a note; pressing it (click, Space, Enter) asks for the names behind it.

    Use ``clicked`` of QAbstractButton.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.current().px
        self.title_label = basics.label(title, "body", "muted")
        self.figure_label = basics.label("—", "figure")
        self.note_label = basics.label("", "body", "muted", wrap=False)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(12), px(16), px(12))
        column.setSpacing(px(theme.GAP_XS))
        for part in (self.title_label, self.figure_label, self.note_label):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(part)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)
        theme.current().changed.connect(self.updateGeometry)

    def set_figure(self, figure: str, note: str = "", tone: str = "muted", figure_tone: str = "text") -> None:
        """Show a figure already written by ``gridapp.formats``, and a note with a colour token."""
        self.figure_label.setText(figure)
        self.note_label.setText(note)
        theme.set_text_role(self.figure_label, "figure", figure_tone)
        theme.set_text_role(self.note_label, "body", tone)
        self.setAccessibleName(" ".join(part for part in (self.title_label.text(), figure, note) if part))
        self.setToolTip(note)

    # Overrides of Qt methods

    def sizeHint(self) -> QSize:
        return self._column.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.current().px(120), self._column.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        ringed, lit = self.hasFocus(), self.underMouse() or self.isDown()
        width = 2.0 if ringed else 1.0
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.colour("focus" if ringed else "accent" if lit else "line"), width))
        painter.setBrush(look.colour("surface"))
        box = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.drawRoundedRect(box, look.px(8), look.px(8))
        painter.end()
