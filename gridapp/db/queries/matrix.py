"""N and D of many months and places at once, for maps and tables that show only a colour or a percentage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import BigInteger, Text, cast, func, select
from sqlalchemy.orm import Session

from gridapp.db.queries.kept import days_kept, number_of
from gridapp.db.queries.plain_rows import plain_rows
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.roster import RosterDay, RosterRule, roster_days
from gridapp.db.records import CommunityMonthRecord, CommunityRecord, GridMonthRecord, GridRecord
from gridapp.domain.period import Month

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int32]


_BITS = 21
_MOST = (1 << _BITS) - 1
"""People one place can hold at most, so that three counts fit one number. [people]"""


@dataclass(frozen=True)
class RateMatrix:
    """Visit rates of all grids or communities in some months.

    Attributes:
        months: The months, as asked.
        keys: Codes of all grids or communities, ascending.
        names: Their names.
        roster: D, shape (months, keys); 0 where nobody is on the roster. [people]
        visited: N, shape (months, keys). [people]
        onsite: People of the roster met in person, shape (months, keys). [people]
    """

    months: tuple[Month, ...]
    keys: tuple[str, ...]
    names: tuple[str, ...]
    roster: Counts
    visited: Counts
    onsite: Counts


def rate_matrix(
    session: Session, months: Sequence[Month], as_of: dt.date, by: Literal["grid", "community"], rule: RosterRule
) -> RateMatrix:
    """Return N and D of every grid or community in several months.

    Args:
        session: Where to read.
        months: Which; those not begun on the as-of day are all zero.
        as_of: The day the facts are seen from.
        by: What a column stands for.
        rule: The monthly rule.
    """
    import numpy as np  # heavy: imported when first used

    record: Any = GridRecord if by == "grid" else CommunityRecord
    places = plain_rows(session, select(record.id, record.code, record.name).order_by(record.code))
    numbers = np.array([place[0] for place in places], np.int64)
    roster = np.zeros((len(months), len(places)), np.int32)
    visited, onsite = np.zeros_like(roster), np.zeros_like(roster)
    days = roster_days(months, as_of, rule)
    ready = days_kept(session, days, rule)
    column = np.zeros(int(numbers.max(initial=0)) + 1, np.int64)
    column[numbers] = np.arange(len(places))
    rows = {number_of(day): day.number for day in ready}
    for number, places_found, packed in _packed(session, ready, by):
        at = column[np.fromstring(places_found, np.int64, sep=",")]
        counts = np.fromstring(packed, np.int64, sep=",")
        roster[rows[number], at] = counts >> 2 * _BITS
        visited[rows[number], at] = counts >> _BITS & _MOST
        onsite[rows[number], at] = counts & _MOST
    for day in ready:  # a month may be asked for twice
        for table in (roster, visited, onsite):
            table[day.number] = table[rows[number_of(day)]]
    index = {place[1]: at for at, place in enumerate(places)}
    for day in (day for day in days if day not in ready):
        for row in visit_rates(session, [months[day.number]], as_of, by, rule):
            roster[day.number, index[row.key]] = row.rate.roster
            visited[day.number, index[row.key]] = row.rate.visited
            onsite[day.number, index[row.key]] = row.rate.onsite
    keys, names = tuple(place[1] for place in places), tuple(place[2] for place in places)
    if "onsite" not in rule.modes:  # then no visit in person counts, as everywhere else
        onsite[:] = 0
    return RateMatrix(tuple(months), keys, names, roster, visited, onsite)


def _packed(session: Session, days: Sequence[RosterDay], by: Literal["grid", "community"]) -> Sequence[Any]:
    """Return each month's places and counts as two texts.

    Fetching a few long texts is much faster than many rows, and making one number of three is faster than three texts.
    """
    table: Any = GridMonthRecord if by == "grid" else CommunityMonthRecord
    key = table.grid_id if by == "grid" else table.community_id
    counts = cast(table.roster, BigInteger) * (1 << 2 * _BITS) + cast(table.visited, BigInteger) * (1 << _BITS)
    texts = [func.aggregate_strings(cast(column, Text), ",") for column in (key, counts + table.onsite)]
    numbers = [number_of(day) for day in days]
    return plain_rows(session, select(table.month, *texts).where(table.month.in_(numbers)).group_by(table.month))
