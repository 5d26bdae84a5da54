"""Keep the words by which residents are found.

A resident is found by name, by full pinyin and initials of the name, by any
part of a phone or ID number, and by the address lived at today.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from gridapp.db.base import table_of
from gridapp.db.records import (
    BuildingRecord,
    HouseholdRecord,
    ResidencyRecord,
    ResidentRecord,
    ResidentSearchRecord,
)

CHUNK = 500
RANGE = 20_000
MAXIMUM_READINGS = 4

SURNAME_READINGS = {
    "曾": "zeng", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "单": "shan", "任": "ren", "盖": "ge",
    "朴": "piao", "缪": "miao", "华": "hua", "翟": "zhai", "尉迟": "yu chi", "万俟": "mo qi", "乐": "yue", "员": "yun",
    "黑": "he", "折": "she", "种": "chong", "宓": "mi", "覃": "qin", "冼": "xian", "晁": "chao", "逄": "pang",
}  # fmt: skip
"""Readings pypinyin gets wrong at the head of a name; the usual one is tried as well."""


@functools.lru_cache(maxsize=200_000)
def readings(name: str) -> str:
    """Return the pinyin words of a name: every full reading and its initials."""
    from pypinyin import Style, pinyin  # heavy: imported when first used

    syllables = pinyin(name, style=Style.NORMAL, heteronym=False, errors="ignore")
    plain = [item[0] for item in syllables]
    variants = [plain]
    for surname, reading in SURNAME_READINGS.items():
        if name.startswith(surname):
            head = reading.split()
            variants.append(head + plain[len(head) :])
    words = itertools.chain.from_iterable(
        ("".join(item), "".join(part[0] for part in item)) for item in variants if item
    )
    return " ".join(dict.fromkeys(words))


def words_of(
    name: str, phone: str | None, id_number: str | None, register_address: str | None, address: str | None
) -> str:
    """Return what the search box looks through for one resident, in lower case."""
    parts = (name, readings(name), phone, id_number, address, register_address)
    return " ".join(part for part in parts if part).lower()


def affected_residents(session: Session, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> set[int]:
    """Return the residents whose words may have changed with these rows."""
    residents: set[int] = set()
    households: set[int] = set()
    buildings: set[int] = set()
    for table, values in rows:
        if "bulk" in values:
            continue  # whoever writes past the ORM refreshes the words as well
        if table == "resident":
            residents.add(values["id"])
        elif table == "residency":
            residents.add(values["resident_id"])
        elif table == "household":
            households.add(values["id"])
        elif table == "building":
            buildings.add(values["id"])
    if buildings:
        households.update(session.scalars(select(HouseholdRecord.id).where(HouseholdRecord.building_id.in_(buildings))))
    for chunk in _chunks(households):
        residents.update(
            session.scalars(select(ResidencyRecord.resident_id).where(ResidencyRecord.household_id.in_(chunk)))
        )
    return residents


def _chunks(values: Iterable[int]) -> Iterable[list[int]]:
    items = sorted(values)
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def refresh(session: Session, resident_ids: Iterable[int] | None = None) -> None:
    """Write the search words of some residents, or of all with None."""
    if resident_ids is None:
        session.execute(delete(ResidentSearchRecord))
        last = session.scalar(select(func.max(ResidentRecord.id))) or 0
        for first in range(1, last + 1, RANGE):
            _write(session, range(first, first + RANGE))
        return
    for chunk in _chunks(resident_ids):
        session.execute(delete(ResidentSearchRecord).where(ResidentSearchRecord.resident_id.in_(chunk)))
        _write(session, chunk)


def _write(session: Session, resident_ids: list[int] | range) -> None:
    resident, residency, household, building = ResidentRecord, ResidencyRecord, HouseholdRecord, BuildingRecord
    statement = (
        select(
            resident.id, resident.name, resident.phone, resident.id_number, resident.register_address,
            residency.address, household.address, building.name, household.unit, household.room,
        )
        .outerjoin(residency, (residency.resident_id == resident.id) & residency.end.is_(None))
        .outerjoin(household, household.id == residency.household_id)
        .outerjoin(building, building.id == household.building_id)
        .order_by(resident.id, residency.start)
    )  # fmt: skip
    if isinstance(resident_ids, range):
        statement = statement.where(resident.id.between(resident_ids.start, resident_ids.stop - 1))
    else:
        statement = statement.where(resident.id.in_(resident_ids))
    rows: dict[int, dict[str, Any]] = {}
    for number, name, phone, id_number, registered, *where in session.execute(statement):
        address = "".join(part for part in where if part)
        rows[number] = {"resident_id": number, "words": words_of(name, phone, id_number, registered, address)}
    if rows:
        session.execute(insert(table_of(ResidentSearchRecord)), list(rows.values()))
