"""Building blocks of every screen: buttons, fields, labels, cards.

Each is a stock Qt widget dressed by the theme, so a page only says what it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeVar

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDateEdit,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gridapp.i18n import _
from ui import theme

ButtonKind = Literal["primary", "secondary", "quiet", "danger", "link"]
Field = TypeVar("Field", bound=QLineEdit | QPlainTextEdit | QComboBox | QDateEdit)


def button(text: str, kind: ButtonKind = "secondary", icon: str = "", tip: str = "") -> QPushButton:
    """Return a button; ``icon`` is a Lucide name, ``tip`` may name the shortcut."""
    made = QPushButton(text)
    theme.dress(made, kind)
    if icon:
        theme.set_icon(made, icon, "on_accent" if kind == "primary" else "accent" if kind == "quiet" else "muted")
    made.setToolTip(tip)
    made.setAccessibleName(text.replace("&", ""))
    made.setAutoDefault(False)
    return made


def dressed(field: Field, name: str) -> Field:
    """Return a field dressed by the theme, with its accessible name."""
    theme.dress(field, "field")
    field.setAccessibleName(name)
    if isinstance(field, QDateEdit):
        field.setCalendarPopup(True)
        field.setDisplayFormat("yyyy-MM-dd")
    return field


def label(text: str = "", role: theme.TextRole = "body", tone: str = "text", wrap: bool = False) -> QLabel:
    """Return a label with a text role and a colour token."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    theme.set_text_role(made, role, tone)
    return made


def heading(text: str) -> QLabel:
    """Return the heading of a section or card."""
    return label(text, "heading")


class ElidedLabel(QLabel):
    """One line that gives way when room is short and ends in "…" then; the whole is its tool tip."""

    def __init__(self, text: str = "", role: theme.TextRole = "body", tone: str = "muted") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        theme.set_text_role(self, role, tone)

    # Overrides of Qt methods

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment()), shown)
        painter.end()


class InlineError(QLabel):
    """One sentence under a field saying what is wrong; hidden while empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_text_role(self, "body", "danger")
        self.setAccessibleName(_("Problem"))
        self.hide()

    def show_problem(self, text: str, field: QWidget | None = None) -> None:
        """Show what is wrong, mark the field and put the keyboard there."""
        self.setText("▲ " + text)
        self.setAccessibleName(text)
        self.show()
        if field is not None:
            mark_invalid(field, True)
            field.setFocus()

    def clear_problem(self, field: QWidget | None = None) -> None:
        """Hide the sentence and take the mark off the field."""
        self.clear()
        self.hide()
        if field is not None:
            mark_invalid(field, False)


def mark_invalid(field: QWidget, invalid: bool) -> None:
    """Draw a field's border as wrong, or as usual again."""
    if field.property("invalid") != invalid:
        field.setProperty("invalid", invalid)
        field.style().unpolish(field)
        field.style().polish(field)


class Card(QFrame):
    """A rounded panel on the window's ground, painted without a style sheet.

    Its layout is ``card.body``. A style sheet here would slow every table inside.
    """

    def __init__(self, title: str = "", hint: str = "", parent: QWidget | None = None, padded: bool = True) -> None:
        super().__init__(parent)
        self.body = QVBoxLayout(self)
        px = theme.current().px
        edge = px(16) if padded else 2
        self.body.setContentsMargins(edge, edge, edge, edge)
        self.body.setSpacing(px(theme.GAP_S))
        self._watched: QWidget | None = None
        if title:
            self.body.addWidget(heading(title))
            self.setAccessibleName(title)
        if hint:
            self.body.addWidget(label(hint, "small", "muted", wrap=True))
        theme.current().changed.connect(self.update)

    def ring_follows(self, widget: QWidget) -> None:
        """Draw the focus ring around the card while this widget has the keyboard."""
        self._watched = widget
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        if self._watched is not None and self._watched in (old, new):
            self.update()

    # Overrides of Qt methods

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        ringed = self._watched is not None and self._watched.hasFocus()
        width = 2.0 if ringed else 1.0
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.colour("focus" if ringed else "line"), width))
        painter.setBrush(look.colour("surface"))
        box = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.drawRoundedRect(box, look.px(8), look.px(8))
        painter.end()


class PageHeader(QWidget):
    """Title of a page, a quiet line beside it, and its actions on the right."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.current().px
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(theme.GAP_M))
        self.title_label = label(title, "title")
        self.subtitle_label = ElidedLabel()
        row.addWidget(self.title_label)
        row.addWidget(self.subtitle_label, 1, Qt.AlignmentFlag.AlignVCenter)
        self._actions = QHBoxLayout()
        self._actions.setSpacing(px(theme.GAP_S))
        row.addLayout(self._actions)

    def set_title(self, text: str) -> None:
        """Change the title."""
        self.title_label.setText(text)

    def set_subtitle(self, text: str) -> None:
        """Change the quiet line beside the title; cut off when there is no room."""
        self.subtitle_label.setText(text)

    def add_action(self, widget: QWidget) -> None:
        """Add a button or field on the right."""
        self._actions.addWidget(widget)


def button_row(*at_right: QPushButton, at_left: Sequence[QPushButton] = ()) -> QHBoxLayout:
    """Return a line of buttons: those that leave a dialog at the right, those that act on what it shows at the left."""
    row = QHBoxLayout()
    for made in at_left:
        row.addWidget(made)
    row.addStretch(1)
    for made in at_right:
        row.addWidget(made)
    return row
