"""The parts of the dashboard: key figures, charts with their tables, people not visited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QGridLayout, QSizePolicy, QStackedWidget, QWidget

from gridapp import formats
from gridapp.db.queries.rates import RateRow
from gridapp.db.queries.values import DueRow
from gridapp.domain.indicator import shown_rate
from gridapp.i18n import _
from ui import theme
from ui.models.row_table_model import RIGHT, Column, Tone
from ui.pages.dashboard_queries import MonthCompliance, MonthFigures, MonthPeople
from ui.widgets import basics
from ui.widgets.data_table import DataTable
from ui.widgets.kpi_card import KpiCard

NARROW = 880
"""Below this width the key figures stand in two lines. [px at 100 %]"""


class KeyFigures(QWidget):
    """Six figures, each opening its list.

    Attributes:
        cards: By key: rate, missed, overdue, visits, onsite, on_time.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        titles = {
            "rate": _("Visit rate of the month"),
            "missed": _("Not visited yet"),
            "overdue": _("Overdue"),
            "visits": _("Visits this month"),
            "onsite": _("On-site rate"),
            "on_time": _("Visits made on time"),
        }
        self.cards = {key: KpiCard(title) for key, title in titles.items()}
        self._row = QGridLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._columns = 0
        self._arrange()

    def show_figures(self, figures: MonthFigures) -> None:
        """Show what one month's count says."""
        total, target = figures.total, figures.rule.target / 100
        below = total.share is not None and total.share < target
        before = _("last month {rate}").format(rate=figures.before.shown)
        self.cards["rate"].set_figure(
            f"{total.shown} ▼" if below else total.shown,
            f"{formats.count(total.visited)}/{formats.count(total.roster)}  ·  {before}",
            figure_tone="warning" if below else "text",
        )
        self.cards["missed"].set_figure(
            formats.count(total.missed),
            _("of {count} on the roster").format(count=formats.count(total.roster)),
            figure_tone="danger" if total.missed else "success",
        )
        attempts = _("{count} attempts met nobody").format(count=formats.count(total.attempts))
        self.cards["visits"].set_figure(formats.count(figures.visits), attempts)
        self.cards["onsite"].set_figure(
            total.shown_onsite, _("{count} people met on site").format(count=formats.count(total.onsite))
        )

    def show_people(self, people: MonthPeople) -> None:
        """Show what the lists of people say."""
        if people.counts is None:
            self.cards["overdue"].set_figure("—", _("choose a community"))
            return
        overdue = people.counts.people["overdue"]
        longest = _("longest {count} days").format(count=formats.count(people.counts.longest))
        self.cards["overdue"].set_figure(
            formats.count(overdue), longest if overdue else _("nobody"), figure_tone="danger" if overdue else "success"
        )

    def show_compliance(self, found: MonthCompliance) -> None:
        """Show how many visits were made on time."""
        month = found.month
        if found.is_left_out:
            self.cards["on_time"].set_figure("—", _("choose a community"))
            return
        self.cards["on_time"].set_figure(
            shown_rate(found.done, found.due),
            f"{formats.count(found.done)}/{formats.count(found.due)}  ·  {formats.month(month.year, month.month)}",
        )

    def _arrange(self) -> None:
        look = theme.current()
        columns = 3 if self.width() < look.px(NARROW) else len(self.cards)
        if columns == self._columns:
            return
        self._columns = columns
        self._row.setSpacing(look.px(theme.GAP_M))
        for number, card in enumerate(self.cards.values()):
            self._row.removeWidget(card)
            self._row.addWidget(card, number // columns, number % columns)

    # Overrides of Qt methods

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._arrange()


class ChartCard(basics.Card):
    """A chart, and the same figures as a table for those who cannot see it.

    Attributes:
        table: The table.
    """

    def __init__(self, title: str, hint: str, chart: QWidget, table: DataTable[Any]) -> None:
        super().__init__()
        self.table = table
        self.hint_label = basics.label(hint, "small", "muted", wrap=True)
        self.title_label = basics.heading(title)
        self.body.addWidget(self.title_label)
        self.body.addWidget(self.hint_label)
        self.stack = QStackedWidget()
        self.stack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)  # the grid decides
        self.stack.addWidget(chart)
        self.stack.addWidget(table)
        self.body.addWidget(self.stack, 1)
        self.ring_follows(chart)

    def set_title(self, title: str) -> None:
        """Say anew what is shown."""
        self.title_label.setText(title)

    def show_table(self, wanted: bool) -> None:
        """Show the table, or the chart again."""
        self.stack.setCurrentIndex(1 if wanted else 0)


def rate_table(title: str, key: str, target: Callable[[], float], first: str) -> DataTable[RateRow]:
    """Return a table of rates.

    Args:
        title: Accessible name.
        key: Under which the columns are kept.
        target: Gives the target share in force.
        first: Heading of the first column.
    """

    def tone(row: RateRow) -> Tone | None:
        return "warning" if row.rate.share is not None and row.rate.share < target() else None

    def rate(row: RateRow) -> tuple[float, str] | None:
        if row.rate.share is None:
            return None
        return row.rate.share, f"{row.rate.shown} ▼" if tone(row) else row.rate.shown

    return DataTable(
        (
            Column("name", first, _row_name, priority=1, width_chars=6, stretch=True),
            Column("rate", _("Rate"), rate, _second, RIGHT, tone, priority=1, width_chars=5),
            Column("visited", _("Visited"), lambda row: row.rate.visited, formats.count, RIGHT, width_chars=3),
            Column("roster", _("On the roster"), lambda row: row.rate.roster, formats.count, RIGHT, width_chars=3),
            Column("missed", _("Not visited"), lambda row: row.rate.missed, formats.count, RIGHT, width_chars=3),
            Column("onsite", _("On-site rate"), lambda row: row.rate.shown_onsite, alignment=RIGHT, priority=3,
                   width_chars=4),
        ),
        title,
        key,
    )  # fmt: skip


def people_table() -> DataTable[DueRow]:
    """Return the table of people not visited."""
    table: DataTable[DueRow] = DataTable(
        (
            Column("name", _("Name"), lambda row: row.roster.person.name, priority=1, width_chars=4, strong=True),
            Column("grid", _("Grid"), lambda row: row.roster.person.place, width_chars=5, roomy_chars=9),
            Column("overdue", _("Overdue"), lambda row: -row.overdue_days, _overdue, RIGHT, _overdue_tone,
                   width_chars=5),
            Column("attempts", _("Attempts"), lambda row: row.roster.attempts, _some, RIGHT, priority=4, width_chars=3),
            Column("last", _("Last visit"), lambda row: row.roster.last_valid, formats.date, priority=3, width_chars=6),
            Column("worker", _("Responsible"), lambda row: row.roster.worker_name, priority=3, width_chars=4),
            Column("address", _("Address"), lambda row: row.roster.person.address, priority=5, width_chars=8,
                   stretch=True),
        ),
        _("People not visited"),
        "dashboard_missed",
    )  # fmt: skip
    table.set_empty_state("check", _("Everyone on the roster was visited."))
    return table


def _row_name(row: RateRow) -> str:
    period = row.period
    return row.name or formats.month(period.year, getattr(period, "month", 1))


def _second(value: tuple[float, str] | None) -> str:
    return value[1] if value else "—"


def _overdue(days: int) -> str:
    return "▲ " + _("{count} days").format(count=formats.count(-days)) if days else ""


def _overdue_tone(row: DueRow) -> Tone | None:
    return "danger" if row.overdue_days else None


def _some(count: int) -> str:
    return formats.count(count) if count else ""
