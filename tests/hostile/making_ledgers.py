"""Hostile ledgers of the older forms: XML Spreadsheet 2003, web archives, web pages, .xls; wide, sideways, ticked."""

from __future__ import annotations

import base64
import quopri
import random
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter

from tests.hostile.odd import ODD_TEXTS, Maker
from tests.unit.ledgers.old_excel import Fault, xls_bytes

_SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"
_HEADINGS = ("姓名", "身份证号", "性别", "出生日期", "联系电话", "所属网格", "住址", "类别", "备注")
_MEMBERS = tuple(f"{word}{number}" for number in (1, 2, 3) for word in ("姓名", "身份证号", "与户主关系"))
_TICKS = ("独居", "空巢", "失能", "上厕所", "洗澡", "穿衣", "1月", "2月", "3月")
_CELLS = (
    "张三", "990101194005010029", "990101194005010029000", "女", "第1网格", "独居、失能", "2026.2.3", "√", "☑男 □女",
    "□是 □否", "(√)独居（ ）空巢", "3.5电话；3.12上门", "9.90101194005010E+17", "1388888", "同上", "合计",
)  # fmt: skip
_NUMBERS = ("1", "-5", "1E400", "NaN", "990101194005010029", "45000.25", "0x10", "")
_PLACES = ("1", "2", "7", "0", "-3", "16385", "1048577", "99999999999999999999", "x", "")


def cell(chance: random.Random, clean: bool = False) -> str:
    """Return a text for a cell; a clean one can stand in XML."""
    text = chance.choice((*_CELLS, *_CELLS, *ODD_TEXTS))[:2000]
    return "".join(one for one in text if one.isprintable()) if clean else text.replace("\ud800", "")


def headings(chance: random.Random) -> list[str]:
    """Return the headings of a register: plain, of households sideways, or with columns to tick."""
    found = [*_HEADINGS, *chance.choice(((), _MEMBERS, _TICKS, (*_MEMBERS, *_TICKS)))]
    chance.shuffle(found)
    return [name if chance.random() > 0.05 else cell(chance, clean=True) for name in found]


def spreadsheet_2003(chance: random.Random, path: Path) -> None:
    """An XML Spreadsheet 2003 whose places, kinds and merges are whatever comes."""
    names = headings(chance)
    rows = [
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{escape(name)}</Data></Cell>' for name in names) + "</Row>"
    ]
    rows += [_row_2003(chance, len(names)) for _row in range(chance.randrange(1, 30))]
    hidden = "<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions>" * (chance.random() < 0.1)
    text = (
        f'<?xml version="1.0"?>\n<Workbook xmlns="{_SPREADSHEET}" xmlns:ss="{_SPREADSHEET}" '
        f'xmlns:x="urn:schemas-microsoft-com:office:excel"><Worksheet ss:Name={quoteattr(cell(chance, clean=True))}>'
        f"<Table>{''.join(rows)}</Table>{hidden}</Worksheet></Workbook>"
    )
    _damaged(chance, path, text.encode(chance.choice(("utf-8", "utf-8", "utf-16"))))


def _row_2003(chance: random.Random, width: int) -> str:
    def mark(name: str, often: float) -> str:
        return f' ss:{name}="{chance.choice(_PLACES)}"' if chance.random() < often else ""

    cells = []
    for _column in range(width):
        kind = chance.choice(("String", "String", "String", "Number", "DateTime", "Boolean", "Error", "Odd"))
        value = chance.choice(_NUMBERS) if kind == "Number" else escape(cell(chance, clean=True))
        formula = ' ss:Formula="=1/0"' if chance.random() < 0.05 else ""
        marks = mark("Index", 0.01) + mark("MergeAcross", 0.01) + mark("MergeDown", 0.01) + formula
        cells.append(f'<Cell{marks}><Data ss:Type="{kind}">{value}</Data></Cell>')
    return f"<Row{mark('Index', 0.02)}{mark('Span', 0.01)}>{''.join(cells)}</Row>"


