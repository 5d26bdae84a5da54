"""Boundary files at the map: looked at line by line, imported, exported and read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gridapp.db.queries.places import list_grids
from gridapp.services.boundary_report import check_boundaries
from tests.bad_outlines import BAD
from tests.ui.area import LAT, LON, STEP, TODAY, rested, settle, shown
from ui.context import AppContext
from ui.dialogs.map_import import MapImportDialog
from ui.pages.map import MapPage


@pytest.fixture
def page(qtbot: QtBot, context: AppContext) -> MapPage:
    settle(context.database)
    page = MapPage(context)
    shown(qtbot, page)
    return page


def boundary_file(path: Path, *boxes: tuple[float, float], shift: float = 0.0) -> Path:
    """Write squares from a west to an east border each, in steps from the west of the scene."""
    features: list[dict[str, Any]] = []
    for number, (west, east) in enumerate(boxes, 7):
        left, right, top = (round(value + shift, 8) for value in (LON + west * STEP, LON + east * STEP, LAT + STEP))
        ring = [[left, LAT], [right, LAT], [right, top], [left, top], [left, LAT]]
        features.append({
            "type": "Feature", "properties": {"code": f"99010100100100{number}", "name": f"试划{number}"},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        })  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    return path


def opened(page: MapPage, qtbot: QtBot, path: Path) -> MapImportDialog:
    page.files.import_file(path)
    dialog = page.files.import_dialog
    qtbot.waitUntil(lambda: dialog.report is not None)
    return dialog


def test_each_line_of_the_report_shows_its_place(page: MapPage, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(page, qtbot, boundary_file(tmp_path / "b.geojson", (4, 5.2), (5, 6)))
    assert "试划7" in dialog.names_label.text()
    lines = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert any("试划7" in line and "试划8" in line for line in lines)
    before = dialog.map.grab().toImage()
    dialog.list.setCurrentRow(0)
    assert dialog.map.grab().toImage() != before
    dialog.whole_button.click()
    assert dialog.map.grab().toImage() == before
    dialog.clean_box.click()
    with qtbot.waitSignal(dialog.list.model().rowsInserted):
        pass
    qtbot.waitUntil(lambda: bool(dialog.report and dialog.report.cleaned))
    dialog.reject()


def test_a_file_is_imported_from_a_day_on(page: MapPage, qtbot: QtBot, context: AppContext, tmp_path: Path) -> None:
    dialog = opened(page, qtbot, boundary_file(tmp_path / "b.geojson", (4, 5), (5, 6)))
    qtbot.waitUntil(dialog.import_button.isEnabled)
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseClick(dialog.import_button, Qt.MouseButton.LeftButton)
    assert {"试划7", "试划8"} <= {row.name for row in context.database.fetch(list_grids, TODAY)}
    rested(qtbot, page)


def test_a_file_without_codes_asks_for_its_community(
    page: MapPage, qtbot: QtBot, context: AppContext, tmp_path: Path
) -> None:
    path = boundary_file(tmp_path / "b.geojson", (4, 5), (5, 6))
    text = path.read_text("utf-8").replace('"code": "99010100100100', '"OBJECTID": "')
    path.write_text(text.replace('"name"', '"WGMC"'), "utf-8")
    dialog = opened(page, qtbot, path)
    assert not dialog.import_button.isEnabled()
    qtbot.waitUntil(dialog.naming.place_box.isVisible)
    assert dialog.naming.column_box.currentText() == "WGMC"
    assert "2" in dialog.list.item(0).text() and dialog.list.count() == 1  # one line, not one for each outline
    box = dialog.naming.place_box
    qtbot.waitUntil(lambda: box.findData("990101001001") >= 0)
    box.setCurrentIndex(box.findData("990101001001"))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(dialog.import_button.isEnabled)
    box.setCurrentIndex(box.findData("other"))
    box.activated.emit(box.currentIndex())
    qtbot.keyClicks(dialog.naming.code_field, "9901")
    qtbot.keyClick(dialog.naming.code_field, Qt.Key.Key_Tab)
    assert "12" in dialog.error.text() and not dialog.import_button.isEnabled()
    qtbot.keyClicks(dialog.naming.code_field, "01001002")
    dialog.naming.name_field.setText("新苑社区")
    dialog.naming.name_field.editingFinished.emit()
    qtbot.waitUntil(dialog.import_button.isEnabled)
    with qtbot.waitSignal(dialog.accepted):
        dialog.import_button.click()
    grids = context.database.fetch(list_grids, TODAY, "990101001002")
    assert [(row.code[-3:], row.name) for row in grids] == [("001", "试划7"), ("002", "试划8")]
    rested(qtbot, page)


def test_which_coordinates_fit_is_told(page: MapPage, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(page, qtbot, boundary_file(tmp_path / "b.geojson", (0, 1), (1, 2)))
    dialog.fits_button.click()
    qtbot.waitUntil(dialog.fits_button.isEnabled)
    assert "CGCS2000 100%" in dialog.fits_label.text()
    dialog.reject()
    rested(qtbot, page)


def test_a_file_that_is_none_says_so(page: MapPage, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "b.geojson").write_text("{}")
    with qtbot.waitSignal(page.context.error_raised):
        page.files.import_file(tmp_path / "b.geojson")
    assert page.files.import_dialog.error.isVisibleTo(page.files.import_dialog)
    assert not page.files.import_dialog.import_button.isEnabled()
    page.files.import_dialog.reject()


def test_boundaries_are_exported_and_read_again(page: MapPage, qtbot: QtBot, tmp_path: Path) -> None:
    page.view.select(0)
    page.toolbar.export_action.trigger()
    dialog = page.files.export_dialog
    dialog.system_box.setCurrentIndex(dialog.system_box.findData("GCJ-02"))
    with qtbot.waitSignal(dialog.written) as told:
        dialog.write(tmp_path / "out.geojson")
    assert "3" in told.args[0]
    report = check_boundaries(tmp_path / "out.geojson", "GCJ-02")
    assert sorted(grid.name for grid in report.grids) == ["东网格", "中网格", "西网格"]


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_says_why_and_nothing_of_it_is_stored(
    page: MapPage, qtbot: QtBot, context: AppContext, tmp_path: Path, kind: str
) -> None:
    bad = BAD[kind]
    before = context.database.fetch(list_grids, TODAY)
    page.files.import_file(bad.make(tmp_path))
    dialog = page.files.import_dialog
    qtbot.waitUntil(lambda: dialog.report is not None or bool(dialog.error.text()))
    lines = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    told = " ".join([*lines, dialog.error.text(), dialog.names_label.text()])
    assert bad.said in told
    assert dialog.import_button.isEnabled() is bad.taken
    dialog.list.setCurrentRow(0)
    assert not dialog.grab().isNull()
    dialog.reject()
    assert context.database.fetch(list_grids, TODAY) == before
    rested(qtbot, page)
