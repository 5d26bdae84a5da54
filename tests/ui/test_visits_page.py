"""The list of visits: filters, paging, correcting, taking back, export and copy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QDate
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from python_calamine import CalamineWorkbook

from gridapp import i18n
from gridapp.db.database import Database
from gridapp.db.queries.values import Scope
from gridapp.domain.visit import NewVisit
from gridapp.services.visits import record_visits
from tests.ui.visiting import TODAY, quiet, settle, show, stored, visits_to
from ui import theme
from ui.context import AppContext
from ui.pages.visits import PAGE_ROWS, VisitsPage


@pytest.fixture
def page(qtbot: QtBot, database: Database, context: AppContext) -> Iterator[VisitsPage]:
    """The visits of all time to the six people."""
    i18n.set_language("en")
    settle(database)
    page = VisitsPage(context)
    qtbot.addWidget(page)
    show(qtbot, page)
    choose_period(qtbot, page, "ever")
    yield page
    page.hide()


def choose_period(qtbot: QtBot, page: VisitsPage, key: str) -> None:
    page.period_box.setCurrentIndex(page.period_box.findData(key))
    page.period_box.activated.emit(page.period_box.currentIndex())
    quiet(qtbot, page)


def days(page: VisitsPage) -> list[str]:
    return [row.day.isoformat() for row in page.table.model.rows]


def test_newest_first_with_everything_about_the_selected_one(page: VisitsPage) -> None:
    assert days(page) == ["2026-11-15", "2026-11-03", "2026-10-05", "2026-10-05", "2026-09-10"]
    assert page.details.name_label.text() == "陈国强"
    assert page.header.subtitle_label.text() == "5 visits"


@pytest.mark.parametrize(("period", "count"), [("month", 2), ("last_month", 2), ("today", 0), ("quarter", 5)])
def test_periods(qtbot: QtBot, page: VisitsPage, period: str, count: int) -> None:
    choose_period(qtbot, page, period)
    assert len(days(page)) == count


def test_from_day_to_day(qtbot: QtBot, page: VisitsPage) -> None:
    choose_period(qtbot, page, "days")
    assert page.first_edit.isVisible()
    page.first_edit.setDate(QDate(2026, 10, 5))
    page.last_edit.setDate(QDate(2026, 11, 3))
    quiet(qtbot, page)
    assert days(page) == ["2026-11-03", "2026-10-05", "2026-10-05"]


def test_attempts_are_a_chip_of_their_own(qtbot: QtBot, page: VisitsPage, context: AppContext) -> None:
    context.change(record_visits, [NewVisit("p1", TODAY, "phone", "no_answer"), NewVisit("p2", TODAY)], "tester")
    qtbot.waitUntil(lambda: len(days(page)) == 7)
    page.chips._buttons["attempt"].click()
    qtbot.waitUntil(lambda: days(page) == ["2026-11-22"])
    qtbot.waitUntil(lambda: page.chips._buttons["met"].text().split()[-1] == "6")


def test_a_visit_is_taken_back_with_a_reason_and_stays_struck(
    qtbot: QtBot, page: VisitsPage, context: AppContext, database: Database
) -> None:
    page.details.void_button.click()
    page.details.confirm_button.click()
    assert page.details.void_problem.isVisible()  # no reason, nothing done
    page.details.reason_box.setEditText("wrong person")
    with qtbot.waitSignal(context.data_changed):
        page.details.confirm_button.click()
    quiet(qtbot, page)
    assert len(days(page)) == 4
    page.voided_box.click()
    qtbot.waitUntil(lambda: len(days(page)) == 5)
    page.table.select_row(0)
    assert page.details.row is not None and page.details.row.void_reason == "wrong person"
    assert page.details.status_label.isVisible() and not page.details.void_button.isEnabled()
    assert visits_to(database, "p4", dt.date(2026, 11, 15)) == []


def test_a_correction_replaces_the_visit_and_wants_a_reason(
    qtbot: QtBot, page: VisitsPage, database: Database
) -> None:
    page.details.correct_button.click()
    dialog = page._dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: bool(dialog.desk.form.targets) and dialog.desk.form.worker_box.count() == 3)
    assert dialog.desk.form.day == dt.date(2026, 11, 15) and dialog.desk.reason_edit.isVisible()
    assert dialog.desk.form.worker_box.currentData() == "w1"
    dialog.desk.form.mode.buttons["phone"].click()
    dialog.desk.save()
    assert dialog.desk.form.problem.isVisible() and len(stored(database)) == 5
    dialog.desk.reason_edit.setText("it was a call")
    with qtbot.waitSignal(dialog.finished):
        dialog.desk.save()
    visit, = visits_to(database, "p4", dt.date(2026, 11, 15))
    assert visit.mode == "phone" and len(stored(database)) == 6
    quiet(qtbot, page)


def test_more_rows_come_when_the_end_is_near(qtbot: QtBot, page: VisitsPage, context: AppContext) -> None:
    many = [NewVisit("p1", TODAY - dt.timedelta(days=number % 60)) for number in range(PAGE_ROWS + 50)]
    context.change(record_visits, many, "tester")
    qtbot.waitUntil(lambda: len(days(page)) == PAGE_ROWS)
    page.table.view.scrollToBottom()
    qtbot.waitUntil(lambda: len(days(page)) == PAGE_ROWS + 55)
    assert days(page) == sorted(days(page), reverse=True)
    assert len({row.number for row in page.table.model.rows}) == PAGE_ROWS + 55


def test_the_export_holds_what_the_filter_shows(qtbot: QtBot, page: VisitsPage, tmp_path: Path) -> None:
    choose_period(qtbot, page, "last_month")
    target = tmp_path / "visits.xlsx"
    with qtbot.waitSignal(page.notice_raised) as told:
        page.export_to(str(target))
    assert "2" in told.args[0] and "visits.xlsx" in told.args[0]
    rows = CalamineWorkbook.from_path(str(target)).get_sheet_by_index(0).to_python()
    assert {row[2] for row in rows[2:]} == {"赵德福", "刘桂兰"}
    assert rows[2][0] == dt.date(2026, 10, 5)


def test_details_can_be_opened_in_a_narrow_window(page: VisitsPage) -> None:
    theme.current().choose("light", 150, remember=False)
    page.resize(1000, 600)
    assert page.details.isHidden()
    page.details_button.click()
    assert page.details.isVisible() and page.details.void_button.isEnabled()


def test_copying_takes_the_selected_rows(page: VisitsPage) -> None:
    page.table.copy_selection()
    assert "陈国强" in QGuiApplication.clipboard().text() and "2026-11-15" in QGuiApplication.clipboard().text()


def test_a_visit_can_be_added_from_here(qtbot: QtBot, page: VisitsPage) -> None:
    page.new_item()
    dialog = page._dialog
    assert dialog is not None and dialog.picker.isVisible()
    dialog.log_for_ids(["p5"])
    qtbot.waitUntil(lambda: bool(dialog.desk.form.targets))
    with qtbot.waitSignal(dialog.finished):
        dialog.desk.save()
    qtbot.waitUntil(lambda: days(page)[0] == "2026-11-22")
    assert page.table.model.rows[0].person_name == "周玉梅"


def test_the_visits_behind_a_figure_are_listed(qtbot: QtBot, page: VisitsPage) -> None:
    page.open_with({"first": dt.date(2026, 3, 1), "last": dt.date(2026, 3, 5), "scope": Scope()})
    wanted = page.filter()
    assert (wanted.first, wanted.last, wanted.outcome) == (dt.date(2026, 3, 1), dt.date(2026, 3, 5), "")
    qtbot.waitUntil(lambda: not page.is_loading)
    assert all(wanted.first <= row.day <= wanted.last for row in page.table.model.rows)
