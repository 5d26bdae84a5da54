"""The map: figures, pointing, selecting, keyboard, empty state, on a real database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from gridapp import clock, paths
from gridapp.db.database import Database
from gridapp.domain.figure_classes import rate_classes
from gridapp.domain.period import Month
from gridapp.domain.visit import NewVisit
from gridapp.services.visits import record_visit
from tests.ui.area import EAST, MIDDLE, TODAY, WEST, rested, settle, shown
from ui import palettes, theme
from ui.context import AppContext
from ui.map import overlays, painting
from ui.map.mark_layer import NEAR
from ui.map.rate_classes import Classes, ink_on
from ui.pages.map import MapPage


@pytest.fixture
def page(qtbot: QtBot, context: AppContext) -> MapPage:
    settle(context.database)
    page = MapPage(context)
    shown(qtbot, page)
    return page


@pytest.fixture
def wishes(page: MapPage) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    page.navigate_requested.connect(lambda key, argument: found.append((key, argument)))
    return found


def middle_of(page: MapPage, code: str) -> QPoint:
    assert page.shown is not None
    x, y = page.shown.ground.anchors[page.shown.ground.places[code]].tolist()
    return page.view.mapFromScene(page.view.box.mapViewToScene(QPointF(x, y)))


def code_of(page: MapPage, number: int | None) -> str:
    assert page.shown is not None
    return "" if number is None else page.shown.ground.codes[number]


def figures(page: MapPage) -> dict[str, str]:
    shown = page.shown
    assert shown is not None
    return {code: shown.text(number) for code, number in shown.ground.places.items()}


def settled(qtbot: QtBot, page: MapPage) -> None:
    """Wait until the map is sharp and labelled."""
    page.view.grab()
    qtbot.waitUntil(lambda: page.view.grid_layer.is_sharp and page.view.label_layer.is_done)


def colour_at(page: MapPage, place: QPoint) -> str:
    image = QImage(page.view.viewport().grab().toImage())
    return image.pixelColor(place).name().upper()


def names(page: MapPage) -> list[str]:
    return [row.person.name for row in page.panel.people_table.model.rows]


def test_grids_carry_the_colour_of_their_rate(page: MapPage, qtbot: QtBot) -> None:
    settled(qtbot, page)
    aside = QPoint(0, 60)  # clear of the label
    assert page.shown is not None
    classes = page.shown.classes
    assert colour_at(page, middle_of(page, MIDDLE) + aside) == classes.fill(1.0).name().upper()
    assert colour_at(page, middle_of(page, WEST) + aside) == classes.fill(1 / 3).name().upper()
    assert figures(page) == {WEST: "33.3% ▼", MIDDLE: "100%", EAST: "—"}


def test_every_grid_has_its_label_and_none_covers_another(page: MapPage, qtbot: QtBot) -> None:
    settled(qtbot, page)
    assert page.view.label_layer.count == 3


def test_pointing_shows_a_card(page: MapPage, qtbot: QtBot) -> None:
    qtbot.mouseMove(page.view.viewport(), middle_of(page, MIDDLE))
    qtbot.mouseMove(page.view.viewport(), middle_of(page, WEST))
    assert code_of(page, page.view.mark_layer.pointed) == WEST
    assert page.view.card.isVisible()
    assert "1/3" in page.view.card.rate_label.text()
    assert "▼" in page.view.card.rate_label.text()
    assert "马强" in page.view.card.more_label.text()


def test_a_click_lists_the_people_missed_first(page: MapPage, qtbot: QtBot, wishes: list[tuple[str, Any]]) -> None:
    qtbot.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=middle_of(page, WEST))
    rested(qtbot, page)
    assert page.selected == WEST
    assert set(names(page)[:2]) == {"王秀英", "赵德福"}
    assert names(page)[2] == "钱桂兰"
    page.panel.people_table.select_row(2)
    qtbot.keyClick(page.panel.people_table.view, Qt.Key.Key_Return)
    assert wishes == [("residents", {"person": "w3"})]
    page.panel.list_button.click()
    assert set(wishes[-1][1]["people"]) == {"w1", "w2", "w3"}


def test_the_keyboard_alone_is_enough(page: MapPage, qtbot: QtBot) -> None:
    view = page.view
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    before = view.box.viewRect()
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.box.viewRect().width() < before.width()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.box.viewRect().center().x() > before.center().x()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.box.viewRect().width() == pytest.approx(before.width(), rel=1e-3)
    qtbot.keyClick(view, Qt.Key.Key_N)
    assert code_of(page, view.mark_layer.pointed) == WEST
    qtbot.keyClick(view, Qt.Key.Key_N)
    assert code_of(page, view.mark_layer.pointed) == MIDDLE
    whole = view.box.viewRect().width()
    qtbot.keyClick(view, Qt.Key.Key_Z)
    assert view.box.viewRect().width() < whole
    qtbot.keyClick(view, Qt.Key.Key_Return)
    rested(qtbot, page)
    assert page.selected == MIDDLE
    assert set(names(page)) == {"孙淑珍", "李建国"}
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert page.selected == ""
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert not view.hasFocus()  # the map is no trap


def test_tab_leaves_the_map_however_many_grids_it_has(page: MapPage, qtbot: QtBot) -> None:
    page.view.setFocus()
    qtbot.waitUntil(page.view.hasFocus)
    for code in (WEST, MIDDLE, EAST, EAST):
        qtbot.keyClick(page.view, Qt.Key.Key_N)
        assert code_of(page, page.view.mark_layer.pointed) == code
    qtbot.keyClick(page.view, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not page.view)


def test_the_list_of_grids_to_attend_to_selects_one(page: MapPage, qtbot: QtBot) -> None:
    rows = page.panel.worst_table.model.rows
    assert [code_of(page, row.grid) for row in rows] == [WEST]
    qtbot.keyClick(page.panel.worst_table.view, Qt.Key.Key_Return)
    rested(qtbot, page)
    assert page.selected == WEST
    page.panel.back_button.click()
    assert page.selected == ""


def test_buildings_appear_when_near_with_who_is_missed(page: MapPage, qtbot: QtBot) -> None:
    for _press in range(6):
        qtbot.keyClick(page.view, Qt.Key.Key_Plus)
    qtbot.waitUntil(lambda: len(page.view.dot_layer.dots.places) == 1)
    assert page.view.dot_layer.dots.missed == (2,)
    x, y = page.view.dot_layer.dots.places[0].tolist()
    assert page.view.dot_layer.dot_at(x, y, NEAR * 0.9) is None
    assert page.view.dot_layer.dot_at(x, y, NEAR) == 0
    page.view.box.setRange(xRange=(x - 50, x + 50), yRange=(y - 50, y + 50))
    place = page.view.mapFromScene(page.view.box.mapViewToScene(QPointF(x, y)))
    assert colour_at(page, place + QPoint(-6, 0)) == theme.current().tokens.danger
    qtbot.mouseMove(page.view.viewport(), place + QPoint(2, 0))
    qtbot.mouseMove(page.view.viewport(), place)
    assert "1号楼" in page.view.card.name_label.text()


def test_another_month_has_other_figures(page: MapPage, qtbot: QtBot) -> None:
    page.month_picker.choose(Month(2026, 10))
    rested(qtbot, page)
    assert figures(page) == {WEST: "33.3% ▼", MIDDLE: "0.0% ▼", EAST: "—"}


def test_a_visit_logged_elsewhere_recolours_the_map(page: MapPage, qtbot: QtBot) -> None:
    visit = NewVisit("w1", TODAY, "onsite", "met")
    job = page.context.change(record_visit, visit, "tester")
    with qtbot.waitSignal(job.finished):
        pass
    qtbot.waitUntil(lambda: figures(page)[WEST] == "66.6% ▼")


def test_without_boundaries_there_is_a_way_to_import_them(
    qtbot: QtBot, context: AppContext, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set_today(TODAY)
    page = MapPage(context)
    shown(qtbot, page)
    assert page.empty.isVisible()
    assert not page.places.isVisible() and not page.toolbar.edit_button.isEnabled()
    chosen = paths.shipped_data("sample_grids.geojson")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (str(chosen), ""))
    page.empty.action_button.click()
    dialog = page.files.import_dialog
    qtbot.waitUntil(dialog.import_button.isEnabled)
    dialog.import_button.click()
    qtbot.waitUntil(lambda: not page.empty.isVisible())
    assert page.places.isVisible() and page.toolbar.edit_button.isEnabled()


def test_dark_large_and_narrow_still_paint(page: MapPage, look: theme.Theme) -> None:
    look.choose("dark", 150, remember=False)
    page.resize(900, 560)
    assert not page.grab().isNull()
    assert page.view.backgroundBrush().color().name().upper() == look.tokens.surface


def test_a_fault_in_paint_is_logged_and_goes_no_further(
    page: MapPage, monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None]
) -> None:
    expect_log("paint failed")
    monkeypatch.setattr(painting, "_reported", set())
    monkeypatch.setattr(page.view.grid_layer, "_keys", None)
    page.view.grab()


def test_classes_are_split_at_the_target() -> None:
    classes = Classes.of(rate_classes(0.95))
    assert classes.limits == (0.7, 0.8, 0.9, 0.95, 1.0)
    assert len(classes.fills) == 6
    assert classes.number(0.9499) == 3
    assert classes.number(0.95) == 4
    assert classes.title(4) == "95–99.9%"
    assert not classes.is_loud(None)
    assert classes.is_loud(0.949)


@pytest.mark.parametrize("name", ["light", "dark", "high"])
@pytest.mark.parametrize("target", [0.8, 0.95, 1.0])
def test_labels_can_be_read_on_every_fill(look: theme.Theme, name: str, target: float) -> None:
    look.choose(name, remember=False)
    for fill in (*Classes.of(rate_classes(target)).fills, look.colour("no_data")):
        assert palettes.contrast(ink_on(fill).name(), fill.name()) >= 4.5


@pytest.mark.parametrize(("least", "length"), [(0.7, 1), (3, 5), (70, 100), (100, 100), (1001, 2000)])
def test_the_scale_bar_has_a_round_length(least: float, length: float) -> None:
    assert overlays.round_length(least) == length
