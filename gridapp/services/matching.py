"""Recognise the person a ledger row is about.

By ID number, else by name and birth date, else by name and address. More than
one candidate is never chosen from: the row waits for a person to decide.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.queries.people import one_line_address
from gridapp.db.records import BuildingRecord, HouseholdRecord, ResidencyRecord, ResidentRecord


@dataclass(frozen=True)
class Match:
    """Who a row is about.

    Attributes:
        resident: Local row number, None when nobody fits.
        ambiguous: More than one person fits.
    """

    resident: int | None
    ambiguous: bool = False


NOBODY = Match(None)


class PeopleIndex:
    """Everyone in the register by what ledgers call them; grows with what is added."""

    def __init__(self, session: Session) -> None:
        self._by_id: dict[str, int] = {}
        self._by_birth: defaultdict[tuple[str, dt.date], set[int]] = defaultdict(set)
        self._by_address: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        self._by_name: defaultdict[str, set[int]] = defaultdict(set)
        self._id_of: dict[int, str] = {}
        person, lived = ResidentRecord, ResidencyRecord
        statement = (
            select(
                person.id, person.name, person.id_number, person.birth,
                lived.address, HouseholdRecord.address, BuildingRecord.name, HouseholdRecord.unit, HouseholdRecord.room,
            )
            .outerjoin(lived, (lived.resident_id == person.id) & lived.end.is_(None))
            .outerjoin(HouseholdRecord, HouseholdRecord.id == lived.household_id)
            .outerjoin(BuildingRecord, BuildingRecord.id == HouseholdRecord.building_id)
        )  # fmt: skip
        for number, name, id_number, birth, *address in session.execute(statement):
            self.add(number, name, id_number, birth, one_line_address(*address))

    def add(self, number: int, name: str, id_number: str | None, birth: dt.date | None, address: str) -> None:
        """Take a person into the index."""
        if id_number:
            self._by_id[id_number] = number
            self._id_of[number] = id_number
        if birth:
            self._by_birth[name, birth].add(number)
        if address:
            self._by_address[name, _tight(address)].add(number)
        self._by_name[name].add(number)

    def find(self, fields: dict[str, Any], by_name_alone: bool = False) -> Match:
        """Return who a row's fields fit.

        Args:
            fields: Canonical fields of a checked row.
            by_name_alone: A name that only one person bears is enough, as in visit ledgers.
        """
        id_number, name = fields.get("id_no"), fields.get("name") or ""
        if id_number and id_number in self._by_id:
            return Match(self._by_id[id_number])
        candidates: set[int] = set()
        if name and fields.get("birth_date"):
            candidates = self._by_birth.get((name, fields["birth_date"]), set())
        elif name and fields.get("address"):
            candidates = self._by_address.get((name, _tight(fields["address"])), set())
        if not candidates and by_name_alone and not id_number:
            candidates = self._by_name.get(name, set())
        if id_number:
            # Someone with another ID number is someone else, whatever the rest says.
            candidates = {number for number in candidates if number not in self._id_of}
        if len(candidates) > 1:
            return Match(None, ambiguous=True)
        return Match(next(iter(candidates))) if candidates else NOBODY


def _tight(address: str) -> str:
    return "".join(address.split()).lower()
