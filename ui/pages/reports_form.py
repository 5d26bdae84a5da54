"""The left side of the reports page: which paper, for which month and part, and what to do with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gridapp import clock, formats
from gridapp.domain.figure_classes import INDICATORS, indicator_title
from gridapp.i18n import _
from ui import theme
from ui.context import AppContext
from ui.pages.reports_papers import KINDS, PaperMade, PaperOrder
from ui.widgets import basics
from ui.widgets.month_picker import MonthPicker
from ui.widgets.scope_picker import ScopePicker

WIDTH = 318


class ReportsForm(basics.Card):
    """Choices, which scroll where the window is low, and below them, always in sight, the buttons and what came of it.

    Signals:
        paper_requested: a PaperOrder to make.
        stop_requested: the paper being made is not wanted any more.
        save_requested: the finished paper is to be saved.
        print_requested: it is to be printed.
        map_requested: the map is to be printed with other indicators, labels or sizes.
        folder_requested: the folder it was saved in is to be shown.
    """

    paper_requested = Signal(object)
    stop_requested = Signal()
    save_requested = Signal()
    print_requested = Signal()
    folder_requested = Signal()
    map_requested = Signal()

    def __init__(self, context: AppContext | None = None, parent: QWidget | None = None) -> None:
        """Make the form.

        Args:
            context: Finds grids and workers where they are too many to be listed.
            parent: As usual in Qt.
        """
        super().__init__(parent=parent, padded=False)
        self.scope_picker = ScopePicker(context)
        self._build_areas()
        self._build_choices()
        self._build_progress()
        self._build_actions()
        self.kind_buttons["roster"].setChecked(True)
        self._beside: PaperOrder | None = None
        self._chosen_then = self.order
        self._show_hint()
        self.show_paper(None)
        theme.current().changed.connect(self._on_look_changed)
        self._on_look_changed()

    def _build_areas(self) -> None:
        px = theme.current().px
        edge, gap = px(16), px(theme.GAP_S)
        inside = QWidget()
        self._choices = QVBoxLayout(inside)
        self._choices.setContentsMargins(edge, edge, edge, gap)
        self._choices.setSpacing(gap)
        self.choices_area = QScrollArea()
        self.choices_area.setFrameShape(QFrame.Shape.NoFrame)
        self.choices_area.setWidgetResizable(True)
        self.choices_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.choices_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.dress(self.choices_area.verticalScrollBar(), "scroll")
        self.choices_area.setWidget(inside)
        for clear in (self.choices_area.viewport(), inside):  # the card's ground shows
            clear.setAutoFillBackground(False)
        self._foot = QVBoxLayout()
        self._foot.setContentsMargins(edge, gap, edge, edge)
        self._foot.setSpacing(gap)
        self.body.setSpacing(0)
        self.body.addWidget(self.choices_area, 1)
        self.body.addLayout(self._foot)

    def _build_choices(self) -> None:
        self._choices.addWidget(basics.heading(_("Which paper")))
        self._group = QButtonGroup(self)
        self.kind_buttons: dict[str, QPushButton] = {}
        chips = QGridLayout()
        chips.setSpacing(theme.current().px(theme.GAP_XS))
        for number, kind in enumerate(KINDS):
            chips.addWidget(self._new_chip(kind.key, kind.title), number // 2, number % 2)
        self._chips = chips
        self._own: dict[str, tuple[str, str]] = {}
        self._choices.addLayout(chips)
        self._group.buttonToggled.connect(self._show_hint)
        self._group.buttonClicked.connect(self._on_chosen)
        self.hint_label = basics.label("", "small", "muted", wrap=True)
        self.month_picker = MonthPicker()
        self._choices.addWidget(self.hint_label)
        self._choices.addWidget(basics.label(_("Month"), "strong"))
        self._choices.addWidget(self.month_picker, 0, Qt.AlignmentFlag.AlignLeft)
        self._choices.addWidget(basics.label(_("For"), "strong"))
        self._choices.addWidget(self.scope_picker, 0, Qt.AlignmentFlag.AlignLeft)
        self.figure_box = basics.dressed(QComboBox(), _("What colours the map"))
        self.figure_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for key in INDICATORS:
            self.figure_box.addItem(indicator_title(key), key)
        self.map_button = basics.button(_("Other labels, sizes or layers…"), "quiet", "map")
        self.map_button.clicked.connect(self.map_requested)
        self._choices.addWidget(self.figure_box)
        self._choices.addWidget(self.map_button)
        self._choices.addStretch(1)

    def _new_chip(self, key: str, title: str) -> QPushButton:
        chip = QPushButton(title)
        chip.setCheckable(True)
        chip.setAutoDefault(False)
        chip.setAccessibleName(title)
        theme.dress(chip, "chip")
        self._group.addButton(chip)
        self.kind_buttons[key] = chip
        return chip

    def set_own(self, own: Sequence[tuple[str, str, str]]) -> None:
        """Offer the committee's own templates below the others.

        Args:
            own: Key, name and purpose of each.
        """
        chosen = self.kind
        for key in self._own:
            chip = self.kind_buttons.pop(key)
            self._group.removeButton(chip)
            self._chips.removeWidget(chip)
            chip.deleteLater()
        self._own = {key: (name, hint) for key, name, hint in own}
        for number, (key, name, _hint) in enumerate(own):
            chip = self._new_chip(key, name)
            chip.setToolTip(name)
            self._chips.addWidget(chip, (len(KINDS) + 1) // 2 + number, 0, 1, 2)
        self.kind_buttons.get(chosen, self.kind_buttons["roster"]).setChecked(True)

    def _build_actions(self) -> None:
        self.make_button = basics.button(_("Show the paper"), "primary", "eye")
        self.make_button.clicked.connect(self._on_make)
        self.result_label = basics.label("", "body", "text", wrap=True)
        self.warning_label = basics.label("", "body", "warning", wrap=True)
        self.print_button = basics.button(_("Print…"), icon="printer", tip=_("Print (Ctrl+P)"))
        self.save_button = basics.button(_("Save as PDF…"), icon="save", tip=_("Save as PDF (Ctrl+E)"))
        self.folder_button = basics.button(_("Open the folder"), "quiet", "external-link")
        self.print_button.clicked.connect(self.print_requested)
        self.save_button.clicked.connect(self.save_requested)
        self.folder_button.clicked.connect(self.folder_requested)
        row = QHBoxLayout()
        row.setSpacing(theme.current().px(theme.GAP_S))
        row.addWidget(self.print_button, 1)
        row.addWidget(self.save_button, 1)
        for part in (self.progress_panel, self.make_button, self.result_label, self.warning_label):
            self._foot.addWidget(part)
        self._foot.addLayout(row)
        self._foot.addWidget(self.folder_button)
        self.folder_button.hide()

    def _build_progress(self) -> None:
        self.progress_panel = QWidget()
        column = QVBoxLayout(self.progress_panel)
        column.setContentsMargins(0, 0, 0, 0)
        self.progress_label = basics.label("", "body", "muted")
        self.progress_bar = QProgressBar()
        self.progress_bar.setTextVisible(False)
        self.progress_bar.setAccessibleName(_("Progress"))
        theme.dress(self.progress_bar, "progress")
        self.stop_button = basics.button(_("Stop"), icon="x")
        self.stop_button.clicked.connect(self.stop_requested)
        column.addWidget(self.progress_label)
        row = QHBoxLayout()
        row.addWidget(self.progress_bar, 1)
        row.addWidget(self.stop_button)
        column.addLayout(row)
        self.progress_panel.hide()

    @property
    def kind(self) -> str:
        """Return the key of the paper chosen."""
        return next(key for key, button in self.kind_buttons.items() if button.isChecked())

    @property
    def wanted(self) -> PaperOrder:
        """Return what showing the paper makes: a shown paper of no choice above again, until something is chosen."""
        order = self.order
        if self._beside is not None and self._chosen_then == replace(order, as_of=self._chosen_then.as_of):
            return replace(self._beside, as_of=order.as_of)
        return order

    @property
    def order(self) -> PaperOrder:
        """Return what is chosen."""
        return PaperOrder(
            self.kind, self.month_picker.month, clock.today(), self.scope_picker.scope, self.scope_picker.scope_name,
            self._own.get(self.kind, ("", ""))[0], str(self.figure_box.currentData()) if self.kind == "map" else "rate",
        )  # fmt: skip

    def show_working(self, text: str) -> None:
        """Show that something is being made, and the button that stops it."""
        self.progress_label.setText(text)
        self.progress_bar.setRange(0, 0)
        self.make_button.setEnabled(False)
        self.make_button.hide()  # its room is the progress's meanwhile
        self.progress_panel.show()

    def show_progress(self, done: int, total: int, message: str) -> None:
        """Show how far it is."""
        if total > 1:
            self.progress_bar.setRange(0, total)
            self.progress_bar.setValue(done)
        if message:
            self.progress_label.setText(message)

    def show_rest(self) -> None:
        """Show that nothing is being made any more."""
        self.progress_panel.hide()
        self.make_button.setEnabled(True)
        self.make_button.show()

    def show_paper(self, paper: PaperMade | None) -> None:
        """Show what was made and what can be done with it."""
        for button in (self.print_button, self.save_button):
            button.setEnabled(paper is not None)
        self.folder_button.hide()
        self.warning_label.hide()
        self.result_label.setVisible(paper is not None)
        if paper is None:
            return
        self._beside = None if paper.order.kind in self.kind_buttons else paper.order
        self._chosen_then = self.order
        pages = _("{count} pages").format(count=formats.count(len(paper.sizes)))
        people = "" if paper.rows is None else _("{count} people, each once").format(count=formats.count(paper.rows))
        name = paper.order.own_title if self._beside is not None else ""
        self.result_label.setText("  ·  ".join(part for part in (name, pages, people) if part))
        if paper.unprintable:
            characters = "、".join(dict.fromkeys(paper.unprintable[:8]))
            self.warn(_("No font has these characters; they print as 〓: {characters}").format(characters=characters))

    def warn(self, text: str) -> None:
        """Show a sentence to heed, e.g. that the data changed since."""
        self.warning_label.setText("▲ " + text)
        self.warning_label.show()

    def _on_make(self) -> None:
        self.paper_requested.emit(self.wanted)

    @Slot()
    def _on_chosen(self) -> None:
        self._beside = None

    def _show_hint(self) -> None:
        if self._group.checkedButton() is not None:
            hints = {kind.key: kind.hint for kind in KINDS} | {key: hint for key, (_name, hint) in self._own.items()}
            self.hint_label.setText(hints[self.kind])
            self.map_button.setVisible(self.kind == "map")
            self.figure_box.setVisible(self.kind == "map")
            QTimer.singleShot(0, self, self._bring_choice)  # what was hidden or shown above has its place by then

    @Slot()
    def _bring_choice(self) -> None:
        self.choices_area.ensureWidgetVisible(self.kind_buttons[self.kind], 0, theme.current().px(theme.GAP_S))

    def _on_look_changed(self) -> None:
        look = theme.current()
        self.setFixedWidth(round(WIDTH * (100 + look.scale) / 200))
