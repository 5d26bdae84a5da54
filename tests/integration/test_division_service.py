"""A division proposed for stored people, applied from a day on, and undone; the command line around it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest

from gridapp.db.database import Database
from gridapp.db.queries.grid_history import list_living, list_successions
from gridapp.db.queries.places import list_grids
from gridapp.errors import LedgerFormatError, NotFoundError, StorageError, ValidationError
from gridapp.geo import division as plans
from gridapp.geo.crs import from_cgcs2000
from gridapp.services.division import propose_division
from gridapp.services.grid_editing import preview_drawing, save_drawing
from gridapp.services.undo import undo_operation
from tests.factories import COMMUNITY
from tests.ground import CODES, DAY, SOUTH, STEP, WEST, filled


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "LEAST_STEPS", 2_000)
    monkeypatch.setattr(plans, "STEPS_PER_UNIT", 10)


@pytest.fixture
def community(database: Database) -> Database:
    return filled(database)


def test_two_grids_of_four_hold_from_a_day_and_are_undone(community: Database) -> None:
    found = propose_division(community, COMMUNITY, DAY, 2)
    assert (found.households, found.elders, found.units, found.unplaced) == (16, 16, 16, 0)
    balanced = found.proposals[0]
    assert [grid.households for grid in balanced.plan.grids] == [8, 8]
    assert set(balanced.ids) <= set(CODES)  # both keep the code of a present grid
    seen = preview_drawing(community, COMMUNITY, balanced.drawing, DAY)
    assert (seen.faults, len(seen.ended)) == ((), 2)
    changes = save_drawing(community, COMMUNITY, balanced.drawing, DAY, "tester")
    living = [row.grid for row in community.fetch(list_living, COMMUNITY, DAY) if row.start <= DAY]
    assert sorted(living.count(code) for code in set(living)) == [16, 16]
    assert len(community.fetch(list_grids, DAY)) == 2
    assert len(community.fetch(list_grids, DAY - dt.timedelta(1))) == 4
    assert {row.kind for row in community.fetch(list_successions)} == {"redrawn"}
    undo_operation(community, changes.operation, "tester")
    assert len(community.fetch(list_grids, DAY)) == 4


def test_more_grids_than_there_are_get_new_codes(community: Database) -> None:
    found = propose_division(community, COMMUNITY, DAY, 6)
    drawing = found.proposals[1].drawing
    saved = save_drawing(community, COMMUNITY, drawing, DAY, "tester").result
    assert sorted(saved.codes.values()) == [f"{COMMUNITY}005", f"{COMMUNITY}006"]
    assert len(community.fetch(list_grids, DAY)) == 6
    assert sum(row.start <= DAY for row in community.fetch(list_living, COMMUNITY, DAY)) == 32


def roads(path: Path, *lines: tuple[str, list[list[float]]]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"highway": kind} if kind else {},
         "geometry": {"type": "LineString", "coordinates": line}} for kind, line in lines]}), "utf-8")  # fmt: skip
    return path


def upright(column: float) -> list[list[float]]:
    """A road from south to north so many steps from the west."""
    return [[WEST + STEP * column, SOUTH - 0.01], [WEST + STEP * column, SOUTH + 0.01]]


def test_borders_follow_roads_where_households_permit(community: Database, tmp_path: Path) -> None:
    path = roads(tmp_path / "roads.geojson", ("", upright(0.95)))
    found = propose_division(community, COMMUNITY, DAY, 2, path)
    assert found.units == 16
    compact = found.proposals[1].plan
    assert [grid.households for grid in compact.grids] == [8, 8]
    assert compact.along_roads == pytest.approx(1.0)
    assert compact.roads_inside == 0
    assert propose_division(community, COMMUNITY, DAY, 2).proposals[0].plan.along_roads is None
    drawing = found.proposals[1].drawing
    assert preview_drawing(community, COMMUNITY, drawing, DAY).faults == ()
    aside = propose_division(community, COMMUNITY, DAY, 2, roads(path, ("", upright(0.5)))).proposals[1].plan
    assert [grid.households for grid in aside.grids] == [8, 8]  # a road that parts 4 from 12 is not followed
    lane = roads(path, ("residential", upright(0.95)), ("primary", upright(1.5)))
    ranked = propose_division(community, COMMUNITY, DAY, 2, lane).proposals[1].plan
    assert ranked.along_roads is not None
    assert ranked.along_roads < 1.0  # a lane is no main road


def test_roads_may_be_shifted_and_must_run_there(community: Database, tmp_path: Path) -> None:
    line = from_cgcs2000(np.array(upright(0.95)), "GCJ-02").tolist()
    path = roads(tmp_path / "roads.geojson", ("", line))
    found = propose_division(community, COMMUNITY, DAY, 2, path, roads_crs="GCJ-02")
    assert found.proposals[1].plan.along_roads == pytest.approx(1.0)
    far = roads(path, ("", upright(500)))
    with pytest.raises(ValidationError, match="another system"):
        propose_division(community, COMMUNITY, DAY, 2, far)


def test_files_that_hold_no_roads(community: Database, tmp_path: Path) -> None:
    path = tmp_path / "roads.geojson"
    point = {"type": "Point", "coordinates": upright(1)[0]}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {}, "geometry": point}]}))  # fmt: skip
    with pytest.raises(ValidationError, match="no lines"):
        propose_division(community, COMMUNITY, DAY, 2, path)
    path.write_text("nonsense")
    with pytest.raises(LedgerFormatError):
        propose_division(community, COMMUNITY, DAY, 2, path)
    with pytest.raises(StorageError):
        propose_division(community, COMMUNITY, DAY, 2, tmp_path / "none.shp")


def test_what_cannot_be_divided(community: Database) -> None:
    with pytest.raises(NotFoundError):
        propose_division(community, "990101001009", DAY, 2)
    with pytest.raises(ValidationError, match="cannot be divided"):
        propose_division(community, COMMUNITY, DAY, 17)
