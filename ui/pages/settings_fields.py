"""One field per declared setting, made from its declaration."""

from __future__ import annotations

import dataclasses
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QIntValidator, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gridapp.domain.access import ROLE_TITLES, Role
from gridapp.domain.visit import mode_title
from gridapp.i18n import _
from ui import theme
from ui.widgets import basics
from ui.widgets.toggle_chip import ToggleChip

_ROLES = frozenset(role.value for role in Role)


class SettingField(QWidget):
    """Label, field and explanation of a setting; a change is told at once.

    Signals:
        changed: key and new value.

    Attributes:
        key: Name of the setting.
        problem: Why a value was not taken.
        label: What it is called.
        seen: The value a change begins from: what was shown when the user began to change it.
    """

    changed = Signal(str, object)

    def __init__(self, key: str, declaration: dataclasses.Field[Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = key
        label, explanation = declaration.metadata["label"], declaration.metadata["explanation"]
        self.label = _(label)
        self.problem = basics.InlineError()
        self.seen: Any = None
        self._latest: Any = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(theme.GAP_XS))
        column.addWidget(basics.label(self.label, "strong"))
        column.addWidget(basics.label(_(explanation), "small", "muted", wrap=True))
        self.row = QHBoxLayout()
        self.row.setSpacing(theme.current().px(theme.GAP_M))
        column.addLayout(self.row)
        column.addWidget(self.problem)

    def show_value(self, value: Any) -> None:
        """Show the stored value without telling anybody; what is being typed stays, and began from the one before."""
        self._latest = value
        if not self._is_typing():
            self.seen = value
            self._show(value)

    def take(self, value: Any) -> Any:
        """Return what a change to a value began from; the next change begins from that value."""
        before, self.seen, self._latest = self.seen, value, value
        return before

    def text(self, value: Any) -> str:
        """Return a value of this setting as people read it."""
        return str(value) if value != "" else _("(empty)")

    def _show(self, value: Any) -> None:
        raise NotImplementedError

    def _is_typing(self) -> bool:
        return False


class TextSetting(SettingField):
    """A line of text; taken when the keyboard leaves it or on Enter."""

    def __init__(self, key: str, declaration: dataclasses.Field[Any]) -> None:
        super().__init__(key, declaration)
        self.edit = basics.dressed(QLineEdit(), self.label)
        self.edit.setMaximumWidth(theme.current().px(420))
        self._stored = ""
        self.row.addWidget(self.edit, 1)
        self.row.addStretch(1)
        self.edit.editingFinished.connect(self._on_finished)

    def _show(self, value: Any) -> None:
        self._stored = str(value)
        self.edit.setText(self._stored)

    def _is_typing(self) -> bool:
        return self.edit.hasFocus() and self.edit.isModified()

    def _on_finished(self) -> None:
        text = self.edit.text().strip()
        self.edit.setModified(False)
        if text != self._stored:
            self._stored = text
            self.changed.emit(self.key, text)
        else:
            self.show_value(text if self._latest is None else self._latest)


class NumberSetting(SettingField):
    """A whole number within its limits; taken on Enter, by the arrow keys, or when the keyboard leaves it."""

    def __init__(self, key: str, declaration: dataclasses.Field[Any]) -> None:
        super().__init__(key, declaration)
        limits = declaration.metadata
        self.box = NumberEdit(limits["minimum"], limits["maximum"])
        basics.dressed(self.box, self.label)
        self.box.setFixedWidth(theme.current().px(90))
        self.row.addWidget(self.box)
        span = _("{minimum} to {maximum}").format(minimum=limits["minimum"], maximum=limits["maximum"])
        self.row.addWidget(basics.label(span, "small", "muted"))
        self.row.addStretch(1)
        self.box.number_entered.connect(self._on_entered)
        self.box.editingFinished.connect(self._on_left)

    def _show(self, value: Any) -> None:
        self.box.show_number(int(value))

    def _is_typing(self) -> bool:
        return self.box.hasFocus() and self.box.isModified()

    def _on_left(self) -> None:
        if self.seen != self._latest:  # it was changed elsewhere while somebody typed, and then typed nothing new
            self.show_value(self._latest)

    def _on_entered(self, value: object) -> None:
        self.changed.emit(self.key, value)


class NumberEdit(QLineEdit):
    """A field that takes whole numbers within limits and nothing else.

    Signals:
        number_entered: another number than the one shown last.
    """

    number_entered = Signal(object)

    def __init__(self, minimum: int, maximum: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._minimum, self._maximum = minimum, maximum
        self._number = minimum
        self.setValidator(QIntValidator(minimum, maximum, self))
        self.editingFinished.connect(self._take)

    @property
    def number(self) -> int:
        """Return the number taken last."""
        return self._number

    def show_number(self, number: int) -> None:
        """Show a number without telling anybody."""
        self._number = number
        self.setText(str(number))

    def _take(self) -> None:
        self.setModified(False)
        number = int(self.text())
        if number != self._number:
            self._number = number
            self.number_entered.emit(number)

    # Overrides of Qt methods

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
        if not step:
            super().keyPressEvent(event)
            return
        self.setText(str(min(max(self._number + step, self._minimum), self._maximum)))
        self._take()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not self.hasAcceptableInput():
            self.setText(str(self._number))


class ChoicesSetting(SettingField):
    """Several of a few words; at least one stays."""

    def __init__(self, key: str, declaration: dataclasses.Field[Any]) -> None:
        super().__init__(key, declaration)
        self.boxes: dict[str, ToggleChip] = {}
        for choice in declaration.metadata["choices"]:
            title = _(ROLE_TITLES[Role(choice)]) if choice in _ROLES else mode_title(choice)
            box = ToggleChip(title, f"{self.label} {title}")
            self.boxes[choice] = box
            self.row.addWidget(box)
            box.clicked.connect(self._on_clicked)
        self.row.addStretch(1)

    def text(self, value: Any) -> str:
        """Return the words chosen."""
        return "、".join(self.boxes[choice].text() for choice in value if choice in self.boxes)

    def _show(self, value: Any) -> None:
        for choice, box in self.boxes.items():
            box.setChecked(choice in value)

    def _on_clicked(self) -> None:
        chosen = tuple(choice for choice, box in self.boxes.items() if box.isChecked())
        box = self.sender()
        if not chosen and isinstance(box, ToggleChip):
            box.setChecked(True)
            self.problem.show_problem(_("At least one must stay."))
            return
        self.problem.clear_problem()
        self.changed.emit(self.key, chosen)


class FlagSetting(SettingField):
    """Yes or no."""

    def __init__(self, key: str, declaration: dataclasses.Field[Any]) -> None:
        super().__init__(key, declaration)
        self.box = ToggleChip(_("Yes"), self.label)
        self.row.addWidget(self.box)
        self.row.addStretch(1)
        self.box.clicked.connect(self._on_clicked)

    def text(self, value: Any) -> str:
        """Return the answer."""
        return _("Yes") if value else _("No")

    def _show(self, value: Any) -> None:
        self.box.setChecked(bool(value))

    def _on_clicked(self, checked: bool) -> None:
        self.changed.emit(self.key, checked)


def make_field(key: str, declaration: dataclasses.Field[Any]) -> SettingField:
    """Return the field that fits a declaration."""
    default = declaration.default
    if isinstance(default, tuple):
        return ChoicesSetting(key, declaration)
    if isinstance(default, bool):
        return FlagSetting(key, declaration)
    return TextSetting(key, declaration) if isinstance(default, str) else NumberSetting(key, declaration)
