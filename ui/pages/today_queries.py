"""What Today asks; runs on a reader's thread and imports the queries there, so that the page is shown before."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from gridapp.db.queries.values import DueRow, Scope
from gridapp.domain.indicator import VisitRate
from gridapp.domain.period import Month
from gridapp.settings import Settings

if TYPE_CHECKING:
    from gridapp.db.database import Session


def read_due(session: Session, day: dt.date, settings: Settings, scope: Scope) -> list[DueRow]:
    """Return everyone due, the longest overdue first."""
    from gridapp.db.queries.lists import list_due  # heavy: imported when first used

    return list_due(session, day, settings, scope)


def read_rate(session: Session, day: dt.date, settings: Settings, scope: Scope) -> VisitRate:
    """Return the running month's figure."""
    from gridapp.db.queries.rates import visit_rates  # heavy: imported when first used
    from gridapp.db.queries.roster import RosterRule

    return visit_rates(session, [Month.of(day)], day, "total", RosterRule.monthly(settings), scope)[0].rate
