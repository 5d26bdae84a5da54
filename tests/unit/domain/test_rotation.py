"""Which copies are kept."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from gridapp.domain.rotation import kept

moments = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2026, 12, 31))


@given(st.lists(moments, max_size=60))
def test_the_newest_of_each_of_the_last_days_weeks_and_months_stays(copies: list[dt.datetime]) -> None:
    staying = kept(copies)
    newest_first = sorted(set(copies), reverse=True)
    assert staying <= set(copies) and set(newest_first[:3]) <= staying
    rules = ((7, dt.datetime.date), (4, lambda at: at.isocalendar()[:2]), (12, lambda at: at.timetuple()[:2]))
    for most, period_of in rules:
        periods = sorted({period_of(copy) for copy in copies}, reverse=True)[:most]
        for period in periods:
            assert max(copy for copy in copies if period_of(copy) == period) in staying
    assert len(staying) <= 3 + 7 + 4 + 12


@given(st.lists(moments, max_size=40), moments)
def test_rotating_every_day_keeps_what_rotating_once_keeps(copies: list[dt.datetime], _more: dt.datetime) -> None:
    held: set[dt.datetime] = set()
    for copy in sorted(set(copies)):
        held = kept(held | {copy})
    assert {at for at in held if at in kept(copies)} == kept(copies)


def test_two_years_of_daily_copies() -> None:
    day = dt.datetime(2026, 11, 22, 12)
    staying = kept(day - dt.timedelta(days=number) for number in range(730))
    assert len(staying) == 7 + 3 + 11  # today's is also this week's and this month's, and so on
    assert min(staying) == dt.datetime(2025, 12, 31, 12)
