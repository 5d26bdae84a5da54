"""Editing grids by hand: every tool by mouse or keys on a real database, saved with a day, undone."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from PySide6.QtCore import QDate, QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.queries.grid_history import list_boundary_drafts, list_successions
from gridapp.db.queries.places import list_grids
from gridapp.geo.editing.coverage import edit_of
from gridapp.geo.editing.mending import Mended, mend_drawing
from gridapp.progress import Progress
from gridapp.services import backups
from tests import scenes
from tests.ui.area import EAST, MIDDLE, STEP, TODAY, WEST, facts, rested, settle, shown
from ui.context import AppContext
from ui.jobs import Job
from ui.map import edit_layer
from ui.map.edit_desk import EditDesk
from ui.pages import map_editing
from ui.pages.map import MapPage

MONTH_LATER = dt.date(2026, 12, 1)


@pytest.fixture
def page(qtbot: QtBot, context: AppContext) -> MapPage:
    settle(context.database)
    page = MapPage(context)
    shown(qtbot, page)
    with qtbot.waitSignal(page.editing.began):
        page.toolbar.edit_button.click()
    page.view.setFocus()
    return page


def desk_of(page: MapPage) -> EditDesk:
    assert page.editing.desk is not None
    return page.editing.desk


def pixel(page: MapPage, x: float, y: float) -> QPoint:
    return page.view.mapFromScene(page.view.box.mapViewToScene(QPointF(x, y)))


def click(page: MapPage, qtbot: QtBot, x: float, y: float) -> None:
    qtbot.mouseMove(page.view.viewport(), pixel(page, x, y))
    qtbot.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=pixel(page, x, y))


def keys(page: MapPage, qtbot: QtBot, *wanted: Qt.Key) -> None:
    for key in wanted:
        qtbot.keyClick(page.view, key)


def bounds(page: MapPage, id: str) -> tuple[float, float, float, float]:
    west, south, east, north = desk_of(page).coverage.shapes[id].bounds
    return west, south, east, north


def area(page: MapPage) -> float:
    return float(sum(shape.area for shape in desk_of(page).coverage.shapes.values()))


def split_west(page: MapPage, qtbot: QtBot) -> None:
    west, south, east, north = bounds(page, WEST)
    middle = (west + east) / 2
    keys(page, qtbot, Qt.Key.Key_S)
    click(page, qtbot, middle, north + 15)
    click(page, qtbot, middle, south - 15)
    keys(page, qtbot, Qt.Key.Key_Return)


def test_a_line_splits_a_grid_and_ctrl_z_takes_it_back(page: MapPage, qtbot: QtBot) -> None:
    before = area(page)
    split_west(page, qtbot)
    assert set(desk_of(page).coverage) == {WEST, MIDDLE, EAST, "new-1"}
    assert area(page) == pytest.approx(before, abs=1e-6)
    assert desk_of(page).problems == []
    qtbot.keyClick(page.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert set(desk_of(page).coverage) == {WEST, MIDDLE, EAST}
    assert desk_of(page).coverage.shapes[WEST] is desk_of(page).session.opened.shapes[WEST]
    qtbot.keyClick(page.view, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert "new-1" in desk_of(page).coverage


def test_a_split_by_keys_alone(page: MapPage, qtbot: QtBot) -> None:
    keys(page, qtbot, Qt.Key.Key_S, Qt.Key.Key_Space)
    assert len(desk_of(page).sketch) == 1
    keys(page, qtbot, Qt.Key.Key_Backspace)
    assert desk_of(page).sketch == []
    west, south, east, north = bounds(page, MIDDLE)
    keys(page, qtbot, Qt.Key.Key_Up)
    while desk_of(page).cursor[1] < north + 5:  # type: ignore[index]
        keys(page, qtbot, Qt.Key.Key_Up)
    keys(page, qtbot, Qt.Key.Key_Space)
    while desk_of(page).cursor[1] > south - 5:  # type: ignore[index]
        keys(page, qtbot, Qt.Key.Key_Down)
    keys(page, qtbot, Qt.Key.Key_Space, Qt.Key.Key_Return)
    assert len(desk_of(page).coverage) == 4


def test_grids_are_merged_by_keys(page: MapPage, qtbot: QtBot) -> None:
    keys(page, qtbot, Qt.Key.Key_M, Qt.Key.Key_N, Qt.Key.Key_Space, Qt.Key.Key_N, Qt.Key.Key_Space)
    assert desk_of(page).selected == [WEST, MIDDLE]
    keys(page, qtbot, Qt.Key.Key_Return)
    assert set(desk_of(page).coverage) == {WEST, EAST}
    assert desk_of(page).problems == []


def test_a_shared_corner_moves_in_both_grids(page: MapPage, qtbot: QtBot) -> None:
    west, south, east, north = bounds(page, WEST)
    click(page, qtbot, (west + east) / 2, (south + north) / 2)
    assert desk_of(page).selected == [WEST]
    start, end = pixel(page, east, north), pixel(page, east + 30, north + 20)
    port = page.view.viewport()
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(port, (start + end) / 2)
    qtbot.mouseMove(port, end)
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=end)
    desk = desk_of(page)
    assert bounds(page, WEST)[2] > east + 20
    assert desk.vertex is not None
    assert desk.coverage.with_vertex(*desk.vertex) == [WEST, MIDDLE]
    assert desk.problems == []
    assert len(desk.session.done) == 1


def test_faults_are_given_away_or_mended_at_once(page: MapPage, qtbot: QtBot) -> None:
    desk, panel = desk_of(page), page.editing.panel
    assert panel is not None and not panel.mend_button.isVisible()
    west, south, east, north = bounds(page, WEST)
    wide = shapely.box(west, south, east + 30, north)
    desk.session = desk.session.did(edit_of("draw", desk.session.coverage, {WEST: wide}))
    desk._check()
    assert [problem.kind for problem in desk.problems if problem.is_fault] == ["overlap"]
    panel.give_button.click()  # no grid is chosen yet
    assert [problem.kind for problem in desk.problems if problem.is_fault] == ["overlap"]
    desk.select(MIDDLE)
    panel.give_button.click()
    assert desk.problems == []
    assert bounds(page, WEST)[2] == pytest.approx(east, abs=0.01)
    desk.undo()
    with qtbot.waitSignal(page.notice_raised) as told:
        panel.mend_button.click()
    assert desk.problems == [] and "m²" in told.args[0]
    desk.undo()
    desk.undo()
    assert bounds(page, WEST) == (west, south, east, north)


@pytest.fixture
def slow_mending(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Let the first mending wait until it is let go, as with hundreds of grids."""
    go_on, first = threading.Event(), [True]

    def waits(*args: Any, **kwargs: Any) -> Mended:
        done = mend_drawing(*args, **kwargs)
        if first:
            first.clear()
            assert go_on.wait(60)
        return done

    monkeypatch.setattr(map_editing, "mend_drawing", waits)
    yield go_on
    go_on.set()


