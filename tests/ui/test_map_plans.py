"""Plans to divide a community: three side by side, one taken to the map, edited and saved."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QDate
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gridapp.db.queries.places import list_grids
from tests.ui import area
from tests.ui.area import LAT, LON, STEP, rested, settle, shown
from ui.context import AppContext
from ui.dialogs.map_plans import MapPlansDialog, plan_figures
from ui.pages.map import MapPage

MONTH_LATER = dt.date(2026, 12, 1)


def crowd() -> dict[str, Any]:
    """Return thirty buildings with two households each, most of them in the west grid."""
    document = area.facts()
    places = [(column, row) for column in range(10) for row in range(3)]
    for number, (column, row) in enumerate(places):
        west = LON + STEP * 3 * (column / 10) ** 2 + STEP / 12
        document["buildings"].append(
            {"id": f"c{number}", "name": f"{number}栋", "community": "990101001001", "lon": round(west, 8),
             "lat": round(LAT + STEP * (0.2 + 0.3 * row), 8)}
        )  # fmt: skip
        for room in range(2):
            document["households"].append({"id": f"hc{number}-{room}", "building": f"c{number}", "room": f"{room}室"})
            who = f"p{number}-{room}"
            document["persons"].append(
                {"id": who, "name": "周平安", "sex": "F", "birth": "1948-05-01", "id_number": None, "died": None}
            )
            grid = (area.WEST, area.MIDDLE, area.EAST)[min(int((west - LON) / STEP), 2)]
            document["residencies"].append(
                {"person": who, "grid": grid, "start": "2020-01-01", "end": None, "household": f"hc{number}-{room}"}
            )
    return document


@pytest.fixture
def page(qtbot: QtBot, context: AppContext, monkeypatch: pytest.MonkeyPatch) -> MapPage:
    document = crowd()
    monkeypatch.setattr(area, "facts", lambda: document)
    settle(context.database)
    page = MapPage(context)
    shown(qtbot, page)
    with qtbot.waitSignal(page.editing.began):
        page.toolbar.edit_button.click()
    return page


def planned(page: MapPage, qtbot: QtBot, count: int) -> MapPlansDialog:
    assert page.editing.panel is not None
    page.editing.panel.plans_button.click()
    dialog = page.editing.plans
    dialog.count_box.setValue(count)
    dialog.start_button.click()
    qtbot.waitUntil(lambda: dialog.division is not None or bool(dialog.error.text()))
    assert dialog.error.text() == ""
    return dialog


def test_a_plan_is_taken_to_the_map_and_saved(page: MapPage, qtbot: QtBot, context: AppContext) -> None:
    dialog = planned(page, qtbot, 4)
    assert len(dialog.take_buttons) == 3
    assert not dialog.grab().isNull()
    dialog.take_buttons[0].click()
    desk = page.editing.desk
    assert desk is not None
    assert len(desk.coverage) == 4
    assert not [problem for problem in desk.problems if problem.is_fault]
    page.editing.save()
    saving = page.editing.dialog
    assert saving is not None
    saving.day_field.setDate(QDate(MONTH_LATER.year, MONTH_LATER.month, MONTH_LATER.day))
    qtbot.waitUntil(saving.save_button.isEnabled)
    with qtbot.waitSignal(page.editing.ended):
        saving.save_button.click()
    assert len(context.database.fetch(list_grids, MONTH_LATER)) == 4
    rested(qtbot, page)


def test_a_plan_begins_with_the_grids_as_they_are(page: MapPage, qtbot: QtBot) -> None:
    desk = page.editing.desk
    assert desk is not None
    desk.choose_tool("merge")
    desk.select(area.WEST)
    desk.select(area.MIDDLE, more=True)
    desk.finish()
    with qtbot.waitSignal(page.notice_raised):
        page.editing.plan()


def test_planning_is_stopped_with_the_dialog(page: MapPage, qtbot: QtBot, may_go_on: threading.Event) -> None:
    assert page.editing.panel is not None
    page.editing.panel.plans_button.click()
    dialog = page.editing.plans
    may_go_on.clear()
    dialog.start()
    dialog.reject()
    may_go_on.set()
    qtbot.waitUntil(lambda: "Stopped" in dialog.told_label.text())
    assert dialog.division is None


def test_borders_run_along_the_roads_of_a_file(page: MapPage, qtbot: QtBot, tmp_path: Path) -> None:
    middle, south, north = LON + STEP, LAT - STEP, LAT + 2 * STEP
    lines = [[[middle, south], [middle, north]], [[LON - STEP, LAT + STEP / 2], [LON + 4 * STEP, LAT + STEP / 2]]]
    file = tmp_path / "roads.geojson"
    features = [{"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": line}}
                for line in lines]  # fmt: skip
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    assert page.editing.panel is not None
    page.editing.panel.plans_button.click()
    dialog = page.editing.plans
    dialog.choose_roads(file)
    assert "roads.geojson" in dialog.along_box.currentText()
    dialog.count_box.setValue(2)
    dialog.start_button.click()
    assert dialog.stop_button.isVisible()
    qtbot.waitUntil(lambda: dialog.division is not None or bool(dialog.error.text()))
    assert dialog.error.text() == ""
    assert dialog.division is not None
    assert dialog.division.units >= 30  # buildings stay the units; roads are where borders go
    compact = dialog.division.proposals[1]
    assert compact.plan.along_roads is not None
    assert dict(plan_figures(compact))["Of these along main roads"] == f"{compact.plan.along_roads:.0%}"
    shown_texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert "Of these along main roads" in shown_texts
    dialog.division = None
    file.write_text("nothing", "utf-8")
    qtbot.waitUntil(dialog.start_button.isVisible)
    dialog.start_button.click()
    qtbot.waitUntil(lambda: bool(dialog.error.text()))
    assert "roads.geojson" in dialog.error.text()
    dialog.reject()


def test_plans_divide_the_grids_the_map_was_opened_on(page: MapPage, qtbot: QtBot) -> None:
    desk, panel = page.editing.desk, page.editing.panel
    assert desk is not None and panel is not None
    later = dt.date(2026, 12, 1)
    desk.ground = dataclasses.replace(desk.ground, day=later)
    panel.plans_button.click()
    dialog = page.editing.plans
    dialog.count_box.setValue(2)
    dialog.start_button.click()
    qtbot.waitUntil(lambda: dialog.division is not None)
    assert dialog.division is not None and dialog.division.ground.day == later
    qtbot.waitUntil(dialog.start_button.isVisible)
    assert dialog.count_box.width() > dialog.count_box.fontMetrics().horizontalAdvance("2000")
    dialog.reject()
