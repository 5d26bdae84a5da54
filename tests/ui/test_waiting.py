"""A save on a server that has to wait for somebody who writes alone: who it is, and waiting on or stopping."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import func, select

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.records import VisitRecord
from gridapp.errors import DatabaseBusyError
from gridapp.services import visits
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from tests.databases import OnServer
from tests.factories import document
from tests.postgres_server import Server
from ui.context import AppContext
from ui.jobs import Job
from ui.widgets.waiting_box import WaitingBox

pytestmark = pytest.mark.postgres
DAY = dt.date(2026, 3, 20)


@pytest.fixture
def database(postgres_server: Server) -> Iterator[Database]:
    clock.set_today(DAY)
    with OnServer(postgres_server).opened() as database:
        import_facts(database, document(), "tester")
        yield database


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.fixture
def context(database: Database, postgres_server: Server, window: QWidget) -> Iterator[AppContext]:
    """Somebody else's window on it, whom the server lets wait for a moment only."""
    address = postgres_server.address(database.location.rpartition("/")[2])
    other = open_database(address + "?options=-c%20lock_timeout%3D50ms")
    context = AppContext(other, "乙")
    context.job_started.connect(WaitingBox(window).follow)
    yield context
    context.shut_down()
    other.close()


@contextmanager
def somebody_alone(database: Database) -> Iterator[threading.Event]:
    """Let nobody else write until the event is set."""
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write("facts.import", "王小明", alone=True):
            held.set()
            assert done.wait(60)

    with ThreadPoolExecutor(1) as one:
        holding: Future[None] = one.submit(hold)
        try:
            assert held.wait(60)
            yield done
        finally:
            done.set()
            holding.result()


def boxes(window: QWidget) -> list[QMessageBox]:
    return [box for box in window.findChildren(QMessageBox) if box.isVisible()]


def save(context: AppContext) -> Job:
    return context.change(visits.record_visit, visits.NewVisit("p1", DAY), "乙", announce_errors=False)


def saved(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(VisitRecord)) or 0


def test_waiting_on_saves(qtbot: QtBot, context: AppContext, database: Database, window: QWidget) -> None:
    form = QDialog(window)
    form.open()  # the box stands over the form that was saved, where it can be clicked
    with somebody_alone(database) as done:
        job = save(context)
        qtbot.waitUntil(lambda: bool(boxes(window)), timeout=20_000)
        (box,) = boxes(window)
        assert box.parent() is form and "王小明 has been at work since 12:00" in box.text()
        assert "Imported a facts file" in box.text()
        done.set()
        qtbot.waitUntil(lambda: job.is_finished, timeout=20_000)
    assert not boxes(window) and saved(database) == 1


def test_stopping_writes_nothing(qtbot: QtBot, context: AppContext, database: Database, window: QWidget) -> None:
    failures: list[Exception] = []
    with somebody_alone(database):
        job = save(context)
        job.failed.connect(failures.append)
        qtbot.waitUntil(lambda: bool(boxes(window)), timeout=20_000)
        (button,) = boxes(window)[0].buttons()
        assert button.text() == "Stop waiting"
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: job.is_finished, timeout=20_000)
    assert isinstance(failures[0], DatabaseBusyError) and "Nothing of yours was written" in str(failures[0])
    assert not boxes(window) and saved(database) == 0


def test_a_window_that_closes_waits_for_nobody(context: AppContext, database: Database) -> None:
    with somebody_alone(database):
        job = save(context)
        context.shut_down()
        assert job.is_finished
    assert saved(database) == 0
