"""The window does little at a time: what is out of sight waits, what is heavy comes when asked for."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.figures import keeping
from gridapp.domain.changes import Kind
from ui import pages, theme
from ui.context import AppContext
from ui.first_page import FirstPageKeeper
from ui.main_window import MainWindow

ROOT = Path(__file__).parents[2]
SAMPLES = "tests.ui.sample_pages"


@pytest.fixture
def window(
    monkeypatch: pytest.MonkeyPatch, look: theme.Theme, context: AppContext, qtbot: QtBot
) -> Iterator[MainWindow]:
    """The main window with two sample pages, the first in sight."""
    made = (pages.PageEntry("today", "Today", "home", f"{SAMPLES}:FirstPage"),
            pages.PageEntry("residents", "Residents", "users", f"{SAMPLES}:SecondPage"))
    others = tuple(
        pages.PageEntry(entry.key, entry.source_title, entry.icon, f"ui.pages.no_{entry.key}:X")
        for entry in pages.PAGES[2:]
    )
    monkeypatch.setattr(pages, "PAGES", made + others)
    window = MainWindow()
    qtbot.addWidget(window)
    window.attach(context)
    window.show()
    window.go_to("today")
    qtbot.waitUntil(lambda: window.current_page is not None)
    yield window
    window.detach()


def go(window: MainWindow, key: str, qtbot: QtBot) -> None:
    """Go to a page and wait until it is in sight."""
    window.go_to(key)
    qtbot.waitUntil(lambda: not window.is_preparing)
    page = window.current_page
    assert page is not None
    assert page.key == key
    assert page.isVisible()
    qtbot.waitUntil(lambda: not page.is_loading)


def test_a_page_out_of_sight_is_dressed_when_it_is_seen(window: MainWindow, look: theme.Theme, qtbot: QtBot) -> None:
    today = window.current_page
    assert today is not None
    go(window, "residents", qtbot)
    before = today.header.title_label.font()
    look.choose("dark", 150, remember=False)
    assert today.header.title_label.font() == before, "Nobody sees it."
    assert window.current_page.header.title_label.font() == look.font("title")  # type: ignore[union-attr]
    go(window, "today", qtbot)
    assert today.header.title_label.font() == look.font("title")
    assert today.header.title_label.palette().windowText().color() == look.colour("text")


def test_a_page_is_imported_off_the_ui_thread_and_the_last_wish_counts(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.delitem(sys.modules, SAMPLES)
    window.go_to("residents", {"person": "p1"})
    assert window.is_preparing
    assert window.current_page is not None
    assert window.current_page.key == "today", "What was in sight stays until the other is there."
    window.go_to("today")
    assert not window.is_preparing
    go(window, "residents", qtbot)


def test_only_heavy_pages_bring_numpy() -> None:
    light = [entry.module for entry in pages.PAGES if not entry.is_heavy]
    program = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\n" \
              "print(*sorted({'numpy', 'pyqtgraph', 'shapely'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program, *light], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_figures_are_brought_to_the_new_day_and_pages_hear_of_it(
    context: AppContext, database: Database, qtbot: QtBot
) -> None:
    clock.set_today(dt.date(2027, 3, 31))
    keeper = FirstPageKeeper(context)
    keeper.look_at_day()
    clock.set_today(dt.date(2027, 4, 1))
    assert not database.fetch(keeping.are_current, clock.today())
    with qtbot.waitSignal(context.data_changed) as told:
        keeper.look_at_day()
    assert told.args[0].kinds == {Kind.VISIT}
    assert database.fetch(keeping.are_current, clock.today())
    keeper.finish()
