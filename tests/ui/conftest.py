"""What tests of screens get: a plain look, a real database, its context."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gridapp.db.database import Database
from gridapp.services.projects import open_database
from ui import app, preferences, theme
from ui.context import AppContext
from ui.desktop import Desktop
from ui.jobs import JobRunner


@pytest.fixture(autouse=True)
def look(qapp: QApplication, tmp_path: Path) -> Iterator[theme.Theme]:
    """The light theme at standard size, with preferences that nobody keeps."""
    preferences.use_file(str(tmp_path / "preferences.ini"))
    qapp.setStyle("Fusion")
    look = theme.current()
    look.choose("light", 100, remember=False)
    yield look
    look.choose("light", 100, remember=False)


@pytest.fixture(scope="session")
def blank_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database file to copy, because making one takes a while."""
    path = tmp_path_factory.mktemp("blank") / "blank.db"
    open_database(path, encrypt=False).close()
    return path


@pytest.fixture
def database(blank_file: Path, tmp_path: Path) -> Iterator[Database]:
    """A real, empty database."""
    path = tmp_path / "test.db"
    shutil.copy(blank_file, path)
    database = open_database(path, encrypt=False)
    yield database
    database.close()


@pytest.fixture
def context(qapp: QApplication, database: Database) -> Iterator[AppContext]:
    """A context on the real database; nothing is left running."""
    context = AppContext(database, "tester")
    yield context
    context.shut_down()


@pytest.fixture
def runner(qapp: QApplication) -> Iterator[JobRunner]:
    """Two threads."""
    runner = JobRunner(2, "test")
    yield runner
    runner.shut_down()
    assert runner.running == 0


@pytest.fixture
def start(qtbot: QtBot) -> Iterator[Callable[..., Desktop]]:
    """Start the program with arguments; it is closed at the end."""
    made: list[Desktop] = []

    def start(*arguments: str) -> Desktop:
        desktop = Desktop(app._parse(arguments))
        made.append(desktop)
        qtbot.addWidget(desktop.window)
        desktop.start()
        qtbot.waitUntil(lambda: desktop._painted)
        QApplication.processEvents()
        qtbot.waitUntil(lambda: not desktop.is_busy, timeout=20_000)
        return desktop

    yield start
    for desktop in made:
        desktop.shut_down()
        desktop.window.close()
