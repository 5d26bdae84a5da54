"""Each edit on small plain ground, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gridapp.errors import ValidationError
from gridapp.geo.editing import borders, corners
from gridapp.geo.editing.check import against_outline, problems_among, problems_of
from gridapp.geo.editing.coverage import Coverage, Edit
from gridapp.geo.editing.frame import EditFrame
from gridapp.geo.editing.session import EditSession
from gridapp.geo.editing.standing import Standing

FRAME = EditFrame(104.5, 39.2)


def place(x: float, y: float) -> tuple[float, float]:
    """Return the place on the lattice nearest to metres, as the coverage has it."""
    east, north = FRAME.on_lattice(np.array([[x, y]]))[0].tolist()
    return east, north


def square(column: int, row: int, size: float = 100.0) -> shapely.Polygon:
    west, south = column * size, row * size
    ring = [(west, south), (west + size, south), (west + size, south + size), (west, south + size)]
    return shapely.Polygon([place(*corner) for corner in ring])


@pytest.fixture
def block() -> Coverage:
    """Four squares of 100 m: a b below, c d above."""
    return Coverage(FRAME, {"a": square(0, 0), "b": square(1, 0), "c": square(0, 1), "d": square(1, 1)})


def areas(coverage: Coverage) -> dict[str, float]:
    return {id: round(float(coverage.shapes[id].area), 1) for id in sorted(coverage)}


def whole(coverage: Coverage) -> bool:
    return problems_among(coverage, coverage) == [] and bool(
        shapely.coverage_is_valid(np.array(list(coverage.shapes.values())))
    )


def test_a_split_gives_the_neighbours_the_cut_points(block: Coverage) -> None:
    edit = borders.split(block, "a", np.array([[-20.0, 40.0], [120.0, 60.0]]), lambda: "n")
    assert set(edit.touched) == {"a", "b", "n"}
    assert edit.lineage == (("a", "a"), ("a", "n"))
    after = block.applied(edit)
    assert len(after.corners("b")) == 5
    assert areas(after)["a"] + areas(after)["n"] == pytest.approx(areas(block)["a"], abs=0.2)
    assert whole(after)


def test_a_split_line_may_wind_and_make_several_parts(block: Coverage) -> None:
    names = iter("xyz")
    line = np.array([[-10.0, 20.0], [110.0, 20.0], [110.0, 60.0], [-10.0, 60.0]])
    after = block.applied(borders.split(block, "a", line, lambda: next(names)))
    assert {"a", "x", "y"} <= set(after)
    assert areas(after)["a"] == pytest.approx(4000, rel=0.01)
    assert whole(after)


@pytest.mark.parametrize(
    "line", [[(20, 20), (60, 60)], [(-20, 50), (60, 50)], [(300, 0), (300, 50)], [(0, 0), (0, 100)]]
)
def test_a_line_that_parts_nothing_is_refused(block: Coverage, line: list[tuple[float, float]]) -> None:
    with pytest.raises(ValidationError, match="does not part"):
        borders.split(block, "a", np.array(line, dtype=float), lambda: "n")


def test_lines_that_are_none_are_refused(block: Coverage) -> None:
    for line in (np.array([[0.0, 0.0]]), np.array([[0.0, np.nan], [50.0, 50.0]])):
        with pytest.raises(ValidationError, match="two points"):
            borders.split(block, "a", line, lambda: "n")


def test_a_split_from_corner_to_corner_touches_nobody_else(block: Coverage) -> None:
    edit = borders.split(block, "a", np.array([place(0, 0), place(100, 100)]), lambda: "n")
    assert set(edit.touched) == {"a", "n"}
    assert whole(block.applied(edit))


def test_islands_stay_with_the_nearest_part() -> None:
    island = shapely.Polygon([place(210, 40), place(220, 40), place(220, 60)])
    coverage = Coverage(FRAME, {"a": shapely.MultiPolygon([square(0, 0), island])})
    edit = borders.split(coverage, "a", np.array([[60.0, -10.0], [60.0, 110.0]]), lambda: "east")
    after = coverage.applied(edit)
    assert after.shape("a").geom_type == "Polygon"
    assert len(shapely.get_parts(after.shape("east"))) == 2


def test_merge_and_split_back_keep_the_outline(block: Coverage) -> None:
    session = EditSession.start(block).did(borders.merge(block, ["a", "b"]))
    assert areas(session.coverage)["a"] == pytest.approx(20_000, rel=0.001)
    line = np.array([place(100, 0), place(100, 100)])
    session = session.did(borders.split(session.coverage, "a", line, lambda: "b"))
    assert whole(session.coverage)
    assert session.coverage.shape("a").equals(block.shape("a")) or session.coverage.shape("a").equals(block.shape("b"))


def test_merging_what_does_not_touch_says_so(block: Coverage) -> None:
    edit = borders.merge(block, ["a", "d"], keep="d")
    assert [problem.kind for problem in problems_of(block, edit)] == ["parts"]
    with pytest.raises(ValidationError, match="at least two"):
        borders.merge(block, ["a", "a"])
    with pytest.raises(ValidationError, match="not on the map"):
        borders.merge(block, ["a", "zzz"])


def test_reshape_takes_ground_from_the_neighbour_and_gives_it(block: Coverage) -> None:
    outwards = borders.reshape(block, "a", np.array([place(100, 20), (130.0, 50.0), place(100, 80)]))
    after = block.applied(outwards)
    assert areas(after) == pytest.approx({"a": 10_900, "b": 9_100, "c": 10_000, "d": 10_000}, rel=0.001)
    assert whole(after)
    inwards = borders.reshape(after, "a", np.array([place(100, 0), (70.0, 50.0), place(100, 100)]))
    assert areas(after.applied(inwards)) == pytest.approx(
        {"a": 8_500, "b": 11_500, "c": 10_000, "d": 10_000}, rel=0.001
    )
    assert whole(after.applied(inwards))


def test_reshape_over_three_grids_leaves_no_gap(block: Coverage) -> None:
    line = np.array([place(100, 60), (140.0, 60.0), (140.0, 140.0), (60.0, 140.0), place(60, 100)])
    edit = borders.reshape(block, "a", line)
    after = block.applied(edit)
    assert set(edit.touched) == {"a", "b", "c", "d"}
    assert whole(after)
    assert sum(areas(after).values()) == pytest.approx(40_000, rel=1e-3)


def test_reshape_that_swallows_or_changes_nothing_is_refused(block: Coverage) -> None:
    with pytest.raises(ValidationError, match="Nothing would be left"):
        borders.reshape(block, "a", np.array([place(100, 0), (250.0, -50.0), (250.0, 150.0), place(100, 100)]))
    with pytest.raises(ValidationError, match="changes no border"):
        borders.reshape(block, "a", np.array([[20.0, 20.0], [60.0, 60.0]]))


def test_a_hole_for_a_dedicated_grid(block: Coverage) -> None:
    ring = np.array([[40.0, 40.0], [60.0, 40.0], [60.0, 60.0], [40.0, 60.0]])
    edit = borders.cut_hole(block, ring, "school")
    after = block.applied(edit)
    assert len(after.shape("a").interiors) == 1
    assert edit.lineage == (("a", "school"),)
    assert whole(after)
    back = after.applied(borders.merge(after, ["a", "school"]))
    assert areas(back) == areas(block)


def test_a_hole_over_the_meeting_of_four(block: Coverage) -> None:
    ring = np.array([[80.0, 80.0], [120.0, 80.0], [120.0, 120.0], [80.0, 120.0]])
    after = block.applied(borders.cut_hole(block, ring, "park"))
    assert whole(after)
    assert areas(after) == pytest.approx({"a": 9600, "b": 9600, "c": 9600, "d": 9600, "park": 1600}, rel=1e-3)


def test_drawing_takes_free_ground_only_unless_told(block: Coverage) -> None:
    ring = np.array([[150.0, -50.0], [250.0, -50.0], [250.0, 50.0], [150.0, 50.0]])
    free = block.applied(borders.draw(block, "new", ring))
    assert areas(free)["new"] == pytest.approx(7_500, rel=0.01)
    assert areas(free)["b"] == areas(block)["b"]
    assert whole(free)
    taking = block.applied(borders.draw(block, "new", ring, "take"))
    assert areas(taking)["b"] == pytest.approx(7_500, rel=0.01)
    assert whole(taking)


def test_drawings_that_cannot_be(block: Coverage) -> None:
    knot = np.array([[300.0, 0.0], [350.0, 50.0], [350.0, 0.0], [300.0, 50.0]])
    for ring, sentence in ((knot, "crosses itself"), (knot[:2], "three corners"),
                           (np.array([[10.0, 10.0], [20.0, 10.0], [20.0, 20.0]]), "belongs to other"),
                           (np.full((4, 2), np.nan), "three corners")):  # fmt: skip
        with pytest.raises(ValidationError, match=sentence):
            borders.draw(block, "new", ring)
    with pytest.raises(ValidationError, match="already"):
        borders.draw(block, "a", knot)
    with pytest.raises(ValidationError, match="no grid to cut"):
        borders.cut_hole(block, knot[[0, 2, 1]], "new")


def test_drawing_on_an_empty_map() -> None:
    empty = Coverage(FRAME, {})
    after = empty.applied(borders.draw(empty, "first", np.array([[0.0, 0.0], [50.0, 0.0], [50.0, 50.0]])))
    assert areas(after) == {"first": 1250.0}


def test_a_shared_corner_moves_in_all_four(block: Coverage) -> None:
    edit = corners.move_vertices(block, {place(100, 100): (110.0, 95.0)})
    assert set(edit.touched) == {"a", "b", "c", "d"}
    assert whole(block.applied(edit))
    assert sum(areas(block.applied(edit)).values()) == pytest.approx(sum(areas(block).values()), abs=0.2)


def test_a_corner_dropped_on_a_border_belongs_to_both(block: Coverage) -> None:
    split = block.applied(borders.split(block, "b", np.array([[150.0, -10.0], [150.0, 110.0]]), lambda: "e"))
    corner = next(spot for spot in map(tuple, split.corners("d").tolist()) if abs(spot[0] - 150) < 1 and spot[1] < 101)
    after = split.applied(corners.move_vertices(split, {corner: place(100, 100)}))
    assert whole(after)


def test_moving_out_of_shape_is_told_with_its_place(block: Coverage) -> None:
    edit = corners.move_vertices(block, {place(0, 0): (150.0, 150.0)})
    found = problems_of(block, edit)
    assert {problem.kind for problem in found} <= {"overlap", "invalid", "border"}
    assert any(problem.is_fault for problem in found)
    assert all(problem.sentence for problem in found)


def test_corners_inserted_and_deleted_on_both_sides(block: Coverage) -> None:
    edit = corners.insert_vertex(block, 100.4, 50.0, reach=1.0)
    assert set(edit.touched) == {"a", "b"}
    after = block.applied(edit)
    snap = after.snap(100.2, 50.1, 2.0)
    assert snap is not None
    assert snap.on_vertex
    assert set(snap.ids) == {"a", "b"}
    back = after.applied(corners.delete_vertex(after, snap.x, snap.y))
    assert areas(back) == areas(block)
    assert len(back.corners("a")) == 4


def test_corners_that_must_stay(block: Coverage) -> None:
    with pytest.raises(ValidationError, match="Several borders"):
        corners.delete_vertex(block, *place(100, 100))
    triangle = Coverage(FRAME, {"t": shapely.Polygon([place(0, 0), place(50, 0), place(0, 50)])})
    with pytest.raises(ValidationError, match="Too few corners"):
        corners.delete_vertex(triangle, *place(50, 0))
    with pytest.raises(ValidationError, match="no corner here"):
        corners.delete_vertex(block, 1.0, 2.0)
    with pytest.raises(ValidationError, match="no corner here"):
        corners.move_vertices(block, {(1.0, 2.0): (3.0, 4.0)})
    with pytest.raises(ValidationError, match="no border here"):
        corners.insert_vertex(block, 50.0, 50.0)
    with pytest.raises(ValidationError, match="corner here already"):
        corners.insert_vertex(block, *place(0, 0))


def test_moving_a_whole_grid_is_locked(block: Coverage) -> None:
    with pytest.raises(ValidationError, match="locked"):
        corners.move_whole(block, "a", 10, 0)
    edit = corners.move_whole(block, "a", 10.0, 0.0, unlocked=True)
    overlap = problems_of(block, edit)[0]
    assert (overlap.kind, set(overlap.ids)) == ("overlap", {"a", "b"})
    assert overlap.area == pytest.approx(1000, rel=0.01)


def test_a_gap_is_seen_and_filled(block: Coverage) -> None:
    ring = np.array([[80.0, 80.0], [120.0, 80.0], [120.0, 120.0], [80.0, 120.0]])
    cut = block.applied(borders.cut_hole(block, ring, "park"))
    edit = borders.remove(cut, "park")
    gap = problems_of(cut, edit)[0]
    assert (gap.kind, gap.ids) == ("gap", ("a", "b", "c", "d"))
    open_again = cut.applied(edit)
    filled = open_again.applied(borders.fill(open_again, "d", gap.shape))
    assert whole(filled)
    assert areas(filled)["d"] == pytest.approx(11_200, rel=1e-3)


def test_a_gap_that_was_there_keeps_nobody_from_merging_and_splitting_beside_it(block: Coverage) -> None:
    ring = np.array([[80.0, 80.0], [120.0, 80.0], [120.0, 120.0], [80.0, 120.0]])
    cut = block.applied(borders.cut_hole(block, ring, "park"))
    lake = cut.applied(borders.remove(cut, "park"))
    merged = borders.merge(lake, ["a", "b"])
    assert problems_of(lake, merged) == []
    split = borders.split(lake, "a", np.array([[60.0, -10.0], [60.0, 110.0]]), lambda: "n")
    assert problems_of(lake, split) == []
    twice = block.applied(corners.move_whole(block, "a", 10.0, 0.0, unlocked=True))
    halved = borders.split(twice, "b", np.array([[90.0, 50.0], [210.0, 50.0]]), lambda: "n")
    assert problems_of(twice, halved) == []


def test_the_outline_of_the_community_is_watched(block: Coverage) -> None:
    outline = shapely.union_all(list(block.shapes.values()))
    assert against_outline(block, outline) == []
    inwards = corners.move_vertices(block, {place(0, 0): (20.0, 20.0)})
    assert [problem.kind for problem in problems_of(block, inwards, outline)] == ["uncovered"]
    outwards = corners.move_vertices(block, {place(0, 0): (-20.0, -20.0)})
    assert [problem.kind for problem in problems_of(block, outwards, outline)] == ["outside"]
    assert problems_of(block, outwards) == []


def test_ground_beyond_every_grid_is_missed_and_filled_ground_is_not(block: Coverage) -> None:
    outline = shapely.union_all(list(block.shapes.values()))
    away = borders.remove(block, "b")
    assert [(one.kind, round(one.area)) for one in problems_of(block, away, outline)] == [("uncovered", 10_000)]
    three = block.applied(away)
    beside = borders.remove(three, "d")
    assert [round(one.area) for one in problems_of(three, beside, outline)] == [20_000]
    west = three.applied(beside)
    opened = Standing.of(west, outline)
    assert [(one.kind, round(one.area)) for one in opened.problems] == [("uncovered", 20_000)]
    elsewhere = borders.split(west, "a", np.array([[50.0, -10.0], [50.0, 110.0]]), lambda: "n")
    assert [round(one.area) for one in opened.after(elsewhere)] == [20_000]
    half = borders.fill(west, "c", square(1, 1))
    assert [round(one.area) for one in opened.after(half)] == [10_000]
    assert [round(one.area) for one in Standing.of(west.applied(half), outline).problems] == [10_000]


def test_an_edit_fits_only_the_map_it_was_made_on(block: Coverage) -> None:
    edit = borders.merge(block, ["a", "b"])
    other = block.applied(borders.merge(block, ["a", "c"]))
    with pytest.raises(ValidationError, match="changed meanwhile"):
        other.applied(edit)
    assert block.applied(edit).reverted(edit).shapes["a"] is block.shapes["a"]


def test_lineage_is_followed_through_all_steps(block: Coverage) -> None:
    session = EditSession.start(block)
    session = session.did(borders.merge(session.coverage, ["a", "b"]))
    session = session.did(borders.split(session.coverage, "a", np.array([[-5.0, 50.0], [205.0, 50.0]]), lambda: "n"))
    outcome = session.outcome()
    assert outcome.lineage == (("a", "n"), ("b", "a"), ("b", "n"))
    assert {change.id for change in outcome.changes} >= {"a", "b", "n"}
    nothing = session.undo().undo()
    assert nothing.outcome() == Edit("batch", (), ())
    assert nothing.undo() is nothing
    assert nothing.redo().redo().redo().coverage.shapes == session.coverage.shapes


def test_finding(block: Coverage) -> None:
    assert block.at(50, 50) == "a"
    assert block.at(-50, 50) is None
    assert block.neighbours("a") == ["b", "c", "d"]
    assert block.with_vertex(*place(100, 100)) == ["a", "b", "c", "d"]
    assert block.snap(500, 500, 5) is None
    assert block.snap(50, 50, 5) is None
    border = block.snap(50, 99, 5)
    assert border is not None
    assert (border.on_vertex, set(border.ids)) == (False, {"a", "c"})
    corner = block.snap(98, 98, 5)
    assert corner is not None
    assert ((corner.x, corner.y), corner.on_vertex) == (place(100, 100), True)
    with pytest.raises(ValidationError, match="not on the map"):
        block.shape("zzz")


def test_what_was_not_touched_is_stored_byte_for_byte() -> None:
    triangle = shapely.Polygon([(104.12345678, 39.1), (104.13, 39.1), (104.13, 39.11)])
    outline = shapely.to_wkb(shapely.normalize(triangle))
    coverage = Coverage.from_degrees({"a": outline})
    assert coverage.to_degrees("a") == outline


def test_the_first_outline_of_a_community_is_drawn_on_empty_ground() -> None:
    assert len(Coverage.from_degrees({})) == 0
