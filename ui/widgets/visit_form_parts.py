"""Pieces of the visit form: one-of-a-few buttons, findings, the household, a time of day."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QGridLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gridapp.db.queries.values import PersonRow
from gridapp.i18n import _
from ui import theme
from ui.widgets import basics, visit_form_words

_CLOCK = re.compile(r"(\d{1,2})[:：.点时]?(\d{2})?分?")
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


def clock_time(text: str) -> str | None:
    """Read a time of day as people type it: 930, 9:30, 9：30, 9点; "" for nothing, None when it is no time."""
    plain = text.strip()
    if not plain:
        return ""
    if plain.isdigit() and len(plain) in (3, 4):
        plain = f"{plain[:-2]}:{plain[-2:]}"
    found = _CLOCK.fullmatch(plain)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None


class _ChoiceButton(QPushButton):
    """A segment; leaves digits and arrows to the row it is in."""

    # Overrides of Qt methods

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.parentWidget()
        if isinstance(row, ChoiceRow) and row.take_key(event):
            event.accept()
        else:
            super().keyPressEvent(event)


class ChoiceRow(QWidget):
    """One of a few, all in sight; digits and arrows choose.

    Signals:
        chosen: key that the user chose.
    """

    chosen = Signal(str)

    def __init__(
        self, choices: Sequence[tuple[str, str]], name: str, per_line: int, numbered: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        """Make the buttons.

        Args:
            choices: Pairs of key and title; the first is in force.
            name: Accessible name of the row.
            per_line: Buttons side by side.
            numbered: Whether digits choose; they are shown before the titles.
            parent: As usual in Qt.
        """
        super().__init__(parent)
        self.setAccessibleName(name)
        self._numbered = numbered
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QPushButton] = {}
        self._most = per_line
        self._per_line = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.current().px(6))
        for place, (key, title) in enumerate(choices):
            made = _ChoiceButton(f"{place + 1} {title}" if numbered else title, self)
            made.setCheckable(True)
            made.setAutoDefault(False)
            made.setProperty("choiceKey", key)
            made.setAccessibleName(f"{name} {title}")
            made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            theme.dress(made, "chip")
            self._group.addButton(made)
            self.buttons[key] = made
        self._lay_out(per_line)
        self._group.setExclusive(True)
        self._group.buttonClicked.connect(self._on_clicked)
        self.choose(choices[0][0])

    @property
    def key(self) -> str:
        """Return the key in force."""
        checked = self._group.checkedButton()
        return str(checked.property("choiceKey")) if checked else ""

    def choose(self, key: str) -> None:
        """Put a choice in force without a signal; an unknown key changes nothing."""
        if key in self.buttons:
            self.buttons[key].setChecked(True)
            self.setFocusProxy(self.buttons[key])

    def take_key(self, event: QKeyEvent) -> bool:
        """Choose by digit or arrow; return whether the key was one of them."""
        keys = list(self.buttons)
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if modifiers != Qt.KeyboardModifier.NoModifier:
            return False
        digit = event.text()
        if self._numbered and digit.isdigit() and 1 <= int(digit) <= len(keys):
            self._press(keys[int(digit) - 1])
            return True
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None:
            self._press(keys[(keys.index(self.key) + step) % len(keys)])
            return True
        return False

    def _lay_out(self, per_line: int) -> None:
        if per_line != self._per_line:
            self._per_line = per_line
            for place, made in enumerate(self.buttons.values()):
                self._grid.addWidget(made, place // per_line, place % per_line)

    def _fits(self, per_line: int, room: int) -> bool:
        widths = [made.sizeHint().width() for made in self.buttons.values()]
        columns = [max(widths[start::per_line]) for start in range(min(per_line, len(widths)))]
        return sum(columns) + self._grid.spacing() * (len(columns) - 1) <= room

    def _press(self, key: str) -> None:
        self.buttons[key].setFocus(Qt.FocusReason.TabFocusReason)
        self.buttons[key].click()

    def _on_clicked(self, button: QAbstractButton) -> None:
        self.setFocusProxy(button)
        self.chosen.emit(str(button.property("choiceKey")))

    # Overrides of Qt methods

    def minimumSizeHint(self) -> QSize:
        return QSize(max(made.sizeHint().width() for made in self.buttons.values()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        lines = range(self._most, 0, -1)
        self._lay_out(next((number for number in lines if self._fits(number, self.width())), 1))


class FindingsBox(QWidget):
    """Four things to look at, each normal until the user says otherwise.

    Signals:
        changed: something was chosen or typed.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choices: dict[str, ChoiceRow] = {}
        self.remarks: dict[str, QLineEdit] = {}
        grid = QGridLayout(self)
        px = theme.current().px
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(theme.GAP_S))
        grid.setVerticalSpacing(px(theme.GAP_XS))
        grid.setColumnStretch(0, 1)
        answers = [(key, visit_form_words.finding_title(key)) for key in ("good", "watch")]
        for place, (key, source_title) in enumerate(visit_form_words.HEADS):
            title = _(source_title)
            choice = ChoiceRow(answers, title, 2, numbered=False)
            remark = basics.dressed(QLineEdit(), _("What to note: {head}").format(head=title))
            remark.setPlaceholderText(_("What was found?"))
            remark.hide()
            choice.chosen.connect(self._on_chosen)
            remark.textEdited.connect(self._on_edited)
            grid.addWidget(basics.label(title), 2 * place, 0)
            grid.addWidget(choice, 2 * place, 1)
            grid.addWidget(remark, 2 * place + 1, 0, 1, 2)
            self.choices[key], self.remarks[key] = choice, remark

    def findings(self) -> dict[str, str]:
        """Return what was found, by head; a remark goes under "<head>_note"."""
        found = {}
        for key, choice in self.choices.items():
            found[key] = choice.key
            remark = self.remarks[key].text().strip()
            if choice.key == "watch" and remark:
                found[f"{key}_note"] = remark
        return found

    def fill(self, findings: Mapping[str, object]) -> None:
        """Show findings; heads that are not named are normal."""
        for key, choice in self.choices.items():
            choice.choose("good")
            choice.choose(str(findings.get(key, "good")))
            self.remarks[key].setText(str(findings.get(f"{key}_note", "")))
            self.remarks[key].setVisible(choice.key == "watch")

    def _on_chosen(self) -> None:
        sender = self.sender()
        for key, choice in self.choices.items():
            self.remarks[key].setVisible(choice.key == "watch")
            if choice is sender and choice.key == "watch":
                self.remarks[key].setFocus(Qt.FocusReason.TabFocusReason)
        self.changed.emit()

    def _on_edited(self) -> None:
        self.changed.emit()


