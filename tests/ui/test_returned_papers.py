"""Returned papers and closing in the window, by digits and clicks, on a real database."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gridapp import clock
from gridapp.db.queries.sheets import list_sheets, missing_rows
from gridapp.domain.period import Month
from gridapp.services import papers, returns
from tests.ui.area import TODAY, settle, shown
from ui.context import AppContext
from ui.pages.reports import ReportsPage


@pytest.fixture
def page(qtbot: QtBot, context: AppContext) -> ReportsPage:
    settle(context.database)
    page = ReportsPage(context)
    shown(qtbot, page)
    return page


def codes(page: ReportsPage, folder: Path) -> list[str]:
    database = page.context.database
    result = papers.write_paper(database, "visit_roster", Month.of(TODAY), TODAY, folder / "r.pdf", "tester")
    return [returns.code_of(row) for row in database.fetch(missing_rows, result.sheet, TODAY)]


def test_a_code_and_a_digit_record_a_row_and_bring_the_next(page: ReportsPage, qtbot: QtBot, tmp_path: Path) -> None:
    found = codes(page, tmp_path)
    page.returns_button.click()
    desk = page.returns_dialog
    qtbot.keyClicks(desk.code_edit, found[0])
    qtbot.waitUntil(lambda: desk.row is not None and desk.row.row == 1)
    with qtbot.waitSignal(desk.row_recorded):
        qtbot.keyClick(desk.card, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: desk.row is not None and desk.row.row == 2)
    with qtbot.waitSignal(desk.row_recorded):
        qtbot.keyClick(desk.card, Qt.Key.Key_2)
    assert page.context.database.fetch(list_sheets)[0].returned == 2
    qtbot.keyClicks(desk.code_edit, found[0])
    qtbot.waitUntil(lambda: "already" in desk.problem.text())
    qtbot.keyClicks(desk.code_edit, found[0][:-1] + str((int(found[0][-1]) + 1) % 10))
    qtbot.waitUntil(lambda: "wrong digit" in desk.problem.text())
    desk.close()


def test_a_scan_lines_up_its_rows(page: ReportsPage, qtbot: QtBot, tmp_path: Path) -> None:
    found = codes(page, tmp_path)
    page.returns_button.click()
    desk = page.returns_dialog
    desk.read_scan(tmp_path / "r.pdf")
    qtbot.waitUntil(lambda: desk.row is not None, timeout=10_000)
    assert len(desk.queue) == len(found) - 1
    desk.close()


def test_a_month_is_closed_in_the_window(page: ReportsPage, qtbot: QtBot) -> None:
    clock.set_today(dt.date(2026, 12, 2))
    page.closing_button.click()
    dialog = page.closing_dialog
    dialog.month_picker.choose(Month(2026, 11))
    qtbot.waitUntil(lambda: dialog.state is not None and dialog.state.listed is None)
    dialog.close_button.click()
    qtbot.waitUntil(lambda: dialog.state.listed is not None)
    assert "countersign missing" in dialog.state_label.text()
    dialog.close()
