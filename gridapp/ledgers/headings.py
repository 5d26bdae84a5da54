"""Which row holds the headings, and which column holds which field.

Spellings of headings are data: ``resources/ledgers/aliases.json``. A heading is
compared without spaces, line breaks, stars, units and notes such as （必填）.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import Any

from gridapp import paths
from gridapp.domain.numerals import chinese_number
from gridapp.ledgers.fields import KINDS, MONTH, REQUIRED, TICK, column_letter, is_field
from gridapp.ledgers.issues import Cell
from gridapp.ledgers.sheets import Sheet, SheetRow
from gridapp.ledgers.values.text import clean_text, text_of
from gridapp.ledgers.values.words import word_index

_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|<[^<>]*>")
_DECORATION = re.compile(r"[\s*★☆※:：、。.\-_]+")
_NOTES = re.compile(r"必填项?|选填项?|非必填")
_MONTH = re.compile(
    r"(?:(?P<year>20[0-9]{2})年?)?(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月份?"
    r"(?:探访|走访|巡访|入户|看望)?(?:日期|时间|情况|记录)?"
)
_NUMERAL = "[1-9]|[一二三四五六七八九]"
_PEOPLE = "(?:家庭)?(?:成员|家属|家人|人员)"
_MEMBER_BEFORE = re.compile(rf"(?:第({_NUMERAL})(?:个|位)?{_PEOPLE}|{_PEOPLE}\(?({_NUMERAL})\)?)的?(?P<rest>.+)")
_MEMBER_BEHIND = re.compile(rf"(?P<rest>[^0-9]+?)\(?(?P<number>{_NUMERAL})\)?")
_ROWS_SEARCHED = 40
_LONGEST_HEADING = 40
_HEAD = "户主"


@dataclass(frozen=True)
class Mapping:
    """Which columns of a sheet hold which fields.

    Attributes:
        kind: "residents", "elders" or "visits"; "" when unknown.
        header_rows: 1-based rows of the headings; two for grouped ones.
        columns: Column letters -> canonical field, or "category:<code>" for a tick column.
        headers: Column letters -> heading as written, groups joined by "/"; every headed column.
        confidence: Share of headed columns that were understood, 0 to 1.
        remembered: Whether it comes from an earlier import.
        signature: ``header_signature`` of the headings.
    """

    kind: str
    header_rows: tuple[int, ...]
    columns: dict[str, str]
    headers: dict[str, str]
    confidence: float = 1.0
    remembered: bool = False
    signature: str = ""

    @property
    def unmapped(self) -> dict[str, str]:
        """Return column letters -> heading of the columns that hold no known field."""
        return {letter: text for letter, text in self.headers.items() if letter not in self.columns}

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the required fields that no column holds; an ID number can stand for the name of a visit."""
        held = set(self.columns.values())
        if self.kind == "visits" and "id_no" in held:
            held.add("name")
        if any(name.startswith(MONTH) for name in held):
            held.add("visit_date")
        return tuple(name for name in REQUIRED.get(self.kind, ()) if name not in held)

    def by_heading(self) -> dict[str, str]:
        """Return normalised heading -> field, to be remembered under ``signature``."""
        return {heading_key(self.headers[a]): name for a, name in self.columns.items() if a in self.headers}


@dataclass(frozen=True)
class HeaderRows:
    """Where the headings stand.

    Attributes:
        rows: 1-based rows, one or two.
        headings: Column index -> parts of its heading, group first.
    """

    rows: tuple[int, ...]
    headings: dict[int, tuple[str, ...]] = field(default_factory=dict)


@functools.cache
def aliases() -> dict[str, Any]:
    """Return the shipped table of heading spellings."""
    loaded: dict[str, Any] = json.loads(paths.resource("ledgers/aliases.json").read_text("utf-8"))
    return loaded


