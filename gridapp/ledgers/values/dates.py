"""Cells of dates: births, visits, starts and deaths."""

from __future__ import annotations

import datetime as dt

from gridapp.domain.civil_date import WrittenDate, date_from_number, parse_date
from gridapp.i18n import _
from gridapp.ledgers.fields import field_title
from gridapp.ledgers.issues import EMPTY, Cell, CellContext, CellFault, CellResult, Issue, Severity, error, warning
from gridapp.ledgers.values.text import clean_text, is_nothing, text_of

_OLDEST = dt.date(1900, 1, 1)
_OLDEST_BIRTH = dt.date(1890, 1, 1)
# Fields whose cells often hold only a day and month under a title that says the year.
_DATED_BY_TITLE = frozenset(("visit_date",))


def check_date(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check a date in any form people write; the value is a date."""
    if isinstance(raw, dt.datetime):
        written = WrittenDate(raw.date(), raw.year, raw.month)
    elif isinstance(raw, dt.date):
        written = WrittenDate(raw, raw.year, raw.month)
    elif isinstance(raw, (dt.time, dt.timedelta, bool, CellFault)):
        written = WrittenDate(None, flaw="unreadable")
    else:
        text = clean_text(text_of(raw))
        if is_nothing(text):
            return EMPTY
        written = _read(raw, text, field, context)
    if written.day is None:
        return _refused(raw, written, field, context)
    return _judged(written.day, written, field, context)


def _read(raw: str | float, text: str, field: str, context: CellContext) -> WrittenDate:
    by_title = field in _DATED_BY_TITLE
    year = context.year if by_title else None
    is_birth = field == "birth_date"
    if isinstance(raw, (int, float)):
        return date_from_number(
            float(raw), context.today, year=year, is_birth=is_birth, date1904=context.date1904
        )
    month = context.month if by_title else None
    return parse_date(text, context.today, year=year, month=month, is_birth=is_birth)


def _refused(raw: Cell, written: WrittenDate, field: str, context: CellContext) -> CellResult:
    values = {"field": field_title(field), "text": clean_text(text_of(raw))}
    messages = {
        "impossible": _("{field} “{text}” does not exist in the calendar. Please check it."),
        "lunar": _("{field} “{text}” is a lunar date. Please write the date of the ordinary calendar."),
        "no_year": _("{field} “{text}” has no year, and the title names none. Please add the year."),
        "no_month": _("{field} “{text}” has no month, and the title names none. Please add the month."),
        "no_day": _("{field} “{text}” has no day. Please write year, month and day."),
        "ambiguous": _("{field} “{text}” can mean two different dates. Please write year, month and day."),
        "unreadable": _("{field} “{text}” is not a date. Please write it like 2026-03-05."),
    }
    message = messages[written.flaw].format(**values)
    code = f"date_{written.flaw}"
    if written.flaw == "no_day" and field in ("birth_date", "start_date"):
        return warning(field, code, message)
    return error(field, code, message)


def _judged(day: dt.date, written: WrittenDate, field: str, context: CellContext) -> CellResult:
    values = {"field": field_title(field), "date": day.isoformat()}
    if day > context.today and field != "start_date":
        message = _("{field} {date} lies in the future. Please check it.").format(**values)
        return error(field, "visit_in_future" if field == "visit_date" else "date_in_future", message)
    if day < (_OLDEST_BIRTH if field == "birth_date" else _OLDEST):
        message = _("{field} {date} lies too far back. Please check it.").format(**values)
        return error(field, "date_too_old", message)
    issues = [Issue(field, code, severity, text) for code, severity, text in _remarks(day, written, values)]
    if field == "visit_date" and _differs_from_title(day, context):
        message = _("{field} {date} is not in the month that the title names ({year}-{month:02d}). Please check it.")
        message = message.format(**values, year=context.year, month=context.month)
        issues.append(Issue(field, "date_outside_title", Severity.WARNING, message))
    if field == "start_date" and day > context.today:
        message = _("{field} {date} lies in the future. Please check it.").format(**values)
        issues.append(Issue(field, "date_in_future", Severity.WARNING, message))
    return CellResult(day, tuple(issues))


def _differs_from_title(day: dt.date, context: CellContext) -> bool:
    return None not in (context.year, context.month) and (day.year, day.month) != (context.year, context.month)


def _remarks(day: dt.date, written: WrittenDate, values: dict[str, str]) -> list[tuple[str, Severity, str]]:
    if not written.notes:
        return []
    texts = {
        "year_supplied": (Severity.INFO, _("{field}: the year was taken from the title: {date}.")),
        "month_supplied": (Severity.INFO, _("{field}: the month was taken from the title: {date}.")),
        "two_digit_year": (Severity.WARNING, _("{field}: a year of two digits was read as {date}. Please check it.")),
        "serial_number": (Severity.WARNING, _("{field}: a bare number was read as {date}. Please check it.")),
    }
    return [(f"date_{note}", texts[note][0], texts[note][1].format(**values)) for note in written.notes]
