"""Lists too long to be read at once: pages as one scrolls, counts for all, choices found by typing."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gridapp import i18n
from gridapp.db.database import Database
from gridapp.db.queries import choices, due, roster_pages
from gridapp.db.queries.people import list_categories
from gridapp.db.queries.values import MOST_LISTED, PeopleWish, Scope
from gridapp.domain.period import Month
from gridapp.progress import Progress
from tests.ui import area, visiting
from tests.ui.test_models import PersonRow, columns
from ui import preferences
from ui.context import AppContext
from ui.dialogs.resident_dates import MoveForm
from ui.pages import dashboard_queries
from ui.pages.dashboard import DashboardPage
from ui.pages.residents import ResidentsPage
from ui.pages.today import TodayPage
from ui.widgets import place_finder
from ui.widgets.data_table import DataTable
from ui.widgets.find_combo import FindCombo
from ui.widgets.place_finder import MOST_FOUND
from ui.widgets.visit_form_desk import VisitDesk
from ui.widgets.visit_form_target import read_choices, read_targets


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two people be many, and a page hold two."""
    monkeypatch.setattr(due, "WHOLE", 2)
    monkeypatch.setattr(dashboard_queries, "WHOLE", 2)
    read, people = due.read_due_page, roster_pages.read_people_page
    monkeypatch.setattr(due.read_due_page, "__defaults__", (*read.__defaults__[:-1], 2))  # type: ignore[index]
    monkeypatch.setattr(roster_pages.read_people_page, "__defaults__", (*people.__defaults__[:-1], 2))  # type: ignore[index]


