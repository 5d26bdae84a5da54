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
from gridapp.domain.visit import NewVisit
from gridapp.ledgers.workbook import read_workbook
from gridapp.services import papers, places, returns
from gridapp.services.closing import close_month
from gridapp.services.visits import record_visit
from tests.ui.area import TODAY, settle, shown
from ui.context import AppContext
from ui.dialogs import returned_keys
from ui.pages.dashboard import DashboardPage
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
    qtbot.waitUntil(lambda: desk.offer is not None and desk.offer.row == 2)
    assert desk.row is None, "a row comes to the front by a code or by Enter, never under a hand that types"
    qtbot.waitUntil(lambda: not desk._keys.is_after_code)
    qtbot.keyClick(desk.code_edit, Qt.Key.Key_Return)
    assert desk.row is not None and desk.row.row == 2
    with qtbot.waitSignal(desk.row_recorded):
        qtbot.keyClick(desk.card, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: desk.row is not None and desk.row.row == 3)
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
    qtbot.waitUntil(lambda: desk.row is not None)
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


def test_the_badge_says_closed_or_provisional_and_opens_the_closing(
    qtbot: QtBot, context: AppContext, page: ReportsPage
) -> None:
    dashboard = DashboardPage(context)
    dashboard.navigate_requested.connect(lambda key, argument: page.open_with(argument))
    shown(qtbot, dashboard)
    qtbot.waitUntil(lambda: dashboard.closing_button.text() == "Provisional")
    clock.set_today(dt.date(2026, 12, 2))
    with qtbot.waitSignal(context.data_changed):
        context.change(close_month, Month(2026, 11), "tester")
    qtbot.waitUntil(lambda: dashboard.closing_button.text() == "Closed")
    assert "countersign missing" in dashboard.closing_button.toolTip()
    with qtbot.waitSignal(context.data_changed):
        context.change(record_visit, NewVisit("w1", dt.date(2026, 11, 20)), "tester")
    qtbot.waitUntil(lambda: dashboard.closing_button.text() == "▲ Closed")
    assert "4 of 5" in dashboard.closing_button.toolTip()
    dashboard.closing_button.click()
    dialog = page.closing_dialog
    qtbot.waitUntil(lambda: dialog.state is not None and dialog.state.listed is not None)
    assert [row.name for row in dialog.table.model.rows] == ["王秀英"]
    assert "2026-11-09" in dialog.figure_label.text() and dialog.rule_label.text()
    assert dialog.sign_button.isVisible() and not dialog.close_button.isVisible()
    with qtbot.waitSignal(context.error_raised) as told:
        dialog.sign_button.click()
    assert "cannot countersign" in str(told.args[0])
    qtbot.keyClicks(dialog.signer_edit, "colleague")
    with qtbot.waitSignal(context.data_changed):
        qtbot.keyClick(dialog.signer_edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "countersigned by colleague" in dialog.state_label.text())
    assert not dialog.sign_button.isVisible()
    dialog.close()


