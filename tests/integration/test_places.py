"""Boundaries, communities, grids and workers through the services, on a real database."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from gridapp import paths
from gridapp.db.database import Database
from gridapp.db.queries.places import list_communities, list_grids, list_workers, name_grids, name_serving_workers
from gridapp.db.queries.values import GridRow
from gridapp.errors import NotFoundError, OperationCancelled, ValidationError
from gridapp.services.places import (
    add_community,
    add_grid,
    add_worker,
    assign_worker,
    check_boundaries,
    import_boundaries,
)
from gridapp.services.undo import undo_operation

SPRING, SUMMER = dt.date(2026, 3, 1), dt.date(2026, 7, 1)
CODE = "990101001001001"


def square(west: float, south: float = 39.2, size: float = 0.002) -> list[list[list[float]]]:
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def file_of(path: Path, *grids: tuple[str, list[Any]], **more: str) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": f"网格{code[-1]}", **more},
            "geometry": {"type": "Polygon", "coordinates": rings},
        }
        for code, rings in grids
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


def grids_on(database: Database, day: dt.date) -> list[GridRow]:
    return database.fetch(list_grids, day)


def test_the_shipped_sample_comes_in_and_goes_out(database: Database) -> None:
    sample = paths.shipped_data("sample_grids.geojson")
    count = len(json.loads(sample.read_text("utf-8"))["features"])
    report = check_boundaries(sample)
    assert (len(report.grids), report.refusals, report.overlaps, report.gaps) == (count, (), (), ())
    changes = import_boundaries(database, sample, SPRING, "tester")
    rows = grids_on(database, SPRING)
    assert len(rows) == count
    assert all(row.boundary for row in rows)
    assert grids_on(database, SPRING - dt.timedelta(1)) == []
    assert changes.operation is not None
    undo_operation(database, changes.operation, "tester")
    assert grids_on(database, SPRING) == []
    assert database.fetch(list_communities) == []


def test_communities_are_made_from_the_code_and_named_by_the_file(database: Database, tmp_path: Path) -> None:
    file = file_of(tmp_path / "a.geojson", (CODE, square(104.5)), community="幸福社区")
    import_boundaries(database, file, SPRING, "tester")
    assert [(row.code, row.name) for row in database.fetch(list_communities)] == [("990101001001", "幸福社区")]


def test_a_new_boundary_leaves_the_past_alone_and_can_be_undone(database: Database, tmp_path: Path) -> None:
    import_boundaries(database, file_of(tmp_path / "a.geojson", (CODE, square(104.5))), SPRING, "tester")
    before = grids_on(database, SUMMER)[0].boundary
    second = import_boundaries(database, file_of(tmp_path / "b.geojson", (CODE, square(104.6))), SUMMER, "tester")
    assert grids_on(database, SUMMER - dt.timedelta(1))[0].boundary == before
    assert grids_on(database, SUMMER)[0].boundary != before
    assert second.operation is not None
    undo_operation(database, second.operation, "tester")
    assert grids_on(database, SUMMER)[0].boundary == before


def test_the_same_day_again_replaces_and_the_same_outline_changes_nothing(database: Database, tmp_path: Path) -> None:
    first = file_of(tmp_path / "a.geojson", (CODE, square(104.5)))
    import_boundaries(database, first, SPRING, "tester")
    import_boundaries(database, first, SUMMER, "tester")
    import_boundaries(database, file_of(tmp_path / "b.geojson", (CODE, square(104.6))), SPRING, "tester")
    shape = shapely.from_wkb(grids_on(database, SUMMER)[0].boundary)
    assert shape.bounds[0] == pytest.approx(104.6)
    assert len(grids_on(database, SUMMER)) == 1


def test_a_day_before_a_later_boundary_is_refused(database: Database, tmp_path: Path) -> None:
    import_boundaries(database, file_of(tmp_path / "a.geojson", (CODE, square(104.5))), SPRING, "tester")
    import_boundaries(database, file_of(tmp_path / "b.geojson", (CODE, square(104.6))), SUMMER, "tester")
    third = file_of(tmp_path / "c.geojson", ("990101001001002", square(104.7)), (CODE, square(104.8)))
    with pytest.raises(ValidationError, match="2026-07-01"):
        import_boundaries(database, third, dt.date(2026, 5, 1), "tester")
    with pytest.raises(ValidationError, match="2026-03-01"):
        import_boundaries(database, third, dt.date(2026, 2, 1), "tester")
    assert len(grids_on(database, SUMMER)) == 1  # nothing of the refused file is there


def test_one_bad_outline_stops_the_whole_file(database: Database, tmp_path: Path) -> None:
    line = [[[104.5, 39.2], [104.6, 39.2], [104.5, 39.2], [104.5, 39.2]]]
    file = file_of(tmp_path / "a.geojson", (CODE, square(104.5)), ("990101001001002", line))
    report = check_boundaries(file)
    assert [refusal.number for refusal in report.refusals] == [2]
    with pytest.raises(ValidationError, match="网格2"):
        import_boundaries(database, file, SPRING, "tester")
    assert grids_on(database, SPRING) == []


def test_overlaps_are_reported_by_code(tmp_path: Path) -> None:
    other = "990101001001002"
    file = file_of(tmp_path / "a.geojson", (CODE, square(104.5)), (other, square(104.501)))
    report = check_boundaries(file)
    assert [(found.first, found.second) for found in report.overlaps] == [(CODE, other)]
    assert report.overlaps[0].area == pytest.approx(86.4 * 222, rel=0.01)


def test_offset_maps_are_moved_back(database: Database, tmp_path: Path) -> None:
    file = file_of(tmp_path / "a.geojson", (CODE, square(104.5)))
    import_boundaries(database, file, SPRING, "tester", crs="GCJ-02")
    shape = shapely.from_wkb(grids_on(database, SPRING)[0].boundary)
    assert 0.0005 < abs(shape.bounds[0] - 104.5) < 0.01
    with pytest.raises(ValidationError, match="Xian80"):
        import_boundaries(database, file, SPRING, "tester", crs="Xian80")


class Impatient:
    """Stops at a given report."""

    def __init__(self, patience: int) -> None:
        self.patience = patience

    def advance(self, done: int, total: int, message: str = "") -> None:
        self.patience -= 1
        if self.patience == 0:
            raise OperationCancelled


@pytest.mark.parametrize("patience", [1, 3, 6])
def test_cancelled_means_nothing_written(database: Database, tmp_path: Path, patience: int) -> None:
    file = file_of(tmp_path / "a.geojson", (CODE, square(104.5)), ("990101001001002", square(104.502)))
    with pytest.raises(OperationCancelled):
        import_boundaries(database, file, SPRING, "tester", progress=Impatient(patience))
    assert grids_on(database, SPRING) == []


def test_places_and_people_by_hand(database: Database) -> None:
    add_community(database, "990101001001", "幸福社区", "tester", town="和平街道")
    assert add_grid(database, CODE, "第一网格", SPRING, "tester").result == CODE
    worker = add_worker(database, "王秀兰", "139 0000 0001", "tester").result
    assign_worker(database, worker, CODE, "full_time", "manager", SPRING, "tester")
    rows = database.fetch(list_workers, SPRING)
    assert [(row.name, row.grids) for row in rows] == [("王秀兰", (CODE,))]
    assert grids_on(database, SPRING)[0].worker_name == "王秀兰"
    with pytest.raises(ValidationError, match="王秀兰"):
        assign_worker(database, worker, CODE, "full_time", "", SUMMER, "tester")


def test_what_is_refused_by_hand(database: Database) -> None:
    with pytest.raises(ValidationError, match="12345"):
        add_community(database, "12345", "甲", "tester")
    with pytest.raises(NotFoundError, match="990101001001"):
        add_grid(database, CODE, "第一网格", SPRING, "tester")
    add_community(database, "990101001001", "幸福社区", "tester")
    with pytest.raises(ValidationError, match="幸福社区"):
        add_community(database, "990101001001", "又一个", "tester")
    with pytest.raises(ValidationError, match="round"):
        add_grid(database, CODE, "第一网格", SPRING, "tester", kind="round")
    with pytest.raises(ValidationError):
        add_grid(database, CODE, "  ", SPRING, "tester")
    add_grid(database, CODE, "第一网格", SPRING, "tester")
    with pytest.raises(ValidationError, match="第一网格"):
        add_grid(database, CODE, "又一个", SPRING, "tester")
    with pytest.raises(NotFoundError, match="nobody"):
        assign_worker(database, "nobody", CODE, "full_time", "", SPRING, "tester")
    with pytest.raises(ValidationError, match="call me"):
        add_worker(database, "王秀兰", "call me", "tester")
    worker = add_worker(database, "王秀兰", "", "tester").result
    too_early = dt.date(2026, 1, 1)
    for role, duty, day in (("chief", "", SPRING), ("full_time", "king", SPRING), ("full_time", "", too_early)):
        with pytest.raises(ValidationError):
            assign_worker(database, worker, CODE, role, duty, day, "tester")


def test_names_to_choose_from_are_those_of_the_lists(database: Database) -> None:
    import_boundaries(database, paths.shipped_data("sample_grids.geojson"), SPRING, "tester")
    code = grids_on(database, SPRING)[0].code
    for name, serves in (("示例乙", True), ("示例甲", True), ("示例丙", False)):
        worker = str(add_worker(database, name, "", "tester").result)
        if serves:
            assign_worker(database, worker, code, "full_time", "", SPRING, "tester")
    for day in (SPRING, dt.date(2020, 1, 1)):
        listed = [(row.code, row.name, row.community) for row in grids_on(database, day)]
        assert database.fetch(name_grids, day) == listed
        serving = [(row.id, row.name) for row in database.fetch(list_workers, day) if row.grids]
        assert database.fetch(name_serving_workers, day) == serving
    assert len(database.fetch(name_serving_workers, SPRING)) == 2
