"""What the map can show and give away: indicators, months, search, files, many grids."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gridapp.db.queries.values import GridRow
from gridapp.domain.figure_classes import count_classes
from gridapp.domain.period import Month
from tests.ui.area import EAST, MIDDLE, WEST, rested, settle, shown, written
from ui import theme
from ui.context import AppContext
from ui.map import grid_layer, label_layer
from ui.map.figures import MapFigures, MonthShown
from ui.map.ground import make_ground
from ui.map.map_view import MapView
from ui.map.month_strip import MonthStrip
from ui.map.tiles import KEPT_TILES, TileStore, make_tile, make_tiles, rectangles
from ui.pages.map import MapPage

SIDE = 30


@pytest.fixture
def page(qtbot: QtBot, context: AppContext) -> MapPage:
    settle(context.database)
    page = MapPage(context)
    shown(qtbot, page)
    return page


def figures(page: MapPage) -> dict[str, str]:
    now = page.shown
    assert now is not None
    return {code: now.text(number) for code, number in now.ground.places.items()}


@pytest.mark.parametrize(
    ("indicator", "west", "middle"),
    [("onsite", "33.3% ▼", "50.0% ▼"), ("missed", "2 ▲", "0"), ("roster", "3", "2"), ("overdue", "1 ▲", "0")],
)
def test_any_indicator_colours_the_map(
    page: MapPage, qtbot: QtBot, indicator: str, west: str, middle: str
) -> None:
    page.toolbar.choose_indicator(indicator)
    rested(qtbot, page)
    found = figures(page)
    assert (found[WEST], found[MIDDLE], found[EAST]) == (west, middle, "—")
    assert page.strip.slider.isEnabled() == (indicator != "overdue")


def test_a_click_on_the_slider_goes_to_that_month(qtbot: QtBot) -> None:
    strip = MonthStrip()
    qtbot.addWidget(strip)
    strip.show_months([Month(2026, number) for number in range(1, 13)], 11)
    strip.resize(700, 48)
    strip.show()
    for place in (3, 0, 11, 6):
        spot = QPoint(round(strip.slider.width() * (place + 0.5) / 12), strip.slider.height() // 2)
        with qtbot.waitSignal(strip.month_chosen) as told:
            qtbot.mouseClick(strip.slider, Qt.MouseButton.LeftButton, pos=spot)
        assert told.args == [place] and strip.month_label.text().startswith(str(place + 1))


def test_the_slider_shows_another_month_at_once(page: MapPage, qtbot: QtBot) -> None:
    page.strip.slider.setFocus()
    qtbot.keyClick(page.strip.slider, Qt.Key.Key_Left)
    assert figures(page) == {WEST: "33.3% ▼", MIDDLE: "0.0% ▼", EAST: "—"}  # nothing was read for it
    assert page.month_picker.month == Month(2026, 10)
    qtbot.waitUntil(lambda: page.picture is not None and page.picture.month == Month(2026, 10))
    page.month_picker.choose(Month(2026, 11))
    rested(qtbot, page)
    assert page.strip.slider.value() == page.strip.slider.maximum()
    assert figures(page)[MIDDLE] == "100%"


def test_twelve_small_maps_choose_a_month(page: MapPage, qtbot: QtBot) -> None:
    page.strip.multiples_button.click()
    page.small_maps.grab()
    before = page.strip.slider.value()
    qtbot.keyClick(page.small_maps, Qt.Key.Key_Left)
    assert page.strip.slider.value() == before - 1
    middle = page.small_maps._cell(2).center().toPoint()
    qtbot.mouseClick(page.small_maps, Qt.MouseButton.LeftButton, pos=middle)
    assert page.strip.slider.value() == 2
    rested(qtbot, page)


@pytest.mark.parametrize("text", ["东", "990101001001003", "001003"])
def test_a_grid_is_found_by_name_or_code(page: MapPage, qtbot: QtBot, text: str) -> None:
    page.toolbar.search_field.setFocus()
    page.toolbar.search_field.setText(text)  # QTest types only Latin letters
    qtbot.keyClick(page.toolbar.search_field, Qt.Key.Key_Return)
    rested(qtbot, page)
    assert page.selected == EAST
    assert page.view.box.viewRect().contains(QPointF(*page.shown.ground.anchors[2].tolist()))  # type: ignore[union-attr]


def test_a_name_nobody_has_is_said(page: MapPage, qtbot: QtBot) -> None:
    page.toolbar.search_field.setText("北大街")
    with qtbot.waitSignal(page.notice_raised) as told:
        qtbot.keyClick(page.toolbar.search_field, Qt.Key.Key_Return)
    assert "北大街" in told.args[0]


@pytest.mark.parametrize(("name", "begin"), [("m.png", b"\x89PNG"), ("m.pdf", b"%PDF"), ("m.svg", b"<?xml")])
def test_the_map_is_saved_as_a_file(page: MapPage, qtbot: QtBot, tmp_path: Path, name: str, begin: bytes) -> None:
    with qtbot.waitSignal(page.notice_raised):
        page.files.save_picture(tmp_path / name)
    assert written(tmp_path / name).startswith(begin)
    if name.endswith("png"):
        image = QImage(str(tmp_path / name))
        colours = {image.pixelColor(x, image.height() // 2).name() for x in range(0, image.width(), 7)}
        assert page.shown is not None
        assert page.shown.classes.fill(1.0).name() in colours
        assert page.shown.classes.fill(1 / 3).name() in colours


def test_a_file_that_cannot_be_written_is_told(page: MapPage, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("")
    with qtbot.waitSignal(page.context.error_raised) as told:
        page.files.save_picture(tmp_path / "blocked" / "m.png")
    assert "m.png" in str(told.args[0])


def test_layers_are_switched(page: MapPage) -> None:
    page.toolbar.layer_actions["workers"].trigger()
    assert page.view.label_layer.shows_workers
    page.toolbar.layer_actions["due"].trigger()
    assert not page.view.dot_layer.shows_due


def lattice(count: int) -> MonthShown:
    """Return a ground of squares with invented figures: grid i has 10 people, i modulo 11 of them visited."""
    step = 0.002
    places = [(104 + column * step, 39 + row * step) for row in range(count) for column in range(count)]
    rows = [
        GridRow(f"990101{number:09d}", f"网格{number}", "basic", "990101001001",
                shapely.to_wkb(shapely.box(west, south, west + step, south + step)), "")
        for number, (west, south) in enumerate(places)
    ]  # fmt: skip
    ground = make_ground(rows, {})
    amounts = (np.arange(len(ground), dtype=np.int32) % 11)[None, :]
    numbers = MapFigures("rate", (Month(2026, 11),), amounts, np.full_like(amounts, 10), 0.9, "", None)
    return MonthShown.of(ground, numbers, 0)


def held(qtbot: QtBot, context: AppContext, month: MonthShown, width: int, height: int) -> tuple[QWidget, MapView]:
    """Show a map in a window of its own and wait until it is sharp."""
    holder = QWidget()  # a GraphicsView of pyqtgraph must not be closed as a window
    view = MapView(context.run, holder)
    qtbot.addWidget(holder)
    holder.resize(width, height)
    view.resize(width, height)
    view.show_month(month)
    holder.show()
    qtbot.waitUntil(lambda: view.grid_layer.is_sharp)
    return holder, view


def test_many_grids_are_drawn_from_tiles_as_they_lie(qtbot: QtBot, context: AppContext) -> None:
    month = lattice(SIDE)
    _holder, view = held(qtbot, context, month, 900, 700)
    picture = view.viewport().grab().toImage()
    rng = np.random.default_rng(3)
    for x, y in rng.integers((0, 0), (900, 640), (200, 2)).tolist():
        place = view.box.mapSceneToView(QPointF(x + 0.5, y + 0.5))
        exact = month.ground.at(place.x(), place.y())
        assert view.grid_layer.number_at(place.x(), place.y()) == exact
    for number in range(0, len(month.ground), 41):
        where = view.box.mapViewToScene(QPointF(*month.ground.anchors[number].tolist())).toPoint()
        if view.label_layer.count == 0:
            assert picture.pixelColor(where) == month.classes.fill(month.value(number))


def test_a_map_out_of_sight_keeps_only_what_it_shows_again(qtbot: QtBot, context: AppContext) -> None:
    holder, view = held(qtbot, context, lattice(SIDE), 900, 700)
    for _time in range(3):
        view.zoom_in()
        qtbot.waitUntil(lambda: view.grid_layer.is_sharp)
    picture, before = view.viewport().grab().toImage(), len(view.grid_layer._store)
    holder.hide()
    assert 0 < len(view.grid_layer._store) < before
    holder.show()
    again = view.viewport().grab().toImage()
    assert view.grid_layer.is_whole
    assert again == picture


def test_a_large_screen_has_room_for_all_its_tiles() -> None:
    store, made = TileStore(), make_tile(lattice(2).ground, (0, 0, 1.0))
    for count, kept in ((KEPT_TILES + 5, KEPT_TILES), (KEPT_TILES * 3, KEPT_TILES * 2)):
        store.make_room(kept)
        for column in range(count):
            store.put((column, 0, 1.0), made)
        assert len(store) == kept
    store.make_room(0)
    store.put((0, 1, 1.0), made)
    assert len(store) == KEPT_TILES


def test_vectors_show_what_tiles_show(qtbot: QtBot, context: AppContext) -> None:
    month = lattice(12)
    _holder, view = held(qtbot, context, month, 600, 600)
    view.label_layer.hide()
    view.card.hide()
    tiles = view.viewport().grab().toImage()
    view.grid_layer._store.clear()
    vectors = view.viewport().grab().toImage()
    assert view.grid_layer.is_whole
    for number in range(len(month.ground)):
        where = view.box.mapViewToScene(QPointF(*month.ground.anchors[number].tolist())).toPoint()
        assert vectors.pixelColor(where) == tiles.pixelColor(where) or month.value(number) is None
    same = [vectors.pixel(x, y) == tiles.pixel(x, y) for x in range(60, 540, 7) for y in range(60, 540, 7)]
    assert sum(same) >= 0.85 * len(same)  # all but the outlines, which are half as strong


def test_other_figures_are_shown_by_the_next_frame(
    qtbot: QtBot, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid_layer, "AGAIN_S", 60.0)  # on a machine that has the time
    month = lattice(SIDE)
    _holder, view = held(qtbot, context, month, 600, 600)
    rates = month.figures.amounts.copy()
    rates[:] = 10
    numbers = MapFigures("rate", month.figures.months, rates, month.figures.rosters, 0.9, "", None)
    other = MonthShown.of(month.ground, numbers, 0)
    view.show_month(other)
    view.label_layer.hide()
    picture = view.viewport().grab().toImage()
    assert view.grid_layer.is_whole
    for number in range(0, len(month.ground), 37):
        where = view.box.mapViewToScene(QPointF(*month.ground.anchors[number].tolist())).toPoint()
        assert picture.pixelColor(where) == other.classes.fill(1.0)


def test_tiles_cut_out_of_one_picture_are_those_made_alone() -> None:
    ground = lattice(12).ground
    scale = 700 / (ground.box[2] - ground.box[0])
    keys = [(column, row, scale) for column in range(-2, 2) for row in range(-2, 2) if (column, row) != (0, 1)]
    covered = [(column, row, size) for columns, rows, size in rectangles(keys) for column in columns for row in rows]
    assert sorted(covered) == sorted(keys)
    for key, tile in make_tiles(ground, keys):
        alone = make_tile(ground, key)
        assert (tile.cells == alone.cells).all()
        assert tile.is_edged == alone.is_edged


def test_a_tile_beside_all_grids_is_paper() -> None:
    month = lattice(4)
    scale = 700 / (month.ground.box[2] - month.ground.box[0])
    colours = month.fills().table(QColor("white"), QColor("grey"), QColor("red"))
    tiles = dict(make_tiles(month.ground, [(column, 0, scale) for column in range(-1, 4)], colours))
    assert [tile.is_blank for tile in tiles.values()].count(True) == 2
    for key, tile in tiles.items():
        assert tile.is_blank == (key[0] > 1)
        assert tile.is_blank == (not tile.numbers.any())
        assert tile.image is not None
        assert (tile.image.pixelColor(9, 9).name() == "#ffffff") == tile.is_blank


def test_outlines_are_left_out_only_where_they_would_hide_the_colours() -> None:
    step, fine = 0.002, 0.0001
    wide = [shapely.box(104 + step * column, 39, 104 + step * (column + 1), 39 + step) for column in range(8)]
    corners = [(104 + fine * column, 39 + step + fine * row) for row in range(20) for column in range(20)]
    close = [shapely.box(west, south, west + fine, south + fine) for west, south in corners]
    rows = [GridRow(f"990101{number:09d}", "", "basic", "990101001001", shapely.to_wkb(shape), "")
            for number, shape in enumerate([*wide, *close])]  # fmt: skip
    ground = make_ground(rows, {})
    scale = 500 / (ground.box[2] - ground.box[0])
    keys = [(column, row, scale) for column in (-1, 0) for row in (-1, 0)]
    marked = dict.fromkeys(range(1, len(ground) + 1), False)
    for _key, tile in make_tiles(ground, keys):
        for number in np.unique(tile.numbers[(tile.cells & tile.layer) > 0]).tolist():
            marked[number] = True
    assert all(marked[number] for number in range(1, 9))
    assert sum(marked[number] for number in range(9, len(ground) + 1)) < 0.3 * len(close)


def test_what_is_under_the_pointer_is_known_before_everything_is_prepared() -> None:
    ground = lattice(20).ground  # too many for the best places of labels to be sought at once
    assert not ground.is_prepared
    for x, y in ground.boxes[:, :2][::37].tolist():
        alone = ground.at(x + 1.0, y + 1.0), ground.at(x - 1e6, y)
        ground.prepare()
        assert ground.is_prepared
        assert alone == (ground.at(x + 1.0, y + 1.0), None)
        for name in ("tree", "shapes"):
            del ground.__dict__[name]


def test_labels_left_behind_are_forgotten(
    qtbot: QtBot, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_layer, "MOST_LABELS", 20)
    _holder, view = held(qtbot, context, lattice(12), 600, 600)
    seen = view.box.viewRect()
    view.look_at(QRectF(seen.x(), seen.y(), seen.width() / 3, seen.height() / 3))
    for _step in range(5):
        qtbot.waitUntil(lambda: view.grid_layer.is_sharp and view.label_layer.is_done)
        assert 0 < view.label_layer.count <= 20
        view.box.translateBy(x=seen.width() / 8)


def test_a_frame_at_a_new_scale_is_never_empty(qtbot: QtBot, context: AppContext, look: theme.Theme) -> None:
    month = lattice(SIDE)
    _holder, view = held(qtbot, context, month, 600, 600)
    view.grid_layer._store.clear()  # as if the worker were late
    view.box.setRange(QRectF(-300, -300, 600, 600), padding=0)
    colours = {view.viewport().grab().toImage().pixelColor(x, 300).name() for x in range(100, 500, 9)}
    assert colours != {look.colour("surface").name()}


@pytest.mark.parametrize(("most", "limits"), [(0, (1,)), (4, (1, 3)), (30, (1, 6, 11, 21)), (900, (1, 101, 201, 501))])
def test_classes_of_people_missed_are_round(most: float, limits: tuple[int, ...]) -> None:
    classes = count_classes(most, is_bad=True)
    assert classes.limits == limits
    assert not classes.is_loud(0)
    assert classes.is_loud(1)
    assert classes.titles[0] == "0"


def test_classes_of_sizes_are_round_and_never_loud() -> None:
    classes = count_classes(47, is_bad=False)
    assert classes.limits == (10, 20, 30, 40)
    assert classes.titles[1] == "10–19"
    assert not classes.is_loud(47)
