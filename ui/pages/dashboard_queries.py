"""What the dashboard asks for, put together from the shared queries; free of Qt."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridapp.db.queries.cadence import cadence_compliance
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.lists import list_due
from gridapp.db.queries.overview import area_name
from gridapp.db.queries.places import list_communities, list_grids, list_workers
from gridapp.db.queries.rates import RateRow, visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.rule import RuleRow, data_up_to, read_rule
from gridapp.db.queries.values import DueRow, Scope
from gridapp.db.queries.visits import VisitFilter, count_visits
from gridapp.domain.indicator import VisitRate
from gridapp.domain.period import Month, months_back, reference_day
from ui.widgets.scope_picker import ScopeChoices

if TYPE_CHECKING:
    from gridapp.db.database import Session

MONTHS = 24


@dataclass(frozen=True)
class MonthFigures:
    """The figures of one month.

    Attributes:
        month: The month.
        total: Its figure.
        before: That of the month before.
        by_grid: By grid.
        by_category: By category; a person may be in several.
        workers: Responsible worker by grid code.
        visits: Visits of the month that are not voided, attempts included. [visits]
        rule: What counts.
        up_to: Day of the last visit known.
        area: Name of the area.
    """

    month: Month
    total: VisitRate
    before: VisitRate
    by_grid: tuple[RateRow, ...]
    by_category: tuple[RateRow, ...]
    workers: dict[str, str]
    visits: int
    rule: RuleRow
    up_to: dt.date | None
    area: str


@dataclass(frozen=True)
class MonthPeople:
    """The people behind a month's figures.

    Attributes:
        month: The month.
        rows: Everyone on the roster or new, the longest overdue first.
    """

    month: Month
    rows: tuple[DueRow, ...]

    @property
    def missed(self) -> list[DueRow]:
        """People of the roster without a valid visit."""
        return [row for row in self.rows if row.roster.missed]

    @property
    def overdue(self) -> list[DueRow]:
        """People whose next visit was due before the reference day."""
        return [row for row in self.rows if row.overdue_days]

    @property
    def roster(self) -> list[DueRow]:
        """People who are counted."""
        return [row for row in self.rows if row.roster.status == "counted"]


@dataclass(frozen=True)
class MonthCompliance:
    """How many of the visits that were due were made.

    Attributes:
        month: The closed month it is of.
        due: Weeks, months and quarters in which a visit was due, summed over people.
        done: Those of them with a valid visit.
    """

    month: Month
    due: int
    done: int


def read_figures(session: Session, month: Month, as_of: dt.date, scope: Scope) -> MonthFigures:
    """Return the figures of a month."""
    settings = load_settings(session)
    rule = RosterRule.monthly(settings)
    before, total = visit_rates(session, [month.plus(-1), month], as_of, "total", rule, scope)
    day = reference_day(month, as_of) or as_of
    several = len(list_communities(session)) > 1 and scope == Scope()
    names = {row.code: row.name for row in list_communities(session)}
    grids = list_grids(session, day)
    by_grid = tuple(visit_rates(session, [month], as_of, "grid", rule, scope))
    if several:
        of = {row.code: names[row.community] for row in grids}
        by_grid = tuple(
            RateRow(row.period, row.key, f"{of.get(row.key, '')} {row.name}".strip(), row.rate) for row in by_grid
        )
    return MonthFigures(
        month=month,
        total=total.rate,
        before=before.rate,
        by_grid=by_grid,
        by_category=tuple(visit_rates(session, [month], as_of, "category", rule, scope)),
        workers={row.code: row.worker_name for row in grids},
        visits=count_visits(session, VisitFilter(month.first, day, scope)),
        rule=read_rule(session, settings),
        up_to=data_up_to(session, as_of),
        area=area_name(session, scope, settings.community_name),
    )


def read_history(session: Session, month: Month, as_of: dt.date, scope: Scope) -> list[RateRow]:
    """Return the totals of the months up to one, oldest first.

    Months before any visit was kept are left out: nobody logged is not nobody visited.
    """
    rule = RosterRule.monthly(load_settings(session))
    rows = visit_rates(session, months_back(month, MONTHS), as_of, "total", rule, scope)
    while len(rows) > 1 and not rows[0].rate.visited and not rows[0].rate.attempts:
        if count_visits(session, VisitFilter(last=rows[0].period.last, with_voided=True)):
            break
        del rows[0]
    return rows


def read_people(session: Session, month: Month, as_of: dt.date, scope: Scope) -> MonthPeople:
    """Return the people behind a month's figures."""
    day = reference_day(month, as_of) or as_of
    return MonthPeople(month, tuple(list_due(session, day, load_settings(session), scope)))


def read_compliance(session: Session, month: Month, as_of: dt.date, scope: Scope) -> MonthCompliance:
    """Return the compliance of a month, or of the last closed one before it while it runs."""
    day = reference_day(month, as_of) or as_of
    closed = month if day == month.last else month.plus(-1)
    found = cadence_compliance(session, closed.first, closed.last, load_settings(session), scope)
    return MonthCompliance(closed, sum(row.due for row in found), sum(row.done for row in found))


def read_choices(session: Session, day: dt.date) -> ScopeChoices:
    """Return the communities, grids and workers there are on a day."""
    communities = list_communities(session)
    names = {row.code: row.name for row in communities}
    several = len(communities) > 1
    return ScopeChoices(
        communities=tuple((row.code, row.name) for row in communities),
        grids=tuple(
            (row.code, f"{names[row.community]} {row.name}" if several else row.name)
            for row in list_grids(session, day)
        ),
        workers=tuple((row.id, row.name) for row in list_workers(session, day) if row.grids),
    )
