"""One field per declared setting, made from its declaration."""

from __future__ import annotations

import dataclasses
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QFocusEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from gridapp.domain.visit import mode_title
from gridapp.i18n import _
from ui import theme
from ui.widgets import basics


class SettingField(QWidget):
    """Label, field and explanation of a setting; a change is told at once.

    Signals:
        changed: key and new value.

    Attributes:
        key: Name of the setting.
        problem: Why a value was not taken.
    """

    changed = Signal(str, object)

    def __init__(self, key: str, declaration: dataclasses.Field[Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = key
        label, explanation = declaration.metadata["label"], declaration.metadata["explanation"]
        self._label = _(label)
        self.problem = basics.InlineError()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(theme.GAP_XS))
        column.addWidget(basics.label(self._label, "strong"))
        column.addWidget(basics.label(_(explanation), "small", "muted", wrap=True))
        self.row = QHBoxLayout()
        self.row.setSpacing(theme.current().px(theme.GAP_M))
        column.addLayout(self.row)
        column.addWidget(self.problem)

    def show_value(self, value: Any) -> None:
        """Show the stored value without telling anybody."""
        raise NotImplementedError


class TextSetting(SettingField):
    """A line of text; taken when the keyboard leaves it or on Enter."""

    def __init__(self, key: str, declaration: dataclasses.Field[Any]) -> None:
        super().__init__(key, declaration)
        self.edit = basics.dressed(QLineEdit(), self._label)
        self.edit.setMaximumWidth(theme.current().px(420))
        self._stored = ""
        self.row.addWidget(self.edit, 1)
        self.row.addStretch(1)
        self.edit.editingFinished.connect(self._on_finished)

    def show_value(self, value: Any) -> None:
        """Show the stored text."""
        self._stored = str(value)
        if not self.edit.hasFocus() or not self.edit.isModified():
            self.edit.setText(self._stored)

    def _on_finished(self) -> None:
        text = self.edit.text().strip()
        self.edit.setModified(False)
        if text != self._stored:
            self._stored = text
            self.changed.emit(self.key, text)


class NumberSetting(SettingField):
    """A whole number within its limits; taken when the keyboard leaves it, on Enter or by the arrows."""

    def __init__(self, key: str, declaration: dataclasses.Field[Any]) -> None:
        super().__init__(key, declaration)
        limits = declaration.metadata
        self.box = _CalmSpinBox()
        theme.dress(self.box, "field")
        self.box.setAccessibleName(self._label)
        self.box.setRange(limits["minimum"], limits["maximum"])
        self.box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)  # the arrow keys do the same
        self.box.setKeyboardTracking(False)  # a number half typed is no value yet
        self.box.setMinimumWidth(theme.current().px(110))
        self.row.addWidget(self.box)
        self.row.addWidget(basics.label(
            _("{minimum} to {maximum}").format(minimum=limits["minimum"], maximum=limits["maximum"]), "small", "muted"))
        self.row.addStretch(1)
        self.box.valueChanged.connect(self._on_changed)

    def show_value(self, value: Any) -> None:
        """Show the stored number."""
        self.box.blockSignals(True)
        self.box.setValue(int(value))
        self.box.blockSignals(False)

    def _on_changed(self, value: int) -> None:
        self.changed.emit(self.key, value)


class ChoicesSetting(SettingField):
    """Several of a few words; at least one stays."""

    def __init__(self, key: str, declaration: dataclasses.Field[Any]) -> None:
        super().__init__(key, declaration)
        self.boxes: dict[str, QCheckBox] = {}
        for choice in declaration.metadata["choices"]:
            box = QCheckBox(mode_title(choice))
            box.setAccessibleName(f"{self._label} {box.text()}")
            self.boxes[choice] = box
            self.row.addWidget(box)
            box.clicked.connect(self._on_clicked)
        self.row.addStretch(1)

    def show_value(self, value: Any) -> None:
        """Tick the stored words."""
        for choice, box in self.boxes.items():
            box.setChecked(choice in value)

    def _on_clicked(self) -> None:
        chosen = tuple(choice for choice, box in self.boxes.items() if box.isChecked())
        box = self.sender()
        if not chosen and isinstance(box, QCheckBox):
            box.setChecked(True)
            self.problem.show_problem(_("At least one must stay."))
            return
        self.problem.clear_problem()
        self.changed.emit(self.key, chosen)


class FlagSetting(SettingField):
    """Yes or no."""

    def __init__(self, key: str, declaration: dataclasses.Field[Any]) -> None:
        super().__init__(key, declaration)
        self.box = QCheckBox(_("Yes"))
        self.box.setAccessibleName(self._label)
        self.row.addWidget(self.box)
        self.row.addStretch(1)
        self.box.clicked.connect(self._on_clicked)

    def show_value(self, value: Any) -> None:
        """Show the stored answer."""
        self.box.setChecked(bool(value))

    def _on_clicked(self, checked: bool) -> None:
        self.changed.emit(self.key, checked)


class _CalmSpinBox(QSpinBox):
    """Does not change when the wheel only scrolls past it."""

    # Overrides of Qt methods

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()


def make_field(key: str, declaration: dataclasses.Field[Any]) -> SettingField:
    """Return the field that fits a declaration."""
    default = declaration.default
    if isinstance(default, tuple):
        return ChoicesSetting(key, declaration)
    if isinstance(default, bool):
        return FlagSetting(key, declaration)
    return TextSetting(key, declaration) if isinstance(default, str) else NumberSetting(key, declaration)
