"""The import wizard: real files through every step, on a real database."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
import threading
import weakref
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gridapp import clock, i18n, paths
from gridapp.db.database import Database
from gridapp.db.queries.journal import list_batches, list_waiting
from gridapp.db.queries.places import list_grids
from gridapp.db.queries.residents import ResidentFilter, count_residents, list_residents
from gridapp.domain.identity import check_digit
from gridapp.ledgers.workbook import read_workbook
from gridapp.services.facts import export_facts
from gridapp.services.importing import check_file, import_ledger
from gridapp.services.inbox import mend_rows
from tests import scenes
from ui.context import AppContext
from ui.dialogs.import_reading import BOUNDARIES, FACTS, LEDGER, detect_file
from ui.dialogs.import_waiting import WaitingRows
from ui.dialogs.import_wizard import ImportWizard
from ui.dialogs.map_import import MapImportDialog

TODAY = dt.date(2026, 11, 22)
GRID = "990101001001001"
HEADINGS = ["序号", "姓名", "身份证号", "联系电话", "现住址", "所属网格", "楼道长"]


def id_number(order: int) -> str:
    first = f"99010119500101{order:03}"
    return first + check_digit(first)


def good_row(number: int) -> list[str]:
    return [str(number), f"钱{number:02}", id_number(number), f"199000{number:05}", f"南街{number}号", "北网格", "老何"]


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A register with a title, ten good rows, two wrong numbers and an unknown grid."""
    rows = [good_row(number) for number in range(1, 14)]
    rows[3][2] = rows[3][2][:17] + ("0" if rows[3][2][17] != "0" else "1")
    rows[7][2] = rows[7][2][:17] + ("0" if rows[7][2][17] != "0" else "1")
    rows[9][5] = "第九十九网格"
    path = tmp_path / "幸福里居民名册.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        csv.writer(stream).writerows([["幸福里社区居民名册"], HEADINGS, *rows])
    return path


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    """A window for the wizard to belong to."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1366, 728)
    return window


@pytest.fixture
def wizard(qtbot: QtBot, database: Database, context: AppContext, window: QWidget) -> ImportWizard:
    i18n.set_language("en")
    clock.set_today(TODAY)
    document = {
        "schema": "gridapp-facts/1",
        "communities": [{"code": "990101001001", "name": "幸福里社区"}],
        "grids": [{"code": GRID, "name": "北网格", "valid_from": "2020-01-01", "valid_to": None}],
        "workers": [], "persons": [], "residencies": [], "enrolments": [], "visits": [],
    }  # fmt: skip
    scenes.put(database, document, "importer")
    wizard = ImportWizard(context, window)
    wizard.open()
    qtbot.waitExposed(wizard)
    return wizard


def take(qtbot: QtBot, wizard: ImportWizard, path: Path) -> None:
    wizard.take_file(str(path))
    qtbot.waitUntil(lambda: not wizard.is_busy)


def press_next(qtbot: QtBot, wizard: ImportWizard) -> None:
    assert wizard.next_button.isEnabled()
    qtbot.mouseClick(wizard.next_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not wizard.is_busy)


def residents(database: Database) -> int:
    return database.fetch(count_residents, ResidentFilter(), TODAY)


def test_a_register_from_the_file_to_the_done_page(
    qtbot: QtBot, wizard: ImportWizard, database: Database, ledger: Path
) -> None:
    take(qtbot, wizard, ledger)
    assert wizard.step is wizard.columns_step
    assert "row 2" in wizard.columns_step.header_label.text()
    assert wizard.columns_step.box("B").currentData() == "name"
    assert wizard.columns_step.box("G").currentData() == ""
    press_next(qtbot, wizard)
    assert wizard.step is wizard.preview_step
    for text in (wizard.preview_step.total_label.text(), wizard.next_button.text()):
        assert [word for word in text.split() if word.isdigit()][:2] == ["10", "3"]
    assert residents(database) == 0, "nothing is stored before the last step"
    press_next(qtbot, wizard)
    assert wizard.step is wizard.done_step
    assert residents(database) == 10
    assert len(database.fetch(list_waiting, wizard.batch)) == 3
    qtbot.waitUntil(wizard.done_step.waiting_button.isVisible)
    with qtbot.waitSignal(wizard.waiting_requested) as asked:
        qtbot.mouseClick(wizard.done_step.waiting_button, Qt.MouseButton.LeftButton)
    assert asked.args == [wizard.batch]


@pytest.mark.parametrize("ends", ["accept", "reject"])
def test_nothing_of_a_file_is_held_once_the_wizard_is_closed(
    qtbot: QtBot, wizard: ImportWizard, ledger: Path, ends: str
) -> None:
    take(qtbot, wizard, ledger)
    press_next(qtbot, wizard)
    review = wizard.preview_step.review
    assert review is not None and wizard._ledger is not None
    held = [weakref.ref(one) for one in (review, review.preview, wizard._ledger.workbook)]
    del review
    if ends == "accept":
        press_next(qtbot, wizard)
    getattr(wizard, ends)()
    qtbot.waitUntil(lambda: not any(one() for one in held))


def test_troubles_are_grouped_and_lead_to_their_rows(qtbot: QtBot, wizard: ImportWizard, ledger: Path) -> None:
    take(qtbot, wizard, ledger)
    press_next(qtbot, wizard)
    step = wizard.preview_step
    groups = [(group.field, group.rows) for group in step.groups.model.rows if group.severity == "error"]
    assert groups == [("id_no", 2), ("grid", 1)]
    assert [row.checked.row for row in step.rows.model.rows] == [6, 10, 12]
    step.choose_group(1)
    assert [row.checked.row for row in step.rows.model.rows] == [12]
    step.choose_group(0)
    shown = [row.checked.row for row in step.rows.model.rows]
    assert shown == [6, 10]
    id_column = next(i for i, column in enumerate(step.rows.model.columns) if column.key == "id_no")
    assert step.rows.model.cell_text(0, id_column).startswith("▲ 990101")
    assert step.rows.model.columns[id_column].tone(step.rows.model.rows[0]) == "danger"
    step.chips._buttons["good"].click()
    assert len(step.rows.model.rows) == 10


def test_a_column_chosen_by_hand_counts_and_is_remembered(
    qtbot: QtBot, wizard: ImportWizard, database: Database, ledger: Path
) -> None:
    take(qtbot, wizard, ledger)
    columns = wizard.columns_step
    columns.choose("B", "")
    assert not wizard.next_button.isEnabled()
    assert "Name" in columns.problem.text()
    box = columns.box("B")
    box.setCurrentIndex(box.findData("name"))
    box.activated.emit(box.currentIndex())
    columns.choose("G", "note")
    assert wizard.next_button.isEnabled()
    press_next(qtbot, wizard)
    press_next(qtbot, wizard)
    people = database.fetch(list_residents, ResidentFilter(), TODAY)
    assert len(people) == 10
    take(qtbot, wizard, ledger)
    assert wizard.columns_step.mappings[ledger.stem].remembered
    assert wizard.columns_step.box("G").currentData() == "note"


def test_a_field_is_held_by_one_column_only(qtbot: QtBot, wizard: ImportWizard, ledger: Path) -> None:
    take(qtbot, wizard, ledger)
    wizard.columns_step.choose("G", "phone")
    assert wizard.columns_step.box("D").currentData() == ""
    assert wizard.columns_step.box("G").currentData() == "phone"


def test_leaving_the_only_sheet_out_stops_the_wizard(qtbot: QtBot, wizard: ImportWizard, ledger: Path) -> None:
    take(qtbot, wizard, ledger)
    wizard.columns_step.choose_kind("")
    assert not wizard.next_button.isEnabled()
    wizard.columns_step.choose_kind("elders")
    assert wizard.next_button.isEnabled()
    assert wizard.columns_step.mappings[ledger.stem].kind == "elders"


def test_the_whole_import_is_taken_back(
    qtbot: QtBot, wizard: ImportWizard, database: Database, context: AppContext, ledger: Path
) -> None:
    take(qtbot, wizard, ledger)
    press_next(qtbot, wizard)
    press_next(qtbot, wizard)
    qtbot.mouseClick(wizard.done_step.undo_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not wizard.is_busy)
    assert residents(database) == 0
    assert database.fetch(list_batches)[0].undone
    assert not wizard.done_step.undo_button.isVisible()
    assert context.next_undo is None


def test_rows_that_stay_behind_come_out_in_their_own_layout(
    qtbot: QtBot, wizard: ImportWizard, tmp_path: Path, ledger: Path
) -> None:
    take(qtbot, wizard, ledger)
    press_next(qtbot, wizard)
    path = tmp_path / "待改.xlsx"
    wizard.export_waiting_to(str(path))
    qtbot.waitUntil(path.exists)
    rows = [row.cells for row in read_workbook(path).sheets[0].rows]
    assert rows[1][: len(HEADINGS)] == tuple(HEADINGS)
    assert [row[1] for row in rows[2:]] == ["钱04", "钱08", "钱10"]


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n1234", b"%PDF-1.7 ...", b"", b"just a few words"])
def test_a_file_that_is_no_workbook_gets_one_sentence(
    qtbot: QtBot, wizard: ImportWizard, database: Database, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "名册.xlsx"
    path.write_bytes(content)
    take(qtbot, wizard, path)
    assert wizard.step is wizard.file_step
    assert wizard.file_step.problem.isVisible()
    assert "名册.xlsx" in wizard.file_step.problem.text()
    assert database.fetch(list_batches) == []


def test_stopping_stores_nothing(
    qtbot: QtBot, wizard: ImportWizard, database: Database, ledger: Path, may_go_on: threading.Event
) -> None:
    take(qtbot, wizard, ledger)
    press_next(qtbot, wizard)
    may_go_on.clear()
    wizard.next()
    assert wizard.step is wizard.busy_step
    wizard.reject()  # the cross of the window stops the work first
    assert wizard.isVisible()
    may_go_on.set()
    qtbot.waitUntil(lambda: not wizard.is_busy)
    assert wizard.step is wizard.preview_step
    assert "Nothing was stored" in wizard.preview_step.problem.text()
    assert residents(database) == 0
    assert database.fetch(list_batches) == []


def shown_at(qtbot: QtBot, wizard: ImportWizard) -> MapImportDialog:
    """Return the dialog that shows a boundary file as soon as it is there."""
    qtbot.waitUntil(lambda: wizard.boundaries is not None)
    assert wizard.boundaries is not None and wizard.is_busy
    return wizard.boundaries


def looked_at(qtbot: QtBot, wizard: ImportWizard, path: Path) -> MapImportDialog:
    """Take a boundary file; return the dialog that shows it once it was read."""
    wizard.take_file(str(path))
    dialog = shown_at(qtbot, wizard)
    qtbot.waitUntil(lambda: dialog.report is not None)
    return dialog


def test_boundaries_are_imported_as_from_the_map_and_taken_back(
    qtbot: QtBot, wizard: ImportWizard, database: Database
) -> None:
    dialog = looked_at(qtbot, wizard, paths.shipped_data("sample_grids.geojson"))
    assert dialog.report is not None and len(dialog.report.grids) == 12
    dialog.cancel_button.click()
    assert wizard.step is wizard.file_step and wizard.boundaries is None and wizard.next_button.isEnabled()
    wizard.next()
    dialog = shown_at(qtbot, wizard)
    qtbot.waitUntil(dialog.import_button.isEnabled)
    dialog.import_button.click()
    qtbot.waitUntil(lambda: wizard.step is wizard.done_step)
    assert wizard.boundaries is None and not wizard.done_step.waiting_button.isVisible()
    assert len([grid for grid in database.fetch(list_grids, TODAY) if grid.boundary]) == 12
    wizard.done_step.undo_button.click()
    qtbot.waitUntil(lambda: not wizard.is_busy)
    assert [grid for grid in database.fetch(list_grids, TODAY) if grid.boundary] == []


def test_outlines_without_codes_are_taken_in_with_a_community_and_a_column(
    qtbot: QtBot, wizard: ImportWizard, database: Database, tmp_path: Path
) -> None:
    text = paths.shipped_data("sample_grids.geojson").read_text("utf-8")
    document = json.loads(text)
    for number, feature in enumerate(document["features"]):
        feature["properties"] = {"WGMC": f"新{number:02}网格"}
    path = tmp_path / "offices.json"
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    dialog = looked_at(qtbot, wizard, path)
    assert not dialog.import_button.isEnabled()
    assert dialog.naming.column_box.currentText() == "WGMC"
    box = dialog.naming.place_box
    qtbot.waitUntil(lambda: box.findData("990101001001") >= 0)
    box.setCurrentIndex(box.findData("990101001001"))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(dialog.import_button.isEnabled)
    dialog.import_button.click()
    qtbot.waitUntil(lambda: wizard.step is wizard.done_step)
    drawn = [grid for grid in database.fetch(list_grids, TODAY, "990101001001") if grid.boundary]
    assert {grid.name for grid in drawn} == {f"新{number:02}网格" for number in range(12)}


def test_a_boundary_file_that_is_none_is_said_and_another_can_be_chosen(
    qtbot: QtBot, wizard: ImportWizard, context: AppContext, tmp_path: Path
) -> None:
    path = tmp_path / "b.geojson"
    path.write_text("{}")
    with qtbot.waitSignal(context.error_raised):
        wizard.take_file(str(path))
    dialog = shown_at(qtbot, wizard)
    assert dialog.error.isVisible() and not dialog.import_button.isEnabled()
    dialog.cancel_button.click()
    assert wizard.step is wizard.file_step and wizard.boundaries is None


def test_a_facts_file_goes_in_whole(
    qtbot: QtBot, wizard: ImportWizard, database: Database, tmp_path: Path, ledger: Path
) -> None:
    path = tmp_path / "facts.json"
    export_facts(database, path)
    document = json.loads(path.read_text("utf-8"))
    document["persons"] = [{"id": "p1", "name": "王秀英", "sex": "F", "birth": "1950-01-01", "id_number": None,
                            "died": None}]
    document["residencies"] = [{"person": "p1", "grid": GRID, "start": "2020-01-01", "end": None}]
    path.write_text(json.dumps(document), "utf-8")
    take(qtbot, wizard, path)
    assert wizard.step is wizard.facts_step
    press_next(qtbot, wizard)
    assert wizard.step is wizard.done_step
    assert residents(database) == 1
    document["visits"] = [{"id": "v1", "person": "nobody", "date": "2026-13-01"}]
    path.write_text(json.dumps(document), "utf-8")
    take(qtbot, wizard, path)
    press_next(qtbot, wizard)
    assert wizard.step is wizard.facts_step
    assert wizard.facts_step.problem.isVisible()
    assert residents(database) == 1


@pytest.mark.parametrize("name", ["sample_residents.xlsx", "sample_elders.xlsx", "sample_visits.csv"])
def test_the_shipped_ledgers_are_read(qtbot: QtBot, wizard: ImportWizard, name: str) -> None:
    take(qtbot, wizard, paths.shipped_data(name))
    assert wizard.step is wizard.columns_step
    assert wizard.columns_step.is_complete
    kinds = {mapping.kind for mapping in wizard.columns_step.mappings.values()}
    assert kinds == {name.removeprefix("sample_").partition(".")[0]}


def test_kinds_of_files_are_told_by_their_content(tmp_path: Path, ledger: Path) -> None:
    geojson = tmp_path / "borders.json"
    shutil.copy(paths.shipped_data("sample_grids.geojson"), geojson)
    facts = tmp_path / "facts.txt"
    facts.write_text('{"schema": "gridapp-facts/1", "persons": []}', "utf-8")
    assert [detect_file(path) for path in (geojson, facts, ledger)] == [BOUNDARIES, FACTS, LEDGER]
    assert detect_file(tmp_path / "not there") == LEDGER


def test_a_value_is_put_right_by_keys_and_checked_again(
    qtbot: QtBot, wizard: ImportWizard, database: Database, ledger: Path
) -> None:
    take(qtbot, wizard, ledger)
    press_next(qtbot, wizard)
    step = wizard.preview_step
    step.choose_group(0)
    step.rows.select_row(0)
    assert step.fix.key == "2" and step.fix.edit.text().startswith("990101")
    step.rows.view.setFocus()
    qtbot.keyClick(step.rows.view, Qt.Key.Key_Return)
    qtbot.waitUntil(step.fix.edit.hasFocus)
    step.fix.edit.setText(id_number(4))
    qtbot.keyClick(step.fix.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not wizard.is_busy)
    assert wizard.step is step, "Enter in the field does not press the default button"
    assert (step.review.good, step.review.waiting) == (11, 2)
    assert [row.checked.row for row in step.rows.model.rows] == [10]
    assert wizard.next_button.accessibleName() == wizard.next_button.text()
    press_next(qtbot, wizard)
    assert residents(database) == 11


def test_the_same_wrong_value_is_put_right_everywhere(
    qtbot: QtBot, wizard: ImportWizard, database: Database, tmp_path: Path
) -> None:
    rows = [good_row(number) for number in range(1, 5)]
    for row in rows[:3]:
        row[5] = "第九十九网格"
    path = tmp_path / "名册.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        csv.writer(stream).writerows([HEADINGS, *rows])
    take(qtbot, wizard, path)
    press_next(qtbot, wizard)
    step = wizard.preview_step
    assert (step.review.good, step.review.waiting) == (1, 3)
    step.choose_group(0)
    step.rows.select_row(1)
    assert "3" in step.fix.everywhere_button.text()
    step.fix.edit.setText("北网格")
    qtbot.mouseClick(step.fix.everywhere_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not wizard.is_busy)
    assert (step.review.good, step.review.waiting) == (4, 0)
    press_next(qtbot, wizard)
    assert residents(database) == 4


def test_the_check_tells_new_from_known_and_shows_conflicts(
    qtbot: QtBot, wizard: ImportWizard, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "名册.csv"
    head = ["姓名", "身份证号", "联系电话", "所属网格"]
    first = [["钱一", id_number(1), "19900000001", "北网格"], ["钱二", id_number(2), "", "北网格"]]
    second = [first[0], ["钱二", id_number(2), "19900000002", "北网格"], ["钱三", id_number(3), "", "北网格"],
              ["赵一", id_number(1), "", "北网格"]]  # fmt: skip
    for rows in (first, second):
        with path.open("w", newline="", encoding="utf-8-sig") as stream:
            csv.writer(stream).writerows([head, *rows])
        take(qtbot, wizard, path)
        press_next(qtbot, wizard)
        if rows is first:
            press_next(qtbot, wizard)
    review = wizard.preview_step.review
    assert [row.outcome for row in review.rows] == ["unchanged", "changed", "added", ""]
    assert review.outcomes == {"unchanged": 1, "changed": 1, "added": 1}
    assert residents(database) == 2, "looking changes nothing"


def test_the_user_says_who_a_row_is_that_nearly_fits(
    qtbot: QtBot, wizard: ImportWizard, context: AppContext, window: QWidget, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "名册.csv"
    head = ["姓名", "出生日期", "联系电话", "所属网格"]
    for row in (["钱秀英", "1940-03-05", "", "北网格"], ["钱秀瑛", "1940-03-05", "19900000002", "北网格"]):
        with path.open("w", newline="", encoding="utf-8-sig") as stream:
            csv.writer(stream).writerows([head, row])
        take(qtbot, wizard, path)
        press_next(qtbot, wizard)
        press_next(qtbot, wizard)
    batch = database.fetch(list_batches)[0]
    waiting = WaitingRows(context, batch, window)
    waiting.open()
    qtbot.waitUntil(lambda: len(waiting.rows) == 1)
    assert waiting.same_button.isVisible() and "钱秀英" in waiting.fix.message_label.text()
    qtbot.mouseClick(waiting.same_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not waiting.rows)
    assert not waiting.same_button.isVisible()
    (person,) = database.fetch(list_residents, ResidentFilter(), TODAY)
    assert (person.name, person.phone) == ("钱秀英", "19900000002")
    waiting.reject()


def test_a_row_that_a_colleague_put_right_meanwhile_is_shown_not_overwritten(
    qtbot: QtBot, context: AppContext, window: QWidget, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "名册.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        csv.writer(stream).writerows([["姓名", "身份证号", "所属网格"], ["钱秀英", "9.9E+17", "没有的网格"]])
    import_ledger(database, check_file(database, path, "residents"), "他")
    batch = database.fetch(list_batches)[0]
    waiting = WaitingRows(context, batch, window)
    waiting.open()
    qtbot.waitUntil(lambda: len(waiting.rows) == 1)
    number = waiting.rows[0].number
    mend_rows(database, batch.id, {number: {"C": "北网格"}}, "他")
    waiting.mend({number: {"C": "南网格"}})
    qtbot.waitUntil(lambda: waiting.problem.isVisible() and waiting.rows[0].raw["C"] == "北网格")
    assert "meanwhile" in waiting.problem.text()
    waiting.mend({number: {"C": "南网格"}})
    qtbot.waitUntil(lambda: waiting.rows[0].raw["C"] == "南网格")
    waiting.reject()


def test_cells_copied_in_a_spreadsheet_are_a_ledger(qtbot: QtBot, wizard: ImportWizard, database: Database) -> None:
    rows = [HEADINGS, good_row(1), [*good_row(2)[:2], "9.90101E+17", *good_row(2)[3:]]]
    QGuiApplication.clipboard().setText("\r\n".join("\t".join(row) for row in rows) + "\r\n")
    qtbot.keyClick(wizard.file_step, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not wizard.is_busy)
    assert wizard.step is wizard.columns_step
    press_next(qtbot, wizard)
    review = wizard.preview_step.review
    assert (review.good, review.waiting) == (1, 1)
    press_next(qtbot, wizard)
    assert residents(database) == 1
    people = database.fetch(list_residents, ResidentFilter(), TODAY)
    assert people[0].id_number == id_number(1)


@pytest.mark.parametrize(("text", "words"), [("", "no table"), ("今天很好", "no table"), ("1\t2\n3\t4", "headings")])
def test_what_cannot_be_pasted_is_told(qtbot: QtBot, wizard: ImportWizard, text: str, words: str) -> None:
    QGuiApplication.clipboard().setText(text)
    qtbot.mouseClick(wizard.file_step.paste_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not wizard.is_busy)
    assert wizard.step is wizard.file_step and words in wizard.file_step.problem.text()
