"""Whoever has an account says what for before anything leaves; the last answer costs one Enter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gridapp.db.database import Database
from gridapp.db.queries.handouts import HandoutRow, list_handouts
from gridapp.domain.access import Principal, Role
from gridapp.domain.handout import COPIED_FREELY
from gridapp.services.facts import import_facts
from tests import factories
from ui.clipboard_gate import ClipboardGate
from ui.context import AppContext
from ui.dialogs.purpose_dialog import PurposeDialog
from ui.models.row_table_model import Column
from ui.pages.data import DataPage
from ui.widgets.data_table import DataTable


@pytest.fixture
def page(qtbot: QtBot, database: Database, context: AppContext) -> Iterator[DataPage]:
    import_facts(database, factories.document(), "test")
    made = DataPage(context)
    qtbot.addWidget(made)
    made.resize(1000, 620)
    made.show()
    qtbot.waitUntil(lambda: not made.is_loading)
    yield made
    made.retire()


def rows(database: Database) -> list[HandoutRow]:
    return database.fetch(list_handouts)


def ask(qtbot: QtBot, owner: QWidget) -> PurposeDialog:
    """The question, when its offers are there."""
    found: list[PurposeDialog] = []

    def is_asked() -> bool:
        found[:] = [one for one in owner.findChildren(PurposeDialog) if one.isVisible() and one.purpose_box.count()]
        return bool(found)

    qtbot.waitUntil(is_asked)
    return found[0]


def test_an_account_is_asked_and_the_last_purpose_costs_one_enter(
    qtbot: QtBot, page: DataPage, database: Database, tmp_path: Path
) -> None:
    database.sign_in(Principal("管理员", Role.ADMINISTRATOR))
    target = tmp_path / "all.json"
    page.export_to(str(target))
    dialog = ask(qtbot, page)
    assert dialog.purpose_box.currentText() == ""
    qtbot.keyClick(dialog.words_edit, Qt.Key.Key_Return)
    assert dialog.problem.isVisible() and not target.exists()
    qtbot.keyClicks(dialog.words_edit, "For the district")
    qtbot.keyClick(dialog.words_edit, Qt.Key.Key_Return)
    qtbot.waitUntil(target.exists)
    qtbot.waitUntil(lambda: page.handouts.model.rowCount() == 1)
    assert rows(database)[0].purpose == "For the district"
    again = tmp_path / "again.json"
    page.export_to(str(again))
    dialog = ask(qtbot, page)
    assert dialog.purpose_box.currentText() == "For the district"
    qtbot.keyClick(dialog.words_edit, Qt.Key.Key_Return)
    qtbot.waitUntil(again.exists)
    qtbot.waitUntil(lambda: page.handouts.model.rowCount() == 2)


def test_who_does_not_say_what_for_takes_nothing_out(
    qtbot: QtBot, page: DataPage, database: Database, tmp_path: Path
) -> None:
    database.sign_in(Principal("管理员", Role.ADMINISTRATOR))
    page.export_to(str(tmp_path / "all.json"))
    dialog = ask(qtbot, page)
    qtbot.mouseClick(dialog.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.export_button.isEnabled)
    assert not (tmp_path / "all.json").exists() and not rows(database)


def test_few_rows_are_copied_freely_and_many_are_listed(
    qtbot: QtBot, page: DataPage, database: Database, context: AppContext
) -> None:
    table: DataTable[int] = DataTable([Column("n", "N", int)], "Numbers", key="numbers", multiple=True, parent=page)
    gate = ClipboardGate(context, page)
    QGuiApplication.clipboard().setText("before")
    table.set_rows(list(range(COPIED_FREELY)))
    table.view.selectAll()
    table.copy_selection()
    assert QGuiApplication.clipboard().text().count("\n") == COPIED_FREELY + 1 and not rows(database)
    QGuiApplication.clipboard().setText("before")
    database.sign_in(Principal("管理员", Role.ADMINISTRATOR))
    table.set_rows(list(range(COPIED_FREELY + 1)))
    table.view.selectAll()
    table.copy_selection()
    dialog = ask(qtbot, table)
    assert QGuiApplication.clipboard().text() == "before"
    qtbot.keyClicks(dialog.words_edit, "Letter")
    qtbot.keyClick(dialog.words_edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text().count("\n") == COPIED_FREELY + 2)
    assert [(row.people, row.purpose) for row in rows(database)] == [(COPIED_FREELY + 1, "Letter")]
    assert gate is not None
