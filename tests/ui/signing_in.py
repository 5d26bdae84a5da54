"""Come in by the sign-in screen, as people do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ui.desktop import Desktop
from ui.pages.settings import SettingsPage

SECRET = "correct horse"


def sign_in(desktop: Desktop, name: str, password: str, qtbot: QtBot) -> None:
    screen = desktop.doorkeeper.screen
    qtbot.waitUntil(screen.isVisible)
    screen.name_edit.setText(name)
    screen.password_edit.setFocus()
    QTest.keyClicks(screen.password_edit, password)
    QTest.keyClick(screen.password_edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not desktop.is_busy)


def settings_page(desktop: Desktop, qtbot: QtBot) -> SettingsPage:
    desktop.window.go_to("settings")
    qtbot.waitUntil(lambda: not desktop.window.is_preparing)
    page = desktop.window.current_page
    assert isinstance(page, SettingsPage)
    qtbot.waitUntil(lambda: not page.is_loading)
    return page
