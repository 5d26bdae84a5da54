"""Where ledger rows say that people live: addresses, buildings and households, each of them once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.records import BuildingRecord, HouseholdRecord
from gridapp.ledgers.fields import PARTS_OF_ADDRESS
from gridapp.ledgers.values.addresses import join_address
from gridapp.services.new_records import NewRecords


class Dwellings:
    """The buildings and households that rows name; grows with what they add."""

    def __init__(self, session: Session, new: NewRecords) -> None:
        """Load the buildings; households follow when the first row names one.

        Args:
            session: Where the register is.
            new: Takes what is new.
        """
        self._session = session
        self._new = new
        building = BuildingRecord
        known = select(building.id, building.community_id, building.name)
        self._buildings: dict[tuple[int, str], int] = {
            (community, name): row for row, community, name in session.execute(known)
        }
        self._households: dict[tuple[Any, ...], int] | None = None

    def household(self, fields: dict[str, Any], community: int) -> int | None:
        """Return the row number of a row's household; None when neither building nor household number is told."""
        building, number = _full_building(fields), fields.get("household_no")
        if not building and not number:
            return None
        place = self._building(community, building) if building else None
        address = None if building else full_address(fields)
        is_split = fields.get(PARTS_OF_ADDRESS)
        unit, room = (None, None) if is_split else (fields.get("unit") or None, fields.get("room") or None)
        key = (place, unit or "", room or "", address or number or "")
        if self._households is None:
            home = HouseholdRecord
            self._households = {
                (at, entrance or "", door or "", written or register or ""): row
                for row, at, entrance, door, written, register in self._session.execute(
                    select(home.id, home.building_id, home.unit, home.room, home.address, home.register_no)
                )
            }
        if key not in self._households:
            dwelling = HouseholdRecord(
                id=self._new.number(HouseholdRecord), building_id=place, unit=unit, room=room, address=address,
                register_no=number,
            )  # fmt: skip
            self._new.first.append(dwelling)
            self._households[key] = dwelling.id
        return self._households[key]

    def _building(self, community: int, name: str) -> int:
        key = (community, name)
        if key not in self._buildings:
            record = BuildingRecord(community_id=community, name=name)
            if self._new.writes:
                self._session.add(record)
                self._session.flush()
                self._buildings[key] = record.id
            else:
                self._buildings[key] = self._new.number(BuildingRecord)
        return self._buildings[key]


def full_address(fields: dict[str, Any]) -> str | None:
    """Return a row's address with its estate in front, where the address does not name it."""
    address, estate = fields.get("address"), fields.get("estate")
    return f"{estate}{address}" if address and estate and estate not in address else address or None


def own_address(fields: dict[str, Any], household: int | None) -> str | None:
    """Return the address that a residency keeps itself; None where the dwelling says as much."""
    if household is None:
        return full_address(fields)
    if not _full_building(fields):
        return None
    estate, building, unit, room = (fields.get(name) for name in ("estate", "building", "unit", "room"))
    address = fields.get("address")
    return full_address(fields) if address != join_address(estate, building, unit, room) else None


def _full_building(fields: dict[str, Any]) -> str | None:
    """Return a building's name as it is known in its community, or None where only an address is told."""
    building, estate = fields.get("building"), fields.get("estate")
    if not building or fields.get(PARTS_OF_ADDRESS):
        return None
    return f"{estate}{building}" if estate and estate not in building else str(building)
