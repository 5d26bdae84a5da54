"""Borders between communities: ground claimed twice or by nobody is told, with the names of both communities."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from gridapp.db.database import Database
from gridapp.db.queries.facts import read_facts
from gridapp.errors import ValidationError
from gridapp.geo.editing import borders, corners
from gridapp.geo.editing.check import Problem
from gridapp.geo.editing.session import EditSession
from gridapp.geo.editing.standing import Standing
from gridapp.services.boundaries import check_boundaries, import_boundaries
from gridapp.services.boundary_standing import all_standing
from gridapp.services.facts import import_facts
from gridapp.services.grid_editing import preview_drawing, save_drawing
from gridapp.services.shared_borders import open_for_editing, stored_conflicts
from tests.factories import COMMUNITY
from tests.ground import CODES, DAY, SOUTH, START, STEP, WEST, four_grids, metres, sitting, square

BESIDE = f"{COMMUNITY[:-1]}9"
NEXT_DOOR = tuple(f"{BESIDE}{serial:03d}" for serial in (1, 2))


def beside(shift: float = 0.0) -> dict[str, Any]:
    """Facts: two grids of another community east of the four, moved east by some steps."""
    facts = four_grids()
    facts["communities"].append({"code": BESIDE, "name": "东邻社区"})
    for row, code in enumerate(NEXT_DOOR):
        facts["grids"].append({"code": code, "name": f"东邻{row + 1}网格", "valid_from": START, "valid_to": None,
                               "boundaries": [{"start": START, "end": None, "geometry": square(2, row)}]})  # fmt: skip
        for corner in facts["grids"][-1]["boundaries"][0]["geometry"]["coordinates"][0]:
            corner[0] = round(corner[0] + shift * STEP, 8)
    return facts


@pytest.fixture
def two(database: Database) -> Database:
    import_facts(database, beside(), "tester")
    return database


def outwards(session: EditSession, east: float) -> EditSession:
    """Draw the east border of the second grid anew, by so many steps outwards."""
    places = ((2, 0.2), (2 + east, 0.2), (2 + east, 0.8), (2, 0.8))
    line = np.array([metres(session, *place) for place in places])
    return session.did(borders.reshape(session.coverage, CODES[1], line))


def drawn_on(database: Database, session: EditSession) -> tuple[Problem, ...]:
    """Return what the map says while it is drawn on."""
    ground, neighbours = database.fetch(open_for_editing, COMMUNITY, DAY)
    assert ground.day == DAY
    standing = Standing.of_stored(ground.boundaries, ground.outline, session.coverage.frame, neighbours)
    return standing.after(session.outcome())


def test_communities_that_fit_have_nothing_to_tell(two: Database) -> None:
    assert two.fetch(stored_conflicts, DAY) == []


@pytest.mark.parametrize(("shift", "kind", "wide"), [(-0.1, "overlap", 8.64), (0.02, "gap", 1.73)])
def test_what_is_stored_is_told_with_both_names(database: Database, shift: float, kind: str, wide: float) -> None:
    import_facts(database, beside(shift), "tester")
    found = database.fetch(stored_conflicts, DAY)
    assert {one.kind for one in found} == {kind}
    assert sum(one.area for one in found) == pytest.approx(wide * 222, rel=0.03)
    for one in found:
        assert one.communities == ((COMMUNITY, "示例社区"), (BESIDE, "东邻社区"))
        assert "示例社区" in one.sentence
        assert "东邻社区" in one.sentence
        assert shapely.from_wkb(one.outline).intersects(shapely.Point(one.lon, one.lat))
    mine, theirs = database.fetch(all_standing, DAY)
    assert mine.borders == theirs.borders == tuple(found)
    assert database.fetch(stored_conflicts, DAY, "990101001077") == []


def test_ground_of_another_community_is_not_taken(two: Database) -> None:
    before = two.fetch(read_facts)
    drawing = outwards(sitting(two), 0.3).drawn()
    seen = preview_drawing(two, COMMUNITY, drawing, DAY)
    assert [problem.kind for problem in seen.problems] == ["claimed"]
    assert "第2网格 of 示例社区 and 东邻1网格 of 东邻社区 both claim" in seen.faults[0]
    (live,) = drawn_on(two, outwards(sitting(two), 0.3))
    assert live.kind == "claimed" and live.area == pytest.approx(seen.problems[0].area, abs=0.1), "told while drawing"
    with pytest.raises(ValidationError, match="东邻社区"):
        save_drawing(two, COMMUNITY, drawing, DAY, "tester")
    assert two.fetch(read_facts) == before


def test_a_new_grid_on_ground_of_another_community_is_named_by_its_own_name(two: Database) -> None:
    session = sitting(two)
    ring = np.array([metres(session, *place) for place in ((1.9, -0.5), (2.5, -0.5), (2.5, 0.5), (1.9, 0.5))])
    drawing = session.did(borders.draw(session.coverage, "new-1", ring)).drawn()
    seen = preview_drawing(two, COMMUNITY, drawing, DAY)
    assert [problem.kind for problem in seen.problems if problem.is_fault] == ["claimed"]
    assert f"Grid {seen.codes['new-1'][-3:]} of 示例社区" in seen.faults[0]


def test_a_gap_torn_between_communities_is_told_and_may_be_filled_from_the_other_side(two: Database) -> None:
    session = sitting(two)
    places = ((2, 0.3), (1.9, 0.4), (1.9, 0.6), (2, 0.7))
    line = np.array([metres(session, *place) for place in places])
    edit = borders.reshape(session.coverage, CODES[1], line)
    drawing = session.did(edit).drawn()
    seen = preview_drawing(two, COMMUNITY, drawing, DAY)
    assert [(problem.kind, problem.is_fault) for problem in seen.problems] == [("apart", False)]
    assert "东邻社区, 示例社区" in seen.problems[0].sentence or "示例社区, 东邻社区" in seen.problems[0].sentence
    save_drawing(two, COMMUNITY, drawing, DAY, "tester")
    (gap,) = two.fetch(stored_conflicts, DAY)
    assert gap.area == pytest.approx(0.1 * 86.4 * 0.3 * 111, rel=0.02)


def test_an_edit_inside_keeps_the_common_border(two: Database) -> None:
    session = sitting(two)
    line = np.array([metres(session, 0.5, 0.5), metres(session, 2.1, 0.5)])
    drawing = session.did(borders.split(session.coverage, CODES[1], line, lambda: "new-1")).drawn()
    assert preview_drawing(two, COMMUNITY, drawing, DAY).problems == ()
    save_drawing(two, COMMUNITY, drawing, DAY, "tester")
    assert two.fetch(stored_conflicts, DAY) == []


def test_what_was_wrong_before_does_not_keep_a_drawing_out(database: Database) -> None:
    import_facts(database, beside(-0.1), "tester")
    session = sitting(database)
    line = np.array([metres(session, 0.9, 0.5), metres(session, 2.1, 0.5)])
    session = session.did(borders.split(session.coverage, CODES[1], line, lambda: "new-1"))
    drawing = session.did(corners.insert_vertex(session.coverage, *metres(session, 1.5, 1.0), reach=1.0)).drawn()
    assert preview_drawing(database, COMMUNITY, drawing, DAY).faults == ()
    assert drawn_on(database, session) == ()
    save_drawing(database, COMMUNITY, drawing, DAY, "tester")


def test_a_file_is_compared_with_the_grids_that_stay(two: Database, tmp_path: Path) -> None:
    wide = shapely.box(WEST + STEP, SOUTH, WEST + 2.1 * STEP, round(SOUTH + 1.1 * STEP, 8))
    feature = {"type": "Feature", "properties": {"code": CODES[1], "name": "第2网格"},
               "geometry": json.loads(shapely.to_geojson(wide))}  # fmt: skip
    path = tmp_path / "one.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    assert check_boundaries(path).borders == ()
    report = check_boundaries(path, database=two, effective=DAY)
    assert report.overlaps == ()
    told = {(one.kind, one.grids, tuple(name for _code, name in one.communities)) for one in report.borders}
    assert told == {
        ("overlap", (CODES[1], CODES[3]), ("示例社区",)),
        ("overlap", (CODES[1], NEXT_DOOR[0]), ("示例社区", "东邻社区")),
        ("overlap", (CODES[1], NEXT_DOOR[1]), ("示例社区", "东邻社区")),
    }
    result = import_boundaries(two, path, DAY, "tester").result
    assert result.borders == report.borders