@functools.lru_cache(maxsize=8192)
def heading_key(text: str) -> str:
    """Return a heading without case, spaces, line breaks, stars and notes such as "必填"."""
    plain = unicodedata.normalize("NFKC", clean_text(text)).lower()
    return _NOTES.sub("", _DECORATION.sub("", plain)).replace("()", "")


def _heading_keys(text: str) -> tuple[str, ...]:
    """Return the keys a heading may be known by: whole, then without what stands in brackets."""
    whole = heading_key(text)
    bare = _BRACKETED.sub("", whole)
    return (whole,) if bare == whole or not bare else (whole, bare)


def header_signature(headings: Iterable[str]) -> str:
    """Return a short fingerprint of a sheet's headings, whatever their order; 序号 and the like do not count."""
    keys = sorted({heading_key(text) for text in headings if text.strip() and not is_ignored_heading(text)})
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]


@functools.lru_cache(maxsize=8)
def _alias_ranks(kind: str) -> dict[str, tuple[int, str]]:
    """Return heading key -> (rank, field); a lower rank wins a field two columns could hold."""
    table = aliases()
    ranks: dict[str, tuple[int, str]] = {}
    for name, spellings in table["fields"].items():
        for rank, spelling in enumerate(spellings):
            ranks.setdefault(heading_key(spelling), (rank, name))
    for one in (kind,) if kind else KINDS:
        for name, spellings in table["kinds"].get(one, {}).items():
            for rank, spelling in enumerate(spellings):
                key = heading_key(spelling)
                if key not in ranks or one == kind:
                    ranks[key] = (100 + rank, name)
    for spelling, code in word_index("categories").items():
        ranks.setdefault(heading_key(spelling), (0, TICK + code))
        ranks.setdefault(heading_key(f"是否{spelling}"), (0, TICK + code))
    for spelling, code in table["tick_headers"].items():
        ranks.setdefault(heading_key(spelling), (0, TICK + code))
    return ranks


def match_heading(parts: Sequence[str], kind: str) -> tuple[int, str] | None:
    """Return (rank, field) of a heading, or None.

    Args:
        parts: The heading, group first. The last part alone counts only when its
            group speaks of the person: 配偶 → 姓名 is not the person's name.
        kind: Kind of ledger; "" tries the spellings of every kind.
    """
    ranks = _alias_ranks(kind)
    if len(parts) > 1:
        for key in _heading_keys(parts[0] + parts[-1]):
            if key in ranks:
                return ranks[key]
            if month := _month_field(key, kind):
                return 0, month
        group = heading_key(parts[0])
        if group not in {heading_key(text) for text in aliases()["own_groups"]} and not _speaks_of_visits(group):
            if (ranks.get(group) or (0, ""))[1] != "category":
                return None
    for key in _heading_keys(parts[-1]):
        if key in ranks:
            return ranks[key]
        if month := _month_field(key, kind):
            return 0, month
    return None


def _month_field(key: str, kind: str) -> str:
    match = _MONTH.fullmatch(key) if kind in ("", "visits") else None
    if match is None:
        return ""
    year = f"{match['year']}-" if match["year"] else ""
    return f"{MONTH}{year}{chinese_number(match['month'])}"


def numbered_heading(key: str) -> tuple[int, str] | None:
    """Return number and rest of a normalised heading that tells people of a household apart: 姓名2, 成员二姓名."""
    match = _MEMBER_BEFORE.fullmatch(key) or _MEMBER_BEHIND.fullmatch(key)
    if match is None:
        return None
    written = next(part for part in match.groups() if part and part != match["rest"])
    number = chinese_number(written)
    return (number, match["rest"]) if number else None


def _speaks_of_visits(text: str) -> bool:
    return any(word in text for word in aliases()["visit_words"])


@functools.cache
def _ignored_keys() -> frozenset[str]:
    return frozenset(heading_key(word) for word in aliases()["ignored"])


def is_ignored_heading(text: str) -> bool:
    """Tell whether a heading is one that carries no data, as 序号."""
    return any(key in _ignored_keys() for key in _heading_keys(text))


