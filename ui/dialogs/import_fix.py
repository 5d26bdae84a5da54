"""Put one value of a row right, here or wherever it stands; used by the wizard and by the inbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gridapp import formats
from gridapp.i18n import C_, _
from ui import theme
from ui.widgets import basics


@dataclass(frozen=True)
class FixField:
    """A value that can be put right.

    Attributes:
        key: Column, for whoever carries the correction out.
        title: Name of the field or heading.
        text: What stands there.
        is_wrong: Whether it keeps the row from going in.
    """

    key: str
    title: str
    text: str
    is_wrong: bool = False


class _ValueEdit(QLineEdit):
    """A field whose Enter puts the value right and does not press the dialog's default button too."""

    # Overrides of Qt methods

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep Enter from going on to the dialog."""
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()


class FixPanel(QWidget):
    """Field, value, and two buttons: this row, or every row with the same value.

    Signals:
        fix_requested: key of the field, new text, and whether it holds for every row with the same value.
    """

    fix_requested = Signal(str, str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields: list[FixField] = []
        self._count_same: Callable[[str], int] | None = None
        px = theme.current().px
        self.message_label = basics.label("", "body", "muted", wrap=True)
        self.field_box = basics.dressed(QComboBox(), _("Field to put right"))
        self.field_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.field_box.setMinimumContentsLength(6)
        self.edit = basics.dressed(_ValueEdit(), _("Right value"))
        self.fix_button = basics.button(_("Put right"), "secondary", "check")
        self.everywhere_button = basics.button(_("In every such row"), "secondary")
        row = QHBoxLayout()
        row.setSpacing(px(theme.GAP_S))
        row.addWidget(self.field_box)
        row.addWidget(self.edit, 1)
        row.addWidget(self.fix_button)
        row.addWidget(self.everywhere_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(theme.GAP_S))
        column.addWidget(self.message_label)
        column.addLayout(row)
        self.field_box.activated.connect(self._show_field)
        self.edit.returnPressed.connect(self._on_fix)
        self.fix_button.clicked.connect(self._on_fix)
        self.everywhere_button.clicked.connect(self._on_everywhere)
        self.show_row([], "")

    @property
    def key(self) -> str:
        """Return the key of the field in sight, or ""."""
        return str(self.field_box.currentData() or "")

    def show_row(
        self,
        fields: Sequence[FixField],
        message: str,
        wanted: str = "",
        count_same: Callable[[str], int] | None = None,
    ) -> None:
        """Show a row's fields; the wanted one, else the first wrong one, is ready to be put right.

        Args:
            fields: What can be put right.
            message: What is wrong with the row.
            wanted: Key of the field to begin with.
            count_same: Tells for a field in how many rows the same stands; asked for the field in sight only.
        """
        self._fields, self._count_same = list(fields), count_same
        self.message_label.setText(message)
        self.message_label.setVisible(bool(message))
        self.field_box.clear()
        for one in self._fields:
            self.field_box.addItem(("▲ " if one.is_wrong else "") + one.title, one.key)
        keys = [one.key for one in self._fields]
        first = next((place for place, one in enumerate(self._fields) if one.is_wrong), 0)
        self.field_box.setCurrentIndex(keys.index(wanted) if wanted in keys else first if keys else -1)
        self.setEnabled(bool(keys))
        self._show_field()

    def choose(self, key: str) -> None:
        """Make a field ready to be put right."""
        place = self.field_box.findData(key)
        if place >= 0:
            self.field_box.setCurrentIndex(place)
            self._show_field()

    def begin(self) -> None:
        """Let the keyboard go to the value."""
        if self.isEnabled():
            self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.edit.selectAll()

    def _show_field(self) -> None:
        place = self.field_box.currentIndex()
        field = self._fields[place] if 0 <= place < len(self._fields) else None
        self.edit.setText(field.text if field else "")
        same = self._count_same(field.key) if field and field.text and self._count_same else 0
        self.everywhere_button.setVisible(same > 1)
        text = C_("import", "In all {count} such rows").format(count=formats.count(same))
        self.everywhere_button.setText(text)
        self.everywhere_button.setAccessibleName(text)

    def _on_fix(self) -> None:
        if self.key:
            self.fix_requested.emit(self.key, self.edit.text(), False)

    def _on_everywhere(self) -> None:
        if self.key:
            self.fix_requested.emit(self.key, self.edit.text(), True)
