"""Residents: finding people, their card, and every small form, on a real database."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gridapp import clock, i18n
from gridapp.db.database import Database
from gridapp.db.queries.residents import get_card
from gridapp.domain.identity import check_digit
from gridapp.ledgers.workbook import read_workbook
from gridapp.services.residents import approve_absence, edit_resident
from tests import scenes
from tests.ui.visiting import CONTROL, focus_on, quiet, show
from ui import theme
from ui.context import AppContext
from ui.dialogs.resident_dates import (
    AbsenceForm,
    ContactForm,
    DeathForm,
    EndForm,
    EnrolmentForm,
    MoveForm,
    TierForm,
)
from ui.dialogs.resident_details import ResidentDetailsForm, person_of
from ui.dialogs.resident_record import ResidentRecord
from ui.pages import residents_card
from ui.pages.residents import PAGE_SIZE, ResidentsPage

TODAY = dt.date(2026, 11, 22)
NORTH, SOUTH = "990101001001001", "990101001001002"
CROWD = 230


def id_number(birth: str, order: str) -> str:
    first = "990101" + birth.replace("-", "") + order
    return first + check_digit(first)


def person(key: str, name: str, sex: str, birth: str, order: str = "", **more: Any) -> dict[str, Any]:
    number = id_number(birth, order) if order else None
    return {"id": key, "name": name, "sex": sex, "birth": birth, "id_number": number, "died": None, **more}


def lives(key: str, grid: str, household: str | None = None, address: str | None = None) -> dict[str, Any]:
    found = {"person": key, "grid": grid, "start": "2020-01-01", "end": None}
    return found | ({"household": household} if household else {}) | ({"address": address} if address else {})


def facts() -> dict[str, Any]:
    crowd = [person(f"c{number:03}", f"众{number:03}", "M", "1980-01-01") for number in range(CROWD)]
    return {
        "schema": "gridapp-facts/1",
        "communities": [{"code": "990101001001", "name": "幸福里社区"}],
        "grids": [
            {"code": NORTH, "name": "北网格", "valid_from": "2020-01-01", "valid_to": None},
            {"code": SOUTH, "name": "南网格", "valid_from": "2020-01-01", "valid_to": None},
        ],
        "workers": [
            {"id": "w1", "name": "孙丽", "grid": NORTH, "role": "full_time", "start": "2020-01-01", "end": None}
        ],
        "buildings": [{"id": "b1", "name": "8号楼", "community": "990101001001"}],
        "households": [{"id": "h1", "building": "b1", "unit": "2单元", "room": "302室"}],
        "persons": [
            person("p1", "王秀英", "F", "1940-03-01", "002", phone="19900001234", ethnicity="汉族",
                   register_address="云川市东岭村40号", register_status="registered_elsewhere"),
            person("p2", "曾国强", "M", "1938-05-01", "003", phone="19900005678"),
            person("p3", "买买提·艾力", "M", "1950-01-01", "005"),
            *crowd,
        ],
        "residencies": [lives("p1", NORTH, "h1"), lives("p2", NORTH, "h1"), lives("p3", SOUTH, address="南街6号")]
        + [lives(one["id"], SOUTH, address="南街1号") for one in crowd],
        "enrolments": [{"id": "e1", "person": "p1", "category": "living_alone", "start": "2025-01-01", "end": None}],
        "contacts": [{"person": "p1", "name": "王芳", "relation": "女儿", "phone": "19900009999"}],
        "visits": [{"id": "v1", "person": "p1", "date": "2026-10-05", "mode": "onsite", "outcome": "met",
                    "worker": "w1", "voided": False, "note": "血压平稳"}],
    }  # fmt: skip


@pytest.fixture
def page(qtbot: QtBot, database: Database, context: AppContext) -> ResidentsPage:
    i18n.set_language("en")
    clock.set_today(TODAY)
    scenes.put(database, facts(), "importer")
    page = ResidentsPage(context)
    qtbot.addWidget(page)
    show(qtbot, page)
    return page


def names(page: ResidentsPage) -> list[str]:
    return [row.name for row in page.table.model.rows]


def search(qtbot: QtBot, page: ResidentsPage, text: str, expected: list[str]) -> None:
    page.filters.search_box.setText(text)
    qtbot.waitUntil(lambda: names(page) == expected and not page.is_loading)


def choose(qtbot: QtBot, page: ResidentsPage, key: str) -> None:
    page.open_with({"person": key})
    qtbot.waitUntil(lambda: page.card.card is not None and page.card.card.person.id == key)
    quiet(qtbot, page)


def start(page: ResidentsPage, key: str) -> None:
    page.card.menu_actions[key].trigger()


def saved(qtbot: QtBot, page: ResidentsPage) -> None:
    with qtbot.waitSignal(page.context.data_changed):
        qtbot.mouseClick(page.actions_.form.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.actions_.form is None and not page.is_loading)


def card_of(database: Database, key: str) -> Any:
    return database.fetch(get_card, key, TODAY)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("王秀英", ["王秀英"]),
        ("秀", ["王秀英"]),
        ("wxy", ["王秀英"]),
        ("zengguo", ["曾国强"]),
        ("5678", ["曾国强"]),
        (id_number("1950-01-01", "005")[-4:], ["买买提·艾力"]),
        ("2单元 302", ["王秀英", "曾国强"]),
        ("没有这个人", []),
    ],
)
def test_people_are_found_while_typing(qtbot: QtBot, page: ResidentsPage, text: str, found: list[str]) -> None:
    page.filters.search_box.setText(text)
    qtbot.waitUntil(lambda: sorted(names(page)) == sorted(found) and not page.is_loading)
    assert page.filters.chips._buttons["all"].text().endswith(f"  {len(found)}")


def test_the_name_that_begins_with_the_text_comes_first(qtbot: QtBot, page: ResidentsPage) -> None:
    search(qtbot, page, "众11", [f"众{number:03}" for number in range(110, 120)])


def test_the_window_search_fills_the_page_box_and_enter_moves_to_the_list(qtbot: QtBot, page: ResidentsPage) -> None:
    page.open_with({"search": "wxy", "open": True})
    qtbot.waitUntil(lambda: names(page) == ["王秀英"])
    assert page.filters.search_box.text() == "wxy"
    qtbot.waitUntil(lambda: QApplication.focusWidget() is page.table.view)
    page.open_with({"search": ""})
    qtbot.waitUntil(lambda: len(names(page)) == PAGE_SIZE)


def test_down_in_the_search_box_walks_the_list(qtbot: QtBot, page: ResidentsPage) -> None:
    search(qtbot, page, "2单元", ["曾国强", "王秀英"] if names(page)[0] == "曾国强" else names_of_household(page))
    focus_on(qtbot, page.filters.search_box)
    first = page.table.current_row().name
    qtbot.keyClick(page.filters.search_box, Qt.Key.Key_Down)
    assert page.table.current_row().name != first
    qtbot.waitUntil(lambda: page.card.card.person.name == page.table.current_row().name)


def names_of_household(page: ResidentsPage) -> list[str]:
    from gridapp.db.queries.residents import search_residents

    return [row.name for row in page.context.database.fetch(search_residents, "2单元", TODAY)]


def test_pages_follow_one_another_and_lose_nobody(qtbot: QtBot, page: ResidentsPage) -> None:
    assert len(names(page)) == PAGE_SIZE
    assert page.more_button.isVisible()
    first = page.table.model.rows[0].id
    qtbot.mouseClick(page.more_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(names(page)) == CROWD + 3)
    assert len({row.id for row in page.table.model.rows}) == CROWD + 3
    assert page.table.model.rows[0].id == first
    assert not page.more_button.isVisible()


def test_more_results_of_a_search_follow_too(qtbot: QtBot, page: ResidentsPage) -> None:
    page.filters.search_box.setText("南街1号")
    qtbot.waitUntil(lambda: len(names(page)) == PAGE_SIZE and page.more_button.isVisible() and not page.is_loading)
    qtbot.waitUntil(lambda: str(CROWD) in page.foot_label.text())
    qtbot.mouseClick(page.more_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(names(page)) == CROWD)


def test_chips_and_grid_narrow_the_list(qtbot: QtBot, page: ResidentsPage) -> None:
    chips = page.filters.chips
    assert chips._buttons["hardship"].text().endswith("  1")
    chips._buttons["hardship"].click()
    qtbot.waitUntil(lambda: names(page) == ["王秀英"] and not page.is_loading)
    chips._buttons["separated"].click()
    qtbot.waitUntil(lambda: names(page) == ["王秀英"] and not page.is_loading)
    chips._buttons["all"].click()
    box = page.filters.grid_box
    box.setCurrentIndex(box.findData(f"grid:{NORTH}"))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: sorted(names(page)) == ["曾国强", "王秀英"] and not page.is_loading)
    box = page.filters.category_box
    box.setCurrentIndex(box.findData("living_alone"))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: names(page) == ["王秀英"] and not page.is_loading)
    page._on_empty_action()
    qtbot.waitUntil(lambda: len(names(page)) == PAGE_SIZE)


def test_a_list_behind_a_figure_and_back(qtbot: QtBot, page: ResidentsPage) -> None:
    page.open_with({"people": ["p3", "p1", "gone"], "title": "Missed in March"})
    qtbot.waitUntil(lambda: names(page) == ["买买提·艾力", "王秀英"])
    assert page.header.title_label.text() == "Missed in March"
    assert not page.filters.isVisible()
    qtbot.mouseClick(page.back_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(names(page)) == PAGE_SIZE)
    assert page.header.title_label.text() == "Residents"


def test_the_card_says_everything(qtbot: QtBot, page: ResidentsPage) -> None:
    choose(qtbot, page, "p1")
    shown = texts(page)
    assert page.card.name_label.text() == "王秀英"
    assert page.card.categories_label.text() == "Living alone"
    assert "云川市东岭村40号" in shown
    assert any("registered elsewhere" in text for text in shown)
    assert any("曾国强" in text for text in shown)
    assert any(text.startswith("王芳 · 女儿") for text in shown)
    assert [row.day for row in page.card.visits.model.rows] == [dt.date(2026, 10, 5)]
    assert {row.subject for row in page.card.history.model.rows} == {"Home", "Category"}


def texts(page: ResidentsPage) -> list[str]:
    from PySide6.QtWidgets import QLabel, QPushButton

    overview = page.card.overview
    return [part.text() for part in [*overview.findChildren(QLabel), *overview.findChildren(QPushButton)]]


def test_numbers_are_masked_until_asked_for_and_again_afterwards(
    qtbot: QtBot, page: ResidentsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(qtbot, page, "p1")
    whole = " ".join(texts(page))
    assert "19900001234" not in whole and "19900009999" not in whole and "19400301" not in whole
    with qtbot.waitSignal(page.card.revealed):
        qtbot.mouseClick(page.card.reveal_button, Qt.MouseButton.LeftButton)
    whole = " ".join(texts(page))
    assert "19900001234" in whole and "19900009999" in whole and "19400301" in whole
    timer = page.card._hide_again
    assert timer.isActive() and timer.interval() == residents_card.REVEALED_MS == 10_000
    timer.timeout.emit()  # its time is over
    assert page.card.reveal_button.text() == "Show numbers" and not timer.isActive()
    assert "19900001234" not in " ".join(texts(page))


def test_another_person_is_masked_from_the_start(qtbot: QtBot, page: ResidentsPage) -> None:
    choose(qtbot, page, "p1")
    page.card.reveal()
    choose(qtbot, page, "p2")
    assert page.card.reveal_button.text() == "Show numbers"
    assert "19900005678" not in " ".join(texts(page))


def test_a_member_of_the_household_is_one_click_away(qtbot: QtBot, page: ResidentsPage) -> None:
    from PySide6.QtWidgets import QPushButton

    choose(qtbot, page, "p1")
    button = next(one for one in page.card.overview.findChildren(QPushButton) if "曾国强" in one.text())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.card.card.person.id == "p2")


def test_a_new_resident_whose_id_number_tells_birth_and_sex(
    qtbot: QtBot, page: ResidentsPage, database: Database
) -> None:
    qtbot.mouseClick(page.new_button, Qt.MouseButton.LeftButton)
    form = page.actions_.form
    assert isinstance(form, ResidentDetailsForm)
    form.save()
    assert form.problem.text() == "▲ A name is needed."
    form.name_edit.setText("韩梅")
    qtbot.keyClicks(form.id_edit, "99010119600101002X")
    assert form.problem.isVisible(), "a wrong check digit is told as soon as the number is complete"
    form.id_edit.setText(id_number("1960-01-01", "002"))
    assert not form.problem.isVisible()
    assert form.birth_edit.text() == "1960-01-01"
    assert form.sex_box.currentData() == "F"
    form.save()
    assert "grid" in form.problem.text()
    form.grid_box.setCurrentIndex(form.grid_box.findData(SOUTH))
    form.address_edit.setText("南街9号")
    with qtbot.waitSignal(page.context.data_changed) as told:
        qtbot.keyClick(form.name_edit, Qt.Key.Key_Return, CONTROL)
    added = card_of(database, told.args[0].result)
    assert (added.person.name, added.person.grid_code, added.person.address) == ("韩梅", SOUTH, "南街9号")
    qtbot.waitUntil(lambda: page.actions_.form is None)


def test_a_number_of_somebody_else_is_refused_beside_the_field(
    qtbot: QtBot, page: ResidentsPage, database: Database
) -> None:
    choose(qtbot, page, "p2")
    qtbot.mouseClick(page.card.edit_button, Qt.MouseButton.LeftButton)
    form = page.actions_.form
    form.sex_box.setCurrentIndex(form.sex_box.findData("U"))
    form.id_edit.setText(id_number("1940-03-01", "002"))
    form.save()
    qtbot.waitUntil(lambda: "王秀英" in form.problem.text())
    assert form.id_edit.property("invalid") is True
    assert form.save_button.isEnabled()
    form.reject()
    assert card_of(database, "p2").person.id_number == id_number("1938-05-01", "003")


def test_move_category_tier_and_contact(qtbot: QtBot, page: ResidentsPage, database: Database) -> None:
    choose(qtbot, page, "p2")
    start(page, "move")
    form = page.actions_.form
    assert isinstance(form, MoveForm)
    form.save()
    assert form.problem.isVisible()
    form.grid_box.setCurrentIndex(form.grid_box.findData(SOUTH))
    form.address_edit.setText("南街2号")
    saved(qtbot, page)
    start(page, "enrol")
    form = page.actions_.form
    assert isinstance(form, EnrolmentForm)
    form.category_box.setCurrentIndex(form.category_box.findData("empty_nest"))
    saved(qtbot, page)
    start(page, "tier")
    form = page.actions_.form
    assert isinstance(form, TierForm)
    form.save()
    assert "why" in form.problem.text()
    form.tier_box.setCurrentIndex(form.tier_box.findData("A"))
    form.reason_edit.setText("刚出院")
    saved(qtbot, page)
    start(page, "contact")
    form = page.actions_.form
    assert isinstance(form, ContactForm)
    form.name_edit.setText("曾强")
    form.phone_edit.setText("19900001111")
    saved(qtbot, page)
    card = card_of(database, "p2")
    assert (card.person.grid_code, card.person.address, card.person.tier) == (SOUTH, "南街2号", "A")
    assert card.person.categories == ("empty_nest",)
    assert [contact.name for contact in card.contacts] == ["曾强"]


def test_ending_a_category(qtbot: QtBot, page: ResidentsPage, database: Database) -> None:
    choose(qtbot, page, "p1")
    page.card.action_requested.emit("end", page.card.card.enrolments[0])
    assert isinstance(page.actions_.form, EndForm)
    saved(qtbot, page)
    assert card_of(database, "p1").person.categories == ()
    qtbot.waitUntil(lambda: not page.card.categories_label.isVisible())


def test_an_absence_waits_for_a_colleague(qtbot: QtBot, page: ResidentsPage, database: Database) -> None:
    choose(qtbot, page, "p1")
    start(page, "absence")
    assert isinstance(page.actions_.form, AbsenceForm)
    saved(qtbot, page)
    row = card_of(database, "p1").absences[0]
    assert (row.approved, row.end) == (False, None)
    with qtbot.waitSignal(page.context.error_raised) as refused:
        page.card.action_requested.emit("approve", row)
    assert "colleague" in str(refused.args[0])
    with qtbot.waitSignal(page.context.data_changed):
        page.context.change(approve_absence, row.id, "colleague")
    qtbot.waitUntil(lambda: any("approved" in text for text in texts(page)))


def test_a_death_and_its_undo(qtbot: QtBot, page: ResidentsPage, database: Database) -> None:
    choose(qtbot, page, "p3")
    start(page, "death")
    assert isinstance(page.actions_.form, DeathForm)
    saved(qtbot, page)
    qtbot.waitUntil(lambda: "2026-11-22" in page.card.state_label.text())
    assert not page.card.visit_button.isEnabled()
    with qtbot.waitSignal(page.context.undone):
        page.context.undo()
    qtbot.waitUntil(lambda: page.card.visit_button.isEnabled())
    assert card_of(database, "p3").person.died is None


def test_a_visit_is_logged_on_the_page_for_it(qtbot: QtBot, page: ResidentsPage) -> None:
    choose(qtbot, page, "p1")
    with qtbot.waitSignal(page.navigate_requested) as asked:
        qtbot.mouseClick(page.card.visit_button, Qt.MouseButton.LeftButton)
    assert asked.args == ["today", {"new": True, "person": "p1"}]
    with qtbot.waitSignal(page.navigate_requested) as asked:
        page.new_item()
    assert asked.args[1]["person"] == "p1"


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
def test_the_whole_list_is_exported_masked(
    qtbot: QtBot, page: ResidentsPage, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"list{ending}"
    with qtbot.waitSignal(page.notice_raised):
        page.export_to(str(path))
    rows = [row.cells for row in read_workbook(path).sheets[0].rows]
    assert len(rows) >= CROWD + 4
    assert not any("19900001234" in str(cell) for row in rows for cell in row)
    assert any("王秀英" in row for row in rows)


def test_copied_rows_are_masked_too(qtbot: QtBot, page: ResidentsPage) -> None:
    search(qtbot, page, "王秀英", ["王秀英"])
    focus_on(qtbot, page.table.view)
    qtbot.keyClick(page.table.view, Qt.Key.Key_C, CONTROL)
    text = QApplication.clipboard().text()
    assert "王秀英" in text and "19900001234" not in text


def test_an_empty_database_points_to_the_import(qtbot: QtBot, context: AppContext) -> None:
    i18n.set_language("en")
    page = ResidentsPage(context)
    qtbot.addWidget(page)
    show(qtbot, page)
    assert page.table.empty.isVisible()
    with qtbot.waitSignal(page.navigate_requested) as asked:
        page.table.empty.action_button.click()
    assert asked.args == ["data", {"import": True}]


def test_large_text_keeps_list_and_card_usable(qtbot: QtBot, page: ResidentsPage) -> None:
    theme.current().choose(scale=150, remember=False)
    page.resize(1100, 520)
    choose(qtbot, page, "p1")
    assert page.table.view.width() >= 300
    assert page.card.width() >= 300
    assert "Name" in [page.table.model.columns[number].title for number in page.table.visible_columns()]


def test_two_who_correct_the_same_person_choose_between_both_values(
    qtbot: QtBot, page: ResidentsPage, database: Database
) -> None:
    choose(qtbot, page, "p1")
    qtbot.mouseClick(page.card.edit_button, Qt.MouseButton.LeftButton)
    form = page.actions_.form
    form.name_edit.setText("王秀瑛")
    form.note_edit.setText("我写的")
    theirs = replace(person_of(card_of(database, "p1")), name="王秀颖", phone="19900009999")
    edit_resident(database, "p1", theirs, "小例")
    qtbot.mouseClick(form.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.actions_.conflict is not None)
    dialog = page.actions_.conflict
    assert set(dialog.choices) == {"name"} and not dialog.save_button.isEnabled()
    mine, other = dialog.choices["name"]
    assert (mine.text(), other.text()) == ("王秀瑛", "王秀颖")
    dialog.cancel_button.click()
    assert page.actions_.conflict is None and "Someone else" in form.problem.text()
    assert form.note_edit.text() == "我写的", "nothing typed is lost"
    qtbot.mouseClick(form.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.actions_.conflict is not None)
    dialog = page.actions_.conflict
    dialog.choices["name"][0].click()
    with qtbot.waitSignal(page.context.data_changed):
        dialog.save_button.click()
    qtbot.waitUntil(lambda: page.actions_.form is None and not page.is_loading)
    card = card_of(database, "p1")
    assert (card.person.name, card.person.phone, card.note) == ("王秀瑛", "19900009999", "我写的")


def test_two_who_change_different_fields_are_not_asked(qtbot: QtBot, page: ResidentsPage, database: Database) -> None:
    choose(qtbot, page, "p2")
    qtbot.mouseClick(page.card.edit_button, Qt.MouseButton.LeftButton)
    page.actions_.form.note_edit.setText("我写的")
    edit_resident(database, "p2", replace(person_of(card_of(database, "p2")), phone="19900007777"), "小例")
    saved(qtbot, page)
    card = card_of(database, "p2")
    assert (card.person.phone, card.note) == ("19900007777", "我写的")


def test_who_looked_or_changed_is_on_the_card(qtbot: QtBot, page: ResidentsPage, database: Database) -> None:
    edit_resident(database, "p1", replace(person_of(card_of(database, "p1")), phone="19900008888"), "小例")
    choose(qtbot, page, "p1")
    start(page, "record")
    [dialog] = page.findChildren(ResidentRecord)
    qtbot.waitUntil(lambda: len(dialog.table.model.rows) == 2)
    assert [row.actor for row in dialog.table.model.rows][0] == "小例"
    dialog.close_button.click()
