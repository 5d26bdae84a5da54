"""Whatever a ledger holds, it is read or refused; short cuts change nothing.

HYPOTHESIS_PROFILE=thorough tries longer.
"""

from __future__ import annotations

import datetime as dt
import io
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from gridapp.domain.identity import check_digit
from gridapp.errors import LedgerFormatError
from gridapp.ledgers.checked import Preview
from gridapp.ledgers.issues import CellFault
from gridapp.ledgers.lookups import KnownGrid, KnownWorker, Lookups
from gridapp.ledgers.plain_rows import PlainRows
from gridapp.ledgers.preview import check_workbook
from gridapp.ledgers.report import to_report
from gridapp.ledgers.sheets import MergedCells, Sheet, SheetRow, Workbook
from gridapp.ledgers.workbook import read_workbook
from tests.unit.ledgers.conftest import TODAY
from tests.unit.ledgers.hostile_files import spreadsheet_2003, web_archive
from tests.unit.ledgers.old_excel import Fault, xls_bytes

HEADINGS = (
    "姓名 性别 身份证号 出生日期 年龄 联系电话 住址 网格 网格员 类别 独居 失能 备注 纳入日期 死亡日期 残疾证号 "
    "探访日期 探访方式 探访结果 1月 2月 3月 姓名1 身份证号1 姓名2 身份证号2 与户主关系2 上厕所 洗澡"
).split()
FORMS = ("xlsx", "xls", "csv", "xml", "html", "mht")
LOOKUPS = Lookups(
    [KnownGrid("990101001001001", "第一网格", "阳光社区"), KnownGrid("990101001001002", "第二网格", "阳光社区")],
    [KnownWorker("w1", "张三"), KnownWorker("w2", "李四", "990101001001001"), KnownWorker("w3", "李四")],
)


def number(birth: str, sequence: int) -> str:
    body = f"990101{birth}{sequence:03d}"
    return body + check_digit(body)


NUMBERS = [number(birth, sequence) for birth in ("19400305", "19620229"[:6] + "28", "20150101") for sequence in (1, 2)]
usual = st.sampled_from(
    [
        "",
        "王五",
        "赵六",
        "男",
        "女",
        "1",
        0.0,
        *NUMBERS,
        float(NUMBERS[0]),
        "1940-03-05",
        dt.date(1940, 3, 5),
        86.0,
        "86",
    ]
    + [
        "13900000001",
        "阳光路1号",
        "第一网格",
        "第九网格",
        "张三",
        "李四",
        "独居",
        "留守",
        "高龄、低保",
        "√",
        "×",
        "2025年去世",
    ]
    + [
        dt.date(2020, 1, 1),
        NUMBERS[0] + "42",
        "3.5电话；3.12上门",
        "上门",
        "见面",
        "身体好",
        "☑男 □女",
        "□是 ☑否",
        "(√)独居（ ）空巢",
        "已作废（已探访）",
        "3号楼2单元501",
        "同上",
        CellFault("#N/A", "cell_error"),
    ]
)
anything = st.one_of(usual, st.text(max_size=12), st.floats(), st.booleans(), st.datetimes(), st.times())


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    head = draw(st.lists(st.sampled_from(HEADINGS), min_size=2, max_size=14, unique=True))
    title = draw(st.sampled_from(["", "阳光社区2026年3月探访记录", "第一网格老年人台账", "居民"]))
    rows = [SheetRow(1, (title,)), SheetRow(2, tuple(head))]
    for place in range(draw(st.integers(0, 12))):
        cells = tuple(draw(anything if draw(st.booleans()) else usual) for _heading in head)
        if any(cell != "" for cell in cells):
            rows.append(SheetRow(place + 3, cells))
    merged = draw(st.lists(st.builds(MergedCells, st.just(3), st.integers(0, 9), st.integers(4, 9), st.integers(0, 9))))
    return Sheet("表", False, tuple(rows), tuple(merged), date1904=draw(st.booleans()))


@given(sheets(), st.sampled_from(["auto", "residents", "elders", "visits"]), st.sampled_from([None, LOOKUPS]))
def test_plain_rows_are_what_looking_at_each_row_gives(sheet: Sheet, kind: str, lookups: Lookups | None) -> None:
    book = Workbook("台账.xlsx", "xlsx", (sheet,))
    quick = check_workbook(book, kind, today=TODAY, lookups=lookups)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlainRows, "take", lambda *_arguments: None)
        slow = check_workbook(book, kind, today=TODAY, lookups=lookups)
    assert told(quick) == told(slow)
    to_report(quick)