def web_page(chance: random.Random, path: Path) -> None:
    """A page of tables named .xls, its spans and marks whatever comes."""
    _damaged(chance, path, _page(chance).encode(chance.choice(("utf-8", "gb18030", "utf-16")), "replace"))


def _page(chance: random.Random) -> str:
    def one(text: str) -> str:
        span = f" rowspan={chance.choice(_PLACES)!r}" if chance.random() < 0.03 else ""
        span += f" colspan={chance.choice(_PLACES)!r}" if chance.random() < 0.03 else ""
        inside = "<table><tr><td>x</table>" if chance.random() < 0.02 else ""
        return f"<td{span}>{escape(text)}{inside}{'</td>' if chance.random() > 0.1 else ''}"

    names = headings(chance)
    rows = ["".join(map(one, names))]
    rows += ["".join(one(cell(chance)) for _name in names) for _row in range(chance.randrange(1, 30))]
    return "<html><meta charset=gb2312><table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table></html>"


def web_archive(chance: random.Random, path: Path) -> None:
    """A workbook saved as one web page, its parts in any coding."""
    coding, boundary = chance.choice(("base64", "quoted-printable", "8bit", "x-uuencode", "odd")), "----=_Next"
    page = _page(chance).encode("utf-8", "replace")
    coded = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(coding, bytes)(page)
    kind = chance.choice(("text/html", "text/html; charset=utf-8", "text/html; charset=x-odd", "text/plain"))
    name = escape(cell(chance, clean=True))
    parts = [
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {coding}\r\n\r\n".encode("utf-8", "replace") + coded,
        f"Content-Type: text/html\r\n\r\n<x:Name>{name}</x:Name>".encode("utf-8", "replace"),
    ]
    chance.shuffle(parts)
    head = f'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="{boundary}"\r\n\r\n'.encode()
    body = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)
    _damaged(chance, path, head + body + f"--{boundary}--\r\n".encode())


def old_book(chance: random.Random, path: Path) -> None:
    """An .xls with odd cells, some of its bytes damaged."""
    names = headings(chance)
    rows = [[Fault() if chance.random() < 0.03 else cell(chance)[:200] for _name in names]
            for _row in range(chance.randrange(1, 30))]  # fmt: skip
    _damaged(chance, path, xls_bytes([names, *rows]))


def wide_book(chance: random.Random, path: Path) -> None:
    """An .xlsx of households sideways and columns to tick, with odd cells and merges."""
    names = headings(chance)
    with xlsxwriter.Workbook(path, {"nan_inf_to_errors": True}) as book:
        sheet = book.add_worksheet()
        for row in range(chance.randrange(2, 40)):
            for column, name in enumerate(names):
                sheet.write_string(row, column, cell(chance)[:32_000] if row else name)


