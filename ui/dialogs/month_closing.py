"""Close a month, countersign it, and look at what was entered afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from gridapp import clock, formats
from gridapp.db.queries.closings import DifferenceList, DifferenceRow, find_closing, read_differences
from gridapp.domain.period import Month
from gridapp.i18n import _
from gridapp.services.closing import close_month, countersign_month
from ui import theme
from ui.context import AppContext
from ui.models.row_table_model import Column
from ui.widgets import basics
from ui.widgets.data_table import DataTable
from ui.widgets.month_picker import MonthPicker

if TYPE_CHECKING:
    from gridapp.db.database import Session


@dataclass(frozen=True)
class MonthState:
    """A month and its closing with what differs now, None while it is open."""

    month: Month
    listed: DifferenceList | None


def read_state(session: Session, month: Month) -> MonthState:
    """Return whether a month is closed, and how the facts known now differ."""
    found = find_closing(session, month)
    if found is None or not found.content:
        return MonthState(month, None)
    return MonthState(month, read_differences(session, found, clock.today()))


class MonthClosing(QDialog):
    """One month: its state, the two signatures, the difference list."""

    def __init__(self, context: AppContext, month: Month, parent: QWidget) -> None:
        super().__init__(parent)
        self.context = context
        self.state: MonthState | None = None
        self.setWindowTitle(_("Close a month"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        px = theme.current().px
        self.resize(px(820), px(480))
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(16), px(20), px(16))
        column.setSpacing(px(theme.GAP_S))
        self.month_picker = MonthPicker()
        self.month_picker.choose(month)
        self.month_picker.month_chosen.connect(self._ask)
        self.close_button = basics.button(_("Close the month"), "primary", "lock")
        self.sign_button = basics.button(_("Countersign"), "primary", "user-check")
        self.close_button.clicked.connect(self.close_it)
        self.sign_button.clicked.connect(self.countersign)
        line = QHBoxLayout()
        line.addWidget(self.month_picker)
        line.addStretch(1)
        line.addWidget(self.close_button)
        line.addWidget(self.sign_button)
        self.state_label = basics.label("", "strong", wrap=True)
        self.figure_label = basics.label("", "body", "muted", wrap=True)
        self.table: DataTable[DifferenceRow] = DataTable(_columns(), _("Difference list"), key="differences")
        self.table.set_empty_state("check", _("Nothing entered since differs from the closing."), "")
        column.addLayout(line)
        column.addWidget(self.state_label)
        column.addWidget(self.figure_label)
        column.addWidget(self.table, 1)
        for button in (self.close_button, self.sign_button):
            button.hide()  # until it is known whether the month is closed
        self.state_label.setText(_("Counting…"))
        context.data_changed.connect(self._ask)
        self._ask()

    @Slot()
    def _ask(self, *_ignored: object) -> None:
        job = self.context.fetch(read_state, self.month_picker.month)
        job.succeeded.connect(self._on_state)
        job.failed.connect(self.context.error_raised)

    @Slot(object)
    def _on_state(self, state: MonthState) -> None:
        if state.month != self.month_picker.month:
            return
        self.state = state
        listed = state.listed
        self.close_button.setVisible(listed is None)
        self.close_button.setEnabled(clock.today() > state.month.last)
        self.sign_button.setVisible(listed is not None and not listed.closing.countersigned_by)
        name = formats.month(state.month.year, state.month.month)
        if listed is None:
            self.state_label.setText(_("{month}: provisional, not closed yet").format(month=name))
            self.figure_label.setText(
                _("Closing seals the figure and the names behind it. What is entered later shows as a difference.")
            )
            self.table.set_rows([])
            return
        closing = listed.closing
        self.state_label.setText(_("{month}: {state}").format(month=name, state=closing.state))
        told = _("Closed: {closed} ({shown}). Now: {live} ({now}).").format(
            closed=f"{closing.visited} / {closing.roster}", shown=closing.shown,
            live=f"{listed.live.visited} / {listed.live.roster}", now=listed.live.shown,
        )  # fmt: skip
        seal = _("Hash: {hash}").format(hash=closing.hash[:16] + "…")
        broken = "" if closing.is_whole else "  " + _("▲ what is stored was changed")
        self.figure_label.setText(f"{told}  {seal}{broken}")
        self.table.set_rows(list(listed.rows))

    @Slot()
    def close_it(self) -> None:
        """Seal the month."""
        self.context.change(close_month, self.month_picker.month, self.context.actor, initiator=self)

    @Slot()
    def countersign(self) -> None:
        """Countersign the closing."""
        self.context.change(countersign_month, self.month_picker.month, self.context.actor, initiator=self)


def _columns() -> list[Column[DifferenceRow]]:
    return [
        Column("name", _("Name"), lambda row: row.name, priority=1, strong=True),
        Column("grid", _("Grid"), lambda row: row.grid_name),
        Column("then", _("Closed as"), lambda row: row.then, priority=1),
        Column("now", _("Now"), lambda row: row.now, priority=1),
        Column("why", _("Why"), lambda row: "；".join(row.why), stretch=True, width_chars=16),
    ]
