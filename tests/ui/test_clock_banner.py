"""A window on a computer whose clock was set back, and on one whose clock had been ahead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gridapp import clock
from gridapp.db.figures.dues import standing_day
from gridapp.services.projects import open_database
from ui import messages
from ui.desktop import Desktop
from ui.main_window import MainWindow

REACHED, BEFORE = dt.date(2026, 11, 22), dt.date(2020, 1, 1)


@pytest.fixture
def window(start: Callable[..., Desktop], tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    """On a file whose figures stand at a day that the computer's clock lies before."""
    clock.set_today(REACHED)
    open_database(tmp_path / "file.db", encrypt=False).close()
    clock.set_today(BEFORE)
    desktop = start("--db", str(tmp_path / "file.db"), "--no-encrypt", "--page", "visits")
    qtbot.waitUntil(lambda: desktop.window.context is not None and desktop.is_at_rest())
    yield desktop.window
    desktop._close()
    assert clock.today() == clock.computers_day(), "Another file has reached another day."
    assert not desktop.window.clock_banner.isVisible()


def test_both_days_are_said_until_the_clock_is_right(window: MainWindow) -> None:
    banner = window.clock_banner
    assert banner.isVisible() and clock.today() == REACHED
    assert all(day in banner.text_label.text() for day in ("2020-01-01", "2026-11-22"))
    clock.set_today(REACHED + dt.timedelta(days=3))
    banner.look_at_clock()
    assert not banner.isVisible() and clock.today() == REACHED + dt.timedelta(days=3)


def test_a_right_clock_has_everything_counted_for_its_day(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = window.context
    assert context is not None
    answers = [False, True]
    monkeypatch.setattr(messages, "confirm", lambda *asked: answers.pop(0))
    window.clock_banner.right_button.click()
    assert window.clock_banner.isVisible() and clock.today() == REACHED
    with qtbot.waitSignal(context.data_changed):
        window.clock_banner.right_button.click()
    assert not window.clock_banner.isVisible() and clock.today() == BEFORE
    found = context.database.fetch(standing_day)
    assert found is not None and found[1] == BEFORE
