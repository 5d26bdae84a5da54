"""Cells that hold visits: "3.5电话；3.12上门", and the columns of a month grid.

A tick in a month's column says that somebody was visited, not when. The visit is
put down on the month's last day, with a warning. What cannot be read for sure is an error.

Source: domain research section 8.3 items 21 and 22; the day of a tick is our own convention.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, replace

from gridapp.domain.numerals import NUMERAL_CHARACTERS
from gridapp.i18n import _
from gridapp.ledgers.fields import field_title
from gridapp.ledgers.issues import Cell, CellContext, CellFault, Issue, Severity
from gridapp.ledgers.values.dates import check_date
from gridapp.ledgers.values.text import clean_text, is_nothing, text_of
from gridapp.ledgers.values.words import read_yes_no, word_index

_DIGIT = f"[0-9{NUMERAL_CHARACTERS}]"
_DATE = re.compile(
    rf"(?<![0-9])(?:(?:(?:19|20)[0-9]{{2}})\s*[-/.年]\s*)?"
    rf"(?:{_DIGIT}{{1,3}}\s*月\s*{_DIGIT}{{1,3}}\s*[日号]?|[0-9]{{1,2}}\s*[-/.]\s*[0-9]{{1,2}}\s*[日号]?|{_DIGIT}{{1,3}}\s*[日号])"
    r"(?![0-9])"
)
_PIECES = re.compile(r"[;；\n,，、|]+")
_RANGE = re.compile(r"\s*(?:[-—–~～]|至|到)\s*")
_CLOCK = re.compile(r"[0-9]{1,2}[:：][0-9]{2}(?:[:：][0-9]{2})?|[上下]午")
_ORNAMENT = re.compile(r"[\s()（）\[\]【】:：。.√✓✔☑]+")
_JOINERS = re.compile(r"(?:[/+和及与并后已了]|进行|方式)+")


@dataclass(frozen=True)
class FoundVisit:
    """A visit read from a cell.

    Attributes:
        day: Civil date, or None when it cannot be told.
        mode: Mode code, or None when the cell does not say.
        result: Outcome code, or None when the cell does not say.
        note: Words that are neither.
        issues: What was found, all of field "visit_date".
    """

    day: dt.date | None
    mode: str | None = None
    result: str | None = None
    note: str = ""
    issues: tuple[Issue, ...] = ()


def read_visits(raw: Cell, context: CellContext) -> tuple[FoundVisit, ...] | None:
    """Return the visits that a text names with their dates, or None when it is no such text."""
    if not isinstance(raw, str):
        return None
    text = unicodedata.normalize("NFKC", clean_text(raw))
    entries: list[tuple[str, str]] = []
    for piece in _PIECES.split(text):
        found = list(_DATE.finditer(piece))
        if not found:
            if piece.strip() and (not entries or any(c.isdigit() for c in _CLOCK.sub("", piece))):
                return None
            if piece.strip():
                entries[-1] = (entries[-1][0], f"{entries[-1][1]} {piece}")
            continue
        if any(_RANGE.fullmatch(piece[a.end() : b.start()]) for a, b in zip(found, found[1:], strict=False)):
            return None
        before = piece[: found[0].start()]
        ends = [match.start() for match in found[1:]] + [len(piece)]
        for match, end in zip(found, ends, strict=True):
            entries.append((match[0], before + piece[match.end() : end]))
            before = ""
    if not entries or any(c.isdigit() for _date, words in entries for c in _CLOCK.sub("", words)):
        return None
    return tuple(_entry(date, words, context) for date, words in entries)


def _entry(date: str, words: str, context: CellContext) -> FoundVisit:
    checked = check_date(date, "visit_date", context)
    day = checked.value if isinstance(checked.value, dt.date) else None
    return replace(read_words(words), day=day, issues=checked.issues)


def read_words(text: str) -> FoundVisit:
    """Return mode and result that a few words tell; what is neither is a note, and then tells no result."""
    bare = _ORNAMENT.sub("", _CLOCK.sub("", text))
    if not bare:
        return FoundVisit(None)
    modes, rest = _taken(bare.lower(), word_index("visit_modes"))
    results, rest = _taken(_JOINERS.sub("", rest), word_index("visit_results"))
    if not results:
        whole, left = _taken(bare.lower(), word_index("visit_results"))
        if whole and not _JOINERS.sub("", left):
            results, rest = whole, ""
    mode = modes.pop() if len(modes) == 1 else None
    result = results.pop() if len(results) == 1 and not _JOINERS.sub("", rest) else None
    told = (mode or not modes) and not rest and (result or not results)
    return FoundVisit(None, mode, result, "" if told else clean_text(text).strip(" ()（）:：。."))


def _taken(text: str, index: dict[str, str]) -> tuple[set[str], str]:
    """Return the codes of the known words in a text, the longest first, and what is left of it."""
    codes: set[str] = set()
    for known in sorted(index, key=len, reverse=True):
        if known in text:
            codes.add(index[known])
            text = text.replace(known, "")
    return codes, text


def check_month(raw: Cell, year: int | None, month: int, context: CellContext, numbers: str) -> tuple[FoundVisit, ...]:
    """Return the visits that a cell of a month grid stands for.

    Args:
        raw: The cell.
        year: Year of the column; None when neither heading nor title names one.
        month: Month of the column.
        context: The day and the kind of ledger.
        numbers: What bare numbers mean in this grid, see ``meaning_of_numbers``.
    """
    here = replace(context, year=year, month=month)
    if isinstance(raw, CellFault):
        return (_refused("month_cell_unreadable", _unreadable(raw, month)),)
    whole = _whole(raw)
    if isinstance(raw, dt.date) or (whole is None and isinstance(raw, float)):
        checked = check_date(raw, "visit_date", here)
        return (FoundVisit(checked.value if isinstance(checked.value, dt.date) else None, issues=checked.issues),)
    text = unicodedata.normalize("NFKC", clean_text(text_of(raw)))
    if whole is not None:
        return _from_number(whole, here, numbers)
    answer = read_yes_no(raw)
    if answer is True:
        return (_some_day(here),)
    if answer is False or is_nothing(text):
        return ()
    if visits := read_visits(raw, here):
        return visits
    words = read_words(text)
    if words.note or not (words.mode or words.result):
        return (_refused("month_cell_unreadable", _unreadable(raw, month)),)
    day = _some_day(here)
    return (replace(words, day=day.day, issues=day.issues),)


def meaning_of_numbers(cells: list[Cell]) -> str:
    """Return what bare numbers in a month grid mean: "tick", "day", or "" when it cannot be told.

    Nothing but ones are ticks. Numbers up to 31 of which some are larger than any
    month has weeks and a few visits more are days.
    """
    numbers = {number for cell in cells if (number := _whole(cell)) is not None}
    if numbers <= {0, 1}:
        return "tick"
    return "day" if max(numbers) > 12 and numbers <= set(range(1, 32)) else ""


def _whole(raw: Cell) -> int | None:
    """Return a whole number that stands alone in a cell, as a number or as digits."""
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return int(raw) if float(raw).is_integer() else None
    text = unicodedata.normalize("NFKC", clean_text(raw)) if isinstance(raw, str) else ""
    return int(text) if text.isdecimal() and len(text) < 9 else None


def _from_number(number: int, context: CellContext, numbers: str) -> tuple[FoundVisit, ...]:
    if number == 0:
        return ()
    if numbers == "tick":
        return (_some_day(context),)
    if numbers == "day" and 1 <= number <= 31:
        checked = check_date(f"{number}日", "visit_date", context)
        return (FoundVisit(checked.value if isinstance(checked.value, dt.date) else None, issues=checked.issues),)
    message = _("“{number}” in the column of month {month} can be a day or a count of visits. Please write the date.")
    return (_refused("month_cell_ambiguous", message.format(number=number, month=context.month)),)


def _some_day(context: CellContext) -> FoundVisit:
    """Return a visit whose month is known and whose day is not."""
    month = context.month or 1
    if context.year is None:
        message = _("The year of month {month} is nowhere to be found. Please write it into the title.")
        return _refused("date_no_year", message.format(month=month))
    first = dt.date(context.year, month, 1)
    if first > context.today:
        message = _("Month {month} lies in the future; nobody can have been visited yet. Please check it.")
        return _refused("visit_in_future", message.format(month=f"{context.year}-{month:02d}"))
    last = first.replace(day=calendar.monthrange(context.year, month)[1])
    day = min(last, context.today)
    message = _("The day of the visit in month {month} is not written; {date} was put down. Please check it.")
    message = message.format(month=f"{context.year}-{month:02d}", date=day.isoformat())
    return FoundVisit(day, issues=(Issue("visit_date", "day_unknown", Severity.WARNING, message),))


def _unreadable(raw: Cell, month: int) -> str:
    message = _("{field} {month}: “{text}” does not say when the visit was. Please write the date, or √.")
    return message.format(field=field_title("visit_date"), month=month, text=clean_text(text_of(raw)))


def _refused(code: str, message: str) -> FoundVisit:
    return FoundVisit(None, issues=(Issue("visit_date", code, Severity.ERROR, message),))
