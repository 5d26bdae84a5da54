"""The list of visits: its columns, its filters, and its way into a workbook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from gridapp import formats
from gridapp.db.database import Database, Session
from gridapp.db.queries.values import VisitRow
from gridapp.db.queries.visits import VisitFilter, count_visits, list_visits
from gridapp.domain.handout import Handed, Stamp
from gridapp.domain.period import Month
from gridapp.domain.visit import mode_title, outcome_title
from gridapp.i18n import C_, _
from gridapp.ledgers.exports import CellValue, ExportColumn, write_xlsx
from gridapp.progress import NullProgress, Progress
from ui.models.row_table_model import Column, Tone
from ui.widgets import visit_form_words

EXPORT_STEP = 1000
PLACE_CHARS = 10
"""Width of a grid's name with its community's."""
COUNTED_AT_MOST = 20_000
"""Nobody needs to know more of several months of a whole city, and it would take seconds. [visits]"""


def period_titles() -> list[tuple[str, str]]:
    """Return the periods on offer: key and title."""
    return [
        ("month", _("This month")),
        ("last_month", _("Last month")),
        ("today", _("Today only")),
        ("week", _("Last 7 days")),
        ("quarter", _("Last 3 months")),
        ("ever", _("All the time")),
        ("days", _("From day to day…")),
    ]


def period_days(key: str, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """Return first and last day of a period; None for no limit."""
    month = Month.of(today)
    if key == "month":
        return month.first, month.last
    if key == "last_month":
        return month.plus(-1).first, month.plus(-1).last
    if key == "today":
        return today, today
    if key == "week":
        return today - dt.timedelta(days=6), today
    if key == "quarter":
        return month.plus(-2).first, month.last
    return None, None


def read_counts(session: Session, wanted: VisitFilter) -> dict[str, int]:
    """Return how many visits each chip leads to, the other filters being as they are."""
    chips = {"all": "", "met": "met", "attempt": "attempt"}
    return {
        chip: count_visits(session, replace(wanted, outcome=outcome), COUNTED_AT_MOST)
        for chip, outcome in chips.items()
    }


def columns(today: dt.date) -> list[Column[VisitRow]]:
    """Return the columns of the list."""

    def short(day: dt.date) -> str:
        return formats.short_date(day, today)

    return [
        Column("day", C_("visit", "Day"), _day, short, priority=1, width_chars=5.4, copied=_iso_day),
        Column("time", C_("visit", "Time"), _time, priority=6, width_chars=3),
        Column("name", _("Name"), _name, tone=_faded, priority=1, width_chars=4.5, strong=True),
        Column("grid", _("Grid"), _grid, tone=_faded, priority=4, width_chars=4.5),
        Column("mode", _("Way of visiting"), _mode, tone=_faded, priority=3, width_chars=4.4),
        Column("outcome", _("Outcome"), _outcome, tone=_outcome_tone, priority=1, width_chars=6.6,
               copied=_plain_outcome),
        Column("worker", _("Who visited"), _worker, tone=_faded, priority=3, width_chars=4.5),
        Column("note", _("Note"), _note, tone=_faded, priority=2, width_chars=10, stretch=True),
    ]


def _day(row: VisitRow) -> dt.date:
    return row.day


def _iso_day(row: VisitRow) -> str:
    return row.day.isoformat()


def _time(row: VisitRow) -> str:
    return row.time


def _name(row: VisitRow) -> str:
    return row.person_name


def _grid(row: VisitRow) -> str:
    return row.place


def _mode(row: VisitRow) -> str:
    return mode_title(row.mode)


def _outcome(row: VisitRow) -> str:
    if row.voided:
        return _("✕ Taken back")
    return ("✓ " if row.outcome == "met" else "○ ") + outcome_title(row.outcome)


def _plain_outcome(row: VisitRow) -> str:
    """Return the outcome as other programs get it, and as it is read when it comes back."""
    title = outcome_title(row.outcome)
    return _("Taken back ({outcome})").format(outcome=title) if row.voided else title


def _worker(row: VisitRow) -> str:
    return row.worker_name


def _note(row: VisitRow) -> str:
    return " ".join(part for part in (row.note.replace("\n", " "), row.needs) if part)


def _faded(row: VisitRow) -> Tone | None:
    return "muted" if row.voided else None


def _outcome_tone(row: VisitRow) -> Tone | None:
    if row.voided:
        return "danger"
    return "success" if row.outcome == "met" else "warning"


def details(row: VisitRow) -> list[tuple[str, str]]:
    """Return everything about a visit as pairs of title and text; empty ones are left out."""
    findings = "\n".join(visit_form_words.findings_lines(row.findings))
    pairs = [
        (C_("visit", "Day"), f"{formats.date(row.day)} {formats.weekday(row.day)} {row.time}".strip()),
        (_("Grid"), row.place),
        (_("Way of visiting"), mode_title(row.mode)),
        (_("Outcome"), outcome_title(row.outcome)),
        (_("Who visited"), row.worker_name),
        (_("What was looked at"), findings),
        (_("Note"), row.note),
        (_("What the person asks for"), row.needs),
        (_("Passed on to"), row.referral),
        (_("Keyed in"), f"{formats.instant(row.created_at)} {row.created_by}"),
        (_("Taken back because"), row.void_reason if row.voided else ""),
    ]
    return [(title, text) for title, text in pairs if text]


def write_visits(
    database: Database, wanted: VisitFilter, path: Path, stamp: Stamp | None = None, progress: Progress = NullProgress()
) -> Handed:
    """Write every visit a filter lets through to a workbook, in the order shown, and return how many.

    Raises:
        UserError: The file cannot be written.
        OperationCancelled: The user asked to stop; no file is left.
    """
    headings = [
        ExportColumn(C_("visit", "Day"), "date"), ExportColumn(C_("visit", "Time"), width=8),
        ExportColumn(_("Name"), width=10), ExportColumn(_("Grid")), ExportColumn(_("Way of visiting"), width=10),
        ExportColumn(_("Outcome"), width=12), ExportColumn(_("Who visited"), width=10),
        ExportColumn(_("Note"), width=30), ExportColumn(_("What was looked at"), width=30),
        ExportColumn(_("What the person asks for"), width=20), ExportColumn(_("Passed on to"), width=16),
        ExportColumn(_("Taken back because"), width=16),
    ]  # fmt: skip
    total = database.fetch(count_visits, wanted)
    people: set[str] = set()
    rows = _export_rows(database, wanted, total, people, progress)
    count = write_xlsx(path, headings, rows, title=_("Visits"), sheet_name=_("Visits"), stamp=stamp)
    return Handed(count, len(people))


def _export_rows(
    database: Database, wanted: VisitFilter, total: int, people: set[str], progress: Progress
) -> Iterator[list[CellValue]]:
    before: tuple[dt.date, int] | None = None
    done = 0
    while True:
        page = database.fetch(list_visits, wanted, EXPORT_STEP, before)
        for row in page:
            people.add(row.person)
            findings = "\n".join(visit_form_words.findings_lines(row.findings))
            yield [
                row.day, row.time, row.person_name, row.place, mode_title(row.mode), _plain_outcome(row),
                row.worker_name, row.note, findings, row.needs, row.referral,
                (row.void_reason or _("✕ Taken back")) if row.voided else "",
            ]  # fmt: skip
        done += len(page)
        progress.advance(done, total, _("Writing the list of visits"))
        if len(page) < EXPORT_STEP:
            return
        before = (page[-1].day, page[-1].number)
