"""Files as communities are really sent them, each with what a report of it must say.

Run it to have a look at them: ``python tests/unit/ledgers/hostile_files.py FOLDER``.
Names and numbers are invented; counties 9901xx do not exist.
"""

from __future__ import annotations

import csv
import datetime as dt
import quopri
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter

from gridapp.domain.identity import check_digit

sys.path.insert(0, str(Path(__file__).parents[3]))
from tests.unit.ledgers.old_excel import Fault, xls_bytes  # noqa: E402

Rows = Sequence[Sequence[Any]]


def number(birth: str = "19400305", sequence: int = 11, county: str = "990101") -> str:
    """Return a valid identity number; an odd sequence is a man."""
    body = f"{county}{birth}{sequence:03d}"
    return body + check_digit(body)


A, B, C, D = number(), number("19450607", 22), number("19500101", 33), number("19380909", 44)


@dataclass
class Formula:
    """A formula cell; ``value`` None leaves the stored result out."""

    text: str
    value: Any = None


@dataclass
class Styled:
    """A cell with a number format."""

    value: Any
    style: str


@dataclass
class Expected:
    """What the report of a file must say.

    Attributes:
        make: Writes the file into a folder and returns its path.
        header: Heading rows of the first sheet with any.
        first: First row of data there.
        rows: (sheet number, row) -> fields with their values; other fields are not judged.
        errors: (sheet number, row, field) of every error, and of no other.
        warned: (sheet number, row, field) that must carry a warning at least.
        columns: Letters -> field, of the first sheet with headings.
        context: What the title says.
        skipped: Rows left out of that sheet, blank ones not counted.
        visits: Row -> visit dates it tells of.
    """

    make: Callable[[Path], Path]
    header: list[int] = field(default_factory=lambda: [1])
    first: int = 2
    rows: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    errors: set[tuple[int, int, str]] = field(default_factory=set)
    warned: set[tuple[int, int, str]] = field(default_factory=set)
    columns: dict[str, str] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    skipped: set[int] = field(default_factory=set)
    visits: dict[int, list[str]] = field(default_factory=dict)


FILES: dict[str, Expected] = {}


def book(
    path: Path,
    sheets: dict[str, Rows] | Rows,
    merged: Sequence[tuple[int, int, int, int]] = (),
    hidden: Sequence[str] = (),
    hidden_columns: Sequence[int] = (),
    hidden_rows: Sequence[int] = (),
    **options: Any,
) -> Path:
    """Write an xlsx file."""
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"} | options) as target:
        for title, rows in (sheets if isinstance(sheets, dict) else {"Sheet1": sheets}).items():
            sheet = target.add_worksheet(title)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    _write(target, sheet, r, c, value)
            for r1, c1, r2, c2 in merged:
                sheet.merge_range(r1, c1, r2, c2, rows[r1][c1])
            for c in hidden_columns:
                sheet.set_column(c, c, None, None, {"hidden": True})
            for r in hidden_rows:
                sheet.set_row(r, None, None, {"hidden": True})
            if title in hidden:
                sheet.hide()
    return path


def _write(target: Any, sheet: Any, r: int, c: int, value: Any) -> None:
    if isinstance(value, Formula):
        sheet.write_formula(r, c, value.text, None, "" if value.value is None else value.value)
    elif isinstance(value, Styled):
        sheet.write(r, c, value.value, target.add_format({"num_format": value.style}))
    elif isinstance(value, str):
        if value:
            sheet.write_string(r, c, value)
    elif value is not None:
        sheet.write(r, c, value)


def text(path: Path, rows: Rows, encoding: str = "utf-8", separator: str = ",") -> Path:
    """Write a csv or txt file."""
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=separator).writerows(rows)
    return path


def altered(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """Change one part of an xlsx file."""
    with zipfile.ZipFile(path) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def spreadsheet_2003() -> str:
    """Return an XML Spreadsheet 2003 with a merged title, a row left out, a hidden column, an error."""

    def cell(kind: str, value: str, marks: str = "") -> str:
        return f'<Cell {marks}><Data ss:Type="{kind}">{value}</Data></Cell>'

    head = "".join(cell("String", text) for text in ("姓名", "身份证号", "出生日期", "电话"))
    good = cell("String", "王五") + cell("String", A) + cell("DateTime", "1940-03-05T00:00:00.000")
    bad = cell("String", "赵六") + cell("Number", repr(float(B))) + cell("Error", "#DIV/0!", 'ss:Formula="=1/0"')
    title = cell("String", "阳光社区老年人台账（2026年3月）", 'ss:MergeAcross="3"')
    address = "urn:schemas-microsoft-com:office:spreadsheet"
    names = f'xmlns="{address}" xmlns:ss="{address}"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Workbook {names}><Worksheet ss:Name="台账"><Table>'
        f'<Column/><Column ss:Index="3" ss:Hidden="1"/><Row>{title}</Row><Row ss:Index="3">{head}</Row>'
        f'<Row>{good}{cell("Number", "13900000001")}</Row><Row ss:Index="6">{bad}</Row></Table></Worksheet></Workbook>'
    )


