"""Cells that hold a word from a short list: sex, yes or no, modes, outcomes.

The words are data: ``resources/ledgers/words.json``. Text a list does not know
is never taken for the nearest word.
"""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from typing import Any

from gridapp import paths
from gridapp.i18n import _
from gridapp.ledgers.fields import field_title
from gridapp.ledgers.issues import EMPTY, Cell, CellContext, CellResult, error, info, warning
from gridapp.ledgers.values.text import clean_text, is_nothing, text_of

_LOW_INCOME = ("minimum_living", "low_income_margin", "extreme_poverty")
_PUNCTUATION = re.compile(r"[\s。.,，；;！!:：“”\"'()（）]+")


@functools.cache
def word_lists() -> dict[str, Any]:
    """Return the shipped word lists."""
    loaded: dict[str, Any] = json.loads(paths.resource("ledgers/words.json").read_text("utf-8"))
    return loaded


@functools.cache
def word_index(name: str) -> dict[str, str]:
    """Return word -> code of one list of the form {code: [words]}; words in lower case."""
    return {word: code for code, words in word_lists()[name].items() for word in words}


def word_of(raw: Cell) -> str:
    """Return a cell as a bare word: half width, lower case, no punctuation around or inside."""
    text = unicodedata.normalize("NFKC", clean_text(text_of(raw))).lower()
    return _PUNCTUATION.sub("", text)


def read_yes_no(raw: Cell) -> bool | None:
    """Return whether a cell says yes or no; None when it says neither. An empty cell is a no."""
    if isinstance(raw, bool):
        return raw
    word = word_of(raw)
    if word in word_lists()["yes"]:
        return True
    return False if not word or word in word_lists()["no"] else None


def check_yes_no(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check a yes-or-no cell; the value is a bool, None for an empty cell."""
    if not clean_text(text_of(raw)):
        return EMPTY
    answer = read_yes_no(raw)
    if answer is None and field == "is_low_income":
        answer = word_index("categories").get(word_of(raw)) in _LOW_INCOME or None
    if answer is None:
        message = _("{field} “{text}” is neither yes nor no. Please write 是 or 否.")
        return error(field, "yes_no_unreadable", message.format(field=field_title(field), text=text_of(raw)))
    return CellResult(answer)


def check_sex(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check a sex; the value is "F", "M", or a bare code "0", "1", "2", "9" to be decided later."""
    word = word_of(raw)
    if is_nothing(word):
        return EMPTY
    code = word_index("sex").get(word)
    if code is not None:
        return CellResult(code)
    if word in ("0", "1", "2", "9"):
        return CellResult(word)
    message = _("“{text}” is not a sex. Please write 男 or 女.").format(text=clean_text(text_of(raw)))
    return error(field, "sex_unreadable", message)


def check_ethnicity(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check an ethnic group; the value is its name with 族, as "汉族"."""
    text = word_of(raw)
    if is_nothing(text):
        return EMPTY
    lists = word_lists()
    bare = text.removesuffix("族")
    if bare in lists["ethnic_groups"]:
        return CellResult(bare if bare.endswith("族") else f"{bare}族")
    correct = lists["ethnic_misspellings"].get(bare) or lists["ethnic_misspellings"].get(text)
    if correct:
        message = _("Ethnicity “{text}” was written as {name}.").format(text=text, name=f"{correct}族")
        return info(field, "normalised", message, f"{correct}族")
    if text in lists["ethnic_other"]:
        return CellResult(text)
    message = _("“{text}” is not one of the ethnic groups; it was left out. Please check it.").format(text=text)
    return warning(field, "ethnicity_unknown", message)


def check_visit_mode(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check how a visit was made; the value is a mode code."""
    unknown = _("“{text}” does not say how the visit was made. Please write 上门, 电话 or 视频.")
    return _check_listed(raw, field, "visit_modes", unknown)


TAKEN_BACK = "voided"
"""Result of a visit that was taken back: it is stored nowhere."""


def check_visit_result(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check what came of a visit; the value is an outcome code.

    A tick, or a sentence about how the person is, is taken as met with a warning, unless a word
    in it speaks of not having met: then it is an error, so that nothing counts as met by guessing.
    """
    word = word_of(raw)
    lists, known = word_lists(), word_index("visit_results")
    if word.startswith(tuple(lists["taken_back"])):
        return CellResult(TAKEN_BACK)
    told_of = [code for listed, code in known.items() if listed in word and code != "met"]
    doubts = (*lists["not_met"], *lists["died"], "未", "没", "不")
    if word in _TICKS or (word not in known and _SENTENCE.search(word) and not told_of):
        if word not in lists["no"] and not any(doubt in word for doubt in doubts):
            message = _("The result “{text}” was taken as met. Please check it.").format(text=clean_text(text_of(raw)))
            return warning(field, "result_read", message, "met")
    unknown = _("“{text}” does not say what came of the visit. Please write 见面, 未遇, 拒访 or the like.")
    return _check_listed(raw, field, "visit_results", unknown)


def _check_listed(raw: Cell, field: str, name: str, unknown: str) -> CellResult:
    word = word_of(raw)
    if not word:
        return EMPTY
    index = word_index(name)
    code = index.get(word)
    if code is not None:
        return CellResult(code)
    if codes := _single_meaning(word, index):
        if len(codes) == 1:
            return CellResult(codes.pop())
    return error(field, f"{field}_unknown", unknown.format(text=clean_text(text_of(raw))))


_TICKS = ("是", "有", "√", "✓", "✔", "☑", "y", "yes", "对")
_SENTENCE = re.compile("[\u4e00-\u9fff]{2}")
_JOINERS = re.compile(r"[、/+和及与并后已了进行方式]+")


def _single_meaning(word: str, index: dict[str, str]) -> set[str]:
    """Return the codes of a word that is made up entirely of listed words."""
    codes: set[str] = set()
    rest = _JOINERS.sub("", word)
    for known in sorted(index, key=len, reverse=True):
        if known in rest:
            codes.add(index[known])
            rest = rest.replace(known, "")
    return codes if not rest else set()


def check_register_status(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check how register and residence agree; the value is "same", "registered_elsewhere" or "living_elsewhere"."""
    word = word_of(raw)
    if is_nothing(word):
        return EMPTY
    code = word_index("register_status").get(word)
    if code is not None:
        return CellResult(code)
    answer = read_yes_no(raw)
    split = word in word_lists()["register_split"] or answer is True
    if answer is False and not word.isdigit():
        return CellResult("same")
    if split and not word.isdigit():
        message = _("It is not said which way register and residence differ. Please write 人在户不在 or 户在人不在.")
        return warning(field, "register_status_half", message)
    message = _("“{text}” does not say whether register and residence agree; it was left out.")
    return warning(field, "register_status_unknown", message.format(text=text_of(raw)))
