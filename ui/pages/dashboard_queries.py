"""What the dashboard asks for, put together from the shared queries; free of Qt."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridapp.db.queries.cadence import cadence_compliance
from gridapp.db.queries.choices import are_many
from gridapp.db.queries.closing_state import ClosingState, read_closing_state
from gridapp.db.queries.due import WHOLE, count_due, read_due_page
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.lists import due_among, list_due
from gridapp.db.queries.overview import area_name, since_first_visit
from gridapp.db.queries.places import (
    community_of,
    count_grids,
    list_communities,
    list_grids,
    name_grids,
    name_serving_workers,
)
from gridapp.db.queries.rates import RateRow, visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.roster_pages import read_people_page
from gridapp.db.queries.rule import RuleRow, data_up_to, read_rule
from gridapp.db.queries.values import (
    EVERYWHERE,
    DueCounts,
    DueFilter,
    DuePage,
    DueRow,
    PeopleWish,
    Scope,
    count_rows,
)
from gridapp.db.queries.visits import VisitFilter, count_visits
from gridapp.domain.indicator import VisitRate
from gridapp.domain.period import Month, months_back, reference_day
from ui.widgets.scope_picker import ScopeChoices

if TYPE_CHECKING:
    from gridapp.db.database import Session

MONTHS = 24
MOST_FOLLOWED = 3000
"""Of more people nobody's weeks are gone through while one waits. [people]"""
MOST_GRIDS = 400
"""Of an area with more grids its communities are shown."""


@dataclass(frozen=True)
class MonthFigures:
    """The figures of one month.

    Attributes:
        month: The month.
        total: Its figure.
        before: That of the month before.
        by_grid: By grid; of a large area by community.
        by_category: By category; a person may be in several.
        workers: Responsible worker by grid code.
        by_community: Whether ``by_grid`` holds communities.
        visits: Visits of the month that are not voided, attempts included. [visits]
        rule: What counts.
        up_to: Day of the last visit known.
        area: Name of the area.
        closing: Whether the month is closed.
    """

    month: Month
    total: VisitRate
    before: VisitRate
    by_grid: tuple[RateRow, ...]
    by_category: tuple[RateRow, ...]
    workers: dict[str, str]
    by_community: bool
    visits: int
    rule: RuleRow
    up_to: dt.date | None
    area: str
    closing: ClosingState


