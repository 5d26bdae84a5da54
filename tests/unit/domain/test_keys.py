"""Keys: in order, of the right kind, and a visit's dot there and back."""

from __future__ import annotations

import datetime as dt
import uuid
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from gridapp.domain.keys import new_key, parse_uuid, parse_visit_uuid, uuid7, visit_uuid

NOW = dt.datetime(2026, 3, 31, 4, tzinfo=dt.UTC)


def test_new_keys_grow_also_when_the_clock_stands_or_goes_back() -> None:
    keys = [new_key(NOW - dt.timedelta(seconds=place // 100)) for place in range(6000)]
    assert keys == sorted(keys) and len(set(keys)) == len(keys)
    assert all(key.version == 7 and key.variant == uuid.RFC_4122 for key in keys)


def test_a_key_carries_its_instant() -> None:
    key = uuid7(NOW, Random(1))
    assert key == uuid7(NOW, Random(1)) != uuid7(NOW, Random(2))
    assert key.int >> 80 == int(NOW.timestamp() * 1000) and key.version == 7


@given(st.integers(0, 2**80 - 1), st.integers(0, 2**40 - 1))
def test_a_visits_dot_comes_back(site: int, seq: int) -> None:
    key = visit_uuid(site, seq)
    assert key.version == 8 and key.variant == uuid.RFC_4122
    assert parse_visit_uuid(key) == (site, seq)
    assert parse_uuid(str(key)) == key


@given(st.uuids())
def test_other_keys_are_no_dots(key: uuid.UUID) -> None:
    if key.version != 8:
        assert parse_visit_uuid(key) is None
    assert parse_uuid(str(key)) == key
    assert parse_uuid(str(key).upper()) is None or str(key).upper() == str(key)
    assert parse_uuid(key.hex) is None and parse_uuid(f"{{{key}}}") is None


@given(st.text())
def test_any_other_text_is_no_key(text: str) -> None:
    found = parse_uuid(text)
    assert found is None or str(found) == text
