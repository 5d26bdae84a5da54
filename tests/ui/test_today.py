"""Today: the list, its filters, and logging from it by keyboard."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gridapp import i18n
from gridapp.db.database import Database
from gridapp.db.queries.journal import load_draft
from gridapp.ledgers.workbook import read_workbook
from tests.ui.visiting import CONTROL, SHIFT, TODAY, focus_on, quiet, settle, show, stored, visits_to
from ui import messages, preferences, theme
from ui.context import AppContext
from ui.pages.today import TodayPage
from ui.widgets.visit_form_desk import draft_keys

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def page(qtbot: QtBot, database: Database, context: AppContext) -> Iterator[TodayPage]:
    """Today on the six people, wide enough for the form beside the list."""
    i18n.set_language("en")
    settle(database)
    page = TodayPage(context)
    qtbot.addWidget(page)
    show(qtbot, page)
    qtbot.waitUntil(lambda: in_form(page) == ["p6"])
    yield page
    page.desk.discard()
    page.hide()


def people(page: TodayPage) -> list[str]:
    return [row.roster.person.id for row in page.list.table.model.rows]


def in_form(page: TodayPage) -> list[str]:
    return [target.person.id for target in page.desk.form.targets]


def choose(qtbot: QtBot, page: TodayPage, chip: str, person: str) -> None:
    page.list.chips._buttons[chip].click()
    page.list.select(person)
    qtbot.waitUntil(lambda: in_form(page) == [person])


def cell(page: TodayPage, person: str, key: str) -> str:
    column = next(place for place, item in enumerate(page.list.table.model.columns) if item.key == key)
    return page.list.table.model.cell_text(people(page).index(person), column)


# ---- the list --------------------------------------------------------------------------------------------------------


def test_opens_on_the_overdue_with_counts_on_every_chip(page: TodayPage) -> None:
    assert page.list.chips.key == "overdue"
    assert people(page) == ["p6", "p1"]  # due at the end of September and of October
    chips = {key: button.text().split()[-1] for key, button in page.list.chips._buttons.items()}
    assert chips == {"overdue": "2", "today": "1", "soon": "0", "month": "4", "all": "6"}


def test_says_why_and_how_late_in_words(page: TodayPage) -> None:
    page.list.chips._buttons["all"].click()
    assert [cell(page, person, "status") for person in ("p6", "p4", "p5")] == [
        "▲ Overdue 53 days", "● Due today", "✓ Visited this month",
    ]  # fmt: skip
    assert [cell(page, person, "reason") for person in ("p6", "p4", "p1")] == [
        "Never visited", "Every 7 days", "Not yet this month",
    ]  # fmt: skip
    assert cell(page, "p1", "phone") == "199****0001"


def test_the_months_progress_follows_a_visit(qtbot: QtBot, page: TodayPage) -> None:
    assert "2 / 6 (33.3%)" in page.list.progress.text_label.text()
    page.desk.save()
    qtbot.waitUntil(lambda: "3 / 6 (50.0%)" in page.list.progress.text_label.text())


def test_a_chosen_grid_is_remembered(qtbot: QtBot, page: TodayPage, context: AppContext) -> None:
    page.scope_picker.setCurrentIndex(page.scope_picker.findData("grid:990101001001002"))
    page.scope_picker.activated.emit(page.scope_picker.currentIndex())
    qtbot.waitUntil(lambda: people(page) == ["p6"])
    again = TodayPage(context)
    qtbot.addWidget(again)
    show(qtbot, again)
    assert people(again) == ["p6"]
    assert again.scope_picker.currentText() == "南网格 · 马强"


def test_a_grid_that_is_gone_gives_way_to_all_grids(qtbot: QtBot, page: TodayPage, context: AppContext) -> None:
    preferences.keep("today/scope", "grid:990101009009009")
    again = TodayPage(context)
    qtbot.addWidget(again)
    show(qtbot, again)
    qtbot.waitUntil(lambda: people(again) == ["p6", "p1"])
    assert preferences.text("today/scope") == ""


def test_typing_in_the_list_finds_by_initials_and_enter_opens_the_card(qtbot: QtBot, page: TodayPage) -> None:
    page.list.chips._buttons["all"].click()
    focus_on(qtbot, page.list.table.view)
    qtbot.keyClicks(page.list.table.view, "z")
    qtbot.waitUntil(lambda: QApplication.focusWidget() is page.list.find_box)
    qtbot.keyClicks(page.list.find_box, "df")
    qtbot.waitUntil(lambda: people(page) == ["p2"])
    qtbot.keyClick(page.list.find_box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is page.list.table.view)
    with qtbot.waitSignal(page.navigate_requested) as asked:
        qtbot.keyClick(page.list.table.view, Qt.Key.Key_Return)
    assert asked.args == ["residents", {"person": "p2"}]
    qtbot.keyClick(page.list.table.view, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: len(people(page)) == 6)


def test_nobody_found_is_said_with_a_way_back(qtbot: QtBot, page: TodayPage) -> None:
    page.list.find_box.setText("没有这个人")
    qtbot.waitUntil(lambda: people(page) == [])
    assert page.list.table.empty.isVisible()
    page.list.table.empty.action_button.click()
    assert len(people(page)) == 6


def test_an_empty_database_offers_the_import(qtbot: QtBot, context: AppContext) -> None:
    page = TodayPage(context)
    qtbot.addWidget(page)
    show(qtbot, page)
    with qtbot.waitSignal(page.navigate_requested) as asked:
        page.list.table.empty.action_button.click()
    assert asked.args == ["data", {"import": True}]


# ---- logging ---------------------------------------------------------------------------------------------------------


def test_two_chords_log_a_visit_and_the_list_moves_on(qtbot: QtBot, page: TodayPage, database: Database) -> None:
    choose(qtbot, page, "overdue", "p6")
    focus_on(qtbot, page.list.table.view)
    page.new_item()  # Ctrl+N is the window's
    outcome = page.desk.form.outcome.buttons["met"]
    qtbot.waitUntil(lambda: QApplication.focusWidget() is outcome)
    with qtbot.waitSignal(page.desk.saved):
        qtbot.keyClick(outcome, Qt.Key.Key_Return, CONTROL)
    visit, = visits_to(database, "p6")
    assert (visit.mode, visit.outcome, visit.worker) == ("onsite", "met", "w2")  # the worker responsible for the south
    assert visit.findings == {"living": "good", "home_safety": "good", "family": "good", "health": "good"}
    qtbot.waitUntil(lambda: people(page) == ["p1"])
    assert in_form(page) == ["p1"]
    qtbot.waitUntil(lambda: QApplication.focusWidget() is page.list.table.view)


def test_save_and_next_walks_the_list_with_the_keyboard_in_the_form(
    qtbot: QtBot, page: TodayPage, database: Database
) -> None:
    choose(qtbot, page, "month", "p6")
    order = people(page)
    page.new_item()
    for number, person in enumerate(order[:3]):
        assert in_form(page) == [person]
        outcome = page.desk.form.outcome.buttons["met"]
        qtbot.waitUntil(lambda button=outcome: QApplication.focusWidget() is button)
        with qtbot.waitSignal(page.desk.saved):
            qtbot.keyClick(outcome, Qt.Key.Key_Return, CONTROL | SHIFT)
        qtbot.waitUntil(lambda left=order[number + 1:]: people(page) == left)
    assert [len(visits_to(database, person)) for person in order] == [1, 1, 1, 0]


def test_digits_choose_and_attempts_carry_no_findings(qtbot: QtBot, page: TodayPage, database: Database) -> None:
    choose(qtbot, page, "overdue", "p1")
    page.new_item()
    form = page.desk.form
    qtbot.waitUntil(lambda: QApplication.focusWidget() is form.outcome.buttons["met"])
    qtbot.keyClick(form.outcome.buttons["met"], Qt.Key.Key_3)
    assert form.outcome.key == "no_answer"
    assert form.findings.isHidden() and "attempt" in form.hint.text()
    with qtbot.waitSignal(page.desk.saved):
        qtbot.keyClick(form.outcome.buttons["no_answer"], Qt.Key.Key_Return, CONTROL)
    visit, = visits_to(database, "p1")
    assert (visit.outcome, visit.findings) == ("no_answer", {})
    quiet(qtbot, page)
    assert "p1" in people(page)  # an attempt is no visit


def test_the_way_of_visiting_is_the_last_one_used(qtbot: QtBot, page: TodayPage) -> None:
    choose(qtbot, page, "overdue", "p6")
    page.desk.form.mode.buttons["phone"].click()
    with qtbot.waitSignal(page.desk.saved):
        page.desk.save()
    qtbot.waitUntil(lambda: in_form(page) == ["p1"])
    assert page.desk.form.mode.key == "phone"


def test_who_lives_together_is_logged_together(qtbot: QtBot, page: TodayPage, database: Database) -> None:
    choose(qtbot, page, "all", "p2")
    assert list(page.desk.form.household.boxes) == ["p3"]
    page.desk.form.household.boxes["p3"].click()
    with qtbot.waitSignal(page.desk.saved):
        page.desk.save()
    assert [len(visits_to(database, person)) for person in ("p2", "p3")] == [1, 1]


def test_several_people_are_called_by_phone_at_once(qtbot: QtBot, page: TodayPage, database: Database) -> None:
    page.list.chips._buttons["all"].click()
    choice = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    page.list.select("p6")
    for number in (1, 2):
        page.list.table.view.selectionModel().select(page.list.table.model.index(number, 0), choice)
    qtbot.waitUntil(lambda: page.list.bulk_button.isVisible())
    page.list.bulk_button.click()
    called = in_form(page)
    assert len(called) == 3 and page.desk.form.mode.key == "phone"
    with qtbot.waitSignal(page.desk.saved):
        page.desk.save()
    assert [visit.mode for person in called for visit in visits_to(database, person)] == ["phone"] * 3


def test_undo_takes_the_visit_back_and_the_person_returns(
    qtbot: QtBot, page: TodayPage, context: AppContext, database: Database
) -> None:
    choose(qtbot, page, "overdue", "p6")
    with qtbot.waitSignal(page.desk.saved):
        page.desk.save()
    qtbot.waitUntil(lambda: people(page) == ["p1"])
    with qtbot.waitSignal(context.undone):
        context.undo()
    qtbot.waitUntil(lambda: people(page) == ["p6", "p1"])
    assert visits_to(database, "p6") == []


def test_what_is_typed_stays_when_the_selection_moves(qtbot: QtBot, page: TodayPage) -> None:
    choose(qtbot, page, "overdue", "p6")
    focus_on(qtbot, page.desk.form.note_edit)
    qtbot.keyClicks(page.desk.form.note_edit, "door bell broken")
    page.list.select("p1")
    qtbot.waitUntil(lambda: "吴小波" in page.desk.state_label.text())
    assert in_form(page) == ["p6"] and page.desk.form.note_edit.toPlainText() == "door bell broken"


def test_pressing_save_twice_logs_once(qtbot: QtBot, page: TodayPage, database: Database) -> None:
    choose(qtbot, page, "overdue", "p6")
    with qtbot.waitSignal(page.desk.saved):
        page.desk.save()
        page.desk.save()
    quiet(qtbot, page)
    assert len(visits_to(database, "p6")) == 1 and len(stored(database)) == 6


def test_a_narrow_or_large_window_logs_in_a_dialog(qtbot: QtBot, page: TodayPage, database: Database) -> None:
    theme.current().choose("light", 150, remember=False)
    page.resize(1000, 600)
    assert page.panel.isHidden()
    page.list.select("p6")
    page.new_item()
    dialog = page._dialog
    assert dialog is not None
    with qtbot.waitSignal(dialog.saved):
        dialog.desk.save(wants_next=True)
    qtbot.waitUntil(lambda: [item.person.id for item in dialog.desk.form.targets] == ["p1"])
    with qtbot.waitSignal(dialog.finished):
        dialog.desk.save(wants_next=True)  # nobody is left
    quiet(qtbot, page)
    assert [len(visits_to(database, person)) for person in ("p6", "p1")] == [1, 1]


def test_another_page_can_ask_to_log_for_someone(qtbot: QtBot, page: TodayPage) -> None:
    page.open_with({"new": True, "person": "p5"})
    qtbot.waitUntil(lambda: page._dialog is not None and bool(page._dialog.desk.form.targets))
    dialog = page._dialog
    assert dialog is not None and dialog.desk.form.targets[0].person.name == "周玉梅"
    dialog.reject()


# ---- drafts ----------------------------------------------------------------------------------------------------------


def test_a_draft_is_written_soon_and_dropped_by_saving(qtbot: QtBot, page: TodayPage, database: Database) -> None:
    key = draft_keys("tester")[0]
    choose(qtbot, page, "overdue", "p6")
    focus_on(qtbot, page.desk.form.note_edit)
    qtbot.keyClicks(page.desk.form.note_edit, "asks for a walking stick")
    qtbot.waitUntil(lambda: database.fetch(load_draft, key) is not None)
    body = database.fetch(load_draft, key)
    assert body is not None and (body["people"], body["note"]) == (["p6"], "asks for a walking stick")
    with qtbot.waitSignal(page.desk.saved):
        page.desk.save()
    qtbot.waitUntil(lambda: database.fetch(load_draft, key) is None)


def test_discarding_asks_and_drops_the_draft(
    qtbot: QtBot, page: TodayPage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = draft_keys("tester")[0]
    answers = [False, True]
    monkeypatch.setattr(messages, "confirm", lambda *question: answers.pop(0))
    choose(qtbot, page, "overdue", "p6")
    page.desk.form.needs_edit.setFocus()
    qtbot.keyClicks(page.desk.form.needs_edit, "grab rail")
    qtbot.waitUntil(lambda: database.fetch(load_draft, key) is not None)
    page.desk.cancel_button.click()
    assert page.desk.form.needs_edit.text() == "grab rail"
    page.desk.cancel_button.click()
    assert page.desk.form.needs_edit.text() == ""
    qtbot.waitUntil(lambda: database.fetch(load_draft, key) is None)


TYPING = """
    import sys
    from pathlib import Path
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication
    from gridapp.services.projects import open_database
    from tests.ui.visiting import TODAY
    from gridapp import clock
    from ui.context import AppContext
    from ui.pages.today import TodayPage
    app = QApplication([])
    clock.set_today(TODAY)
    page = TodayPage(AppContext(open_database(Path(sys.argv[1]), encrypt=False), "tester"))
    page.resize(1280, 600)
    page.show()
    while not page.desk.form.targets:
        QTest.qWait(10)
    QTest.keyClicks(page.desk.form.note_edit, "half a sentence")
    print("typed", flush=True)
    app.exec()
