"""What narrows the list of residents: text, chips, grid and category."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from gridapp.db.queries.residents import ResidentFilter, counted_at_most
from gridapp.db.queries.values import Scope
from gridapp.i18n import _
from ui import theme
from ui.pages.residents_queries import EVERYONE, HARDSHIP, SEPARATED, Choices, chip_filters
from ui.widgets import basics
from ui.widgets.filter_chips import FilterChips
from ui.widgets.find_combo import FindCombo, Finder
from ui.widgets.search_box import SearchBox
from ui.widgets.whose_picker import scope_of

LISTED_CHARS, TYPED_CHARS = 6, 11
"""Width of a list of few, and of a field in which one types to find."""


class ResidentsFilters(QWidget):
    """One filter made of four parts.

    Signals:
        changed: the filter in force is another one now.
        confirmed: Enter was pressed in the search box.
        moved: +1 or -1, for the list below.

    Attributes:
        wanted: The filter in force.
    """

    changed = Signal()
    confirmed = Signal()
    moved = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.wanted = ResidentFilter()
        px = theme.current().px
        self.search_box = SearchBox(_("Search in this list"), _("Name / initials / phone / ID tail / address"))
        self.search_box.setMinimumWidth(px(180))
        self.chips = FilterChips(
            [(EVERYONE, _("Everyone")), (HARDSHIP, _("Special hardship")), (SEPARATED, _("Registered elsewhere"))],
            _("Which residents"),
        )
        self.grid_box = basics.dressed(FindCombo(), _("Grid"))
        self.category_box = basics.dressed(QComboBox(), _("Category"))
        for box, first in ((self.grid_box, _("All grids")), (self.category_box, _("All categories"))):
            box.addItem(first, "")
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(LISTED_CHARS)
            box.activated.connect(self._on_chosen)
        self.grid_box.lost.connect(self._on_chosen)
        self._row = QGridLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(px(theme.GAP_S))
        self._in_one_row: bool | None = None
        self._arrange(True)
        self.search_box.searched.connect(self._on_searched)
        self.search_box.confirmed.connect(self._on_confirmed)
        self.search_box.moved.connect(self.moved)
        self.chips.chosen.connect(self._on_chosen)

    @property
    def is_everyone(self) -> bool:
        """Tell whether nothing narrows the list."""
        return self.wanted == ResidentFilter()

    @property
    def grid(self) -> str:
        """Return the code of the grid chosen, or ""."""
        return self._scope.grid or ""

    @property
    def _scope(self) -> Scope:
        return scope_of(str(self.grid_box.currentData() or ""))

    def search(self, text: str) -> None:
        """Search for a text from elsewhere, e.g. the box at the top of the window; no signal."""
        self.wanted = replace(self.wanted, text=text.strip())
        self.search_box.setText(text)

    def forget(self) -> None:
        """Narrow nothing any more; no signal."""
        self.wanted = ResidentFilter()
        self.search_box.clear()
        self.chips.choose(EVERYONE)
        self.grid_box.setCurrentIndex(0)
        self.category_box.setCurrentIndex(0)

    def offer(self, choices: Choices, finder: Finder | None) -> None:
        """Offer communities where there are several, grids and categories.

        Args:
            choices: What there is.
            finder: Finds communities and grids that are too many to be among the choices.
        """
        chosen = str(self.grid_box.currentData() or "")
        several = choices.communities if len(choices.communities) > 1 else ()
        places = [*((f"community:{row.code}", row.name) for row in several),
                  *((f"grid:{grid.code}", grid.name) for grid in choices.grids)]  # fmt: skip
        self.grid_box.fill([("", _("All grids")), *places], listed=1, finder=finder)
        self.grid_box.setMinimumContentsLength(TYPED_CHARS if self.grid_box.is_typed else LISTED_CHARS)
        self.grid_box.choose(chosen)
        _fill(self.category_box, [("", _("All categories")), *((row.code, row.name) for row in choices.categories)])

    def show_counts(self, counts: Mapping[str, int]) -> int:
        """Show how many people each chip leads to; return how many the one in force does."""
        most = {chip: counted_at_most(asked) for chip, asked in chip_filters(self.wanted).items()}
        self.chips.set_counts(counts, most)
        self._rearrange()
        return counts[self.chips.key]

    def _rearrange(self) -> None:
        """Keep everything in one row while it fits."""
        parts = (self.chips, self.grid_box, self.category_box)
        needed = self.search_box.minimumWidth() + sum(part.sizeHint().width() for part in parts)
        self._arrange(self.width() >= needed + len(parts) * self._row.spacing())

    def _arrange(self, in_one_row: bool) -> None:
        """Put the chips beside the other parts, or below them."""
        if in_one_row == self._in_one_row:
            return
        self._in_one_row = in_one_row
        for part in (self.search_box, self.chips, self.grid_box, self.category_box):
            self._row.removeWidget(part)
        if in_one_row:
            self._row.addWidget(self.chips, 0, 1)
        else:
            self._row.addWidget(self.chips, 1, 0, 1, 4)
        self._row.addWidget(self.search_box, 0, 0)
        self._row.addWidget(self.grid_box, 0, 2)
        self._row.addWidget(self.category_box, 0, 3)
        self._row.setColumnStretch(0, 1)

    @Slot(str)
    def _on_searched(self, text: str) -> None:
        if text != self.wanted.text:
            self.wanted = replace(self.wanted, text=text)
            self.changed.emit()

    @Slot(str)
    def _on_confirmed(self, text: str) -> None:
        self._on_searched(text)
        self.confirmed.emit()

    @Slot()
    def _on_chosen(self) -> None:
        category = str(self.category_box.currentData() or "")
        if self.sender() is self.category_box and category and self.chips.key == HARDSHIP:
            self.chips.choose(EVERYONE)  # a category of its own is the narrower choice
        elif self.chips.key == HARDSHIP:
            self.category_box.setCurrentIndex(0)
            category = "any"
        self.wanted = replace(
            self.wanted,
            hardship=category,
            separated=self.chips.key == SEPARATED,
            scope=self._scope,
        )
        self.changed.emit()

    # Overrides of Qt methods

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._rearrange()


def _fill(box: QComboBox, choices: list[tuple[str, str]]) -> None:
    """Offer other choices and keep what was chosen."""
    if [(box.itemData(i), box.itemText(i)) for i in range(box.count())] == choices:
        return
    chosen = box.currentData()
    box.clear()
    for code, title in choices:
        box.addItem(title, code)
    box.setCurrentIndex(max(box.findData(chosen), 0))
