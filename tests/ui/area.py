"""Three invented grids side by side, whose figures of November 2026 are known: 1 of 3, 2 of 2, nobody."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from gridapp import clock
from gridapp.db.database import Database
from tests import scenes
from ui.pages.page import Page

TODAY = dt.date(2026, 11, 22)
WEST, MIDDLE, EAST = (f"99010100100100{number}" for number in (1, 2, 3))
LON, LAT, STEP = 104.5, 39.2, 0.004


def _grid(code: str, name: str, column: int) -> dict[str, Any]:
    west, east, north = (round(value, 8) for value in (LON + column * STEP, LON + (column + 1) * STEP, LAT + STEP))
    ring = [[west, LAT], [east, LAT], [east, north], [west, north], [west, LAT]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    return {"code": code, "name": name, "valid_from": "2020-01-01", "valid_to": None,
            "boundaries": [{"start": "2020-01-01", "end": None, "geometry": shape}]}


def facts() -> dict[str, Any]:
    """Return the scene: w1 and w2 are missed in the west grid, w1 although someone called twice."""
    lived = {"w1": WEST, "w2": WEST, "w3": WEST, "m1": MIDDLE, "m2": MIDDLE}
    names = {"w1": "王秀英", "w2": "赵德福", "w3": "钱桂兰", "m1": "孙淑珍", "m2": "李建国"}
    visits = [
        ("v1", "w3", "2026-11-05", "onsite", "met"), ("v2", "m1", "2026-11-06", "onsite", "met"),
        ("v3", "m2", "2026-11-07", "phone", "met"), ("v4", "w1", "2026-11-08", "onsite", "not_home"),
        ("v5", "w1", "2026-11-09", "onsite", "not_home"), ("v6", "w1", "2026-10-09", "onsite", "met"),
    ]  # fmt: skip
    return {
        "schema": "gridapp-facts/1",
        "settings": {"target_percent": 90},
        "communities": [{"code": "990101001001", "name": "幸福里社区"}],
        "grids": [_grid(WEST, "西网格", 0), _grid(MIDDLE, "中网格", 1), _grid(EAST, "东网格", 2)],
        "workers": [{"id": "k1", "name": "马强", "grid": WEST, "role": "full_time", "start": "2020-01-01",
                     "end": None}],
        "buildings": [{"id": "b1", "name": "1号楼", "community": "990101001001", "lon": LON + STEP / 4,
                       "lat": LAT + STEP / 4}],
        "households": [{"id": f"h-{who}", "building": "b1", "room": f"{who}室"} for who in ("w1", "w2")],
        "persons": [{"id": who, "name": name, "sex": "F", "birth": "1950-05-01", "id_number": None, "died": None}
                    for who, name in names.items()],
        "residencies": [{"person": who, "grid": grid, "start": "2020-01-01", "end": None}
                        | ({"household": f"h-{who}"} if who in ("w1", "w2") else {"address": f"{who}号"})
                        for who, grid in lived.items()],
        "enrolments": [{"person": who, "category": "living_alone", "start": "2026-01-01", "end": None}
                       for who in lived],
        "visits": [{"id": key, "person": who, "date": day, "mode": mode, "outcome": outcome, "worker": "k1",
                    "voided": False} for key, who, day, mode, outcome in visits],
    }  # fmt: skip


def settle(database: Database) -> None:
    """Put the scene into an empty database and pin the clock to its day."""
    clock.set_today(TODAY)
    scenes.put(database, facts())


def shown(qtbot: QtBot, page: Page, width: int = 1240, height: int = 640) -> Page:
    """Show a page and wait until it has every answer."""
    qtbot.addWidget(page)
    page.resize(width, height)
    page.show()
    rested(qtbot, page)
    return page


def rested(qtbot: QtBot, page: Page) -> None:
    """Wait until a page has every answer."""
    qtbot.waitUntil(lambda: not page.is_loading)


def written(path: Path) -> bytes:
    """Return a file that must be there."""
    if not path.exists():
        pytest.fail(f"{path.name} was not written")
    return path.read_bytes()
