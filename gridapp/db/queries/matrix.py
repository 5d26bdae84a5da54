"""N and D of many months and places at once, for maps and tables that show only a colour or a percentage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import BigInteger, Select, bindparam, cast, select
from sqlalchemy.orm import Session

from gridapp.db.queries.kept import days_kept, number_of
from gridapp.db.queries.plain_rows import SEPARATOR, one_text, plain_rows
from gridapp.db.queries.rates import visit_rates
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

    found, codes = plain_rows(session, _places(by))[0]
    numbers, keys = np.fromstring(found or "", np.int64, sep=SEPARATOR), tuple(codes.split(SEPARATOR) if codes else ())
    roster = np.zeros((len(months), len(keys)), np.int32)
    visited = np.zeros_like(roster)
    days = roster_days(months, as_of, rule)
    ready = days_kept(session, days, rule)
    column = np.zeros(int(numbers.max(initial=0)) + 1, np.int64)
    column[numbers] = np.arange(len(keys))
    rows = {number_of(day): day.number for day in ready}
    for number, packed in plain_rows(session, _packed(by, is_onsite), {"months": list(rows)}) if rows else ():
        counts = np.fromstring(packed, np.int64, sep=SEPARATOR)
        at = column[counts >> 2 * _BITS]
        roster[rows[number], at] = counts >> _BITS & _MOST
        visited[rows[number], at] = counts & _MOST
    for day in ready:  # a month may be asked for twice
        for table in (roster, visited):
            table[day.number] = table[rows[number_of(day)]]
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
    """Return what asks for each month's cells as one text: a number for each, of its place, D and N.

    Put together once, which takes as long as reading a third of a city's grids.
    """
    table: Any = GridMonthRecord if by == "grid" else CommunityMonthRecord
    place = table.grid_id if by == "grid" else table.community_id
    visited = table.onsite if is_onsite else table.visited
    cell = cast(place, BigInteger) * (1 << 2 * _BITS) + cast(table.roster, BigInteger) * (1 << _BITS) + visited
    months = table.month.in_(bindparam("months", expanding=True))
    return select(table.month, one_text(cell)).where(months).group_by(table.month)


@cache
def _places(by: Literal["grid", "community"]) -> Select[str, str]:
    """Return what asks for the numbers and codes of all places as two texts, in one order."""
    record: Any = GridRecord if by == "grid" else CommunityRecord
    return select(one_text(record.id), one_text(record.code))