def test_rows_come_when_the_end_is_near(qtbot: QtBot) -> None:
    table: DataTable[PersonRow] = DataTable(columns(), "people", "long")
    qtbot.addWidget(table)
    table.resize(600, 300)
    table.show()
    table.set_rows([PersonRow(f"甲{number:03}") for number in range(100)], has_more=True)
    bar = table.view.verticalScrollBar()
    with qtbot.assertNotEmitted(table.more_wanted):
        bar.setValue(bar.maximum() // 4)
    with qtbot.waitSignal(table.more_wanted):
        bar.setValue(bar.maximum())
    place = bar.value()
    table.add_rows([PersonRow(f"乙{number}") for number in range(50)], has_more=False)
    assert table.model.rowCount() == 150
    assert bar.value() == place
    assert table.model.cell_text(149, 0) == "乙49"
    with qtbot.assertNotEmitted(table.more_wanted):
        bar.setValue(bar.maximum())


def test_further_rows_find_their_place_in_the_order_chosen(qtbot: QtBot) -> None:
    table: DataTable[PersonRow] = DataTable(columns(), "people", "long")
    qtbot.addWidget(table)
    table.set_rows([PersonRow("b"), PersonRow("d")], has_more=True)
    table.sort_by("name")
    table.add_rows([PersonRow("c"), PersonRow("a")], has_more=False)
    assert [row.name for row in table.model.rows] == ["a", "b", "c", "d"]


def test_a_long_due_list_shows_one_kind_and_counts_all(
    qtbot: QtBot, database: Database, context: AppContext, small_pages: None
) -> None:
    i18n.set_language("en")
    visiting.settle(database)
    page = TodayPage(context)
    qtbot.addWidget(page)
    visiting.show(qtbot, page)

    def people() -> list[str]:
        return [row.roster.person.id for row in page.list.table.model.rows]

    qtbot.waitUntil(lambda: people() == ["p6", "p1"])
    chips = {key: button.text().split()[-1] for key, button in page.list.chips._buttons.items()}
    assert chips == {"overdue": "2", "today": "1", "soon": "0", "month": "4", "all": "6"}
    page.list.chips._buttons["all"].click()
    visiting.quiet(qtbot, page)
    assert people() == ["p6", "p1"]
    while page.list.after is not None:
        shown = len(people())
        page.list.table.more_wanted.emit()
        qtbot.waitUntil(lambda shown=shown: len(people()) > shown or page.list.after is None)  # type: ignore[misc]
    assert sorted(people()) == ["p1", "p2", "p3", "p4", "p5", "p6"]
    page.list.find_box.setText("王秀英")
    qtbot.waitUntil(lambda: people() == ["p1"])
    page.list.find_box.clear()
    qtbot.waitUntil(lambda: len(people()) == 2)
    visiting.quiet(qtbot, page)
    page.hide()


def test_a_figure_of_a_large_area_opens_its_people_page_by_page(
    qtbot: QtBot, context: AppContext, small_pages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard_queries, "MOST_GRIDS", 1)
    monkeypatch.setattr(dashboard_queries, "MOST_FOLLOWED", 1)
    area.settle(context.database)
    page = DashboardPage(context)
    wishes: list[Any] = []
    page.navigate_requested.connect(lambda key, argument: wishes.append(argument))
    area.shown(qtbot, page, height=760)
    cards = page.key_figures.cards
    assert [cards[key].figure_label.text() for key in ("rate", "missed", "overdue", "on_time")] == [
        "60.0% ▼", "2", "1", "—",
    ]  # fmt: skip
    assert [row.roster.person.id for row in page.missed_table.model.rows] == ["w2", "w1"]
    qtbot.keyClick(cards["rate"], Qt.Key.Key_Return)
    wish = wishes[-1]["wish"]
    assert wish == PeopleWish("roster", Month(2026, 11), area.TODAY)
    listed = ResidentsPage(context)
    listed.open_with(wishes[-1])
    area.shown(qtbot, listed)
    assert {row.id for row in listed.table.model.rows} == {"w1", "w2", "w3"}  # a grid's people are not cut apart
    assert listed.more_button.isVisible()
    listed.more_button.click()
    qtbot.waitUntil(lambda: listed.table.model.rowCount() == 5)
    area.rested(qtbot, listed)
    assert not listed.more_button.isVisible()
    assert page.grid_card.title_label.text() == "By community"
    community = page.grid_rows.rows[0].key
    page.grid_rows.row_opened.emit(page.grid_rows.rows[0])
    area.rested(qtbot, page)
    assert page.scope_picker.scope == Scope(community=community)
    listed.hide()


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard|propagateSizeHints)", extend=True)
def test_among_thousands_one_types_to_find(qtbot: QtBot) -> None:
    combo = FindCombo()
    qtbot.addWidget(combo)
    combo.show()
    chosen: list[str] = []
    combo.activated.connect(lambda _place: chosen.append(combo.currentData()))
    combo.fill([("", "all"), *((f"g{number}", f"第{number}网格") for number in range(15_000))], listed=1)
    assert combo.is_typed
    assert combo.count() == 1
    field = combo.lineEdit()
    assert field is not None
    field.selectAll()
    qtbot.keyClicks(field, "14999")
    completer = combo.completer()
    assert completer is not None
    popup = completer.popup()
    assert popup is not None
    qtbot.waitUntil(popup.isVisible)
    assert popup.model().rowCount() == 1
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert chosen == ["g14999"]
    assert combo.currentText() == "第14999网格"
    field.selectAll()
    qtbot.keyClicks(field, "1")
    assert popup.model().rowCount() == MOST_FOUND + 1
    assert popup.model().index(MOST_FOUND, 0).data() == "There are more: type on"
    popup.hide()
    assert combo.choose("g7")
    assert not combo.choose("nothing")
    again: list[tuple[str, str]] = [("", "all"), *((f"g{number}", f"第{number}网格") for number in range(1000))]
    combo.fill(again, listed=1)
    combo.fill(again, listed=1)
    assert combo.lineEdit() is field
    field.selectAll()
    qtbot.keyClicks(field, "999")
    assert popup.model().rowCount() == 1
    popup.hide()
    combo.fill([(str(number), str(number)) for number in range(MOST_LISTED)])
    assert not combo.is_typed
    assert combo.count() == MOST_LISTED


