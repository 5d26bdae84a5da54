"""The sample files: rebuilt as shipped, checked by the ledger reader, agreeing with each other."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from gridapp.ledgers.lookups import KnownGrid, KnownWorker, Lookups
from gridapp.ledgers.preview import Preview, check_workbook
from gridapp.ledgers.workbook import read_workbook
from tools import build_samples

DATA = Path(__file__).parents[3] / "data"
TODAY = build_samples.TODAY
LEDGERS = {"sample_residents.xlsx": "residents", "sample_elders.xlsx": "elders", "sample_visits.csv": "visits"}


@pytest.fixture(scope="module")
def features() -> list[dict[str, Any]]:
    content = json.loads((DATA / "sample_grids.geojson").read_text("utf-8"))
    found: list[dict[str, Any]] = content["features"]
    return found


def check(name: str, folder: Path = DATA, lookups: Lookups | None = None) -> Preview:
    return check_workbook(read_workbook(folder / name), today=TODAY, lookups=lookups)


def values(preview: Preview) -> list[dict[str, Any]]:
    return [dict(row.fields) for sheet in preview.sheets for row in sheet.rows]


@pytest.fixture(scope="module")
def ledgers() -> dict[str, list[dict[str, Any]]]:
    return {kind: values(check(name)) for name, kind in LEDGERS.items()}


def test_shipped_files_are_what_the_tool_builds(tmp_path: Path, ledgers: dict[str, list[dict[str, Any]]]) -> None:
    built = build_samples.samples()
    for name in ("sample_grids.geojson", "sample_visits.csv"):
        assert built[name] == (DATA / name).read_bytes()
    for name in ("sample_residents.xlsx", "sample_elders.xlsx"):  # the bytes of a workbook depend on zlib
        (tmp_path / name).write_bytes(built[name])
        assert values(check(name, tmp_path)) == ledgers[LEDGERS[name]]


def test_grids_touch_without_gap_or_overlap(features: list[dict[str, Any]]) -> None:
    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]
    assert len(shapes) == 12
    assert shapely.coverage_is_valid(shapes)
    assert [feature["properties"]["code"] for feature in features] == [f"990101001001{n:03d}" for n in range(1, 13)]
    assert sorted({feature["properties"]["kind"] for feature in features}) == ["basic", "dedicated"]


@pytest.mark.parametrize(("name", "kind"), LEDGERS.items())
def test_ledger_has_no_error_and_no_warning(name: str, kind: str, features: list[dict[str, Any]]) -> None:
    grids = [KnownGrid(one["properties"]["code"], one["properties"]["name"]) for one in features]
    names = sorted({row["worker"] for row in values(check("sample_elders.xlsx"))})
    lookups = Lookups(grids, [KnownWorker(name, name) for name in names])
    preview = check(name, lookups=lookups)
    assert [sheet.kind for sheet in preview.sheets] == [kind]
    assert [issue for sheet in preview.sheets for row in sheet.rows for issue in row.issues] == []


def test_sizes(ledgers: dict[str, list[dict[str, Any]]]) -> None:
    assert 115 <= len(ledgers["elders"]) <= 125
    assert 295 <= len(ledgers["residents"]) <= 310
    assert 140 <= len(ledgers["visits"]) <= 200


def test_ledgers_agree(ledgers: dict[str, list[dict[str, Any]]]) -> None:
    residents = {row["id_no"]: row for row in ledgers["residents"]}
    elders = {row["id_no"]: row for row in ledgers["elders"]}
    assert len(residents) == len(ledgers["residents"])
    for number, elder in elders.items():
        for field in ("name", "sex", "birth_date", "address", "grid"):
            assert elder[field] == residents[number][field]
        assert residents[number]["start_date"] <= elder["start_date"] <= TODAY
    for visit in ledgers["visits"]:
        elder = elders[visit["id_no"]]
        assert visit["name"] == elder["name"]
        assert elder["start_date"] <= visit["visit_date"] < TODAY
        assert visit["visit_date"] >= dt.date(2026, 8, 1)


def test_unusual_names_are_among_the_elders(ledgers: dict[str, list[dict[str, Any]]]) -> None:
    names = {row["name"] for row in ledgers["elders"]}
    assert {"苏布德·那顺", "买买提·艾力", "李䶮", "周𬭎", "𠮷永芳"} <= names
