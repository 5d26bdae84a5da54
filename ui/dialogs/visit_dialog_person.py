"""Look for the person a visit is logged for."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from gridapp import clock
from gridapp.db.queries.residents import search_residents
from gridapp.i18n import _
from ui import theme
from ui.context import AppContext
from ui.jobs import Job
from ui.widgets import basics, visit_form_words
from ui.widgets.search_box import SearchBox

FOUND_AT_MOST = 20


class PersonPicker(QWidget):
    """A search box with what it finds below; Enter or a click chooses.

    Signals:
        person_chosen: shown id of the person.
    """

    person_chosen = Signal(str)

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self._job: Job | None = None
        self._choose_first = False
        self.box = SearchBox(_("Who was visited"), _("Name / initials / phone / ID tail / address"))
        self.list = QListWidget()
        self.list.setAccessibleName(_("People found"))
        self.list.setMaximumHeight(theme.current().px(170))
        theme.dress(self.list.verticalScrollBar(), "scroll")
        self.nothing = basics.label(_("Nobody found. Try fewer letters."), "small", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(theme.GAP_XS))
        for part in (self.box, self.list, self.nothing):
            column.addWidget(part)
        self.list.hide()
        self.nothing.hide()
        self.box.searched.connect(self._on_searched)
        self.box.confirmed.connect(self._on_confirmed)
        self.box.moved.connect(self._on_moved)
        self.list.itemActivated.connect(self._on_item)
        self.list.itemClicked.connect(self._on_item)

    def focus_first(self) -> None:
        """Put the keyboard into the search box."""
        self.box.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot(str)
    def _on_searched(self, text: str) -> None:
        if not text:
            self._job = None
            self.list.hide()
            self.nothing.hide()
            return
        self._job = self.context.fetch(search_residents, text, clock.today(), FOUND_AT_MOST)
        self._job.succeeded.connect(self._on_found)

    @Slot(object)
    def _on_found(self, people: object) -> None:
        if self.sender() is not self._job or not isinstance(people, list):
            return
        self._job = None
        self.list.clear()
        for person in people:
            parts = (person.name, visit_form_words.describe_person(person), person.place, person.address)
            item = QListWidgetItem("  ".join(part for part in parts if part))
            item.setData(Qt.ItemDataRole.UserRole, person.id)
            self.list.addItem(item)
        self.list.setVisible(bool(people))
        self.nothing.setVisible(not people)
        if people:
            self.list.setCurrentRow(0)
        if self._choose_first and people:
            self._choose_first = False
            self._on_item(self.list.item(0))

    @Slot(str)
    def _on_confirmed(self, text: str) -> None:
        item = self.list.currentItem()
        if self._job is None and item is not None and self.list.isVisible():
            self._on_item(item)
        elif text:
            self._choose_first = True
            self._on_searched(text)

    @Slot(object)
    def _on_moved(self, step: object) -> None:
        if isinstance(step, int) and self.list.count():
            self.list.setCurrentRow(min(max(self.list.currentRow() + step, 0), self.list.count() - 1))

    @Slot(object)
    def _on_item(self, item: QListWidgetItem) -> None:
        self.box.setText("")
        self.list.hide()
        self.person_chosen.emit(str(item.data(Qt.ItemDataRole.UserRole)))
