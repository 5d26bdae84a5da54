"""Two people corrected the same person: both values of each field, and a choice."""

from __future__ import annotations

import datetime as dt
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QDialog, QGridLayout, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from gridapp import formats
from gridapp.i18n import _
from gridapp.services import conflicts
from gridapp.services.conflicts import StoredResident
from gridapp.services.residents import NewResident
from ui import theme
from ui.pages import residents_words as words
from ui.widgets import basics


class ConflictDialog(QDialog):
    """Asks field by field whose value stays; nothing is saved before every field has an answer.

    Signals:
        settled: the NewResident made of both, and the version it has seen.

    Attributes:
        choices: Buttons "mine" and "theirs" by field.
    """

    settled = Signal(object, object)

    def __init__(self, before: NewResident, mine: NewResident, theirs: StoredResident, parent: QWidget) -> None:
        """Show both values.

        Args:
            before: What both began from.
            mine: What was about to be saved.
            theirs: What was saved meanwhile.
            parent: Form it belongs to.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._before, self._mine, self._theirs = before, mine, theirs
        self.setWindowTitle(_("Someone else changed this person too"))
        theme.dress(self, "form")
        px = theme.current().px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(16), px(20), px(16))
        column.setSpacing(px(theme.GAP_M))
        column.addWidget(basics.heading(_("Someone else changed this person too")))
        said = _("{who} saved at {time}, while you were typing. Choose for each field which value stays.")
        column.addWidget(basics.label(said.format(who=theirs.by, time=formats.instant(theirs.at)), "body", wrap=True))
        self._table = QGridLayout()
        self._table.setHorizontalSpacing(px(theme.GAP_L))
        self._table.setVerticalSpacing(px(theme.GAP_S))
        column.addLayout(self._table)
        self.choices: dict[str, tuple[QRadioButton, QRadioButton]] = {}
        self._groups: list[QButtonGroup] = []
        self.save_button = basics.button(_("Save this"), "primary")
        self._add_rows()
        taken = conflicts.changed_by_them(before, mine, theirs.person)
        if taken:
            names = "、".join(words.field_title(name) for name in taken)
            line = _("Taken over, because you did not change it: {fields}.").format(fields=names)
            column.addWidget(basics.label(line, "small", "muted", wrap=True))
        column.addStretch(1)
        self.cancel_button = basics.button(_("Back to the form"))
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.save_button)
        column.addLayout(row)
        self.save_button.clicked.connect(self.save)
        self.cancel_button.clicked.connect(self.reject)
        self.setMinimumWidth(px(560))
        self._on_chosen()

    @Slot()
    def save(self) -> None:
        """Hand over what was chosen."""
        keep_mine = {name for name, (mine, _theirs) in self.choices.items() if mine.isChecked()}
        made = conflicts.merged(self._before, self._mine, self._theirs.person, keep_mine)
        self.settled.emit(made, self._theirs.version)
        self.accept()

    def _add_rows(self) -> None:
        for place, title in enumerate((_("Field"), _("Yours"), _("Theirs"))):
            self._table.addWidget(basics.label(title, "small", "muted"), 0, place)
        found = conflicts.conflicts(self._before, self._mine, self._theirs.person)
        for line, conflict in enumerate(found, 1):
            title = words.field_title(conflict.name)
            self._table.addWidget(basics.label(title, "strong"), line, 0)
            group = QButtonGroup(self)
            buttons = []
            for place, (whose, value) in enumerate(((_("Yours"), conflict.mine), (_("Theirs"), conflict.theirs)), 1):
                button = QRadioButton(_shown(conflict.name, value))
                button.setAccessibleName(f"{title}, {whose}: {button.text()}")
                button.toggled.connect(self._on_chosen)
                group.addButton(button)
                self._table.addWidget(button, line, place)
                buttons.append(button)
            self._groups.append(group)
            self.choices[conflict.name] = (buttons[0], buttons[1])

    @Slot()
    def _on_chosen(self) -> None:
        answered = [mine.isChecked() or theirs.isChecked() for mine, theirs in self.choices.values()]
        self.save_button.setEnabled(all(answered))


def _shown(name: str, value: Any) -> str:
    if isinstance(value, dt.date):
        return formats.date(value)
    if name == "sex":
        return words.sex(str(value)) or _("Not known")
    if name == "register_status":
        from ui.dialogs.resident_details import register_choices

        return dict(register_choices()).get(str(value), str(value))
    return str(value) if value else _("(empty)")
