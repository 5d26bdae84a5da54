"""The list of people to be visited: its columns, its filters, its finding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from gridapp import formats
from gridapp.db.queries.values import KINDS, SOON_DAYS, DueRow
from gridapp.domain import masking
from gridapp.i18n import C_, _
from ui.models.row_table_model import Column, Tone
from ui.widgets import visit_form_words

if TYPE_CHECKING:
    from gridapp.db.database import Session


def filter_titles() -> list[tuple[str, str]]:
    """Return the chips: key and title."""
    return [
        ("overdue", _("Overdue")),
        ("today", _("Due today")),
        ("soon", _("Within {days} days").format(days=SOON_DAYS)),
        ("month", _("Not yet this month")),
        ("all", C_("people", "All")),
    ]


def first_filter(found: Mapping[str, int]) -> str:
    """Return the most urgent chip that has anyone."""
    return next((key for key in KINDS if found[key]), "all")


def read_find_words(session: Session, names: tuple[str, ...]) -> dict[str, str]:
    """Return pinyin and initials by name; reads nothing, but takes a while the first time."""
    return {name: " ".join(_spellings(name)) for name in names}


def _spellings(name: str) -> Iterator[str]:
    from gridapp.db.search.readings import readings  # heavy: imported when first used

    for syllables in readings(name):
        yield "".join(syllables)
        yield "".join(syllable[0] for syllable in syllables)


def found_by(row: DueRow, text: str, words: Mapping[str, str]) -> bool:
    """Return whether every word typed is in the name, its pinyin, the phone, the grid or the address."""
    person = row.roster.person
    parts = (person.name, words.get(person.name, ""), person.phone or "", person.place, person.address)
    hay = " ".join(parts).lower()
    return all(word in hay for word in text.lower().split())


class TodayColumns:
    """Columns of the list, which need today, the settings and the names of categories."""

    def __init__(self, today: dt.date, tier_a_days: int) -> None:
        self.today = today
        self.tier_a_days = tier_a_days
        self.names: Mapping[str, str] = {}

    def columns(self) -> list[Column[DueRow]]:
        """Return the columns, the most important with the lowest priority."""
        return [
            Column("name", _("Name"), _name, priority=1, width_chars=5.5, strong=True),
            Column("category", _("Category"), self._categories, priority=3, width_chars=6, roomy_chars=9),
            Column("grid", _("Grid"), _grid, priority=6, width_chars=4.5, roomy_chars=9),
            Column("address", _("Address"), _address, priority=2, width_chars=11, stretch=True),
            Column("phone", _("Phone"), _phone, priority=7, width_chars=6.4),
            Column("last", _("Last visited"), _last, self._short, priority=4, width_chars=3.4),
            Column("due", _("Due by"), _due, self._short, priority=5, width_chars=3.4),
            Column("reason", _("Why"), self._reason, priority=4, width_chars=4.4),
            Column("status", _("Status"), self._urgency, self._status_text, tone=self._tone, priority=1,
                   width_chars=6.6, copied=self._status),
        ]

    def _short(self, day: dt.date | None) -> str:
        return formats.short_date(day, self.today) or "—"

    def _categories(self, row: DueRow) -> str:
        return visit_form_words.categories_text(row.roster.person, self.names)

    def _reason(self, row: DueRow) -> str:
        return visit_form_words.reason_text(row, self.tier_a_days)

    def _status(self, row: DueRow) -> str:
        return visit_form_words.status_text(row, self.today)

    def _urgency(self, row: DueRow) -> _Urgency:
        return _Urgency((row.due, self._status(row)))

    def _status_text(self, urgency: _Urgency) -> str:
        return urgency[1]

    def _tone(self, row: DueRow) -> Tone | None:
        return visit_form_words.status_tone(row, self.today)


class _Urgency(tuple[dt.date, str]):
    """Due day with the words for it: sorted by day, shown in words."""


def _name(row: DueRow) -> str:
    return row.roster.person.name


def _grid(row: DueRow) -> str:
    return row.roster.person.place


def _address(row: DueRow) -> str:
    person = row.roster.person
    return f"{person.community} {person.address}".strip()  # houses of two communities may have one address


def _phone(row: DueRow) -> str:
    return masking.mask_phone(row.roster.person.phone)


def _last(row: DueRow) -> dt.date | None:
    return row.roster.last_valid


def _due(row: DueRow) -> dt.date:
    return row.due