def find_header(sheet: Sheet) -> HeaderRows | None:
    """Return where a sheet's headings stand, or None when no row looks like headings.

    Looks at the first forty rows with content for the one in which most cells are
    known headings; at least two must be.
    """
    best: tuple[int, int] | None = None
    for position, row in enumerate(sheet.rows[:_ROWS_SEARCHED]):
        score = _known_headings(row)
        if score >= 2 and (best is None or score > best[0]):
            best = (score, position)
    if best is None:
        return None
    return _with_groups(sheet, best[1])


def _known_headings(row: SheetRow) -> int:
    found: set[str] = set()
    filled = known = 0
    for cell in row.cells:
        if cell == "":
            continue
        filled += 1
        if not isinstance(cell, str) or len(cell) > _LONGEST_HEADING:
            continue
        numbered = numbered_heading(heading_key(cell))
        if match := match_heading((cell,), "") or (match_heading((numbered[1],), "") if numbered else None):
            # A data cell "独居" must not make its row a header.
            found.add(match[1])
            known += 1
    plain = sum(1 for name in found if not name.startswith(TICK))
    return len(found) if plain >= 2 and known * 4 >= filled else 0


def _with_groups(sheet: Sheet, position: int) -> HeaderRows:
    """Return the headings at a row, joined with a row of groups above or of parts below it."""
    row = sheet.rows[position]
    above = sheet.rows[position - 1] if position and sheet.rows[position - 1].number == row.number - 1 else None
    below = sheet.rows[position + 1] if position + 1 < len(sheet.rows) else None
    if below is not None and below.number == row.number + 1 and _is_second_row(row, below):
        return HeaderRows((row.number, below.number), _join(sheet, row, below))
    if above is not None and _is_group_row(above, row):
        return HeaderRows((above.number, row.number), _join(sheet, above, row))
    return HeaderRows((row.number,), {i: (_shown(cell),) for i, cell in enumerate(row.cells) if cell != ""})


def _is_second_row(top: SheetRow, below: SheetRow) -> bool:
    """Tell whether the row below splits some headings: it fills gaps of the top row with headings only."""
    filled = [(i, cell) for i, cell in enumerate(below.cells) if cell != ""]
    if not filled or any(not isinstance(cell, str) or len(cell) > 12 for _i, cell in filled):
        return False
    in_gaps = sum(1 for i, _cell in filled if i >= len(top.cells) or top.cells[i] == "")
    known = sum(1 for _i, cell in filled if match_heading((str(cell),), "") or _is_part(str(cell)))
    return in_gaps >= 1 and known * 2 >= len(filled) and len(filled) < sum(1 for c in top.cells if c != "") + in_gaps


def _is_part(text: str) -> bool:
    return heading_key(text) in ("姓名", "关系", "电话", "联系方式", "手机", "日期", "方式", "结果", "情况", "地址")


def _is_group_row(above: SheetRow, row: SheetRow) -> bool:
    """Tell whether the row above groups headings; a title has one cell, groups have several or a known word."""
    filled = [str(cell) for cell in above.cells if cell != ""]
    if len(filled) < 2 or any(len(text) > 12 for text in filled):
        return False
    groups = {heading_key(text) for text in aliases()["own_groups"]}
    known = sum(1 for text in filled if heading_key(text) in groups or match_heading((text,), ""))
    return known >= 2 or (known >= 1 and len(filled) <= 3)


def _join(sheet: Sheet, top: SheetRow, bottom: SheetRow) -> dict[int, tuple[str, ...]]:
    width = max(len(top.cells), len(bottom.cells))
    spans = {m.left: m.right for m in sheet.merged if m.top == top.number and m.right > m.left}
    headings: dict[int, tuple[str, ...]] = {}
    group, group_end = "", -1
    for i in range(width):
        upper = _shown(top.cells[i]) if i < len(top.cells) else ""
        lower = _shown(bottom.cells[i]) if i < len(bottom.cells) else ""
        if upper:
            # Without merge information a group reaches to the next heading of its row.
            group, group_end = upper, spans.get(i, i if spans else width)
        elif i > group_end:
            group = ""
        parts = (group if lower or upper else "", lower)
        if any(parts):
            headings[i] = tuple(part for part in parts if part)
    return headings


