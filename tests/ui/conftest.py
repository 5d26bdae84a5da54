"""What tests of screens get: a plain look, a real database, its context."""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gridapp.db.database import Database
from gridapp.services.projects import open_database
from tests import slow_jobs
from ui import app, jobs, preferences, theme
from ui.context import AppContext
from ui.desktop import Desktop
from ui.jobs import JobRunner

PATIENCE_MS = 60_000
"""Longest wait: only what hangs takes so long, whatever else the machine has to do."""

slow_jobs.begin()


class PatientBot(QtBot):
    """The one place that says how long a test waits: each wait ends as soon as what it waits for is there."""

    waitSignal = functools.partialmethod(QtBot.waitSignal, timeout=PATIENCE_MS)  # type: ignore[assignment]
    waitSignals = functools.partialmethod(QtBot.waitSignals, timeout=PATIENCE_MS)  # type: ignore[assignment]
    waitUntil = functools.partialmethod(QtBot.waitUntil, timeout=PATIENCE_MS)  # type: ignore[assignment]
    waitActive = functools.partialmethod(QtBot.waitActive, timeout=PATIENCE_MS)  # type: ignore[assignment]
    waitExposed = functools.partialmethod(QtBot.waitExposed, timeout=PATIENCE_MS)  # type: ignore[assignment]


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """pytest-qt's, with patience."""
    return PatientBot(request)


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
def may_go_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Lets work that can be stopped go on; cleared, such work waits at its next report, and is surely not done yet."""
    may_go_on, advance = threading.Event(), jobs._Reporter.advance

    def wait_and_advance(reporter: jobs._Reporter, done: int, total: int, message: str = "") -> None:
        assert may_go_on.wait(PATIENCE_MS / 1000)
        advance(reporter, done, total, message)

    monkeypatch.setattr(jobs._Reporter, "advance", wait_and_advance)
    may_go_on.set()
    yield may_go_on
    may_go_on.set()


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
        qtbot.waitUntil(lambda: not desktop.is_busy)
        return desktop

    yield start
    for desktop in made:
        desktop.shut_down()
        desktop.window.close()
