"""Any file is read by its bytes, or refused with a sentence."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridapp.errors import LedgerFormatError, OperationCancelled
from gridapp.ledgers.sheets import Workbook
from gridapp.ledgers.workbook import read_workbook

ROWS = [["姓名", "电话"], ["张䶮", "13900000001"], ["买买提·艾力", "13900000002"]]


def cells(book: Workbook) -> list[tuple[int, tuple[object, ...]]]:
    return [(row.number, row.cells) for row in book.sheets[0].rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_text_is_read_in_every_encoding_and_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    path = tmp_path / "名册.csv"
    path.write_bytes("\r\n".join(separator.join(row) for row in ROWS).encode(encoding))
    book = read_workbook(path)
    assert (book.form, book.sheets[0].name) == ("text", "名册")
    assert cells(book) == [(n, tuple(row)) for n, row in enumerate(ROWS, 1)]


def test_quoted_cells_may_hold_separators_and_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('姓名,住址\n张三,"阳光路1号,\n2单元"\n\n李四,"说""好"""\n', "utf-8")
    assert cells(read_workbook(path)) == [
        (1, ("姓名", "住址")),
        (2, ("张三", "阳光路1号,\n2单元")),
        (4, ("李四", '说"好"')),
    ]


def test_a_workbook_keeps_raw_cells_hidden_sheets_and_merges(make_book) -> None:
    rows = [["标题"], [], ["", "姓名", "日期"], ["", "张三", dt.date(2026, 3, 5)], ["", 3.5, True]]
    path = make_book({"甲": rows, "乙": [["x", "y"]]}, hidden=["乙"], merged=[(0, 0, 0, 2)])
    book = read_workbook(path)
    assert [(sheet.name, sheet.hidden) for sheet in book.sheets] == [("甲", False), ("乙", True)]
    assert cells(book) == [
        (1, ("标题",)),
        (3, ("", "姓名", "日期")),
        (4, ("", "张三", dt.date(2026, 3, 5))),
        (5, ("", 3.5, True)),
    ]
    (merged,) = book.sheets[0].merged
    assert (merged.top, merged.left, merged.bottom, merged.right) == (1, 0, 1, 2)


def test_a_table_that_begins_in_column_c_keeps_its_letters(make_book) -> None:
    book = read_workbook(make_book([[], ["", "", "姓名"], ["", "", "张三"]]))
    assert cells(book) == [(2, ("", "", "姓名")), (3, ("", "", "张三"))]


def test_the_name_does_not_decide(make_book, tmp_path: Path) -> None:
    xlsx = make_book(ROWS)
    renamed = tmp_path / "old.xls"
    renamed.write_bytes(xlsx.read_bytes())
    assert read_workbook(renamed).form == "xlsx"
    page = tmp_path / "page.xls"
    page.write_text(
        "<html><meta charset=utf-8><table><tr><th colspan=2>标题</th></tr><tr><td>姓名<td>电话</tr>"
        "<tr><td rowspan=2>张三</td><td>1<br>2</td></tr><tr><td>&#21016;&nbsp;x</td></tr></table>",
        "utf-8",
    )
    book = read_workbook(page)
    assert book.form == "html"
    assert cells(book) == [(1, ("标题",)), (2, ("姓名", "电话")), (3, ("张三", "1\n2")), (4, ("", "刘 x"))]
    assert len(book.sheets[0].merged) == 2


def encrypted() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024) + "EncryptedPackage".encode("utf-16-le") + bytes(512)


