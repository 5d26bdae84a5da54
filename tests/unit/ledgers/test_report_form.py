"""The machine-readable report has exactly the agreed form, for every hostile file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gridapp.ledgers.fields import FIELDS
from gridapp.ledgers.preview import check_workbook
from gridapp.ledgers.report import to_report
from gridapp.ledgers.workbook import read_workbook
from tests.unit.ledgers.conftest import TODAY
from tests.unit.ledgers.hostile_files import FILES

AGREED = (
    "name sex ethnicity id_no birth_date age phone address building unit room grid worker category level cert_no "
    "amount account_no is_low_income visit_date visit_result note"
).split()
TEXT, DAY = {"type": ["string", "null"]}, {"type": ["string", "null"], "pattern": r"^\d{4}-\d{2}-\d{2}$"}
NUMBER: dict[str, Any] = {"type": "integer", "minimum": 1}
ISSUE = {
    "type": "object",
    "required": ["field", "code", "severity", "message"],
    "additionalProperties": False,
    "properties": {
        "field": {"enum": ["", *FIELDS]},
        "code": {"type": "string", "pattern": "^[a-z_0-9]+$"},
        "severity": {"enum": ["error", "warning", "info"]},
        "message": {"type": "string", "minLength": 4},
    },
}
KINDS: dict[str, Any] = {
    "sex": {"enum": ["男", "女", None]},
    "id_no": {"type": ["string", "null"], "pattern": r"^\d{17}[\dX]$"},
    "age": {"type": ["integer", "null"], "minimum": 0},
    "category": {"type": ["array", "null"], "items": {"type": "string", "pattern": "^[\u4e00-\u9fff]+$"}},
    "amount": {"type": ["number", "null"]},
    "is_low_income": {"type": ["boolean", "null"]},
    "visit_result": {"type": ["string", "null"], "pattern": "^[\u4e00-\u9fff]+$"},
} | dict.fromkeys(("birth_date", "visit_date", "start_date", "died_date"), DAY)
ROW = {
    "type": "object",
    "required": ["row", "fields", "issues"],
    "additionalProperties": False,
    "properties": {
        "row": NUMBER,
        "fields": {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: KINDS.get(name, TEXT) for name in FIELDS},
        },
        "issues": {"type": "array", "items": ISSUE},
    },
}
SHEET = {
    "type": "object",
    "required": [
        *("name", "header_rows", "first_data_row", "columns", "context", "rows", "skipped", "summary"),
    ],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "header_rows": {"type": "array", "items": NUMBER},
        "first_data_row": {"type": ["integer", "null"], "minimum": 1},
        "columns": {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Z]{1,3}$"},
            "additionalProperties": {"enum": list(FIELDS)},
        },
        "context": {"type": "object"},
        "rows": {"type": "array", "items": ROW},
        "skipped": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["row", "reason"],
                "additionalProperties": False,
                "properties": {"row": NUMBER, "reason": {"type": "string", "minLength": 1}},
            },
        },
        "summary": {"type": "object", "required": ["rows", "good", "with_errors", "with_warnings", "skipped"]},
    },
}
SCHEMA = {
    "type": "object",
    "required": ["file", "sheets"],
    "additionalProperties": False,
    "properties": {"file": {"type": "string"}, "sheets": {"type": "array", "items": SHEET}},
}


def test_every_agreed_field_is_known() -> None:
    assert set(AGREED) <= set(FIELDS)


@pytest.mark.parametrize("language", ["source", "zh_CN"])
def test_reports_have_the_agreed_form(tmp_path: Path, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDAPP_LANGUAGE", language)
    checker = jsonschema.Draft202012Validator(SCHEMA)
    for expected in FILES.values():
        path = expected.make(tmp_path)
        report = json.loads(json.dumps(to_report(check_workbook(read_workbook(path), today=TODAY)), ensure_ascii=False))
        assert report["file"] == path.name
        assert not [error.message for error in checker.iter_errors(report)]
        for sheet in report["sheets"]:
            told = [row["row"] for row in sheet["rows"]]
            assert told == sorted(told) and not set(told) & {one["row"] for one in sheet["skipped"]}
            assert sheet["summary"]["rows"] == len(told)
            assert not told or sheet["first_data_row"] == told[0]
            _judge(sheet["rows"])


def _judge(rows: list[dict[str, Any]]) -> None:
    """A refused value is null; ``id_of_another`` is sound in itself, and another row has it too."""
    for row in rows:
        for issue in row["issues"]:
            if issue["severity"] == "error" and issue["code"] != "id_of_another":
                assert row["fields"].get(issue["field"]) is None, (row, issue)
