"""Residents: find a person, see everything about them, and keep it true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from gridapp import clock, formats
from gridapp.db.queries.residents import ResidentCard, counted_at_most, get_card, list_residents
from gridapp.db.queries.roster_pages import read_people_page
from gridapp.db.queries.values import PeoplePage, PeopleWish, PersonRow
from gridapp.domain.changes import Kind
from gridapp.i18n import N_, _
from ui import theme
from ui.pages.page import Page
from ui.pages.residents_actions import ResidentActions, take_out_people
from ui.pages.residents_card import ResidentCardView
from ui.pages.residents_filters import ResidentsFilters
from ui.pages.residents_list import ResidentsTable
from ui.pages.residents_queries import Choices, ListExport, count_chips, read_choices, read_people
from ui.saving import ask_where
from ui.widgets import basics
from ui.widgets.place_finder import PlaceFinder

PAGE_SIZE = 200
NARROW, TALL = 780, 700
"""A page that is less wide and higher shows the card under the list. [px at 100 %]"""
CARD_PAUSE_MS = 60
PLACE_CHARS = 9
"""Width of a grid's name with its community's."""
CARD_WIDTH, CARD_HEIGHT = 365, 330
"""What the card needs at least. [px at 100 %]"""


class ResidentsPage(Page):
    """A list that narrows while one types, and the card of the person chosen."""

    key = "residents"
    title = N_("Residents")
    concerns = frozenset({Kind.RESIDENT, Kind.ENROLMENT, Kind.ABSENCE, Kind.VISIT, Kind.PLACE, Kind.IMPORT})

    def build(self) -> None:
        """Make the list on the left and the card on the right."""
        self._ids: tuple[str, ...] | None = None
        self._wish: PeopleWish | None = None
        self._after: Any = None
        self._people: list[PersonRow] = []
        self._total: int | None = None
        self._limit = PAGE_SIZE
        self._person = ""
        self._is_pinned = False
        self._open_first = False
        self.actions_ = ResidentActions(self.context, self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(CARD_PAUSE_MS)
        self._pause.timeout.connect(self._ask_card)
        self._build_header()
        self.filters = ResidentsFilters()
        self.body.addWidget(self.filters)
        self.filters.changed.connect(self._restart)
        self.filters.moved.connect(self._on_moved)
        self.table = ResidentsTable()
        self.card = ResidentCardView()
        self._build_foot()
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(theme.current().px(theme.GAP_M))
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(theme.GAP_S))
        column.addWidget(self.table, 1)
        column.addLayout(self._foot)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self._scrolled_card())
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.body.addWidget(self.splitter, 1)
        self.filters.confirmed.connect(self.table.view.setFocus)
        self.table.row_selected.connect(self._on_row_selected)
        self.table.more_wanted.connect(self._on_more)
        self.table.row_activated.connect(self._on_row_activated)
        self.table.view.horizontalHeader().sortIndicatorChanged.connect(self._show_foot)
        self.table.empty_action_requested.connect(self._on_empty_action)
        self.card.action_requested.connect(self._on_action)
        self.card.person_requested.connect(self._show_person)
        self.card.revealed.connect(self.actions_.note_look)
        self._describe_empty()

    def reload(self) -> None:
        """Ask for the list, and for what the filters offer."""
        self.load(read_choices, clock.today(), then=self.show_choices)
        self._ask_list()

    def show_data(self, data: list[PersonRow]) -> None:
        """Show the people found."""
        self._people = list(data)
        self._show_people()
        if self._wish is not None:
            self._total = None if self._after is not None else len(data)
        elif self._ids is not None:
            self._total = len(self._people)
        elif len(data) < self._limit:
            self._total = len(data)
        self._show_foot()
        if self._open_first and data:
            self._open_first = False
            self.table.view.setFocus()
        if self._ids is None and self._wish is None:
            self.load(count_chips, self.filters.wanted, clock.today(), then=self.show_counts)

    def _show_wish(self, page: PeoplePage) -> None:
        self._after = page.after
        self.show_data([row.person for row in page.rows])

    def _show_more_of_wish(self, page: PeoplePage) -> None:
        self._after = page.after
        self._total = len(self._people) + len(page.rows) if page.after is None else None
        self.show_more([row.person for row in page.rows])

    def show_more(self, data: list[PersonRow]) -> None:
        """Show the next page of people below those in sight."""
        self._people += data
        self._show_people()
        self._show_foot()

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Show how many people each chip leads to."""
        self._total = self.filters.show_counts(counts)
        self._show_foot()

    def show_choices(self, choices: Choices) -> None:
        """Offer grids and categories."""
        renamed = choices.category_names != self.actions_.choices.category_names
        self.actions_.choices = choices
        wanted = ("community", "grid")
        finder = PlaceFinder(self.context.fetch, clock.today(), wanted) if choices.has_more else None
        self.filters.offer(choices, finder)
        if choices.has_more or len(choices.communities) > 1:
            self.table.widen("grid", PLACE_CHARS)
        if renamed and self._people:
            self._show_people()

    def show_card(self, card: ResidentCard) -> None:
        """Show the card of the person chosen."""
        self.card.show_card(card, self.actions_.choices.category_names)

    def open_with(self, argument: object) -> None:
        """Take ``{"search": text}``, ``{"person": id}``, or ``people`` [ids] or ``wish`` with a ``title``."""
        if not isinstance(argument, dict):
            return
        if "people" in argument or "wish" in argument:
            self._wish = argument.get("wish")
            self._ids = tuple(str(one) for one in argument["people"]) if self._wish is None else None
            self._show_mode(str(argument.get("title", "")))
        elif "person" in argument:
            self._show_person(str(argument["person"]))
            return
        elif "search" in argument:
            self._leave_people()
            self._open_first = bool(argument.get("open"))
            self.filters.search(str(argument["search"]))
            if self._open_first and self.isVisible() and not self.is_loading and self._people:
                self.table.view.setFocus()
                self._open_first = False
        if "new" in argument:
            self._on_new()
        self._restart()

    def new_item(self) -> None:
        """Log a visit to the person chosen."""
        self._log_visit()

    def export_items(self) -> None:
        """Ask for a file name and write the list in sight there."""
        kinds = _("Excel workbook (*.xlsx);;Text table (*.csv)")
        name, _kind = ask_where(self, _("Export this list"), _("Residents") + ".xlsx", kinds)
        if name:
            self.export_to(name)

    def export_to(self, path: str) -> None:
        """Write the list in sight, all of it, with the columns in sight."""
        if not path.lower().endswith((".xlsx", ".csv")):
            path += ".xlsx"
        complete = self._total is not None and len(self._people) >= self._total
        wanted = ListExport(
            tuple(self.table.columns_in_sight()),
            self.actions_.choices.category_names,
            tuple(self.table.model.rows) if complete else self._wish or self.filters.wanted,
            clock.today(),
            self.header.title_label.text() + " " + formats.date(clock.today()),
        )
        self._exported_to = path
        take_out_people(self, wanted, path).written.connect(self._on_exported)

    def _build_header(self) -> None:
        self.back_button = basics.button(_("Show everyone"), "secondary", "x")
        self.back_button.hide()
        self.back_button.clicked.connect(self._on_back)
        self.export_button = basics.button(_("Export…"), "secondary", "download", _("Ctrl+E"))
        self.export_button.clicked.connect(self.export_items)
        self.new_button = basics.button(_("New resident"), "primary", "plus")
        self.new_button.clicked.connect(self._on_new)
        for made in (self.back_button, self.export_button, self.new_button):
            self.header.add_action(made)

    def _scrolled_card(self) -> QScrollArea:
        """Return the card so that large text in a small window scrolls instead of being squeezed."""
        px = theme.current().px
        made = QScrollArea()
        made.setWidgetResizable(True)
        made.setFrameShape(QScrollArea.Shape.NoFrame)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.dress(made.verticalScrollBar(), "scroll")
        made.setMinimumWidth(px(CARD_WIDTH))
        made.setWidget(self.card)
        self.card.setMinimumHeight(px(CARD_HEIGHT))
        return made

    def _build_foot(self) -> None:
        self._foot = QHBoxLayout()
        self.foot_label = basics.label("", "small", "muted")
        self.more_button = basics.button(_("Show {count} more").format(count=PAGE_SIZE), "quiet", "chevron-down")
        self.more_button.hide()
        self.more_button.clicked.connect(self._on_more)
        self.foot_label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._foot.addWidget(self.foot_label, 1)
        self._foot.addWidget(self.more_button)
        self._foot.addWidget(self.table.column_button())

    def _ask_list(self) -> None:
        if self._wish is not None:
            self.load(read_people_page, self._wish, then=self._show_wish)
        elif self._ids is not None:
            self.load(read_people, self._ids, clock.today())
        else:
            self.load(list_residents, self.filters.wanted, clock.today(), self._limit)

    def _show_people(self) -> None:
        """Show the people found and the card of the one to stay on, else of the first."""
        found = self.table.show_people(self._people, self.actions_.choices.category_names, self._person)
        if not found and self._is_pinned:
            self.table.view.clearSelection()
        elif not found:
            row = self.table.current_row()
            self._person = row.id if row else ""
        if self._person:
            self._pause.start()
        else:
            self.card.show_nobody()

    def _restart(self) -> None:
        """Ask for the list from its beginning; the scroll position goes."""
        self._limit = PAGE_SIZE
        self._total = None
        self._is_pinned = False
        if self.isVisible():
            self._ask_list()
        else:
            self.refresh()

    def _describe_empty(self) -> None:
        if self.filters.is_everyone and not self._is_chosen:
            self.table.set_empty_state("users", _("Nobody is here yet. Import a register, or add people one by one."),
                                       _("Import from Excel…"))
        else:
            self.table.set_empty_state("search", _("Nobody fits. Try fewer words, or another grid."),
                                       _("Show everyone"))

    @Slot()
    def _show_foot(self) -> None:
        self._describe_empty()
        shown = len(self._people)
        total = shown + (self._after is not None) if self._total is None else self._total
        at_most = max(shown, counted_at_most(self.filters.wanted))
        self.table.has_more = shown < total
        if self._wish is not None and self._total is None:
            text = _("the first {shown} people")
        elif shown < total:
            is_sorted = self.table.view.horizontalHeader().sortIndicatorSection() >= 0
            text = _("{shown} of {total} people; sorted among these") if is_sorted else _("{shown} of {total} people")
        else:
            text = _("{total} people")
        self.foot_label.setText(text.format(shown=formats.count(shown), total=formats.count(total, at_most)))
        self.more_button.setVisible(shown < total)

    def _show_mode(self, title: str) -> None:
        chosen = self._is_chosen
        self.filters.setVisible(not chosen)
        self.back_button.setVisible(chosen)
        self.header.set_title(title if chosen and title else _(self.title))

    def _leave_people(self) -> None:
        if self._is_chosen:
            self._ids = self._wish = None
            self._show_mode("")

    @property
    def _is_chosen(self) -> bool:  # by another page
        return self._ids is not None or self._wish is not None

    def _log_visit(self) -> None:
        if self.card.card is not None:
            self.go_to("today", {"new": True, "person": self.card.card.person.id})
        else:
            self.go_to("today", {"new": True})

    @Slot()
    def _ask_card(self) -> None:
        if self._person:
            self.load(get_card, self._person, clock.today(), then=self.show_card)

    @Slot(str)
    def _show_person(self, person: str) -> None:
        """Show one person's card, whether or not the list holds them."""
        if not self.table.go_to_person(person):
            self.table.view.clearSelection()
        self._is_pinned = True
        self._person = person
        self._pause.start()

    @Slot(object)
    def _on_row_selected(self, row: PersonRow | None) -> None:
        if row is not None and self.table.view.selectionModel().hasSelection():
            self._is_pinned = False
            self._person = row.id
            self._pause.start()

    @Slot(object)
    def _on_row_activated(self, row: PersonRow) -> None:
        self.card.visit_button.setFocus()

    @Slot(object)
    def _on_moved(self, step: int) -> None:
        self.table.go(step)

    @Slot()
    def _on_more(self) -> None:
        self._limit += PAGE_SIZE
        if self._wish is not None:
            self.load(read_people_page, self._wish, self._after, then=self._show_more_of_wish)
        elif self._ids is None and not self.filters.wanted.text and self._people:
            last = self._people[-1]
            after = (last.name, last.number)
            self.load(list_residents, self.filters.wanted, clock.today(), PAGE_SIZE, after, then=self.show_more)
        else:
            self._ask_list()

    @Slot()
    def _on_back(self) -> None:
        self._leave_people()
        self._restart()

    @Slot()
    def _on_empty_action(self) -> None:
        if self.filters.is_everyone and not self._is_chosen:
            self.go_to("data", {"import": True})
            return
        self._leave_people()
        self.filters.forget()
        self._restart()

    @Slot()
    def _on_new(self) -> None:
        self.actions_.start("new", None, grid=self.filters.grid)

    @Slot(str, object)
    def _on_action(self, key: str, subject: object) -> None:
        if key == "visit":
            self._log_visit()
        else:
            self.actions_.start(key, self.card.card, subject)

    @Slot(object)
    def _on_exported(self, count: int) -> None:
        self.notice_raised.emit(_("Wrote {count} people to {path}.").format(
            count=formats.count(count), path=self._exported_to))

    # Overrides of Qt methods

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        px = theme.current().px
        # Below each other both need height; in a small window two narrow columns still show more.
        narrow = self.width() < px(NARROW) and self.height() > px(TALL)
        wanted = Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal
        if self.splitter.orientation() != wanted:
            self.splitter.setOrientation(wanted)

