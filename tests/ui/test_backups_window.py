"""Backups in the window: made on closing, listed, put back, and offered when the file is damaged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from gridapp import paths
from gridapp.db import marks
from gridapp.services import backups, visits
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from tests.factories import document
from ui import startup
from ui.backup_keeper import BackupKeeper
from ui.desktop import Desktop
from ui.dialogs.doctor_dialog import DoctorDialog
from ui.dialogs.restore_dialog import RestoreDialog
from ui.pages.data import DataPage

DAY = dt.date(2026, 3, 1)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a backup and one visit that is newer."""
    monkeypatch.setattr(paths, "data_dir", lambda: tmp_path)
    monkeypatch.setenv("GRIDAPP_KEY_FILE", str(tmp_path / "database.key"))
    path = tmp_path / "own.db"
    database = open_database(path)
    import_facts(database, document(), "x")
    backups.back_up(database)
    visits.record_visit(database, visits.NewVisit("p1", DAY), "小示")
    database.close()
    return path


@pytest.fixture
def start(own: Path, start: Callable[..., Desktop]) -> Callable[[], Desktop]:
    return partial(start, "--db", str(own), "--page", "data")


def reasons(own: Path) -> list[str]:
    return sorted(row.reason for row in backups.list_backups(own))


def data_page(desktop: Desktop, qtbot: QtBot) -> DataPage:
    def is_shown() -> bool:
        page = desktop.window.current_page
        return isinstance(page, DataPage) and bool(page.backups.table.model.rows)

    qtbot.waitUntil(is_shown)
    page = desktop.window.current_page
    assert isinstance(page, DataPage)
    return page


def test_a_backup_is_put_in_place_from_the_data_page(start: Callable[[], Desktop], own: Path, qtbot: QtBot) -> None:
    desktop = start()
    page = data_page(desktop, qtbot)
    page.chips._buttons["backups"].click()
    panel = page.backups
    assert panel.isVisible()
    panel.table.select_row(0)
    panel.restore_button.click()
    dialog = panel.dialog
    assert dialog is not None
    qtbot.waitUntil(dialog.restore_button.isEnabled)
    assert "1 visits" in dialog.summary.text()
    assert [row.actor for row in dialog.table.model.rows] == ["小示"]
    before = desktop.window.context
    dialog.restore_button.click()
    qtbot.waitUntil(lambda: desktop.window.context not in (None, before) and not desktop.is_busy)
    context = desktop.window.context
    assert context is not None and context.database.location == str(own)
    assert reasons(own) == ["manual", "replaced"]
    database = context.database
    assert backups.backup.check(database.engine, own).visits == 0


def test_cancelled_nothing_is_put_in_place(start: Callable[[], Desktop], own: Path, qtbot: QtBot) -> None:
    desktop = start()
    page = data_page(desktop, qtbot)
    page.backups.table.select_row(0)
    page.backups.restore_button.click()
    dialog = page.backups.dialog
    assert dialog is not None
    qtbot.waitUntil(dialog.restore_button.isEnabled)
    dialog.cancel_button.click()
    assert page.backups.dialog is None and desktop.window.context is not None
    assert reasons(own) == ["manual"]


def test_closing_the_window_leaves_a_backup_and_closing_it_again_does_not(
    start: Callable[[], Desktop], own: Path, qtbot: QtBot
) -> None:
    for _turn in range(2):
        desktop = start()
        qtbot.waitUntil(lambda shown=desktop: shown.window.context is not None)
        desktop.window.close()
        assert not desktop.window.isVisible(), "out of sight before the backup is made"
        desktop.shut_down()
        assert reasons(own) == ["exit", "manual"]
        assert not own.with_name("own.db-wal").exists() and not own.with_name("own.db" + marks.SUFFIX).exists()


def test_a_slow_backup_on_closing_is_given_up(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "LEAVING_S", -1)
    startup.leave(open_database(own, create=False), is_backed_up=True)
    assert reasons(own) == ["manual"]
    assert not list(backups.folder_of(own).glob("*.part"))


def test_the_daily_backup_comes_by_itself(start: Callable[[], Desktop], own: Path, qtbot: QtBot) -> None:
    desktop = start()
    context = desktop.window.context
    assert context is not None
    [keeper] = context.findChildren(BackupKeeper)
    with qtbot.waitSignal(context.backup_made):
        keeper.look()
    assert reasons(own) == ["manual"], "young enough"
    for row in backups.list_backups(own):
        row.path.rename(row.path.with_name(row.path.name.replace(".20", ".19")))
    with qtbot.waitSignal(context.backup_made):
        keeper.look()
    assert reasons(own) == ["daily", "manual"]


def test_a_damaged_file_offers_the_last_backup(start: Callable[[], Desktop], own: Path, qtbot: QtBot) -> None:
    own.write_bytes(own.read_bytes()[:3000])
    desktop = start()

    def offered() -> RestoreDialog | None:
        return next(iter(desktop.window.findChildren(RestoreDialog)), None)

    qtbot.waitUntil(lambda: offered() is not None)
    dialog = offered()
    assert dialog is not None
    qtbot.waitUntil(dialog.restore_button.isEnabled)
    assert "cannot be read" in dialog.summary.text()
    dialog.restore_button.click()
    qtbot.waitUntil(lambda: desktop.window.context is not None and not desktop.is_busy)
    assert reasons(own) == ["manual", "replaced"]


def test_a_lost_wal_is_told_in_the_window(start: Callable[[], Desktop], own: Path, qtbot: QtBot) -> None:
    marks.put(own)
    desktop = start()
    qtbot.waitUntil(lambda: desktop.window.context is not None)
    [box] = [box for box in desktop.window.findChildren(QMessageBox) if box.isVisible()]
    assert "own.db-wal" in box.text()
    box.accept()


def test_the_database_is_checked_and_repaired_from_the_data_page(
    start: Callable[[], Desktop], own: Path, qtbot: QtBot
) -> None:
    database = open_database(own)
    with database.write_unrecorded() as session:
        session.connection().exec_driver_sql("DROP TRIGGER audit_operation_delete")
        session.connection().exec_driver_sql("UPDATE grid_month SET roster = roster + 1")
    desktop = start()
    page = data_page(desktop, qtbot)
    with database.write_unrecorded() as session:
        session.connection().exec_driver_sql("DROP TRIGGER audit_operation_delete")  # opening put it back
    database.close()
    page.backups.check_button.click()
    dialog = page.backups.doctor
    assert isinstance(dialog, DoctorDialog)
    qtbot.waitUntil(dialog.repair_button.isEnabled)
    assert [row.check for row in dialog.table.model.rows if not row.is_well] == ["guards", "figures"]
    dialog.repair_button.click()
    qtbot.waitUntil(lambda: "is well" in dialog.summary.text())
    assert not dialog.repair_button.isEnabled() and "protection" in dialog.summary.text()
    dialog.compact_button.click()
    assert not dialog.compact_button.isEnabled()
    qtbot.waitUntil(lambda: "The file had" in dialog.summary.text(), timeout=60_000)
    assert dialog.compact_button.isEnabled() and "before-compacting" in reasons(own)
    dialog.close_button.click()
