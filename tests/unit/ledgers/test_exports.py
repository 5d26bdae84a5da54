"""What goes out comes back: every digit, no formula, whole files only."""

from __future__ import annotations

import csv
import datetime as dt
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.errors import OperationCancelled, UserError
from gridapp.ledgers.clipboard import from_tsv, to_html, to_tsv
from gridapp.ledgers.exports import (
    ExportColumn,
    export_remaining,
    guarded,
    safe_sheet_name,
    write_csv,
    write_xlsx,
)
from gridapp.ledgers.workbook import read_workbook

COLUMNS = [
    ExportColumn("姓名"),
    ExportColumn("身份证号", width=22),
    ExportColumn("出生日期", "date"),
    ExportColumn("次数", "integer"),
    ExportColumn("探访率", "percent"),
]
ROWS = [
    ["买买提·艾力", "990101194003050118", dt.date(1940, 3, 5), 12, 0.999],
    ["=1+1", "+8613900000001", None, None, None],
    ["𠮷䶮", "000000000000000001", dt.date(2026, 3, 5), 0, 1.0],
]


def test_a_workbook_comes_back_as_it_went(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    assert write_xlsx(path, COLUMNS, ROWS, title="名单", sheet_name="名单[1]") == 3
    book = read_workbook(path)
    assert book.sheets[0].name == "名单_1_"
    assert [row.cells for row in book.sheets[0].rows] == [
        ("名单",),
        tuple(column.heading for column in COLUMNS),
        tuple(ROWS[0]),
        ("=1+1", "+8613900000001"),
        tuple(ROWS[2]),
    ]
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    assert "<f>" not in sheet
    assert 'state="frozen"' in sheet and "<autoFilter" in sheet and "numberStoredAsText" in sheet
    # The built-in text format, by its number 49.
    assert 'numFmtId="49"' in styles


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_csv_comes_back_and_runs_no_formula(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "out.csv"
    write_csv(path, COLUMNS, ROWS, encoding=encoding)
    with path.open(encoding=encoding, newline="") as stream:
        lines = list(csv.reader(stream))
    assert lines[1] == ["买买提·艾力", "990101194003050118", "1940-03-05", "12", "0.999"]
    assert lines[2][:2] == ["'=1+1", "'+8613900000001"]
    assert lines[3][0] == "𠮷䶮"
    assert read_workbook(path).form == "text"


@given(st.text())
def test_guarded_text_is_no_formula_and_loses_nothing(text: str) -> None:
    safe = guarded(text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe in (text, "'" + text)


@given(st.text())
def test_every_sheet_name_is_acceptable(name: str) -> None:
    safe = safe_sheet_name(name)
    assert 1 <= len(safe) <= 31
    assert not re.search(r"[\[\]:*?/\\]|^'|'$", safe)


def test_a_cancelled_or_failed_export_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    path.write_bytes(b"old")

    class Impatient:
        def advance(self, done: int, total: int, message: str = "") -> None:
            raise OperationCancelled

    with pytest.raises(OperationCancelled):
        write_xlsx(path, COLUMNS, ROWS, progress=Impatient())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(UserError, match="missing"):
        write_csv(tmp_path / "no" / "missing.csv", COLUMNS, ROWS)


def test_remaining_rows_keep_their_layout_and_read_like_the_original(make_book, make_id, check, tmp_path: Path) -> None:
    rows = [
        ["阳光社区台账"],
        ["姓名", "身份证号", "紧急联系人", "", "住址"],
        ["", "", "姓名", "电话", ""],
        ["王五", make_id(), "王某", "13900000001", "x"],
        ["赵六", float(make_id()), "王某", "13900000001", "y"],
        ["钱七", make_id("19400306"), "王某", "139", dt.date(2026, 3, 2)],
    ]
    path = make_book(rows)
    book = read_workbook(path)
    preview = check(path, "residents")
    rest = tmp_path / "待处理.xlsx"
    assert export_remaining(preview, book, rest) == 2
    again = check(rest, "residents").sheets[0]
    before = preview.sheets[0]
    assert again.mapping is not None and before.mapping is not None
    assert again.mapping.columns == before.mapping.columns
    assert again.mapping.header_rows == before.mapping.header_rows
    assert again.mapping.signature == before.mapping.signature
    waiting = [row for row in before.rows if not row.is_good]
    assert [row.raw for row in waiting] == [row.raw[:5] for row in again.rows]
    assert [row.issues for row in waiting] == [row.issues for row in again.rows]
    remarks = [str(row.raw[5]) for row in again.rows]
    assert "990101194003050" in remarks[0]
    assert "139" in remarks[1] and "\n" in remarks[1]


def test_the_clipboard_marks_long_numbers_as_text() -> None:
    page = to_html(COLUMNS, ROWS)
    assert '<td style="mso-number-format:\'\\@\'" sdnum="1033;0;@">990101194003050118</td>' in page
    assert '<td style="mso-number-format:\'0\'" sdval="12">12</td>' in page
    assert "<th>身份证号</th>" in page
    assert to_html([ExportColumn("a")], [["<b>&"]], headings=False).count("&lt;b&gt;&amp;") == 1


def test_clipboard_text_has_one_line_per_row_and_runs_no_formula() -> None:
    text = to_tsv(COLUMNS, [*ROWS, ["a\tb\nc", None, None, None, None]])
    lines = from_tsv(text)
    assert len(lines) == 5
    assert lines[1][1] == "990101194003050118"
    assert lines[2][0] == "'=1+1"
    assert lines[4][0] == "a b c"
