"""Whose people a list shows: everyone's, one grid's or one worker's; remembered."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from gridapp.db.queries.values import EVERYWHERE, FormChoices, Scope
from gridapp.i18n import _
from ui import preferences, theme
from ui.context import AppContext
from ui.widgets.find_combo import FindCombo
from ui.widgets.place_finder import PlaceFinder

FIELD_CHARS = 14
"""Of a field that is typed into."""


class WhosePicker(FindCombo):
    """One list of grids and workers; keeps what was chosen, under a key of the page.

    Signals:
        scope_chosen: the Scope now in force.
    """

    scope_chosen = Signal(object)

    def __init__(self, key: str, context: AppContext, parent: QWidget | None = None) -> None:
        """Make the list.

        Args:
            key: Of the page.
            context: Finds grids and workers where they are too many.
            parent: As usual in Qt.
        """
        super().__init__(parent)
        self._context = context
        self._key = f"{key}/scope"
        self.setAccessibleName(_("Whose people"))
        theme.dress(self, "field")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.addItem(_("All grids"), "")
        kept = preferences.text(self._key)
        if kept:  # in force at once; its name comes with the choices
            self.choose_unnamed(kept)
        self.lost.connect(self._on_activated)
        self.activated.connect(self._on_activated)

    @property
    def scope(self) -> Scope:
        """Return what is in force."""
        return scope_of(str(self.currentData() or ""))

    def set_choices(self, choices: FormChoices, day: dt.date) -> bool:
        """Offer communities where there are several, grids and workers.

        Returns:
            False when what was remembered is not there any more. Where choices are found by typing, that is said by
            ``scope_chosen`` when it is known.
        """
        kept = str(self.currentData() or "")
        everyone = [("", _("All grids"))]
        if choices.has_more:
            finder = PlaceFinder(self._context.fetch, day, ("community", "grid", "worker"))
            self.fill(everyone, listed=1, finder=finder)
            self.setMinimumContentsLength(FIELD_CHARS)
            return self.choose(kept)
        grids, workers, communities = choices.grids, choices.workers, choices.communities
        names = {row.code: f"{row.name} " for row in communities} if len(communities) > 1 else {}
        here = [(f"community:{row.code}", row.name) for row in communities] if names else []
        for grid in grids:
            worker = f" · {grid.worker_name}" if grid.worker_name else ""
            here.append((f"grid:{grid.code}", f"{names.get(grid.community, '')}{grid.name}{worker}"))
        whose = _("People of {worker}")
        theirs = [(f"worker:{one.id}", whose.format(worker=one.name)) for one in workers if one.grids]
        self.fill(everyone + here + theirs, listed=1)
        if not self.is_typed:
            for place in (1 + len(here), 1):
                if place < self.count():
                    self.insertSeparator(place)
        there = super().choose(kept)
        if not there:
            preferences.keep(self._key, "")
        return there

    def put_in_force(self, scope: Scope) -> None:
        """Put a scope in force without a signal and without remembering it."""
        found = {"grid": scope.grid, "community": scope.community, "worker": scope.worker}
        kept = next((f"{kind}:{key}" for kind, key in found.items() if key), "")
        if not super().choose(kept):  # its name comes with the choices
            self.choose_unnamed(kept)

    def _on_activated(self) -> None:
        preferences.keep(self._key, self.currentData() or "")
        self.scope_chosen.emit(self.scope)


def remembered_scope(page: str) -> Scope:
    """Return what was chosen on a page when it was last open."""
    return scope_of(preferences.text(f"{page}/scope"))


def scope_of(text: str) -> Scope:
    """Return the scope that a choice of kind, colon and key stands for."""
    kind, _colon, key = text.partition(":")
    if kind == "grid":
        return Scope(grid=key)
    if kind == "community":
        return Scope(community=key)
    return Scope(worker=key) if kind == "worker" else EVERYWHERE
