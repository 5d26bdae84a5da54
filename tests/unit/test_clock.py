"""Civil dates are dates in UTC+8, wherever the machine stands."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp import clock, formats


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Shanghai", "Pacific/Kiritimati"])
def test_today_does_not_depend_on_the_machines_zone(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        before = dt.datetime.now(dt.UTC)
        said = clock.today()
        after = dt.datetime.now(dt.UTC)
        assert (before + dt.timedelta(hours=8)).date() <= said <= (after + dt.timedelta(hours=8)).date()
    finally:
        monkeypatch.undo()
        time.tzset()


@given(st.dates(dt.date(1971, 1, 1)))
def test_a_pinned_day_is_that_day(day: dt.date) -> None:
    clock.set_today(day)
    assert clock.today() == day and clock.now().tzinfo is dt.UTC
    assert formats.instant(clock.now()) == f"{day.isoformat()} 12:00"


def test_how_days_and_counts_are_written() -> None:
    day = dt.date(2026, 3, 5)
    assert (formats.date(day), formats.date(None), formats.count(1234567)) == ("2026-03-05", "", "1,234,567")
    assert [formats.count(number, 1000) for number in (1000, 1001, 1002)] == ["1,000", "1,000+", "1,002"]
    assert (formats.short_date(day, day), formats.short_date(day, dt.date(2025, 3, 5))) == ("03-05", "2026-03-05")
    late = dt.datetime(2026, 3, 5, 17, 30, tzinfo=dt.UTC)
    assert formats.instant(late) == "2026-03-06 01:30"
