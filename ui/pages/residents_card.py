"""The card of one person: who they are, what can be done, and three views of their life."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QScrollArea, QSizePolicy, QStackedWidget, QWidget

from gridapp import clock
from gridapp.db.queries.residents import ResidentCard
from gridapp.i18n import N_, _
from ui import theme
from ui.pages import residents_words as words
from ui.pages.residents_history import HistoryTable, VisitsTable
from ui.pages.residents_overview import Overview
from ui.widgets import basics
from ui.widgets.empty_state import EmptyState
from ui.widgets.filter_chips import FilterChips

REVEALED_MS = 10_000

MENU = (
    ("move", "home", N_("Moves…")),
    ("enrol", "plus", N_("Add a category…")),
    ("contact", "phone", N_("Add a contact…")),
    ("absence", "door-open", N_("Is away…")),
    ("tier", "calendar", N_("Change the tier…")),
    ("death", "minus", N_("Has died…")),
    ("reveal", "eye", N_("Show the whole record…")),
    ("record", "history", N_("Who looked or changed…")),
    ("consents", "clipboard-check", N_("Consents…")),
    ("hand_over", "printer", N_("Hand over what is held…")),
    ("seal", "lock", N_("Seal the record…")),
)
"""Actions behind "More": key, icon, text."""


class ResidentCardView(basics.Card):
    """Shows one person; numbers that identify are masked until asked for.

    Signals:
        action_requested: key of what to do with the person shown, and what it is about
            (a row of the card) or None.
        person_requested: id of another person to show.
        revealed: id of the person whose numbers were asked for.

    Attributes:
        card: The person shown, or None.
    """

    action_requested = Signal(str, object)
    person_requested = Signal(str)
    revealed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setAccessibleName(_("Card of the person"))
        self.card: ResidentCard | None = None
        self._names: Mapping[str, str] = {}
        self._is_revealed = False
        self._hide_again = QTimer(self)
        self._hide_again.setSingleShot(True)
        self._hide_again.setInterval(REVEALED_MS)
        self._hide_again.timeout.connect(self.conceal)
        self._build_head()
        self._build_views()
        self.empty = EmptyState(self)
        self.empty.setAutoFillBackground(True)
        self.empty.describe("user", _("Choose a person to see the card."))
        self.empty.appear(True)

    def show_card(self, card: ResidentCard, names: Mapping[str, str]) -> None:
        """Show a person; the view and, for the same person, the place in it stay."""
        same = self.card is not None and self.card.person.id == card.person.id
        if not same:
            self._hide_again.stop()
            self._is_revealed = False
        self.card, self._names = card, names
        self._show_head(card)
        self._show_overview(keep_place=same)
        self.visits.set_rows(card.visits)
        self.history.show_card(card)
        self.chips.set_counts({"visits": len(card.visits), "history": len(self.history.model.rows)})
        self.empty.appear(False)

    def show_nobody(self) -> None:
        """Show that nobody is chosen."""
        self.card = None
        self.empty.appear(True)

    def reveal(self) -> None:
        """Show ID number and phones in full for ten seconds."""
        if self.card is None:
            return
        self._is_revealed = True
        self._hide_again.start()
        self._show_overview(keep_place=True)
        self.revealed.emit(self.card.person.id)

    def conceal(self) -> None:
        """Hide ID number and phones again."""
        self._hide_again.stop()
        self._is_revealed = False
        if self.card is not None:
            self._show_overview(keep_place=True)

    def _build_head(self) -> None:
        px = theme.current().px
        self.name_label = basics.label("", "title")
        self.facts_label = basics.label("", "body", "muted")
        self.state_label = basics.label("", "strong", "warning")
        self.categories_label = basics.label("", "strong", "accent", wrap=True)
        head = QHBoxLayout()
        head.setSpacing(px(theme.GAP_M))
        head.addWidget(self.name_label)
        head.addWidget(self.facts_label, 1)
        self.facts_label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.reveal_button = basics.button(_("Show numbers"), "quiet", "eye", _("Shows ID number and phones for 10 s"))
        self.reveal_button.clicked.connect(self._on_reveal_clicked)
        self.body.addLayout(head)
        self.body.addWidget(self.state_label)
        self.body.addWidget(self.categories_label)
        actions = QHBoxLayout()
        actions.setSpacing(px(theme.GAP_S))
        self.visit_button = basics.button(_("Log a visit"), "primary", "clipboard-check")
        self.edit_button = basics.button(_("Correct…"), "secondary", "pencil")
        self.more_button = basics.button(_("More"), "secondary", "chevron-down")
        self.more_button.setMenu(self._menu())
        for key, made in (("visit", self.visit_button), ("edit", self.edit_button)):
            made.setProperty("actionKey", key)
            made.clicked.connect(self._on_action_clicked)
            actions.addWidget(made)
        actions.addWidget(self.more_button)
        actions.addStretch(1)
        self.body.addLayout(actions)

    def _menu(self) -> QMenu:
        menu = QMenu(self.more_button)
        menu.setAccessibleName(_("More"))
        theme.dress(menu, "menu")
        self.menu_actions: dict[str, QAction] = {}
        for key, icon, text in MENU:
            action = QAction(theme.current().icon(icon), _(text), menu)
            action.setData(key)
            menu.addAction(action)
            self.menu_actions[key] = action
        menu.triggered.connect(self._on_menu_chosen)
        return menu

    def _build_views(self) -> None:
        self.chips = FilterChips(
            [("overview", _("Overview")), ("visits", _("Visits")), ("history", _("History"))], _("Views of the card")
        )
        row = QHBoxLayout()
        row.addWidget(self.chips, 1)
        row.addWidget(self.reveal_button)
        self.body.addLayout(row)
        self.views = QStackedWidget()
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setAccessibleName(_("Overview"))
        self._scroll.viewport().setAutoFillBackground(False)
        theme.dress(self._scroll.verticalScrollBar(), "scroll")
        self.overview: Overview | None = None
        self.visits = VisitsTable()
        self.history = HistoryTable()
        for view in (self._scroll, self.visits, self.history):
            self.views.addWidget(view)
        self.body.addWidget(self.views, 1)
        self.chips.chosen.connect(self._on_view_chosen)

    def _show_head(self, card: ResidentCard) -> None:
        person = card.person
        self.name_label.setText(person.name)
        facts = (words.sex(person.sex), words.age(person), words.tier_short(person.tier))
        self.facts_label.setText(" · ".join(part for part in facts if part))
        state = words.state(person, clock.today())
        self.state_label.setText("▲ " + state if state else "")
        self.state_label.setVisible(bool(state))
        self.categories_label.setText(words.categories(person.categories, self._names))
        self.categories_label.setVisible(bool(person.categories))
        is_alive = person.died is None
        self.visit_button.setEnabled(is_alive)
        for key in ("move", "enrol", "absence", "tier", "death"):
            self.menu_actions[key].setEnabled(is_alive)
        self.menu_actions["seal"].setEnabled(not is_alive)

    def _show_overview(self, keep_place: bool) -> None:
        assert self.card is not None
        bar = self._scroll.verticalScrollBar()
        place = bar.value() if keep_place else 0
        made = Overview(self.card, self._names, self._is_revealed)
        made.action_requested.connect(self.action_requested)
        made.person_requested.connect(self.person_requested)
        self._scroll.setWidget(made)  # the one before is deleted by Qt
        made.setAutoFillBackground(False)
        self.overview = made
        bar.setValue(place)
        self.reveal_button.setText(_("Hide numbers") if self._is_revealed else _("Show numbers"))
        theme.set_icon(self.reveal_button, "eye-off" if self._is_revealed else "eye", "accent")

    def _on_view_chosen(self, key: str) -> None:
        self.views.setCurrentIndex(("overview", "visits", "history").index(key))

    def _on_reveal_clicked(self) -> None:
        if self._is_revealed:
            self.conceal()
        else:
            self.reveal()

    def _on_action_clicked(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.action_requested.emit(str(sender.property("actionKey")), None)

    def _on_menu_chosen(self, action: QAction) -> None:
        self.action_requested.emit(str(action.data()), None)

