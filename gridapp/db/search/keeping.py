"""Write the search index in the transaction that changes a resident, and compare it with the facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from gridapp.db.records import (
    BuildingRecord,
    HouseholdRecord,
    ResidencyRecord,
    ResidentRecord,
    ResidentSearchRecord,
)
from gridapp.db.search import index
from gridapp.db.search.fields import parse, words_of
from gridapp.db.search.tokens import tokens_of
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

CHUNK = 500
STEP = 5000
"""Residents read and written at a time while all are."""


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


def bulk_residents(session: Session, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> set[int]:
    """Return the residents whose words change with rows written past the ORM, while those rows are there.

    Args:
        session: Where to read.
        rows: Table, and what was kept of the change: ``{"bulk": [first, last]}`` for numbers from first to last.
    """
    found: set[int] = set()
    for table, values in rows:
        if "bulk" in values and table in ("resident", "residency"):
            first, last = values["bulk"]
            column = ResidentRecord.id if table == "resident" else ResidencyRecord.resident_id
            row = ResidentRecord.id if table == "resident" else ResidencyRecord.id
            found.update(session.scalars(select(column).where(row.between(first, last))))
    return found


def forget(session: Session) -> None:
    """Empty the index, before everybody is removed."""
    index.empty(session)


def is_missing(session: Session) -> bool:
    """Tell whether nobody can be found although there are people: the index has just been made."""
    has_words = session.scalar(select(ResidentSearchRecord.resident_id).limit(1)) is not None
    somebody = select(ResidentRecord.id).where(ResidentRecord.withheld.is_(None)).limit(1)
    return not has_words and session.scalar(somebody) is not None


def refresh(
    session: Session, resident_ids: Iterable[int] | None = None, progress: Progress = NullProgress()
) -> None:
    """Write the search words of some residents, or of all with None.

    Args:
        session: Of a write; what changed has been flushed.
        resident_ids: Row numbers; those that are gone are forgotten, those whose words stay are left alone.
        progress: Told now and then.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    numbers, done = set(resident_ids or ()), 0
    if resident_ids is None or _are_most(session, numbers):
        total = session.scalar(select(func.count()).select_from(ResidentRecord)) or 0
        with index.built_at_once(session):
            for rows in _steps(session):
                index.put(session, rows, _pieces)
                done += len(rows)
                progress.advance(done, total, _("Search"))
        return
    for chunk in _chunks(numbers):
        progress.advance(done, len(numbers), _("Search"))
        _refresh_some(session, chunk)
        done += len(chunk)


def _are_most(session: Session, numbers: set[int]) -> bool:
    """Tell whether writing everybody anew is quicker."""
    if len(numbers) <= STEP:
        return False
    return len(numbers) * 2 > (session.scalar(select(func.count()).select_from(ResidentRecord)) or 0)


def differences(session: Session, progress: Progress = NullProgress()) -> int:
    """Return how many residents' words are not what the facts say; -1 when the index itself is damaged.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    if not index.check(session):
        return -1
    record = ResidentSearchRecord
    total, wrong, known = session.scalar(select(func.count()).select_from(record)) or 0, 0, 0
    for rows in _steps(session):
        kept = _kept(session, rows)
        known += len(kept)
        wrong += sum(kept.get(number) != words for number, words in rows.items())
        progress.advance(known, max(total, known), _("Search"))
    return wrong + total - known


def _refresh_some(session: Session, chunk: list[int]) -> None:
    kept = _kept(session, chunk)
    wanted = _words(session, ResidentRecord.id.in_(chunk))
    changed = [number for number, words in wanted.items() if kept.get(number) != words]
    stale = [number for number in kept if wanted.get(number) != kept[number]]
    if stale:
        session.execute(
            delete(ResidentSearchRecord).where(ResidentSearchRecord.resident_id.in_(stale)),
            execution_options={"synchronize_session": False},
        )
    if changed:
        index.put(session, {number: wanted[number] for number in changed}, _pieces)


def _pieces(words: str) -> list[str]:
    return tokens_of(parse(words))


def _kept(session: Session, numbers: Iterable[int]) -> dict[int, str]:
    record = ResidentSearchRecord
    found: dict[int, str] = {}
    for chunk in _chunks(numbers):
        rows = session.execute(select(record.resident_id, record.words).where(record.resident_id.in_(chunk)))
        found.update((number, words) for number, words in rows)
    return found


def _steps(session: Session) -> Iterator[dict[int, str]]:
    """Yield row number -> words of all residents, a few thousand at a time."""
    last = 0
    ordered = select(ResidentRecord.id).order_by(ResidentRecord.id).limit(STEP)
    while numbers := list(session.scalars(ordered.where(ResidentRecord.id > last))):
        yield _words(session, ResidentRecord.id.between(numbers[0], numbers[-1]))
        last = numbers[-1]


def _chunks(values: Iterable[int]) -> Iterator[list[int]]:
    items = sorted(values)
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def _words(session: Session, whose: ColumnElement[bool]) -> dict[int, str]:
    resident, residency, household, building = ResidentRecord, ResidencyRecord, HouseholdRecord, BuildingRecord
    statement = (
        select(
            resident.id, resident.name, resident.phone, resident.id_number, resident.register_address,
            residency.address, household.address, building.name, household.unit, household.room,
        )
        .outerjoin(residency, (residency.resident_id == resident.id) & residency.end.is_(None))
        .outerjoin(household, household.id == residency.household_id)
        .outerjoin(building, building.id == household.building_id)
        .where(whose, resident.withheld.is_(None))
        .order_by(resident.id, residency.start, residency.id)
    )  # fmt: skip
    found: dict[int, str] = {}
    for number, name, phone, id_number, registered, *where in session.execute(statement):
        address = "".join(part for part in where if part)
        found[number] = words_of(name, phone, id_number, registered, address)
    return found
