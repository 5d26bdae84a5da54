"""People who are perhaps the same: one character or digit apart from a row that fits nobody.

Only people of the grids that a ledger names are compared, and never two who both have an ID
number. Nobody is taken for another by this: the row waits until the user has said so.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.queries.people import chunks
from gridapp.db.records import ResidencyRecord
from gridapp.services.matching import Known, PeopleIndex, address_numbers, differs_by_one, same_address


class NearPeople:
    """Finds whom a row nearly fits; loads the people of the ledger's grids when first asked."""

    def __init__(self, session: Session, grids: Iterable[int]) -> None:
        """Remember where to look.

        Args:
            session: Where the register is.
            grids: Row numbers of the grids that the ledger names.
        """
        self._session = session
        self._grids = sorted(set(grids))
        self._by_birth: defaultdict[dt.date, list[Known]] | None = None
        self._by_name: defaultdict[str, list[Known]] = defaultdict(list)
        self._by_address: defaultdict[tuple[int, ...], list[Known]] = defaultdict(list)

    def add(self, person: Known) -> None:
        """Take somebody into the comparison whom an earlier row has added."""
        if self._by_birth is not None:
            self._file(self._by_birth, person)

    def find(self, fields: dict[str, Any], grid: int | None) -> Known | None:
        """Return the one person a row nearly fits; None when nobody or more than one does.

        Args:
            fields: Canonical fields of a row that fits nobody.
            grid: Row number of its grid.
        """
        name = fields.get("name") or ""
        if grid is None or len(name) < 2:
            return None
        if self._by_birth is None:
            self._load()
        assert self._by_birth is not None
        birth, address = fields.get("birth_date"), fields.get("address")
        found: dict[int, Known] = {}
        if birth:
            close = [person for person in self._by_birth.get(birth, ()) if differs_by_one(person.name, name)]
            close += [person for person in self._by_name.get(name, ()) if _one_digit_apart(person.birth, birth)]
            found |= {person.number: person for person in close}
        if address:
            for person in self._by_address.get(address_numbers(address), ()):
                known_age = birth and person.birth
                if not known_age and differs_by_one(person.name, name) and same_address(person.address, address):
                    found[person.number] = person
        fitting = [person for person in found.values() if self._may_be(person, fields, grid)]
        return fitting[0] if len(fitting) == 1 else None

    def _may_be(self, person: Known, fields: dict[str, Any], grid: int) -> bool:
        if person.home is None or person.home.grid != grid or (person.id_number and fields.get("id_no")):
            return False
        sexes = {person.sex, fields.get("sex") or "U"} - {"U"}
        return len(sexes) < 2

    def _load(self) -> None:
        by_birth: defaultdict[dt.date, list[Known]] = defaultdict(list)
        lived = ResidencyRecord
        numbers: list[int] = []
        for chunk in chunks(self._grids):
            here = select(lived.resident_id).where(lived.grid_id.in_(chunk), lived.end.is_(None))
            numbers += self._session.scalars(here)
        for person in PeopleIndex.of_numbers(self._session, numbers):
            self._file(by_birth, person)
        self._by_birth = by_birth

    def _file(self, by_birth: defaultdict[dt.date, list[Known]], person: Known) -> None:
        if person.birth:
            by_birth[person.birth].append(person)
        self._by_name[person.name].append(person)
        if person.address:
            self._by_address[address_numbers(person.address)].append(person)


def _one_digit_apart(one: dt.date | None, other: dt.date) -> bool:
    """Tell whether two dates differ in one digit as written, or in two neighbours that changed places."""
    if one is None or one == other:
        return False
    apart = [place for place, (a, b) in enumerate(zip(f"{one:%Y%m%d}", f"{other:%Y%m%d}", strict=True)) if a != b]
    if len(apart) == 1:
        return True
    mine, yours = f"{one:%Y%m%d}", f"{other:%Y%m%d}"
    return len(apart) == 2 and apart[1] == apart[0] + 1 and mine[apart[0]] == yours[apart[1]] and (
        mine[apart[1]] == yours[apart[0]]
    )
