"""Text cells: names, addresses, remarks.

Compatibility forms are undone only where that cannot change a meaning: NFKC as
a whole would rewrite （ ① ㎡ in addresses, so it is left to numbers and dates.

Source: GB 18030-2022 for the private-use characters of older tables.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from gridapp.i18n import _
from gridapp.ledgers.fields import field_title
from gridapp.ledgers.issues import EMPTY, Cell, CellContext, CellResult, Issue, Severity, error

NOTHING_WORDS = frozenset(
    ("无", "没有", "暂无", "无。", "不详", "未知", "空", "/", "\\", "-", "--", "—", "——", "－")
    + ("N/A", "n/a", "NULL", "null", "None", "NaN", "<NA>", "NaT")
)
MIDDLE_DOT = "\u00b7"
SAME_AS_ABOVE = frozenset(("同上", "同前", "〃", "″", "\"", "”", "''", ",,"))
"""What a cell says that repeats the one above it."""

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_RADICALS = re.compile("[\u2e80-\u2fdf\uf900-\ufaff\U0002f800-\U0002fa1f]")
_PARTS_LEFT = re.compile("[\u2e80-\u2fdf]")
# Radicals of the supplement have no compatibility form; these look like one character only.
# Source: EquivalentUnifiedIdeograph.txt of the Unicode Character Database.
_SUPPLEMENT = dict(
    zip(
        "⺃⺅⺋⺌⺎⺐⺒⺓⺔⺖⺘⺙⺛⺝⺞⺟⺠⺡⺢⺣⺤⺦⺨⺩⺬⺭⺯⺰⺱⺲⺶⺼⻁⻂⻃⻄⻅⻆⻈⻉⻋⻌⻏⻐⻑⻒⻓⻔⻖⻘⻙⻚⻛⻜⻝⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
        "乚亻㔾小兀尢巳幺彑忄扌攵旡月歺母民氵氺灬爫丬犭王示礻糹纟罓罒羊月虎衤覀西见角讠贝车辶阝钅長镸长门阝青韦页风飞食饣马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟",
        strict=True,
    )
)
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd\ufffd]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|_x000[Dd]_")
_HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
_DOTS = re.compile(
    f"(?<=[{_HAN}])\\s*"
    "[\u00b7\u0387\u2022\u2024\u2027\u2219\u22c5\u25cf\u25e6\u2981\u2e30\u2e31\u2e33\u30fb\u318d\uff0e\ufe52\u3002\uff65\u16eb\ua78f"
    "\u00b8\u02d9\u119e\U00010101.]"
    f"\\s*(?=[{_HAN}])"
)
_HAN_GAP = re.compile(f"(?<=[{_HAN}·]) +(?=[{_HAN}·])")
_NOTED_NAME = re.compile(r"(?P<name>[^(（]+)[(（](?P<note>[^)）]*)[)）]?")
_CONTACT = re.compile(f"(?P<name>[{_HAN}·]{{2,12}}) ?(?:[ (（:：,，、][^0-9]*)?[0-9*•+(][-0-9*•() ）]*")
_DOUBTFUL_NAME = re.compile(f"[^{_HAN}〇·A-Za-z .'-]|(?<=[{_HAN}])[-.'](?=[{_HAN}])|^[^{_HAN}A-Za-z]")
_NAMES_APART = re.compile(r"[、,，;；/／|\n]+")
_LONG_NAME = 5  # a gap in a shorter one spreads its characters out; in a longer one it may stand for a dot

_NAMED_PRIVATE = {
    0xE816: "\U00020087", 0xE817: "\U00020089", 0xE818: "\U000200cc", 0xE81E: "\u9fb4", 0xE826: "\u9fb5",
    0xE82B: "\u9fb6", 0xE82C: "\u9fb7", 0xE831: "\U000215d7", 0xE832: "\u9fb8", 0xE83B: "\U0002298f",
    0xE843: "\u9fb9", 0xE854: "\u9fba", 0xE855: "\U000241fe", 0xE864: "\u9fbb",
}  # fmt: skip


def _private_use_table() -> dict[int, str]:
    trail_bytes = [*range(0x50, 0x7F), *range(0x80, 0xA1)]
    table = {0xE815 + n: bytes((0xFE, trail)).decode("gb18030") for n, trail in enumerate(trail_bytes)}
    return table | _NAMED_PRIVATE


_PRIVATE_USE = _private_use_table()


def text_of(raw: Cell) -> str:
    """Return a cell as text: whole numbers without ".0", dates as YYYY-MM-DD."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return "是" if raw else "否"
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() and abs(raw) < 1e15 else repr(raw)
    if isinstance(raw, dt.datetime):
        return raw.date().isoformat() if raw.time() == dt.time() else raw.isoformat(" ", "minutes")
    return str(raw)


