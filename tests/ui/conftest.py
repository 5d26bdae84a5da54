"""What tests of screens get: a plain look, a real database, its context."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from gridapp.db.database import Database
from gridapp.services.projects import open_database
from ui import preferences, theme
from ui.context import AppContext
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
