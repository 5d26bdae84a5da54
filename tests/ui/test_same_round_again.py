"""Whoever works all day opens and closes the same things again and again: another time leaves nothing more."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from gridapp.db.database import Database
from tests.ui import area
from ui import garbage, theme
from ui.context import AppContext
from ui.garbage import UiThreadCollector
from ui.jobs import JobRunner
from ui.main_window import MainWindow
from ui.map import figures, rate_classes, tiles

PAGES = ("today", "visits", "residents", "dashboard", "map", "reports", "data", "settings")
MAP_MEMORY = (tiles.Tile, tiles.ColourTable, figures.MapFigures, figures.MonthShown, rate_classes.Classes)


@pytest.fixture
def window(look: theme.Theme, database: Database, context: AppContext, qtbot: QtBot) -> Iterator[MainWindow]:
    """The main window with its real pages on a small area."""
    area.settle(database)
    window = MainWindow()
    qtbot.addWidget(window)
    window.attach(context)
    window.show()
    yield window
    window.detach()


class Hand:
    """Goes through the window, waiting for every answer."""

    def __init__(self, window: MainWindow, context: AppContext, folder: Path, qtbot: QtBot) -> None:
        self._window, self._context, self._folder, self._qtbot = window, context, folder, qtbot

    def go_round(self) -> None:
        """Open every page, and from some of them what can be closed again."""
        for key in PAGES:
            self._go(key)
        page = self._go("visits")
        self._closed(page.new_item)
        page.export_to(str(self._folder / "visits.xlsx"))
        self._rest()
        page = self._go("map")
        with self._qtbot.waitSignal(page.editing.began):
            page.toolbar.edit_button.click()
        page.editing.discard()
        page = self._go("reports")
        for opened in (page.open_closing, page.open_returns, page.open_templates):
            self._closed(opened)
        page = self._go("data")
        self._closed(page.import_button.click)
        page.export_to(str(self._folder / "facts.json"))
        self._rest()
        self._go("today")

    def _go(self, key: str) -> Any:
        self._window.go_to(key)
        self._qtbot.waitUntil(lambda: not self._window.is_preparing)
        self._rest()
        page = self._window.current_page
        assert page is not None
        assert page.key == key
        return page

    def _closed(self, opened: Callable[[], object]) -> None:
        opened()
        self._rest()
        page = self._window.current_page
        assert page is not None
        dialog = next(one for one in page.findChildren(QDialog) if one.isVisible())
        dialog.reject()
        self._rest()

    def _rest(self) -> None:
        runners, page = self._context.findChildren(JobRunner), self._window.current_page
        self._qtbot.waitUntil(
            lambda: not any(runner.running for runner in runners) and (page is None or not page.is_loading)
        )


def kept() -> Counter[str]:
    """Return how many widgets there are of each class, and how many of all objects of the window's own classes."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    found = Counter(f"widget {type(one).__name__}" for one in QApplication.allWidgets())
    found.update(f"QObject {type(one).__name__}" for one in shiboken6.getAllValidWrappers() if isinstance(one, QObject))
    classes = (type(one) for one in gc.get_objects() if not isinstance(one, MAP_MEMORY))
    found.update(f"{one.__module__}.{one.__qualname__}" for one in classes if one.__module__.startswith("ui."))
    return found


def test_another_round_leaves_no_more(
    window: MainWindow, context: AppContext, tmp_path: Path, qtbot: QtBot
) -> None:
    hand = Hand(window, context, tmp_path, qtbot)
    hand.go_round()
    hand.go_round()  # what is kept once for the next time is there after this: tiles of the map at its second scale
    before = kept()
    hand.go_round()
    assert kept() - before == Counter()


class Ring:
    """Holds itself: only a pass of the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


def test_circles_put_aside_with_much_else_go_once_another_program_is_in_front(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = Qt.ApplicationState.ApplicationActive
    monkeypatch.setattr(QGuiApplication, "applicationState", lambda: state)
    collector = UiThreadCollector()
    try:
        collector._collect()  # the first: all that was imported is put aside
        ring = weakref.ref(Ring())
        many = [[number] for number in range(garbage.MANY + 1000)]
        collector._collect()
        del many
        collector._collect()
        assert ring() is not None, "somebody may be typing: nothing large is looked through"
        state = Qt.ApplicationState.ApplicationInactive
        collector._collect()
        assert ring() is None
    finally:
        collector.stop()
