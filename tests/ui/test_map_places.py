"""Who lives where, facilities and drafts beside the map, and leaving with a drawing that is not saved."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrinter
from pytestqt.qtbot import QtBot

from gridapp.db.queries.facilities import list_facilities
from gridapp.db.queries.grid_choices import list_choice_rows
from gridapp.db.queries.grid_history import list_boundary_drafts, list_living
from gridapp.domain.facility import Facility
from gridapp.geo.local_frame import LocalFrame
from gridapp.services.facilities import save_facility
from gridapp.services.facts import import_facts
from tests.ui.area import EAST, LAT, LON, MIDDLE, STEP, TODAY, WEST, facts, rested, settle, shown
from ui.context import AppContext
from ui.main_window import MainWindow
from ui.map.picture_file import preview
from ui.map.places_panel import BY_HAND, ELSEWHERE, NOWHERE, PlacesPanel
from ui.pages.map import MapPage


@pytest.fixture
def page(qtbot: QtBot, context: AppContext) -> MapPage:
    settle(context.database)
    scene = facts()
    scene["buildings"] = [
        {"id": "far", "name": "远楼", "community": "990101001001", "lon": LON - STEP / 8, "lat": LAT + STEP / 4},
        {"id": "east", "name": "东楼", "community": "990101001001", "lon": LON + STEP * 2.5, "lat": LAT + STEP / 4},
    ]
    scene["households"] = [{"id": "hf", "building": "far"}, {"id": "he", "building": "east"}]
    scene["persons"] = [{"id": who, "name": name, "sex": "M", "birth": "1948-01-01", "id_number": None, "died": None}
                        for who, name in (("x1", "周远"), ("x2", "吴东"))]
    scene["residencies"] = [{"person": who, "grid": WEST, "start": "2020-01-01", "end": None, "household": home}
                            for who, home in (("x1", "hf"), ("x2", "he"))]
    scene["enrolments"], scene["visits"], scene["workers"], scene["settings"] = [], [], [], {}
    import_facts(context.database, scene, "tester")
    page = MapPage(context)
    shown(qtbot, page)
    return page


def panel_of(page: MapPage, qtbot: QtBot) -> PlacesPanel:
    page.toolbar.people_action.trigger()
    panel = page.people.panel
    assert panel is not None
    qtbot.waitUntil(lambda: panel.chips.key == NOWHERE and panel.table.current_row() is not None)
    return panel


def test_who_lies_in_no_grid_is_shown_and_put_into_one(page: MapPage, qtbot: QtBot, context: AppContext) -> None:
    panel = panel_of(page, qtbot)
    row = panel.table.current_row()
    assert row is not None and (row.name, row.building) == ("周远", "远楼")
    mark = page.people._mark
    assert mark is not None and mark.place is not None
    qtbot.keyClick(panel.table.view, Qt.Key.Key_Return)
    form = page.people.form
    assert form is not None
    form.save()
    assert "Choose the grid" in form.problem.text()
    form.grid_box.setCurrentIndex(form.grid_box.findData(MIDDLE))
    form.save()
    assert "why" in form.problem.text()
    form.reason_edit.setText("在边界外，中网格代管")
    qtbot.mouseClick(form.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.people.form is None)
    panel.chips.choose(BY_HAND)
    panel.chips.chosen.emit(BY_HAND)
    qtbot.waitUntil(lambda: panel.table.current_row() is not None)
    (choice,) = context.database.fetch(list_choice_rows, TODAY)
    assert (choice.name, choice.grid, choice.reason) == ("周远", MIDDLE, "在边界外，中网格代管")
    assert panel.release_button.isVisible() and not panel.choose_button.isVisible()
    with qtbot.waitSignal(context.data_changed):
        panel.release_button.click()
    assert context.database.fetch(list_choice_rows, TODAY) == []


def test_all_get_the_grid_they_live_in(page: MapPage, qtbot: QtBot, context: AppContext) -> None:
    panel = panel_of(page, qtbot)
    panel.chips.choose(ELSEWHERE)
    panel.chips.chosen.emit(ELSEWHERE)
    row = panel.table.current_row() or panel.table.model.row_at(panel.table.model.index(0, 0))
    assert row is not None and row.name == "吴东"
    with qtbot.waitSignal(context.data_changed):
        panel.assign_button.click()
    assert {row.grid for row in context.database.fetch(list_living, None, TODAY)
            if row.ref == "x2" and row.start <= TODAY} == {EAST}
    panel.close_button.click()
    assert page.people.panel is None
    assert page.places.currentWidget() is page.panel


def test_facilities_are_added_shown_and_taken_from_a_file(
    page: MapPage, qtbot: QtBot, context: AppContext, tmp_path: Path
) -> None:
    page.facilities.open()
    dialog = page.facilities.dialog
    assert dialog is not None
    dialog.add_button.click()
    form = dialog.form
    assert form is not None
    form.save()
    assert "name" in form.problem.text() or form.problem.text() == ""
    qtbot.waitUntil(lambda: form.save_button.isEnabled())
    form.name_edit.setText("幸福食堂")
    form.kind_box.setCurrentIndex(form.kind_box.findData("canteen"))
    form.save()
    qtbot.waitUntil(lambda: dialog.form is None)
    (row,) = context.database.fetch(list_facilities, TODAY)
    assert (row.name, row.grid) == ("幸福食堂", MIDDLE)  # the middle of the map
    rested(qtbot, page)
    qtbot.waitUntil(lambda: page.facilities.layer.count == 1)
    file = tmp_path / "bad.csv"
    file.write_text("名称,经度,纬度\n食堂,10,10\n", "utf-8")
    dialog.import_file(file, "CGCS2000")
    qtbot.waitUntil(lambda: "No row" in dialog.error.text())
    file.write_text(f"名称,类别,经度,纬度\n卫生站,health,{LON + STEP / 2},{LAT + STEP / 2}\n", "utf-8")
    dialog.import_file(file, "CGCS2000")
    qtbot.waitUntil(lambda: page.facilities.layer.count == 2)
    layer, view = page.facilities.layer, page.view
    one = layer.places[0]
    dialog.reject()
    place = view.mapFromScene(view.box.mapViewToScene(QPointF(one.x, one.y)))
    qtbot.mouseMove(view.viewport(), place + QPoint(1, 0))
    qtbot.mouseMove(view.viewport(), place)
    qtbot.waitUntil(lambda: view.card.name_label.text() == one.name)
    page.toolbar.layer_actions["facilities"].setChecked(False)
    assert not layer.isVisible() and layer.places == ()
    dialog.reject()


def edited(page: MapPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.editing.began):
        page.toolbar.edit_button.click()
    desk = page.editing.desk
    assert desk is not None
    desk.choose_tool("merge")
    desk.selected = [WEST, MIDDLE]
    assert desk.finish()


def test_leaving_with_a_drawing_asks_first(qtbot: QtBot, context: AppContext, page: MapPage) -> None:
    left: list[str] = []
    assert page.may_leave(lambda: left.append("now"))
    edited(page, qtbot)
    assert not page.may_leave(lambda: left.append("draft"))
    page.editing.leave.stay_button.click()
    assert page.editing.desk is not None and left == []
    assert not page.may_leave(lambda: left.append("draft"))
    page.editing.leave.draft_button.click()
    dialog = page.editing.dialog
    assert dialog is not None
    dialog.reason_field.setText("等街道确认")
    dialog.draft_button.click()
    qtbot.waitUntil(lambda: left == ["draft"])
    (draft,) = context.database.fetch(list_boundary_drafts)
    assert draft.reason == "等街道确认"
    rested(qtbot, page)
    edited(page, qtbot)
    assert not page.may_leave(lambda: left.append("discarded"))
    page.editing.leave.discard_button.click()
    assert left == ["draft", "discarded"]
    assert page.editing.desk is None


def test_a_draft_is_opened_and_dropped(qtbot: QtBot, context: AppContext, page: MapPage) -> None:
    edited(page, qtbot)
    page.editing.save()
    dialog = page.editing.dialog
    assert dialog is not None
    dialog.reason_field.setText("等街道确认")
    with qtbot.waitSignal(page.editing.ended):
        dialog.draft_button.click()
    rested(qtbot, page)
    with qtbot.waitSignal(page.editing.began):
        page.toolbar.drafts_action.trigger()
    drafts = page.editing.drafts
    qtbot.waitUntil(lambda: drafts.table.current_row() is not None)
    drafts.open_button.click()
    desk = page.editing.desk
    assert desk is not None
    qtbot.waitUntil(lambda: desk.has_changes)
    assert set(desk.coverage) == {WEST, EAST}
    page.editing.end()
    rested(qtbot, page)
    with qtbot.waitSignal(page.editing.began):
        page.toolbar.drafts_action.trigger()
    drafts = page.editing.drafts
    qtbot.waitUntil(lambda: drafts.table.current_row() is not None)
    drafts.drop_button.click()
    assert "why" in drafts.error.text()
    drafts.reason_field.setText("不要了")
    drafts.drop_button.click()
    qtbot.waitUntil(lambda: drafts.table.current_row() is None)
    assert context.database.fetch(list_boundary_drafts) == []
    drafts.reject()


def test_a_drawing_outlives_the_lock(qtbot: QtBot, context: AppContext, page: MapPage) -> None:
    edited(page, qtbot)
    page.retire()
    (draft,) = context.database.fetch(list_boundary_drafts)
    assert "by itself" in draft.reason


def test_the_window_neither_turns_nor_closes_over_a_drawing(qtbot: QtBot, context: AppContext) -> None:
    settle(context.database)
    window = MainWindow()
    qtbot.addWidget(window)
    window.attach(context)
    window.resize(1200, 760)
    window.show()
    window.go_to("map")
    qtbot.waitUntil(lambda: isinstance(window.current_page, MapPage))
    page = window.current_page
    assert isinstance(page, MapPage)
    rested(qtbot, page)
    edited(page, qtbot)
    window.go_to("settings")
    assert window.current_page is page
    page.editing.leave.reject()
    window.close()
    assert window.isVisible()
    page.editing.leave.discard_button.click()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_a_sketch_follows_borders(page: MapPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.editing.began):
        page.toolbar.edit_button.click()
    desk = page.editing.desk
    assert desk is not None
    west, south, east, north = desk.coverage.shapes[WEST].bounds
    desk.choose_tool("draw")
    page.view.setFocus()
    qtbot.keyClick(page.view, Qt.Key.Key_T)
    assert desk.follows and page.editing.panel is not None and page.editing.panel.follow_button.isChecked()
    desk.point_at(east, (south + north) / 2, 1.0)
    desk.add_point()
    desk.point_at((west + east) / 2, north, 1.0)
    desk.add_point()
    assert len(desk.sketch) == 3  # the corner between them was passed
    assert desk.sketch[1] == pytest.approx((east, north), abs=0.01)




def test_the_map_is_printed_as_seen(page: MapPage, qtbot: QtBot, context: AppContext, tmp_path: Path) -> None:
    shown = page.view.shown
    assert shown is not None
    save_facility(context.database, Facility("health", "平安诊所", LON + STEP / 2, LAT + STEP / 2), TODAY, "tester")
    page.facilities.refresh()
    qtbot.waitUntil(lambda: page.facilities.layer.count == 1)
    road = {"type": "LineString", "coordinates": [[LON, LAT + STEP / 3], [LON + 3 * STEP, LAT + STEP / 3]]}
    roads = tmp_path / "roads.geojson"
    feature = {"type": "Feature", "properties": {}, "geometry": road}
    roads.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with qtbot.waitSignal(page.base.changed):
        page.base.load(roads, "CGCS2000")
    page.print_items()
    dialog = page.files.print_dialog
    wish = dialog.wish
    assert wish.layers.base is not None and [one.name for one in wish.layers.facilities] == ["平安诊所"]
    dialog.dots_check.setChecked(True)
    qtbot.waitUntil(lambda: set(dialog.wish.layers.dots.names) >= {"1号楼", "东楼"})
    dialog.workers_check.click()
    sheets = []
    for check in (None, dialog.base_check, dialog.facilities_check, dialog.dots_check, dialog.workers_check):
        if check is not None:
            check.setChecked(False)
        sheets.append(preview(dialog.wish))
    assert all(one != other for one, other in pairwise(sheets))  # each layer is on the sheet while it is ticked
    other = LocalFrame(LON + 1, LAT + 1)
    moved = wish.layers.in_frame(shown.ground.frame, other)
    assert moved.base is not None and moved.base.frame == other
    back = moved.in_frame(other, shown.ground.frame)
    assert back.facilities[0].x == pytest.approx(wish.layers.facilities[0].x, abs=1e-6)
    dialog.reject()


def test_the_map_is_printed_as_chosen(page: MapPage, qtbot: QtBot, tmp_path: Path) -> None:
    page.print_items()
    dialog = page.files.print_dialog
    qtbot.waitUntil(lambda: not dialog.picture.pixmap().isNull())
    coloured = dialog.picture.pixmap().toImage()
    dialog.indicator_box.setCurrentIndex(dialog.indicator_box.findData("roster"))
    dialog.ink_box.setCurrentIndex(1)
    dialog.labels_box.setCurrentIndex(dialog.labels_box.findData("figure"))
    dialog.paper_box.setCurrentIndex(1)
    qtbot.waitUntil(lambda: dialog.wish.shown.figures.indicator == "roster")
    qtbot.waitUntil(lambda: dialog.picture.pixmap().toImage() != coloured)
    with qtbot.waitSignal(page.notice_raised):
        dialog.save(tmp_path / "m.png")
    image = QImage(str(tmp_path / "m.png"))
    assert image.width() == pytest.approx(2800 * 2**0.5, abs=2)
    inks = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
    shares = [(ink >> 16 & 255, ink >> 8 & 255, ink & 255) for ink in inks]
    assert all(max(share) - min(share) < 60 for share in shares)  # the letters are of a bluish grey
    page.print_items()
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "m.pdf"))
    with qtbot.waitSignal(page.notice_raised):
        page.files.print_dialog.print_on(printer)
    assert (tmp_path / "m.pdf").stat().st_size > 1000
