"""Boundary files as offices have them: without grid codes, names in a column of their own."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from gridapp.db.database import Database
from gridapp.db.queries.grid_history import get_planned_ground
from gridapp.db.queries.places import list_communities, list_grids
from gridapp.errors import ValidationError
from gridapp.services.boundaries import Naming, check_boundaries, fits_of, import_boundaries

COMMUNITY = "990101001777"
DAY = dt.date(2026, 9, 1)
NAMES = ("平安里", "福宁里", "长寿里", "和顺里")


def written(path: Path, names: tuple[str, ...] = NAMES, **more: Any) -> Path:
    """Write squares in a row from west to east; ``more`` are properties of all."""
    features = [
        {"type": "Feature", "properties": {"OBJ_ID": f"E0{place}", "LSOA_NM": name, **more},
         "geometry": json.loads(shapely.to_geojson(shapely.box(104 + place / 100, 39, 104.01 + place / 100, 39.01)))}
        for place, name in enumerate(names)
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    return path


def test_without_a_community_the_report_asks_for_one(tmp_path: Path) -> None:
    report = check_boundaries(written(tmp_path / "a.geojson"))
    assert (len(report.grids), report.codeless) == (0, 4)
    assert report.columns == ("OBJ_ID", "LSOA_NM")
    assert report.named_by == "LSOA_NM"
    assert report.names == NAMES  # the ten names are there before any code is


def test_codes_are_issued_from_west_to_east(database: Database, tmp_path: Path) -> None:
    path = written(tmp_path / "a.geojson", NAMES[::-1])
    naming = Naming(COMMUNITY, "示例社区")
    report = check_boundaries(path, database=database, naming=naming)
    assert [(grid.code[-3:], grid.name) for grid in report.grids] == [
        ("001", "和顺里"), ("002", "长寿里"), ("003", "福宁里"), ("004", "平安里"),
    ]  # fmt: skip
    import_boundaries(database, path, DAY, "tester", naming=naming)
    assert {row.code: row.name for row in database.fetch(list_communities)}[COMMUNITY] == "示例社区"
    assert [row.name for row in database.fetch(list_grids, DAY, COMMUNITY)] == list(NAMES[::-1])


def test_a_grid_is_known_again_by_its_name_and_ended_codes_stay_ended(database: Database, tmp_path: Path) -> None:
    from gridapp import clock

    clock.set_today(DAY)
    naming = Naming(COMMUNITY, "示例社区")
    import_boundaries(database, written(tmp_path / "a.geojson"), DAY, "tester", naming=naming)
    second = written(tmp_path / "b.geojson", ("长寿里", "新苑", "长寿里东", "平安里"))
    report = import_boundaries(database, second, dt.date(2026, 10, 1), "tester", naming=naming).result
    codes = {grid.name: grid.code[-3:] for grid in report.grids}
    assert codes == {"长寿里": "003", "平安里": "001", "新苑": "005", "长寿里东": "006"}


def test_short_numbers_are_serials_of_the_community(tmp_path: Path) -> None:
    path = written(tmp_path / "a.geojson", NAMES[:1], 网格编号="7")
    report = check_boundaries(path, naming=Naming(COMMUNITY))
    assert [grid.code for grid in report.grids] == [f"{COMMUNITY}007"]
    path = written(tmp_path / "b.geojson", NAMES[:2], 网格编号="7")
    assert "twice" in check_boundaries(path, naming=Naming(COMMUNITY)).refusals[0].sentence


def test_another_column_can_hold_the_names(tmp_path: Path) -> None:
    report = check_boundaries(written(tmp_path / "a.geojson"), naming=Naming(COMMUNITY, name_column="OBJ_ID"))
    assert report.names == ("E00", "E01", "E02", "E03")


@pytest.mark.parametrize("code", ["99", "99010100177a", "九九零一零一零零一七七七"])
def test_a_community_has_twelve_digits(code: str) -> None:
    with pytest.raises(ValidationError, match="12 digits"):
        Naming(code)


def test_which_coordinates_fit_needs_no_codes(database: Database, tmp_path: Path) -> None:
    path = written(tmp_path / "a.geojson")
    import_boundaries(database, path, DAY, "tester", naming=Naming(COMMUNITY))
    from gridapp import clock

    clock.set_today(DAY)
    assert fits_of(database, path)[0].crs == "CGCS2000"


def test_who_draws_on_begins_with_what_is_planned(database: Database, tmp_path: Path) -> None:
    path = written(tmp_path / "a.geojson")
    import_boundaries(database, path, DAY, "tester", naming=Naming(COMMUNITY))
    assert database.fetch(get_planned_ground, COMMUNITY, DAY).day == DAY
    later = dt.date(2026, 12, 1)
    import_boundaries(database, written(tmp_path / "b.geojson", NAMES[:1], x=1), later, "tester",
                      naming=Naming(COMMUNITY))  # fmt: skip
    assert database.fetch(get_planned_ground, COMMUNITY, DAY).day == DAY  # the same ground is no change
    wide = tmp_path / "c.geojson"
    text = written(wide, NAMES[:1]).read_text("utf-8").replace("39.01", "39.02")
    wide.write_text(text, "utf-8")
    import_boundaries(database, wide, later, "tester", naming=Naming(COMMUNITY))
    planned = database.fetch(get_planned_ground, COMMUNITY, DAY)
    assert (planned.day, len(planned.grids)) == (later, 4)
