"""How a person's standing, a visit and its findings are said in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from gridapp import formats
from gridapp.db.queries.values import SOON_DAYS, DueRow, PersonRow, VisitRow
from gridapp.domain.cadence import Tier
from gridapp.domain.hardship import absence_title
from gridapp.domain.visit import FINDING_HEADS as HEADS
from gridapp.domain.visit import finding_title, findings_lines, mode_title, outcome_title
from gridapp.i18n import C_, N_, _
from ui.models.row_table_model import Tone

__all__ = [
    "HEADS",
    "SOON_DAYS",
    "categories_text",
    "describe_person",
    "finding_title",
    "findings_lines",
    "reason_sentence",
    "reason_text",
    "status_text",
    "status_tone",
    "visit_line",
]

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
