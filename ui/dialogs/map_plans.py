"""Plans to divide a community anew, side by side with their numbers and a small map; one is taken to the map."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QProgressBar,
    QSpinBox,
    QWidget,
)

from gridapp import formats
from gridapp.i18n import _
from gridapp.services.division import Division, Proposal, propose_division
from ui import messages, theme
from ui.context import AppContext
from ui.dialogs.map_dialog import MapDialog
from ui.map.outline_view import OutlineView
from ui.widgets import basics

if TYPE_CHECKING:
    from ui.jobs import Job

HUES = 12
MOST_GRIDS = 200


class MapPlansDialog(MapDialog):
    """Asks how many grids there shall be, and shows three ways.

    Signals:
        taken: the Proposal to go on with at the map.
    """

    taken = Signal(object)

    def __init__(self, context: AppContext, community: str, grids: int, day: dt.date, parent: QWidget) -> None:
        """Make the dialog.

        Args:
            context: Database and jobs.
            community: Code.
            grids: How many grids it has.
            day: The day whose grids are divided anew: the one the map was opened on.
            parent: The window.
        """
        super().__init__(context, _("Divide the community anew"), parent, (1060, 640))
        self._community, self._day = community, day
        self._job: Job | None = None
        self.roads: Path | None = None
        self.division: Division | None = None
        self.take_buttons: list[QWidget] = []
        self.column.addLayout(self._build_choices(grids))
        hint = _("Balanced, compact, or with the fewest people moved: look, then choose.")
        self.told_label = basics.label(hint, wrap=True)
        self.column.addWidget(self.told_label)
        self.plans = QHBoxLayout()
        self.plans.setSpacing(theme.current().px(theme.GAP_M))
        holder = QWidget()
        holder.setLayout(self.plans)
        self.column.addWidget(holder, 1)
        self.close_button = basics.button(_("Cancel"))
        self.close_button.clicked.connect(self.reject)
        self.close_with(self.close_button)
        theme.dress(self, "form")

    def _build_choices(self, grids: int) -> QHBoxLayout:
        self.count_box = QSpinBox()
        self.count_box.setAccessibleName(_("Number of grids"))
        self.count_box.setRange(1, MOST_GRIDS)
        self.count_box.setValue(max(grids, 1))
        self.count_box.setMinimumWidth(theme.current().px(72))  # its frame takes half of what it wishes for itself
        self.count_box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.start_button = basics.button(_("Make plans"), "primary", "map")
        self.start_button.clicked.connect(self.start)
        self.along_box = basics.dressed(QComboBox(), _("Borders run"))
        self.along_box.addItem(_("between buildings"), "")
        self.along_box.addItem(_("along roads of a file…"), "roads")
        self.along_box.activated.connect(self._on_along)
        self.stop_button = basics.button(_("Stop"), "secondary", "x")
        self.stop_button.clicked.connect(self._on_stop)
        self.stop_button.hide()
        self.bar = QProgressBar()
        self.bar.setAccessibleName(_("Progress"))
        self.bar.setTextVisible(False)
        self.bar.hide()
        theme.dress(self.bar, "progress")
        row = QHBoxLayout()
        row.addWidget(basics.label(_("Number of grids")))
        row.addWidget(self.count_box)
        row.addWidget(basics.label(_("Borders run")))
        row.addWidget(self.along_box)
        row.addWidget(self.start_button)
        row.addWidget(self.stop_button)
        row.addWidget(self.bar, 1)
        row.addStretch(0)
        return row

    def _on_along(self) -> None:
        if self.along_box.currentData() == "":
            self.roads = None
            return
        known = "*.geojson *.json *.shp *.zip *.gpkg *.kml"
        chosen, _filter = QFileDialog.getOpenFileName(self, _("File of roads"), "", known)
        if chosen:
            self.choose_roads(Path(chosen))
        elif self.roads is None:
            self.along_box.setCurrentIndex(0)

    def choose_roads(self, path: Path) -> None:
        """Let borders run along the lines of a file."""
        self.roads = path
        self.along_box.setItemText(1, _("along roads: {name}").format(name=path.name))
        self.along_box.setCurrentIndex(1)

    def _on_stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _on_progress(self, done: int, total: int, message: str) -> None:
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)
        if message:
            self.told_label.setText(message)

    def start(self) -> None:
        """Make the plans; Stop, Escape and the strip at the foot of the window give them up."""
        self.start_button.hide()
        self.stop_button.show()
        self.bar.setRange(0, 0)
        self.bar.show()
        self.stop_button.setFocus()
        self.error.clear_problem()
        self.told_label.setText(_("Making the plans; this takes some seconds…"))
        job = self.context.run(
            propose_division, self.context.database, self._community, self._day, self.count_box.value(),
            self.roads, title=_("Making plans…"), reports_progress=True,
        )  # fmt: skip
        self._job = job
        job.progressed.connect(self._on_progress)
        job.succeeded.connect(self._on_plans)
        job.failed.connect(self._on_failed)
        job.finished.connect(self._on_finished)

    def _on_plans(self, division: Division) -> None:
        self.division = division
        text = _("{households} households, {elders} elders.").format(
            households=formats.count(division.households), elders=formats.count(division.elders)
        )
        if division.unplaced:
            without = formats.count(division.unplaced)
            text += " " + _("{count} households have no place on the map and are in no figure.").format(count=without)
        self.told_label.setText(text)
        while self.plans.count():
            item = self.plans.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        self.take_buttons = []
        for number, proposal in enumerate(division.proposals):
            self.plans.addWidget(self._card(number, proposal), 1)
        theme.dress(self, "form")

    def _card(self, number: int, proposal: Proposal) -> QWidget:
        card = basics.Card(plan_title(proposal))
        view = OutlineView(plan_title(proposal))
        view.setMinimumHeight(theme.current().px(200))
        outlines = _outlines(self.division, proposal)
        view.set_outlines(list(outlines.values()), _hues(len(outlines)))
        card.body.addWidget(view, 1)
        form = QFormLayout()
        for title, value in plan_figures(proposal):
            form.addRow(basics.label(title, "small", "muted"), basics.label(value, "strong"))
        card.body.addLayout(form)
        take = basics.button(_("Take this one"), "secondary", "check")
        take.setProperty("plan", number)
        take.clicked.connect(self._on_take)
        self.take_buttons.append(take)
        card.body.addWidget(take)
        return card

    def _on_take(self) -> None:
        sender = self.sender()
        if self.division is not None and isinstance(sender, QWidget):
            self.taken.emit(self.division.proposals[int(sender.property("plan"))])
            self.accept()

    def _on_failed(self, error: Exception) -> None:
        self.told_label.setText("")
        self.error.show_problem(messages.sentence(error))

    def _on_finished(self) -> None:
        self.stop_button.hide()
        self.bar.hide()
        self.start_button.show()
        (self.take_buttons[0] if self.take_buttons else self.start_button).setFocus()
        self._job = None
        if self.division is None and not self.error.text():
            self.told_label.setText(_("Stopped. Nothing was changed."))

    # Overrides of Qt methods

    def reject(self) -> None:
        """Close the dialog; plans that are being made are given up."""
        if self._job is not None:
            self._job.cancel()
        super().reject()


def _outlines(division: Division | None, proposal: Proposal) -> dict[str, bytes]:
    """Return how all grids lie in a plan, those it leaves alone included."""
    found: dict[str, bytes] = dict(division.ground.boundaries) if division is not None else {}
    for id, outline in proposal.drawing.after.items():
        if outline is None:
            found.pop(id, None)
        else:
            found[id] = outline
    return found


def _hues(count: int) -> list[QColor]:
    light = 0.82 if theme.current().colour("surface").lightnessF() > 0.5 else 0.32
    return [QColor.fromHslF((number * 5 % HUES) / HUES, 0.45, light) for number in range(count)]


def plan_title(proposal: Proposal) -> str:
    """Write what a plan was made for."""
    titles = {
        "balanced": _("Balanced: equal work"),
        "compact": _("Compact: short ways"),
        "fewest_moves": _("Fewest people moved"),
    }
    return titles.get(proposal.plan.kind, proposal.plan.kind)


def plan_figures(proposal: Proposal) -> list[tuple[str, str]]:
    """Return the numbers of a plan, each with its name."""
    plan = proposal.plan
    lines = [
        (_("Grids"), formats.count(len(plan.grids))),
        (_("Households, furthest from the mean"), f"{plan.household_spread:.1%}"),
        (_("Elders, furthest from the mean"), f"{plan.elder_spread:.1%}"),
        (_("Mean walk"), _("{number} m").format(number=f"{plan.walk:.0f}")),
        (_("Length of borders"), _("{number} km").format(number=f"{plan.border / 1000:.1f}")),
        (_("Households that change grid"), formats.count(plan.moved)),
        (_("In one piece each"), _("yes") if plan.contiguous else _("▲ no")),
    ]
    if plan.along_roads is not None:
        lines.insert(5, (_("Of these along main roads"), f"{plan.along_roads:.0%}"))
    return lines