"""


def test_a_draft_survives_kill_9_and_is_offered_again(
    qtbot: QtBot, database: Database, context: AppContext, tmp_path: Path
) -> None:
    settle(database)
    command = [sys.executable, "-c", textwrap.dedent(TYPING), str(tmp_path / "test.db")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "typed\n"
        key = draft_keys("tester")[0]
        qtbot.waitUntil(lambda: database.fetch(load_draft, key) is not None)
        os.kill(process.pid, signal.SIGKILL)
    again = TodayPage(context)
    qtbot.addWidget(again)
    show(qtbot, again)
    assert again.draft_bar.isVisible() and "吴小波" in again.draft_bar.text_label.text()
    again.draft_bar.resume_button.click()
    dialog = again._dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.desk.form.note_edit.toPlainText() == "half a sentence")
    with qtbot.waitSignal(dialog.saved):
        dialog.desk.save()
    assert [visit.note for visit in visits_to(database, "p6", TODAY)] == ["half a sentence"]
    qtbot.waitUntil(lambda: database.fetch(load_draft, key) is None)


def test_a_draft_that_is_not_wanted_goes(qtbot: QtBot, page: TodayPage, database: Database) -> None:
    key = draft_keys("tester")[1]
    page._show_drafts({key: {"names": ["吴小波"], "date": "2026-11-22"}})
    page.draft_bar.discard_button.click()
    assert not page.draft_bar.isVisible()
    qtbot.waitUntil(lambda: database.fetch(load_draft, key) is None)


def test_looking_at_the_card_keeps_what_was_typed(qtbot: QtBot, page: TodayPage) -> None:
    page.open_with({"new": True, "person": "p5"})
    qtbot.waitUntil(lambda: page._dialog is not None and bool(page._dialog.desk.form.targets))
    dialog = page._dialog
    assert dialog is not None
    dialog.desk.form.outcome.buttons["moved"].click()
    with qtbot.waitSignal(page.navigate_requested) as asked:
        dialog.desk.form.card_button.click()
    assert asked.args == ["residents", {"person": "p5"}]
    assert page.draft_bar.isVisible() and "周玉梅" in page.draft_bar.text_label.text()
    page.draft_bar.discard_button.click()


def test_the_list_in_sight_is_exported_as_seen(qtbot: QtBot, page: TodayPage, tmp_path: Path) -> None:
    file = tmp_path / "due.xlsx"
    with qtbot.waitSignal(page.notice_raised):
        page.seen_list().write(str(file))
    headings, rows = page.list.table.seen()
    (sheet,) = read_workbook(file).sheets
    cells = [list(row.cells) for row in sheet.rows]
    assert headings in cells
    assert cells[cells.index(headings) + 1 :] == rows
