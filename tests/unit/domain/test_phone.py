"""Telephone numbers in the forms ledgers hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.domain.phone import parse_phones

mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@given(mobiles)
def test_a_mobile_number_is_found_in_every_dress(number: str) -> None:
    for written in (
        number,
        f"+86 {number}",
        f"86-{number}",
        f"{number[:3]} {number[3:7]} {number[7:]}",
        f"{number[:3]}-{number[3:7]}-{number[7:]}",
        f"手机：{number}",
        f"{number}（本人）",
        number.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"}),
    ):
        assert parse_phones(written).numbers == (number,), written


@given(
    st.lists(mobiles, min_size=1, max_size=4, unique=True),
    st.sampled_from([";", "；", "、", ",", "，", "/", " ", "\n"]),
)
def test_several_numbers_are_all_kept_in_order(numbers: list[str], separator: str) -> None:
    assert parse_phones(separator.join(numbers)).numbers == tuple(numbers)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0531-88880001", "0531-88880001"),
        ("053188880001", "0531-88880001"),
        ("(0531)88880001", "0531-88880001"),
        ("（0531）8888 0001", "0531-88880001"),
        ("010-66660001转802", "010-66660001-802"),
        ("0531—88880001", "0531-88880001"),
        ("400-800-1234", "4008001234"),
    ],
)
def test_fixed_numbers_have_one_form(written: str, number: str) -> None:
    found = parse_phones(written)
    assert (found.numbers, found.without_area, found.unread) == ((number,), (), ())


def test_a_number_without_area_code_says_so() -> None:
    assert parse_phones("88880001").without_area == ("88880001",)


@given(mobiles, st.integers(0, 10))
def test_a_missing_or_doubled_digit_is_never_a_number(number: str, place: int) -> None:
    for wrong in (number[:place] + number[place + 1 :], number[: place + 1] + number[place:]):
        if wrong.startswith("1"):
            assert parse_phones(wrong).numbers == ()
            assert parse_phones(wrong).unread == (wrong,)


@given(st.text(max_size=30))
def test_nothing_is_lost_without_a_trace(text: str) -> None:
    found = parse_phones(text)
    digits = sum(c.isascii() and c.isdigit() for c in "".join(found.numbers) + "".join(found.unread))
    assert digits or not any(c.isascii() and c.isdigit() for c in text)
