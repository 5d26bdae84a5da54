"""Six invented people whose standing on 2026-11-22 is known, for tests of visiting."""

from __future__ import annotations

import datetime as dt
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.queries.values import VisitRow
from gridapp.db.queries.visits import VisitFilter, list_visits
from tests import scenes
from ui.pages.page import Page

TODAY = dt.date(2026, 11, 22)
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def _person(key: str, name: str, sex: str, birth: str) -> dict[str, Any]:
    return {"id": key, "name": name, "sex": sex, "birth": birth, "id_number": None, "died": None,
            "phone": f"1990000000{key[-1]}"}


def _lives(key: str, grid: str, household: str) -> dict[str, Any]:
    return {"person": key, "grid": grid, "start": "2020-01-01", "end": None, "household": household}


def _enrolled(key: str, category: str, start: str = "2026-01-01") -> dict[str, Any]:
    return {"person": key, "category": category, "start": start, "end": None}


def _met(key: str, person: str, day: str, note: str = "") -> dict[str, Any]:
    visit = {"id": key, "person": person, "date": day, "mode": "onsite", "outcome": "met", "worker": "w1",
             "voided": False}
    return visit | ({"note": note} if note else {})


def facts() -> dict[str, Any]:
    """Return the scene: two overdue, one due today, two of one home still open this month, one done."""
    north, south = "990101001001001", "990101001001002"
    return {
        "schema": "gridapp-facts/1",
        "communities": [{"code": "990101001001", "name": "幸福里社区"}],
        "grids": [
            {"code": north, "name": "北网格", "valid_from": "2020-01-01", "valid_to": None},
            {"code": south, "name": "南网格", "valid_from": "2020-01-01", "valid_to": None},
        ],
        "workers": [
            {"id": "w1", "name": "孙丽", "grid": north, "role": "full_time", "start": "2020-01-01", "end": None},
            {"id": "w2", "name": "马强", "grid": south, "role": "full_time", "start": "2020-01-01", "end": None},
        ],
        "buildings": [{"id": "b1", "name": "1号楼", "community": "990101001001"}],
        "households": [{"id": f"h{number}", "building": "b1", "unit": "1单元", "room": f"{number}01室"}
                       for number in range(1, 7)],
        "persons": [
            _person("p1", "王秀英", "F", "1950-03-01"), _person("p2", "赵德福", "M", "1949-05-01"),
            _person("p3", "刘桂兰", "F", "1951-07-01"), _person("p4", "陈国强", "M", "1941-02-01"),
            _person("p5", "周玉梅", "F", "1953-09-01"), _person("p6", "吴小波", "M", "1955-01-01"),
        ],
        "residencies": [_lives("p1", north, "h1"), _lives("p2", north, "h2"), _lives("p3", north, "h2"),
                        _lives("p4", north, "h3"), _lives("p5", north, "h4"), _lives("p6", south, "h5")],
        "enrolments": [_enrolled("p1", "living_alone"), _enrolled("p2", "empty_nest"), _enrolled("p3", "empty_nest"),
                       _enrolled("p4", "living_alone"), _enrolled("p5", "severe_disability"),
                       _enrolled("p6", "living_alone", "2026-09-01")],
        "visits": [_met("v1", "p1", "2026-09-10"), _met("v2", "p2", "2026-10-05", "血压平稳。"),
                   _met("v3", "p3", "2026-10-05", "血压平稳。"), _met("v4", "p4", "2026-11-15"),
                   _met("v5", "p5", "2026-11-03")],
    }


def settle(database: Database) -> None:
    """Pin the day and bring the six people in."""
    clock.set_today(TODAY)
    scenes.put(database, facts())


def stored(database: Database) -> list[VisitRow]:
    """Return every visit, those taken back included, the newest first."""
    return database.fetch(list_visits, VisitFilter(with_voided=True), 1000)


def visits_to(database: Database, person: str, day: dt.date = TODAY) -> list[VisitRow]:
    """Return the visits to a person on a day that count as made."""
    return [row for row in stored(database) if row.person == person and row.day == day and not row.voided]


def show(qtbot: QtBot, page: Page, width: int = 1280, height: int = 600) -> None:
    """Show a page and wait until it has everything it asked for."""
    page.resize(width, height)
    page.show()
    qtbot.waitExposed(page)
    quiet(qtbot, page)


def quiet(qtbot: QtBot, page: Page) -> None:
    """Wait until a page has its answers."""
    qtbot.waitUntil(lambda: not page.is_loading)


def focus_on(qtbot: QtBot, widget: QWidget) -> None:
    """Put the keyboard on a widget and wait until it is there."""
    widget.activateWindow()
    widget.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is widget)
