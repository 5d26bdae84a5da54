"""The schema of facts files: what it takes and what it refuses."""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gridapp.demo import invent

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "facts.schema.json").read_text("utf-8"))
FORMAT = (ROOT / "docs" / "facts-format.md").read_text("utf-8")
DAY = "2026-03-05"


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker(formats=["date"]))


@pytest.fixture
def smallest() -> dict[str, Any]:
    """The example of the documentation."""
    found = re.search(r"```json\n(.*?)```", FORMAT, re.DOTALL)
    assert found is not None
    example: dict[str, Any] = json.loads(found[1])
    return example


def golden_facts() -> list[Any]:
    files = sorted((ROOT / "tests").rglob("visit_rate.json"))
    return [pytest.param(json.loads(path.read_text("utf-8"))["facts"], id=path.name) for path in files]


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_documented_example_is_valid(validator: jsonschema.Draft202012Validator, smallest: dict[str, Any]) -> None:
    validator.validate(smallest)


@pytest.mark.parametrize("facts", golden_facts())
def test_golden_case_is_valid(validator: jsonschema.Draft202012Validator, facts: dict[str, Any]) -> None:
    validator.validate(facts)


def test_demo_is_valid(validator: jsonschema.Draft202012Validator) -> None:
    document = invent("community", 3, dt.date(2026, 10, 16))
    for name, rows in document.items():  # a sample of every list: the validator takes 1 ms per row
        if isinstance(rows, list):
            document[name] = rows[:: max(len(rows) // 150, 1)]
    validator.validate(document)


def test_every_documented_list_is_in_the_schema() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", FORMAT, re.MULTILINE)
    assert {"schema", *rows} == set(SCHEMA["properties"])


def wrong(path: str, value: Any) -> Any:
    return pytest.param(path, value, id=f"{path}={value!r}")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        wrong("schema", "gridapp-facts/2"),
        wrong("surprise", []),
        wrong("communities.0.code", "99010100100"),
        wrong("grids.0.code", "990101001001"),
        wrong("grids.0.kind", "round"),
        wrong("grids.0.valid_from", "2025-1-1"),
        wrong("grids.0.boundaries", [{"start": DAY, "geometry": {"type": "Point", "coordinates": [1, 2]}}]),
        wrong("grids.0.boundaries", [{"start": DAY, "geometry": {"type": "Polygon", "coordinates": [[[1, 2]]]}}]),
        wrong("workers.0.role", "boss"),
        wrong("workers.0.role", None),
        wrong("persons.0.sex", "男"),
        wrong("persons.0.birth", "2026-02-30"),
        wrong("persons.0.id_number", "99010119400501002x"),
        wrong("persons.0.age", 85),
        wrong("residencies.0.start", None),
        wrong("enrolments.0.end", ""),
        wrong("visits.0.mode", "letter"),
        wrong("visits.0.outcome", "seen"),
        wrong("visits.0.time", "24:00"),
        wrong("visits.0.void_reason", "twice"),
        wrong("visits.0.created", "2026-03-05 08:00"),
        wrong("visits.0.version", 0),
    ],
)
def test_wrong_value_is_refused(
    validator: jsonschema.Draft202012Validator, smallest: dict[str, Any], path: str, value: Any
) -> None:
    target: Any = smallest
    *parents, last = path.split(".")
    for step in parents:
        target = target[int(step) if step.isdigit() else step]
    target[last] = value
    assert not validator.is_valid(smallest)


@pytest.mark.parametrize(
    ("name", "required"),
    [(name, key) for name, kind in SCHEMA["properties"].items() if "items" in kind
     for key in SCHEMA["$defs"][kind["items"]["$ref"].rpartition("/")[2]]["required"]],
)  # fmt: skip
def test_required_key_is_asked_for(
    validator: jsonschema.Draft202012Validator, smallest: dict[str, Any], name: str, required: str
) -> None:
    """Rows of every list are complete as given, and refused without a required key."""
    rows = copy.deepcopy(smallest.get(name) or _more_rows()[name])
    smallest[name] = rows or _more_rows()[name]
    validator.validate(smallest)
    del smallest[name][0][required]
    assert not validator.is_valid(smallest)


def _more_rows() -> dict[str, list[dict[str, Any]]]:
    """Return one row of each list the documented example leaves out."""
    return {
        "facilities": [{"kind": "canteen", "name": "示例食堂", "community": "990101001001", "lon": 120.1, "lat": 30.1}],
        "categories": [{"code": "widowed", "kind": "hardship", "counts": True}],
        "buildings": [{"id": "b1", "name": "1号楼", "community": "990101001001", "lon": 104.5, "lat": 39.2}],
        "households": [{"id": "h1", "building": "b1"}],
        "absences": [{"person": "p1", "reason": "away", "start": DAY, "end": None, "approved": False}],
        "contacts": [{"person": "p1", "name": "示例乙"}],
        "consents": [{"person": "p1", "scope": "visit", "given": False, "start": DAY, "end": None}],
        "tiers": [{"person": "p1", "tier": "A", "start": DAY, "end": None, "reason": "示例"}],
        "successions": [
            {"predecessor": "990101001001001", "successor": "990101001001001", "day": DAY, "kind": "split"}
        ],
        "grid_choices": [{"person": "p1", "grid": "990101001001001", "start": DAY, "end": None, "reason": "示例"}],
        "templates": [{"key": "own-1", "definition": {"key": "own-1"}}],
        "sheets": [{"number": 12, "template": "visit_roster", "title": "花名册", "period": "2026-03", "first_day": DAY,
                    "last_day": DAY, "rows": [{"person": "p1"}]}],
        "closings": [{"month": "2026-03", "visited": 0, "roster": 1, "content": {}, "hash": "0" * 64}],
        "import_batches": [{"id": "i1", "file_name": "a.xlsx", "kind": "elders", "counts": {"rows": 3}}],
    }
