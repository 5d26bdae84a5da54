"""Today: whom to visit, why, and a form beside the list to log it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, QTimer, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout

from gridapp import clock, formats
from gridapp.db.queries.values import After, DueFilter, DuePage, DueRow
from gridapp.domain.changes import Kind
from gridapp.i18n import N_, _
from ui import theme
from ui.pages import today_queries, today_rows
from ui.pages.page import Page
from ui.pages.today_bars import DraftBar
from ui.pages.today_list import TodayList
from ui.widgets import basics
from ui.widgets.visit_form_desk import VisitDesk, draft_keys
from ui.widgets.visit_form_saving import forget_draft
from ui.widgets.visit_form_target import VisitTarget, read_choices, read_drafts, targets_of
from ui.widgets.whose_picker import WhosePicker

if TYPE_CHECKING:
    from gridapp.db.first_page import FirstPage
    from gridapp.db.queries.values import FormChoices
    from gridapp.domain.indicator import VisitRate
    from ui.dialogs.visit_dialog import VisitDialog

PANEL_WIDTH = 396
PANEL_FROM_WIDTH = 1180
"""Narrower than this (at 100 % text) the form opens as a dialog instead. [px]"""


class TodayPage(Page):
    """Due and overdue people next to a quick log."""

    key = "today"
    title = N_("Visits today")
    concerns = frozenset({Kind.VISIT, Kind.ENROLMENT, Kind.RESIDENT, Kind.ABSENCE, Kind.WORKER, Kind.SETTING,
                          Kind.PLACE, Kind.IMPORT})

    def build(self) -> None:
        """Create the bars, the list and the form."""
        self._day = clock.today()
        self._asked_drafts = False
        self._asked_after: After | None = None
        self._took_keyboard = False
        self._drafts: dict[str, dict[str, Any]] = {}
        self._dialog: VisitDialog | None = None
        self._wish: dict[str, Any] | None = None
        self.scope_picker = WhosePicker("today", self.context)
        self.new_button = basics.button(_("Log a visit"), "primary", "plus", _("Ctrl+N"))
        self.header.add_action(self.scope_picker)
        self.header.add_action(self.new_button)
        self.draft_bar = DraftBar()
        self.list = TodayList(self._day, self.context.settings.tier_a_days)
        self.panel = basics.Card()
        self.panel.setAccessibleName(_("Log a visit"))
        self.panel.body.setContentsMargins(*[theme.current().px(14)] * 4)
        self.desk = VisitDesk(self.context, draft_keys(self.context.actor)[0])
        self.panel.body.addWidget(self.desk)
        sides = QHBoxLayout()
        sides.setSpacing(theme.current().px(theme.GAP_M))
        sides.addWidget(self.list, 1)
        sides.addWidget(self.panel)
        self.body.addWidget(self.draft_bar)
        self.body.addLayout(sides, 1)
        self._say_day()
        self._fit_panel()
        self._connect()

    def reload(self) -> None:
        """Ask for the list, the month's figure and what the form offers."""
        self._day = clock.today()
        self._say_day()
        settings, scope = self.context.settings, self.scope_picker.scope
        self._ask_list()
        self.load(today_queries.read_rate, self._day, settings, scope, then=self._show_progress)
        self.load(read_choices, self._day, then=self._show_choices)
        if not self._asked_drafts:
            self._asked_drafts = True
            self.load(read_drafts, draft_keys(self.context.actor), then=self._show_drafts)
        self.desk.take_settings()

    def _ask_list(self) -> None:
        kind, text = self.list.asked
        wanted = DueFilter(self.scope_picker.scope, kind, text)
        self.load(today_queries.read_list, self._day, self.context.settings, wanted)

    @Slot()
    def _ask_more(self) -> None:
        kind, text = self.list.asked
        wanted = DueFilter(self.scope_picker.scope, kind, text)
        self._asked_after = self.list.after
        self.load(today_queries.read_page, self._day, self.context.settings, wanted, self.list.after,
                  then=self._show_more)

    def _show_more(self, page: DuePage) -> None:
        if self.list.after == self._asked_after:  # else the list was read anew meanwhile
            self.list.add_page(page)

    def show_data(self, data: Any) -> None:
        """Show the due list, on the person who is next."""
        self.list.set_list(data, self._day, self.context.settings.tier_a_days)
        if self._wish is not None:
            self._grant_wish()
        elif not self._took_keyboard:
            self._took_keyboard = True
            self.list.take_keyboard()

    def show_remembered(self, remembered: FirstPage) -> None:
        """Show what the database remembered of today, before it is open; the page asks anew once it is."""
        self._show_choices(remembered.choices)
        self._show_progress(remembered.rate)
        self.show_data(remembered.due)

    def open_with(self, argument: object) -> None:
        """Take ``{"new": True, "person": id}``: log a visit, for that person or for one to be looked up."""
        if isinstance(argument, dict) and argument.get("new"):
            self._wish = dict(argument)
            QTimer.singleShot(0, self, self._grant_wish)

    def new_item(self) -> None:
        """Log a visit to whoever is selected: in the form beside the list, or in a dialog."""
        targets = self._selected()
        if not targets and not self.desk.is_dirty:
            self._open_dialog().log_for(())
        elif self.panel.isVisible():
            self._turn_form()
            self.desk.form.focus_first()
        else:
            self._open_dialog().log_for(targets)

    def _connect(self) -> None:
        self.new_button.clicked.connect(self.new_item)
        self.scope_picker.scope_chosen.connect(self._on_scope_chosen)
        self.list.selection_settled.connect(self._turn_form)
        self.list.words_wanted.connect(self._ask_words)
        self.list.list_wanted.connect(self._ask_list)
        self.list.more_wanted.connect(self._ask_more)
        self.list.bulk_wanted.connect(self._on_bulk)
        self.list.import_wanted.connect(self._on_import_wanted)
        self.list.table.row_activated.connect(self._on_row_activated)
        self.desk.saved.connect(self._on_saved)
        self.desk.cancelled.connect(self.list.take_keyboard)
        self.desk.card_wanted.connect(self._open_card)
        self.draft_bar.resumed.connect(self._on_resume)
        self.draft_bar.discarded.connect(self._on_discard)
        theme.current().changed.connect(self._fit_panel)

    # ---- showing

    def _say_day(self) -> None:
        self.header.set_subtitle(f"{formats.long_date(self._day)} {formats.weekday(self._day)}")

    def _show_progress(self, rate: VisitRate) -> None:
        self.list.progress.show_rate(rate)

    def _show_choices(self, choices: FormChoices) -> None:
        self.list.set_category_names(choices.categories)
        self.desk.set_choices(choices)
        if not self.scope_picker.set_choices(choices, self._day):
            self.refresh()

    def _show_words(self, words: dict[str, str]) -> None:
        self.list.set_words(words)

    def _selected(self) -> tuple[VisitTarget, ...]:
        return targets_of(self.list.table.selected_rows(), self.list.rows)

    @Slot()
    def _turn_form(self) -> None:
        if self.panel.isVisible():
            self.desk.set_targets(self._selected())

    @Slot()
    def _fit_panel(self) -> None:
        px = theme.current().px
        self.panel.setFixedWidth(px(PANEL_WIDTH))
        wide = self.width() >= px(PANEL_FROM_WIDTH) or self.desk.is_dirty
        if wide == self.panel.isHidden():
            self.panel.setVisible(wide)
            self.list.settle()

    # ---- what happens

    @Slot(object)
    def _on_row_activated(self, row: DueRow) -> None:
        self._open_card(row.roster.person.id)

    @Slot(str)
    def _open_card(self, person: str) -> None:
        self.go_to("residents", {"person": person})

    @Slot(object)
    def _on_scope_chosen(self, scope: object) -> None:
        self.list.choose_filter_anew()
        self.refresh()

    @Slot(object)
    def _ask_words(self, names: tuple[str, ...]) -> None:
        self.load(today_rows.read_find_words, names, then=self._show_words)

    @Slot()
    def _on_import_wanted(self) -> None:
        self.go_to("data", {"import": True})

    @Slot()
    def _on_bulk(self) -> None:
        targets = self._selected()
        if not self.panel.isVisible():
            self._open_dialog().log_for(targets)
        elif self.desk.set_targets(targets):
            self.desk.form.mode.choose("phone")
            self.desk.form.focus_first()

    @Slot(object, bool)
    def _on_saved(self, people: tuple[str, ...], wants_next: bool) -> None:
        following = self.list.move_on(people)
        dialog = self._dialog
        targets = targets_of([following] if following else [], self.list.rows)
        if self.sender() is self.desk:
            self.desk.set_targets(targets)
            self._fit_panel()
            if wants_next and targets:
                self.desk.form.focus_first()
            else:
                self.list.take_keyboard()
        elif dialog is not None and wants_next:
            if targets:
                dialog.log_for(targets)
            else:
                dialog.accept()

    # ---- dialog and drafts

    def _open_dialog(self) -> VisitDialog:
        from ui.dialogs.visit_dialog import VisitDialog  # not needed for the first page

        self._dialog = VisitDialog(self.context, self, walks=True)
        self._dialog.saved.connect(self._on_saved)
        self._dialog.card_wanted.connect(self._open_card)
        self._dialog.finished.connect(self._on_dialog_finished)
        return self._dialog

    @Slot()
    def _on_dialog_finished(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None and dialog.put_aside:
            self._show_drafts(dialog.put_aside)
        self.list.take_keyboard()

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
        self._drafts = dict(drafts)
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_panel()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


