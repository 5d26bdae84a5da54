"""The form all small dialogs about a person share: fields, one problem line, save and cancel."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QDateEdit,
    QDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gridapp import clock, errors
from gridapp.domain.civil_date import parse_date
from gridapp.errors import ValidationError
from gridapp.i18n import _
from ui import messages, theme
from ui.widgets import basics
from ui.widgets.find_combo import FindCombo, Finder


class ResidentForm(QDialog):
    """Asks for something about a person and stays open until it is stored.

    Signals:
        submitted: the frozen value that was entered; whoever opened the form stores
            it and answers with ``accept`` or ``show_error``.

    Attributes:
        titles: What each field is called, by its name.
    """

    submitted = Signal(object)

    def __init__(self, parent: QWidget, title: str, verb: str, explanation: str = "") -> None:
        """Make an empty form.

        Args:
            parent: Page it belongs to.
            title: What it does, in the title bar and on top.
            verb: Text of the button that stores.
            explanation: One sentence below the title; "" for none.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        theme.dress(self, "form")
        px = theme.current().px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(16), px(20), px(16))
        column.setSpacing(px(theme.GAP_M))
        column.addWidget(basics.heading(title))
        if explanation:
            column.addWidget(basics.label(explanation, "small", "muted", wrap=True))
        inside = QWidget()
        self.fields = QFormLayout(inside)
        self.fields.setContentsMargins(0, 0, px(theme.GAP_S), 0)
        self.fields.setHorizontalSpacing(px(theme.GAP_M))
        self.fields.setVerticalSpacing(px(theme.GAP_S))
        self.fields.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._inside = inside
        self._scroller = QScrollArea()
        self._scroller.setWidgetResizable(True)
        self._scroller.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.dress(self._scroller.verticalScrollBar(), "scroll")
        self._scroller.viewport().setAutoFillBackground(False)
        self._scroller.setWidget(inside)
        inside.setAutoFillBackground(False)
        column.addWidget(self._scroller, 1)
        self.problem = basics.InlineError()
        column.addWidget(self.problem)
        self.save_button = basics.button(verb, "primary", tip=_("Ctrl+Enter"))
        self.cancel_button = basics.button(_("Cancel"))
        column.addLayout(basics.button_row(self.cancel_button, self.save_button))
        self.save_button.clicked.connect(self.save)
        self.cancel_button.clicked.connect(self.reject)
        self.setMinimumWidth(px(460))
        self._most_height = max(parent.window().height() - px(theme.GAP_L), px(240))
        self._named: dict[str, QWidget] = {}
        self.titles: dict[str, str] = {}

    def value(self) -> object:
        """Return what was entered, as a frozen value.

        Raises:
            ValidationError: A field cannot be read; its name is in the error.
        """
        raise NotImplementedError

    def add_field(self, name: str, title: str, field: QWidget) -> None:
        """Add a field with its label; ``name`` is how errors call it."""
        label = QLabel(title)
        label.setBuddy(field)
        self.fields.addRow(label, field)
        self._named[name] = field
        self.titles[name] = title

    def fit(self) -> None:
        """Take the height the fields need, as far as the window has it; after fields were added, too."""
        wide = self._scroller.viewport().width()
        inside = self._inside.heightForWidth(wide) if self._inside.hasHeightForWidth() else 0
        others = self.sizeHint().height() - self._scroller.sizeHint().height()
        wanted = others + max(inside, self._inside.sizeHint().height()) + theme.current().px(theme.GAP_L)
        self.resize(self.width(), min(wanted, self._most_height))

    def save(self) -> None:
        """Hand over what was entered, or say what is wrong with it."""
        self._clear_problem()
        try:
            entered = self.value()
        except ValidationError as error:
            self.show_error(error)
            return
        self._set_busy(True)
        self.submitted.emit(entered)

    def show_error(self, error: Exception) -> None:
        """Say beside the fields why it was not stored, and let the user mend it."""
        self._set_busy(False)
        text = messages.sentence(error)
        if isinstance(error, errors.StorageError):
            text += " " + messages.next_step(error)
        field = self._named.get(error.field) if isinstance(error, ValidationError) else None
        self.problem.show_problem(text, field)

    def _clear_problem(self) -> None:
        for field in self._named.values():
            basics.mark_invalid(field, False)
        self.problem.clear_problem()

    def _set_busy(self, busy: bool) -> None:
        self.save_button.setEnabled(not busy)

    # Overrides of Qt methods

    def showEvent(self, event: QShowEvent) -> None:
        """Take the height the fields need, and put the keyboard into the first."""
        super().showEvent(event)
        self.fit()
        first = next(iter(self._named.values()), None)
        if first is not None:
            first.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier and self.save_button.isEnabled():
                self.save()
            return
        super().keyPressEvent(event)


def line(name: str, text: str = "", hint: str = "") -> QLineEdit:
    """Return a one-line field."""
    made = basics.dressed(QLineEdit(text), name)
    made.setPlaceholderText(hint)
    return made


def choice(
    name: str, choices: list[tuple[str, str]], chosen: str = "", listed: int = 1, finder: Finder | None = None
) -> FindCombo:
    """Return a field that offers pairs of key and title; the key is its current data. See ``FindCombo.fill``."""
    made = basics.dressed(FindCombo(), name)
    made.fill(choices, listed, finder)
    made.choose(chosen)
    return made


def day_field(name: str, day: dt.date | None = None, latest: dt.date | None = None) -> QDateEdit:
    """Return a field for a day; today unless said otherwise."""
    made = basics.dressed(QDateEdit(), name)
    made.setMinimumDate(QDate(1900, 1, 1))
    if latest is not None:
        made.setMaximumDate(QDate(latest.year, latest.month, latest.day))
    shown = day or clock.today()
    made.setDate(QDate(shown.year, shown.month, shown.day))
    return made


def day_of(field: QDateEdit) -> dt.date:
    """Return the day a field shows."""
    shown = field.date()
    return dt.date(shown.year(), shown.month(), shown.day())


def written_day(text: str, field: str) -> dt.date | None:
    """Return the day somebody typed, None for nothing.

    Raises:
        ValidationError: It is no day.
    """
    if not text.strip():
        return None
    found = parse_date(text, clock.today(), is_birth=True).day
    if found is None:
        raise ValidationError(_("“{text}” is not a day. Write it like 1950-03-31.").format(text=text.strip()), field)
    return found
