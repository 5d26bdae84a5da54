"""Data: imports and what waits, undo of a batch, export of everything, backup, audit list."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import pytest
from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from gridapp import clock, i18n
from gridapp.db.database import Database
from gridapp.db.queries.journal import WaitingRow, list_batches
from gridapp.db.queries.residents import ResidentFilter, count_residents
from gridapp.ledgers.workbook import read_workbook
from gridapp.services.importing import check_file, import_ledger
from gridapp.services.places import add_community, add_grid
from gridapp.services.projects import open_database
from tests.ui.visiting import quiet, show
from ui.context import AppContext
from ui.dialogs.import_waiting import waiting_headings
from ui.pages.data import DataPage
from ui.pages.page import Page

TODAY = dt.date(2026, 11, 22)


@pytest.fixture
def page(qtbot: QtBot, database: Database, context: AppContext, tmp_path: Path) -> DataPage:
    """The page after one import: two good rows, two that wait."""
    i18n.set_language("en")
    clock.set_today(TODAY)
    add_community(database, "990101001001", "幸福里社区", "tester")
    add_grid(database, "990101001001001", "北网格", dt.date(2020, 1, 1), "tester")
    path = tmp_path / "名册.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        csv.writer(stream).writerows([
            ["姓名", "联系电话", "现住址", "所属网格"], ["赵一", "19900000001", "南街1号", "北网格"],
            ["钱二", "19900000002", "南街2号", "北网格"], ["孙三", "19900000003", "南街3号", "西网格"],
            ["李四", "19900000004", "南街4号", "东网格"],
        ])  # fmt: skip
    import_ledger(database, check_file(database, path), "someone else")
    page = DataPage(context)
    qtbot.addWidget(page)
    show(qtbot, page)
    return page


def people(database: Database) -> int:
    return database.fetch(count_residents, ResidentFilter(), TODAY)


def test_imports_are_listed_with_their_counts(page: DataPage) -> None:
    [batch] = page.batches.model.rows
    assert (batch.file_name, batch.counts["added"], batch.waiting, batch.by) == ("名册.csv", 2, 2, "someone else")
    assert page.waiting_button.isEnabled() and page.undo_button.isEnabled()


def test_waiting_rows_are_shown_and_written(qtbot: QtBot, page: DataPage, tmp_path: Path) -> None:
    qtbot.mouseClick(page.waiting_button, Qt.MouseButton.LeftButton)
    dialog = page.waiting
    qtbot.waitUntil(lambda: dialog.table is not None)
    assert [row.row for row in dialog.table.model.rows] == [4, 5]
    assert "西网格" in dialog.table.model.rows[0].issues[0]["message"]
    path = tmp_path / "待改.xlsx"
    dialog.export_to(str(path))
    qtbot.waitUntil(path.exists)
    rows = [row.cells for row in read_workbook(path).sheets[0].rows]
    assert [row[0] for row in rows[1:]] == ["孙三", "李四"]
    dialog.reject()
    qtbot.waitUntil(lambda: page.waiting is None)


def test_waiting_rows_are_put_right_where_they_are(qtbot: QtBot, page: DataPage, database: Database) -> None:
    qtbot.mouseClick(page.waiting_button, Qt.MouseButton.LeftButton)
    dialog = page.waiting
    qtbot.waitUntil(lambda: dialog.table is not None and dialog.table.current_row() is not None)
    before = people(database)
    dialog.fix.choose("D")
    dialog.fix.edit.setText("北网格")
    qtbot.keyClick(dialog.fix.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not dialog.is_busy and len(dialog.rows) == 1)
    assert dialog.isVisible() and people(database) == before + 1
    qtbot.mouseClick(dialog.drop_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.is_busy and dialog.rows == [])
    assert not dialog.fix.isEnabled()
    dialog.reject()
    quiet(qtbot, page)


def test_a_list_on_the_page_is_written_as_seen(
    qtbot: QtBot, page: DataPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "imports.csv"
    answer, asked = (str(path), "Text table, GB18030 (*.csv)"), []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *words: asked.append(Path(words[2]).parent) or answer)
    for _time in range(2):
        with qtbot.waitSignal(page.notice_raised):
            Page.export_items(page)
    documents = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    first = documents if documents.is_dir() else Path.home()
    assert asked == [first, tmp_path], "where people look for files, then where the last one went"
    rows = list(csv.reader(path.read_text("gb18030").splitlines()))
    assert "名册.csv" in rows[1] and len(rows) == 3 and rows[2][0].startswith("# GridApp: ")
    quiet(qtbot, page)


def test_waiting_columns_are_named_by_what_they_hold() -> None:
    i18n.set_language("en")
    rows = [
        WaitingRow("表", 3, {"A": "1", "B": "孙三", "C": "100"}, {"name": "孙三", "phone": None}, (), {"B": "姓名"}),
        WaitingRow("表", 4, {"A": "2", "B": "李四", "C": "19900000004"}, {"name": "李四", "phone": "19900000004"}, ()),
    ]
    assert waiting_headings(rows) == [("A", "Column A"), ("B", "姓名"), ("C", "Column C")]
    assert waiting_headings([]) == []


def test_a_batch_of_another_day_is_taken_back(qtbot: QtBot, page: DataPage, database: Database) -> None:
    assert people(database) == 2
    with qtbot.waitSignal(page.context.data_changed):
        qtbot.mouseClick(page.undo_button, Qt.MouseButton.LeftButton)
    assert people(database) == 0
    qtbot.waitUntil(lambda: page.batches.model.rows[0].undone and not page.is_loading)
    assert not page.undo_button.isEnabled()
    assert not page.waiting_button.isEnabled()


def test_a_file_dropped_on_the_window_opens_the_wizard(
    qtbot: QtBot, page: DataPage, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "新.csv"
    path.write_text("姓名,联系电话,所属网格\n周五,19900000005,北网格\n", "utf-8-sig")
    page.open_with({"file": str(path)})
    wizard = page.wizard
    qtbot.waitUntil(lambda: wizard.step is wizard.columns_step)
    wizard.next()
    qtbot.waitUntil(lambda: wizard.step is wizard.preview_step)
    wizard.next()
    qtbot.waitUntil(lambda: wizard.step is wizard.done_step)
    assert people(database) == 3
    wizard.next()
    qtbot.waitUntil(lambda: page.wizard is None and len(page.batches.model.rows) == 2)
    assert [row.file_name for row in database.fetch(list_batches)] == ["新.csv", "名册.csv"]


def test_everything_is_written_to_a_facts_file(qtbot: QtBot, page: DataPage, tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    with qtbot.waitSignal(page.notice_raised) as told:
        page.export_to(str(path))
    assert str(path) in told.args[0]
    assert len(json.loads(path.read_text("utf-8"))["persons"]) == 2
    qtbot.waitUntil(page.export_button.isEnabled)


def test_a_folder_that_is_not_there_is_told(qtbot: QtBot, page: DataPage, tmp_path: Path) -> None:
    with qtbot.waitSignal(page.context.error_raised) as told:
        page.export_to(str(tmp_path / "nowhere" / "all.json"))
    assert str(told.args[0])
    qtbot.waitUntil(page.export_button.isEnabled)


def test_a_backup_can_be_opened(qtbot: QtBot, page: DataPage, database: Database) -> None:
    with qtbot.waitSignal(page.notice_raised):
        qtbot.mouseClick(page.backup_button, Qt.MouseButton.LeftButton)
    [copy] = Path(database.location).parent.glob("backups/*.manual.*.bak")
    opened = open_database(copy, encrypt=False, create=False)
    assert people(opened) == 2
    opened.close()


def test_the_audit_list_says_who_did_what(qtbot: QtBot, page: DataPage) -> None:
    page.chips._buttons["operations"].click()
    assert page.operations.isVisible() and not page.undo_button.isVisible()
    shown = [page.operations.model.cell_text(row, 2) for row in range(len(page.operations.model.rows))]
    assert shown[:3] == ["Imported a register", "Added a grid", "Added a community"]
    assert page.operations.model.rows[0].actor == "someone else"


def test_an_import_elsewhere_shows_up(qtbot: QtBot, page: DataPage, database: Database, tmp_path: Path) -> None:
    path = tmp_path / "新.csv"
    path.write_text("姓名,联系电话,所属网格\n周五,19900000005,北网格\n", "utf-8-sig")
    preview = check_file(database, path)
    with qtbot.waitSignal(page.context.data_changed):
        page.context.change(import_ledger, preview, "tester")
    quiet(qtbot, page)
    qtbot.waitUntil(lambda: len(page.batches.model.rows) == 2)
