"""A choice among few from a list, among thousands by typing a part of the name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtGui import QFocusEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QCompleter, QWidget

from gridapp.i18n import _

MOST_LISTED = 300
"""More choices than this are not put into the list; they are found by typing."""
MOST_FOUND = 40


class FindCombo(QComboBox):
    """A combo box that takes any number of choices.

    Up to 300 stand in its list as usual. Of more only the first ones given as
    ``listed`` do; the field is then typed into, and what fits is offered below it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._others: Mapping[str, str] = {}
        self._found: QStandardItemModel | None = None
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)

    @property
    def is_typed(self) -> bool:
        """Whether there are so many choices that one types to find."""
        return bool(self._others)

    def fill(self, choices: Iterable[tuple[str, str]], listed: int = 0) -> None:
        """Offer other choices; the first is chosen.

        Args:
            choices: Data and title of each.
            listed: So many of the first stand in the list however many there are.
        """
        every = list(choices)
        many = len(every) > MOST_LISTED
        self.clear()
        self._others = dict(every[listed:]) if many else {}
        for data, title in every[:listed] if many else every:
            self.addItem(title, data)
        if many != self.isEditable():
            self.setEditable(many)
            if many:
                self._set_up_field()
        self.setCurrentIndex(0 if self.count() else -1)

    def choose(self, data: str) -> bool:
        """Choose by data without a signal; return False when there is no such choice."""
        place = self.findData(data)
        if place < 0 and data in self._others:
            self.addItem(self._others[data], data)
            place = self.count() - 1
        if place >= 0:
            self.setCurrentIndex(place)
        return place >= 0

    def _set_up_field(self) -> None:
        field = self.lineEdit()
        assert field is not None
        field.setPlaceholderText(_("Type to find"))
        field.setAccessibleName(self.accessibleName())
        if self._found is None:
            self._found = QStandardItemModel(self)
        completer = QCompleter(self._found, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.activated[QModelIndex].connect(self._on_found_chosen)  # type: ignore[index]
        field.setCompleter(completer)  # not the box's own: that one goes by the text, and two may have one name
        field.textEdited.connect(self._on_typed)

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        assert self._found is not None
        words = text.lower().split()
        self._found.clear()
        for data, title in self._others.items():
            low = title.lower()
            if all(word in low or word in data for word in words):
                item = QStandardItem(title)
                item.setData(data, Qt.ItemDataRole.UserRole)
                self._found.appendRow(item)
                if self._found.rowCount() == MOST_FOUND:
                    break
        completer = self.completer()
        if completer is not None:
            completer.complete()

    @Slot(QModelIndex)
    def _on_found_chosen(self, index: QModelIndex) -> None:
        self.choose(str(index.data(Qt.ItemDataRole.UserRole)))
        self.activated.emit(self.currentIndex())

    # Overrides of Qt methods

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.isEditable() and event.reason() != Qt.FocusReason.PopupFocusReason:
            self.setEditText(self.itemText(self.currentIndex()))  # half typed is not chosen
