"""The rule behind a figure, and up to which day the data go."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.people import list_categories
from gridapp.db.records import VisitRecord
from gridapp.domain.visit import mode_title
from gridapp.i18n import _
from gridapp.settings import Settings


@dataclass(frozen=True)
class RuleRow:
    """What counts, as stored; shown beside every figure and printed on every report.

    Attributes:
        categories: Codes of the categories that count.
        category_names: Their names, in order.
        modes: Modes of visiting that count.
        join_day: Last day of the month on which a joiner still counts.
        target: Target of the rate. [%]
    """

    categories: tuple[str, ...]
    category_names: tuple[str, ...]
    modes: tuple[str, ...]
    join_day: int
    target: int

    @property
    def children_text(self) -> str:
        """The rule of the quarterly rosters of children in one sentence."""
        sentence = _(
            "Counts children who on the last day carry {categories}, live here and joined by day {day} of the last "
            "month; visited means met at least once in the quarter by {modes}. Cut to one decimal, never rounded up."
        )
        modes = "、".join(mode_title(mode) for mode in self.modes)
        return sentence.format(categories="、".join(self.category_names), day=self.join_day, modes=modes)

    @property
    def text(self) -> str:
        """The rule in one sentence."""
        sentence = _(
            "Counts people who on the last day carry {categories}, live here and joined by day {day}; visited means "
            "met at least once in the month by {modes}. Away all month with approval: left out. "
            "Cut to one decimal, never rounded up."
        )
        modes = "、".join(mode_title(mode) for mode in self.modes)
        return sentence.format(categories="、".join(self.category_names), day=self.join_day, modes=modes)


def read_rule(session: Session, settings: Settings | None = None) -> RuleRow:
    """Return the rule of the monthly visit rate."""
    settings = settings or load_settings(session)
    counting = [row for row in list_categories(session) if row.counts]
    return RuleRow(
        categories=tuple(sorted(row.code for row in counting)),
        category_names=tuple(row.name for row in counting),
        modes=settings.valid_modes,
        join_day=settings.join_day,
        target=settings.target_percent,
    )


def read_children_rule(session: Session, category: str, settings: Settings) -> RuleRow:
    """Return the rule of one quarterly roster of children."""
    names = tuple(row.name for row in list_categories(session) if row.code == category)
    return RuleRow((category,), names, settings.child_modes, settings.join_day, settings.target_percent)


def data_up_to(session: Session, as_of: dt.date) -> dt.date | None:
    """Return the day of the last visit known on or before the as-of day, or None."""
    return session.scalar(select(func.max(VisitRecord.visited_on)).where(VisitRecord.visited_on <= as_of))
