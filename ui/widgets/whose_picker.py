"""Whose people a list shows: everyone's, one grid's or one worker's; remembered."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from gridapp.db.queries.values import EVERYWHERE, CommunityRow, GridRow, OfferedWorker, Scope
from gridapp.i18n import _
from ui import preferences, theme
from ui.widgets.find_combo import FindCombo


class WhosePicker(FindCombo):
    """One list of grids and workers; keeps what was chosen, under a key of the page.

    Signals:
        scope_chosen: the Scope now in force.
    """

    scope_chosen = Signal(object)

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = f"{key}/scope"
        self.setAccessibleName(_("Whose people"))
        theme.dress(self, "field")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.addItem(_("All grids"), "")
        kept = preferences.text(self._key)
        if kept:  # in force at once; its name comes with the choices
            self.addItem("…", kept)
            self.setCurrentIndex(1)
        self.activated.connect(self._on_activated)

    @property
    def scope(self) -> Scope:
        """Return what is in force."""
        return _scope(str(self.currentData() or ""))

    def set_choices(
        self, grids: Sequence[GridRow], workers: Sequence[OfferedWorker], communities: Sequence[CommunityRow] = ()
    ) -> bool:
        """Offer communities where there are several, grids and workers.

        Returns:
            False when what was remembered is not there any more.
        """
        kept = str(self.currentData() or "")
        everyone = [("", _("All grids"))]
        names = {row.code: f"{row.name} " for row in communities} if len(communities) > 1 else {}
        here = [(f"community:{row.code}", row.name) for row in communities] if names else []
        for grid in grids:
            worker = f" · {grid.worker_name}" if grid.worker_name else ""
            here.append((f"grid:{grid.code}", f"{names.get(grid.community, '')}{grid.name}{worker}"))
        whose = _("People of {worker}")
        theirs = [(f"worker:{one.id}", whose.format(worker=one.name)) for one in workers if one.is_serving]
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
            self.addItem("…", kept)
            self.setCurrentIndex(self.count() - 1)

    def _on_activated(self) -> None:
        preferences.keep(self._key, self.currentData() or "")
        self.scope_chosen.emit(self.scope)


def remembered_scope(page: str) -> Scope:
    """Return what was chosen on a page when it was last open."""
    return _scope(preferences.text(f"{page}/scope"))


def _scope(text: str) -> Scope:
    kind, _colon, key = text.partition(":")
    if kind == "grid":
        return Scope(grid=key)
    if kind == "community":
        return Scope(community=key)
    return Scope(worker=key) if kind == "worker" else EVERYWHERE
