"""Places of service: by form, from files of places, with the grid they lie in; bad rows say why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gridapp.db.database import Database
from gridapp.db.queries.facilities import list_facilities
from gridapp.db.queries.facts import read_facts
from gridapp.domain.facility import FACILITY_KINDS, Facility, facility_title, kind_of
from gridapp.errors import LedgerFormatError, NotFoundError, ValidationError
from gridapp.geo import crs
from gridapp.services.facilities import check_facilities, import_facilities, remove_facility, save_facility
from gridapp.services.undo import undo_operation
from tests.factories import COMMUNITY
from tests.ground import CODES, DAY, SOUTH, STEP, WEST, filled

INSIDE = (WEST + STEP / 2, SOUTH + STEP / 2)
HEAD = "名称,类别,经度,纬度,面积"


@pytest.fixture
def community(database: Database) -> Database:
    return filled(database)


def test_a_facility_lies_in_its_grid_and_community(community: Database) -> None:
    changes = save_facility(community, Facility("canteen", "幸福食堂", *INSIDE, area=120.5), DAY, "tester")
    (row,) = community.fetch(list_facilities, DAY)
    assert (row.key, row.kind, row.name, row.grid, row.community) == (
        changes.result, "canteen", "幸福食堂", CODES[0], COMMUNITY
    )  # fmt: skip
    moved = Facility("canteen", "幸福食堂", INSIDE[0] + STEP, INSIDE[1])
    save_facility(community, moved, DAY, "tester", row.key)
    (row,) = community.fetch(list_facilities, DAY, COMMUNITY)
    assert (row.grid, row.area) == (CODES[1], None)
    assert community.fetch(list_facilities, DAY, None, (WEST, SOUTH, WEST + STEP, SOUTH + STEP)) == []
    facts = community.fetch(read_facts)["facilities"]
    assert [fact["name"] for fact in facts] == ["幸福食堂"]
    removed = remove_facility(community, row.key, "tester")
    assert community.fetch(list_facilities, DAY) == []
    undo_operation(community, removed.operation, "tester")
    assert len(community.fetch(list_facilities, DAY)) == 1
    with pytest.raises(NotFoundError, match="no facility"):
        remove_facility(community, "nobody", "tester")


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        (Facility("canteen", " ", *INSIDE), "needs a name"),
        (Facility("cafe", "店", *INSIDE), "not a kind of facility"),
        (Facility("canteen", "店", 500.0, 39.0), "longitude"),
        (Facility("canteen", "店", 104.0, float("nan")), "latitude"),
        (Facility("canteen", "店", 100.0, 10.0), "lies in no grid"),
        (Facility("canteen", "店", *INSIDE, area=-1.0), "area"),
        (Facility("canteen", "店", *INSIDE, community="990101999999"), "no community"),
    ],
)
def test_what_cannot_be_is_refused(community: Database, entered: Facility, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        save_facility(community, entered, DAY, "tester")
    assert community.fetch(list_facilities, DAY) == []


def test_a_file_is_taken_in_once(community: Database, tmp_path: Path) -> None:
    file = tmp_path / "设施.csv"
    rows = [HEAD, f"卫生站,健康,{INSIDE[0]},{INSIDE[1]},80", f"食堂,canteen,{INSIDE[0] + STEP},{INSIDE[1]},"]
    file.write_text("\n".join(rows), "gb18030")
    with pytest.raises(ValidationError, match=r"1 rows cannot be taken\. Row 1 \(卫生站\): “健康” is not a kind"):
        import_facilities(community, file, DAY, "tester")
    assert community.fetch(list_facilities, DAY) == []
    import_facilities(community, file, DAY, "tester", good_only=True)
    file.write_text("\n".join([HEAD, *(row.replace("健康", "health") for row in rows[1:])]), "utf-8")
    changes = import_facilities(community, file, DAY, "tester")
    assert {(row.name, row.kind, row.area, row.grid) for row in community.fetch(list_facilities, DAY)} == {
        ("卫生站", "health", 80.0, CODES[0]), ("食堂", "canteen", None, CODES[1])
    }  # fmt: skip
    undo_operation(community, changes.operation, "tester")
    assert [row.name for row in community.fetch(list_facilities, DAY)] == ["食堂"]


def test_places_of_other_maps_come_to_where_they_are(community: Database, tmp_path: Path) -> None:
    import numpy as np

    there = crs.from_cgcs2000(np.array([INSIDE]), "BD-09")[0].tolist()
    point = {"type": "Feature", "properties": {"名称": "食堂", "类别": "canteen"},
             "geometry": {"type": "Point", "coordinates": there}}  # fmt: skip
    file = tmp_path / "places.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [point]}), "utf-8")
    found = check_facilities(community, file, DAY, "BD-09")
    (facility,) = found.facilities
    assert (facility.lon, facility.lat) == pytest.approx(INSIDE, abs=2e-8)
    assert facility.community == COMMUNITY


@pytest.mark.parametrize("content", ["名称,类别\n食堂,canteen\n", "", "\x00\x01\x02", "a\nb\n"])
def test_a_file_without_places_says_so(community: Database, tmp_path: Path, content: str) -> None:
    for name in ("x.csv", "x.geojson", "x.kml"):
        file = tmp_path / name
        file.write_text(content, "utf-8")
        with pytest.raises(LedgerFormatError, match=f"{name}"):
            import_facilities(community, file, DAY, "tester")


def test_a_row_without_a_place_is_told(community: Database, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text(f"{HEAD}\n食堂,canteen,,,\n远处,other,10,10,\n", "utf-8")
    remarks = check_facilities(community, file, DAY).remarks
    assert [remark.number for remark in remarks] == [1, 2]
    assert "no place" in remarks[0].sentence
    assert "no grid" in remarks[1].sentence


def test_every_kind_is_known_by_its_word() -> None:
    assert [kind_of(facility_title(kind)) for kind in FACILITY_KINDS] == list(FACILITY_KINDS)
    assert kind_of("cafe") is None
