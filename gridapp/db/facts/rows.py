"""Turn the objects of a facts list into stored rows quickly.

Most objects are of the common form: every value acceptable. They are read
here at a few microseconds each, by the fields' own readers, with the values
that repeat remembered. Whatever does not fit is left to the careful way of
``loading``, which says exactly what is wrong.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import JSON, Date

from gridapp.db.base import EPOCH, Code, Instant, Key, TimeOfDay, table_of
from gridapp.db.bulk import DayForm
from gridapp.db.facts.checks import LONGEST_ID, keys_of
from gridapp.db.facts.form import STAMPS, Field, Section
from gridapp.db.facts.values import parse_instant, plain_text

MOST_REMEMBERED = 50_000
"""Different values of one field that are remembered."""
MOST_SHAPES = 1000

_CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TAIL = re.compile(r"[0-9a-f]{12}")
_LOW = 2**62 - 1
_DIGITS = 12
"""Of the time in an instant, down to the microsecond."""
_MICROSECOND = dt.timedelta(microseconds=1)

Stored = Callable[[Any], Any]
_Slot = tuple[int, Mapping[str, Any], Stored]


class Uncommon(Exception):
    """An object that the quick way does not take."""


def stored_form(kind: Any, day: DayForm) -> Stored | None:
    """Return how a column's Python values become stored ones, None when they are the same.

    Args:
        kind: The column's type.
        day: How the engine keeps a day.
    """
    if isinstance(kind, Code):
        return kind.words.index
    if isinstance(kind, Instant):
        return lambda moment: (moment - EPOCH) // _MICROSECOND
    if isinstance(kind, Key):
        return lambda key: bytearray(key.bytes)
    if isinstance(kind, Date):
        return day
    if isinstance(kind, TimeOfDay):
        return lambda time: int(time[:2]) * 60 + int(time[3:])
    if isinstance(kind, JSON):
        return lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return None


def key_of(given: str) -> bytearray | None:
    """Return the 16 bytes of a canonical UUID text, None for any other text."""
    return bytearray.fromhex(given.replace("-", "")) if _CANONICAL.fullmatch(given) else None


def dot_of(key: bytes | bytearray) -> tuple[int, int] | None:
    """Return site and sequence of a visit's key, None for another kind of key; as ``domain.keys`` packs them."""
    value = int.from_bytes(key, "big")
    if value >> 76 & 0xF != 8 or value >> 62 & 0b11 != 0b10 or value & 0b11:
        return None
    payload = (value >> 80) << 74 | (value >> 64 & 0xFFF) << 62 | value & _LOW
    dot = payload >> 2
    return dot >> 40, dot & (2**40 - 1)


class VisitKeys:
    """Reads the ids of visits; most of a file begin alike, for they were logged at one site."""

    def __init__(self) -> None:
        self._sites: dict[str, int] = {}

    def dot(self, given: str) -> tuple[int, int] | None:
        """Return site and sequence of a visit's key, None for any other id."""
        site, tail = self._sites.get(given[:24]), given[24:]
        if site is not None and _TAIL.fullmatch(tail):
            last = int(tail, 16)
            if not last & 0b11:
                return site | last >> 42, last >> 2 & (2**40 - 1)
        key = key_of(given)
        found = dot_of(key) if key is not None else None
        if found is not None:
            self._sites[given[:24]] = found[0] >> 6 << 6  # the last six bits of the site are in what follows
        return found


def plain_id(given: Any) -> str | None:
    """Return an id that may be stored.

    Raises:
        Uncommon: It is not of the common form.
    """
    if given is None:
        return None
    if given.__class__ is not str or not 0 < len(given) <= LONGEST_ID or not given.isprintable():
        raise Uncommon
    return str(given)


