"""The list of Today with its filters: who is shown, who is selected, who is next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gridapp.db.queries.values import After, DueList, DuePage, DueRow, belongs, count_rows
from gridapp.i18n import _
from ui import theme
from ui.pages import today_rows
from ui.pages.today_bars import MonthProgress
from ui.widgets import basics
from ui.widgets.data_table import DataTable
from ui.widgets.filter_chips import FilterChips
from ui.widgets.search_box import SearchBox

SETTLE_MS = 60
"""How long the selection rests before others turn to it. [ms]"""


class TodayList(QWidget):
    """Everyone due, by chip and by what is typed; holds no database.

    Signals:
        selection_settled: the selection has not changed for a moment.
        words_wanted: names whose pinyin is needed to find them.
        list_wanted: another kind or another text, of a list too long to be here as a whole.
        more_wanted: the next page of such a list.
        bulk_wanted: the selected people were called by phone.
        import_wanted: nobody is there at all.

    Attributes:
        rows: Everyone in the scope, whatever the chip; of a long list those read so far.
        after: Where the next page begins, None when there is none.
    """

    selection_settled = Signal()
    words_wanted = Signal(object)
    list_wanted = Signal()
    more_wanted = Signal()
    bulk_wanted = Signal()
    import_wanted = Signal()

    def __init__(self, day: dt.date, tier_a_days: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[DueRow] = []
        self.after: After | None = None
        self._is_whole = True
        self._day = day
        self._shown_for: tuple[dt.date, int] | None = None
        self._words: dict[str, str] | None = None
        self._wanted = ""
        self._just_logged: set[str] = set()
        self._chose_filter = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._columns = today_rows.TodayColumns(day, tier_a_days)
        self._build()
        self._connect()

    # ---- for the page

    def set_rows(self, rows: Sequence[DueRow], day: dt.date, tier_a_days: int) -> None:
        """Show other people, on the person who is next; the same people again change nothing."""
        if rows and list(rows) == self.rows and (day, tier_a_days) == self._shown_for and not self._just_logged:
            return
        self._shown_for = (day, tier_a_days)
        self.rows = list(rows)
        self._day = self._columns.today = day
        self._columns.tier_a_days = tier_a_days
        self._just_logged.clear()
        found = count_rows(self.rows, day).people
        self.chips.set_counts(found)
        if not self._chose_filter and self.rows:
            self._chose_filter = True
            self.chips.choose(today_rows.first_filter(found))
        if self._words is not None:
            self._ask_words()
        self.show_rows()

    def set_list(self, found: DueList, day: dt.date, tier_a_days: int) -> None:
        """Show a whole list, or the first page of a long one."""
        self._is_whole, self.after = found.is_whole, found.page.after
        if found.is_whole:
            self.set_rows(found.page.rows, day, tier_a_days)
            return
        self.rows = list(found.page.rows)
        self._day = self._columns.today = day
        self._columns.tier_a_days = tier_a_days
        self._just_logged.clear()
        self.chips.set_counts(found.counts.people)
        self._chose_filter = True
        self.chips.choose(found.kind)
        self.show_rows()

    def add_page(self, page: DuePage) -> None:
        """Show the next page of a long list below the others."""
        self.after = page.after
        self.rows += page.rows
        self.table.add_rows(page.rows, page.after is not None)

    @property
    def asked(self) -> tuple[str, str]:
        """Return the kind of people a long list shows, "" for the most urgent one, and the text typed."""
        return self.chips.key if self._chose_filter else "", self.find_box.text().strip()

    def set_category_names(self, names: Mapping[str, str]) -> None:
        """Name categories in the user's words."""
        if names != self._columns.names:
            self._columns.names = names
            self.show_rows()

    def set_words(self, words: dict[str, str]) -> None:
        """Take the pinyin that was asked for."""
        self._words = words
        self.show_rows()

    def choose_filter_anew(self) -> None:
        """Go to the most urgent chip when the next rows come, e.g. those of another grid."""
        self._chose_filter = False

    def select(self, person: str) -> None:
        """Select one person, or the row the keyboard is on; also while Ctrl is still held down from saving."""
        people = [row.roster.person.id for row in self.table.model.rows]
        number = people.index(person) if person in people else max(0, self.table.view.currentIndex().row())
        self.table.select_row(number)

    def move_on(self, logged: Sequence[str]) -> DueRow | None:
        """Select whoever comes after the people just logged, and return them; None when nobody is left."""
        self._just_logged |= set(logged)
        rows = self.table.model.rows
        places = [place for place, row in enumerate(rows) if row.roster.person.id in logged]
        start = places[-1] if places else self.table.view.currentIndex().row()
        order = [*range(start + 1, len(rows)), *range(start - 1, -1, -1)]
        left = (rows[place] for place in order if rows[place].roster.person.id not in self._just_logged)
        following = next(left, None)
        self._wanted = following.roster.person.id if following else ""
        if following is not None:
            self.select(self._wanted)
        return following

    def settle(self) -> None:
        """Tell about the selection again in a moment."""
        self._settle.start()

    @Slot()
    def take_keyboard(self) -> None:
        """Put the keyboard on the list."""
        self.table.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_rows(self) -> None:
        """Show whoever is behind the chip and matches what was typed."""
        text = self.find_box.text().strip()
        rows = self.rows
        if self._is_whole:
            rows = [row for row in rows if belongs(row, self.chips.key, self._day)]
        if self._is_whole and text:
            rows = [row for row in rows if today_rows.found_by(row, text, self._words or {})]
        current = self.table.current_row()
        kept = self._wanted or (current.roster.person.id if current else "")
        chosen = {row.roster.person.id for row in self.table.selected_rows()}
        self._say_empty(text)
        self.table.set_rows(rows, self.after is not None)
        if rows and (len(chosen) <= 1 or self._wanted):
            self.select(kept)
        self._wanted = ""

    # ---- building

    def _build(self) -> None:
        px = theme.current().px
        self.progress = MonthProgress()
        self.find_box = SearchBox(_("Find in this list"), _("Find in this list"))
        self.find_box.setMaximumWidth(px(260))
        self.chips = FilterChips(today_rows.filter_titles(), _("Which people"))
        self.bulk_button = basics.button(_("Called by phone…"), "secondary", "phone")
        self.bulk_button.hide()
        self.table: DataTable[DueRow] = DataTable(
            self._columns.columns(), _("People to visit"), key="today", multiple=True
        )
        self.table.set_empty_state("clipboard-check", _("Reading the list…"))
        self.table.view.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # the room at the end says where to knock
        self.table.view.installEventFilter(self)
        tools = QHBoxLayout()
        tools.setSpacing(px(theme.GAP_S))
        tools.addWidget(self.progress, 7)
        tools.addWidget(self.find_box, 4)
        tools.addWidget(self.table.column_button())
        filters = QHBoxLayout()
        filters.setSpacing(px(theme.GAP_S))
        filters.addWidget(self.chips, 1)
        filters.addWidget(self.bulk_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(theme.GAP_S))
        column.addLayout(tools)
        column.addLayout(filters)
        column.addWidget(self.table, 1)

    def _connect(self) -> None:
        self._settle.timeout.connect(self._on_settled)
        self.chips.chosen.connect(self._on_chip)
        self.find_box.searched.connect(self._on_find)
        self.find_box.moved.connect(self._on_find_moved)
        self.find_box.confirmed.connect(self._on_find_confirmed)
        self.bulk_button.clicked.connect(self.bulk_wanted)
        self.table.row_selected.connect(self.settle)
        self.table.more_wanted.connect(self.more_wanted)
        self.table.empty_action_requested.connect(self._on_empty_action)

    def _say_empty(self, text: str) -> None:
        if not self.rows:
            self.table.set_empty_state("users", _("Nobody is on the roster here yet."), _("Import from Excel…"))
        elif text:
            sentence = _("Nobody in this list matches “{text}”.").format(text=text)
            self.table.set_empty_state("search", sentence, _("Show everyone"))
        else:
            self.table.set_empty_state("check", _("Done: nobody is left here."), _("Show everyone"))

    # ---- what happens

    @Slot()
    def _on_settled(self) -> None:
        count = len(self.table.selected_rows())
        self.bulk_button.setVisible(count > 1)
        if count > 1:
            self.bulk_button.setText(_("Called {count} people by phone…").format(count=count))
            self.bulk_button.setAccessibleName(self.bulk_button.text())
        self.selection_settled.emit()

    @Slot(str)
    def _on_chip(self, key: str) -> None:
        self._chose_filter = True
        self._show_or_ask()

    def _show_or_ask(self) -> None:
        if self._is_whole:
            self.show_rows()
        else:
            self.list_wanted.emit()

    @Slot(str)
    def _on_find(self, text: str) -> None:
        if not self._is_whole:
            self.list_wanted.emit()
            return
        if text and self._words is None:
            self._words = {}
            self._ask_words()
        self.show_rows()

    def _ask_words(self) -> None:
        names = tuple({row.roster.person.name for row in self.rows})
        if not set(names) <= set(self._words or {}):
            self.words_wanted.emit(names)

    @Slot(object)
    def _on_find_moved(self, step: object) -> None:
        if isinstance(step, int) and self.table.model.rows:
            number = self.table.view.currentIndex().row() + step
            self.table.select_row(min(max(number, 0), len(self.table.model.rows) - 1))

    @Slot(str)
    def _on_find_confirmed(self, text: str) -> None:
        self._on_find(text)
        self.take_keyboard()

    @Slot()
    def _on_empty_action(self) -> None:
        if not self.rows:
            self.import_wanted.emit()
            return
        self.find_box.clear()
        self.chips.choose("all")
        self._show_or_ask()
        self.take_keyboard()

    # Overrides of Qt methods

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and watched is self.table.view:
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
            if plain and event.text().strip() and event.text().isprintable():
                self.find_box.setFocus(Qt.FocusReason.ShortcutFocusReason)
                self.find_box.setText(self.find_box.text() + event.text())
                return True
            if event.key() == Qt.Key.Key_Escape and self.find_box.text():
                self.find_box.clear()
                return True
        return False
