"""A setting that is refused says what it accepts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp import settings
from gridapp.errors import ValidationError


@given(value=st.integers())
def test_a_day_of_the_month_is_taken_or_its_limits_named(value: int) -> None:
    if 1 <= value <= 28:
        assert settings.check("join_day", value) == value
    else:
        with pytest.raises(ValidationError, match="a whole number between 1 and 28"):
            settings.check("join_day", value)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("valid_modes", ["by letter"], "onsite, phone, video, remote"),
        ("valid_modes", [], "one or more"),
        ("community_name", "two\nlines", "one line of text"),
        ("demo", 1, "true or false"),
        ("target_percent", True, "between 1 and 100"),
    ],
)
def test_a_refusal_names_what_is_accepted(key: str, value: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings.check(key, value)
