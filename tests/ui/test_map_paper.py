"""The map sheet of the reports shows any figure, the same as the map on the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridapp.db.database import Database
from gridapp.db.queries.values import EVERYWHERE
from gridapp.domain.figure_classes import INDICATORS, OF_TODAY
from gridapp.domain.period import Month
from gridapp.services.map_paper import map_sheet, write_map
from tests.ui.area import TODAY, settle
from ui.context import AppContext
from ui.map.figures import MonthShown, read_map

MONTH = Month(2026, 11)


@pytest.fixture
def database(context: AppContext) -> Database:
    settle(context.database)
    return context.database


@pytest.mark.parametrize("indicator", INDICATORS)
def test_paper_and_screen_say_the_same(database: Database, tmp_path: Path, indicator: str) -> None:
    sheet = database.fetch(map_sheet, MONTH, TODAY, EVERYWHERE, indicator)
    picture = database.fetch(read_map, indicator, MONTH, MONTH, TODAY)
    shown = MonthShown.of(picture.ground, picture.figures, picture.at)
    assert [shape.code for shape in sheet.shapes] == list(shown.ground.codes)
    for number, shape in enumerate(sheet.shapes):
        assert shape.value == shown.value(number)
        assert shape.shown == shown.figures.shown(shown.at, number)
        assert sheet.classes.marked(shape.shown, shape.value) == shown.text(number)
    loudest = [shown.ground.names[number] for number in shown.loudest()]
    assert sorted(row.name for row in sheet.worst) == sorted(loudest)
    assert ("11" in sheet.month_label) and (str(TODAY.day) in sheet.month_label) == (indicator in OF_TODAY)
    write_map(database, MONTH, TODAY, tmp_path / "m.png", indicator=indicator)
    assert (tmp_path / "m.png").read_bytes().startswith(b"\x89PNG")