def _shown(cell: Cell) -> str:
    return clean_text(text_of(cell)).replace("\n", "")


def propose_mapping(
    header: HeaderRows, kind: str, remembered: MappingOf[str, MappingOf[str, str]] | None = None
) -> Mapping:
    """Return which column holds which field.

    Args:
        header: Where the headings stand.
        kind: "residents", "elders" or "visits".
        remembered: Signature -> (normalised heading -> field) of earlier imports; "" as a field
            means that the user left the column out.
    """
    headings = {column_letter(i): "/".join(parts) for i, parts in header.headings.items()}
    signature = header_signature(headings.values())
    if remembered and (known := remembered.get(signature)):
        columns = {a: known[heading_key(t)] for a, t in headings.items() if known.get(heading_key(t))}
        columns = {a: name for a, name in columns.items() if is_field(name)}
        return Mapping(kind, header.rows, columns, headings, 1.0, True, signature)
    candidates: dict[str, tuple[int, int]] = {}
    for i, parts in header.headings.items():
        match = match_heading(parts, kind)
        if match and (match[1] not in candidates or match[0] < candidates[match[1]][0]):
            candidates[match[1]] = (match[0], i)
    _add_head(header, kind, candidates)
    columns = {column_letter(i): name for name, (_rank, i) in sorted(candidates.items(), key=lambda c: c[1][1])}
    counted = [a for a, text in headings.items() if not is_ignored_heading(text)]
    confidence = len(columns) / len(counted) if counted else 0.0
    return Mapping(kind, header.rows, columns, headings, round(min(confidence, 1.0), 2), False, signature)


def _add_head(header: HeaderRows, kind: str, candidates: dict[str, tuple[int, int]]) -> None:
    """Take 户主身份证 and the like for the person's own where the person is the 户主."""
    if "name" not in candidates or not heading_key(header.headings[candidates["name"][1]][-1]).startswith(_HEAD):
        return
    for i, parts in header.headings.items():
        key = heading_key(parts[-1])
        if len(parts) == 1 and key.startswith(_HEAD) and (match := match_heading((key.removeprefix(_HEAD),), kind)):
            candidates.setdefault(match[1], (match[0], i))


def detect_kind(header: HeaderRows, title: str = "") -> str:
    """Return "visits", "elders" or "residents" by the headings, then by the title."""
    fields = {match[1] for parts in header.headings.values() if (match := match_heading(parts, "visits"))}
    specific = {match[1] for parts in header.headings.values() if (match := match_heading(parts, "residents"))}
    words = aliases()["kind_words"]
    months = sum(1 for name in fields if name.startswith(MONTH))
    spoken = " ".join((title, *(part for parts in header.headings.values() for part in parts)))
    if months >= 2 and _speaks_of_visits(spoken):
        return "visits"
    if "visit_date" in specific or "visit_result" in specific or "visit_mode" in specific:
        return "visits"
    if "visit_date" in fields and any(word in title for word in words["visits"]):
        return "visits"
    if any(word in title for word in words["elders"]):
        return "elders"
    if any(word in title for word in words["residents"]):
        return "residents"
    if any(name == "category" or name.startswith(TICK) for name in specific):
        return "residents" if {"household_no", "relation_to_head"} & specific else "elders"
    numbered = [numbered_heading(heading_key("".join(parts))) for parts in header.headings.values()]
    members = {match[1] for told in numbered if told and (match := match_heading((told[1],), ""))}
    return "residents" if "name" in specific | members else ""