POPUPS = "This plugin does not support (raise|grabbing the keyboard|propagateSizeHints)"


@pytest.fixture
def few_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one grid be all that a list offers."""
    monkeypatch.setattr(choices, "MOST_LISTED", 1)


def typed(qtbot: QtBot, combo: FindCombo, text: str) -> list[str]:
    """Type into a field, and return what is offered below it."""
    field, completer = combo.lineEdit(), combo.completer()
    assert field is not None and completer is not None
    visiting.focus_on(qtbot, combo)
    field.setText(text)  # QTest types only Latin letters
    field.textEdited.emit(text)
    popup = completer.popup()
    assert popup is not None
    qtbot.waitUntil(
        lambda: popup.isVisible() and combo._finding is None and not combo._pause.isActive()
    )
    return [popup.model().index(row, 0).data() for row in range(popup.model().rowCount())]


def take(qtbot: QtBot, combo: FindCombo) -> None:
    """Take the first of what is offered."""
    completer = combo.completer()
    popup = completer.popup() if completer is not None else None
    assert popup is not None
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, Qt.Key.Key_Return)


@pytest.mark.qt_log_ignore(POPUPS, extend=True)
def test_grids_too_many_to_be_read_are_found_by_typing(
    qtbot: QtBot, database: Database, context: AppContext, few_listed: None
) -> None:
    visiting.settle(database)
    page = TodayPage(context)
    qtbot.addWidget(page)
    visiting.show(qtbot, page)
    picker = page.scope_picker
    assert picker.is_typed and picker.count() == 1
    assert typed(qtbot, picker, "网格") == ["北网格 · 孙丽", "南网格 · 马强"]
    assert typed(qtbot, picker, "马") == ["People of 马强 · 南网格"]
    assert typed(qtbot, picker, "nowhere") == ["Nothing has this name"]
    assert typed(qtbot, picker, "南") == ["南网格 · 马强"]
    take(qtbot, picker)
    qtbot.waitUntil(lambda: [row.roster.person.id for row in page.list.table.model.rows] == ["p6"])
    assert picker.scope == Scope(grid="990101001001002")
    field = picker.lineEdit()
    assert field is not None
    qtbot.waitUntil(lambda: field.cursorPosition() == 0)  # the beginning is in sight
    visiting.quiet(qtbot, page)
    page.hide()
    again = TodayPage(context)
    qtbot.addWidget(again)
    visiting.show(qtbot, again)
    qtbot.waitUntil(lambda: again.scope_picker.currentText() == "南网格 · 马强")
    again.hide()


def test_a_grid_remembered_that_is_gone_gives_way_where_grids_are_not_listed(
    qtbot: QtBot, database: Database, context: AppContext, few_listed: None
) -> None:
    visiting.settle(database)
    preferences.keep("today/scope", "grid:990101009009009")
    page = TodayPage(context)
    qtbot.addWidget(page)
    visiting.show(qtbot, page)
    qtbot.waitUntil(
        lambda: [row.roster.person.id for row in page.list.table.model.rows] == ["p6", "p1"]
    )
    assert preferences.text("today/scope") == ""
    assert page.scope_picker.scope == Scope()
    visiting.quiet(qtbot, page)
    page.hide()


def test_what_is_too_much_shows_the_first_of_each_kind_and_says_so(
    database: Database, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    visiting.settle(database)
    kinds = ("community", "grid", "worker")
    whole = database.fetch(place_finder.find_titles, "", visiting.TODAY, kinds)
    assert (len(whole.choices), whole.has_more) == (5, False)
    monkeypatch.setattr(place_finder, "MOST_FOUND", 4)
    some = database.fetch(place_finder.find_titles, "", visiting.TODAY, kinds)
    assert ([data.split(":")[0] for data, _title in some.choices], some.has_more) == (list(kinds), True)
    one = database.fetch(place_finder.find_titles, "网格", visiting.TODAY, kinds)
    assert (len(one.choices), one.has_more) == (2, False)


@pytest.mark.qt_log_ignore(POPUPS, extend=True)
def test_residents_are_limited_and_moved_to_a_grid_found_by_typing(
    qtbot: QtBot, database: Database, context: AppContext, few_listed: None
) -> None:
    visiting.settle(database)
    page = ResidentsPage(context)
    qtbot.addWidget(page)
    visiting.show(qtbot, page)
    box = page.filters.grid_box
    assert typed(qtbot, box, "幸福里") == ["幸福里社区", "北网格 · 孙丽", "南网格 · 马强"]
    assert typed(qtbot, box, "南网") == ["南网格 · 马强"]
    take(qtbot, box)
    qtbot.waitUntil(lambda: [row.id for row in page.table.model.rows] == ["p6"])
    qtbot.waitUntil(lambda: page.card.card is not None and page.card.card.person.id == "p6")
    page.actions_.start("move", page.card.card)
    form = page.actions_.form
    assert isinstance(form, MoveForm)
    assert [form.grid_box.itemText(row) for row in range(form.grid_box.count())] == [
        "Choose a grid", "Out of the area",
    ]  # fmt: skip
    assert typed(qtbot, form.grid_box, "北") == ["北网格"]
    take(qtbot, form.grid_box)
    assert form.grid_box.currentData() == "990101001001001"
    form.reject()
    visiting.quiet(qtbot, page)
    page.hide()


@pytest.mark.qt_log_ignore(POPUPS, extend=True)
def test_a_dashboard_finds_one_grid_or_worker_by_typing(
    qtbot: QtBot, context: AppContext, few_listed: None
) -> None:
    area.settle(context.database)
    page = DashboardPage(context)
    area.shown(qtbot, page, height=760)
    picker = page.scope_picker
    picker.kind_combo.setCurrentIndex(picker.kind_combo.findData("grid"))
    picker.kind_combo.activated.emit(picker.kind_combo.currentIndex())
    assert picker.scope == Scope() and picker.scope_name == "Whole area"
    assert typed(qtbot, picker.one_combo, "中") == ["中网格"]
    with qtbot.waitSignal(picker.scope_chosen):
        take(qtbot, picker.one_combo)
    assert picker.scope == Scope(grid=area.MIDDLE)
    area.rested(qtbot, page)
    qtbot.waitUntil(lambda: picker.scope_name == "中网格")
    with qtbot.waitSignal(picker.scope_chosen):
        picker.choose(Scope(grid="990101009009009"))  # of another month
        qtbot.waitUntil(lambda: picker.scope == Scope())
    area.rested(qtbot, page)
    page.hide()


def test_a_correction_keeps_who_visited_while_workers_are_still_read(
    qtbot: QtBot, database: Database, context: AppContext
) -> None:
    visiting.settle(database)
    desk = VisitDesk(context, "draft")
    qtbot.addWidget(desk)
    people = database.fetch(read_targets, ("p1",), visiting.TODAY, context.settings)
    desk.correct(people, "v1", {"date": "2026-09-10", "worker": "w2"})
    assert [visit.worker for visit in desk.form.visits()] == ["w2"]
    desk.set_choices(database.fetch(read_choices, visiting.TODAY))
    assert [visit.worker for visit in desk.form.visits()] == ["w2"]
    assert desk.form.worker_box.currentText() == "马强"


def test_long_works_leave_the_pages_their_readers(qtbot: QtBot, database: Database, context: AppContext) -> None:
    gate = threading.Event()

    def write_a_city(progress: Progress) -> None:
        assert gate.wait(60)

    works = [context.run(write_a_city, title="Writing…", reports_progress=True) for _work in range(3)]
    with qtbot.waitSignal(context.fetch(list_categories).succeeded):
        pass
    gate.set()
    qtbot.waitUntil(lambda: all(work.is_finished for work in works))
