"""Two people correct the same person, on either engine: both values are seen, and nothing is overwritten silently."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.db.database import Database
from gridapp.errors import ConflictError
from gridapp.services import conflicts, residents
from gridapp.services.conflicts import FIELDS, merged, stored_resident
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from gridapp.services.residents import NewResident
from tests.factories import document

few = st.sampled_from(("", "甲", "乙", " 甲 "))
people = st.builds(
    NewResident, name=few, sex=st.sampled_from("FMU"), birth=st.sampled_from((None, dt.date(1940, 1, 1))), phone=few,
    note=few,
)  # fmt: skip


def bare(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


@given(people, people, people, st.sets(st.sampled_from(FIELDS)))
def test_no_change_is_lost_unless_the_other_was_chosen(
    before: NewResident, mine: NewResident, theirs: NewResident, keep: set[str]
) -> None:
    made = merged(before, mine, theirs, keep)
    asked = {conflict.name for conflict in conflicts.conflicts(before, mine, theirs)}
    for name in FIELDS:
        first, one, other, outcome = (bare(getattr(person, name)) for person in (before, mine, theirs, made))
        if name in asked:
            assert outcome == (one if name in keep else other)
        else:
            assert outcome == (one if one != first else other)
    assert merged(before, mine, mine, keep) == merged(mine, mine, mine, ())


def test_the_second_to_save_sees_both_and_chooses(database: Database, databases: object) -> None:
    import_facts(database, document(), "x")
    # Two sessions: what one has read before the other saved.
    seen = database.fetch(stored_resident, "p1")
    elsewhere = database if database.is_on_server else open_database(database.location)
    theirs = NewResident(name="他改的", sex="F", birth=dt.date(1940, 5, 1), phone="13800000001", note="同")
    mine = NewResident(name="我改的", sex="F", birth=dt.date(1940, 5, 1), ethnicity="汉族", note="同")
    residents.edit_resident(elsewhere, "p1", theirs, "他", seen.version)
    with pytest.raises(ConflictError):
        residents.edit_resident(database, "p1", mine, "我", seen.version)
    now = database.fetch(stored_resident, "p1")
    assert (now.person, now.by) == (theirs, "他")
    [asked] = conflicts.conflicts(seen.person, mine, now.person)
    assert (asked.name, asked.mine, asked.theirs) == ("name", "我改的", "他改的")
    assert conflicts.changed_by_them(seen.person, mine, now.person) == ["phone"]
    made = merged(seen.person, mine, now.person, {"name"})
    with pytest.raises(ConflictError):
        residents.edit_resident(database, "p1", made, "我", seen.version)
    residents.edit_resident(database, "p1", made, "我", now.version)
    last = elsewhere.fetch(stored_resident, "p1").person
    assert (last.name, last.phone, last.ethnicity, last.note) == ("我改的", "13800000001", "汉族", "同")
    if elsewhere is not database:
        elsewhere.close()
