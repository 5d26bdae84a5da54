"""Cells of digits: identity numbers, certificates, accounts, ages, amounts.

A spreadsheet keeps fifteen digits of a number. An identity or account number
that arrives as a number of 1e15 or more has lost its tail: the digits that
survived are shown, and nothing is stored.

Source: IEEE 754 double precision; GB 11643-1999; reports research section 5.
"""

from __future__ import annotations

import math
import re
import unicodedata

from gridapp.domain.identity import IdNumberError, check_digit, clean_id_text, parse_id_number
from gridapp.domain.numerals import chinese_number
from gridapp.i18n import _
from gridapp.ledgers.fields import field_title
from gridapp.ledgers.issues import EMPTY, Cell, CellContext, CellResult, error, info, warning
from gridapp.ledgers.values.text import SAME_AS_ABOVE, clean_text, is_nothing, text_of

FIRST_INEXACT = 1e15

_ROUNDED_TAIL = "000"
_SCIENTIFIC = re.compile(r"([0-9])(?:\.([0-9]+))?[eE]\+?([0-9]{1,2})")
_CSV_TEXT = re.compile(r'=?"(.*)"', re.DOTALL)
_CERTIFICATE = re.compile(r"[0-9]{17}[0-9X][1-7][1-4](?:[A-Z][0-9]{1,2})?")
_OTHER_DOCUMENT = re.compile(r"[A-Z]{1,3}[0-9]{5,12}|[A-Z]{1,2}[0-9]{6,10}\([0-9A-Z]\)")
_AGE = re.compile(r"([0-9]{1,3})(?:\.0+)?(?:周?岁)?(?:半)?")
_AMOUNT = re.compile(r"[¥￥]?(-?[0-9]+(?:\.[0-9]+)?)(?:元)?(?:/月|/年|每月|每年)?")
_MAX_AGE = 125


def surviving_digits(raw: Cell) -> str | None:
    """Return the digits left of a long number that became a float, or None if none got lost."""
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        if abs(raw) < FIRST_INEXACT:
            return None
        return f"{abs(raw):.0f}"[:15]
    if isinstance(raw, str) and (match := _SCIENTIFIC.fullmatch(raw.strip().lstrip("'"))):
        digits = match[1] + (match[2] or "")
        return digits if int(match[3]) > len(digits) - 1 else None
    return None


def _digits_lost(field: str, surviving: str) -> CellResult:
    message = _(
        "{field}: the spreadsheet has rounded this number; only {digits}… is certain. "
        "Set the column to text and type the number again."
    ).format(field=field_title(field), digits=surviving)
    return error(field, "id_digits_lost" if field == "id_no" else "digits_lost", message)


def is_masked(text: str) -> bool:
    """Tell whether digits are hidden behind dots or stars, as lists show them."""
    return "••" in text or "**" in text or "××" in text


def plain_text(raw: Cell) -> str:
    """Return a cell's text without the ="…" that keeps long numbers whole in CSV files."""
    text = text_of(raw).strip()
    if match := _CSV_TEXT.fullmatch(text):
        text = match[1]
    return text


def check_id_number(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check an identity number; the value is its eighteen characters."""
    if (surviving := surviving_digits(raw)) is not None:
        return _digits_lost(field, surviving)
    written = plain_text(raw)
    if is_nothing(written) or is_nothing(clean_text(written)):
        return EMPTY
    if is_masked(written):
        message = _("The ID number is partly hidden, so it was left out; the person is looked for without it.")
        return warning(field, "masked", message)
    number = clean_id_text(written)
    try:
        found = parse_id_number(number)
    except IdNumberError as fault:
        if fault.code == "check_digit" and number.endswith(_ROUNDED_TAIL):
            return _digits_lost(field, number[:15])
        return _refused_id(number, field, fault)
    if found.birth > context.today:
        return error(field, "id_birth_future", _("By its ID number this person is not born yet. Please check it."))
    if number.endswith(_ROUNDED_TAIL) and len(number) == 18:
        message = _("The ID number ends in 000, as numbers do that a spreadsheet has rounded. Please check the end.")
        return warning(field, "id_maybe_rounded", message, found.number)
    if found.upgraded:
        message = _("This is an old ID number of 15 digits; it was brought to 18: {number}. Please check it.")
        return warning(field, "id_upgraded", message.format(number=found.number), found.number)
    if found.number != written:
        message = _("Spaces, marks or letters in the ID number were put right.")
        return info(field, "normalised", message, found.number)
    return CellResult(found.number)


def _refused_id(number: str, field: str, fault: IdNumberError) -> CellResult:
    if _CERTIFICATE.fullmatch(number) and check_digit(number[:17]) == number[17]:
        message = _("This is the number of a disability certificate, not an ID number. Please write the ID number.")
        return error(field, "id_is_certificate", message)
    if _OTHER_DOCUMENT.fullmatch(number):
        message = _(
            "“{text}” is another document, not an 18-character ID number; it was kept as “other document”."
        ).format(text=number)
        return warning(field, "id_other_document", message)
    return error(field, f"id_{fault.code}", str(fault))


def other_document(raw: Cell) -> str | None:
    """Return the number of a passport or the like that stands in an ID column, or None."""
    number = clean_id_text(plain_text(raw))
    return number if _OTHER_DOCUMENT.fullmatch(number) else None


def check_long_number(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check a certificate, account or household number, kept as text."""
    if (surviving := surviving_digits(raw)) is not None:
        return _digits_lost(field, surviving)
    text = re.sub(r"\s", "", clean_text(unicodedata.normalize("NFKC", plain_text(raw))))
    if is_nothing(text):
        return EMPTY
    if text in SAME_AS_ABOVE:
        message = _("{field}: “same as above” cannot stand here. Please write it out.").format(field=field_title(field))
        return error(field, "as_above_unclear", message)
    if field == "account_no" and not re.fullmatch(r"[0-9]{6,30}(?:-[0-9]+)*", text):
        message = _("Account number “{text}” may hold only digits. Please check it.").format(text=text)
        return error(field, "account_characters", message)
    return CellResult(text.upper())


def check_age(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check an age in completed years; the value is an int from 0 to 125."""
    text = unicodedata.normalize("NFKC", clean_text(text_of(raw))).replace(" ", "")
    if is_nothing(text):
        return EMPTY
    spoken = chinese_number(text.removesuffix("岁").removesuffix("周"))
    match = _AGE.fullmatch(text if spoken is None else str(spoken))
    if match is None or int(match[1]) > _MAX_AGE:
        return warning(field, "age_unreadable", _("“{text}” is not an age; it was left out.").format(text=text))
    return CellResult(int(match[1]))


def check_amount(raw: Cell, field: str, context: CellContext) -> CellResult:
    """Check an amount of money in yuan; the value is a number."""
    if isinstance(raw, (int, float)) and not isinstance(raw, bool) and math.isfinite(raw):
        number = float(raw)
    else:
        text = unicodedata.normalize("NFKC", clean_text(text_of(raw))).replace(",", "").replace(" ", "")
        if is_nothing(text):
            return EMPTY
        match = _AMOUNT.fullmatch(text)
        if match is None:
            message = _("“{text}” is not an amount of money. Please check it.").format(text=text)
            return error(field, "amount_unreadable", message)
        number = float(match[1])
    if number >= FIRST_INEXACT:
        return _digits_lost(field, f"{number:.0f}"[:15])
    if number < 0:
        return error(field, "amount_negative", _("An amount cannot be below zero. Please check it."))
    return CellResult(int(number) if number.is_integer() else number)