def zipped(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"  \r\n", "empty"),
        (b"PK\x03\x04 but no more", "damaged"),
        (zipped(word__document_xml=b"<w/>"), "not a workbook"),
        (zipped(xl__workbook_xml=b"<broken"), "damaged"),
        (encrypted(), "password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "not a workbook"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not a workbook"),
        (bytes(range(256)) * 8, "not a workbook"),
        ("只有一段文字，没有列".encode(), "without columns"),
        (b"<?xml version='1.0'?><a>1</a>", "without a table"),
    ],
)
def test_what_is_no_workbook_is_refused_with_its_name(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "来件.xlsx"
    path.write_bytes(content)
    with pytest.raises(LedgerFormatError) as caught:
        read_workbook(path)
    assert "来件.xlsx" in str(caught.value)
    assert words in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "没有.xlsx", tmp_path):
        with pytest.raises(LedgerFormatError) as caught:
            read_workbook(path)
        assert path.name in str(caught.value)


def test_an_empty_workbook_is_refused(make_book) -> None:
    with pytest.raises(LedgerFormatError, match="holds no data"):
        read_workbook(make_book([]))


def test_an_archive_that_claims_to_unpack_to_more_than_a_gigabyte_is_refused(make_book, tmp_path: Path) -> None:
    content = bytearray(make_book(ROWS).read_bytes())
    directory = content.rindex(b"PK\x01\x02")
    # The uncompressed size stands 24 bytes into an entry of the central directory.
    struct.pack_into("<I", content, directory + 24, 0x7FFF_FFFF)
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(content)
    with pytest.raises(LedgerFormatError, match="too large"):
        read_workbook(path)


def altered(path: Path, part: str, old: bytes, new: bytes) -> Path:
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    target = path.with_name("altered.xlsx")
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target


def test_one_cell_at_the_far_corner_does_not_end_the_program(make_book) -> None:
    path = altered(make_book(ROWS), "xl/worksheets/sheet1.xml", b'r="B3"', b'r="XFD1048576"')
    with pytest.raises(LedgerFormatError, match="XFD1048576"):
        read_workbook(path)


def test_a_row_beyond_every_sheet_is_refused(make_book) -> None:
    path = altered(make_book(ROWS), "xl/worksheets/sheet1.xml", b'r="B3"', b'r="B4294967295"')
    with pytest.raises(LedgerFormatError, match="B4294967295"):
        read_workbook(path)


def test_an_impossible_count_of_texts_is_refused(make_book) -> None:
    path = altered(make_book(ROWS), "xl/sharedStrings.xml", b'uniqueCount="', b'uniqueCount="900000000')
    with pytest.raises(LedgerFormatError, match="damaged"):
        read_workbook(path)


def test_wide_and_long_sheets_are_still_read(make_book) -> None:
    wide = [[f"列{n}" for n in range(800)]] * 3
    assert len(read_workbook(make_book(wide, "wide.xlsx")).sheets[0].rows[0].cells) == 800
    path = altered(make_book(ROWS), "xl/worksheets/sheet1.xml", b'r="B3"', b'r="B1048576"')
    assert read_workbook(path).sheets[0].rows[-1].number == 1_048_576


def test_every_cut_of_a_workbook_is_read_or_refused(make_book, tmp_path: Path) -> None:
    whole = make_book(ROWS).read_bytes()
    path = tmp_path / "cut.xlsx"
    for end in range(10, len(whole) - 1, 97):
        path.write_bytes(whole[:end])
        with pytest.raises(LedgerFormatError):
            read_workbook(path)


@settings(max_examples=60)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<table>"]))
def test_no_bytes_crash_the_reader(tmp_path: Path, tail: bytes, head: bytes) -> None:
    path = tmp_path / "any.xls"
    path.write_bytes(head + tail)
    try:
        book = read_workbook(path)
    except LedgerFormatError:
        return
    assert any(sheet.rows for sheet in book.sheets)


def test_cancelling_stops_the_reading(make_book) -> None:
    class Impatient:
        def advance(self, done: int, total: int, message: str = "") -> None:
            if done >= 200:
                raise OperationCancelled

    path = make_book([[f"姓名{n}", "x"] for n in range(500)])
    with pytest.raises(OperationCancelled):
        read_workbook(path, Impatient())
