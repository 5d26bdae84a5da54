"""Cells of telephone numbers."""

from __future__ import annotations

import re

from gridapp.domain.phone import parse_phones
from gridapp.i18n import _
from gridapp.ledgers.fields import field_title
from gridapp.ledgers.issues import EMPTY, Cell, CellContext, CellResult, Issue, Severity, error, warning
from gridapp.ledgers.values.numbers import is_masked, plain_text, surviving_digits
from gridapp.ledgers.values.text import clean_text, is_nothing

_USUAL = re.compile("1[3-9][0-9]{9}")
_NOTE = re.compile("[\u4e00-\u9fff]")
_JOINING = re.compile("或|和|及")


def check_phone(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check one or several telephone numbers; the value joins them with ";"."""
    if type(raw) is str and _USUAL.fullmatch(raw):
        return CellResult(raw)
    title = field_title(field)
    if surviving_digits(raw) is not None:
        message = _("{field}: the spreadsheet has shortened this number. Please type it again as text.")
        return error(field, "phone_digits_lost", message.format(field=title))
    text = plain_text(raw)
    if is_nothing(clean_text(text)):
        return EMPTY
    if is_masked(text):
        message = _("{field} is partly hidden, so it was left out; what is known stays.").format(field=title)
        return warning(field, "masked", message)
    phones = parse_phones(text, with_words=True)
    unread = [part for part in phones.unread if not is_nothing(part)]
    if unread:
        message = _("{field} “{text}” is not a telephone number. Please check it.")
        return error(field, "phone_unreadable", message.format(field=title, text="、".join(unread)))
    if not phones.numbers:
        return EMPTY
    issues = []
    if phones.without_area:
        message = _("{field} {text} has no area code. Please add it.")
        message = message.format(field=title, text="、".join(phones.without_area))
        issues.append(Issue(field, "phone_no_area", Severity.WARNING, message))
    elif _NOTE.search(_JOINING.sub("", text)):
        message = _("{field} “{text}”: only the number was kept. Please see whether it is this person's own.")
        issues.append(Issue(field, "phone_note", Severity.WARNING, message.format(field=title, text=clean_text(text))))
    elif len(phones.numbers) > 1:
        message = _("{field}: the cell holds {count} numbers; all are kept.")
        message = message.format(field=title, count=len(phones.numbers))
        issues.append(Issue(field, "phones_several", Severity.INFO, message))
    elif phones.joined != text:
        message = _("{field} was written in one usual form: {text}.").format(field=title, text=phones.joined)
        issues.append(Issue(field, "normalised", Severity.INFO, message))
    return CellResult(phones.joined, tuple(issues))
