"""Settings: every declared value, what counts, the look, and where the data lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from keyring.backends import fail
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gridapp import i18n, settings
from gridapp.db import keyfile
from gridapp.db.database import Database
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.people import list_categories
from gridapp.services.facts import import_facts
from tests.keyrings import MemoryKeyring, keyring_of
from tests.ui.visiting import facts, focus_on, show
from ui import preferences, theme
from ui.context import AppContext
from ui.pages.settings import SettingsPage
from ui.pages.settings_fields import ChoicesSetting, NumberSetting, TextSetting


@pytest.fixture
def page(qtbot: QtBot, context: AppContext) -> SettingsPage:
    i18n.set_language("en")
    page = SettingsPage(context)
    qtbot.addWidget(page)
    show(qtbot, page)
    return page


def stored(database: Database) -> settings.Settings:
    return database.fetch(load_settings)


def test_every_setting_that_is_not_hidden_has_a_field_with_its_explanation(page: SettingsPage) -> None:
    declared = settings.declared()
    assert set(page.fields) == {key for key, item in declared.items() if not item.metadata.get("hidden")}
    for key, field in page.fields.items():
        shown = [label.text() for label in field.findChildren(QLabel)]
        assert declared[key].metadata["label"] in shown
        assert declared[key].metadata["explanation"] in shown


def test_a_number_is_saved_when_it_changes_and_can_be_undone(
    qtbot: QtBot, page: SettingsPage, database: Database
) -> None:
    field = page.fields["join_day"]
    assert isinstance(field, NumberSetting)
    focus_on(qtbot, field.box)
    with qtbot.waitSignal(page.context.data_changed):
        qtbot.keyClick(field.box, Qt.Key.Key_Up)
    assert stored(database).join_day == 21
    assert page.context.settings.join_day == 21
    with qtbot.waitSignal(page.context.undone):
        page.context.undo()
    assert stored(database).join_day == 20
    qtbot.waitUntil(lambda: field.box.number == 20)


def test_a_number_outside_its_limits_cannot_be_entered(
    qtbot: QtBot, page: SettingsPage, database: Database
) -> None:
    field = page.fields["join_day"]
    assert isinstance(field, NumberSetting)
    focus_on(qtbot, field.box)
    field.box.selectAll()
    qtbot.keyClicks(field.box, "29")
    qtbot.keyClick(field.box, Qt.Key.Key_Return)
    focus_on(qtbot, page.place_card.folder_button)
    assert field.box.text() == "20"
    assert stored(database).join_day == 20


def test_a_text_is_saved_when_the_keyboard_leaves_it(qtbot: QtBot, page: SettingsPage, database: Database) -> None:
    field = page.fields["community_name"]
    assert isinstance(field, TextSetting)
    field.edit.setText("幸福里社区居委会")
    with qtbot.waitSignal(page.context.data_changed):
        qtbot.keyClick(field.edit, Qt.Key.Key_Return)
    assert stored(database).community_name == "幸福里社区居委会"


def test_the_last_way_of_visiting_stays(qtbot: QtBot, page: SettingsPage, database: Database) -> None:
    field = page.fields["child_modes"]
    assert isinstance(field, ChoicesSetting)
    field.boxes["onsite"].click()
    assert field.boxes["onsite"].isChecked()
    assert field.problem.isVisible()
    with qtbot.waitSignal(page.context.data_changed):
        field.boxes["video"].click()
    assert stored(database).child_modes == ("onsite", "video")


def test_a_value_the_service_refuses_is_told_beside_the_field(
    qtbot: QtBot, page: SettingsPage, database: Database
) -> None:
    field = page.fields["target_percent"]
    field.changed.emit("target_percent", 101)
    qtbot.waitUntil(field.problem.isVisible)
    assert "101" in field.problem.text()
    assert stored(database).target_percent == 100


def test_categories_that_count(qtbot: QtBot, page: SettingsPage, database: Database) -> None:
    assert page.category_boxes["living_alone"].isChecked()
    assert not page.category_boxes["advanced_age"].isChecked()
    with qtbot.waitSignal(page.context.data_changed):
        page.category_boxes["advanced_age"].click()
    assert "advanced_age" in {row.code for row in database.fetch(list_categories) if row.counts}
    with qtbot.waitSignal(page.context.undone):
        page.context.undo()
    qtbot.waitUntil(lambda: not page.category_boxes["advanced_age"].isChecked())


def test_the_look_follows_at_once_and_is_remembered(page: SettingsPage) -> None:
    page.theme_chips._buttons["dark"].click()
    page.size_chips._buttons["150"].click()
    assert (theme.current().name, theme.current().scale) == ("dark", 150)
    assert preferences.text("look/theme") == "dark"
    theme.current().choose("light", 100)
    assert (page.theme_chips.key, page.size_chips.key) == ("light", "100")


def test_the_language_is_kept_for_the_next_start(page: SettingsPage) -> None:
    box = page.language_box
    box.setCurrentIndex(box.findData("en"))
    box.activated.emit(box.currentIndex())
    assert preferences.text(preferences.LANGUAGE_KEY) == "en"
    assert "again" in page.language_label.text()


def test_where_the_data_lies_is_said(page: SettingsPage, database: Database) -> None:
    shown = [label.text() for label in page.findChildren(QLabel)]
    assert str(Path(database.location).resolve()) in shown


def test_the_key_moves_into_the_keyring_and_back(
    qtbot: QtBot, context: AppContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(tmp_path / "key"))
    key = keyfile.load_key(create=True)
    page = SettingsPage(context)
    qtbot.addWidget(page)
    show(qtbot, page)
    card = page.place_card
    assert card.key_button.isVisible() == ("://" not in context.database.location)
    with keyring_of(MemoryKeyring()):
        for inside in (True, False):
            card.key_button.click()
            qtbot.waitUntil(card.key_button.isEnabled)
            assert keyfile.is_in_keyring() is inside
            assert ("keyring" in card.key_label.text()) is inside
            assert keyfile.load_key(create=False) == key


def test_a_computer_without_a_keyring_is_told_so(
    qtbot: QtBot, page: SettingsPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(tmp_path / "key"))
    key = keyfile.load_key(create=True)
    with keyring_of(fail.Keyring()), qtbot.waitSignal(page.context.error_raised) as told:
        page.place_card.key_button.click()
    assert "no keyring" in str(told.args[0])
    qtbot.waitUntil(page.place_card.key_button.isEnabled)
    assert keyfile.key_path().read_text("ascii") == key


def test_demonstration_data_can_be_asked_to_go(qtbot: QtBot, database: Database, context: AppContext) -> None:
    import_facts(database, facts() | {"settings": {"demo": True}}, "demo")
    page = SettingsPage(context)
    qtbot.addWidget(page)
    show(qtbot, page)
    assert page.demo_card.isVisible()
    with qtbot.waitSignal(context.demo_removal_requested):
        page.demo_button.click()


def test_a_database_without_demonstration_data_offers_no_removal(page: SettingsPage) -> None:
    assert not page.demo_card.isVisible()