def clean_text(text: str) -> str:
    """Return text without invisible characters, with single spaces and unified characters.

    Line breaks are kept; Kangxi radicals and compatibility ideographs become the
    ordinary characters; private-use characters of GB 18030 become Unicode ones.
    """
    if text.isascii():
        return " ".join(text.split(" ")).strip(" \t\r\n'") if "_x000" not in text else _CONTROL.sub("", text).strip()
    plain = _INVISIBLE.sub("", _CONTROL.sub("", text))
    plain = _RADICALS.sub(lambda m: _SUPPLEMENT.get(m[0]) or unicodedata.normalize("NFKC", m[0]), plain)
    if _PRIVATE.search(plain):
        plain = plain.translate(_PRIVATE_USE)
    return _SPACES.sub(" ", plain).strip(" \r\n'")


def is_nothing(text: str) -> bool:
    """Tell whether a text only says that there is nothing."""
    return not text or text in NOTHING_WORDS


def check_text(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check a free text such as an address, a relation or a remark."""
    text = clean_text(text_of(raw))
    if not text:
        return EMPTY
    unreadable = _unreadable(text, field)
    return CellResult(text, (unreadable,) if unreadable else ())


def check_name(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check a person's name; any spelling of the middle dot becomes U+00B7."""
    if not isinstance(raw, str):
        text = text_of(raw)
        return error(field, "name_not_text", _("“{text}” is not a name. Please write the name.").format(text=text))
    before = raw.strip()
    text = _one_line(_DOTS.sub(MIDDLE_DOT, clean_text(before)))
    has_gap = _HAN_GAP.search(text) is not None
    text = _HAN_GAP.sub("", text)
    if is_nothing(text):
        return EMPTY
    if text in SAME_AS_ABOVE:
        message = _("{field}: “same as above” cannot stand here. Please write it out.").format(field=field_title(field))
        return error(field, "as_above_unclear", message)
    if unreadable := _unreadable(text, field):
        return CellResult(None, (Issue(field, unreadable.code, Severity.ERROR, unreadable.message),))
    if _several_names(text) or text.isdecimal():
        message = _("“{text}” is not the name of one person. Please write one name in a row.").format(text=text)
        return error(field, "name_not_one", message)
    issues: list[Issue] = []
    if match := _NOTED_NAME.fullmatch(text):
        text = match["name"].strip()
        message = _("“{note}” stands in brackets after the name and was left out. Please see whether it matters.")
        issues.append(Issue(field, "name_note", Severity.WARNING, message.format(note=match["note"])))
    elif text != before:
        message = _("Spaces or unusual characters in the name were put right: “{name}”.").format(name=text)
        issues.append(Issue(field, "normalised", Severity.INFO, message))
    if len(text) == 1 or _DOUBTFUL_NAME.search(text) or (has_gap and len(text) >= _LONG_NAME):
        message = _("“{name}” does not look like a full name. Please check it.").format(name=text)
        issues.append(Issue(field, "name_doubtful", Severity.WARNING, message))
    return CellResult(text, tuple(issues))


def _one_line(text: str) -> str:
    """Join a name that was broken into lines; lines that are names of their own stay apart."""
    lines = text.split("\n")
    return text if len(lines) == 1 or all(len(line.strip()) > 1 for line in lines) else "".join(lines)


def _several_names(text: str) -> bool:
    parts = [part.strip() for part in _NAMES_APART.split(text)]
    return len(parts) > 1 and sum(1 for part in parts if len(part) > 1) > 1


def check_contact(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check the name of somebody to call; a relation or number behind it in the same cell is left out."""
    if isinstance(raw, str) and (match := _CONTACT.fullmatch(clean_text(raw))):
        message = _("“{text}” also holds more than the name “{name}”; only the name was kept. Please check it.")
        message = message.format(text=clean_text(raw), name=match["name"])
        return CellResult(match["name"], (Issue(field, "contact_more", Severity.WARNING, message),))
    return check_name(raw, field, context)


def _unreadable(text: str, field: str) -> Issue | None:
    """Return a warning when the text holds characters whose meaning got lost."""
    if _PRIVATE.search(text) is None and _PARTS_LEFT.search(text) is None:
        return None
    shown = _PARTS_LEFT.sub("□", _PRIVATE.sub("□", text))
    message = _("{field} “{text}” holds a character (□) that this file has lost. Please type it again.")
    message = message.format(field=field_title(field), text=shown)
    return Issue(field, "unreadable_character", Severity.WARNING, message)
