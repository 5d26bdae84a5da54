"""The dashboard: what the month reached, whom it missed, on data up to which day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from gridapp import clock, formats
from gridapp.db.queries.rates import RateRow
from gridapp.db.queries.values import EVERYWHERE, DuePage, DueRow, PeopleWish, Scope
from gridapp.domain.changes import Kind
from gridapp.domain.period import Month, reference_day
from gridapp.i18n import N_, _
from ui import theme
from ui.pages.dashboard_panels import ChartCard, KeyFigures, people_table, rate_table
from ui.pages.dashboard_queries import (
    MonthCompliance,
    MonthFigures,
    MonthPeople,
    read_choices,
    read_compliance,
    read_figures,
    read_history,
    read_missed,
    read_people,
)
from ui.pages.page import Page
from ui.widgets import basics
from ui.widgets.month_picker import MonthPicker
from ui.widgets.rate_chart import RateChart
from ui.widgets.rate_chart_rows import RateRows
from ui.widgets.scope_picker import ScopeChoices, ScopePicker

LEAST_CHART, LEAST_LIST = 264, 244
"""Least heights of the two lines of panels; the page scrolls below that. [px at 100 %]"""


class DashboardPage(Page):
    """Key figures, months, grids, categories, people; every figure opens its list."""

    key = "dashboard"
    title = N_("Dashboard")
    concerns = frozenset({
        Kind.VISIT, Kind.ENROLMENT, Kind.ABSENCE, Kind.RESIDENT, Kind.PLACE, Kind.WORKER, Kind.SETTING, Kind.IMPORT,
        Kind.CLOSING,
    })  # fmt: skip

    def build(self) -> None:
        """Create pickers, key figures and panels."""
        self.figures: MonthFigures | None = None
        self.people: MonthPeople | None = None
        self._wish = ""
        self._after: Any = None
        self._asked_after: Any = None
        self._build_header()
        self._compliance_month = self.month_picker.month
        self.key_figures = KeyFigures()
        for card in self.key_figures.cards.values():
            card.clicked.connect(self._on_card)
        self.chart = RateChart()
        self.chart.month_chosen.connect(self._on_month_opened)
        self.grid_rows = RateRows(_("Visit rate by grid"))
        self.category_rows = RateRows(_("Visit rate by category"))
        self.grid_rows.row_opened.connect(self._on_grid_opened)
        self.category_rows.row_opened.connect(self._on_category_opened)
        self._build_cards()
        self.missed_table = people_table()
        self.missed_table.row_activated.connect(self._on_person)
        self.missed_table.more_wanted.connect(self._ask_more)
        self.rule_label = basics.label("", "small", "muted", wrap=True)
        self._lay_out()

    def _build_header(self) -> None:
        self.scope_picker = ScopePicker(self.context)
        self.scope_picker.scope_chosen.connect(self._on_changed)
        self.month_picker = MonthPicker()
        self.month_picker.month_chosen.connect(self._on_changed)
        self.table_button = basics.button(_("As tables"), icon="columns", tip=_("Show the figures as tables"))
        self.table_button.setCheckable(True)
        self.table_button.toggled.connect(self._on_tables)
        self.closing_button = basics.button("", "quiet", "lock")
        self.closing_button.clicked.connect(self._on_closing)
        self.closing_button.hide()
        for action in (self.closing_button, self.scope_picker, self.month_picker, self.table_button):
            self.header.add_action(action)

    def _build_cards(self) -> None:
        by = _("People visited at least once ÷ people on the roster; the dashed line is the target.")
        months = rate_table(_("Rates by month"), "dashboard_months", self._target, _("Month"))
        grids = rate_table(_("Rates by grid"), "dashboard_grids", self._target, _("Grid"))
        kinds = rate_table(_("Rates by category"), "dashboard_categories", self._target, _("Category"))
        months.row_activated.connect(self._on_month_row)
        grids.row_activated.connect(self._on_grid_opened)
        kinds.row_activated.connect(self._on_category_opened)
        self.month_card = ChartCard(_("Rate by month"), by, self.chart, months)
        self.grid_card = ChartCard(_("By grid"), _("Lowest first; ▼ is below the target."), self.grid_rows, grids)
        self.category_card = ChartCard(
            _("By category"), _("A person with several appears in each."), self.category_rows, kinds
        )

    def _lay_out(self) -> None:
        look = theme.current()
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, look.px(theme.GAP_XS), 0)
        column.setSpacing(look.px(theme.GAP_M))
        column.addWidget(self.key_figures)
        panels = QGridLayout()
        panels.setSpacing(look.px(theme.GAP_M))
        missed = basics.Card(padded=True)
        missed.body.addWidget(basics.heading(_("Not visited this month")))
        missed.body.addWidget(self.missed_table, 1)
        panels.addWidget(self.month_card, 0, 0)
        panels.addWidget(self.category_card, 0, 1)
        panels.addWidget(missed, 1, 0)
        panels.addWidget(self.grid_card, 1, 1)
        panels.setColumnStretch(0, 62)
        panels.setColumnStretch(1, 38)
        panels.setRowStretch(0, 1)
        panels.setRowStretch(1, 1)
        self._panels = panels
        column.addLayout(panels, 1)
        column.addWidget(self.rule_label)
        self.scroll_area = QScrollArea()
        self.scroll_area.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.dress(self.scroll_area.verticalScrollBar(), "scroll")
        self.scroll_area.setWidget(content)
        self.body.addWidget(self.scroll_area, 1)
        theme.current().changed.connect(self._set_heights)
        self._set_heights()

    def _set_heights(self) -> None:
        self._panels.setRowMinimumHeight(0, theme.current().px(LEAST_CHART))
        self._panels.setRowMinimumHeight(1, theme.current().px(LEAST_LIST))

    # Questions and answers

    def reload(self) -> None:
        """Ask for figures first, then for people and months."""
        month, scope, day = self.month_picker.month, self.scope_picker.scope, clock.today()
        self.load(read_figures, month, day, scope)
        self.load(read_people, month, day, scope, then=self._show_people)
        self.load(read_history, month, day, scope, then=self._show_history)
        self.load(read_compliance, month, day, scope, then=self._show_compliance)
        self.load(read_choices, reference_day(month, day) or day, then=self._show_choices)

    def show_data(self, data: MonthFigures) -> None:
        """Show the month's figures."""
        self.figures = data
        if self.people is not None and self.people.month != data.month:
            self.people = None
        target = self._target()
        self.key_figures.show_figures(data)
        grids = sorted(data.by_grid, key=_lowest_first)
        self.grid_rows.set_rows(grids, target, data.workers)
        self.category_rows.set_rows(data.by_category, target)
        self.grid_card.set_title(_("By community") if data.by_community else _("By grid"))
        self.grid_card.table.set_rows(grids)
        self.category_card.table.set_rows(data.by_category)
        up_to = _("Data up to {day}").format(day=formats.date(data.up_to)) if data.up_to else _("No visits yet")
        self.header.set_subtitle("  ·  ".join(part for part in (up_to, data.area) if part))
        self.rule_label.setText(data.rule.text)
        self._show_closing(data)

    def _show_closing(self, data: MonthFigures) -> None:
        """Say whether the figure is closed; ▲ when the facts known now give another one."""
        state, total = data.closing, data.total
        whole = not self.scope_picker.scope.grid and state.covers == (self.scope_picker.scope.community or "")
        differs = state.is_closed and whole and (state.visited, state.roster) != (total.visited, total.roster)
        self.closing_button.setText(("▲ " if differs else "") + state.badge)
        theme.set_icon(self.closing_button, "lock" if state.is_closed else "info", "accent")
        now = _("The facts known now give {visited} of {roster}.").format(visited=total.visited, roster=total.roster)
        self.closing_button.setToolTip("\n".join([state.sentence, *([now] if differs else [])]))
        self.closing_button.setAccessibleName(state.sentence)
        self.closing_button.show()

    def _on_closing(self) -> None:
        scope = self.scope_picker.scope
        self.go_to("reports", {"closing": self.month_picker.month, "community": scope.community or ""})

    def _show_people(self, people: MonthPeople) -> None:
        self.people = people
        self.key_figures.show_people(people)
        self._after = people.after
        self.missed_table.set_rows(people.missed, people.after is not None)
        wish, self._wish = self._wish, ""
        if wish:
            self._open_card(wish)

    def _ask_more(self) -> None:
        self._asked_after = self._after
        asked = (self.month_picker.month, clock.today(), self.scope_picker.scope, self._after)
        self.load(read_missed, *asked, then=self._show_more)

    def _show_more(self, page: DuePage) -> None:
        if self._after == self._asked_after:  # else the list was read anew meanwhile
            self._after = page.after
            self.missed_table.add_rows(page.rows, page.after is not None)

    def _show_compliance(self, found: MonthCompliance) -> None:
        self._compliance_month = found.month
        self.key_figures.show_compliance(found)

    def _show_history(self, rows: list[RateRow]) -> None:
        self.chart.set_rows(rows, self._target())
        self.month_card.table.set_rows(rows[::-1])

    def _show_choices(self, choices: ScopeChoices) -> None:
        before = self.scope_picker.scope
        self.scope_picker.set_choices(choices)
        if self.scope_picker.scope != before:  # the grid or worker is not there in this month
            self.refresh()

    def _target(self) -> float:
        return (self.figures.rule.target if self.figures else self.context.settings.target_percent) / 100

    # Opening lists

    def open_with(self, argument: object) -> None:
        """Take {"month": Month, "scope": Scope}, either of them or both."""
        if not isinstance(argument, dict):
            return
        month, scope = argument.get("month"), argument.get("scope")
        if isinstance(month, Month):
            self.month_picker.choose(month)
        if isinstance(scope, Scope):
            self.scope_picker.choose(scope)
        self.refresh()

    def print_items(self) -> None:
        """Take Ctrl+P: the dashboard sheet of the month."""
        self.go_to("reports", {"report": "dashboard", "month": self.month_picker.month})

    def _on_card(self) -> None:
        sender = self.sender()
        key = next((key for key, card in self.key_figures.cards.items() if card is sender), "")
        if key == "visits":
            self._open_visits()
        elif key == "on_time":
            self.month_picker.choose(self._compliance_month)
        elif self.people is None:
            self._wish = key  # the list is still being read; open it when it is there
        else:
            self._open_card(key)

    def _open_card(self, key: str) -> None:
        titles = {
            "missed": _("Not visited in {month}"), "overdue": _("Overdue in {month}"),
            "onsite": _("Met on site in {month}"), "rate": _("On the roster of {month}"),
        }  # fmt: skip
        if self.people is None:
            return
        if not self.people.is_whole:
            if key != "overdue" or self.people.counts is not None:
                self._open_wish("roster" if key == "rate" else key, titles[key])
        elif key == "missed":
            self._open_people(self.people.missed, _("Not visited in {month}"))
        elif key == "overdue":
            self._open_people(self.people.overdue, _("Overdue in {month}"))
        elif key == "onsite":
            met = [row for row in self.people.roster if "onsite" in row.roster.modes]
            self._open_people(met, _("Met on site in {month}"))
        elif key == "rate":
            self._open_people(self.people.roster, _("On the roster of {month}"))

    def _open_visits(self) -> None:
        month = self.month_picker.month
        last = reference_day(month, clock.today()) or month.last
        self.go_to("visits", {"first": month.first, "last": last, "scope": self.scope_picker.scope})

    def _open_wish(self, kind: str, title: str, category: str = "", name: str = "") -> None:
        """List people who are too many to be named one by one; the list reads them page by page."""
        month, scope = self.month_picker.month, self.scope_picker.scope
        wish = PeopleWish(kind, month, reference_day(month, clock.today()) or clock.today(), scope, category)
        self.go_to("residents", {"wish": wish, "title": self._titled(title, name)})

    def _titled(self, title: str, name: str) -> str:
        month = self.month_picker.month
        place = name or ("" if self.scope_picker.scope == EVERYWHERE else self.scope_picker.scope_name)
        return f"{place} {title.format(month=formats.month(month.year, month.month))}".strip()

    def _open_people(self, rows: Iterable[DueRow], title: str, name: str = "") -> None:
        ids = [row.roster.person.id for row in sorted(rows, key=_missed_first)]
        self.go_to("residents", {"people": ids, "title": self._titled(title, name)})

    def _on_grid_opened(self, row: RateRow) -> None:
        if self.figures is not None and self.figures.by_community:
            self.scope_picker.choose(Scope(community=row.key))
            self._on_changed(row)
        elif self.people is not None:
            found = [one for one in self.people.roster if one.roster.person.grid_code == row.key]
            self._open_people(found, _("On the roster of {month}"), row.name)

    def _on_category_opened(self, row: RateRow) -> None:
        if self.people is not None and not self.people.is_whole:
            self._open_wish("roster", _("On the roster of {month}"), row.key, row.name)
        elif self.people is not None:
            found = [one for one in self.people.roster if row.key in one.roster.person.categories]
            self._open_people(found, _("On the roster of {month}"), row.name)

    def _on_month_opened(self, month: Month) -> None:
        self.month_picker.choose(month)

    def _on_month_row(self, row: RateRow) -> None:
        if isinstance(row.period, Month):
            self.month_picker.choose(row.period)

    def _on_person(self, row: DueRow) -> None:
        self.go_to("residents", {"person": row.roster.person.id})

    def _on_changed(self, value: object) -> None:
        self.people = None
        self.refresh()

    def _on_tables(self, wanted: bool) -> None:
        for card in (self.month_card, self.grid_card, self.category_card):
            card.show_table(wanted)


def _lowest_first(row: RateRow) -> tuple[bool, float]:
    return row.rate.share is None, row.rate.share or 0.0


def _missed_first(row: DueRow) -> bool:
    return not row.roster.missed