def web_archive() -> bytes:
    """Return a workbook saved as one web page: a frame that names the sheet, and the sheet."""
    frame = "<html xmlns:x='x'><x:Name>第一网格</x:Name><frameset></frameset></html>"
    told = (("姓名", "身份证号"), ("王五", A), ("赵六", "9.9E+17"))
    rows = "".join(f"<tr><td>{name}</td><td>{text}</td></tr>" for name, text in told)
    parts = [frame, f"<html><body><table>{rows}</table></body></html>"]
    packed = [quopri.encodestring(part.encode("gb18030")) for part in parts]
    head = b"Content-Transfer-Encoding: quoted-printable\r\nContent-Type: text/html; charset=gb2312\r\n\r\n"
    body = b"".join(b"--X\r\n" + head + part + b"\r\n" for part in packed)
    return b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="X"\r\n\r\n' + body + b"--X--\r\n"


def add(name: str, make: Callable[[Path], Path], **expected: Any) -> None:
    """Take a file into the suite."""
    FILES[name] = Expected(lambda folder: make(folder / name), **expected)


HEAD = ["序号", "姓名", "身份证号", "联系电话", "人员类别"]
PERSON = {"name": "王五", "id_no": A, "birth_date": "1940-03-05", "sex": "男"}

add(
    "title_unit_line_and_signatures.xlsx",
    lambda p: book(
        p,
        [
            ["示例街道阳光社区特殊困难老年人台账（2026年3月）"],
            ["填报单位：阳光社区", "", "", "填报日期：2026年4月2日"],
            HEAD,
            [1, "王五", A, "13900000001", "独居、低保"],
            [],
            HEAD,
            [2, "赵六", B, "", "空巢"],
            ["", "小计", "", "", "2人"],
            ["合计：2人"],
            ["填表人：某某", "", "审核人：", "", "（盖章）"],
            ["注：一式两份"],
        ],
        merged=[(0, 0, 0, 4)],
    ),
    header=[3],
    first=4,
    skipped={1, 2, 6, 8, 9, 10, 11},
    columns={"B": "name", "C": "id_no", "D": "phone", "E": "category"},
    context={"year": 2026, "month": 3, "community": "阳光社区"},
    rows={
        (0, 4): PERSON | {"phone": "13900000001", "category": ["独居", "低保"]},
        (0, 7): {"name": "赵六", "id_no": B, "category": ["空巢"]},
    },
)
add(
    "instructions_below_the_headings.xlsx",
    lambda p: book(
        p,
        [
            ["姓名", "身份证号", "出生日期", "联系电话", "重点类别", "是否重点人员"],
            [
                "必填，与身份证一致",
                "必填，18位",
                "YYYYMMDD",
                "多个电话用;分隔",
                "多个类别用,分隔，如独居老人,低保户",
                "1=是，0=否",
            ],
            ["王五", A, "19400305", "13900000001;0531-88880001", "独居老人,低保户", "1"],
        ],
    ),
    first=3,
    skipped={2},
    rows={(0, 3): PERSON | {"phone": "13900000001;0531-88880001", "category": ["独居", "低保"]}},
)
add(
    "grouped_headings.xlsx",
    lambda p: book(
        p,
        [
            ["空巢老人基本情况表"],
            ["序号", "姓名", "身份证号", "紧急联系人", "", "", "住址"],
            ["", "", "", "姓名", "关系", "电话", ""],
            [1, "王五", A, "王小", "儿子", "13900000002", "阳光路1号"],
        ],
        merged=[(1, 3, 1, 5), (1, 1, 2, 1), (1, 2, 2, 2)],
    ),
    header=[2, 3],
    first=4,
    skipped={1},
    columns={
        "B": "name",
        "C": "id_no",
        "D": "contact_name",
        "E": "contact_relation",
        "F": "contact_phone",
        "G": "address",
    },
    rows={(0, 4): PERSON | {"contact_name": "王小", "contact_phone": "13900000002", "address": "阳光路1号"}},
)
add(
    "decorated_headings.xlsx",
    lambda p: book(
        p,
        [
            ["*姓　名", "身份证\n号码（必填）", "年龄（岁）", "联系方式\n(手机)", "现住址【详细】"],
            ["王 五", A, 86, 13900000001, "阳光路1号"],
        ],
    ),
    columns={"A": "name", "B": "id_no", "C": "age", "D": "phone", "E": "address"},
    rows={(0, 2): PERSON | {"age": 86, "phone": "13900000001", "address": "阳光路1号"}},
)
add(
    "id_numbers_gone_wrong.xlsx",
    lambda p: book(
        p,
        [
            ["姓名", "身份证号"],
            ["甲一", float(A)],
            ["甲二", "3.70102E+17"],
            ["甲三", A[:17] + ("0" if A[17] != "0" else "1")],
            ["甲四", "'" + B + " "],
            ["甲五", number("19500101", 33).lower()],
            ["甲六", "".join(chr(ord(c) + 0xFEE0) for c in C)],
            ["甲七", "990101400305011"],
            ["甲八", 990101400305013.0],
            ["甲九", D + "42"],
            ["乙一", "无"],
            ["乙二", "99010119401305011X"],
            ["乙三", A[:10]],
            ["乙四", "E12345678"],
            ["乙五", f"{D[:6]} {D[6:14]}\u200b{D[14:]}"],
        ],
    ),
    rows={
        (0, 5): {"id_no": B},
        (0, 6): {"id_no": C},
        (0, 7): {"id_no": C},
        (0, 8): {"id_no": A},
        (0, 9): {"id_no": number("19400305", 13)},
        (0, 11): {"id_no": None},
        (0, 15): {"id_no": D},
    }
    | {(0, row): {"id_no": None} for row in (2, 3, 4, 10, 12, 13, 14)},
    errors={
        (0, 2, "id_no"),
        (0, 3, "id_no"),
        (0, 4, "id_no"),
        (0, 10, "id_no"),
        (0, 12, "id_no"),
        (0, 13, "id_no"),
        (0, 7, "id_no"),
    },
    warned={(0, 8, "id_no"), (0, 9, "id_no"), (0, 11, "id_no"), (0, 14, "id_no")},
)
add(
    "accounts_and_amounts.xlsx",
    lambda p: book(
        p,
        [
            ["姓名", "身份证号", "银行账号", "残疾证号", "补贴金额"],
            ["甲一", A, 6.2284801234567e18, A + "42", "¥1,200.50元"],
            ["甲二", B, "6228 4801 2345 6789 012", "", 300],
            ["甲三", C, "待办", "", "三百"],
        ],
    ),
    rows={
        (0, 2): {"account_no": None, "cert_no": A + "42", "amount": 1200.5},
        (0, 3): {"account_no": "6228480123456789012", "amount": 300},
        (0, 4): {"account_no": None, "amount": None},
    },
    errors={(0, 2, "account_no"), (0, 4, "account_no"), (0, 4, "amount")},
)
add(
    "phones.xlsx",
    lambda p: book(
        p,
        [
            ["姓名", "性别", "联系电话"],
            ["甲一", "男", "13900000001、0531-88880001"],
            ["甲二", "男", "１３９ ００００ ０００２"],
            ["甲三", "女", 13900000003],
            ["甲四", "女", "1.39E+10"],
            ["甲五", "男", "1390000000"],
            ["甲六", "男", "无"],
            ["甲七", "女", "88880001"],
            ["甲八", "女", "13900000004（儿子）"],
            ["甲九", "男", "13900000005\n13900000006"],
        ],
    ),
    rows={
        (0, 2): {"phone": "13900000001;0531-88880001"},
        (0, 3): {"phone": "13900000002"},
        (0, 4): {"phone": "13900000003"},
        (0, 5): {"phone": None},
        (0, 6): {"phone": None},
        (0, 7): {"phone": None},
        (0, 8): {"phone": "88880001"},
        (0, 9): {"phone": "13900000004"},
        (0, 10): {"phone": "13900000005;13900000006"},
    },
    errors={(0, 5, "phone"), (0, 6, "phone")},
    warned={(0, 8, "phone"), (0, 9, "phone")},
)
add(
    "dates_in_every_form.xlsx",
    lambda p: book(
        p,
        [
            ["姓名", "出生日期"],
            ["甲一", 19500101],
            ["甲二", "1950-1-1"],
            ["甲三", "1950/1/1"],
            ["甲四", "1950.1.1"],
            ["甲五", "1950年1月1日"],
            ["甲六", "一九五〇年一月一日"],
            ["甲七", dt.date(1950, 1, 1)],
            ["甲八", 18264],
            ["甲九", "1950-01-01 00:00:00"],
            ["乙一", "50.1.1"],
            ["乙二", "1950年1月"],
            ["乙三", "1950"],
            ["乙四", "农历1950年正月初一"],
            ["乙五", "1950-13-01"],
            ["乙六", "1950-02-30"],
            ["乙七", "2090-01-01"],
            ["乙八", "不详"],
            ["乙九", "约七十岁"],
            ["丙一", Styled(dt.date(1950, 1, 1), 'yyyy"年"m"月"')],
            ["丙二", 1950.1],
            ["丙三", "01/02/1950"],
            ["丙四", "１９５０年１月１日"],
        ],
    ),
    rows={(0, row): {"birth_date": "1950-01-01"} for row in (*range(2, 12), 23)}
    | {(0, row): {"birth_date": None} for row in range(12, 23)},
    errors={(0, row, "birth_date") for row in (14, 15, 16, 17, 19, 22)},
    warned={
        (0, 9, "birth_date"),
        (0, 11, "birth_date"),
        (0, 12, "birth_date"),
        (0, 13, "birth_date"),
        (0, 20, "birth_date"),
        (0, 21, "birth_date"),
    },
)
add(
    "epoch_of_1904.xlsx",
    lambda p: book(p, [["姓名", "出生日期"], ["甲一", dt.date(1950, 1, 1)], ["甲二", 16802]], date_1904=True),
    rows={(0, 2): {"birth_date": "1950-01-01"}, (0, 3): {"birth_date": "1950-01-01"}},
    warned={(0, 3, "birth_date")},
)
add(
    "errors_and_formulas.xlsx",
    lambda p: altered(
        book(
            p,
            [
                ["姓名", "身份证号", "出生日期", "住址", "年龄"],
                ["甲一", A, Formula("=NA()", "#N/A"), "阳光路1号", 86],
                ["甲二", Formula("=C9"), "", Formula('=A1&"x"', "月光路2号"), Formula("=1/0", "#DIV/0!")],
                [Formula("=A9"), B, "", "x路", ""],
            ],
        ),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"<v></v>", b""),
    ),
    rows={
        (0, 2): {"birth_date": "1940-03-05", "id_no": A},
        (0, 3): {"id_no": None, "address": "月光路2号"},
        (0, 4): {"name": None},
    },
    errors={(0, 3, "id_no"), (0, 4, "name"), (0, 3, "age")},
    warned={(0, 2, "birth_date")},
)
add(
    "names_of_all_kinds.xlsx",
    lambda p: book(
        p,
        [
            ["姓名", "性别"],
            ["买买提•艾力", "男"],
            ["买买提．艾力", "男"],
            ["买买提・艾力", "男"],
            ["买买提‧艾力", "男"],
            ["买买提∙艾力", "男"],
            ["买买提⋅艾力", "男"],
            ["买买提·艾力", "男"],
            ["买买提.艾力", "男"],
            ["买买提 · 艾力", "男"],
            ["周𬭎", "男"],
            ["张䶮", "女"],
            ["王\u3000五", "男"],
            ["李\u200b四", "女"],
            ["⽅⼤⼭", "男"],
            ["张\ue863", "女"],
            ["李\uf8f0", "女"],
            ["赵六（大）", "男"],
            ["同上", "男"],
            ["𠮷野•香", "女"],
            ["王\ufffd", "男"],
            ["⻢力", "男"],
        ],
    ),
    rows={(0, row): {"name": "买买提·艾力"} for row in range(2, 11)}
    | {
        (0, 11): {"name": "周𬭎"},
        (0, 12): {"name": "张䶮"},
        (0, 13): {"name": "王五"},
        (0, 14): {"name": "李四"},
        (0, 15): {"name": "方大山"},
        (0, 16): {"name": "张䶮"},
        (0, 17): {"name": None},
        (0, 18): {"name": "赵六"},
        (0, 19): {"name": None},
        (0, 20): {"name": "𠮷野·香"},
        (0, 21): {"name": None},
        (0, 22): {"name": "马力"},
    },
    errors={(0, 17, "name"), (0, 19, "name"), (0, 21, "name")},
    warned={(0, 18, "name")},
)
add(
    "categories.xlsx",
    lambda p: book(
        p,
        [
            ["老人姓名", "身份证号", "老人类别"],
            ["甲一", A, "独居、低保、三级残"],
            ["甲二", B, "五保户"],
            ["甲三", C, "失独"],
            ["甲四", D, "肢体二级"],
            ["甲五", number("19360101", 51), "A类低保，空巢老人"],
            ["甲六", number("19360101", 53), "留守"],
            ["甲七", number("20150101", 55), "留守"],
            ["甲八", number("19360101", 57), "半失能"],
            ["甲九", number("19360101", 59), "舞蹈队"],
            ["乙一", number("19360101", 61), "无"],
            ["乙二", number("19360101", 63), "低边/孤寡"],
        ],
    ),
    rows={
        (0, 2): {"category": ["独居", "低保", "残疾"]},
        (0, 3): {"category": ["特困"]},
        (0, 4): {"category": ["计生特殊"]},
        (0, 5): {"category": ["残疾", "重残"]},
        (0, 6): {"category": ["低保", "空巢"]},
        (0, 7): {"category": ["留守"]},
        (0, 8): {"category": ["留守儿童"]},
        (0, 9): {"category": None},
        (0, 11): {"category": []},
        (0, 12): {"category": ["低保边缘", "孤寡"]},
    },
    errors={(0, 9, "category")},
    warned={(0, 10, "category")},
)
add(
    "tick_columns.xlsx",
    lambda p: book(
        p,
        [
            ["姓名", "身份证号", "独居", "空巢", "是否失能", "低保"],
            ["甲一", A, "√", "", "是", "1"],
            ["甲二", B, "", "×", "否", "0"],
            ["甲三", C, "待查", "", "", ""],
        ],
    ),
    columns={"C": "category", "D": "category", "E": "category", "F": "category"},
    rows={
        (0, 2): {"category": ["独居", "失能", "低保"]},
        (0, 3): {"category": None},
        (0, 4): {"category": None},
    },
    errors={(0, 4, "category")},
)
add(
    "sex_by_code_word_and_number.xlsx",
    lambda p: book(
        p,
        [
            ["姓名", "性别", "身份证号"],
            ["甲一", 0, A],
            ["甲二", 1, B],
            ["甲三", 0, ""],
            ["甲四", "F", ""],
            ["甲五", "女性", ""],
            ["甲六", "女", C],
            ["甲七", "？", ""],
        ],
    ),
    rows={
        (0, 2): {"sex": "男"},
        (0, 3): {"sex": "女"},
        (0, 4): {"sex": "男"},
        (0, 5): {"sex": "女"},
        (0, 6): {"sex": "女"},
        (0, 7): {"sex": "男"},
        (0, 8): {"sex": None},
    },
    errors={(0, 8, "sex")},
    warned={(0, 4, "sex"), (0, 7, "sex")},
)
add(
    "bare_sex_codes_alone.xlsx",
    lambda p: book(p, [["姓名", "性别", "住址"], ["甲一", 1, "x路1号"], ["甲二", 0, "x路2号"]]),
    rows={(0, 2): {"sex": None}, (0, 3): {"sex": None}},
    errors={(0, 2, "sex"), (0, 3, "sex")},
)
add(
    "contradictions.xlsx",
    lambda p: book(
        p,
        [
            ["姓名", "性别", "身份证号", "出生日期", "年龄", "备注"],
            ["甲一", "女", A, "1940-03-05", 86, ""],
            ["甲二", "女", B, "1946-06-07", 80, ""],
            ["甲三", "男", C, "", 20, ""],
            ["甲四", "女", D, "", "", "2025年已去世"],
            ["甲一", "男", A, "", "", ""],
            ["乙一", "男", C, "", "", ""],
        ],
    ),
    rows={(0, 2): {"sex": "男"}, (0, 3): {"birth_date": "1945-06-07"}, (0, 4): {"age": 76}},
    errors={(0, 7, "id_no")},
    warned={(0, 2, "sex"), (0, 3, "birth_date"), (0, 4, "age"), (0, 5, "note"), (0, 6, "id_no")},
)
add(
    "households_merged_down.xlsx",
    lambda p: book(
        p,
        [
            ["户主姓名", "身份证号", "家庭住址", "联系电话"],
            ["王五", A, "阳光路1号", "13900000001"],
            ["赵六", B, "", ""],
            ["钱七", C, "同上", "同上"],
            ["孙八", D, "月光路2号", ""],
        ],
        merged=[(1, 2, 2, 2)],
    ),
    rows={
        (0, 2): {"address": "阳光路1号"},
        (0, 3): {"address": "阳光路1号", "phone": None},
        (0, 4): {"address": "阳光路1号", "phone": None},
        (0, 5): {"address": "月光路2号"},
    },
    errors={(0, 4, "phone")},
    warned={(0, 4, "address")},
)
add(
    "ditto_marks.xlsx",
    lambda p: book(
        p, [["姓名", "身份证号", "家庭住址"], ["王五", A, "阳光路1号"], ["赵六", B, "同上"], ["钱七", "〃", "〃"]]
    ),
    rows={(0, 3): {"address": "阳光路1号"}, (0, 4): {"address": "阳光路1号", "id_no": None}},
    errors={(0, 4, "id_no")},
    warned={(0, 3, "address"), (0, 4, "address")},
)
add(
    "one_sheet_per_grid.xlsx",
    lambda p: book(
        p,
        {
            "第一网格": [["姓名", "身份证号"], ["王五", A]],
            "第二网格": [["姓名", "身份证号"], ["赵六", float(B)]],
            "填写说明": [["先删除第二行"]],
            "旧数据": [["姓名", "身份证号"], ["钱七", C]],
        },
        hidden=["填写说明", "旧数据"],
    ),
    rows={(0, 2): PERSON | {"grid": "第一网格"}, (1, 2): {"name": "赵六", "id_no": None, "grid": "第二网格"}},
    errors={(1, 2, "id_no")},
)
add(
    "hidden_columns_and_rows.xlsx",
    lambda p: book(
        p,
        [["姓名", "身份证号", "联系电话"], ["王五", A, "13900000001"], ["赵六", B, "x"]],
        hidden_columns=[1],
        hidden_rows=[2],
    ),
    columns={"A": "name", "B": "id_no", "C": "phone"},
    rows={(0, 2): PERSON, (0, 3): {"id_no": B, "phone": None}},
    errors={(0, 3, "phone")},
)
add(
    "false_dimension.xlsx",
    lambda p: altered(
        book(p, [["姓名", "身份证号"], ["王五", A], ["赵六", "1"]]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'<dimension ref="A1:B3"/>', b'<dimension ref="A1"/>'),
    ),
    rows={(0, 2): PERSON, (0, 3): {"id_no": None}},
    errors={(0, 3, "id_no")},
)
add(
    "half_a_million_empty_rows.xlsx",
    lambda p: altered(
        book(p, [["姓名", "身份证号"], ["王五", A]]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(
            b"</sheetData>",
            b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (r, r) for r in range(3, 20_000))
            + b'<row r="1048576"><c r="A1048576" s="0"/></row></sheetData>',
        ),
    ),
    rows={(0, 2): PERSON},
)
add(
    "begins_in_column_c.xlsx",
    lambda p: book(p, [[], ["", "", "居民台账"], [], ["", "", "姓名", "", "身份证号"], ["", "", "王五", "", A]]),
    header=[4],
    first=5,
    columns={"C": "name", "E": "id_no"},
    rows={(0, 5): PERSON},
    skipped={2},
)
add(
    "gb18030_with_private_use.csv",
    lambda p: (
        p.write_bytes(
            "姓名,身份证号,住址\r\n张䶮,%s,阳光路1号\r\n".encode("gb18030") % A.encode()
            + b"\xcd\xf5\xfeY,%s,x\r\n" % B.encode()
        )
        and p
    ),
    rows={(0, 2): {"name": "张䶮", "id_no": A}, (0, 3): {"name": "王\u9fb4", "id_no": B}},
)
add(
    "utf16_tabs.txt",
    lambda p: text(
        p, [["姓名", "身份证号", "备注"], ["王五", A, '说"好"'], ["赵六", "9.90101E+17", ""]], "utf-16", "\t"
    ),
    rows={(0, 2): PERSON | {"note": '说"好"'}, (0, 3): {"id_no": None}},
    errors={(0, 3, "id_no")},
)
add(
    "utf8_bom_and_blank_lines.csv",
    lambda p: text(
        p,
        [
            ["居民台账"],
            [],
            ["姓名", "身份证号", "住址"],
            ["王五", f'="{A}"', "阳光路1号,\n2单元"],
            [],
            ["赵六", "'" + B, "x路"],
        ],
        "utf-8-sig",
    ),
    header=[3],
    first=4,
    skipped={1},
    rows={(0, 4): PERSON, (0, 6): {"name": "赵六", "id_no": B, "address": "x路"}},
)
add(
    "page_named_book.xls",
    lambda p: (
        p.write_text(
            "<html><head><meta charset='utf-8'></head><body><table border=1><tr><td colspan=3>居民台账</td></tr>"
            "<tr><th>姓名</th><th>身份证号</th><th>联系电话</th></tr>"
            f"<tr><td>王五</td><td style='mso-number-format:\\@'>{A}</td><td>&nbsp;13900000001</td></tr>"
            "<tr><td>赵六</td><td>9.90101E+17</td><td></td></tr></table></body></html>",
            "utf-8",
        )
        and p
    ),
    header=[2],
    first=3,
    skipped={1},
    rows={(0, 3): PERSON | {"phone": "13900000001"}, (0, 4): {"id_no": None}},
    errors={(0, 4, "id_no")},
)
add(
    "new_book_named_old.xls",
    lambda p: book(p, [["姓名", "身份证号"], ["王五", A]]),
    rows={(0, 2): PERSON},
)
add(
    "old_book.xls",
    lambda p: (
        p.write_bytes(
            xls_bytes(
                [
                    ["姓名", "身份证号", "联系电话", "出生日期"],
                    ["王五", A, 13900000001, ""],
                    ["李𬭎", float(B), "", 18264],
                    ["赵六", Fault(), "", Fault()],
                ]
            )
        )
        and p
    ),
    rows={
        (0, 2): PERSON | {"phone": "13900000001"},
        (0, 3): {"name": "李𬭎", "id_no": None, "birth_date": "1950-01-01"},
        (0, 4): {"id_no": None, "birth_date": None},
    },
    errors={(0, 3, "id_no"), (0, 4, "id_no"), (0, 4, "birth_date")},
    warned={(0, 3, "birth_date")},
)
add(
    "2026年3月走访台账.xlsx",
    lambda p: book(
        p,
        [
            ["姓名", "身份证号", "走访时间", "走访方式", "走访结果", "走访情况"],
            ["王五", A, "3.5", "上门", "见面", "好"],
            ["赵六", B, "3月12日", "电话", "未接通", ""],
            ["钱七", C, "3.5电话；3.12上门", "", "见面", ""],
            ["孙八", D, "3.35", "上门", "见面", ""],
            ["周九", "", dt.date(2026, 3, 8), "上门", "身体不太好", ""],
            ["吴十", "", 3.1, "上门", "见面", ""],
            ["郑一", "", "2026/5/20", "上门", "见面", ""],
            ["冯二", "", "", "上门", "见面", ""],
        ],
    ),
    rows={
        (0, 2): {"visit_date": "2026-03-05", "visit_result": "见面", "visit_mode": "上门"},
        (0, 3): {"visit_date": "2026-03-12", "visit_result": "未接通", "visit_mode": "电话"},
        (0, 5): {"visit_date": None},
        (0, 6): {"visit_date": "2026-03-08", "visit_result": None},
        (0, 7): {"visit_date": None},
        (0, 8): {"visit_date": None},
        (0, 9): {"visit_date": None},
    },
    errors={
        (0, 5, "visit_date"),
        (0, 6, "visit_result"),
        (0, 7, "visit_date"),
        (0, 8, "visit_date"),
        (0, 9, "visit_date"),
    },
    context={"year": 2026, "month": 3},
    visits={4: ["2026-03-05", "2026-03-12"]},
)
add(
    "month_grid.xlsx",
    lambda p: book(
        p,
        [
            ["阳光社区2026年特殊困难老年人探访记录表"],
            ["序号", "姓名", "身份证号", "探访月份", *[""] * 11],
            ["", "", "", *(f"{m}月" for m in range(1, 13))],
            [1, "王五", A, "√", "2.14", dt.date(2026, 3, 9)],
            [2, "赵六", B, "1.5电话；1.19上门", "未遇", "×", "", "√"],
            [3, "钱七", C],
            [4, "孙八", D, "2.30", "不清楚"],
        ],
        merged=[(1, 3, 1, 14)],
    ),
    header=[2, 3],
    first=4,
    skipped={1},
    columns={"B": "name", "C": "id_no", **{chr(68 + i): "visit_date" for i in range(12)}},
    visits={4: ["2026-01-31", "2026-02-14", "2026-03-09"], 5: ["2026-01-05", "2026-01-19", "2026-02-28"], 6: [], 7: []},
    errors={(0, 5, "visit_date"), (0, 7, "visit_date")},
    warned={(0, 4, "visit_date"), (0, 5, "visit_date")},
    context={"year": 2026, "community": "阳光社区"},
)
add(
    "month_grid_of_days.csv",
    lambda p: text(
        p,
        [
            ["2026年走访台账"],
            ["姓名", "身份证号", "1月", "2月", "3月"],
            ["王五", A, "5", "17", "23"],
            ["赵六", B, "30", "30", ""],
        ],
        "gb18030",
    ),
    header=[2],
    first=3,
    skipped={1},
    visits={3: ["2026-01-05", "2026-02-17", "2026-03-23"], 4: ["2026-01-30"]},
    errors={(0, 4, "visit_date")},
)
add(
    "unknown_order_and_extra_columns.xlsx",
    lambda p: book(
        p,
        [
            ["爱好", "手机号", "身份证", "名字", "网格员", "所属网格"],
            ["下棋", "13900000001", A, "王五", "张三", "第九网格(基础),姚家社区,姚家街道"],
        ],
    ),
    columns={"B": "phone", "C": "id_no", "D": "name", "E": "worker", "F": "grid"},
    rows={(0, 2): PERSON | {"phone": "13900000001"}},
)
add(
    "household_sideways.xlsx",
    lambda p: book(
        p,
        [
            ["户号", "家庭住址", "姓名1", "身份证1", "姓名2", "身份证2", "姓名3", "身份证3"],
            ["001", "阳光路1号3号楼2单元501", "王五", A, "赵六", B, "", ""],
            ["002", "阳光路2号", "钱七", C, "孙八", float(D), "", ""],
        ],
    ),
    columns={"C": "name", "D": "id_no", "E": "name", "F": "id_no", "H": "id_no"},
    rows={(0, 2): {"name": "赵六", "id_no": B, "room": "501"}, (0, 3): {"name": "孙八", "id_no": None}},
    errors={(0, 3, "id_no")},
)
add(
    "members_under_group_headings.xlsx",
    lambda p: book(
        p,
        [
            ["户主姓名", "户主身份证号", "住址", "成员1", "", "成员2", ""],
            ["", "", "", "姓名", "身份证号", "姓名", "身份证号"],
            ["王五", A, "3-2-501", "赵六", B, "钱七", C],
        ],
        merged=[(0, 3, 0, 4), (0, 5, 0, 6)],
    ),
    header=[1, 2],
    first=3,
    columns={"A": "name", "B": "id_no", "D": "name", "E": "id_no", "F": "name", "G": "id_no"},
    rows={(0, 3): {"name": "钱七", "id_no": C, "building": "3", "unit": "2", "room": "501"}},
)
add(
    "options_ticked_in_cells.xlsx",
    lambda p: book(
        p,
        [
            ["姓名", "性别", "特殊困难类型", "是否低保", "独居"],
            ["王五", "□男 ☑女", "☑独居 □空巢 ☑失能", "□是 ☑否", "□是 ☑否"],
            ["赵六", "男√ 女", "空巢（√）、留守老人（ ）", "[x]是 [ ]否", "√"],
            ["钱七", "□男 □女", "", "是√否", ""],
        ],
    ),
    rows={
        (0, 2): {"sex": "女", "category": ["独居", "失能"], "is_low_income": False},
        (0, 3): {"sex": "男", "category": ["空巢", "独居"], "is_low_income": True},
        (0, 4): {"sex": None, "is_low_income": None},
    },
    errors={(0, 4, "is_low_income")},
)
add(
    "addresses_in_parts_and_whole.xlsx",
    lambda p: book(
        p,
        [
            ["姓名", "小区", "楼栋", "单元", "房间号", "现住址", "户籍地址"],
            ["甲一", "阳光小区", "3", 2, 501, "", "同现住址"],
            ["甲二", "", "", "", "", "阳光路12号院3号楼2单元501室", ""],
            ["甲三", "", "", "", "", "3#2-501", ""],
            ["甲四", "", "", "", "", "阳光小区三号楼一单元", ""],
            ["甲五", "", dt.date(2026, 3, 2), "", "", "", ""],
            ["甲六", "", "", "", "", "阳光路5号", "示例市1号"],
            ["甲七", "", "", "", "", "同户籍", ""],
        ],
    ),
    rows={
        (0, 2): {"address": "阳光小区3号楼2单元501室", "building": "3", "unit": "2", "room": "501"}
        | {"register_address": "阳光小区3号楼2单元501室"},
        (0, 3): {"building": "3号楼", "unit": "2单元", "room": "501", "address": "阳光路12号院3号楼2单元501室"},
        (0, 4): {"building": "3号楼", "unit": "2单元", "room": "501"},
        (0, 5): {"building": "3号楼", "unit": "1单元", "room": None},
        (0, 6): {"building": None},
        (0, 7): {"building": None, "address": "阳光路5号"},
        (0, 8): {"address": None},
    },
    errors={(0, 6, "building"), (0, 8, "address")},
)
add(
    "titles_between_the_rows.xlsx",
    lambda p: book(
        p,
        [
            ["姓名", "身份证号"],
            ["示例：张三", A],
            ["第一网格", ""],
            ["王五", A],
            ["第一网格小计", 1],
            [],
            ["第二网格（独居老人）", ""],
            ["姓名", "身份证号"],
            ["赵六", B],
            ["三、其他", ""],
            ["2人", "总计"],
        ],
    ),
    first=4,
    skipped={2, 3, 5, 7, 8, 10, 11},
    rows={(0, 4): PERSON | {"grid": "第一网格"}, (0, 9): {"name": "赵六", "grid": "第二网格"}},
)
add(
    "more_names_and_phones.xlsx",
    lambda p: book(
        p,
        [
            ["姓名", "联系电话", "人员类别"],
            ["王\n五", "本人13900000001，儿子13900000002", "低保（2020年认定）"],
            ["王五、赵六", "13900000001转8001", "独居（与子女居住）"],
            ["买买提-艾力", "13900000001.0", "空巢独居留守"],
            ["1", "小灵通88880001", "二级肢体残疾"],
            ["买买提﹒艾力", "13900000001\u202c", "nan"],
        ],
    ),
    rows={
        (0, 2): {"name": "王五", "phone": "13900000001;13900000002", "category": ["低保"]},
        (0, 3): {"name": None, "phone": None, "category": None},
        (0, 4): {"phone": "13900000001", "category": ["独居", "空巢", "留守"]},
        (0, 5): {"name": None, "phone": "88880001", "category": ["残疾", "重残"]},
        (0, 6): {"name": "买买提·艾力", "phone": "13900000001"},
    },
    errors={(0, 3, "name"), (0, 3, "phone"), (0, 3, "category"), (0, 5, "name")},
    warned={(0, 2, "phone"), (0, 2, "category"), (0, 4, "name"), (0, 5, "phone")},
)
add(
    "spreadsheet_of_2003.xls",
    lambda p: p.write_text(spreadsheet_2003(), "utf-8") and p,
    header=[3],
    first=4,
    skipped={1},
    columns={"A": "name", "B": "id_no", "C": "birth_date", "D": "phone"},
    context={"year": 2026, "month": 3, "community": "阳光社区"},
    rows={(0, 4): PERSON | {"phone": "13900000001"}, (0, 6): {"name": "赵六", "id_no": None, "birth_date": None}},
    errors={(0, 6, "id_no"), (0, 6, "birth_date")},
)
add(
    "single_file_page.xls",
    lambda p: p.write_bytes(web_archive()) and p,
    rows={(0, 2): PERSON | {"grid": "第一网格"}, (0, 3): {"id_no": None}},
    errors={(0, 3, "id_no")},
)

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for expected in FILES.values():
        sys.stdout.write(f"{expected.make(folder)}\n")
