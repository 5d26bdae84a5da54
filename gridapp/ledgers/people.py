"""Checks between the fields of one row: the person, and the visit.

The identity number, once its check digit fits, is taken as the truth about birth
and sex; whatever contradicts it is named, never stored in silence.

Source: domain research section 8.3 items 10, 14 and 16; issue "Bad input".
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from gridapp.domain.civil_date import completed_years
from gridapp.domain.identity import birth_and_sex
from gridapp.i18n import _
from gridapp.ledgers.issues import CellContext, Issue, Severity
from gridapp.ledgers.values.categories import settle_by_age
from gridapp.ledgers.values.words import word_lists

Fields = dict[str, Any]
Issues = list[Issue]

_AGE_TOLERANCE = 1
_OLDEST = 120
_ELDER_FROM = 60


def check_person(fields: Fields, issues: Issues, context: CellContext, sex_codes: dict[str, str]) -> None:
    """Cross-check a row's person in place; contradictions are added to ``issues``.

    Args:
        fields: Canonical field -> checked value; sex, birth date and category are settled here.
        issues: Receives what is found.
        context: The day and the kind of ledger.
        sex_codes: What bare codes mean in this sheet ("1" -> "M"); see ``infer_sex_codes``.
    """
    number = fields.get("id_no")
    by_id = birth_and_sex(number) if number else (None, None)
    _settle_birth(fields, issues, by_id[0])
    _settle_sex(fields, issues, by_id[1], sex_codes)
    birth = fields.get("birth_date")
    age = completed_years(birth, context.today) if birth else fields.get("age")
    if birth:
        _check_age(fields, issues, birth, context)
    _settle_category(fields, issues, age, context)
    _check_death(fields, issues, birth)
    if context.kind == "elders" and age is not None and age < _ELDER_FROM and _is_elder_only(fields):
        message = _("This person is {age} years old, which is under 60. Please check ID number and category.")
        issues.append(Issue("age", "elder_under_60", Severity.WARNING, message.format(age=age)))
    if number and (certificate := fields.get("cert_no")) and len(certificate) >= 20:
        if certificate[:17].isdigit() and certificate[:18] != number:
            message = _("The certificate number does not begin with this person's ID number. Please check both.")
            issues.append(Issue("cert_no", "certificate_differs", Severity.WARNING, message))


def _is_elder_only(fields: Fields) -> bool:
    """Tell whether nothing in the row says that this may be a child or another adult."""
    codes = fields.get("category") or ()
    return not any(code in ("scattered_orphan", "unsupported_child", "orphan", "left_behind_child") for code in codes)


def _settle_birth(fields: Fields, issues: Issues, by_id: dt.date | None) -> None:
    written = fields.get("birth_date")
    if by_id is None:
        return
    _soften(issues, "birth_date")
    if written is not None and written != by_id:
        message = _("Date of birth {written} differs from the ID number ({by_id}), which was followed. Please check.")
        message = message.format(written=written.isoformat(), by_id=by_id.isoformat())
        issues.append(Issue("birth_date", "birth_differs", Severity.WARNING, message))
    fields["birth_date"] = by_id


def _settle_sex(fields: Fields, issues: Issues, by_id: str | None, sex_codes: dict[str, str]) -> None:
    written = fields.get("sex")
    if written is not None and written.isdigit():
        meant = sex_codes.get(written)
        if by_id is None and meant is None:
            message = _("Sex “{code}” is a bare code that can mean either. Please write 男 or 女.").format(code=written)
            issues.append(Issue("sex", "sex_ambiguous", Severity.ERROR, message))
            fields["sex"] = None
            return
        if by_id is None:
            message = _("Sex “{code}” was read by the other rows of this sheet. Please check it.").format(code=written)
            issues.append(Issue("sex", "sex_by_code", Severity.WARNING, message))
        written = meant or by_id
    if by_id is not None and written not in (None, by_id):
        message = _("The sex written here differs from the ID number; the ID number was followed. Please check both.")
        issues.append(Issue("sex", "sex_differs", Severity.WARNING, message))
    if by_id is not None:
        _soften(issues, "sex")
    if by_id is not None or written is not None:
        fields["sex"] = by_id or written


def _soften(issues: Issues, field: str) -> None:
    """Turn a field's errors into warnings: the ID number supplies what the cell could not."""
    for i, issue in enumerate(issues):
        if issue.field == field and issue.severity is Severity.ERROR:
            issues[i] = replace(issue, severity=Severity.WARNING)


