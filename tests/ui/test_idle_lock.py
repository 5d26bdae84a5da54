"""The lock asks for itself when nobody is there, and when the computer was asleep."""

from __future__ import annotations

import datetime as dt

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from gridapp import clock
from ui import locking
from ui.locking import LOOK_EVERY_MS, SLEPT, IdleLock

START = dt.datetime(2026, 11, 22, 8, 0, tzinfo=dt.UTC)


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> dt.datetime:
        return self.at


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    made = Hands()
    monkeypatch.setattr(locking.clock, "now", made.now)
    assert clock.now() == START
    return made


def test_a_computer_that_slept_is_locked_at_its_first_look(qtbot: QtBot, hands: Hands) -> None:
    parent = QObject()
    lock = IdleLock(parent)
    lock.start(600)
    for _look in range(3):
        hands.at += dt.timedelta(milliseconds=LOOK_EVERY_MS)
        with qtbot.assertNotEmitted(lock.lock_requested):
            lock.look()
    hands.at += SLEPT + dt.timedelta(seconds=1)
    with qtbot.waitSignal(lock.lock_requested):
        lock.look()
    assert not lock._timer.isActive(), "asked for once"


def test_nobody_there_for_as_long_as_the_setting_says_is_locked(qtbot: QtBot, hands: Hands) -> None:
    parent = QObject()
    lock = IdleLock(parent)
    lock.start(1)
    for _look in range(11):
        hands.at += dt.timedelta(milliseconds=LOOK_EVERY_MS)
        with qtbot.assertNotEmitted(lock.lock_requested):
            lock.look()
    hands.at += dt.timedelta(milliseconds=LOOK_EVERY_MS)
    with qtbot.waitSignal(lock.lock_requested):
        lock.look()
