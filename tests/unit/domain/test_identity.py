"""Identity numbers: what is right passes, what is wrong is never repaired."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.domain.identity import IdNumberError, birth_and_sex, check_digit, parse_id_number
from gridapp.errors import ValidationError

births = st.dates(dt.date(1900, 1, 1), dt.date(2025, 12, 31))
bodies = st.builds(
    lambda county, birth, sequence: f"{county:06d}{birth:%Y%m%d}{sequence:03d}",
    st.integers(110000, 999999),
    births,
    st.integers(0, 999),
)


@given(bodies)
def test_a_number_with_its_check_digit_tells_birth_and_sex(body: str) -> None:
    found = parse_id_number(body + check_digit(body))
    assert f"{found.birth:%Y%m%d}" == body[6:14]
    assert found.sex == ("M" if int(body[16]) % 2 else "F")
    assert birth_and_sex(found.number) == (found.birth, found.sex)
    assert not found.upgraded


@given(bodies, st.integers(0, 16), st.integers(1, 9))
def test_any_single_wrong_digit_is_refused(body: str, place: int, shift: int) -> None:
    wrong = body[:place] + str((int(body[place]) + shift) % 10) + body[place + 1 :]
    with pytest.raises(IdNumberError):
        parse_id_number(wrong + check_digit(body))


@given(bodies, st.integers(0, 15))
def test_two_neighbours_swapped_are_refused(body: str, place: int) -> None:
    swapped = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
    number = swapped + check_digit(body)
    if swapped == body:
        assert parse_id_number(number).number == number
    else:
        with pytest.raises(IdNumberError):
            parse_id_number(number)


@given(bodies)
def test_full_width_spaces_and_lower_case_change_nothing(body: str) -> None:
    number = body + check_digit(body)
    wide = number.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789X"})
    spaced = f" '{number[:6]} {number[6:14]}\u200b{number[14:].lower()}\u3000"
    assert parse_id_number(wide).number == parse_id_number(spaced).number == number


@given(st.integers(110000, 999999), st.dates(dt.date(1900, 1, 1), dt.date(1999, 12, 31)), st.integers(0, 999))
def test_fifteen_digits_are_upgraded_and_say_so(county: int, birth: dt.date, sequence: int) -> None:
    found = parse_id_number(f"{county}{birth:%y%m%d}{sequence:03d}")
    assert found.upgraded
    assert found.birth == birth
    assert parse_id_number(found.number).birth == birth


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "length"),
        ("99010119400305001", "length"),
        ("9901011940030500111", "length"),
        ("99010119400305A011", "characters"),
        ("X90101194003050118", "characters"),
        ("990101194013050118", "birth"),
        ("990101194002300118", "birth"),
        ("990101000003050118", "birth"),
        ("990101194003050117", "check_digit"),
        ("990101990230011", "birth"),
    ],
)
def test_what_is_wrong_is_named(text: str, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse_id_number(text)
    assert isinstance(caught.value, IdNumberError)
    assert (caught.value.code, caught.value.field) == (code, "id_number")


@given(st.text(max_size=25))
def test_no_text_does_anything_but_pass_or_be_refused(text: str) -> None:
    try:
        number = parse_id_number(text).number
    except IdNumberError:
        return
    assert len(number) == 18 and check_digit(number[:17]) == number[17]
