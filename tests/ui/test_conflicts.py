"""Two windows on one file: who saves second sees both values and chooses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gridapp import i18n
from gridapp.db.database import Database
from gridapp.db.queries.facilities import list_facilities
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.places import list_grids
from gridapp.db.queries.residents import get_card
from gridapp.domain.facility import Facility
from gridapp.services.facilities import save_facility
from gridapp.services.projects import open_database
from tests.ui.visiting import TODAY, focus_on, quiet, settle, show, stored
from ui.context import AppContext
from ui.dialogs.map_facilities import MapFacilitiesDialog
from ui.pages.page import Page
from ui.pages.residents import ResidentsPage
from ui.pages.settings import SettingsPage
from ui.pages.settings_fields import NumberSetting, TextSetting
from ui.pages.visits import VisitsPage

P = TypeVar("P", bound=Page)


@pytest.fixture
def other(qapp: QApplication, database: Database) -> Iterator[AppContext]:
    """A colleague's window on the same file."""
    second = open_database(database.location, encrypt=False)
    made = AppContext(second, "小例")
    yield made
    made.shut_down()
    second.close()


def shown(qtbot: QtBot, page: P) -> P:
    qtbot.addWidget(page)
    show(qtbot, page)
    return page


@pytest.fixture(autouse=True)
def people(database: Database) -> None:
    """The six people, texts in English."""
    i18n.set_language("en")
    settle(database)


def corrected(qtbot: QtBot, context: AppContext, note: str, mode: str) -> VisitsPage:
    """Open the correction of the newest visit in a window of its own and type; do not save yet."""
    page = shown(qtbot, VisitsPage(context))
    page.period_box.setCurrentIndex(page.period_box.findData("ever"))
    page.period_box.activated.emit(page.period_box.currentIndex())
    quiet(qtbot, page)
    page.details.correct_button.click()
    assert page._dialog is not None
    desk = page._dialog.desk
    qtbot.waitUntil(lambda: bool(desk.replaces) and bool(desk.form.targets))
    desk.form.mode.buttons[mode].click()
    desk.form.note_edit.selectAll()
    QTest.keyClicks(desk.form.note_edit, note)
    QTest.keyClicks(desk.reason_edit, "slip")
    return page


def test_a_visit_corrected_in_two_windows(
    qtbot: QtBot, context: AppContext, other: AppContext, database: Database
) -> None:
    mine, theirs = corrected(qtbot, context, "mine", "onsite"), corrected(qtbot, other, "theirs", "phone")
    with qtbot.waitSignal(other.data_changed):
        QTest.mouseClick(theirs._dialog.desk.save_button, Qt.MouseButton.LeftButton)
    desk = mine._dialog.desk
    QTest.mouseClick(desk.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: desk.conflict is not None and desk.conflict.isVisible())
    assert set(desk.conflict.choices) == {"note"}, "the way of visiting only they changed"
    assert [button.text() for button in desk.conflict.choices["note"]] == ["mine", "theirs"]
    assert not desk.conflict.save_button.isEnabled()
    desk.conflict.cancel_button.click()
    qtbot.waitUntil(desk.form.problem.isVisible)
    assert "Someone else" in desk.form.problem.text() and desk.form.note_edit.toPlainText() == "mine"
    assert [row.note for row in stored(database) if not row.voided].count("theirs") == 1, "nothing was overwritten"
    QTest.mouseClick(desk.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: desk.conflict is not None and desk.conflict.isVisible())
    desk.conflict.choices["note"][0].click()
    with qtbot.waitSignal(context.data_changed):
        QTest.mouseClick(desk.conflict.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: mine._dialog is None)
    rows = stored(database)
    [last] = [row for row in rows if row.note == "mine"]
    assert (last.mode, last.voided, last.day) == ("phone", False, dt.date(2026, 11, 15))
    assert [row.voided for row in rows if row.note == "theirs"] == [True]
    quiet(qtbot, mine)


def test_a_visit_where_theirs_stays(qtbot: QtBot, context: AppContext, other: AppContext, database: Database) -> None:
    mine, theirs = corrected(qtbot, context, "mine", "onsite"), corrected(qtbot, other, "theirs", "onsite")
    with qtbot.waitSignal(other.data_changed):
        theirs._dialog.desk.save_button.click()
    desk = mine._dialog.desk
    desk.save_button.click()
    qtbot.waitUntil(lambda: desk.conflict is not None and desk.conflict.isVisible())
    before = len(stored(database))
    desk.conflict.choices["note"][1].click()
    desk.conflict.save_button.click()
    qtbot.waitUntil(lambda: mine._dialog is None)
    assert len(stored(database)) == before, "nothing was left to save"
    quiet(qtbot, mine)


def test_taking_back_a_visit_corrected_meanwhile_is_refused(
    qtbot: QtBot, context: AppContext, other: AppContext, database: Database
) -> None:
    theirs = corrected(qtbot, other, "theirs", "phone")
    mine = shown(qtbot, VisitsPage(context))
    mine.details.void_button.click()
    mine.details.reason_box.setEditText("wrong person")
    with qtbot.waitSignal(other.data_changed):
        theirs._dialog.desk.save_button.click()
    with qtbot.waitSignal(context.error_raised) as raised:
        mine.details.confirm_button.click()
    assert "小例" in str(raised.args[0]) and "Phone" in str(raised.args[0])
    assert [row.voided for row in stored(database) if row.note == "theirs"] == [False]
    quiet(qtbot, mine)


