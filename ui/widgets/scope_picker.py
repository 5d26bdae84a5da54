"""Choose which part of the area figures and papers are about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from gridapp.db.queries.values import EVERYWHERE, Scope
from gridapp.i18n import _
from ui import theme
from ui.context import AppContext
from ui.widgets import basics
from ui.widgets.find_combo import FindCombo
from ui.widgets.place_finder import PlaceFinder

Choice = tuple[str, str]
"""Code or id, and name."""


@dataclass(frozen=True)
class ScopeChoices:
    """What there is to choose from; each is a list of code or id, and name.

    Attributes:
        communities: All of them.
        grids: Those of the day.
        workers: Who serves a grid on the day.
        found: Kinds that are too many to be listed and are found by typing: "grid", "worker".
        day: The day.
    """

    communities: tuple[Choice, ...] = ()
    grids: tuple[Choice, ...] = ()
    workers: tuple[Choice, ...] = field(default=())
    found: tuple[str, ...] = ()
    day: dt.date = dt.date.min


class ScopePicker(QWidget):
    """Everything, or one community, grid or worker.

    Signals:
        scope_chosen: the Scope that is now in force.
    """

    scope_chosen = Signal(object)

    def __init__(
        self, context: AppContext | None = None, parent: QWidget | None = None, whole: bool = True
    ) -> None:
        """Make the picker.

        Args:
            context: Finds grids and workers where they are too many.
            parent: As usual in Qt.
            whole: Whether everything together can be chosen.
        """
        super().__init__(parent)
        self._context = context
        self._choices = ScopeChoices()
        self._whole = whole
        self._shown = EVERYWHERE
        self.kind_combo = basics.dressed(QComboBox(), _("Part of the area"))
        self.one_combo = basics.dressed(FindCombo(), _("Which one"))
        self.one_combo.setMaxVisibleItems(14)
        for combo in (self.kind_combo, self.one_combo):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.one_combo.setMinimumContentsLength(10)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().px(theme.GAP_XS))
        row.addWidget(self.kind_combo)
        row.addWidget(self.one_combo)
        self.one_combo.hide()
        self.set_choices(ScopeChoices())
        self.kind_combo.activated.connect(self._on_kind)
        self.one_combo.activated.connect(self._on_one)
        self.one_combo.lost.connect(self._on_lost)

    @property
    def scope(self) -> Scope:
        """Return the scope in force."""
        return self._shown

    @property
    def scope_name(self) -> str:
        """Return its name in words."""
        return _("Whole area") if self.scope == EVERYWHERE else self.one_combo.currentText()

    def set_choices(self, choices: ScopeChoices) -> None:
        """Offer other communities, grids and workers; what was chosen stays if it is still there."""
        self._choices = choices
        kinds = [("", _("Whole area"))] if self._whole else []
        kinds += [
            (kind, title)
            for kind, title, found in (
                ("community", _("One community"), choices.communities if len(choices.communities) > 1 else ()),
                ("grid", _("One grid"), choices.grids),
                ("worker", _("One worker"), choices.workers),
            )
            if found or kind in choices.found
        ]
        wanted = self._shown
        self._fill(self.kind_combo, kinds)
        self.choose(wanted)

    def choose(self, scope: Scope) -> None:
        """Put a scope in force without a signal; one that is not on offer gives the first."""
        for kind in ("grid", "worker", "community"):
            code = getattr(scope, kind)
            if code is not None and (
                kind in self._choices.found or any(code == key for key, _name in self._offered(kind))
            ):
                self.kind_combo.setCurrentIndex(self.kind_combo.findData(kind))
                self._offer(kind)
                self.one_combo.choose(code)
                self._shown = scope
                return
        self.kind_combo.setCurrentIndex(0)
        self._offer(self.kind_combo.currentData() or "")
        self._shown = self._read()

    def _offered(self, kind: str) -> Sequence[Choice]:
        kinds = {
            "community": self._choices.communities, "grid": self._choices.grids, "worker": self._choices.workers,
        }  # fmt: skip
        return kinds.get(kind, ())

    def _offer(self, kind: str) -> None:
        finder = None
        if kind in self._choices.found and self._context is not None:
            finder = PlaceFinder(self._context.fetch, self._choices.day, (kind,))
        self.one_combo.fill(self._offered(kind), listed=1, finder=finder)
        self.one_combo.setVisible(bool(kind))

    def _read(self) -> Scope:
        kind, code = self.kind_combo.currentData(), self.one_combo.currentData()
        return Scope(**{kind: code}) if kind and code else EVERYWHERE

    def _on_kind(self, number: int) -> None:
        self._offer(self.kind_combo.itemData(number) or "")
        self._on_one(0)

    def _on_lost(self) -> None:
        self.kind_combo.setCurrentIndex(0)
        self._on_kind(0)

    def _on_one(self, number: int) -> None:
        scope = self._read()
        if scope != self._shown:
            self._shown = scope
            self.scope_chosen.emit(scope)

    @staticmethod
    def _fill(combo: QComboBox, choices: Sequence[Choice]) -> None:
        combo.clear()
        for code, name in choices:
            combo.addItem(name, code)
