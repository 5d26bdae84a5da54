"""What is written comes back unchanged, through xlsx, csv in both encodings, and the clipboard."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.ledgers.clipboard import pasted_workbook, to_tsv
from gridapp.ledgers.exports import ExportColumn, write_csv, write_xlsx
from gridapp.ledgers.unpacking import unpacked
from gridapp.ledgers.values.text import clean_text
from gridapp.ledgers.workbook import read_workbook

COLUMNS = [
    ExportColumn("姓名"),
    ExportColumn("身份证号"),
    ExportColumn("出生日期", "date"),
    ExportColumn("次数", "integer"),
]
texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12) | st.sampled_from(
    ["=1+1", "@x", "+86", "-", "<&>", "  两端  ", "a\nb", "_x000D_", "𠮷䶮", "000000000000000018", "'", '"', "3.7E+17"]
)
days = st.dates(dt.date(1900, 3, 1), dt.date(2100, 1, 1)) | st.none()
rows = st.lists(st.tuples(texts, texts, days, st.integers(-(10**14), 10**14) | st.none()), max_size=8)


@given(rows)
def test_a_workbook_holds_what_was_written(tmp_path: Path, written: list[tuple[Any, ...]]) -> None:
    path = tmp_path / "out.xlsx"
    assert write_xlsx(path, COLUMNS, written) == len(written)
    (sheet,) = read_workbook(path).sheets
    found = {row.number: [*row.cells, *[""] * (4 - len(row.cells))] for row in sheet.rows[1:]}
    for place, row in enumerate(written, 2):
        expected = ["" if cell is None else cell for cell in row]
        if not any(str(cell).strip() for cell in expected):
            continue  # a row of blanks is left out
        assert found[place] == expected
    with zipfile.ZipFile(path) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
        assert f'<autoFilter ref="A1:D{len(written) + 1}"/>' in xml
        assert f"$D${len(written) + 1}" in archive.read("xl/workbook.xml").decode()


def test_other_programs_read_it_too(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    when = dt.datetime(2026, 3, 5, 14, 30)
    written = [(" a <&> b\n", "000000000000000018", when, 10**17), ("", None, dt.date(1800, 1, 1), True)]
    write_xlsx(path, COLUMNS, written, title="名单（2026）")
    sheet = openpyxl.load_workbook(path).active
    told = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert told == [[" a <&> b\n", "000000000000000018", when, str(10**17)], [None, None, "1800-01-01", "是"]]
    assert sheet["B3"].number_format == "@" and sheet.freeze_panes == "A3" and sheet.auto_filter.ref == "A2:D4"


@given(rows, st.sampled_from(["utf-8-sig", "gb18030"]))
def test_a_csv_file_holds_what_was_written(tmp_path: Path, written: list[tuple[Any, ...]], encoding: Any) -> None:
    path = tmp_path / "out.csv"
    write_csv(path, COLUMNS, written, encoding=encoding)
    (sheet,) = read_workbook(path).sheets
    found = [[clean_text(str(cell)) for cell in row.cells] for row in sheet.rows[1:]]
    for cells, row in zip(found, [one for one in written if any(map(_shown, one))], strict=True):
        assert [*cells, *[""] * (4 - len(cells))] == [clean_text(_shown(cell)) for cell in row]


def _shown(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


@given(rows.filter(bool))
def test_cells_copied_are_cells_pasted(written: list[tuple[Any, ...]]) -> None:
    pasted = pasted_workbook(to_tsv(COLUMNS, written), "粘贴")
    for row in pasted.sheets[0].rows[1:]:
        told = [clean_text(str(cell)) for cell in row.cells]
        expected = [" ".join(clean_text(_shown(cell)).split()) for cell in written[row.number - 2]]
        assert [" ".join(cell.split()) for cell in told] == expected[: len(told)]


def packed(content: bytes, form: int = zipfile.ZIP_DEFLATED) -> tuple[bytes, zipfile.ZipInfo]:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", form) as archive:
        archive.writestr("x.xml", content)
        return_info = archive.infolist()[0]
    return stream.getvalue(), return_info


@given(st.binary(max_size=300), st.integers(1, 3000), st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
def test_a_part_is_unpacked_to_its_last_byte(content: bytes, times: int, form: int) -> None:
    assert b"".join(unpacked(*packed(content * times, form))) == content * times


@given(st.binary(min_size=1, max_size=4), st.integers(0, 10**6))
def test_a_damaged_part_is_refused_or_read(junk: bytes, at: int) -> None:
    whole, entry = packed(bytes(range(256)) * 40)
    damaged = bytearray(whole)
    damaged[at % len(whole) : at % len(whole) + len(junk)] = junk
    try:
        assert sum(map(len, unpacked(bytes(damaged), entry))) <= entry.file_size
    except zipfile.BadZipFile:
        pass


def test_a_part_larger_than_it_says_is_refused() -> None:
    whole, entry = packed(b"0" * 1_000_000)
    entry.file_size = 100_000
    with pytest.raises(zipfile.BadZipFile):
        list(unpacked(whole, entry))
    with pytest.raises((zipfile.BadZipFile, struct.error)):
        list(unpacked(whole[:10], entry))
