"""The visit form and its dialog: what it fills in, refuses, hints and keeps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import hypothesis.strategies as st
import pytest
import shiboken6
from hypothesis import given
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gridapp import i18n
from gridapp.db.database import Database
from gridapp.db.queries.choices import recent_phrases
from gridapp.services.residents import NewResident, add_resident
from tests.ui.visiting import CONTROL, TODAY, settle, stored, visits_to
from ui import messages
from ui.context import AppContext
from ui.dialogs.visit_dialog import VisitDialog
from ui.widgets.visit_form import VisitForm
from ui.widgets.visit_form_parts import clock_time
from ui.widgets.visit_form_target import read_choices


@pytest.fixture
def owner(qtbot: QtBot) -> QWidget:
    owner = QWidget()
    qtbot.addWidget(owner)
    owner.show()
    return owner


@pytest.fixture
def dialog(qtbot: QtBot, owner: QWidget, database: Database, context: AppContext) -> Iterator[VisitDialog]:
    """The dialog on 赵德福, whose spouse is on the roster as well."""
    i18n.set_language("en")
    settle(database)
    dialog = VisitDialog(context, owner)
    dialog.log_for_ids(["p2"])
    qtbot.waitUntil(lambda: bool(dialog.desk.form.targets) and dialog.desk.form.worker_box.count() == 3)
    yield dialog
    if shiboken6.isValid(dialog):
        dialog.desk.discard()
        dialog.reject()


# ---- reading what people type ----------------------------------------------------------------------------------------


@given(st.integers(0, 23), st.integers(0, 59))
def test_a_time_is_read_as_people_write_it(hour: int, minute: int) -> None:
    written = f"{hour:02d}:{minute:02d}"
    for typed in (written, f"{hour}:{minute:02d}", f"{hour}：{minute:02d}", f"{hour}点{minute:02d}分", f" {written} "):
        assert clock_time(typed) == written
    assert clock_time(f"{hour:02d}{minute:02d}") == written


@given(st.text(max_size=8))
def test_what_is_no_time_is_refused_and_never_raises(typed: str) -> None:
    read = clock_time(typed)
    assert read is None or read == "" or dt.time.fromisoformat(read)


def test_phrases_are_the_short_notes_used_most() -> None:
    notes = ["血压平稳。"] * 3 + ["门铃坏了。"] * 2 + ["", "很长" * 40, "两\n行"]
    assert recent_phrases(notes) == ("血压平稳。", "门铃坏了。")


# ---- the form --------------------------------------------------------------------------------------------------------


def test_defaults_need_no_typing(qtbot: QtBot, dialog: VisitDialog, database: Database) -> None:
    form = dialog.desk.form
    assert (form.day, form.outcome.key, form.mode.key) == (TODAY, "met", "onsite")
    assert form.worker_box.currentText() == "孙丽 (responsible)"
    qtbot.waitUntil(lambda: QApplication.focusWidget() is form.outcome.buttons["met"])
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(form.outcome.buttons["met"], Qt.Key.Key_Return, CONTROL)
    assert len(visits_to(database, "p2")) == 1


def test_the_person_is_shown_masked(dialog: VisitDialog) -> None:
    assert "199****0002" in dialog.desk.form.head.about_label.text()
    assert "19900000002" not in dialog.desk.form.head.about_label.text()


def test_everything_typed_is_stored(qtbot: QtBot, dialog: VisitDialog, database: Database) -> None:
    form = dialog.desk.form
    form.day_edit.setDate(QDate(2026, 11, 20))
    form.time_edit.setText("930")
    form.time_edit.editingFinished.emit()
    assert form.time_edit.text() == "09:30"
    form.mode.buttons["video"].click()
    form.note_edit.setPlainText("一切都好")
    form.needs_edit.setText("配餐")
    form.referral_edit.setText("社区食堂")
    form.findings.choices["home_safety"].buttons["watch"].click()
    form.findings.remarks["home_safety"].setText("电线老化")
    form.worker_box.setCurrentIndex(form.worker_box.findData("w2"))
    with qtbot.waitSignal(dialog.saved):
        dialog.desk.save()
    visit, = visits_to(database, "p2", dt.date(2026, 11, 20))
    assert (visit.time, visit.mode, visit.note, visit.needs, visit.referral, visit.worker) == (
        "09:30", "video", "一切都好", "配餐", "社区食堂", "w2")  # fmt: skip
    assert visit.findings == {"living": "good", "home_safety": "watch", "home_safety_note": "电线老化",
                              "family": "good", "health": "good"}


def test_who_visited_is_kept_until_workers_are_offered(qtbot: QtBot, database: Database) -> None:
    """A visit to correct may be there before the list of workers is; it stays the visit of whoever made it."""
    settle(database)
    form = VisitForm(("onsite",), 7)
    qtbot.addWidget(form)
    form.fill({"worker": "w2"})
    assert form.body()["worker"] == "w2"
    form.set_choices(database.fetch(read_choices, TODAY))
    assert form.worker_box.currentData() == form.body()["worker"] == "w2"
    form.reset()
    assert form.body()["worker"] == ""


def test_a_day_in_the_future_is_refused_in_words_beside_the_field(dialog: VisitDialog, database: Database) -> None:
    form = dialog.desk.form
    form.day_edit.setDate(QDate(2026, 11, 23))
    assert "future" in form.day_problem.text() and form.day_edit.property("invalid") is True
    dialog.desk.save()
    assert form.day_problem.isVisible() and len(stored(database)) == 5
    form.day_edit.setDate(QDate(2026, 11, 22))
    assert not form.day_problem.isVisible()


def test_a_wrong_time_is_refused_in_words(dialog: VisitDialog, database: Database) -> None:
    dialog.desk.form.time_edit.setText("25:99")
    dialog.desk.save()
    assert "09:30" in dialog.desk.form.day_problem.text() and len(stored(database)) == 5


def test_a_day_before_birth_is_refused(dialog: VisitDialog, database: Database) -> None:
    dialog.desk.form.day_edit.setDate(QDate(1949, 4, 30))
    dialog.desk.save()
    assert "赵德福" in dialog.desk.form.day_problem.text() and len(stored(database)) == 5


@pytest.mark.parametrize(("outcome", "word"), [("moved", "move"), ("deceased", "death"), ("hospital", "absence")])
def test_an_outcome_that_asks_for_more_says_so(qtbot: QtBot, dialog: VisitDialog, outcome: str, word: str) -> None:
    form = dialog.desk.form
    form.outcome.buttons[outcome].click()
    assert word in form.hint.text() and form.card_button.isVisible()
    with qtbot.waitSignal(dialog.card_wanted) as asked:
        form.card_button.click()
    assert asked.args == ["p2"]


def test_a_way_that_does_not_count_says_so(dialog: VisitDialog) -> None:
    dialog.desk.form.mode.buttons["remote"].click()
    assert "does not count" in dialog.desk.form.hint.text()


def test_a_second_visit_on_one_day_is_pointed_out(qtbot: QtBot, dialog: VisitDialog) -> None:
    form = dialog.desk.form
    qtbot.waitUntil(lambda: "2026-10-05" in form.recent_label.text())
    form.day_edit.setDate(QDate(2026, 10, 5))
    assert "already" in form.hint.text()


def test_phrases_go_into_the_note(dialog: VisitDialog) -> None:
    phrase = dialog.desk.form.phrase_menu.actions()[0]
    assert phrase.text() == "血压平稳。"
    phrase.trigger()
    phrase.trigger()
    assert dialog.desk.form.note_edit.toPlainText() == "血压平稳。\n血压平稳。"


def test_arrows_and_digits_choose(qtbot: QtBot, dialog: VisitDialog) -> None:
    outcome = dialog.desk.form.outcome
    for key, expected in ((Qt.Key.Key_Right, "not_home"), (Qt.Key.Key_Left, "met"), (Qt.Key.Key_Left, "deceased"),
                          (Qt.Key.Key_5, "away"), (Qt.Key.Key_9, "away")):
        qtbot.keyClick(outcome.buttons[outcome.key], key)
        assert outcome.key == expected


def test_the_form_breaks_its_rows_when_narrow(dialog: VisitDialog) -> None:
    outcome = dialog.desk.form.outcome
    tops = {button.y() for button in outcome.buttons.values()}
    outcome.resize(120, 400)
    assert outcome._per_line == 1 and len(tops) < 8


def test_escape_asks_only_when_something_was_typed(
    qtbot: QtBot, dialog: VisitDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(messages, "confirm", lambda parent, question, *rest: bool(asked.append(question)))
    dialog.desk.form.note_edit.setPlainText("x")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert len(asked) == 1 and dialog.isVisible()
    dialog.desk.discard()
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert len(asked) == 1


def test_a_person_is_looked_up_by_initials(
    qtbot: QtBot, owner: QWidget, database: Database, context: AppContext
) -> None:
    settle(database)
    dialog = VisitDialog(context, owner)
    dialog.log_for(())
    assert not dialog.desk.save_button.isEnabled()
    qtbot.keyClicks(dialog.picker.box, "wxb")
    qtbot.keyClick(dialog.picker.box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [item.person.id for item in dialog.desk.form.targets] == ["p6"])
    with qtbot.waitSignal(dialog.finished):
        dialog.desk.save()
    assert len(visits_to(database, "p6")) == 1


def test_looking_up_nobody_says_so(qtbot: QtBot, owner: QWidget, database: Database, context: AppContext) -> None:
    settle(database)
    dialog = VisitDialog(context, owner)
    dialog.log_for(())
    dialog.picker.box.setText("没有")
    qtbot.waitUntil(lambda: dialog.picker.nothing.isVisible())
    dialog.reject()


def test_someone_beside_the_roster_can_be_logged(
    qtbot: QtBot, owner: QWidget, database: Database, context: AppContext
) -> None:
    settle(database)
    person = NewResident(name="郑小满", sex="M")
    changes = add_resident(database, person, "990101001001002", "2号楼", dt.date(2026, 1, 1), "tester")
    dialog = VisitDialog(context, owner)
    dialog.log_for_ids([str(changes.result)])
    qtbot.waitUntil(lambda: bool(dialog.desk.form.targets))
    with qtbot.waitSignal(dialog.finished):
        dialog.desk.save()
    visit, = visits_to(database, str(changes.result))
    assert (visit.worker, visit.grid_name) == ("w2", "南网格")
