"""A choice among few from a list, among thousands by typing a part of the name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Protocol

from PySide6.QtCore import QModelIndex, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QCompleter, QWidget

from gridapp.db.queries.values import MOST_LISTED
from gridapp.i18n import _
from ui import theme
from ui.jobs import Job
from ui.widgets.place_finder import MOST_FOUND, FoundChoices

ASK_AFTER_MS = 120
"""From the last keystroke to the question. [ms]"""
UNNAMED = "…"
VISIBLE_ROWS, ROW_HEIGHT, WIDEST = 12, 32, 560
"""Of what is offered. [rows, px at 100 %, px at 100 %]"""


class Finder(Protocol):
    """Looks for choices elsewhere, off the UI thread."""

    def find(self, text: str) -> Job:
        """Answer with a ``FoundChoices``."""

    def name(self, data: str) -> Job:
        """Answer with the title of a choice, or "" when there is none such."""


class FindCombo(QComboBox):
    """A combo box that takes any number of choices.

    Up to 300 stand in its list as usual. Of more only the first ones given as
    ``listed`` do; the field is then typed into, and what fits is offered below it.
    Choices too many to be here at all are looked for by a finder.

    Signals:
        lost: what was chosen is not there any more; the first is chosen now.
    """

    lost = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._others: Mapping[str, str] = {}
        self._names: dict[str, str] = {}
        self._finder: Finder | None = None
        self._finding: Job | None = None
        self._naming: tuple[Job, str] | None = None
        self._found: QStandardItemModel | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(ASK_AFTER_MS)
        self._pause.timeout.connect(self._ask)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)

    @property
    def is_typed(self) -> bool:
        """Whether there are so many choices that one types to find."""
        return self.isEditable()

    def fill(self, choices: Iterable[tuple[str, str]], listed: int = 0, finder: Finder | None = None) -> None:
        """Offer other choices; the first is chosen.

        Args:
            choices: Data and title of each.
            listed: So many of the first stand in the list however many there are.
            finder: Looks for choices beyond those, which are too many to be given.
        """
        every = list(choices)
        many = finder is not None or len(every) > MOST_LISTED
        self.clear()
        self._finder = finder
        self._others = dict(every[listed:]) if many else {}
        for data, title in every[:listed] if many else every:
            self.addItem(title, data)
        if many != self.isEditable():
            self.setEditable(many)
            if many:
                self._set_up_field()
        self.setCurrentIndex(0 if self.count() else -1)

    def choose(self, data: str) -> bool:
        """Choose by data without a signal; return False when there is no such choice.

        With a finder it is taken on trust, and ``lost`` says later if it is not there.
        """
        place = self.findData(data)
        if place < 0 and data in self._others:
            place = self._add(data, self._others[data])
        elif place < 0 and data and self._finder is not None:
            place = self._add(data, self._names.get(data, UNNAMED))
            if data not in self._names:
                self._naming = (self._finder.name(data), data)
                self._naming[0].succeeded.connect(self._on_named)
        if place >= 0:
            self.setCurrentIndex(place)
            self._show_beginning()
        return place >= 0

    def choose_unnamed(self, data: str) -> None:
        """Choose what has no name yet; it comes with the choices."""
        if self.findData(data) < 0:
            self._add(data, UNNAMED)
        self.setCurrentIndex(self.findData(data))

    def _add(self, data: str, title: str) -> int:
        self.addItem(title, data)
        return self.count() - 1

    @Slot(object)
    def _on_named(self, title: str) -> None:
        if self._naming is None or self.sender() is not self._naming[0]:
            return
        data, self._naming = self._naming[1], None
        place = self.findData(data)
        if place < 0:
            return
        if title:
            self._names[data] = title
            self.setItemText(place, title)
            self._show_beginning()
            return
        was_chosen = place == self.currentIndex()
        self.removeItem(place)
        if was_chosen:
            self.setCurrentIndex(0 if self.count() else -1)
            self.lost.emit()

    def _set_up_field(self) -> None:
        field = self.lineEdit()
        assert field is not None
        field.setPlaceholderText(_("Type to find"))
        field.setAccessibleName(self.accessibleName())
        if self._found is None:
            self._found = QStandardItemModel(self)
        completer = QCompleter(self._found, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setMaxVisibleItems(VISIBLE_ROWS)
        completer.activated[QModelIndex].connect(self._on_found_chosen)  # type: ignore[index]
        field.setCompleter(completer)  # not the box's own: that one goes by the text, and two may have one name
        field.textEdited.connect(self._on_typed)

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        if self._finder is not None:
            self._finding = None  # an answer to less text is of no use any more
            self._pause.start()
            return
        words = text.lower().split()
        found = ((data, title) for data, title in self._others.items()
                 if all(word in title.lower() or word in data for word in words))  # fmt: skip
        some = list(islice(found, MOST_FOUND + 1))
        self._offer(FoundChoices(some[:MOST_FOUND], len(some) > MOST_FOUND))

    @Slot()
    def _ask(self) -> None:
        field = self.lineEdit()
        if self._finder is not None and field is not None:
            self._finding = self._finder.find(field.text())
            self._finding.succeeded.connect(self._on_found)

    @Slot(object)
    def _on_found(self, found: FoundChoices) -> None:
        field = self.lineEdit()
        if self.sender() is self._finding and field is not None and field.hasFocus():
            self._finding = None
            self._offer(found)

    def _offer(self, found: FoundChoices) -> None:
        """Show what was found below the field, or that nothing was."""
        assert self._found is not None
        self._found.clear()
        for data, title in found.choices:
            item = QStandardItem(title)
            item.setData(data, Qt.ItemDataRole.UserRole)
            self._found.appendRow(item)
        if not found.choices or found.has_more:
            last = QStandardItem(_("There are more: type on") if found.choices else _("Nothing has this name"))
            last.setFlags(Qt.ItemFlag.NoItemFlags)
            self._found.appendRow(last)
        completer = self.completer()
        if completer is None:
            return
        popup, look = completer.popup(), theme.current()
        assert popup is not None
        popup.setFont(look.font())
        theme.dress(popup.verticalScrollBar(), "scroll")
        for row in range(self._found.rowCount()):
            self._found.item(row).setSizeHint(QSize(0, look.px(ROW_HEIGHT)))
        texts = (self._found.item(row).text() for row in range(self._found.rowCount()))
        widest = max(popup.fontMetrics().horizontalAdvance(text) for text in texts)
        popup.setMinimumWidth(min(widest + look.px(40), look.px(WIDEST)))
        completer.complete()

    @Slot(QModelIndex)
    def _on_found_chosen(self, index: QModelIndex) -> None:
        data = index.data(Qt.ItemDataRole.UserRole)
        if data is None:
            return
        self._names[str(data)] = str(index.data())
        self.choose(str(data))
        QTimer.singleShot(0, self, self._show_beginning)  # the completer writes the text once more
        self.activated.emit(self.currentIndex())

    def _show_beginning(self) -> None:
        field = self.lineEdit()
        if field is not None:
            field.setCursorPosition(0)

    # Overrides of Qt methods

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        field = self.lineEdit()
        if field is not None and event.reason() != Qt.FocusReason.PopupFocusReason:
            QTimer.singleShot(0, field, field.selectAll)  # what is typed takes the place of what was chosen

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.isEditable() and event.reason() != Qt.FocusReason.PopupFocusReason:
            self.setEditText(self.itemText(self.currentIndex()))  # half typed is not chosen
            self._show_beginning()
