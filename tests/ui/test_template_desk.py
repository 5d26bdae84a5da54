"""Templates changed by keyboard with the page beside them, and the list of printed sheets, on a real database."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from gridapp import i18n
from gridapp.db.queries.sheets import list_sheets, missing_rows
from gridapp.db.queries.values import Scope
from gridapp.domain.period import Month
from gridapp.reports.paper_template import BUILT_IN
from gridapp.reports.template_sections import addable
from gridapp.services import papers, returns, templates
from tests.ui.area import TODAY, WEST, settle, shown
from ui import messages, theme
from ui.context import AppContext
from ui.dialogs.template_desk import TemplateDesk
from ui.pages.reports import ReportsPage


@pytest.fixture
def page(qtbot: QtBot, context: AppContext) -> ReportsPage:
    settle(context.database)
    page = ReportsPage(context)
    shown(qtbot, page)
    return page


@pytest.fixture
def desk(qtbot: QtBot, page: ReportsPage) -> TemplateDesk:
    """The templates, with a copy of the roster in front."""
    page.templates_button.click()
    desk = page.templates_dialog
    qtbot.waitUntil(lambda: desk.draft is not None)
    assert not desk.columns.isEnabled() and not desk.remove_button.isEnabled()
    desk.copy_button.click()
    qtbot.waitUntil(lambda: desk.draft is not None and desk._key not in BUILT_IN)
    return desk


def drawn(qtbot: QtBot, desk: TemplateDesk) -> None:
    qtbot.waitUntil(lambda: desk.page.is_drawn)


def stored(page: ReportsPage, key: str) -> list[str]:
    found = page.context.database.fetch(templates.find_template, key)
    return [column.field for column in found.blocks[0].columns]


def test_columns_are_changed_by_keyboard_and_the_page_follows(
    qtbot: QtBot, page: ReportsPage, desk: TemplateDesk
) -> None:
    drawn(qtbot, desk)
    first, columns = desk.page.sample, desk.columns
    before = [item.field for item in desk.draft.items(columns.part)]
    columns.table.select_row(3)
    columns.table.view.setFocus()
    qtbot.keyClick(desk, Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
    columns.table.select_row(1)
    qtbot.keyClick(desk, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert columns.place == 2
    columns.title_edit.selectAll()
    qtbot.keyClicks(columns.title_edit, "Elder")
    columns.size_edit.selectAll()
    qtbot.keyClicks(columns.size_edit, "31.5")
    qtbot.keyClick(columns.size_edit, Qt.Key.Key_Up)
    wanted = [*before[:3], *before[4:]]
    wanted[1], wanted[2] = wanted[2], wanted[1]
    item = desk.draft.items(columns.part)[2]
    assert (item.title, item.field, item.size_mm) == ("Elder", before[1], 32.5)
    qtbot.waitUntil(lambda: desk.page.sample != first)
    drawn(qtbot, desk)
    key = desk._key
    with qtbot.waitSignal(page.context.data_changed):
        qtbot.keyClick(desk, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert stored(page, key) == wanted
    qtbot.waitUntil(lambda: desk.draft is not None and not desk.draft.is_changed)
    with qtbot.waitSignal(page.context.data_changed):
        desk.undo()
    assert stored(page, key) == before
    desk.reject()


def test_steps_are_taken_back_one_by_one(qtbot: QtBot, desk: TemplateDesk) -> None:
    columns = desk.columns
    before = desk.draft.items(columns.part)
    desk.columns.add_button.click()
    desk.columns.remove_button.click()
    desk.columns.down_button.click()
    assert desk.draft.is_changed
    for _step in range(3):
        qtbot.keyClick(desk, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.draft.items(columns.part) == before and not desk.draft.is_changed
    desk.reject()


def test_what_cannot_be_stored_is_said_and_not_stored(qtbot: QtBot, desk: TemplateDesk, monkeypatch) -> None:
    columns, form = desk.columns, desk.form
    columns.size_edit.selectAll()
    qtbot.keyClicks(columns.size_edit, "150")
    assert "mm wide together" in desk.problem.text() and not desk.save_button.isEnabled()
    assert "▲" in columns.room_label.text()
    desk.undo()
    assert desk.problem.text() == ""
    for edit, text, said in (
        (form.title_edit, "{nobody}", "in braces"), (form.title_edit, "", "name and a title"),
        (form.name_edit, "Roster of visits", "already"), (form.title_edit, "{month", "in braces"),
    ):  # fmt: skip
        edit.selectAll()
        qtbot.keyClick(edit, Qt.Key.Key_Delete)
        qtbot.keyClicks(edit, text)
        assert said in desk.problem.text()
        assert not desk.save_button.isEnabled()
        desk.undo()
    while columns.part is not None and desk.draft.items(columns.part):
        columns.remove_button.click()
    assert "1 to 20 columns" in desk.problem.text()
    asked = []
    monkeypatch.setattr(messages, "confirm", lambda *words: asked.append(words) or len(asked) > 1)
    desk.list.select_row(0)
    assert desk._key not in BUILT_IN, "unsaved changes stay until one says otherwise"
    desk.reject()
    assert len(asked) == 2


def test_paper_masking_watermark_and_signatures(qtbot: QtBot, page: ReportsPage, desk: TemplateDesk) -> None:
    form, key = desk.form, desk._key
    desk.show_place("paper")
    form.mark_box.click()
    form.masking_combo.setCurrentIndex(form.masking_combo.findData("names"))
    form.masking_combo.activated.emit(0)
    form.size_combo.setCurrentIndex(form.size_combo.findData("A3"))
    form.size_combo.activated.emit(0)
    form.mark_box.click()
    form.mark_edit.selectAll()
    qtbot.keyClicks(form.mark_edit, "Internal ")
    form.mark_edit.setFocus()
    form.words.button.menu().actions()[9].trigger()
    form.hint_edit.selectAll()
    qtbot.keyClicks(form.hint_edit, "For the board")
    form.sign_edit.setPlainText("Director:\nDate:")
    form.title_edit.setText("")
    form.title_edit.setFocus()
    form.words.button.menu().actions()[0].trigger()
    assert desk.problem.text() == ""
    with qtbot.waitSignal(page.context.data_changed):
        desk.save()
    found = page.context.database.fetch(templates.find_template, key)
    assert (found.watermark, found.hint) == ("Internal {time}", "For the board")
    assert (found.masking, found.size) == ("names", "A3")
    assert (found.sign_off, found.title) == (("Director:", "Date:"), "{area}")
    desk.reject()


def test_words_in_braces_are_chinese_in_a_chinese_window(
    qtbot: QtBot, page: ReportsPage, desk: TemplateDesk
) -> None:
    key = desk._key
    desk.reject()
    i18n.set_language("zh_CN")
    page.templates_button.click()
    again = page.templates_dialog
    qtbot.waitUntil(lambda: again.draft is not None)
    again.list.select_row(next(at for at, row in enumerate(again.list.model.rows) if row.key == key))
    qtbot.waitUntil(lambda: again._key == key)
    form = again.form
    again.show_place("paper")
    assert form.title_edit.text() == "{社区} {范围} visit roster, {月份}"
    form.title_edit.setFocus()
    form.title_edit.end(False)
    next(act for act in form.words.button.menu().actions() if "{人数}" in act.text()).trigger()
    qtbot.keyClicks(form.title_edit, "{year}")
    assert again.problem.text() == "" and form.title_edit.text().endswith("{人数}{year}")
    with qtbot.waitSignal(page.context.data_changed):
        again.save()
    found = page.context.database.fetch(templates.find_template, key)
    assert found.title == "{area} {scope} visit roster, {month}{people}{year}"
    again.reject()


def test_an_own_template_is_offered_printed_and_removed(qtbot: QtBot, page: ReportsPage, desk: TemplateDesk) -> None:
    key = desk._key
    qtbot.waitUntil(lambda: key in page.form.kind_buttons)
    desk.reject()
    page.form.kind_buttons[key].click()
    page.form.make_button.click()
    qtbot.waitUntil(lambda: page.paper is not None and page.view.is_drawn and page._making is None)
    assert "copy" in page.paper.order.file_name
    page.templates_button.click()
    again = page.templates_dialog
    qtbot.waitUntil(lambda: again.draft is not None and again._key == key)
    again.remove_button.click()
    qtbot.waitUntil(lambda: key not in page.form.kind_buttons)
    assert page.form.kind == "roster"
    qtbot.waitUntil(lambda: again._key in BUILT_IN)
    again.reject()


def test_forms_are_changed_too(qtbot: QtBot, desk: TemplateDesk) -> None:
    desk.list.select_row(list(BUILT_IN).index("visit_record"))
    qtbot.waitUntil(lambda: desk._key == "visit_record")
    desk.copy_button.click()
    qtbot.waitUntil(lambda: desk.draft is not None and desk._key not in BUILT_IN)
    columns = desk.columns
    count = len(desk.draft.items(columns.part))
    columns.table.select_row(1)
    columns.add_button.click()
    assert len(desk.draft.items(columns.part)) == count + 1
    columns.remove_button.click()
    columns.down_button.click()
    assert len(desk.draft.items(columns.part)) == count and desk.problem.text() == ""
    drawn(qtbot, desk)
    desk.undo(), desk.undo(), desk.undo()
    desk.reject()


def test_parts_are_added_changed_moved_and_removed(qtbot: QtBot, page: ReportsPage, desk: TemplateDesk) -> None:
    desk.show_place("blocks")
    blocks, key = desk.blocks, desk._key
    offered = {action.data(): action for action in blocks.add_menu.findChildren(QAction) if action.data()}
    assert offered.keys() == set(addable()) and len(blocks.add_menu.actions()) < 8  # the rest are in menus below
    offered["bars", "by_grid"].trigger()
    assert blocks.place == 1 and blocks.section.kind == "bars"
    blocks.source_combo.setCurrentIndex(blocks.source_combo.findData("by_category"))
    blocks.source_combo.activated.emit(0)
    blocks.heading_edit.selectAll()
    qtbot.keyClicks(blocks.heading_edit, "Rates")
    qtbot.keyClick(desk, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert blocks.place == 0
    offered["note", ""].trigger()
    blocks.note_edit.setFocus()
    blocks.note_edit.selectAll()
    qtbot.keyClicks(blocks.note_edit, "Met: ")
    words = {action.data(): action for action in blocks.words.button.menu().actions()}
    words["{visited}"].trigger()
    assert blocks.section.text == "Met: {visited}"
    offered["lines", ""].trigger()
    blocks.count_edit.selectAll()
    qtbot.keyClicks(blocks.count_edit, "7")
    offered["table", "given"].trigger()
    blocks.given_edit.setFocus()
    qtbot.keyClicks(blocks.given_edit, "one | two")
    offered["table", "visited"].trigger()
    qtbot.keyClick(desk, Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
    assert desk.problem.text() == ""
    drawn(qtbot, desk)
    assert [part.source for part in desk.draft.parts()] == ["given", "roster"], "the columns know the new table"
    assert desk.columns.part_combo.count() == 2
    with qtbot.waitSignal(page.context.data_changed):
        desk.save()
    found = page.context.database.fetch(templates.find_template, key)
    kinds = [(block.kind, block.source) for block in found.blocks]
    shown = [("bars", "by_category"), ("note", "Met: {visited}"), ("lines", "Remark"), ("table", "given")]
    assert kinds == [*shown, ("table", "roster")]
    assert found.blocks[0].heading == "Rates" and found.blocks[2].count == 7
    assert found.blocks[3].given == ({"text_1": "one", "text_2": "two"},)
    qtbot.waitUntil(lambda: desk.draft is not None and not desk.draft.is_changed)
    drawn(qtbot, desk)
    desk.reject()


def test_boxes_of_a_form_are_put_on_one_line(qtbot: QtBot, desk: TemplateDesk) -> None:
    desk.list.select_row(list(BUILT_IN).index("visit_record"))
    desk.copy_button.click()
    qtbot.waitUntil(lambda: desk.draft is not None and desk._key not in BUILT_IN and desk.columns.part.kind == "form")
    columns = desk.columns
    columns.table.select_row(4)
    assert columns.begins_box.isChecked() and columns.begins_box.isVisibleTo(desk)
    assert not columns.align_combo.isVisibleTo(desk) and not columns.strong_box.isVisibleTo(desk)
    columns.begins_box.click()
    columns.share_edit.selectAll()
    qtbot.keyClicks(columns.share_edit, "2.5")
    columns.label_edit.selectAll()
    qtbot.keyClicks(columns.label_edit, "30")
    first = desk.draft.definition["blocks"][0]["rows"][0]["cells"]
    assert [cell["field"] for cell in first] == ["name", "sex", "age", "tier", "id_number"]
    assert (first[4]["share"], first[4]["label_mm"]) == (2.5, 30)
    assert desk.problem.text() == ""
    drawn(qtbot, desk)
    for _step in range(3):
        desk.undo()
    desk.reject()


def printed(page: ReportsPage, folder: Path, scope: Scope = Scope()) -> int:
    database, target = page.context.database, folder / "r.pdf"
    return papers.write_paper(database, "visit_roster", Month.of(TODAY), TODAY, target, "tester", scope).sheet


def test_printed_sheets_are_listed_filtered_and_printed_again(page: ReportsPage, qtbot: QtBot, tmp_path: Path) -> None:
    first, second = printed(page, tmp_path, Scope(grid=WEST)), printed(page, tmp_path)
    database = page.context.database
    row = database.fetch(missing_rows, first, TODAY)[0]
    returns.return_row(database, returns.code_of(row), "met", TODAY, "tester")
    page.returns_button.click()
    desk = page.returns_dialog
    desk.show_place("sheets")
    sheets = desk.sheets
    qtbot.waitUntil(lambda: len(sheets.sheets) == 2)
    qtbot.waitUntil(sheets.key_button.isEnabled)
    sheets.chips.choose("partly")
    sheets.chips.chosen.emit("partly")
    assert [one.number for one in sheets.table.model.rows] == [first]
    qtbot.waitUntil(lambda: [one.row for one in sheets.rows.model.rows] == [2, 3])
    sheets.chips.choose("all")
    sheets.chips.chosen.emit("all")
    sheets.search.searched.emit(f"{second:06d}")
    assert [one.number for one in sheets.table.model.rows] == [second]
    qtbot.waitUntil(sheets.key_button.isEnabled)
    sheets.void_button.click()
    qtbot.waitUntil(lambda: sheets.sheets[0].state == "void")
    sheets.search.searched.emit(f"{first:06d}")
    qtbot.waitUntil(sheets.key_button.isEnabled)
    sheets.key_button.click()
    assert desk.row is not None and (desk.row.sheet, desk.row.row) == (first, 2)
    desk.show_place("sheets")
    sheets.reprint_button.click()
    qtbot.waitUntil(lambda: page.paper is not None and page._making is None)
    newest = database.fetch(list_sheets)[0]
    assert (newest.edition, newest.scope, newest.rows) == (2, Scope(grid=WEST), 3)


def test_a_template_changed_meanwhile_asks_whose_part_stays(
    qtbot: QtBot, page: ReportsPage, desk: TemplateDesk
) -> None:
    key, database = desk._key, page.context.database
    drawn(qtbot, desk)
    desk.form.title_edit.selectAll()
    qtbot.keyClicks(desk.form.title_edit, "Mine")
    theirs = database.fetch(templates.find_template, key).definition | {"title": "Theirs", "masking": "names"}
    templates.save_template(database, theirs, "colleague")
    desk.save_button.click()
    qtbot.waitUntil(lambda: desk.conflict is not None and desk.conflict.isVisible())
    assert set(desk.conflict.choices) == {"title"}
    assert [button.text() for button in desk.conflict.choices["title"]] == ["Mine", "Theirs"]
    desk.conflict.cancel_button.click()
    assert desk.save_button.isEnabled() and desk.draft.is_changed, "nothing typed is lost"
    desk.save_button.click()
    qtbot.waitUntil(lambda: desk.conflict is not None and desk.conflict.isVisible())
    desk.conflict.choices["title"][0].click()
    with qtbot.waitSignal(page.context.data_changed):
        desk.conflict.save_button.click()
    now = database.fetch(templates.find_template, key).definition
    assert (now["title"], now["masking"]) == ("Mine", "names")
    qtbot.waitUntil(lambda: desk.draft is not None and not desk.draft.is_changed)
    drawn(qtbot, desk)


def test_nothing_of_the_desk_is_cut_off_when_text_is_large(qtbot: QtBot, page: ReportsPage) -> None:
    theme.current().choose("light", 150, remember=False)
    page.resize(1366, 700)
    page.open_templates()
    desk = page.templates_dialog
    drawn(qtbot, desk)
    for place in ("blocks", "columns", "paper"):
        desk.show_place(place)
        area = desk.stack.currentWidget()
        assert isinstance(area, QScrollArea)
        qtbot.waitUntil(lambda area=area: area.isVisible() and area.horizontalScrollBar().maximum() == 0)
    desk.reject()