def tear(page: MapPage) -> None:
    """Let the west grid claim a strip of its neighbour."""
    desk = desk_of(page)
    west, south, east, north = bounds(page, WEST)
    wide = shapely.transform(shapely.box(west, south, east + 0.5, north), desk.coverage.frame.on_lattice)
    desk.session = desk.session.did(edit_of("draw", desk.session.coverage, {WEST: wide}))
    desk._check()


def test_what_is_drawn_while_borders_are_mended_is_kept_and_mended_too(
    page: MapPage, qtbot: QtBot, slow_mending: threading.Event
) -> None:
    desk, panel = desk_of(page), page.editing.panel
    assert panel is not None
    tear(page)
    panel.mend_button.click()
    panel.mend_button.click()  # once is enough
    assert panel.mend_button.text() == "Mending…"
    assert not panel.save_button.isEnabled() and not panel.plans_button.isEnabled()
    split_west(page, qtbot)
    assert len(desk.coverage) == 4 and len(desk.session.done) == 2
    with qtbot.waitSignal(desk.told):
        slow_mending.set()
    assert [edit.kind for edit in desk.session.done] == ["draw", "split", "mend"]
    assert desk.problems == [] and len(desk.coverage) == 4
    assert not panel.mend_button.isVisible() and panel.save_button.isEnabled() and panel.plans_button.isEnabled()
    assert desk.problems == list(desk.standing.after(desk.session.outcome()))
    desk.undo()
    assert [problem.kind for problem in desk.problems if problem.is_fault] == ["overlap"]
    desk.redo()
    assert desk.problems == []


