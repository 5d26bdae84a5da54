"""Two editors who look and save as chance has it, on either engine: no save is ever lost to one who had not seen it.

What is claimed of every form: a save goes through only if everything it was
shown is still what is stored; else nothing changes, and the refusal carries
what is stored now, which is enough to save again. ``HYPOTHESIS_PROFILE=thorough``
tries many more.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.queries.facilities import list_facilities
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.places import list_grids
from gridapp.db.queries.residents import ResidentCard, get_card
from gridapp.domain.conflict import Theirs
from gridapp.domain.facility import Facility
from gridapp.errors import ConflictError, ValidationError
from gridapp.reports.paper_template import BUILT_IN
from gridapp.services import consents, facilities, residents, templates, upkeep
from gridapp.services.audit import verify_audit
from gridapp.services.facts import import_facts
from gridapp.services.projects import open_database
from gridapp.services.residents import NewResident, stored_resident
from tests.examples import share_of_examples
from tests.factories import document

TODAY = dt.date(2026, 11, 22)
DAYS = [dt.date(2026, 11, day) for day in range(3, 20)]
WORDS = ("甲", "乙", "丙", "丁")


class Sight(NamedTuple):
    """What somebody has in front of them: the values, and what a save says it has seen."""

    values: dict[str, Any]
    seen: Any


@dataclass
class Scene:
    """Keys of what there is to edit."""

    facility: str
    place: Facility
    template: str
    consent: str
    enrolment: str


def card(database: Database, person: str) -> ResidentCard:
    return database.fetch(get_card, person, TODAY)


class Person:
    """Who somebody is."""

    fields = {"name": WORDS, "phone": WORDS, "note": WORDS, "ethnicity": WORDS}

    def look(self, database: Database, _scene: Scene) -> Sight:
        now = database.fetch(stored_resident, "p1")
        return Sight(now.values, now.seen)

    def save(self, database: Database, _scene: Scene, values: dict[str, Any], seen: Any) -> None:
        residents.edit_resident(database, "p1", NewResident(**values), "x", seen)


class Setting:
    """A setting."""

    fields = {"join_day": tuple(range(10, 28))}

    def look(self, database: Database, _scene: Scene) -> Sight:
        values = {"join_day": database.fetch(load_settings).join_day}
        return Sight(values, values)

    def save(self, database: Database, _scene: Scene, values: dict[str, Any], seen: Any) -> None:
        upkeep.change_setting(database, "join_day", values["join_day"], "x", seen)


class Place:
    """A facility."""

    fields = {"name": WORDS, "address": WORDS, "area": (10.0, 20.0, 30.0)}

    def look(self, database: Database, _scene: Scene) -> Sight:
        [row] = database.fetch(list_facilities, TODAY)
        return Sight(facilities.facility_values(row), facilities.facility_values(row))

    def save(self, database: Database, scene: Scene, values: dict[str, Any], seen: Any) -> None:
        facilities.save_facility(database, replace(scene.place, **values), TODAY, "x", scene.facility, seen)


class Template:
    """A paper template."""

    fields = {"title": WORDS, "masking": ("names", "none")}

    def look(self, database: Database, scene: Scene) -> Sight:
        now = dict(database.fetch(templates.find_template, scene.template).definition)
        return Sight(now, now)

    def save(self, database: Database, _scene: Scene, values: dict[str, Any], seen: Any) -> None:
        templates.save_template(database, values, "x", seen)


class Death:
    """The day somebody died."""

    fields = {"died": tuple(DAYS)}

    def look(self, database: Database, _scene: Scene) -> Sight:
        values = {"died": card(database, "p2").person.died}
        return Sight(values, values)

    def save(self, database: Database, _scene: Scene, values: dict[str, Any], seen: Any) -> None:
        residents.record_death(database, "p2", values["died"], "x", seen)


class End:
    """The end of a category."""

    fields = {"end": tuple(DAYS)}

    def look(self, database: Database, _scene: Scene) -> Sight:
        values = {"end": card(database, "p3").enrolments[0].end}
        return Sight(values, values)

    def save(self, database: Database, scene: Scene, values: dict[str, Any], seen: Any) -> None:
        residents.end_enrolment(database, scene.enrolment, values["end"], "x", seen)


class Consent:
    """The end of a consent."""

    fields = {"end": tuple(reversed(DAYS))}

    def look(self, database: Database, _scene: Scene) -> Sight:
        values = {"end": card(database, "p1").consents[0].end}
        return Sight(values, values)

    def save(self, database: Database, scene: Scene, values: dict[str, Any], seen: Any) -> None:
        consents.withdraw_consent(database, scene.consent, values["end"], "x", seen)


FORMS: dict[str, Any] = {
    "person": Person(), "setting": Setting(), "facility": Place(), "template": Template(), "death": Death(),
    "end": End(), "consent": Consent(),
}  # fmt: skip
steps = st.tuples(st.integers(0, 1), st.sampled_from(sorted(FORMS)), st.booleans(), st.integers(0, 10**6))


def filled(database: Database) -> Scene:
    clock.set_today(TODAY)
    import_facts(database, document(), "x")
    community = database.fetch(list_grids, TODAY)[0].code[:12]
    place = Facility("canteen", "食堂", 117.01, 36.66, "一号", 80.0, community)
    facility = facilities.save_facility(database, place, TODAY, "x").result
    template = templates.copy_template(database, BUILT_IN[0], "我们的", "x").result
    given_on = consents.NewConsent("visit", True, dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    consent = consents.record_consent(database, "p1", given_on, "x").result
    return Scene(facility, place, template, consent, card(database, "p3").enrolments[0].id)


@pytest.fixture
def editors(databases: Any, patient_writers: None) -> Iterator[tuple[list[Database], Scene]]:
    """Two who have opened the same data."""
    location = databases.new()
    both = [open_database(location, encrypt=False) for _editor in range(2)]
    yield both, filled(both[0])
    for one in both:
        one.close()
    databases.drop(location)


def changed(form: Any, values: dict[str, Any], chance: int) -> dict[str, Any]:
    """Return other values of some fields."""
    made = dict(values)
    for place, (name, choices) in enumerate(form.fields.items()):
        if place == 0 or chance >> place & 1:
            made[name] = next(one for one in (*choices[chance % len(choices) :], *choices) if one != values[name])
    return made


def bare(values: dict[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}



@settings(max_examples=share_of_examples(8))
@given(history=st.lists(steps, min_size=4, max_size=20))
def test_no_save_is_lost_whatever_the_order(
    editors: tuple[list[Database], Scene], history: list[tuple[int, str, bool, int]]
) -> None:
    both, scene = editors
    sights = [{key: form.look(database, scene) for key, form in FORMS.items()} for database in both]
    for who, key, looks_first, chance in history:
        form, database = FORMS[key], both[who]
        if looks_first:
            sights[who][key] = form.look(database, scene)
        sight, before = sights[who][key], form.look(both[1 - who], scene)
        wanted = changed(form, sight.values, chance)
        try:
            form.save(database, scene, wanted, sight.seen)
        except ConflictError as error:
            assert bare(form.look(both[1 - who], scene).values) == bare(before.values), "a refusal changes nothing"
            assert bare(sight.values) != bare(before.values) or sight.seen != before.seen, "it had a reason"
            if isinstance(error.theirs, Theirs) and error.theirs.seen is not None:
                assert all(bare(before.values)[name] == value for name, value in bare(error.theirs.values).items())
                sights[who][key] = Sight({**before.values, **error.theirs.values}, error.theirs.seen)
        except ValidationError:  # what the rules refuse is no conflict, and changes nothing either
            assert bare(form.look(both[1 - who], scene).values) == bare(before.values)
        else:
            after = bare(form.look(both[1 - who], scene).values)
            assert after == bare(wanted), "what was saved is there"
            overwritten = [name for name in after if after[name] != bare(before.values)[name]]
            unseen = [name for name in overwritten if bare(before.values)[name] != bare(sight.values)[name]]
            # Both may want the same value, each without the other; that loses nothing.
            assert not unseen, f"{unseen} of {key} was overwritten by somebody who had not seen it"
            sights[who][key] = form.look(database, scene)


@pytest.mark.parametrize("key", sorted(FORMS))
def test_of_two_who_save_at_the_same_moment_one_is_told(editors: tuple[list[Database], Scene], key: str) -> None:
    both, scene = editors
    form = FORMS[key]
    for turn in range(4):
        sight = form.look(both[0], scene)
        name, choices = next(iter(form.fields.items()))
        others = [one for one in choices if one != sight.values[name]]
        if key == "consent":  # withdrawn twice, it may only end earlier
            others = [one for one in others if one < sight.values[name]]
        wanted = [{**sight.values, name: others[(turn + place) % len(others)]} for place in range(2)]
        start = threading.Barrier(2)

        def save(place: int, start: threading.Barrier = start, wanted: Any = wanted, seen: Any = sight.seen) -> Any:
            start.wait(60)
            try:
                form.save(both[place], scene, wanted[place], seen)
            except ConflictError as refusal:
                return refusal
            return None

        with ThreadPoolExecutor(2) as pool:
            told = list(pool.map(save, range(2)))
        assert sorted(error is None for error in told) == [False, True], told
        winner = told.index(None)
        assert bare(form.look(both[1 - winner], scene).values) == bare(wanted[winner])
        refused = told[1 - winner]
        if isinstance(refused.theirs, Theirs):
            assert bare(refused.theirs.values)[name] == bare(wanted[winner])[name], "the second sees the first's value"
    assert verify_audit(both[0]).fault is None