@dataclass(frozen=True)
class MonthPeople:
    """The people behind a month's figures.

    Attributes:
        month: The month.
        rows: Everyone on the roster or new, the longest overdue first; of a large area the first who were missed.
        is_whole: Whether it is everyone.
        after: Where the next page of people missed begins, None when there is none.
        counts: How many are overdue; None for a past month of a large area, where nobody counts that.
    """

    month: Month
    rows: tuple[DueRow, ...]
    is_whole: bool = True
    after: Any = None
    counts: DueCounts | None = None

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
        is_left_out: The area is too large for counting everybody's weeks while one waits.
    """

    month: Month
    due: int
    done: int
    is_left_out: bool = False


def read_figures(session: Session, month: Month, as_of: dt.date, scope: Scope) -> MonthFigures:
    """Return the figures of a month."""
    settings = load_settings(session)
    rule = RosterRule.monthly(settings)
    before, total = visit_rates(session, [month.plus(-1), month], as_of, "total", rule, scope)
    day = reference_day(month, as_of) or as_of
    by_grid, workers = _by_place(session, month, as_of, rule, scope)
    return MonthFigures(
        month=month,
        total=total.rate,
        before=before.rate,
        by_grid=by_grid,
        by_community=not workers and is_large(session, scope),
        by_category=tuple(visit_rates(session, [month], as_of, "category", rule, scope)),
        workers=workers,
        visits=count_visits(session, VisitFilter(month.first, day, scope)),
        rule=read_rule(session, settings),
        up_to=data_up_to(session, as_of),
        area=area_name(session, scope, settings.community_name),
        closing=read_closing_state(session, month, scope),
    )


def is_large(session: Session, scope: Scope) -> bool:
    """Return whether an area has so many grids that its communities are shown in their place."""
    return scope == EVERYWHERE and count_grids(session) > MOST_GRIDS


def _by_place(
    session: Session, month: Month, as_of: dt.date, rule: RosterRule, scope: Scope
) -> tuple[tuple[RateRow, ...], dict[str, str]]:
    """Return the rates by grid with who is responsible, or those by community of a large area."""
    if is_large(session, scope):
        return tuple(visit_rates(session, [month], as_of, "community", rule, scope)), {}
    communities = list_communities(session)
    community = scope.community or (community_of(session, scope.grid) if scope.grid else None)
    grids = list_grids(session, reference_day(month, as_of) or as_of, community, with_outlines=False)
    rows = tuple(visit_rates(session, [month], as_of, "grid", rule, scope))
    if len(communities) > 1 and scope == EVERYWHERE:
        names = {row.code: row.name for row in communities}
        of = {row.code: names[row.community] for row in grids}
        titles = {row.key: f"{of.get(row.key, '')} {row.name}".strip() for row in rows}
        rows = tuple(RateRow(row.period, row.key, titles[row.key], row.rate) for row in rows)
    return rows, {row.code: row.worker_name for row in grids}


def read_history(session: Session, month: Month, as_of: dt.date, scope: Scope) -> list[RateRow]:
    """Return the totals of the months up to one, oldest first.

    Months before any visit was kept are left out: nobody logged is not nobody visited.
    """
    rule = RosterRule.monthly(load_settings(session))
    rows = visit_rates(session, months_back(month, MONTHS), as_of, "total", rule, scope)
    return since_first_visit(session, rows)


def read_people(session: Session, month: Month, as_of: dt.date, scope: Scope) -> MonthPeople:
    """Return the people behind a month's figures; of a large area the first who were missed."""
    day, settings = reference_day(month, as_of) or as_of, load_settings(session)
    total = visit_rates(session, [Month.of(day)], day, "total", RosterRule.monthly(settings), scope)[0].rate
    if total.roster + total.new <= WHOLE:
        rows = tuple(list_due(session, day, settings, scope))
        return MonthPeople(month, rows, counts=count_rows(rows, day))
    page = read_missed(session, month, as_of, scope)
    counts = count_due(session, day, settings, scope) if day == as_of else None
    return MonthPeople(month, page.rows, False, page.after, counts)


def read_missed(session: Session, month: Month, as_of: dt.date, scope: Scope, after: Any = None) -> DuePage:
    """Return some of the people a month missed: the longest overdue first, of a past month in walking order."""
    day, settings = reference_day(month, as_of) or as_of, load_settings(session)
    if day == as_of:
        return read_due_page(session, day, settings, DueFilter(scope, "month"), after)
    found = read_people_page(session, PeopleWish("missed", month, day, scope), after)
    return DuePage(tuple(due_among(session, found.rows, day, settings)), found.after)


def read_compliance(session: Session, month: Month, as_of: dt.date, scope: Scope) -> MonthCompliance:
    """Return the compliance of a month, or of the last closed one before it while it runs."""
    day = reference_day(month, as_of) or as_of
    closed = month if day == month.last else month.plus(-1)
    total = visit_rates(session, [closed], as_of, "total", RosterRule.monthly(load_settings(session)), scope)[0].rate
    if total.roster > MOST_FOLLOWED:
        return MonthCompliance(closed, 0, 0, is_left_out=True)
    found = cadence_compliance(session, closed.first, closed.last, load_settings(session), scope)
    return MonthCompliance(closed, sum(row.due for row in found), sum(row.done for row in found))


def read_choices(session: Session, day: dt.date) -> ScopeChoices:
    """Return the communities, grids and workers there are on a day."""
    communities = list_communities(session)
    names = {row.code: row.name for row in communities}
    several = len(communities) > 1
    found = tuple(kind for kind in ("grid", "worker") if are_many(session, kind))
    return ScopeChoices(
        communities=tuple((row.code, row.name) for row in communities),
        grids=() if "grid" in found else tuple(
            (code, f"{names[community]} {name}" if several else name)
            for code, name, community in name_grids(session, day)
        ),
        workers=() if "worker" in found else tuple(name_serving_workers(session, day)),
        found=found,
        day=day,
    )
