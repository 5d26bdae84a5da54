"""``gridapp boundaries …``: reports as JSON, nothing written on a dry run, sentences for what cannot be."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import shapely

from gridapp.services.facts import import_facts
from tests.bad_outlines import BAD, CODE, NAME
from tests.factories import COMMUNITY, plain_database
from tests.ground import CODES, SOUTH, STEP, WEST, four_grids

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def community(tmp_path: Path) -> Path:
    database = plain_database(tmp_path, "ground.db")
    facts = four_grids()
    for row in facts["residencies"]:
        if row["grid"] == CODES[0]:
            row["grid"] = CODES[1]
    import_facts(database, facts, "tester")
    database.close()
    return tmp_path / "ground.db"


SCHEMA = json.loads((DOCS / "boundary-reports.schema.json").read_text("utf-8"))


def assert_described(report: Any, definition: str) -> None:
    """A report has the form the documentation gives it, and no key more."""
    one = {"$ref": f"#/$defs/{definition}"} if definition != "choices" else {"type": "array", "items": {
        "$ref": "#/$defs/choice"}}  # fmt: skip
    checker = jsonschema.FormatChecker(formats=["date"])
    jsonschema.Draft202012Validator({"$defs": SCHEMA["$defs"]} | one, format_checker=checker).validate(report)


def test_the_documentation_names_every_key() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    text = (DOCS / "boundary-reports.md").read_text("utf-8")
    named = set(re.findall(r"[A-Za-z0-9_]+", " ".join(re.findall(r"`([^`]+)`", text))))

    def keys(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(keys, value))
        if not isinstance(value, dict):
            return set()
        return set(value.get("properties", {})).union(*map(keys, value.values()))

    places = {"lon", "lat", "area", "type", "coordinates", "geometries"}
    for name, definition in SCHEMA["$defs"].items():
        assert keys(definition) - places <= named, name


def test_reports_of_a_faulty_file_and_of_faulty_ground_are_as_described(
    run: Any, community: Path, tmp_path: Path
) -> None:
    def box(code: str, name: str, west: float, east: float, south: float = SOUTH) -> dict[str, Any]:
        shape = shapely.box(WEST + west * STEP, south, WEST + east * STEP, south + STEP)
        return {"type": "Feature", "properties": {"code": code, "name": name},
                "geometry": json.loads(shapely.to_geojson(shape))}  # fmt: skip

    other = f"{COMMUNITY[:-1]}9"
    knot = box(f"{other}003", "丙", 9, 10)
    knot["geometry"]["coordinates"][0][1:3] = knot["geometry"]["coordinates"][0][2:0:-1]
    features = [
        box(f"{other}001", "甲", 1.9, 3), box(f"{other}002", "甲", 2.9, 4), box(f"{other}004", "丁", 2.9, 4), knot,
        box(f"{other}005", "戊", 4.006, 5), box(f"{other}006", "己", 7, 7.005),
        box(f"{other}011", "辛", 20, 21), box(f"{other}012", "壬", 21, 22, SOUTH + STEP / 2),
        box(f"{other}007", "庚", -70000, -69999),
    ]  # fmt: skip
    path = tmp_path / "faulty.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    plain = run("boundaries", "check", path, "--stored", "--day", "2026-12-01", on=community).json
    assert_described(plain, "file")
    for key in ("overlaps", "gaps", "duplicates", "slivers", "misfits", "clashes", "far_away", "borders"):
        assert plain[key], key
    clean = run("boundaries", "check", path, "--clean", on=community).json
    assert_described(clean, "file")
    assert clean["cleaned"]
    assert clean["contested"]
    features.append({"type": "Feature", "properties": {"code": f"{other}008"}, "geometry": None})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    refused = run("boundaries", "check", path, on=community).json
    assert_described(refused, "file")
    assert refused["refusals"]
    del features[-1], features[-1]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    stored = run("boundaries", "import", path, "--effective", "2026-12-01", "--format", "json", on=community).json
    assert_described(stored, "file")
    assert stored["message"]
    words = ("--grid", CODES[3], "--person", "e10", "--reason", "代管", "--effective", "2026-12-01")
    assert run("boundaries", "choose", *words, "--was", "none", on=community).status == 0
    overtaken = run("boundaries", "choose", *words, "--was", "none", on=community)
    assert overtaken.status == 1 and "代管" in overtaken.err
    (held,) = run("boundaries", "choices", "--day", "2026-12-01", on=community).json
    assert run("boundaries", "choose", *words, "--was", held["key"], on=community).status == 0
    standing = run("boundaries", "check", "--day", "2026-12-01", on=community).json
    assert_described(standing, "stored")
    mine = standing["communities"][0]
    for key in ("borders", "elsewhere", "chosen_by_hand"):
        assert mine[key], key
    assert standing["communities"][1]["problems"]
    assert_described(run("boundaries", "choices", "--day", "2026-12-01", on=community).json, "choices")


def test_out_in_fit_assign_and_divide(run: Any, community: Path, tmp_path: Path) -> None:
    forms = {"check": "file", "import": "file", "export": "export", "fit": "fit", "assign": "assign",
             "divide": "divide"}  # fmt: skip

    def json_of(*words: Any) -> Any:
        said = run("boundaries", *words, on=community)
        assert said.status == 0, said
        assert_described(said.json, forms[words[0]])
        return said.json

    file = tmp_path / "grids.gpkg"
    assert json_of("export", "-o", file, "--crs", "BD-09", "--day", "2026-12-01")["grids"] == 4
    checked = json_of("check", file, "--crs", "bd09")
    assert (checked["crs"], len(checked["grids"]), checked["overlaps"]) == ("BD-09", 4, [])
    assert json_of("fit", file)[0] == {"crs": "BD-09", "swapped": False, "share": 1.0, "clear": True}
    wrong = json_of("import", file, "--dry-run", "--clean")
    assert wrong["crs"] == "CGCS2000"
    placed = json_of("assign", "--effective", "2026-12-01", "--dry-run")
    assert len(placed["moves"]) == 8
    assert placed["nowhere"] == []
    assert len(json_of("assign", "--effective", "2026-12-01", "--dry-run")["moves"]) == 8  # nothing was written
    assert "8" in json_of("assign", "--effective", "2026-12-01", "--format", "json")["message"]
    assert json_of("assign", "--effective", "2026-12-01", "--dry-run")["moves"] == []
    proposed = json_of("divide", "--community", COMMUNITY, "--count", "2", "--effective", "2026-12-02")
    assert [plan["kind"] for plan in proposed["plans"]] == ["balanced", "compact", "fewest_moves"]
    assert all(plan["contiguous"] and len(plan["grids"]) == 2 for plan in proposed["plans"])
    assert proposed["plans"][0]["grids"][0]["outline"]["type"] == "Polygon"
    applied = json_of("divide", "--community", COMMUNITY, "--count", "2", "--effective", "2026-12-02",
                      "--apply", "balanced", "--format", "json")  # fmt: skip
    assert "2026-12-02" in applied["message"]
    assert json_of("export", "-o", tmp_path / "after.csv", "--day", "2026-12-02")["grids"] == 2
    assert json_of("export", "-o", tmp_path / "before.csv", "--day", "2026-12-01")["grids"] == 4


@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        (["export", "-o", "{tmp}/a.xlsx"], ".xlsx", 1),
        (["divide", "--community", COMMUNITY, "--count", "99"], "99", 1),
        (["divide", "--community", "990101001009"], "990101001009", 1),
        (["divide"], "--community", 2),
        (["check", "{tmp}/none.shp"], "none.shp", 1),
        (["check", "{tmp}/none.shp", "--crs", "Beijing54"], "Beijing54", 2),
    ],
)
def test_what_cannot_be_is_said(
    run: Any, community: Path, tmp_path: Path, words: list[str], said: str, status: int
) -> None:
    found = run("boundaries", *(word.format(tmp=tmp_path) for word in words), on=community)
    assert found.status == status
    assert said in found.err
    assert "Traceback" not in found.err


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_reported_and_nothing_of_them_is_written(
    run: Any, community: Path, tmp_path: Path, kind: str
) -> None:
    bad = BAD[kind]
    path = bad.make(tmp_path)
    before = community.read_bytes()
    checked = run("boundaries", "check", path, on=community)
    if checked.status == 0:
        report = json.loads(checked.out)
        assert (len(report["grids"]), len(report["refusals"])) == ((1, 0) if bad.taken else (0, 1))
        told = report["refusals"][0]["sentence"] if report["refusals"] else ""
        if bad.said == "crossed itself":
            assert report["grids"][0]["repaired"]
        elif bad.taken:
            assert report["names"] == [NAME]
        else:
            assert bad.said in told
    else:
        assert (checked.status, checked.out) == (1, "")
        assert bad.said in checked.err
    assert community.read_bytes() == before
    if bad.taken:
        dry = run("boundaries", "import", path, "--dry-run", on=community)
        assert json.loads(dry.out)["grids"][0]["code"] == CODE
        assert community.read_bytes() == before
        assert run("boundaries", "import", path, "--effective", "2026-12-01", on=community).status == 0
        out = tmp_path / "again.geojson"
        assert run("boundaries", "export", "-o", out, "--day", "2026-12-01", on=community).status == 0
        assert CODE in out.read_text("utf-8")
        return
    said = run("boundaries", "import", path, on=community)
    assert said.status == 1
    assert bad.said in said.err
    assert "Traceback" not in said.err
    assert community.read_bytes() == before
    assert run("boundaries", "import", path, on=tmp_path / "new.db").status == 1
    assert not (tmp_path / "new.db").exists()