def told(preview: Preview) -> Any:
    (sheet,) = preview.sheets
    rows = [({k: v for k, v in row.fields.items() if v is not None}, row.issues, row.row) for row in sheet.rows]
    return rows, sheet.skipped, sheet.summary, sheet.notes


def test_most_rows_of_a_good_register_are_plain() -> None:
    rows = [SheetRow(1, ("姓名", "性别", "身份证号", "年龄", "网格"))]
    rows += [
        SheetRow(n + 2, ("王五", "男" if n % 2 else "女", number("19400305", n), 86.0, "第一网格")) for n in range(50)
    ]
    (sheet,) = check_workbook(Workbook("a.xlsx", "xlsx", (Sheet("a", False, tuple(rows)),)), today=TODAY).sheets
    assert len({id(row.names) for row in sheet.rows}) == 1 and sheet.summary.good == 50


@given(st.binary(max_size=4), st.integers(0, 10**6), st.integers(1, 40), st.sampled_from(FORMS))
def test_a_damaged_file_is_read_or_refused_with_its_name(
    tmp_path: Path, junk: bytes, at: int, length: int, form: str
) -> None:
    content = bytearray(samples()[form])
    place = at % len(content)
    content[place : place + length] = junk
    path = tmp_path / f"来件.{form}"
    path.write_bytes(bytes(content))
    try:
        to_report(check_workbook(read_workbook(path), today=TODAY))
    except LedgerFormatError as refusal:
        assert "来件" in str(refusal)


@given(st.integers(0, 10**6), st.sampled_from(FORMS))
def test_a_file_cut_short_is_read_or_refused_with_its_name(tmp_path: Path, at: int, form: str) -> None:
    content = samples()[form]
    path = tmp_path / f"来件.{form}"
    path.write_bytes(content[: at % len(content)])
    try:
        to_report(check_workbook(read_workbook(path), today=TODAY))
    except LedgerFormatError as refusal:
        assert "来件" in str(refusal)


@pytest.mark.parametrize("kept", [513, 1025, 1537])
def test_a_reader_that_panics_is_a_damaged_file(tmp_path: Path, kept: int) -> None:
    """A torn sector makes the reader in Rust panic, which no ``except Exception`` sees; found with atheris."""
    path = tmp_path / "来件.xls"
    path.write_bytes(samples()["xls"][:kept])
    with pytest.raises(LedgerFormatError, match="来件"):
        read_workbook(path)


@given(
    st.sampled_from(["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"]),
    st.integers(0, 10**6),
    st.sampled_from([b"", b"<", b">", b'"', b"&", b"1048576", b"XFD", b"</c>", b"<f>", b"#", b"i"]),
)
def test_damaged_xml_is_read_or_refused_with_its_name(tmp_path: Path, part: str, at: int, junk: bytes) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(samples()["xlsx"])) as source, zipfile.ZipFile(stream, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == part:
                content = content[: at % len(content)] + junk + content[at % len(content) + 3 :]
            target.writestr(entry.filename, content)
    path = tmp_path / "来件.xlsx"
    path.write_bytes(stream.getvalue())
    try:
        to_report(check_workbook(read_workbook(path), today=TODAY))
    except LedgerFormatError as refusal:
        assert "来件" in str(refusal)


_SAMPLES: dict[str, bytes] = {}


def samples() -> dict[str, bytes]:
    if not _SAMPLES:
        draw = random.Random(7)
        rows: list[list[Any]] = [["姓名", "身份证号", "出生日期", "类别", "备注"]]
        rows += [["王五", draw.choice(NUMBERS), "1940-03-05", "独居", "x" * n] for n in range(12)]
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream) as book:
            sheet = book.add_worksheet()
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, row)
            sheet.write_formula(20, 1, "=NA()", None, "#N/A")
        _SAMPLES["xlsx"] = stream.getvalue()
        _SAMPLES["xls"] = xls_bytes([*rows, ["赵六", Fault(), 18264]])
        _SAMPLES["xml"] = spreadsheet_2003().encode()
        _SAMPLES["mht"] = web_archive()
        page = "".join(f"<tr>{''.join(f'<td>{cell}' for cell in row)}</tr>" for row in rows)
        _SAMPLES["html"] = f"<html><table>{page}</table></html>".encode("gb18030")
        _SAMPLES["csv"] = "\r\n".join(",".join(row) for row in rows).encode("gb18030")
    return _SAMPLES
