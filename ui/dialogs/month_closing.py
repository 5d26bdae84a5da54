"""Close a month, countersign it, and look at what was entered afterwards."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gridapp import clock, formats
from gridapp.db.queries.closing_state import ClosingState, read_closing_state
from gridapp.db.queries.closings import DifferenceList, DifferenceRow, find_closing, read_differences
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.places import list_communities
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.rule import data_up_to, read_rule
from gridapp.db.queries.values import Scope
from gridapp.domain.indicator import VisitRate
from gridapp.domain.period import Month
from gridapp.i18n import _
from gridapp.services.closing import close_month, countersign_month
from ui import theme
from ui.context import AppContext
from ui.models.row_table_model import Column
from ui.pages.seen_list import SeenList
from ui.widgets import basics
from ui.widgets.data_table import DataTable
from ui.widgets.find_combo import FindCombo
from ui.widgets.month_picker import MonthPicker

if TYPE_CHECKING:
    from gridapp.db.database import Session


@dataclass(frozen=True)
class MonthState:
    """A month, and how far it is closed.

    Attributes:
        month: The month.
        community: Code of the community asked about, "" for the whole area.
        listed: What differs now from the closing that covers it, None while it is open.
        live: The figure of the facts known now.
        rule_text: The rule of that figure.
        up_to: Day of the last visit known.
        state: The closing in brief.
        communities: Code and name of each community.
    """

    month: Month
    community: str
    listed: DifferenceList | None
    live: VisitRate
    rule_text: str
    up_to: dt.date | None
    state: ClosingState
    communities: tuple[tuple[str, str], ...]

    @property
    def is_covered(self) -> bool:
        """Whether the closing found is of something larger than what was asked about."""
        return self.listed is not None and self.listed.closing.community != self.community


def read_state(session: Session, month: Month, community: str = "") -> MonthState:
    """Return whether a month is closed, and how the facts known now differ."""
    scope, today, settings = Scope(community=community or None), clock.today(), load_settings(session)
    found = find_closing(session, month, scope)
    listed = read_differences(session, found, today) if found is not None and found.content else None
    live = visit_rates(session, [month], today, "total", RosterRule.monthly(settings), scope)[0].rate
    return MonthState(
        month, community, listed, live, read_rule(session, settings).text, data_up_to(session, today),
        read_closing_state(session, month, scope), tuple((row.code, row.name) for row in list_communities(session)),
    )  # fmt: skip


class MonthClosing(QDialog):
    """One month: its state, the two signatures, the difference list.

    Signals:
        paper_requested: the difference list is wanted on paper: the month, and the code of the community or "".
    """

    paper_requested = Signal(object, str)

    def __init__(self, context: AppContext, month: Month, parent: QWidget, community: str = "") -> None:
        super().__init__(parent)
        self.context = context
        self.state: MonthState | None = None
        self.setWindowTitle(_("Close a month"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        px = theme.current().px
        self.resize(min(px(820), parent.window().width() - 20), min(px(480), parent.window().height() - 20))
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(16), px(20), px(16))
        column.setSpacing(px(theme.GAP_S))
        self.month_picker = MonthPicker()
        self.month_picker.choose(month)
        self.month_picker.month_chosen.connect(self._ask)
        self.area_combo = basics.dressed(FindCombo(), _("Closed for"))
        self.area_combo.fill([("", _("Whole area")), *([(community, community)] if community else [])], listed=1)
        self.area_combo.choose(community)
        self.area_combo.activated.connect(self._ask)
        self._offered: tuple[tuple[str, str], ...] = ()
        line = self._build_line()
        self.state_label = basics.label("", "strong", wrap=True)
        self.figure_label = basics.label("", "body", "muted", wrap=True)
        self.rule_label = basics.label("", "small", "muted", wrap=True)
        self.table: DataTable[DifferenceRow] = DataTable(_columns(), _("Difference list"), key="differences")
        self.table.set_empty_state("check", _("Nothing entered since differs from the closing."), "")
        column.addLayout(line)
        column.addWidget(self.state_label)
        column.addWidget(self.figure_label)
        column.addWidget(self.rule_label)
        column.addWidget(self.table, 1)
        self.why_label = basics.label("", "body", "text", wrap=True)
        self.told_label = basics.label("", "body", "muted")
        self.table.row_selected.connect(self._on_person)
        column.addWidget(self.why_label)
        column.addLayout(self._build_foot())
        for part in (self.close_button, self.sign_button, self.signer_edit):
            part.hide()  # until it is known whether the month is closed
        self.state_label.setText(_("Counting…"))
        context.data_changed.connect(self._ask)
        self._ask()

    def _build_line(self) -> QHBoxLayout:
        self.close_button = basics.button(_("Close the month"), "primary", "lock")
        self.sign_button = basics.button(_("Countersign"), "primary", "user-check")
        self.signer_edit = basics.dressed(QLineEdit(), _("Who countersigns"))
        self.signer_edit.setPlaceholderText(_("Name of the second person"))
        self.signer_edit.setMaxLength(80)
        self.signer_edit.returnPressed.connect(self.countersign)
        self.close_button.clicked.connect(self.close_it)
        self.sign_button.clicked.connect(self.countersign)
        line = QHBoxLayout()
        line.addWidget(self.month_picker)
        line.addWidget(self.area_combo)
        line.addStretch(1)
        line.addWidget(self.close_button)
        line.addWidget(self.signer_edit)
        line.addWidget(self.sign_button)
        return line

    def _build_foot(self) -> QHBoxLayout:
        self.print_button = basics.button(_("&Print the list…"), icon="printer")
        self.export_button = basics.button(_("&Export the list…"), icon="download")
        self.shut_button = basics.button(_("Close"))
        self.print_button.clicked.connect(self._on_print)
        self.shut_button.clicked.connect(self.close)
        self.export = SeenList(self, self.context, self.table, _("Difference list"))
        self.export_button.clicked.connect(self.export.ask)
        self.export.written.connect(self.told_label.setText)
        row = QHBoxLayout()
        for part in (self.print_button, self.export_button):
            part.setEnabled(False)
            row.addWidget(part)
        row.addWidget(self.told_label, 1)
        row.addWidget(self.shut_button)
        return row

    @Slot()
    def _on_print(self) -> None:
        self.paper_requested.emit(self.month_picker.month, self.community)
        self.close()

    @property
    def community(self) -> str:
        """Return the code of the community in front, "" for the whole area."""
        return str(self.area_combo.currentData() or "")

    @Slot()
    def _ask(self, *_ignored: object) -> None:
        job = self.context.fetch(read_state, self.month_picker.month, self.community)
        job.succeeded.connect(self._on_state)
        job.failed.connect(self.context.error_raised)

    def _offer(self, communities: tuple[tuple[str, str], ...]) -> None:
        if communities != self._offered:
            self._offered, chosen = communities, self.community
            self.area_combo.fill([("", _("Whole area")), *communities], listed=1)
            self.area_combo.choose(chosen)
        self.area_combo.setVisible(len(communities) > 1)

    @Slot(object)
    def _on_state(self, state: MonthState) -> None:
        if (state.month, state.community) != (self.month_picker.month, self.community):
            return
        self.state = state
        self._offer(state.communities)
        listed, live = state.listed, state.live
        for part in (self.print_button, self.export_button):
            part.setEnabled(listed is not None)
        self.close_button.setVisible(listed is None or state.is_covered)
        self.close_button.setEnabled(clock.today() > state.month.last)
        mine = listed is not None and not state.is_covered
        self.sign_button.setVisible(mine and listed is not None and not listed.closing.countersigned_by)
        # With accounts the second person signs in; without, they sign by name.
        nameless = self.context.principal.role is None
        self.signer_edit.setVisible(self.sign_button.isVisibleTo(self) and nameless)
        name = formats.month(state.month.year, state.month.month)
        up_to = _("Data up to {day}").format(day=formats.date(state.up_to)) if state.up_to else _("No visits yet")
        if listed is None:
            told = state.state.badge if state.state.parts_closed else _("provisional, not closed yet")
            self.state_label.setText(_("{month}: {state}").format(month=name, state=told))
            now = _("Now: {live} ({now}).").format(live=f"{live.visited} / {live.roster}", now=live.shown)
            sealed = _("Closing seals the figure and the names behind it. What is entered later shows as a difference.")
            self.figure_label.setText(f"{now}  {up_to}  {sealed}")
            self.rule_label.setText(state.rule_text)
            self.table.set_rows([])
            return
        closing = listed.closing
        told = closing.state
        if state.is_covered:
            told = _("covered by the closing of the whole area, {state}").format(state=told)
        self.state_label.setText(_("{month}: {state}").format(month=name, state=told))
        told = _("Closed: {closed} ({shown}). Now: {live} ({now}).").format(
            closed=f"{closing.visited} / {closing.roster}", shown=closing.shown,
            live=f"{listed.live.visited} / {listed.live.roster}", now=listed.live.shown,
        )  # fmt: skip
        then = _("Data up to {day}").format(day=closing.content.get("data_up_to", ""))
        seal = _("Hash: {hash}").format(hash=closing.hash[:16] + "…")
        broken = "" if closing.is_whole else "  " + _("▲ what is stored was changed")
        self.figure_label.setText(f"{told}  {then}  {seal}{broken}")
        self.rule_label.setText(closing.rule_text)
        self.table.set_rows(list(listed.rows))

    @Slot(object)
    def _on_person(self, row: DifferenceRow | None) -> None:
        self.why_label.setText(f"{row.name}\n" + "\n".join(row.why) if row is not None else "")

    @Slot()
    def close_it(self) -> None:
        """Seal the month."""
        self.context.change(
            close_month, self.month_picker.month, self.context.actor, self.community, initiator=self
        )

    @Slot()
    def countersign(self) -> None:
        """Countersign the closing."""
        signer = self.signer_edit.text().strip() or self.context.actor
        self.context.change(countersign_month, self.month_picker.month, signer, self.community, initiator=self)


def _columns() -> list[Column[DifferenceRow]]:
    return [
        Column("name", _("Name"), lambda row: row.name, priority=1, strong=True),
        Column("grid", _("Grid"), lambda row: row.grid_name),
        Column("then", _("Closed as"), lambda row: row.then, priority=1),
        Column("now", _("Now"), lambda row: row.now, priority=1),
        Column("why", _("Why"), lambda row: "；".join(row.why), stretch=True, width_chars=16),
    ]
