"""Cells of category words: "独居、低保、三级残" becomes a tuple of codes."""

from __future__ import annotations

import functools
import re
import unicodedata

from gridapp.domain.hardship import built_in_title
from gridapp.i18n import _
from gridapp.ledgers.fields import TICK
from gridapp.ledgers.issues import EMPTY, Cell, CellContext, CellResult, Issue, Severity, error
from gridapp.ledgers.values.text import clean_text, text_of
from gridapp.ledgers.values.words import read_yes_no, word_index, word_lists

_SEPARATORS = re.compile(r"[,，、;；/+＋|\s&]+|和|及|兼|(?<=[\u4e00-\u9fff])-(?=[\u4e00-\u9fff])")
_NEGATED = re.compile(r"^(?:非|不是|不属于|不|未)")
_NOTED = re.compile(r"(?P<word>[^()]+)\((?P<note>[^()]*)\)")
_OTHERWISE = re.compile("[不非未无拟与和同]|原|曾|取消|退出|停")
BY_AGE = "by_age:"
"""Prefix of a code that only the person's age can decide: "by_age:留守"."""


def check_category(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check a cell of category words; the value is a tuple of codes, each once.

    A code that starts with ``BY_AGE`` must be settled with the person's age.
    Words nobody knows are named in a warning; words that come close to a category
    without being one (半失能) are an error, because leaving them out would guess.
    """
    text = unicodedata.normalize("NFKC", clean_text(text_of(raw)))
    if not text:
        return EMPTY
    codes: list[str] = []
    unknown: list[str] = []
    undecided: list[str] = []
    notes: list[str] = []
    for token in _tokens(text):
        found, noted = _codes_of(token), None
        if found is None and (noted := _noted(token)) is not None:
            found = noted[1]
            notes.append(token)
        if noted is not None and found is None:
            undecided.append(token)
        elif found is None:
            (undecided if _is_undecided(token) else unknown).append(token)
        else:
            codes.extend(code for code in found if code not in codes)
    issues: list[Issue] = []
    if undecided:
        message = _("“{words}” is not one of the categories kept here. Please choose a category or take the word out.")
        issues.append(Issue(field, "category_undecided", Severity.ERROR, message.format(words="、".join(undecided))))
    if unknown:
        message = _("“{words}” is not a known category and was left out. Please see whether it should be one.")
        issues.append(Issue(field, "category_unknown", Severity.WARNING, message.format(words="、".join(unknown))))
    if notes and not undecided:
        message = _("“{words}”: what stands in brackets was left out. Please see whether it matters.")
        issues.append(Issue(field, "category_note", Severity.WARNING, message.format(words="、".join(notes))))
    return CellResult(None if undecided else tuple(codes), tuple(issues))


def check_tick(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check a cell of a tick column; the value is its category code when ticked, else None."""
    code = field.removeprefix(TICK)
    answer = read_yes_no(raw)
    if answer is not None:
        return CellResult(code) if answer else EMPTY
    text = clean_text(text_of(raw))
    if word_index("categories").get(text) == code:
        return CellResult(code)
    message = _("Column “{category}” holds “{text}”, which is neither yes nor no. Please write √ or leave it empty.")
    return error("category", "tick_unreadable", message.format(category=built_in_title(code) or code, text=text))


def settle_by_age(codes: tuple[str, ...], age: int | None, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the codes with those that depend on age decided, and the words nobody can decide.

    Under 18 is a child; 60 and over an elder. Without an age a register of elders decides.
    """
    settled: list[str] = []
    open_words: list[str] = []
    for code in codes:
        if not code.startswith(BY_AGE):
            settled.append(code)
            continue
        word = code.removeprefix(BY_AGE)
        child, elder = word_lists()["by_age"][word]
        if age is not None and age < 18:
            settled.append(child)
        elif (age is not None and age >= 60) or (age is None and kind == "elders"):
            settled.append(elder)
        else:
            open_words.append(word)
    return tuple(settled), tuple(open_words)


def _tokens(text: str) -> list[str]:
    if text in word_index("categories"):
        return [text]
    return [token for token in _SEPARATORS.split(text.strip("。.;；")) if token]


def _is_undecided(token: str) -> bool:
    return any(word in token for word in word_lists()["category_undecided"])


@functools.lru_cache(maxsize=4096)
def _codes_of(token: str) -> tuple[str, ...] | None:
    """Return the codes of one token; () for a word that means no category, None for an unknown one."""
    lists = word_lists()
    index = word_index("categories")
    if token in index:
        return (index[token],)
    if token in lists["by_age"]:
        return (BY_AGE + token,)
    if token in lists["category_none"]:
        return ()
    for pattern, codes in lists["category_patterns"]:
        if re.fullmatch(pattern, token):
            return tuple(codes)
    if _is_undecided(token):
        return None
    if match := _NEGATED.match(token):
        return () if _codes_of(token[match.end() :]) else None
    return _run_together(token)


def _noted(token: str) -> tuple[str, tuple[str, ...] | None] | None:
    """Return the note of "低保(2020年认定)" and the codes without it; no codes where the note may say otherwise."""
    match = _NOTED.fullmatch(token)
    codes = _codes_of(match["word"]) if match else None
    if match is None or not codes:
        return None
    return match["note"], None if _OTHERWISE.search(match["note"]) else codes


def _run_together(token: str) -> tuple[str, ...] | None:
    """Return the codes of words written without a separator, as 独居空巢老人."""
    index = word_index("categories")
    codes: list[str] = []
    rest = token
    for word in sorted((*index, *word_lists()["by_age"]), key=len, reverse=True):
        if word in rest:
            rest = rest.replace(word, " ")
            codes.append(index.get(word, BY_AGE + word))
    for neutral in word_lists()["category_neutral"]:
        rest = rest.replace(neutral, "")
    return tuple(dict.fromkeys(codes)) if codes and not rest.strip(" ()") else None
