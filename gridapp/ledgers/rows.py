"""Rows that are no data, and what the rows above the headings say."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from gridapp.domain.numerals import NUMERAL_CHARACTERS, chinese_number
from gridapp.i18n import _
from gridapp.ledgers.headings import HeaderRows, heading_key
from gridapp.ledgers.issues import Cell
from gridapp.ledgers.sheets import Sheet, SheetRow
from gridapp.ledgers.values.places import grid_name_keys
from gridapp.ledgers.values.text import clean_text, text_of

_YEAR = re.compile(f"((?:19|20)[0-9]{{2}}|[二一][{NUMERAL_CHARACTERS}]{{3}})\\s*(?:年|[-./](?=[0-9]))")
_MONTH = re.compile(
    # "1-3月" and "1月至3月" are spans, not a month.
    r"(?<![0-9])(?<![0-9][-~至—到])(1[0-2]|0?[1-9])\s*月|(?<![一二三四五六七八九十])(十[一二]?|[一二三四五六七八九])月"
    r"|(?:19|20)[0-9]{2}[-./](1[0-2]|0?[1-9])(?![0-9])"
)
_COMMUNITY = re.compile(r"([\u4e00-\u9fff]{2,12}?(?:社区|居委会|村委会))")
_ABOVE_COMMUNITY = re.compile(r"街道|[镇乡县市年月]|区")
_COMMUNITY_SUFFIX = re.compile(r"(?:社区|居委会|村委会)$")
_COUNT = f"(?:[0-9]{{1,3}}|[{NUMERAL_CHARACTERS}]{{1,3}})"
_GRID = re.compile(f"(第?{_COUNT}[号#]?网格|网格{_COUNT})")
_UNIT_LABEL = re.compile(r"^(?:填报单位|填表单位|单位|社区名称|社区|村\(社区\))[:：]\s*")

_TOTAL = re.compile(r"^(?:合计|小计|总计|共计|累计|总人数|本页小计|本页合计)(?:[:：(（]?.*)?$")
_TOTAL_OF = re.compile(r"^.{1,12}(?:小计|合计|总计)$")
_SECTION = re.compile(
    rf"^(?:[一二三四五六七八九十]{{1,3}}[、.．]|[(（][一二三四五六七八九十0-9]{{1,3}}[)）])"
    rf"|^(?:[\u4e00-\u9fff]{{0,12}}第?{_COUNT}[号#]?网格|[\u4e00-\u9fff]{{0,12}}网格{_COUNT})(?:[(（:：].*)?$"
)
_EXAMPLE = re.compile(r"^[(（]?(?:示例|样例|例[:：]|例如)")
_SIGNATURE = re.compile(
    r"^(?:填表人|填报人|制表人|制表|审核人|审核|复核人|负责人|经办人|分管领导|主要领导|单位负责人|社区负责人|网格长|盖章|公章|"
    r"填表日期|填报日期|制表日期|填表时间|填报时间|填报单位|联系人|签字|签名|年月日|日期)[^:：]{0,8}[:：(（].*|"
    r"^[(（]?(?:盖章|公章|签章|签字)[)）]?$"
)
_REMARK = re.compile(r"^(?:注|备注|说明|填表说明|注意事项|温馨提示)\s*[0-9一二三]?\s*[:：]")
_INSTRUCTION = re.compile(
    r"必填|选填|非必填|真实姓名|按身份证|与身份证|YYYY|yyyy|格式|分隔|例如|例[:：]|如[:：]|如“|填写|请填|请选|请输入|示例|样例|下拉|[01]\s*[=＝]\s*[是否男女]|[是否男女]\s*/\s*[是否男女]|不超过|文本格式|18位"
)


@dataclass(frozen=True)
class SkippedRow:
    """A row that was left out.

    Attributes:
        row: 1-based row number.
        reason: "title", "header", "blank", "instructions", "repeated_header", "total",
            "signature", "remark", "section" or "no_content".
        message: The reason as a sentence in the user's language.
    """

    row: int
    reason: str
    message: str


def skipped(row: int, reason: str) -> SkippedRow:
    """Return a skipped row with its reason in words."""
    messages = {
        "title": _("Title above the headings"),
        "blank": _("Blank row"),
        "instructions": _("Instructions for filling in"),
        "repeated_header": _("The headings again"),
        "total": _("A total"),
        "signature": _("Signatures"),
        "remark": _("A remark below the table"),
        "section": _("Title of a part of the table"),
        "no_content": _("Only a serial number"),
    }
    return SkippedRow(row, reason, messages[reason])


@dataclass(frozen=True)
class TitleContext:
    """What title rows, the sheet's name and the file's name say, in that order of trust.

    Attributes:
        year: Four digits, or None.
        month: 1 to 12, or None.
        community: Name ending in 社区 or the like, or "".
        grid: Name of the one grid the sheet is about, or "".
        title: The title rows' text.
    """

    year: int | None = None
    month: int | None = None
    community: str = ""
    grid: str = ""
    title: str = ""

    def facts(self) -> dict[str, str | int]:
        """Return what is known, for the machine-readable report."""
        known = {"year": self.year, "month": self.month, "community": self.community, "grid": self.grid}
        known["title"] = self.title
        return {key: value for key, value in known.items() if value}


def read_context(sheet: Sheet, header: HeaderRows, file_name: str) -> TitleContext:
    """Return what stands around a table about all of its rows."""
    lines = [
        " ".join(clean_text(text_of(cell)) for cell in row.cells if cell != "")
        for row in sheet.rows
        if row.number < header.rows[0]
    ]
    texts = [unicodedata.normalize("NFKC", text) for text in (*lines, sheet.name, file_name)]
    community = next((found for text in texts if (found := _community(text))), "")
    grid = next((found for text in texts if (found := _only_grid(text))), "")
    return TitleContext(_first(texts, _YEAR), _first(texts, _MONTH), community, grid, " ".join(lines))


def _first(texts: Sequence[str], pattern: re.Pattern[str]) -> int | None:
    """Return the number of the first text in which the pattern means one thing only."""
    for text in texts:
        found = {next(filter(None, match.groups())) for match in pattern.finditer(text)}
        numbers = {chinese_number(written) for written in found} - {None}
        if len(numbers) == 1:
            return numbers.pop()
    return None


def _community(text: str) -> str:
    """Return the community a text names, without the street or town before it."""
    match = _COMMUNITY.search(_UNIT_LABEL.sub("", text))
    if match is None:
        return ""
    whole = match[1]
    suffix = _COMMUNITY_SUFFIX.search(whole)
    assert suffix is not None
    last = _ABOVE_COMMUNITY.split(whole[: suffix.start()])[-1]
    return last + suffix[0] if last else whole


def section_grid(row: SheetRow) -> str:
    """Return the one grid that the title of a part names, or ""."""
    return _only_grid(" ".join(clean_text(cell) for cell in row.cells if type(cell) is str))


def _only_grid(text: str) -> str:
    named = _GRID.findall(text)
    return named[0] if named and len({grid_name_keys(name) for name in named}) == 1 else ""


def is_instruction_row(row: SheetRow, named: Sequence[int]) -> bool:
    """Tell whether the row below the headings tells how to fill them in.

    A row that names a person is data, whatever words its address or note holds.
    """
    texts = {i: clean_text(text_of(cell)) for i, cell in enumerate(row.cells) if cell != ""}
    telling = {i for i, text in texts.items() if _INSTRUCTION.search(text)}
    if any(_EXAMPLE.match(texts[i]) for i in named if i in texts):
        return True
    names_nobody = all(i in telling for i in named if i in texts)
    return names_nobody and len(telling) * 3 >= len(texts) and bool(telling)


def skip_reason(row: SheetRow, header_keys: frozenset[str], named: Sequence[int], ignored: frozenset[int]) -> str:
    """Return why a row below the headings is no data, or "" when it is data.

    Args:
        row: The row.
        header_keys: Normalised headings, to know them when they are printed again.
        named: Column indexes of name and ID number; a row that fills one with a person is data.
        ignored: Column indexes of serial numbers.
    """
    filled = [(i, cell) for i, cell in enumerate(row.cells) if type(cell) is not str or cell.strip()]
    if not filled:
        return "blank"
    first = filled[0][1]
    if type(first) is str or len(filled) <= 4:
        texts = [clean_text(cell) for _i, cell in filled if type(cell) is str]
        if _repeats(texts, header_keys):
            return "repeated_header"
        if reason := _closing(texts, len(filled), row.cells):
            return reason
    if all(i in ignored for i, _cell in filled):
        return "no_content"
    if len(filled) == 1 and type(first) is str and _SECTION.match(clean_text(first).replace(" ", "")):
        return "section"
    return ""


def _repeats(texts: list[str], header_keys: frozenset[str]) -> bool:
    if len(texts) < 2:
        return False
    return sum(1 for text in texts if heading_key(text) in header_keys) * 5 >= len(texts) * 4


def _closing(texts: list[str], filled: int, cells: Sequence[Cell]) -> str:
    """Return "total", "signature" or "remark" for a row that closes a table."""
    if not texts:
        return ""
    heads = [text.replace(" ", "") for text in texts[:2]]
    if any(_TOTAL.match(text) or _TOTAL_OF.match(text) for text in heads) and not _has_id_number(cells):
        return "total"
    if _REMARK.match(texts[0]) and filled <= 2:
        return "remark"
    signing = sum(1 for text in texts if _SIGNATURE.match(text.replace(" ", "")))
    if signing and (signing * 2 >= filled or _SIGNATURE.match(texts[0].replace(" ", ""))) and not _has_id_number(cells):
        return "signature"
    return ""


def _has_id_number(cells: Sequence[Cell]) -> bool:
    return any(type(cell) is str and re.fullmatch(r"\s*[0-9]{17}[0-9Xx]\s*", cell) for cell in cells)
