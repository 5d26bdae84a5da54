"""Two people changed the same thing: both values of each field, and a choice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QButtonGroup, QDialog, QGridLayout, QRadioButton, QVBoxLayout, QWidget

from gridapp import formats
from gridapp.domain import conflict
from gridapp.domain.conflict import Theirs, Values
from gridapp.i18n import _
from ui import theme
from ui.widgets import basics

LONGEST_SHOWN = 200
"""A value is shown up to this many characters. [characters]"""
WIDEST_PX = 230
"""A line of a value is at most this wide. [px at standard text size]"""


def plain_text(_name: str, value: Any) -> str:
    """Return a value as people read it: text, day, or number."""
    if isinstance(value, dt.date):
        return formats.date(value)
    return str(value) if value not in (None, "") else _("(empty)")


@dataclass(frozen=True)
class ConflictWords:
    """How a conflict is told.

    Attributes:
        title: What happened.
        fields: What each field is called, by its name.
        text: Writes a field's value, given the field's name.
        back: Of the button that chooses nothing.
    """

    title: str
    fields: Mapping[str, str]
    text: Callable[[str, Any], str] = plain_text
    back: str = ""


class ConflictDialog(QDialog):
    """Asks field by field whose value stays; nothing is saved before every field has an answer.

    Signals:
        settled: the values made of both, and what the next try says it has seen.
        left: theirs stays in every field; there is nothing to save.

    Attributes:
        choices: Buttons "mine" and "theirs" by field.
    """

    settled = Signal(object, object)
    left = Signal()

    def __init__(self, words: ConflictWords, before: Values, mine: Values, theirs: Theirs, parent: QWidget) -> None:
        """Take both values; ``ask`` shows them.

        Args:
            words: How it is told.
            before: What both began from.
            mine: What was about to be saved.
            theirs: What was saved meanwhile.
            parent: Form it belongs to.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._words, self._before, self._mine, self._theirs = words, before, mine, theirs
        self.setWindowTitle(words.title)
        theme.dress(self, "form")
        px = theme.current().px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(16), px(20), px(16))
        column.setSpacing(px(theme.GAP_M))
        column.addWidget(basics.heading(words.title))
        column.addWidget(basics.label(self._said(), "body", wrap=True))
        self._table = QGridLayout()
        self._table.setHorizontalSpacing(px(theme.GAP_L))
        self._table.setVerticalSpacing(px(theme.GAP_S))
        column.addLayout(self._table)
        self.choices: dict[str, tuple[QRadioButton, QRadioButton]] = {}
        self._groups: list[QButtonGroup] = []
        self.save_button = basics.button(_("Save this"), "primary")
        self._add_rows()
        taken = conflict.changed_by_them(before, mine, theirs.values)
        if taken:
            names = "、".join(words.fields.get(name, name) for name in taken)
            line = _("Taken over, because you did not change it: {fields}.").format(fields=names)
            column.addWidget(basics.label(line, "small", "muted", wrap=True))
        column.addStretch(1)
        self.cancel_button = basics.button(words.back or _("Back to the form"))
        column.addLayout(basics.button_row(self.cancel_button, self.save_button))
        self.save_button.clicked.connect(self.save)
        self.cancel_button.clicked.connect(self.reject)
        self.setMinimumWidth(px(560))
        self._on_chosen()

    def ask(self) -> None:
        """Show both values; when no field was changed by both, save what fits together without asking."""
        if self.choices:
            self.open()
        else:
            self.save()

    @Slot()
    def save(self) -> None:
        """Hand over what was chosen."""
        keep_mine = {name for name, (mine, _theirs) in self.choices.items() if mine.isChecked()}
        made = conflict.merged(self._before, self._mine, self._theirs.values, keep_mine)
        same = not conflict.conflicts({}, made, self._theirs.values)
        if same:
            self.left.emit()
        else:
            self.settled.emit(made, self._theirs.seen)
        self.accept()

    def _said(self) -> str:
        if self._theirs.by and self._theirs.at is not None:
            said = _("{who} saved at {time}, while you were typing. Choose for each field which value stays.")
            return said.format(who=self._theirs.by, time=formats.instant(self._theirs.at))
        return _("It was changed while you were typing. Choose for each field which value stays.")

    def _add_rows(self) -> None:
        for place, title in enumerate((_("Field"), _("Yours"), _("Theirs"))):
            self._table.addWidget(basics.label(title, "small", "muted"), 0, place)
        found = conflict.conflicts(self._before, self._mine, self._theirs.values)
        for line, both in enumerate(found, 1):
            title = self._words.fields.get(both.name, both.name)
            self._table.addWidget(basics.label(title, "strong"), line, 0)
            group = QButtonGroup(self)
            buttons = []
            for place, (whose, value) in enumerate(((_("Yours"), both.mine), (_("Theirs"), both.theirs)), 1):
                shown = self._words.text(both.name, value)
                button = QRadioButton()
                button.setText(_broken(shown, button.fontMetrics(), theme.current().px(WIDEST_PX)))
                button.setAccessibleName(f"{title}, {whose}: {shown}")
                button.setToolTip(shown)
                button.toggled.connect(self._on_chosen)
                group.addButton(button)
                self._table.addWidget(button, line, place)
                buttons.append(button)
            self._groups.append(group)
            self.choices[both.name] = (buttons[0], buttons[1])

    @Slot()
    def _on_chosen(self) -> None:
        answered = [mine.isChecked() or theirs.isChecked() for mine, theirs in self.choices.values()]
        self.save_button.setEnabled(all(answered))


def _broken(text: str, metrics: QFontMetrics, width: int) -> str:
    """Return a value in lines that fit, because a button does not break its text: both values are to be read."""
    text = text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
    lines = [""]
    for character in text:
        if character == "\n":
            lines.append("")
            continue
        if metrics.horizontalAdvance(lines[-1] + character) > width:
            begun, space, last = lines[-1].rpartition(" ")
            lines[-1] = begun if space else lines[-1]
            lines.append(last if space else "")
        lines[-1] += character
    return "\n".join(lines).replace("&", "&&")  # or the letter after it were a shortcut
