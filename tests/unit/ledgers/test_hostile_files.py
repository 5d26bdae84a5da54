"""Every hostile file is reported as it must be: no wrong value without a flag, errors found, none made up."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gridapp.ledgers.preview import check_workbook
from gridapp.ledgers.report import to_report
from gridapp.ledgers.workbook import read_workbook
from tests.unit.ledgers.conftest import TODAY
from tests.unit.ledgers.hostile_files import FILES, Expected


def report_of(name: str, folder: Path) -> list[dict[str, Any]]:
    path = FILES[name].make(folder)
    report = to_report(check_workbook(read_workbook(path), today=TODAY))
    return json.loads(json.dumps(report))["sheets"]


def found_errors(sheets: list[dict[str, Any]]) -> set[tuple[int, int, str]]:
    return {
        (number, row["row"], issue["field"])
        for number, sheet in enumerate(sheets)
        for row in sheet["rows"]
        for issue in row["issues"]
        if issue["severity"] == "error"
    }


def flags(sheets: list[dict[str, Any]]) -> set[tuple[int, int, str]]:
    return {
        (number, row["row"], issue["field"])
        for number, sheet in enumerate(sheets)
        for row in sheet["rows"]
        for issue in row["issues"]
        if issue["severity"] != "info"
    }


def wrong_values(sheets: list[dict[str, Any]], expected: Expected) -> list[tuple[Any, ...]]:
    """Return (sheet, row, field, value) of the values that are not as they should be."""
    rows = {(n, row["row"]): row["fields"] for n, sheet in enumerate(sheets) for row in sheet["rows"]}
    return [
        (*place, field, rows.get(place, {}).get(field))
        for place, fields in expected.rows.items()
        for field, value in fields.items()
        if rows.get(place, {}).get(field) != value
    ]


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_reported_as_it_must_be(name: str, tmp_path: Path) -> None:
    expected = FILES[name]
    sheets = report_of(name, tmp_path)
    first = next(sheet for sheet in sheets if sheet["header_rows"])
    assert (first["header_rows"], first["first_data_row"]) == (expected.header, expected.first)
    assert wrong_values(sheets, expected) == []
    assert found_errors(sheets) == expected.errors
    assert expected.warned <= flags(sheets)
    assert {a: first["columns"].get(a) for a in expected.columns} == expected.columns
    assert {key: first["context"].get(key) for key in expected.context} == expected.context
    shown = {one["row"] for one in first["skipped"] if one["reason"] != "Blank row"}
    assert shown == expected.skipped
    for row, days in expected.visits.items():
        told = [one["fields"]["visit_date"] for one in first["rows"] if one["row"] == row]
        assert [day for day in told if day] == days
    for sheet in sheets:
        for row in sheet["rows"]:
            for issue in row["issues"]:
                if issue["severity"] == "error" and issue["field"] in row["fields"]:
                    assert row["fields"][issue["field"]] is None or issue["code"] == "id_of_another", issue


def test_the_suite_as_a_whole_keeps_its_promise(tmp_path: Path) -> None:
    """No wrong value without a flag; at least 95 % of errors found; at most 2 % of clean rows called wrong."""
    assert len(FILES) >= 25
    totals: Counter[str] = Counter()
    for name, expected in FILES.items():
        sheets = report_of(name, tmp_path)
        found, seen = found_errors(sheets), flags(sheets)
        totals["errors"] += len(expected.errors)
        totals["found"] += len(expected.errors & found)
        rows = {(n, row["row"]) for n, sheet in enumerate(sheets) for row in sheet["rows"]}
        clean = rows - {error[:2] for error in expected.errors}
        totals["clean"] += len(clean)
        totals["false"] += len({error[:2] for error in found} & clean)
        totals["wrong"] += sum(1 for n, r, field, _value in wrong_values(sheets, expected) if (n, r, field) not in seen)
    assert totals["wrong"] == 0
    assert totals["found"] >= 0.95 * totals["errors"]
    assert totals["false"] <= 0.02 * totals["clean"]
