"""The first screen on a new computer: three doors, no wizard."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gridapp.i18n import _
from ui import theme
from ui.widgets import basics


class Welcome(QWidget):
    """Three doors into the program, and a way to a file one already has.

    Signals:
        door_chosen: "demo", "import" or "blank".
        open_requested: the user has a file already.
    """

    door_chosen = Signal(str)
    open_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.current().px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(40), px(8), px(40), px(8))
        column.setSpacing(px(theme.GAP_S))
        column.addStretch(2)
        title = basics.label(_("Welcome to GridApp"), "title")
        question = _("How would you like to begin? You can change your mind later.")
        hint = basics.label(question, "body", "muted", wrap=True)
        for part in (title, hint):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(part)
        column.addSpacing(px(theme.GAP_M))
        self.doors = {
            "demo": _Door("eye", _("Look at demonstration data"),
                          _("An invented community with 12 grids. Look around; one click removes it.")),
            "import": _Door("file-spreadsheet", _("Import from Excel"),
                            _("Bring the registers you have. Nothing is stored before you have seen it.")),
            "blank": _Door("plus", _("Start empty"), _("Begin with nothing and enter people one by one.")),
        }
        row = QHBoxLayout()
        row.setSpacing(px(16))
        row.addStretch(1)
        for key, door in self.doors.items():
            door.setProperty("doorKey", key)
            door.clicked.connect(self._on_door)
            row.addWidget(door, 4)
        row.addStretch(1)
        column.addLayout(row, 4)
        self.problem = basics.InlineError()
        self.problem.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.problem)
        self.open_button = basics.button(_("Open a file I already have…"), "quiet", "door-open")
        self.open_button.clicked.connect(self.open_requested)
        column.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignCenter)
        self.privacy_label = basics.label(_("All data stays on this computer."), "small", "muted")
        column.addWidget(self.privacy_label, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(3)

    def set_busy(self, busy: bool) -> None:
        """Close the doors while one is being opened."""
        for door in self.doors.values():
            door.setEnabled(not busy)
        self.open_button.setEnabled(not busy)

    def _on_door(self) -> None:
        door = self.sender()
        if isinstance(door, _Door):
            self.problem.clear_problem()
            self.door_chosen.emit(str(door.property("doorKey")))


class _Door(QAbstractButton):
    """A large card that is a button."""

    def __init__(self, icon: str, title: str, text: str) -> None:
        super().__init__()
        self._icon_name = icon
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.icon_label = QLabel()
        self.title_label = basics.label(title, "heading")
        self.text_label = basics.label(text, "body", "muted", wrap=True)
        column = QVBoxLayout(self)
        px = theme.current().px
        column.setContentsMargins(px(20), px(16), px(20), px(12))
        column.setSpacing(px(theme.GAP_S))
        for part in (self.icon_label, self.title_label, self.text_label):
            part.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(part)
        column.addStretch(1)
        theme.current().changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        look = theme.current()
        self.icon_label.setPixmap(look.icon(self._icon_name, "accent", 36).pixmap(look.px(36), look.px(36)))
        self.setMinimumHeight(look.px(176))
        self.setMaximumHeight(look.px(220))
        self.update()

    # Overrides of Qt methods

    def sizeHint(self) -> QSize:
        px = theme.current().px
        return QSize(px(280), px(220))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        lit, ringed = self.underMouse() and self.isEnabled(), self.hasFocus()
        width = 2.0 if ringed else 1.0
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.colour("focus" if ringed else "accent" if lit else "line"), width))
        painter.setBrush(look.colour("raised" if self.isDown() else "surface"))
        box = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.drawRoundedRect(box, look.px(10), look.px(10))
        painter.end()