def test_mending_waits_for_the_hand(page: MapPage, qtbot: QtBot, slow_mending: threading.Event) -> None:
    desk, panel = desk_of(page), page.editing.panel
    assert panel is not None
    tear(page)
    jobs: list[Job] = []
    page.context.job_started.connect(jobs.append)
    panel.mend_button.click()
    desk.select(WEST)
    west, _south, _east, north = bounds(page, WEST)
    assert desk.choose_vertex_at(west, north, 1.0)
    desk.drag_to(west - 20, north + 10, 0.1)
    with qtbot.waitSignal(jobs[0].finished):
        slow_mending.set()
    assert desk.dragged is not None and len(desk.session.done) == 1
    with qtbot.waitSignal(desk.told):
        desk.drop()
    page.context.job_started.disconnect(jobs.append)
    assert [edit.kind for edit in desk.session.done] == ["draw", "move_vertices", "mend"]
    assert desk.problems == [] and bounds(page, WEST)[0] == pytest.approx(west - 20, abs=0.01)


def test_an_ended_sitting_is_left_alone_by_its_mending(
    page: MapPage, qtbot: QtBot, slow_mending: threading.Event
) -> None:
    tear(page)
    jobs: list[Job] = []
    page.context.job_started.connect(jobs.append)
    assert page.editing.panel is not None
    page.editing.panel.mend_button.click()
    page.context.job_started.disconnect(jobs.append)
    page.editing.end()
    with qtbot.waitSignal(page.editing.began):
        page.toolbar.edit_button.click()
    slow_mending.set()
    qtbot.waitUntil(lambda: jobs[0].is_finished)  # before it began it may have heard of the end
    assert desk_of(page).session.done == () and desk_of(page).problems == []


def test_arrow_keys_move_a_corner_by_one_metre(page: MapPage, qtbot: QtBot) -> None:
    keys(page, qtbot, Qt.Key.Key_N, Qt.Key.Key_Tab)
    desk = desk_of(page)
    x, y = desk.vertex or (0.0, 0.0)
    keys(page, qtbot, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert desk.vertex == pytest.approx((x + 2, y), abs=0.002)
    qtbot.keyClick(page.view, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert desk.vertex == pytest.approx((x + 2, y + 0.1), abs=0.002)
    assert len(desk.session.done) == 1  # steps in a row are one edit
    keys(page, qtbot, Qt.Key.Key_I)
    assert len(desk.coverage.corners(WEST)) == 5
    keys(page, qtbot, Qt.Key.Key_Delete)
    assert len(desk.coverage.corners(WEST)) == 4


def test_a_whole_grid_is_locked(page: MapPage, qtbot: QtBot) -> None:
    keys(page, qtbot, Qt.Key.Key_N, Qt.Key.Key_W)
    with qtbot.waitSignal(page.notice_raised):
        keys(page, qtbot, Qt.Key.Key_Right)
    assert desk_of(page).session.done == ()
    keys(page, qtbot, Qt.Key.Key_L, Qt.Key.Key_Right)
    assert len(desk_of(page).session.done) == 1
    assert any(problem.kind == "overlap" for problem in desk_of(page).problems)
    assert page.editing.panel is not None
    assert "▲" in page.editing.panel.problem_label.text()


def test_a_hole_and_a_new_border(page: MapPage, qtbot: QtBot) -> None:
    west, south, east, north = bounds(page, MIDDLE)
    wide, tall = east - west, north - south
    keys(page, qtbot, Qt.Key.Key_H)
    for x, y in ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)):
        click(page, qtbot, west + x * wide, south + y * tall)
    keys(page, qtbot, Qt.Key.Key_Return)
    assert "new-1" in desk_of(page).coverage
    assert len(desk_of(page).coverage.shapes[MIDDLE].interiors) == 1
    desk_of(page).select(EAST)
    keys(page, qtbot, Qt.Key.Key_R)
    click(page, qtbot, east, south + 0.2 * tall)
    click(page, qtbot, east - 0.2 * wide, south + 0.5 * tall)
    click(page, qtbot, east, south + 0.8 * tall)
    assert desk_of(page).sketch[0][0] == pytest.approx(east, abs=1e-6)  # it held on to the border
    keys(page, qtbot, Qt.Key.Key_Return)
    assert bounds(page, EAST)[0] < east - 0.1 * wide
    assert desk_of(page).problems == []


