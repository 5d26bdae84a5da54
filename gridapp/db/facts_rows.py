"""Turn the objects of a facts list into stored rows quickly.

Most objects are of the common form: every value acceptable. They are read
here at a few microseconds each, with the values that repeat remembered.
Whatever does not fit is left to the slow way of ``facts_loading``, which says
exactly what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gridapp.db.base import EPOCH, table_of
from gridapp.db.bulk import Stored, stored_form
from gridapp.db.facts_checks import LONGEST_ID
from gridapp.db.facts_form import STAMPS, Field, Section
from gridapp.db.facts_values import parse_date, parse_instant, plain_text

MOST_REMEMBERED = 50_000
"""Different values of one field that are remembered."""
MOST_SHAPES = 1000

_CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LOW = 2**62 - 1


_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])\.([0-9]{6})Z")
_Slot = tuple[int, Mapping[str, Any], Stored]


class Uncommon(Exception):
    """An object that the quick way does not take."""


class _Missing:
    """Stands where a value is required and none was given."""


_MISSING = _Missing()


def key_of(given: str) -> bytes | None:
    """Return the 16 bytes of a canonical UUID text, None for any other text."""
    return bytes.fromhex(given.replace("-", "")) if _CANONICAL.fullmatch(given) else None


def dot_of(key: bytes) -> tuple[int, int] | None:
    """Return site and sequence of a visit's key, None for another kind of key; as ``domain.keys`` packs them."""
    value = int.from_bytes(key, "big")
    if value >> 76 & 0xF != 8 or value >> 62 & 0b11 != 0b10 or value & 0b11:
        return None
    payload = (value >> 80) << 74 | (value >> 64 & 0xFFF) << 62 | value & _LOW
    dot = payload >> 2
    return dot >> 40, dot & (2**40 - 1)


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
        columns: Of the rows it returns; ``id``, ``uid`` and ``ref`` come first where the table has them.
        places: Place of each column in a row.
    """

    def __init__(self, section: Section, known: Mapping[str, Mapping[str, int]], author: str, now: int) -> None:
        table = table_of(section.record)
        self.columns = tuple(column.name for column in table.columns)
        self.places = {name: place for place, name in enumerate(self.columns)}
        self.forms = {name: stored_form(table.columns[name].type) for name in self.columns}
        self._blank: list[Any] = [None] * len(self.columns)
        self._slots: dict[str, _Slot] = {}
        self._plans: dict[tuple[str, ...], list[_Slot | None]] = {}
        stamps = {"created": "created_at", "changed": "changed_at"}
        for field in (*section.fields, *STAMPS):
            column = stamps.get(field.key, field.column)
            if column in self.places:
                self._prepare(field, column, known)
        self._blank[self.places["created_at"]] = now
        self._blank[self.places["created_by"]] = author
        self._start, self._end = self.places.get("start"), self.places.get("end")

    def _prepare(self, field: Field, column: str, known: Mapping[str, Mapping[str, int]]) -> None:
        place = self.places[column]
        if field.required:
            self._blank[place] = _MISSING
        elif field.default is not None:
            form = self.forms[column]
            self._blank[place] = field.default if form is None else form(field.default)
        if field.refers:
            self._slots[field.key] = (place, known[field.refers], _refuse)
        elif field.parse is plain_text:
            self._slots[field.key] = (place, {}, _plain)
        elif field.parse is parse_instant:
            self._slots[field.key] = (place, {}, _instants(_remembering(field, self.forms[column], {})))
        else:
            memory: dict[str, Any] = {}
            self._slots[field.key] = (place, memory, _remembering(field, self.forms[column], memory))

    def read(self, item: dict[str, Any]) -> list[Any]:
        """Return a row with everything but its identity.

        Raises:
            Uncommon: Or KeyError, TypeError, AttributeError, ValueError, ValidationError: take the slow way.
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
        if _MISSING in values:
            raise Uncommon
        if self._start is not None and self._end is not None:
            start, end = values[self._start], values[self._end]
            if end is not None and end <= start:
                raise Uncommon
        return values

    def _plan(self, shape: tuple[str, ...]) -> list[_Slot | None]:
        """Return the slots of objects with these keys; most objects of a list have one of a few shapes."""
        plan = [self._slots.get(key) for key in shape]
        if len(self._plans) < MOST_SHAPES:
            self._plans[shape] = plan
        return plan

    def from_values(self, values: Mapping[str, Any]) -> list[Any]:
        """Return a row made of values the slow way found."""
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


def _instants(uncommon: Stored) -> Stored:
    """Return a reader of instants as exports write them; any other goes the common way."""
    days: dict[str, int] = {}

    def read(given: Any) -> Any:
        match = _INSTANT.fullmatch(given)
        if match is None:
            return uncommon(given)
        date, hour, minute, second, fraction = match.groups()
        day = days.get(date)
        if day is None:
            day = days[date] = parse_date(date).toordinal() - EPOCH.toordinal()
        return (day * 86_400 + int(hour) * 3600 + int(minute) * 60 + int(second)) * 1_000_000 + int(fraction)

    return read
