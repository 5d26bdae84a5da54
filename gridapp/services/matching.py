"""Find the person a ledger row is about.

By ID number; else by name and birth date; else by name and address, where one
wrong character is tolerated in the words and none in the numbers. Two people who
fit are nobody: the user must decide.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from gridapp.db.queries.people import chunks, one_line_address
from gridapp.db.records import (
    BuildingRecord,
    ContactRecord,
    EnrolmentRecord,
    HouseholdRecord,
    ResidencyRecord,
    ResidentRecord,
)
from gridapp.domain.numerals import NUMERAL_CHARACTERS, chinese_number

_NUMBER = re.compile(f"[0-9]+|[{NUMERAL_CHARACTERS}]+(?=号|楼|栋|幢|座|单元|层|室|户|组|队)")
_UNIT_WORDS = re.compile(r"号楼|楼栋|单元|[号栋幢座室院户#\-—－_,，、。.\s()（）]")
TAKEN_OVER = ("phone", "ethnicity", "register_address", "register_status", "other_document", "note")
"""Columns of a resident that a ledger's fields of the same name fill."""


@dataclass
class Home:
    """Where a known person lives.

    Attributes:
        grid: Row number of the grid.
        household: Row number, or None.
        address: As written, or None.
        number: Row number of the residency; None for one that is not stored yet.
        record: The residency while it waits to be stored.
    """

    grid: int
    household: int | None
    address: str | None
    number: int | None = None
    record: ResidencyRecord | None = None


@dataclass
class Known:
    """A person of the register, or one that an earlier row of the ledger has added.

    Attributes:
        number: Row number.
        name: Full name.
        id_number: Or None.
        birth: Or None.
        died: Or None.
        sex: "F", "M" or "U".
        more: Column -> value, of ``TAKEN_OVER``.
        address: On one line, or "".
        home: Open residency, or None.
        has_lived: Whether there is or was any residency.
        enrolments: (category, start, end).
        contacts: (name, phone).
        record: The person while waiting to be stored.
    """

    number: int
    name: str
    id_number: str | None
    birth: dt.date | None
    died: dt.date | None
    sex: str
    more: dict[str, str | None]
    address: str = ""
    home: Home | None = None
    has_lived: bool = False
    enrolments: list[tuple[int, dt.date, dt.date | None]] = field(default_factory=list)
    contacts: list[tuple[str, str | None]] = field(default_factory=list)
    record: ResidentRecord | None = None


@dataclass(frozen=True)
class Match:
    """Who a row is about.

    Attributes:
        person: None when nobody fits.
        ambiguous: More than one person fits.
    """

    person: Known | None
    ambiguous: bool = False


class PeopleIndex:
    """The people a ledger can mean, by what it calls them; grows with what is added."""

    def __init__(self, session: Session, rows: Iterable[dict[str, Any]]) -> None:
        """Load everybody who bears a name or an ID number of the rows.

        Args:
            session: Where the register is.
            rows: Canonical fields of the ledger's rows.
        """
        self._by_id: dict[str, Known] = {}
        self._by_name: defaultdict[str, list[Known]] = defaultdict(list)
        names: dict[str, None] = {}
        numbers: dict[str, None] = {}
        for fields in rows:
            if fields.get("name"):
                names[fields["name"]] = None
            if fields.get("id_no"):
                numbers[fields["id_no"]] = None
        found: dict[int, Known] = {}
        for chunk in chunks(list(names)):
            self._load(session, ResidentRecord.name.in_(chunk), found)
        for chunk in chunks(list(numbers)):
            self._load(session, ResidentRecord.id_number.in_(chunk), found)
        _add_particulars(session, found)
        for person in found.values():
            self.add(person)

    @classmethod
    def of_numbers(cls, session: Session, numbers: list[int]) -> list[Known]:
        """Return the people of these row numbers with all that is known of them."""
        found: dict[int, Known] = {}
        for chunk in chunks(numbers):
            cls._load(session, ResidentRecord.id.in_(chunk), found)
        _add_particulars(session, found)
        return list(found.values())

    @property
    def people(self) -> list[Known]:
        """Return everybody in the index."""
        return [person for group in self._by_name.values() for person in group]

    def add(self, person: Known) -> None:
        """Take a person into the index."""
        if person.id_number:
            self._by_id[person.id_number] = person
        self._by_name[person.name].append(person)

    def learn_number(self, person: Known, number: str) -> None:
        """Note an ID number that a row has told."""
        person.id_number = number
        self._by_id[number] = person

    def namesakes(self, fields: dict[str, Any], grid: int | None) -> list[Known]:
        """Return who bears the name of a row and lives in a grid; somebody of another sex is somebody else."""
        return [
            person for person in self._by_name.get(fields.get("name") or "", [])
            if person.home is not None and person.home.grid == grid
            and len({person.sex, fields.get("sex") or "U"} - {"U"}) < 2
        ]  # fmt: skip

    def find(self, fields: dict[str, Any], by_name_alone: bool = False, grid: int | None = None) -> Match:
        """Return who a row's fields fit.

        Args:
            fields: Canonical fields of a checked row.
            by_name_alone: A name that only one person bears is enough, as in visit ledgers.
            grid: The row's grid, which then tells namesakes apart.
        """
        number, birth, address = fields.get("id_no"), fields.get("birth_date"), fields.get("address")
        if number and number in self._by_id:
            return Match(self._by_id[number])
        namesakes = self._by_name.get(fields.get("name") or "", [])
        if number:
            # Someone with another ID number is someone else, whatever the rest says.
            namesakes = [person for person in namesakes if not person.id_number]
        candidates = [person for person in namesakes if birth and person.birth == birth]
        if not candidates and address:
            open_ones = [person for person in namesakes if not birth or not person.birth]
            candidates = [person for person in open_ones if same_address(person.address, address)]
        if not candidates and by_name_alone and not number:
            candidates = list(namesakes)
            if len(candidates) > 1 and grid is not None:
                candidates = self.namesakes(fields, grid) or candidates
        if len(candidates) > 1:
            return Match(None, ambiguous=True)
        return Match(candidates[0] if candidates else None)

    @staticmethod
    def _load(session: Session, condition: ColumnElement[bool], found: dict[int, Known]) -> None:
        person = ResidentRecord
        more = [getattr(person, name) for name in TAKEN_OVER]
        columns = (person.id, person.name, person.id_number, person.birth, person.died, person.sex)
        for row in session.execute(select(*columns, *more).where(condition)):
            number, name, id_number, birth, died, sex, *rest = row
            known = Known(number, name, id_number, birth, died, sex, dict(zip(TAKEN_OVER, rest, strict=True)))
            found.setdefault(known.number, known)