def test_a_setting_in_two_windows(qtbot: QtBot, context: AppContext, other: AppContext, database: Database) -> None:
    mine, theirs = shown(qtbot, SettingsPage(context)), shown(qtbot, SettingsPage(other))
    for page, number in ((theirs, "15"), (mine, "25")):
        box = page.fields["join_day"].box
        focus_on(qtbot, box)
        box.selectAll()
        QTest.keyClicks(box, number)
    with qtbot.waitSignal(other.data_changed):
        QTest.keyClick(theirs.fields["join_day"].box, Qt.Key.Key_Return)
    QTest.keyClick(mine.fields["join_day"].box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: mine.conflict is not None and mine.conflict.isVisible())
    assert [button.text() for button in mine.conflict.choices["join_day"]] == ["25", "15"]
    mine.conflict.cancel_button.click()
    field = mine.fields["join_day"]
    assert isinstance(field, NumberSetting)
    qtbot.waitUntil(lambda: field.box.number == 15)
    assert database.fetch(load_settings).join_day == 15
    with qtbot.waitSignal(context.data_changed):
        QTest.keyClick(field.box, Qt.Key.Key_Up)
    assert database.fetch(load_settings).join_day == 16
    theirs.fields["join_day"].changed.emit("join_day", 3)
    qtbot.waitUntil(lambda: theirs.conflict is not None and theirs.conflict.isVisible())
    theirs.conflict.choices["join_day"][0].click()
    with qtbot.waitSignal(other.data_changed):
        theirs.conflict.save_button.click()
    assert database.fetch(load_settings).join_day == 3
    quiet(qtbot, mine)
    quiet(qtbot, theirs)


def test_what_is_typed_when_a_setting_changes_is_compared_with_what_was_shown(
    qtbot: QtBot, context: AppContext, other: AppContext, database: Database
) -> None:
    mine, theirs = shown(qtbot, SettingsPage(context)), shown(qtbot, SettingsPage(other))
    field = mine.fields["community_name"]
    assert isinstance(field, TextSetting)
    focus_on(qtbot, field.edit)
    QTest.keyClicks(field.edit, "mine")
    with qtbot.waitSignal(other.data_changed):
        theirs.fields["community_name"].changed.emit("community_name", "theirs")
    mine.refresh()
    quiet(qtbot, mine)
    assert field.edit.text() == "mine"
    QTest.keyClick(field.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: mine.conflict is not None and mine.conflict.isVisible())
    assert database.fetch(load_settings).community_name == "theirs"
    mine.conflict.choices["community_name"][0].click()
    with qtbot.waitSignal(context.data_changed):
        mine.conflict.save_button.click()
    assert database.fetch(load_settings).community_name == "mine"
    quiet(qtbot, mine)
    quiet(qtbot, theirs)


def test_a_death_and_a_tier_in_two_windows(
    qtbot: QtBot, context: AppContext, other: AppContext, database: Database
) -> None:
    mine, theirs = (shown(qtbot, ResidentsPage(one)) for one in (context, other))
    for key in ("tier", "death"):
        for page in (mine, theirs):
            page.open_with({"person": "p1"})
            qtbot.waitUntil(lambda page=page: page.card.card is not None and page.card.card.person.id == "p1")
            quiet(qtbot, page)
            page.actions_.start(key, page.card.card)
        first, second = theirs.actions_.form, mine.actions_.form
        if key == "tier":
            first.reason_edit.setText("ill")
            second.reason_edit.setText("well")
            second.start_edit.setDate(QDate(2026, 11, 23))
        else:
            first.day_edit.setDate(QDate(2026, 11, 20))
        with qtbot.waitSignal(other.data_changed):
            first.save_button.click()
        second.save_button.click()
        if key == "tier":
            qtbot.waitUntil(second.problem.isVisible)
            assert "ill" in second.problem.text()
        else:
            qtbot.waitUntil(lambda: mine.actions_.conflict is not None and mine.actions_.conflict.isVisible())
            mine.actions_.conflict.choices["died"][0].click()
            second = mine.actions_.conflict
        with qtbot.waitSignal(context.data_changed):
            second.save_button.click()
        qtbot.waitUntil(lambda: mine.actions_.form is None and theirs.actions_.form is None)
        quiet(qtbot, mine)
    card = database.fetch(get_card, "p1", TODAY)
    assert (card.person.died, [row.note for row in card.tiers]) == (TODAY, ["well", "ill"])


def test_a_facility_changed_while_its_form_is_open(qtbot: QtBot, context: AppContext, other: AppContext) -> None:
    community = other.database.fetch(list_grids, TODAY)[0].code[:12]
    place = Facility("canteen", "食堂", 117.0123456789, 36.66, "1", None, community)
    key = save_facility(other.database, place, TODAY, "小例").result
    page = shown(qtbot, SettingsPage(context))
    dialog = MapFacilitiesDialog(context, (117.0, 36.6), page)
    dialog.open()
    qtbot.waitUntil(lambda: len(dialog.table.model.rows) == 1)
    dialog.table.select_row(0)
    dialog.change_button.click()
    dialog.form.name_edit.setText("我的食堂")
    save_facility(other.database, replace(place, name="他的食堂", lon=117.5, address="2"), TODAY, "小例", key)
    dialog.form.save_button.click()
    qtbot.waitUntil(lambda: dialog.conflict is not None and dialog.conflict.isVisible())
    assert set(dialog.conflict.choices) == {"name"}, "a longitude shown in six decimals is no change of mine"
    dialog.conflict.choices["name"][0].click()
    with qtbot.waitSignal(context.data_changed):
        dialog.conflict.save_button.click()
    [row] = other.database.fetch(list_facilities, TODAY)
    assert (row.name, row.lon, row.address) == ("我的食堂", 117.5, "2")
    dialog.reject()
    quiet(qtbot, page)
