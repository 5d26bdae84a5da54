"""Months, quarters and reference days."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.domain.period import Month, Quarter, months_back, reference_day, week_end
from gridapp.errors import ValidationError

days = st.dates(dt.date(1901, 1, 1), dt.date(2199, 12, 31))
DAY = dt.timedelta(days=1)


@given(days)
def test_every_day_lies_in_its_month_and_quarter_alone(day: dt.date) -> None:
    for period in (Month.of(day), Quarter.of(day)):
        assert period.first <= day <= period.last
        assert period.plus(1).first == period.last + DAY
        assert period.plus(-1).last == period.first - DAY
        assert type(period).parse(str(period)) == period
        assert period.first.day == 1 and (period.last + DAY).day == 1


@given(days, st.integers(-500, 500), st.integers(-500, 500))
def test_counting_months_adds_up(day: dt.date, first: int, second: int) -> None:
    assert Month.of(day).plus(first).plus(second) == Month.of(day).plus(first + second)
    assert Month.of(day).plus(3).first == dt.date(*divmod_month(day, 3), 1)
    assert Quarter.of(day).plus(1).last == Month(Quarter.of(day).year, Quarter.of(day).quarter * 3).plus(3).last


def divmod_month(day: dt.date, months: int) -> tuple[int, int]:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return year, month + 1


@given(days, days)
def test_the_reference_day(day: dt.date, as_of: dt.date) -> None:
    """The last day of a month that is over, the as-of day in the running one, none in one to come."""
    found = reference_day(Month.of(day), as_of)
    if as_of < Month.of(day).first:
        assert found is None
    else:
        assert found == (as_of if Month.of(as_of) == Month.of(day) else Month.of(day).last)


@given(days)
def test_weeks_end_on_sundays(day: dt.date) -> None:
    end = week_end(day)
    assert end.isoweekday() == 7 and 0 <= (end - day).days <= 6
    assert end.isocalendar()[:2] == day.isocalendar()[:2]


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-00", "2026-3", "2026-003", "26-03", "2026/03", "0000-01",
                                  "9999-12", "1899-12", "2026-03-01", "２０２６-０３", "2026-03\n2"])  # fmt: skip
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(ValidationError) as fault:
        Month.parse(text)
    assert fault.value.field == "month"


@pytest.mark.parametrize("text", ["", "2026-Q0", "2026-Q5", "Q1", "2026", "0000-Q1", "9999-Q4", "2026-Q11", "2026-Q１"])
def test_what_is_no_quarter(text: str) -> None:
    with pytest.raises(ValidationError):
        Quarter.parse(text)


def test_a_run_of_months() -> None:
    assert [str(month) for month in months_back(Month(2026, 2), 4)] == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert Month(2024, 2).last == dt.date(2024, 2, 29) and Month(2100, 2).last == dt.date(2100, 2, 28)
