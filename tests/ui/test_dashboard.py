"""The dashboard: known figures, every figure opens its list, by mouse and by keyboard, on a real database."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.queries.lists import list_roster
from gridapp.db.queries.overview import read_overview
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.values import Scope
from gridapp.domain.period import Month
from gridapp.domain.visit import NewVisit
from gridapp.services.visits import record_visit
from tests.ui.area import MIDDLE, TODAY, WEST, rested, settle, shown
from ui import theme
from ui.context import AppContext
from ui.pages.dashboard import DashboardPage
from ui.widgets.rate_chart import RateChart
from ui.widgets.scope_picker import ScopeChoices, ScopePicker


@pytest.fixture
def page(qtbot: QtBot, context: AppContext) -> DashboardPage:
    settle(context.database)
    page = DashboardPage(context)
    shown(qtbot, page, height=760)
    return page


@pytest.fixture
def wishes(page: DashboardPage) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    page.navigate_requested.connect(lambda key, argument: found.append((key, argument)))
    return found


def figure(page: DashboardPage, key: str) -> str:
    return page.key_figures.cards[key].figure_label.text()


def test_key_figures(page: DashboardPage) -> None:
    figures = {key: figure(page, key) for key in page.key_figures.cards}
    assert figures == {
        "rate": "60.0% ▼", "missed": "2", "overdue": "1", "visits": "5", "onsite": "40.0%", "on_time": "20.0%",
    }  # fmt: skip
    assert "3/5" in page.key_figures.cards["rate"].note_label.text()


def test_the_screen_and_the_papers_agree(page: DashboardPage, database: Database) -> None:
    view = database.fetch(read_overview, Month.of(TODAY), TODAY)
    assert page.figures is not None
    assert page.people is not None
    assert page.figures.total == view.total
    assert page.figures.by_grid == view.by_grid
    assert page.figures.by_category == view.by_category
    roster = database.fetch(list_roster, Month.of(TODAY), TODAY, RosterRule.monthly(page.context.settings))
    assert {row.roster.person.id for row in page.people.missed} == {row.person.id for row in roster if row.missed}
    assert page.chart.bars.rows == list(view.months)


@pytest.mark.parametrize(
    ("key", "people"),
    [("rate", {"w1", "w2", "w3", "m1", "m2"}), ("missed", {"w1", "w2"}), ("overdue", {"w2"}), ("onsite", {"w3", "m1"})],
)
def test_a_figure_opens_exactly_its_people(
    page: DashboardPage, qtbot: QtBot, wishes: list[tuple[str, Any]], key: str, people: set[str]
) -> None:
    qtbot.keyClick(page.key_figures.cards[key], Qt.Key.Key_Return)
    target, argument = wishes[0]
    assert target == "residents"
    assert set(argument["people"]) == people
    assert "11" in argument["title"]


def test_visits_open_the_visits_of_the_month(page: DashboardPage, wishes: list[tuple[str, Any]]) -> None:
    page.key_figures.cards["visits"].click()
    assert wishes == [("visits", {"first": Month(2026, 11).first, "last": TODAY, "scope": Scope()})]


def test_a_figure_pressed_before_its_people_are_there_opens_when_they_are(
    qtbot: QtBot, context: AppContext
) -> None:
    settle(context.database)
    page = DashboardPage(context)
    found: list[Any] = []
    page.navigate_requested.connect(lambda key, argument: found.append(argument))
    qtbot.addWidget(page)
    page.show()
    page.key_figures.cards["missed"].click()
    assert not found
    rested(qtbot, page)
    assert set(found[0]["people"]) == {"w1", "w2"}


def test_grids_come_lowest_first_and_open(
    page: DashboardPage, qtbot: QtBot, wishes: list[tuple[str, Any]]
) -> None:
    assert [row.key for row in page.grid_rows.rows] == [WEST, MIDDLE]
    qtbot.keyClick(page.grid_rows, Qt.Key.Key_Down)
    qtbot.keyClick(page.grid_rows, Qt.Key.Key_Return)
    assert set(wishes[-1][1]["people"]) == {"m1", "m2"}
    qtbot.mouseClick(page.grid_rows.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    assert wishes[-1][1]["people"][:2] in (["w1", "w2"], ["w2", "w1"])


def test_categories_open(page: DashboardPage, qtbot: QtBot, wishes: list[tuple[str, Any]]) -> None:
    qtbot.keyClick(page.category_rows, Qt.Key.Key_Space)
    assert len(wishes[-1][1]["people"]) == 5


def test_people_missed_are_listed_and_open(
    page: DashboardPage, qtbot: QtBot, wishes: list[tuple[str, Any]]
) -> None:
    rows = page.missed_table.model.rows
    assert [row.roster.person.id for row in rows] == ["w2", "w1"]  # the longest overdue first
    qtbot.keyClick(page.missed_table.view, Qt.Key.Key_Return)
    assert wishes == [("residents", {"person": "w2"})]


def test_a_bar_opens_its_month(page: DashboardPage, qtbot: QtBot) -> None:
    chart: RateChart = page.chart
    last = len(chart.bars.rows) - 1
    chart.grab()  # lays the axes out
    place = chart.mapFromScene(chart.bars.mapToScene(QPointF(last - 1, 5)))
    qtbot.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert page.month_picker.month == Month(2026, 10)
    rested(qtbot, page)
    assert figure(page, "rate") == "20.0% ▼"
    page.month_picker.choose(Month(2026, 11))
    rested(qtbot, page)
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    qtbot.keyClick(chart, Qt.Key.Key_Return)
    assert page.month_picker.month == Month(2026, 10)
    rested(qtbot, page)


def test_a_scope_narrows_every_figure(page: DashboardPage, qtbot: QtBot) -> None:
    picker = page.scope_picker
    picker.kind_combo.setCurrentIndex(picker.kind_combo.findData("grid"))
    picker.kind_combo.activated.emit(picker.kind_combo.currentIndex())
    assert picker.scope == Scope(grid=WEST)
    rested(qtbot, page)
    assert figure(page, "rate") == "33.3% ▼"
    assert figure(page, "visits") == "3"
    assert len(page.grid_rows.rows) == 1


def test_every_chart_is_there_as_a_table(page: DashboardPage) -> None:
    page.table_button.click()
    for card, rows in ((page.month_card, 2), (page.grid_card, 2), (page.category_card, 1)):
        assert card.table.isVisible()
        assert card.table.model.rowCount() == rows
    assert page.month_card.table.model.cell_text(0, 1) == "60.0% ▼"


def test_a_visit_moves_the_rate(page: DashboardPage, qtbot: QtBot) -> None:
    job = page.context.change(record_visit, NewVisit("w1", TODAY, "onsite", "met"), "tester")
    with qtbot.waitSignal(job.finished):
        pass
    qtbot.waitUntil(lambda: figure(page, "rate") == "80.0% ▼")
    rested(qtbot, page)


def test_nobody_there_yet(qtbot: QtBot, context: AppContext) -> None:
    clock.set_today(TODAY)
    page = DashboardPage(context)
    shown(qtbot, page)
    assert figure(page, "rate") == "—"
    assert figure(page, "on_time") == "—"
    assert page.missed_table.empty.isVisible()


@pytest.mark.parametrize(("name", "scale"), [("dark", 150), ("high", 125)])
def test_other_looks_paint(page: DashboardPage, look: theme.Theme, name: str, scale: int) -> None:
    look.choose(name, scale, remember=False)
    page.resize(1024, 640)
    assert not page.grab().isNull()


def test_the_scope_picker_keeps_what_is_still_there(qtbot: QtBot) -> None:
    picker = ScopePicker()
    qtbot.addWidget(picker)
    choices = ScopeChoices((("c", "社区"),), (("g1", "一"), ("g2", "二")), (("w", "马强"),))
    picker.set_choices(choices)
    assert picker.kind_combo.count() == 3  # a single community is the whole area
    picker.choose(Scope(grid="g2"))
    picker.set_choices(choices)
    assert picker.scope == Scope(grid="g2")
    assert picker.scope_name == "二"
    picker.set_choices(ScopeChoices(grids=(("g1", "一"),)))
    assert picker.scope == Scope()
