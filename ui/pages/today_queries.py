"""What Today asks; runs on a reader's thread and imports the queries there, so that the page is shown before."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from gridapp.db.queries.values import After, DueFilter, DueList, DuePage, Scope
from gridapp.domain.indicator import VisitRate
from gridapp.domain.period import Month
from gridapp.settings import Settings

if TYPE_CHECKING:
    from gridapp.db.database import Session


def read_list(session: Session, day: dt.date, settings: Settings, wanted: DueFilter) -> DueList:
    """Return everyone due, or the first page of a long list."""
    from gridapp.db.queries.due import read_due_list  # heavy: imported when first used

    return read_due_list(session, day, settings, wanted)


def read_page(
    session: Session, day: dt.date, settings: Settings, wanted: DueFilter, after: After | None = None
) -> DuePage:
    """Return the next page of a long list."""
    from gridapp.db.queries.due import read_due_page  # heavy: imported when first used

    return read_due_page(session, day, settings, wanted, after)


def read_rate(session: Session, day: dt.date, settings: Settings, scope: Scope) -> VisitRate:
    """Return the running month's figure."""
    from gridapp.db.queries.rates import visit_rates  # heavy: imported when first used
    from gridapp.db.queries.roster import RosterRule

    return visit_rates(session, [Month.of(day)], day, "total", RosterRule.monthly(settings), scope)[0].rate