def test_ground_of_the_community_next_door_is_shown_while_it_is_drawn_on(
    qtbot: QtBot, context: AppContext
) -> None:
    document = facts()
    next_door = {**document["grids"][2], "code": "990101001002001", "name": "邻网格"}
    ring = [[round(lon + STEP, 8), lat] for lon, lat in next_door["boundaries"][0]["geometry"]["coordinates"][0]]
    next_door["boundaries"] = [
        {"start": "2020-01-01", "end": None, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    ]
    document["communities"].append({"code": "990101001002", "name": "邻里社区"})
    document["grids"].append(next_door)
    clock.set_today(TODAY)
    scenes.put(context.database, document)
    page = MapPage(context)
    shown(qtbot, page)
    ground = page.view.viewport()  # a click on the middle grid of the first community
    qtbot.mouseClick(ground, Qt.MouseButton.LeftButton, pos=QPoint(2 * ground.width() // 5, ground.height() // 2))
    with qtbot.waitSignal(page.editing.began):
        page.toolbar.edit_button.click()
    page.view.setFocus()
    _west, south, east, north = bounds(page, EAST)
    desk_of(page).select(EAST)
    keys(page, qtbot, Qt.Key.Key_R)
    for out, up in ((0, 0.2), (60, 0.5), (0, 0.8)):
        click(page, qtbot, east + out, south + up * (north - south))
    keys(page, qtbot, Qt.Key.Key_Return)
    listed = page.editing.panel.problem_list
    said = [listed.item(row).text() for row in range(listed.count())]
    assert any(text.startswith("▲ 东网格 claims") and "邻网格 of 邻里社区" in text for text in said)
    keys(page, qtbot, Qt.Key.Key_Escape)
    desk_of(page).undo()
    assert desk_of(page).problems == []


def test_a_step_that_cannot_be_done_says_why(page: MapPage, qtbot: QtBot) -> None:
    keys(page, qtbot, Qt.Key.Key_S)
    with qtbot.waitSignal(page.notice_raised) as told:
        keys(page, qtbot, Qt.Key.Key_Return)
    assert "2" in told.args[0]
    keys(page, qtbot, Qt.Key.Key_Escape)


def save_from(page: MapPage, qtbot: QtBot, day: dt.date) -> None:
    assert page.editing.panel is not None
    page.editing.panel.save_button.click()
    dialog = page.editing.dialog
    assert dialog is not None
    dialog.day_field.setDate(QDate(day.year, day.month, day.day))
    qtbot.waitUntil(dialog.save_button.isEnabled)


def test_a_split_is_saved_from_a_day_on_and_undone(page: MapPage, qtbot: QtBot, context: AppContext) -> None:
    split_west(page, qtbot)
    save_from(page, qtbot, MONTH_LATER)
    dialog = page.editing.dialog
    assert dialog is not None
    assert dialog.sentence_label.text()
    dialog.name_fields["new-1"][0].setText("新网格")
    with qtbot.waitSignal(page.editing.ended):
        dialog.save_button.click()
    rested(qtbot, page)
    later = {row.name for row in context.database.fetch(list_grids, MONTH_LATER)}
    now = {row.name for row in context.database.fetch(list_grids, TODAY)}
    assert "新网格" in later
    assert "新网格" not in now
    rows = context.database.fetch(list_successions, [WEST])
    assert [row.kind for row in rows] == ["split"]
    assert page.toolbar.isVisible()
    with qtbot.waitSignal(context.undone):
        context.undo()
    assert "新网格" not in {row.name for row in context.database.fetch(list_grids, MONTH_LATER)}
    rested(qtbot, page)


def test_saving_is_stopped_while_the_backup_before_it_is_made(
    page: MapPage, qtbot: QtBot, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = threading.Event()

    def back_up_slowly(_database: Database, _reason: str, progress: Progress) -> None:
        progress.advance(1, 2, "Copying")
        assert stopped.wait(60)
        progress.advance(2, 2, "Copying")

    split_west(page, qtbot)
    save_from(page, qtbot, MONTH_LATER)
    dialog = page.editing.dialog
    assert dialog is not None
    sentence = dialog.sentence_label.text()
    with monkeypatch.context() as patch:
        patch.setattr(backups, "back_up_if_changed", back_up_slowly)
        dialog.save_button.click()
        qtbot.waitUntil(lambda: dialog.sentence_label.text() == "Copying 50%")
        dialog.cancel_button.click()
        stopped.set()
        qtbot.waitUntil(dialog.save_button.isEnabled)
    assert dialog.sentence_label.text() == sentence
    assert context.database.fetch(list_successions, [WEST]) == []
    with qtbot.waitSignal(page.editing.ended):
        dialog.save_button.click()
    assert context.database.fetch(list_successions, [WEST])
    rested(qtbot, page)


def test_a_broken_map_is_only_kept_as_a_draft_with_a_reason(
    page: MapPage, qtbot: QtBot, context: AppContext
) -> None:
    keys(page, qtbot, Qt.Key.Key_N, Qt.Key.Key_W, Qt.Key.Key_L, Qt.Key.Key_Right)
    assert page.editing.panel is not None
    page.editing.panel.save_button.click()
    dialog = page.editing.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.list.count() > 0)
    assert not dialog.save_button.isEnabled()
    dialog.draft_button.click()
    assert dialog.error.isVisibleTo(dialog)
    dialog.reason_field.setText("等社区确认")
    with qtbot.waitSignal(page.editing.ended):
        dialog.draft_button.click()
    drafts = context.database.fetch(list_boundary_drafts)
    assert [draft.reason for draft in drafts] == ["等社区确认"]
    rested(qtbot, page)
    with qtbot.waitSignal(page.editing.began):
        page.toolbar.edit_button.click()
    page.editing.open_draft(drafts[0].key)
    qtbot.waitUntil(lambda: bool(desk_of(page).session.done))
    assert any(problem.kind == "overlap" for problem in desk_of(page).problems)


def test_ending_without_saving_is_asked(page: MapPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    split_west(page, qtbot)
    asked: list[str] = []
    answers = [False, True]
    monkeypatch.setattr(
        "ui.pages.map_editing.messages.confirm",
        lambda parent, question, *rest: asked.append(question) or answers.pop(0),
    )
    assert page.editing.panel is not None
    page.editing.panel.discard_button.click()
    assert page.editing.desk is not None
    page.editing.panel.discard_button.click()
    assert page.editing.desk is None
    assert len(asked) == 2
    rested(qtbot, page)


def test_the_edit_layer_paints_faults_and_handles(page: MapPage, qtbot: QtBot) -> None:
    keys(page, qtbot, Qt.Key.Key_N, Qt.Key.Key_W, Qt.Key.Key_L)
    for _press in range(12):
        keys(page, qtbot, Qt.Key.Key_Right)
    keys(page, qtbot, Qt.Key.Key_V)
    before = page.view.viewport().grab().toImage()
    problem = next(problem for problem in desk_of(page).problems if problem.kind == "overlap")
    assert page.editing.panel is not None
    page.editing.panel.problem_list.itemActivated.emit(page.editing.panel.problem_list.item(0))
    assert page.view.box.viewRect().contains(QPointF(*shapely.point_on_surface(problem.shape).coords[0]))
    assert page.view.viewport().grab().toImage() != before


def test_grids_are_looked_at_beside_the_window_which_may_leave_them(page: MapPage, qtbot: QtBot) -> None:
    page.editing.end()
    begun: list[Job] = []

    def leave(job: Job) -> None:
        if "faults" in job.title:
            begun.append(job)
            page.editing.end()

    page.context.job_started.connect(leave)
    page.toolbar.edit_button.click()
    qtbot.waitUntil(lambda: bool(begun) and begun[0].is_finished)
    assert page.editing.desk is None
    page.context.job_started.disconnect(leave)
    with qtbot.waitSignal(page.editing.began):
        page.toolbar.edit_button.click()
    assert set(desk_of(page).coverage) == {WEST, MIDDLE, EAST}


def test_of_too_many_grids_only_those_chosen_or_changed_are_painted(
    page: MapPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = page.editing._layer
    assert layer is not None
    page.view.viewport().grab()
    assert len(layer._paths) == 3
    monkeypatch.setattr(edit_layer, "MOST_GRIDS", 2)
    desk_of(page).select(WEST)
    page.view.viewport().grab()
    assert [shape for shape, _path, _middle in layer._paths.values()] == [desk_of(page).coverage.shapes[WEST]]