def _add_particulars(session: Session, found: dict[int, Known]) -> None:
    """Add residencies, enrolments and contacts to the people found."""
    lived, home = ResidencyRecord, HouseholdRecord
    for chunk in chunks(list(found)):
        homes = (
            select(lived.resident_id, lived.id, lived.grid_id, lived.household_id, lived.end, lived.address,
                   home.address, BuildingRecord.name, home.unit, home.room)
            .outerjoin(home, home.id == lived.household_id)
            .outerjoin(BuildingRecord, BuildingRecord.id == home.building_id)
            .where(lived.resident_id.in_(chunk))
        )  # fmt: skip
        for resident, number, grid, household, end, *written in session.execute(homes):
            person = found[resident]
            person.has_lived = True
            if end is None:
                person.home = Home(grid, household, written[0], number)
                person.address = one_line_address(*written)
        kept = EnrolmentRecord
        enrolments = select(kept.resident_id, kept.category_id, kept.start, kept.end).where(kept.resident_id.in_(chunk))
        for resident, category, start, end in session.execute(enrolments):
            found[resident].enrolments.append((category, start, end))
        called = ContactRecord
        contacts = select(called.resident_id, called.name, called.phone).where(called.resident_id.in_(chunk))
        for resident, name, phone in session.execute(contacts):
            found[resident].contacts.append((name, phone))


def same_address(one: str, other: str) -> bool:
    """Tell whether two texts name the same address; one wrong character among the words is tolerated.

    "阳光路1号3栋2单元501室", "阳光路1号3号楼二单元501" and "阳光璐1号3-2-501" are the same,
    "阳光路1号3-2-502" is another.
    """
    if not one or not other:
        return False
    words, numbers = _address_parts(one)
    other_words, other_numbers = _address_parts(other)
    if numbers != other_numbers:
        return False
    short, long = sorted((words, other_words), key=len)
    if long.endswith(short) and (len(short) >= 2 or words == other_words):
        return True
    return bool(numbers) and len(short) >= 3 and differs_by_one(short, long)


def address_numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of an address, in order; equal in texts that ``same_address`` takes for the same."""
    return _address_parts(text)[1]


def _address_parts(text: str) -> tuple[str, tuple[int, ...]]:
    plain = unicodedata.normalize("NFKC", text).lower()
    numbers = tuple(number for match in _NUMBER.findall(plain) if (number := chinese_number(match)) is not None)
    return _UNIT_WORDS.sub("", _NUMBER.sub("", plain)), numbers


def differs_by_one(one: str, other: str) -> bool:
    """Tell whether one character too many, too few or wrong is all that differs."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1 or short == long:
        return False
    start = 0
    while start < len(short) and short[start] == long[start]:
        start += 1
    return short[start + (len(short) == len(long)) :] == long[start + 1 :]
