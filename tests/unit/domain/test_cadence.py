"""Tiers, due days and the units in which visits are owed."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.domain.cadence import Absence, Standing, Tier, age_on, default_tier, due_on, units_ending_in
from gridapp.domain.period import Month, Quarter

days = st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31))
COUNTING = {"living_alone", "empty_nest", "disabled_capacity"}


@pytest.mark.parametrize(
    ("held", "age", "tier"),
    [
        ((), 90, "C"), (("minimum_living",), 90, "C"), (("advanced_age",), 90, "C"), (("living_alone",), 79, "B"),
        (("living_alone",), 80, "A"), (("living_alone",), None, "B"), (("empty_nest",), 95, "B"),
        (("disabled_capacity",), 70, "B"), (("disabled_capacity", "empty_nest"), 60, "A"), (("dementia",), 70, "C"),
        (("dementia", "living_alone"), 70, "A"),
    ],
)  # fmt: skip
def test_default_tiers(held: tuple[str, ...], age: int | None, tier: str) -> None:
    assert default_tier(held, age, COUNTING) == tier


def test_ages_are_completed_years() -> None:
    birth = dt.date(1944, 2, 29)
    assert [age_on(birth, day) for day in (dt.date(2024, 2, 28), dt.date(2024, 2, 29), dt.date(2023, 2, 28),
                                           dt.date(2023, 3, 1))] == [79, 80, 78, 79]  # fmt: skip


@given(days, st.none() | days, st.sampled_from("ABC"), st.integers(1, 28), st.integers(1, 31))
def test_due_days(start: dt.date, last: dt.date | None, tier: str, join_day: int, interval: int) -> None:
    due = due_on(Standing(Tier(tier), start, last), interval, join_day)
    anchor = max(start, last) if last else start
    met_in_stay = last is not None and last >= start
    assert due >= anchor
    if tier == "A":
        assert due == anchor + dt.timedelta(days=interval)
        return
    kind = Month if tier == "B" else Quarter
    assert due == kind.of(due).last
    late = start > kind.of(start).joined_by_month.first.replace(day=join_day)
    assert kind.of(due) == (kind.of(anchor).plus(1) if met_in_stay or late else kind.of(anchor))


@given(days, st.integers(1, 400), st.sampled_from("ABC"))
def test_nothing_falls_due_inside_a_closed_absence(start: dt.date, length: int, tier: str) -> None:
    away = Absence(start, start + dt.timedelta(days=length))
    due = due_on(Standing(Tier(tier), start, None, (away,)))
    if tier == "A":
        assert not away.covers(due, due)
    else:
        period = (Month if tier == "B" else Quarter).of(due)
        assert not away.covers(period.first, period.last)


@given(days, st.integers(0, 400), st.sampled_from("ABC"))
def test_units_end_inside_and_follow_each_other(first: dt.date, length: int, tier: str) -> None:
    last = first + dt.timedelta(days=length)
    units = units_ending_in(Tier(tier), first, last)
    ends = [day for day in (first + dt.timedelta(days=place) for place in range(length + 1)) if is_end(day, tier)]
    assert [unit.end for unit in units] == ends
    for before, after in zip(units, units[1:], strict=False):
        assert after.start == before.end + dt.timedelta(days=1)


def is_end(day: dt.date, tier: str) -> bool:
    following = day + dt.timedelta(days=1)
    if tier == "A":
        return day.weekday() == 6
    return following.day == 1 and (tier == "B" or following.month in (1, 4, 7, 10))