class HouseholdBox(QWidget):
    """Tick who of the same dwelling was visited too.

    Signals:
        changed: someone was ticked or unticked.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[str, QCheckBox] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.current().px(theme.GAP_XS))

    def show_people(self, people: Sequence[PersonRow]) -> None:
        """Offer these people, none ticked; nobody hides the box."""
        for box in self.boxes.values():
            self._column.removeWidget(box)
            box.hide()
            box.deleteLater()
        self.boxes = {}
        for person in people:
            box = QCheckBox(" ".join(part for part in (person.name, visit_form_words.describe_person(person)) if part))
            theme.dress(box, "tick")
            box.setAccessibleName(_("Log {name} too").format(name=person.name))
            box.setMinimumHeight(theme.current().px(28))
            box.toggled.connect(self._on_toggled)
            self._column.addWidget(box)
            self.boxes[person.id] = box
        self.setVisible(bool(people))

    def ticked(self) -> tuple[str, ...]:
        """Return the ids of who is ticked."""
        return tuple(key for key, box in self.boxes.items() if box.isChecked())

    def tick(self, people: Sequence[str]) -> None:
        """Tick people; others are unticked."""
        for key, box in self.boxes.items():
            box.setChecked(key in people)

    def _on_toggled(self) -> None:
        self.changed.emit()
