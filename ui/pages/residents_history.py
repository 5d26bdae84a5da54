"""What happened in a person's life, as two tables on the card: visits, and dated entries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from gridapp import formats
from gridapp.db.queries.residents import IntervalRow, ResidentCard
from gridapp.db.queries.values import VisitRow
from gridapp.domain.hardship import absence_title
from gridapp.domain.visit import mode_title, outcome_title
from gridapp.i18n import C_, _
from ui.models.row_table_model import Column, Tone
from ui.pages import residents_words as words
from ui.widgets.data_table import DataTable


@dataclass(frozen=True)
class HistoryRow:
    """One dated entry of a life.

    Attributes:
        subject: What kind of entry, in words.
        text: What it says.
        note: Remark.
        start: First day.
        end: Day after the last, None while open.
    """

    subject: str
    text: str
    note: str
    start: dt.date
    end: dt.date | None

    @property
    def last(self) -> dt.date | None:
        """Return the last day, None while open."""
        return None if self.end is None else self.end - dt.timedelta(days=1)


class HistoryTable(DataTable[HistoryRow]):
    """Homes, categories, absences, tiers and wishes of a person, newest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        columns: list[Column[HistoryRow]] = [
            Column("start", C_("dates", "From"), _start, formats.date, priority=1, width_chars=5.5),
            Column("last", C_("dates", "To"), _last, _until, priority=1, width_chars=5.5),
            Column("subject", C_("history", "About"), _subject, priority=1, width_chars=3),
            Column("text", C_("history", "Entry"), _text, priority=1, width_chars=8, stretch=True),
            Column("note", _("Note"), _note, priority=3, width_chars=6),
        ]
        super().__init__(columns, _("History"), key="resident_history", parent=parent)
        self.set_empty_state("history", _("Nothing is recorded yet."))

    def show_card(self, card: ResidentCard) -> None:
        """Show everything dated about a person."""
        self.set_rows(history_of(card))


class VisitsTable(DataTable[VisitRow]):
    """The visits of a person, newest first, those taken back included."""

    def __init__(self, parent: QWidget | None = None) -> None:
        columns: list[Column[VisitRow]] = [
            Column("day", C_("visit", "Day"), _day, formats.date, priority=1, width_chars=5.5, tone=_visit_tone),
            Column("mode", C_("visit", "Way"), _mode, priority=1, width_chars=3, tone=_visit_tone),
            Column("outcome", C_("visit", "Result"), _outcome, priority=1, width_chars=4, tone=_visit_tone),
            Column("worker", _("Visited by"), _worker, priority=2, width_chars=4),
            Column("note", _("Note"), _visit_note, priority=3, width_chars=8, stretch=True),
        ]
        super().__init__(columns, _("Visits"), key="resident_visits", parent=parent)
        self.set_empty_state("footprints", _("No visit is recorded yet."))


def history_of(card: ResidentCard) -> list[HistoryRow]:
    """Return everything dated about a person, newest first."""
    rows = [HistoryRow(C_("history", "Home"), row.title, row.note, row.start, row.end) for row in card.residencies]
    rows += [HistoryRow(_("Category"), row.title, row.note, row.start, row.end) for row in card.enrolments]
    rows += [
        HistoryRow(C_("history", "Away"), absence_title(row.what), _approval(row), row.start, row.end)
        for row in card.absences
    ]
    rows += [HistoryRow(_("Tier"), words.tier_short(row.what), row.note, row.start, row.end) for row in card.tiers]
    rows += [HistoryRow(_("Consent"), words.consent(row), row.note, row.start, row.end) for row in card.consents]
    return _newest_first(rows)


def _newest_first(rows: Sequence[HistoryRow]) -> list[HistoryRow]:
    return sorted(rows, key=_start, reverse=True)


def _approval(row: IntervalRow) -> str:
    return _("approved") if row.approved else _("waits for approval")


def _start(row: HistoryRow) -> dt.date:
    return row.start


def _last(row: HistoryRow) -> dt.date | None:
    return row.last


def _until(day: dt.date | None) -> str:
    return C_("dates", "now") if day is None else formats.date(day)


def _subject(row: HistoryRow) -> str:
    return row.subject


def _text(row: HistoryRow) -> str:
    return row.text


def _note(row: HistoryRow) -> str:
    return row.note


def _day(row: VisitRow) -> dt.date:
    return row.day


def _mode(row: VisitRow) -> str:
    return mode_title(row.mode)


def _outcome(row: VisitRow) -> str:
    return _("Taken back") if row.voided else outcome_title(row.outcome)


def _worker(row: VisitRow) -> str:
    return row.worker_name


def _visit_note(row: VisitRow) -> str:
    if row.voided:
        return row.void_reason
    return "；".join(part for part in (row.note, row.needs, row.referral) if part)


def _visit_tone(row: VisitRow) -> Tone | None:
    if row.voided:
        return "muted"
    return None if row.outcome == "met" else "warning"
