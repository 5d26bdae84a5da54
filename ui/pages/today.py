"""Today: whom to visit, why, and a form beside the list to log it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from gridapp import clock, formats
from gridapp.db.queries.lists import DueRow, list_due
from gridapp.db.queries.rates import RateRow, visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.domain.changes import Kind
from gridapp.domain.period import Month
from gridapp.i18n import N_, _
from ui import theme
from ui.dialogs.visit_dialog import VisitDialog
from ui.pages import today_rows
from ui.pages.page import Page
from ui.pages.today_bars import DraftBar, MonthProgress
from ui.widgets import basics
from ui.widgets.data_table import DataTable
from ui.widgets.filter_chips import FilterChips
from ui.widgets.search_box import SearchBox
from ui.widgets.visit_form_desk import VisitDesk, draft_keys, forget_draft
from ui.widgets.visit_form_target import FormChoices, read_choices, read_drafts, targets_of
from ui.widgets.whose_picker import WhosePicker

PANEL_WIDTH = 396
PANEL_FROM_WIDTH = 1180
"""Narrower than this (at 100 % text) the form opens as a dialog instead. [px]"""

SETTLE_MS = 60
"""How long the selection rests before the form turns to it. [ms]"""


class TodayPage(Page):
    """Due and overdue people next to a quick log."""

    key = "today"
    title = N_("Visits today")
    concerns = frozenset({Kind.VISIT, Kind.ENROLMENT, Kind.RESIDENT, Kind.ABSENCE, Kind.WORKER, Kind.SETTING,
                          Kind.PLACE, Kind.IMPORT})

    def build(self) -> None:
        """Create the bars, the list and the form."""
        self._day = clock.today()
        self._rows: list[DueRow] = []
        self._words: dict[str, str] | None = None
        self._wanted = ""
        self._chose_filter = False
        self._asked_drafts = False
        self._took_keyboard = False
        self._drafts: dict[str, dict[str, Any]] = {}
        self._dialog: VisitDialog | None = None
        self._wish: dict[str, Any] | None = None
        self._choices = FormChoices()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._build_header()
        self._build_list()
        self._build_panel()
        self._arrange()
        self._connect()

    def reload(self) -> None:
        """Ask for the list, the month's figure and what the form offers."""
        self._day = clock.today()
        self._say_day()
        settings, scope = self.context.settings, self.scope_picker.scope
        self.load(list_due, self._day, settings, scope)
        self.load(visit_rates, [Month.of(self._day)], self._day, "total", RosterRule.monthly(settings), scope,
                  then=self._show_progress)
        self.load(read_choices, self._day, then=self._show_choices)
        if not self._asked_drafts:
            self._asked_drafts = True
            self.load(read_drafts, draft_keys(self.context.actor), then=self._show_drafts)
        self.desk.take_settings()

    def show_data(self, data: Any) -> None:
        """Show the due list, on the person who is next."""
        self._rows = list(data)
        if self._columns.today != self._day or self._columns.tier_a_days != self.context.settings.tier_a_days:
            self._columns.today, self._columns.tier_a_days = self._day, self.context.settings.tier_a_days
        found = today_rows.counts(self._rows, self._day)
        self.chips.set_counts(found)
        if not self._chose_filter and self._rows:
            self._chose_filter = True
            self.chips.choose(today_rows.first_filter(found))
        if self._words is not None:
            self._ask_words()
        self._show_rows()
        if self._wish is not None:
            self._grant_wish()
        elif not self._took_keyboard:
            self._took_keyboard = True
            self._focus_list()

    def open_with(self, argument: object) -> None:
        """Take ``{"new": True, "person": id}``: log a visit, for that person or for one to be looked up."""
        if isinstance(argument, dict) and argument.get("new"):
            self._wish = dict(argument)
            QTimer.singleShot(0, self, self._grant_wish)

    def new_item(self) -> None:
        """Log a visit to whoever is selected: in the form beside the list, or in a dialog."""
        targets = targets_of(self.table.selected_rows(), self._rows)
        if not targets and not self.desk.is_dirty:
            self._open_dialog().log_for(())
        elif self.panel.isVisible():
            self._turn_form()
            self.desk.form.focus_first()
        else:
            self._open_dialog().log_for(targets)

    def export_items(self) -> None:
        """Copy is offered here; whole lists are exported from the Data page."""
        self.go_to("data", {"export": self.key})

    # ---- building

    def _build_header(self) -> None:
        self._say_day()
        self.scope_picker = WhosePicker("today")
        self.new_button = basics.button(_("Log a visit"), "primary", "plus", _("Ctrl+N"))
        self.header.add_action(self.scope_picker)
        self.header.add_action(self.new_button)
        self.draft_bar = DraftBar()
        self.progress = MonthProgress()
        self.find_box = SearchBox(_("Find in this list"), _("Find in this list"))
        self.find_box.setMaximumWidth(theme.current().px(260))
        self.chips = FilterChips(today_rows.filter_titles(), _("Which people"))
        self.bulk_button = basics.button(_("Called by phone…"), "secondary", "phone")
        self.bulk_button.hide()

    def _build_list(self) -> None:
        self._columns = today_rows.TodayColumns(self._day, self.context.settings.tier_a_days)
        self.table: DataTable[DueRow] = DataTable(
            self._columns.columns(), _("People to visit"), key="today", multiple=True
        )
        self.table.view.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # the room at the end says where to knock
        self.table.view.installEventFilter(self)

    def _build_panel(self) -> None:
        self.panel = basics.Card()
        self.panel.setAccessibleName(_("Log a visit"))
        self.panel.body.setContentsMargins(*[theme.current().px(14)] * 4)
        self.desk = VisitDesk(self.context, draft_keys(self.context.actor)[0])
        self.panel.body.addWidget(self.desk)

    def _arrange(self) -> None:
        px = theme.current().px
        tools = QHBoxLayout()
        tools.setSpacing(px(theme.GAP_S))
        tools.addWidget(self.progress, 1)
        tools.addWidget(self.find_box, 1)
        tools.addWidget(self.table.column_button())
        filters = QHBoxLayout()
        filters.setSpacing(px(theme.GAP_S))
        filters.addWidget(self.chips, 1)
        filters.addWidget(self.bulk_button)
        left = QVBoxLayout()
        left.setSpacing(px(theme.GAP_S))
        left.addLayout(tools)
        left.addLayout(filters)
        left.addWidget(self.table, 1)
        sides = QHBoxLayout()
        sides.setSpacing(px(theme.GAP_M))
        sides.addLayout(left, 1)
        sides.addWidget(self.panel)
        self.body.addWidget(self.draft_bar)
        self.body.addLayout(sides, 1)
        self._fit_panel()

    def _connect(self) -> None:
        self._settle.timeout.connect(self._turn_form)
        self.new_button.clicked.connect(self.new_item)
        self.scope_picker.scope_chosen.connect(self._on_scope_chosen)
        self.chips.chosen.connect(self._on_chip)
        self.find_box.searched.connect(self._on_find)
        self.find_box.moved.connect(self._on_find_moved)
        self.find_box.confirmed.connect(self._on_find_confirmed)
        self.bulk_button.clicked.connect(self._on_bulk)
        self.table.row_selected.connect(self._on_row_selected)
        self.table.row_activated.connect(self._on_row_activated)
        self.table.empty_action_requested.connect(self._on_empty_action)
        self.desk.saved.connect(self._on_saved)
        self.desk.cancelled.connect(self._focus_list)
        self.desk.card_wanted.connect(self._open_card)
        self.draft_bar.resumed.connect(self._on_resume)
        self.draft_bar.discarded.connect(self._on_discard)
        theme.current().changed.connect(self._fit_panel)

    # ---- showing

    def _say_day(self) -> None:
        self.header.set_subtitle(f"{formats.long_date(self._day)} {formats.weekday(self._day)}")

    def _show_progress(self, rates: Sequence[RateRow]) -> None:
        self.progress.show_rate(rates[0].rate)

    def _show_choices(self, choices: FormChoices) -> None:
        self._choices = choices
        self._columns.names = choices.categories
        self.desk.set_choices(choices)
        if not self.scope_picker.set_choices(choices.grids, choices.workers):
            self.refresh()
        self._show_rows()

    def _show_rows(self) -> None:
        text = self.find_box.text().strip()
        rows = [row for row in self._rows if today_rows.belongs(row, self.chips.key, self._day)]
        if text:
            rows = [row for row in rows if today_rows.found_by(row, text, self._words or {})]
        current = self.table.current_row()
        kept = self._wanted or (current.roster.person.id if current else "")
        chosen = {row.roster.person.id for row in self.table.selected_rows()}
        self._say_empty(text)
        self.table.set_rows(rows)
        if len(chosen) <= 1 or self._wanted:
            self._select(kept)
        self._wanted = ""

    def _select(self, person: str) -> None:
        for number, row in enumerate(self.table.model.rows):
            if row.roster.person.id == person:
                self.table.select_row(number)
                return

    def _say_empty(self, text: str) -> None:
        if not self._rows and self.is_loading:
            self.table.set_empty_state("clipboard-check", _("Reading the list…"))
        elif not self._rows:
            self.table.set_empty_state("users", _("Nobody is on the roster here yet."), _("Import from Excel…"))
        elif text:
            self.table.set_empty_state("search", _("Nobody in this list matches “{text}”.").format(text=text),
                                       _("Show everyone"))
        else:
            self.table.set_empty_state("check", _("Done: nobody is left here."), _("Show everyone"))

    def _turn_form(self) -> None:
        self._settle.stop()
        rows = self.table.selected_rows()
        self.bulk_button.setVisible(len(rows) > 1)
        if len(rows) > 1:
            self.bulk_button.setText(_("Called {count} people by phone…").format(count=len(rows)))
            self.bulk_button.setAccessibleName(self.bulk_button.text())
        if self.panel.isVisible():
            self.desk.set_targets(targets_of(rows, self._rows))

    @Slot()
    def _fit_panel(self) -> None:
        px = theme.current().px
        self.panel.setFixedWidth(px(PANEL_WIDTH))
        wide = self.width() >= px(PANEL_FROM_WIDTH) or self.desk.is_dirty
        if wide == self.panel.isHidden():
            self.panel.setVisible(wide)
            self._settle.start()

    # ---- what happens

    @Slot(object)
    def _on_row_selected(self, row: object) -> None:
        self._settle.start()

    @Slot(object)
    def _on_row_activated(self, row: DueRow) -> None:
        self._open_card(row.roster.person.id)

    @Slot(str)
    def _open_card(self, person: str) -> None:
        self.go_to("residents", {"person": person})

    @Slot(object)
    def _on_scope_chosen(self, scope: object) -> None:
        self._chose_filter = False
        self.refresh()

    @Slot(str)
    def _on_chip(self, key: str) -> None:
        self._chose_filter = True
        self._show_rows()

    @Slot(str)
    def _on_find(self, text: str) -> None:
        if text and self._words is None:
            self._words = {}
            self._ask_words()
        self._show_rows()

    def _ask_words(self) -> None:
        names = tuple({row.roster.person.name for row in self._rows})
        if not set(names) <= set(self._words or {}):
            self.load(today_rows.read_find_words, names, then=self._show_words)

    def _show_words(self, words: dict[str, str]) -> None:
        self._words = words
        self._show_rows()

    @Slot(object)
    def _on_find_moved(self, step: object) -> None:
        if isinstance(step, int) and self.table.model.rows:
            number = self.table.view.currentIndex().row() + step
            self.table.select_row(min(max(number, 0), len(self.table.model.rows) - 1))

    @Slot(str)
    def _on_find_confirmed(self, text: str) -> None:
        self._on_find(text)
        self._focus_list()

    @Slot()
    def _on_empty_action(self) -> None:
        if not self._rows:
            self.go_to("data", {"import": True})
            return
        self.find_box.clear()
        self.chips.choose("all")
        self._show_rows()
        self._focus_list()

    @Slot()
    def _on_bulk(self) -> None:
        targets = targets_of(self.table.selected_rows(), self._rows)
        if not self.panel.isVisible():
            self._open_dialog().log_for(targets)
        elif self.desk.set_targets(targets):
            self.desk.form.mode.choose("phone")
            self.desk.form.focus_first()

    @Slot()
    def _focus_list(self) -> None:
        self.table.view.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object, bool)
    def _on_saved(self, people: object, wants_next: bool) -> None:
        following = self._following(set(people) if isinstance(people, tuple) else set())
        self._wanted = following.roster.person.id if following else ""
        if following is not None:
            self._select(self._wanted)
        dialog = self._dialog
        targets = targets_of([following] if following else [], self._rows)
        if self.sender() is self.desk:
            self.desk.set_targets(targets)
            self._fit_panel()
            if wants_next and targets:
                self.desk.form.focus_first()
            else:
                self._focus_list()
        elif dialog is not None and wants_next:
            if targets:
                dialog.log_for(targets)
            else:
                dialog.accept()

    def _following(self, logged: set[str]) -> DueRow | None:
        """Return the next person of the list after those just logged, or the one before when they were last."""
        rows = self.table.model.rows
        places = [place for place, row in enumerate(rows) if row.roster.person.id in logged]
        start = places[-1] if places else self.table.view.currentIndex().row()
        order = [*range(start + 1, len(rows)), *range(start - 1, -1, -1)]
        return next((rows[place] for place in order if rows[place].roster.person.id not in logged), None)

    # ---- dialog and drafts

    def _open_dialog(self) -> VisitDialog:
        self._dialog = VisitDialog(self.context, self, walks=True)
        self._dialog.saved.connect(self._on_saved)
        self._dialog.card_wanted.connect(self._open_card)
        self._dialog.finished.connect(self._on_dialog_finished)
        return self._dialog

    @Slot()
    def _on_dialog_finished(self) -> None:
        self._dialog = None
        self._focus_list()

    @Slot()
    def _grant_wish(self) -> None:
        wish, self._wish = self._wish, None
        if wish is None or self._dialog is not None:
            return
        if wish.get("person"):
            self._open_dialog().log_for_ids([str(wish["person"])])
        else:
            self.new_item()

    def _show_drafts(self, drafts: dict[str, dict[str, Any]]) -> None:
        self._drafts = drafts
        if drafts and not self.desk.is_dirty:
            self.draft_bar.offer(next(iter(drafts.values())))

    @Slot()
    def _on_resume(self) -> None:
        self.draft_bar.hide()
        key, body = next(iter(self._drafts.items()))
        del self._drafts[key]
        self._open_dialog().resume(body, key)

    @Slot()
    def _on_discard(self) -> None:
        self.draft_bar.hide()
        key = next(iter(self._drafts))
        del self._drafts[key]
        self.context.change(forget_draft, key)
        self._show_drafts(self._drafts)

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_panel()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


