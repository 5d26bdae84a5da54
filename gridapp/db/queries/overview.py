"""Everything the dashboard sheet shows, in one read of one moment."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.places import list_communities
from gridapp.db.queries.rates import RateRow, visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.rule import RuleRow, read_rule
from gridapp.db.queries.values import EVERYWHERE, Scope
from gridapp.db.records import VisitRecord
from gridapp.domain.indicator import VisitRate
from gridapp.domain.period import Month, months_back
from gridapp.i18n import _

MOST_NAMES = 3
"""Communities named one by one."""


@dataclass(frozen=True)
class Overview:
    """The dashboard of one month.

    Attributes:
        month: The month shown.
        as_of: The day the facts are seen from.
        total: The month's figure.
        months: Total per month, oldest first, ending with the month shown; it begins with the first visit known.
        by_grid: The month's figures by grid.
        by_category: By category; a person may appear in several.
        rule: What counts.
        area: Name of the area on headings.
    """

    month: Month
    as_of: dt.date
    total: VisitRate
    months: tuple[RateRow, ...]
    by_grid: tuple[RateRow, ...]
    by_category: tuple[RateRow, ...]
    rule: RuleRow
    area: str


def read_overview(
    session: Session, month: Month, as_of: dt.date, months: int = 24, scope: Scope = EVERYWHERE
) -> Overview:
    """Return the dashboard of a month, with the months before it."""
    settings = load_settings(session)
    rule = RosterRule.monthly(settings)
    totals = visit_rates(session, months_back(month, months), as_of, "total", rule, scope)
    return Overview(
        month=month,
        as_of=as_of,
        total=totals[-1].rate,
        months=tuple(since_first_visit(session, totals)),
        by_grid=tuple(visit_rates(session, [month], as_of, "grid", rule, scope)),
        by_category=tuple(visit_rates(session, [month], as_of, "category", rule, scope)),
        rule=read_rule(session, settings),
        area=area_name(session, scope, settings.community_name),
    )


def since_first_visit(session: Session, totals: list[RateRow]) -> list[RateRow]:
    """Leave out the months before any visit was kept: nobody logged is not nobody visited."""
    first = session.scalar(select(func.min(VisitRecord.visited_on)))
    return [row for row in totals[:-1] if first is not None and row.period.last >= first] + totals[-1:]


def area_name(session: Session, scope: Scope = EVERYWHERE, given: str = "") -> str:
    """Return the name of the area for headings: the one given, else its communities', or how many there are."""
    if given:
        return given
    names = [row.name for row in list_communities(session) if scope.community in (None, row.code)]
    return "、".join(names) if len(names) <= MOST_NAMES else _("{count} communities").format(count=len(names))