def test_the_difference_list_goes_on_paper_and_into_a_workbook(
    qtbot: QtBot, page: ReportsPage, tmp_path: Path
) -> None:
    context = page.context
    clock.set_today(dt.date(2026, 12, 2))
    close_month(context.database, Month(2026, 11), "tester")
    record_visit(context.database, NewVisit("w1", dt.date(2026, 11, 20)), "tester")
    page.open_with({"closing": Month(2026, 11)})
    dialog = page.closing_dialog
    qtbot.waitUntil(dialog.print_button.isEnabled)
    with qtbot.waitSignal(dialog.export.written):
        dialog.export.write(str(tmp_path / "d.xlsx"))
    (sheet,) = read_workbook(tmp_path / "d.xlsx").sheets
    told = [cell for row in sheet.rows for cell in row.cells]
    assert "王秀英" in told and "visited" in told
    dialog.print_button.click()
    qtbot.waitUntil(lambda: page.paper is not None and page._making is None and page.view.is_drawn)
    assert (page.paper.people, page.paper.order.file_name) == (1, "Difference_list_2026-11.pdf")
    assert page.form.result_label.text().startswith("Difference list")  # the form has no choice of that name
    record_visit(context.database, NewVisit("w2", dt.date(2026, 11, 21)), "tester")
    for choice, expected in ((None, "Difference_list_2026-11.pdf"), ("roster", "Roster_of_visits_2026-11.pdf")):
        before = page.paper
        if choice is not None:
            page.form.kind_buttons[choice].click()  # it stood chosen all the time
        page.form.make_button.click()
        qtbot.waitUntil(lambda shown=before: page.paper is not shown and page._making is None)
        assert page.paper.order.file_name == expected
    page.open_with({"closing": Month(2026, 10)})
    october = page.closing_dialog
    qtbot.waitUntil(lambda: october.state is not None)
    assert not october.print_button.isEnabled() and not october.export_button.isEnabled(), "an open month has no list"
    october.close()


def test_each_community_is_closed_by_itself(qtbot: QtBot, page: ReportsPage) -> None:
    context = page.context
    with qtbot.waitSignal(context.data_changed):
        context.change(places.add_community, "990101001002", "和顺社区", "tester")
    clock.set_today(dt.date(2026, 12, 2))
    page.open_with({"closing": Month(2026, 11), "community": "990101001001"})
    dialog = page.closing_dialog
    qtbot.waitUntil(lambda: dialog.state is not None and dialog.area_combo.isVisible())
    assert dialog.community == "990101001001"
    qtbot.waitUntil(dialog.close_button.isVisible)
    dialog.close_button.click()
    qtbot.waitUntil(lambda: dialog.state.listed is not None)
    dialog.area_combo.choose("")
    dialog.area_combo.activated.emit(0)
    qtbot.waitUntil(lambda: "1 of 2 communities closed" in dialog.state_label.text())
    assert dialog.close_button.isVisible() and not dialog.sign_button.isVisible()
    dialog.close()


def test_a_sheet_of_another_month_brings_its_own_days(page: ReportsPage, qtbot: QtBot, tmp_path: Path) -> None:
    database = page.context.database
    sheet = papers.write_paper(database, "visit_roster", Month(2026, 10), TODAY, tmp_path / "r.pdf", "tester").sheet
    code = returns.code_of(database.fetch(missing_rows, sheet, TODAY)[0])
    page.returns_button.click()
    desk = page.returns_dialog
    qtbot.keyClicks(desk.code_edit, code)
    qtbot.waitUntil(lambda: desk.row is not None)
    assert desk.day_edit.date().toString("yyyy-MM-dd") == "2026-10-31"
    assert "written on the paper" in desk.problem.text()
    desk.close()


def test_a_scanned_code_is_never_taken_for_an_outcome(
    page: ReportsPage, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returned_keys, "AFTER_CODE_MS", 600_000)  # the scanner's Enter is never late
    found = codes(page, tmp_path)
    page.returns_button.click()
    desk = page.returns_dialog
    qtbot.keyClicks(desk.code_edit, found[0])
    qtbot.waitUntil(lambda: desk.row is not None and desk.row.row == 1)
    qtbot.keyClicks(desk.card, found[2])  # the next row is scanned before this one was ticked
    qtbot.keyClick(desk, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.row is not None and desk.row.row == 3)
    assert page.context.database.fetch(list_sheets)[0].returned == 0
    with qtbot.waitSignal(desk.row_recorded):
        qtbot.keyClick(desk.card, Qt.Key.Key_4)
    qtbot.keyClicks(desk.code_edit, found[1])  # typed on while the next row is being looked for
    qtbot.waitUntil(lambda: desk.row is not None and desk.row.row == 2)
    assert page.context.database.fetch(list_sheets)[0].returned == 1
    desk.close()
