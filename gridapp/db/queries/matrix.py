"""N and D of many months and places at once, for maps and tables that show only a colour or a percentage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import BigInteger, Select, bindparam, literal, select
from sqlalchemy.orm import Session

from gridapp.db.queries.kept import days_kept, number_of
from gridapp.db.queries.plain_rows import column_text, numbers_in, plain_rows, values_in
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.remembered import remembered
from gridapp.db.queries.roster import RosterRule, roster_days
from gridapp.db.records import CommunityMonthRecord, CommunityRecord, GridMonthRecord, GridRecord
from gridapp.domain.period import Month

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int32]


_BITS = 20
_MOST = (1 << _BITS) - 1
"""People one place can hold at most, so that two counts and the place's own, up to 8 million, fit one number."""


@dataclass(frozen=True)
class RateMatrix:
    """Visit rates of all grids or communities in some months.

    Attributes:
        months: The months, as asked.
        keys: Codes of all grids or communities, in no order.
        roster: D, shape (months, keys); 0 where nobody is on the roster. [people]
        visited: N, or people of the roster met in person, shape (months, keys). [people]
    """

    months: tuple[Month, ...]
    keys: tuple[str, ...]
    roster: Counts
    visited: Counts


def rate_matrix(  # noqa: PLR0913  what, when, by which rule
    session: Session,
    months: Sequence[Month],
    as_of: dt.date,
    by: Literal["grid", "community"],
    rule: RosterRule,
    is_onsite: bool = False,
) -> RateMatrix:
    """Return N and D of every grid or community in several months.

    Args:
        session: Where to read.
        months: Which; those not begun on the as-of day are all zero.
        as_of: The day the facts are seen from.
        by: What a column stands for.
        rule: The monthly rule.
        is_onsite: Count only who was met in person.
    """
    import numpy as np  # heavy: imported when first used

    keys, column = remembered(session, f"places by {by}", partial(_places, by=by))
    roster = np.zeros((len(months), len(keys)), np.int32)
    visited = np.zeros_like(roster)
    days = roster_days(months, as_of, rule)
    ready = days_kept(session, days, rule)
    for day in ready:
        [(packed,)] = plain_rows(session, _packed(by, is_onsite), {"month": number_of(day)})
        counts = numbers_in(packed)
        at = column[counts >> 2 * _BITS]
        roster[day.number, at] = counts >> _BITS & _MOST
        visited[day.number, at] = counts & _MOST
    others = [day for day in days if day not in ready]
    index = {key: at for at, key in enumerate(keys)} if others else {}
    for day in others:
        for row in visit_rates(session, [months[day.number]], as_of, by, rule):
            roster[day.number, index[row.key]] = row.rate.roster
            visited[day.number, index[row.key]] = row.rate.onsite if is_onsite else row.rate.visited
    if is_onsite and "onsite" not in rule.modes:  # then no visit in person counts, as everywhere else
        visited[:] = 0
    return RateMatrix(tuple(months), keys, roster, visited)


@cache
def _packed(by: Literal["grid", "community"], is_onsite: bool) -> Select[Any]:
    """Return what asks for a month's cells as one text: a number for each, of its place, D and N.

    Put together once, which takes as long as reading a third of a city's grids.
    """
    table: Any = GridMonthRecord if by == "grid" else CommunityMonthRecord
    place = table.grid_id if by == "grid" else table.community_id
    visited = table.onsite if is_onsite else table.visited
    cell = place * literal(1 << 2 * _BITS, BigInteger) + table.roster * literal(1 << _BITS, BigInteger) + visited
    return select(column_text(cell)).where(table.month == bindparam("month"))


def _places(session: Session, by: Literal["grid", "community"]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the codes of all places, and by a place's number where among them it stands."""
    import numpy as np  # heavy: imported when first used

    record: Any = GridRecord if by == "grid" else CommunityRecord
    found, codes = plain_rows(session, select(column_text(record.id), column_text(record.code)))[0]
    numbers = numbers_in(found)
    column = np.zeros(int(numbers.max(initial=0)) + 1, np.int64)
    column[numbers] = np.arange(len(numbers))
    return tuple(values_in(codes)), column