def _damaged(chance: random.Random, path: Path, content: bytes) -> None:
    """Write a file, every third time with some bytes exchanged or its end missing."""
    raw = bytearray(content)
    if chance.random() < 0.35:
        for _turn in range(chance.randrange(1, 12)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        if chance.random() < 0.2:
            del raw[chance.randrange(1, len(raw)) :]
    path.write_bytes(bytes(raw))


# ---- bombs -----------------------------------------------------------------------------------------------------------


def many_spans(chance: random.Random, path: Path) -> None:
    """A page whose every cell says that it covers a quarter of a million others."""
    rows = "<tr>" + "<td rowspan=500 colspan=500>x</td>" * 40 + "</tr>"
    path.write_text("<table><tr><td>姓名<td>身份证号</tr>" + rows * 200 + "</table>")


def many_tables(chance: random.Random, path: Path) -> None:
    """A page of very many small tables."""
    path.write_text("<html>" + "<table><tr><td>姓名<td>住址</tr><tr><td>张三<td>一号</tr></table>" * 60_000)


def deep_tables(chance: random.Random, path: Path) -> None:
    """Tables within tables without end."""
    path.write_text("<table><tr><td>" * 300_000)


def far_merges(chance: random.Random, path: Path) -> None:
    """An XML Spreadsheet 2003 whose merged cells reach to the end of every sheet."""
    row = '<Row><Cell ss:MergeAcross="16000" ss:MergeDown="1048000"><Data ss:Type="String">姓名</Data></Cell></Row>'
    _in_workbook(path, row * 3000)


def far_spans(chance: random.Random, path: Path) -> None:
    """An XML Spreadsheet 2003 of columns that span everything, and rows that are empty but far apart."""
    columns = '<Column ss:Index="1" ss:Span="99999999" ss:Hidden="1"/>' * 200
    rows = "".join(f'<Row ss:Index="{place}"><Cell ss:Index="16384"><Data ss:Type="String">远</Data></Cell></Row>'
                   for place in range(1000, 1_048_000, 5000))  # fmt: skip
    _in_workbook(path, columns + rows)


def entities_2003(chance: random.Random, path: Path) -> None:
    """An XML Spreadsheet 2003 whose entities multiply, declared far behind the head."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    filler = "<!--" + " " * 70_000 + "-->"
    path.write_text(
        f'<?xml version="1.0"?><!-- {_SPREADSHEET} Workbook -->{filler}<!DOCTYPE x [<!ENTITY e0 "哈哈">{entities}]>'
        f'<Workbook xmlns="{_SPREADSHEET}"><Worksheet><Table><Row><Cell><Data>&e11;</Data></Cell></Row></Table>'
        "</Worksheet></Workbook>"
    )


def deep_archive(chance: random.Random, path: Path) -> None:
    """A web archive whose parts hold parts without end."""
    heads = "".join(f'Content-Type: multipart/related; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(20_000))
    path.write_text("MIME-Version: 1.0\r\n" + heads + "Content-Type: text/html\r\n\r\n<table><tr><td>姓名</table>")


def endless_household(chance: random.Random, path: Path) -> None:
    """A household of thousands in one row."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number in range(1, 8000):
            sheet.write_row(0, 2 * number, [f"姓名{number}", f"身份证号{number}"])
            for row in range(1, 4):
                sheet.write_row(row, 2 * number, ["张三", "990101194005010029"])


def ticks_without_end(chance: random.Random, path: Path) -> None:
    """Cells of thousands of ticked words."""
    marks = "□独居☑空巢（√）失能[ ]留守_" * 8000
    lines = ["姓名,性别,类别,备注"] + [f"张三,{marks},{marks},{marks}"] * 40
    path.write_text("\n".join(lines), "utf-8")


def _in_workbook(path: Path, inside: str) -> None:
    path.write_text(
        f'<?xml version="1.0"?><Workbook xmlns="{_SPREADSHEET}" xmlns:ss="{_SPREADSHEET}"><Worksheet ss:Name="一">'
        f"<Table>{inside}</Table></Worksheet></Workbook>"
    )


def _named(name: str, makers: dict[str, Callable[[random.Random, Path], None]]) -> dict[str, tuple[str, Maker]]:
    return {title: (name, maker) for title, maker in makers.items()}


LEDGER_FUZZERS: dict[str, tuple[str, Maker]] = {
    "wide ledger": ("ledger.xlsx", wide_book),
    **_named("ledger.xls", {"XML 2003": spreadsheet_2003, "web page": web_page, "old book": old_book}),
    **_named("ledger.mht", {"web archive": web_archive}),
}
LEDGER_BOMBS: dict[str, tuple[str, Maker]] = {
    **_named("ledger.xls", {
        "many spans": many_spans, "many tables": many_tables, "deep tables": deep_tables, "far merges": far_merges,
        "far spans": far_spans, "entities 2003": entities_2003,
    }),
    "deep archive": ("ledger.mht", deep_archive), "endless household": ("ledger.xlsx", endless_household),
    "ticks without end": ("ledger.csv", ticks_without_end),
}  # fmt: skip
