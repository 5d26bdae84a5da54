"""Settings: what decides figures, how the program looks, where the data lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from gridapp import clock
from gridapp import settings as declarations
from gridapp.db.queries.accounts import accounts_overview
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.people import list_categories
from gridapp.db.queries.values import CategoryRow
from gridapp.domain.changes import Kind
from gridapp.domain.conflict import Theirs, Values
from gridapp.domain.hardship import CategoryKind
from gridapp.errors import ConflictError
from gridapp.i18n import N_, _
from gridapp.settings import Settings
from ui import messages, preferences, theme
from ui.jobs import Job
from ui.pages.page import Page
from ui.pages.settings_accounts import AccountsCard
from ui.pages.settings_fields import SettingField, make_field
from ui.pages.settings_place import PlaceCard
from ui.pages.settings_privacy import PrivacyCard
from ui.widgets import basics
from ui.widgets.filter_chips import FilterChips
from ui.widgets.toggle_chip import ToggleChip

if TYPE_CHECKING:
    from ui.dialogs.conflict_dialog import ConflictDialog

THEMES = (("light", N_("Light")), ("dark", N_("Dark")), ("high", N_("High contrast")))
TEXT_SIZES = ((100, N_("Standard text")), (125, N_("Large text")), (150, N_("Very large text")))
CATEGORIES_IN_A_ROW = 3


class SettingsPage(Page):
    """Every change is stored at once and can be taken back."""

    key = "settings"
    title = N_("Settings")
    concerns = frozenset({Kind.SETTING})

    def build(self) -> None:
        """Make one scrolling column of cards."""
        self.header.set_subtitle(_("Every change is saved at once."))
        self._jobs: dict[Job, tuple[SettingField, Values, Values]] = {}
        self.conflict: ConflictDialog | None = None
        self._counted: tuple[str, ...] | None = None
        inside = QWidget()
        column = QVBoxLayout(inside)
        px = theme.current().px
        column.setContentsMargins(0, 0, px(theme.GAP_S), 0)
        column.setSpacing(px(theme.GAP_M))
        self.accounts_card = AccountsCard(self.context)
        self.accounts_card.changed.connect(self.refresh)
        self.privacy_card = PrivacyCard(self.context)
        self.place_card = PlaceCard(self.context)
        cards = (
            self._look_card(), self.accounts_card, self._figures_card(), self._counting_card(), self.privacy_card,
            self.place_card,
        )  # fmt: skip
        for card in cards:
            column.addWidget(card)
        self.demo_card = self._demo_card()
        column.addWidget(self.demo_card)
        column.addStretch(1)
        self.scroller = QScrollArea()
        self.scroller.setWidgetResizable(True)
        self.scroller.setFrameShape(QScrollArea.Shape.NoFrame)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroller.setAccessibleName(_("Settings"))
        theme.dress(self.scroller.verticalScrollBar(), "scroll")
        self.scroller.setWidget(inside)
        self.body.addWidget(self.scroller, 1)
        theme.current().changed.connect(self._show_look)
        self._show_look()

    def reload(self) -> None:
        """Ask for the stored values."""
        self.load(load_settings)
        self.load(list_categories, then=self.show_categories)
        self.load(accounts_overview, clock.today(), then=self.accounts_card.show_accounts)

    def show_data(self, data: Settings) -> None:
        """Show the stored values."""
        for key, field in self.fields.items():
            field.show_value(getattr(data, key))
        self.demo_card.setVisible(data.demo)

    def show_categories(self, categories: list[CategoryRow]) -> None:
        """Show which hardship categories there are, and which of them count."""
        wanted = [row for row in categories if row.kind == CategoryKind.HARDSHIP.value]
        if [row.code for row in wanted] != list(self.category_boxes):
            self._make_category_boxes(wanted)
        for row in wanted:
            self.category_boxes[row.code].setChecked(row.counts)
        self._counted = tuple(row.code for row in wanted if row.counts)

    def _figures_card(self) -> basics.Card:
        card = basics.Card(_("What decides the figures"), _("These values are printed on every report."))
        card.body.setSpacing(theme.current().px(theme.GAP_M))
        self.fields: dict[str, SettingField] = {}
        for key, declaration in declarations.declared().items():
            if declaration.metadata.get("hidden"):
                continue
            field = make_field(key, declaration)
            field.changed.connect(self._store)
            self.fields[key] = field
            into = self.privacy_card if declaration.metadata.get("group") == "privacy" else card
            into.body.addWidget(field)
        self.privacy_card.add_buttons()
        return card

    def _counting_card(self) -> basics.Card:
        card = basics.Card(
            _("Who counts for the monthly visit rate"),
            _("People who carry one of the ticked categories are on the monthly roster. Past months follow as well."),
        )
        self.category_boxes: dict[str, ToggleChip] = {}
        self._categories = QGridLayout()
        self._categories.setHorizontalSpacing(theme.current().px(theme.GAP_L))
        card.body.addLayout(self._categories)
        self.counting_problem = basics.InlineError()
        card.body.addWidget(self.counting_problem)
        return card

    def _make_category_boxes(self, rows: list[CategoryRow]) -> None:
        for box in self.category_boxes.values():
            self._categories.removeWidget(box)
            box.deleteLater()
        self.category_boxes = {}
        for number, row in enumerate(rows):
            made = ToggleChip(row.name)
            made.setProperty("categoryCode", row.code)
            made.clicked.connect(self._on_category_clicked)
            self.category_boxes[row.code] = made
            self._categories.addWidget(made, number // CATEGORIES_IN_A_ROW, number % CATEGORIES_IN_A_ROW)
        self._categories.setColumnStretch(CATEGORIES_IN_A_ROW, 1)

    def _look_card(self) -> basics.Card:
        card = basics.Card(_("Look"), _("Only for you on this computer."))
        grid = QGridLayout()
        px = theme.current().px
        grid.setHorizontalSpacing(px(theme.GAP_M))
        grid.setVerticalSpacing(px(theme.GAP_S))
        grid.setColumnStretch(1, 1)
        self.theme_chips = FilterChips([(key, _(title)) for key, title in THEMES], _("Colours"))
        self.size_chips = FilterChips([(str(key), _(title)) for key, title in TEXT_SIZES], _("Text size"))
        self.language_box = basics.dressed(QComboBox(), _("Language"))
        for code, name in (("zh_CN", "简体中文"), ("en", "English")):
            self.language_box.addItem(name, code)
        kept = preferences.text(preferences.LANGUAGE_KEY, "zh_CN")
        self.language_box.setCurrentIndex(max(self.language_box.findData(kept), 0))
        self.language_label = basics.label(_("Takes effect when GridApp is started again."), "small", "muted")
        language = QHBoxLayout()
        language.setSpacing(px(theme.GAP_M))
        language.addWidget(self.language_box)
        language.addWidget(self.language_label, 1)
        for number, title in enumerate((_("Colours"), _("Text size"), _("Language"))):
            grid.addWidget(basics.label(title), number, 0)
        grid.addWidget(self.theme_chips, 0, 1)
        grid.addWidget(self.size_chips, 1, 1)
        grid.addLayout(language, 2, 1)
        card.body.addLayout(grid)
        self.theme_chips.chosen.connect(self._on_theme_chosen)
        self.size_chips.chosen.connect(self._on_size_chosen)
        self.language_box.activated.connect(self._on_language_chosen)
        return card

    def _demo_card(self) -> basics.Card:
        card = basics.Card(_("Demonstration data"), _("The people in this database are invented."))
        self.demo_button = basics.button(_("Remove the demonstration data"), "danger", "trash")
        self.demo_button.clicked.connect(self.context.demo_removal_requested)
        card.body.addLayout(basics.button_row(at_left=(self.demo_button,)))
        card.hide()
        return card

    @Slot(str, object)
    def _store(self, key: str, value: Any) -> None:
        field = self.fields[key]
        field.problem.clear_problem()
        self._send(field, value, field.take(value))

    def _send(self, field: SettingField, value: Any, seen: Any) -> None:
        from gridapp.services.upkeep import change_setting  # heavy: imported when first used

        before = None if seen is None else {field.key: seen}
        job = self.context.change(
            change_setting, field.key, value, self.context.actor, before, initiator=self, announce_errors=False
        )
        self._jobs[job] = (field, before or {}, {field.key: value})
        job.failed.connect(self._on_refused)
        job.finished.connect(self._on_finished)

    @Slot(object)
    def _on_refused(self, error: Exception) -> None:
        job = self.sender()
        asked = self._jobs.get(job) if isinstance(job, Job) else None
        if asked is not None and isinstance(error, ConflictError) and isinstance(error.theirs, Theirs):
            self._ask_whose(*asked, error.theirs)
            return
        if asked is not None:
            asked[0].problem.show_problem(messages.sentence(error))
        self.refresh()

    def _ask_whose(self, field: SettingField, before: Values, mine: Values, theirs: Theirs) -> None:
        from ui.dialogs.conflict_dialog import ConflictDialog, ConflictWords

        def text(_name: str, value: Any) -> str:
            return field.text(value)

        title, back = _("Someone else changed this setting too"), _("Leave it as it is now")
        words = ConflictWords(title, {field.key: field.label}, text, back)
        self.conflict = ConflictDialog(words, before, mine, theirs, self)
        self.conflict.settled.connect(self._on_settled)
        self.conflict.finished.connect(self._on_conflict_closed)
        self.conflict.ask()

    @Slot(object, object)
    def _on_settled(self, values: dict[str, Any], seen: Values) -> None:
        for key, value in values.items():
            self._send(self.fields[key], value, seen[key])

    @Slot()
    def _on_conflict_closed(self) -> None:
        self.conflict = None
        self.refresh()

    @Slot()
    def _on_finished(self) -> None:
        job = self.sender()
        if isinstance(job, Job):
            self._jobs.pop(job, None)

    @Slot()
    def _on_category_clicked(self) -> None:
        from gridapp.services.upkeep import choose_counting  # heavy: imported when first used

        codes = [code for code, box in self.category_boxes.items() if box.isChecked()]
        box = self.sender()
        if not codes and isinstance(box, ToggleChip):
            box.setChecked(True)
            self.counting_problem.show_problem(_("At least one must stay."))
            return
        self.counting_problem.clear_problem()
        job = self.context.change(choose_counting, codes, self.context.actor, self._counted, initiator=self)
        job.failed.connect(self.refresh)

    @Slot()
    def _show_look(self) -> None:
        look = theme.current()
        self.theme_chips.choose(look.name)
        self.size_chips.choose(str(look.scale))

    @Slot(str)
    def _on_theme_chosen(self, key: str) -> None:
        theme.current().choose(name=key)

    @Slot(str)
    def _on_size_chosen(self, key: str) -> None:
        theme.current().choose(scale=int(key))

    @Slot()
    def _on_language_chosen(self) -> None:
        preferences.keep(preferences.LANGUAGE_KEY, self.language_box.currentData())
        self.language_label.setText("▲ " + _("Takes effect when GridApp is started again."))