def infer_sex_codes(pairs: set[tuple[str, str]]) -> dict[str, str]:
    """Return what bare sex codes mean in a sheet.

    Args:
        pairs: (code, sex by ID number) of the rows that have both, contradictions left in.

    A code is understood when every ID number agrees on it; then the other code of
    the pair is too. A sheet that uses 2 follows GB/T 2261.1: 1 is male, 2 female.
    """
    meanings: dict[str, set[str]] = {}
    for code, sex in pairs:
        if sex:
            meanings.setdefault(code, set()).add(sex)
    codes = {code for code, _sex in pairs}
    known = {code: next(iter(found)) for code, found in meanings.items() if len(found) == 1}
    if "2" in codes and meanings.get("2", {"F"}) == {"F"} and meanings.get("1", {"M"}) == {"M"}:
        known |= {"1": "M", "2": "F"}
    elif known.get("1") and "0" in codes and "0" not in meanings:
        known["0"] = "F" if known["1"] == "M" else "M"
    elif known.get("0") and "1" in codes and "1" not in meanings:
        known["1"] = "F" if known["0"] == "M" else "M"
    return known


def _check_age(fields: Fields, issues: Issues, birth: dt.date, context: CellContext) -> None:
    real = completed_years(birth, context.today)
    written = fields.get("age")
    if real > _OLDEST:
        message = _("Born {date}, this person would be {age} years old. Please check it.")
        message = message.format(date=birth.isoformat(), age=real)
        issues.append(Issue("birth_date", "age_unlikely", Severity.WARNING, message))
    if written is None or written == real:
        return
    values = {"written": written, "real": real}
    if abs(written - real) <= _AGE_TOLERANCE:
        message = _("Age {written} is {real} by the date of birth.").format(**values)
        issues.append(Issue("age", "age_differs_little", Severity.INFO, message))
    else:
        message = _("Age {written} does not fit the date of birth, which gives {real}. Please check both.")
        issues.append(Issue("age", "age_differs", Severity.WARNING, message.format(**values)))
    fields["age"] = real


def _settle_category(fields: Fields, issues: Issues, age: int | None, context: CellContext) -> None:
    codes = fields.get("category")
    if not codes:
        return
    settled, open_words = settle_by_age(codes, age, context.kind)
    if open_words:
        message = _("“{words}” can mean a child or an elder. Please write 留守老人 or 留守儿童.")
        issues.append(Issue("category", "category_by_age", Severity.ERROR, message.format(words="、".join(open_words))))
        fields["category"] = None
        return
    fields["category"] = settled


def _check_death(fields: Fields, issues: Issues, birth: dt.date | None) -> None:
    died = fields.get("died_date")
    if died and birth and died < birth:
        message = _("Date of death {died} lies before the date of birth {birth}. Please check both.")
        message = message.format(died=died.isoformat(), birth=birth.isoformat())
        issues.append(Issue("died_date", "death_before_birth", Severity.ERROR, message))
        fields["died_date"] = None
    start = fields.get("start_date")
    if start and birth and start < birth:
        message = _("Start date {start} lies before the date of birth {birth}. Please check both.")
        message = message.format(start=start.isoformat(), birth=birth.isoformat())
        issues.append(Issue("start_date", "start_before_birth", Severity.ERROR, message))
        fields["start_date"] = None
    note = fields.get("note")
    if note and not died:
        for code, words in (("note_says_died", word_lists()["died"]), ("note_says_moved", word_lists()["moved_away"])):
            if any(word in note for word in words):
                message = _("The note says “{note}”. Please see whether this person still belongs here.")
                issues.append(Issue("note", code, Severity.WARNING, message.format(note=note[:40])))


def check_visit(fields: Fields, issues: Issues, told: frozenset[str]) -> None:
    """Cross-check a row's visit in place.

    Args:
        fields: Canonical field -> checked value.
        issues: Receives what is found.
        told: Fields whose cell was filled; a filled cell that was refused is not assumed.
    """
    day = fields.get("visit_date")
    before = _("The visit of {date} lies before the person's birth. Please check both dates.")
    after = _("The visit of {date} lies after the person's death. Please check both dates.")
    for other, code, message in (
        ("birth_date", "visit_before_birth", before),
        ("died_date", "visit_after_death", after),
    ):
        limit = fields.get(other)
        if day and limit and (day < limit if other == "birth_date" else day > limit):
            issues.append(Issue("visit_date", code, Severity.ERROR, message.format(date=day.isoformat())))
            fields["visit_date"] = None
    if "visit_result" not in told:
        _assume_result(fields, issues)
    if "visit_mode" not in told:
        fields["visit_mode"] = "onsite"
        message = _("It is not said how the visit was made; it is taken as made on site.")
        issues.append(Issue("visit_mode", "mode_assumed", Severity.WARNING, message))


def _assume_result(fields: Fields, issues: Issues) -> None:
    note = fields.get("note") or ""
    doubts = (*word_lists()["not_met"], *word_lists()["died"])
    if any(word in note for word in doubts):
        message = _("No result is written, and the note says “{note}”. Please write the result of the visit.")
        issues.append(Issue("visit_result", "result_doubtful", Severity.ERROR, message.format(note=note[:40])))
        fields["visit_result"] = None
        return
    fields["visit_result"] = "met"
    message = _("No result is written; the visit is taken as met.")
    issues.append(Issue("visit_result", "result_assumed", Severity.WARNING, message))
