"""How a person's standing, a visit and its findings are said in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from gridapp import formats
from gridapp.db.queries.values import SOON_DAYS, DueRow, PersonRow, VisitRow
from gridapp.domain.cadence import Tier
from gridapp.domain.hardship import absence_title
from gridapp.domain.visit import mode_title, outcome_title
from gridapp.i18n import C_, N_, _
from ui.models.row_table_model import Tone

HEADS: tuple[tuple[str, str], ...] = (
    ("living", N_("Daily living")),
    ("home_safety", N_("Safety at home")),
    ("family", N_("Support by the family")),
    ("health", N_("Needs, health and mood")),
)
"""The four things to look at on a visit, by key of ``findings``."""

_OLDER_HEADS = {"mood": N_("Mood")}
_SEXES = {"F": N_("Female"), "M": N_("Male"), "U": ""}


def status_text(row: DueRow, today: dt.date) -> str:
    """Write how urgent a visit is: a sign and words."""
    if row.overdue_days:
        return _("▲ Overdue {days} days").format(days=row.overdue_days)
    ahead = (row.due - today).days
    if ahead == 0:
        return _("● Due today")
    if ahead == 1:
        return _("● Due tomorrow")
    if ahead <= SOON_DAYS:
        return _("● Due in {days} days").format(days=ahead)
    if row.visited_this_month:
        return _("✓ Visited this month")
    return _("○ {days} days left").format(days=ahead)


def status_tone(row: DueRow, today: dt.date) -> Tone | None:
    """Return the colour that goes with ``status_text``."""
    if row.overdue_days:
        return "danger"
    if (row.due - today).days <= SOON_DAYS:
        return "warning"
    return "success" if row.visited_this_month else None


def reason_text(row: DueRow, tier_a_days: int) -> str:
    """Write in a few words why a person is on the list."""
    if row.roster.last_valid is None:
        return _("Never visited")
    if row.roster.person.tier is Tier.A:
        return _("Every {days} days").format(days=tier_a_days)
    if not row.visited_this_month and row.roster.person.tier is Tier.B:
        return _("Not yet this month")
    return _("Once a quarter") if row.roster.person.tier is Tier.C else _("Once a month")


def reason_sentence(row: DueRow, today: dt.date, tier_a_days: int) -> str:
    """Write why and by when a person is to be visited, in a sentence."""
    tier = row.roster.person.tier
    rule = {
        Tier.A: _("Tier A: every {days} days.").format(days=tier_a_days),
        Tier.B: _("Tier B: once every month."),
        Tier.C: _("Tier C: once every quarter."),
    }[tier]
    if row.roster.last_valid is None:
        last = _("Never visited so far.")
    else:
        last = _("Last visited on {day}.").format(day=formats.date(row.roster.last_valid))
    if row.overdue_days:
        due = _("Was due by {day}, {days} days ago.").format(day=formats.date(row.due), days=row.overdue_days)
    elif row.due == today:
        due = _("Due today.")
    else:
        due = _("Next visit due by {day}.").format(day=formats.date(row.due))
    return _("{rule} {last} {due}").format(rule=rule, last=last, due=due)


def describe_person(person: PersonRow) -> str:
    """Write sex, age and an absence, e.g. for the line beside a name."""
    parts = [_(_SEXES[person.sex]) if _SEXES.get(person.sex) else ""]
    if person.age is not None:
        parts.append(_("{age} years old").format(age=person.age))
    if person.absence:
        parts.append(absence_title(person.absence))
    return "  ".join(part for part in parts if part)


def categories_text(person: PersonRow, names: Mapping[str, str]) -> str:
    """Write a person's categories, hardship first."""
    return C_("enumeration", ", ").join(names.get(code, code) for code in person.categories)


def visit_line(visit: VisitRow) -> str:
    """Write a visit in one line: day, way, outcome."""
    parts = (formats.date(visit.day), mode_title(visit.mode), outcome_title(visit.outcome))
    return "  ".join(parts) + (f"  {visit.note}" if visit.note else "")


def findings_lines(findings: Mapping[str, Any]) -> list[str]:
    """Write what was looked at, one line a head; unknown keys are shown as stored."""
    titles = {key: _(title) for key, title in (*HEADS, *_OLDER_HEADS.items())}
    lines = []
    for key, value in findings.items():
        if key.endswith("_note"):
            continue
        remark = findings.get(f"{key}_note")
        text = finding_title(str(value)) + (f"  {remark}" if remark else "")
        lines.append(_("{head}: {finding}").format(head=titles.get(key, key), finding=text))
    return lines


def finding_title(value: str) -> str:
    """Return what a finding says in the user's language."""
    titles = {"good": _("Normal"), "watch": _("Needs attention"), "low": _("Low spirits")}
    return titles.get(value, value)