class RowReader:
    """Reads the objects of one section.

    Attributes:
        columns: Of the rows it returns; ``id`` comes first.
        places: Place of each column in a row.
    """

    def __init__(
        self,
        section: Section,
        known: Mapping[str, Mapping[str, int]],
        day: DayForm,
        stamps: Mapping[str, Any],
        actor_number: Callable[[str], int],
    ) -> None:
        """Prepare.

        Args:
            section: Whose objects.
            known: Row numbers of what they may name, by section and shown id.
            day: How the engine keeps a day.
            stamps: Values of rows that carry none, by column.
            actor_number: Gives the number of a visit's actor.
        """
        table = table_of(section.record)
        self.columns = tuple(column.name for column in table.columns)
        self.places = {name: place for place, name in enumerate(self.columns)}
        self.forms = {name: stored_form(table.columns[name].type, day) for name in self.columns}
        self._blank: list[Any] = [None] * len(self.columns)
        self._slots: dict[str, _Slot | None] = dict.fromkeys(keys_of(section))
        self._required: list[int] = []
        self._plans: dict[tuple[str, ...], list[_Slot | None]] = {}
        columns = {"created": "created_at", "changed": "changed_at"}
        for field in (*section.fields, *STAMPS):
            column = columns.get(field.key, field.column)
            if column in self.places and field.key in self._slots:
                self._prepare(field, column, known)
        if "actor_id" in self.places:
            actors: dict[str, int] = {}
            self._slots["created_by"] = self.places["actor_id"], actors, _actors(actor_number, actors)
        for column, value in stamps.items():
            if column in self.places:
                self._blank[self.places[column]] = value
        self._start, self._end = self.places.get("start"), self.places.get("end")

    def _prepare(self, field: Field, column: str, known: Mapping[str, Mapping[str, int]]) -> None:
        place, form = self.places[column], self.forms[column]
        if field.required:
            self._required.append(place)
        elif field.default is not None:
            self._blank[place] = field.default if form is None else form(field.default)
        memory: dict[str, Any] = {}
        if field.refers:
            self._slots[field.key] = (place, known[field.refers], _refuse)
        elif field.parse is plain_text:
            self._slots[field.key] = (place, memory, _plain)
        elif field.parse is parse_instant:
            self._slots[field.key] = (place, memory, _instants())
        else:
            self._slots[field.key] = (place, memory, _remembering(field, form, memory))

    def read(self, item: dict[str, Any]) -> list[Any]:
        """Return a row with everything but its identity.

        Raises:
            Uncommon: Or KeyError, TypeError, AttributeError, ValueError, ValidationError: take the careful way.
        """
        values = self._blank.copy()
        shape = tuple(item)
        plan = self._plans.get(shape)
        if plan is None:
            plan = self._plan(shape)
        for slot, given in zip(plan, item.values(), strict=True):
            if slot is None or given is None:
                continue
            place, memory, parse = slot
            if given.__class__ is str:
                found = memory.get(given)
                values[place] = parse(given) if found is None else found
            else:
                values[place] = parse(given)
        for place in self._required:
            if values[place] is None:
                raise Uncommon
        if self._start is not None and self._end is not None:
            start, end = values[self._start], values[self._end]
            if end is not None and end <= start:
                raise Uncommon
        return values

    def _plan(self, shape: tuple[str, ...]) -> list[_Slot | None]:
        """Return the slots of objects with these keys; most objects of a list have one of a few shapes."""
        plan = [self._slots[key] for key in shape]
        if len(self._plans) < MOST_SHAPES:
            self._plans[shape] = plan
        return plan

    def from_values(self, values: Mapping[str, Any]) -> list[Any]:
        """Return a row made of values the careful way found."""
        row: list[Any] = [None] * len(self.columns)
        for name, value in values.items():
            form = self.forms[name]
            row[self.places[name]] = value if value is None or form is None else form(value)
        return row


def _refuse(given: Any) -> Any:
    raise Uncommon


def _plain(given: Any) -> Any:
    if given.__class__ is str and given.isprintable():
        return given
    return plain_text(given)


def _actors(number: Callable[[str], int], memory: dict[str, int]) -> Stored:
    def read(given: Any) -> int:
        found = number(plain_text(given) or _refuse(given))
        memory[given] = found
        return found

    return read


def _remembering(field: Field, form: Stored | None, memory: dict[str, Any]) -> Stored:
    parse = field.parse

    def read(given: Any) -> Any:
        value = parse(given)
        if form is not None and value is not None:
            value = form(value)
        if given.__class__ is str and len(memory) < MOST_REMEMBERED:
            memory[given] = value
        return value

    return read


def _instants() -> Stored:
    """Return a reader of instants; those written as exports write them are put together from their digits."""
    midnights: dict[str, int] = {}

    def read(given: Any) -> int:
        digits = given[11:13] + given[14:16] + given[17:19] + given[20:26]
        marks = given[10] + given[13] + given[16] + given[19] + given[26:]
        if marks == "T::.Z" and len(digits) == _DIGITS and digits.isascii() and digits.isdigit():
            midnight = midnights.get(given[:10])
            if midnight is None:
                midnight = midnights[given[:10]] = _microseconds(given[:11] + "00:00:00Z")
            seconds, fraction = divmod(int(digits), 1_000_000)
            minutes, second = divmod(seconds, 100)
            hour, minute = divmod(minutes, 100)
            if hour < 24 and minute < 60 and second < 60:
                return midnight + ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
        return _microseconds(given)

    return read


def _microseconds(given: Any) -> int:
    return (parse_instant(given) - EPOCH) // _MICROSECOND
