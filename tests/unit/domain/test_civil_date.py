"""Dates as written: one meaning or none."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.domain.civil_date import completed_years, date_from_number, parse_date
from gridapp.domain.numerals import chinese_number

TODAY = dt.date(2026, 4, 10)
days = st.dates(dt.date(1900, 1, 1), dt.date(2026, 12, 31))
DIGITS = "〇一二三四五六七八九"


def in_chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else DIGITS[tens] + "十"
    return head + (DIGITS[ones] if ones else "")


@given(st.integers(1, 99))
def test_chinese_numerals_are_read(number: int) -> None:
    assert chinese_number(in_chinese(number)) == chinese_number(str(number)) == number


@pytest.mark.parametrize("text", ["", "十十", "网格", "1.5", "-1", "两十两十"])
def test_what_is_no_numeral_is_none(text: str) -> None:
    assert chinese_number(text) is None


@given(days)
def test_every_full_form_means_the_same_day(day: dt.date) -> None:
    year = "".join(DIGITS[int(c)] for c in str(day.year))
    for written in (
        f"{day:%Y%m%d}",
        f"{day.year}-{day.month}-{day.day}",
        f"{day:%Y-%m-%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year} 年 {day.month} 月 {day.day} 日",
        f"{year}年{in_chinese(day.month)}月{in_chinese(day.day)}日",
        f"{day:%Y-%m-%d} 14:30:00",
        f"{day.year}/{day.month}/{day.day} 上午9:30",
        f"{day.year}年{day.month}月{day.day}日（星期四）",
        f"'{day:%Y.%m.%d}",
    ):
        assert parse_date(written, TODAY).day == day, written


@given(days)
def test_spreadsheet_day_counts_are_marked(day: dt.date) -> None:
    number = (day - dt.date(1899, 12, 30)).days
    if number >= 10_000:
        found = date_from_number(float(number), TODAY)
        assert (found.day, found.notes) == (day, ("serial_number",))


@given(days)
def test_a_missing_year_comes_only_from_the_title(day: dt.date) -> None:
    for written in (f"{day.month}月{day.day}日", f"{day.month}.{day.day}", f"{day.month}-{day.day}"):
        alone = parse_date(written, TODAY)
        assert (alone.day, alone.flaw) == (None, "no_year")
        titled = parse_date(written, TODAY, year=day.year)
        assert (titled.day, titled.notes) == (day, ("year_supplied",))
    assert parse_date(f"{day.day}日", TODAY, year=day.year, month=day.month).day == day


@pytest.mark.parametrize(
    ("written", "flaw"),
    [
        ("2026-02-30", "impossible"),
        ("2025-2-29", "impossible"),
        ("2026-13-01", "impossible"),
        ("13月5日", "impossible"),
        ("1950年1月", "no_day"),
        ("1950.10", "no_day"),
        ("1950", "no_day"),
        ("195001", "no_day"),
        ("农历正月初五", "lunar"),
        ("2026年腊月初八", "lunar"),
        ("3.5电话；3.12上门", "unreadable"),
        ("2024-03-1 5", "unreadable"),
        ("05/03/2026", "unreadable"),
        ("去年", "unreadable"),
        ("5日", "no_month"),
    ],
)
def test_what_has_no_single_day_gives_none(written: str, flaw: str) -> None:
    found = parse_date(written, TODAY)
    assert (found.day, found.flaw) == (None, flaw)


@pytest.mark.parametrize(
    ("number", "day", "flaw"),
    [
        (19500101.0, dt.date(1950, 1, 1), ""),
        (3.5, dt.date(2026, 3, 5), ""),
        (3.12, dt.date(2026, 3, 12), ""),
        (3.1, None, "ambiguous"),
        (12.3, None, "ambiguous"),
        (1950.1, None, "no_day"),
        (3.123, None, "unreadable"),
        (0.5, None, "unreadable"),
        (-3.5, None, "unreadable"),
        (1e300, None, "unreadable"),
    ],
)
def test_numbers_that_lost_a_zero_are_not_guessed(number: float, day: dt.date | None, flaw: str) -> None:
    found = date_from_number(number, TODAY, year=2026)
    assert (found.day, found.flaw) == (day, flaw)


@pytest.mark.parametrize(
    ("written", "day", "flaw"),
    [("50.1.1", dt.date(1950, 1, 1), ""), ("20.1.1", None, "ambiguous"), ("05.1.1", dt.date(2005, 1, 1), "")],
)
def test_two_digit_birth_years_are_read_only_when_one_century_fits(
    written: str, day: dt.date | None, flaw: str
) -> None:
    found = parse_date(written, TODAY, is_birth=True)
    assert (found.day, found.flaw) == (day, flaw)
    assert day is None or found.notes == ("two_digit_year",)


@given(st.text(max_size=20))
def test_no_text_breaks_the_reader(text: str) -> None:
    found = parse_date(text, TODAY, year=2026, month=3)
    assert (found.day is None) == bool(found.flaw)


@given(days, days)
def test_age_is_completed_years(birth: dt.date, on: dt.date) -> None:
    if on >= birth:
        age = completed_years(birth, on)
        assert birth.year + age <= on.year
        assert (on.year - birth.year - age) in (0, 1)
        assert completed_years(birth, on) >= 0
