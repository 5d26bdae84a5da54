"""Load the long lists of a facts document: people, what they carry, and visits."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from gridapp.db import bulk
from gridapp.db.base import EPOCH, table_of
from gridapp.db.facts.checks import (
    check_approval,
    check_life,
    check_visit,
    given_id,
    keys_of,
    object_at,
    refuse_known,
    refuse_unknown_keys,
)
from gridapp.db.facts.form import VISITS, Section
from gridapp.db.facts.intake import Intake
from gridapp.db.facts.known import Asked
from gridapp.db.facts.rows import RowReader, Uncommon, VisitKeys, key_of, plain_id
from gridapp.db.facts.values import brief
from gridapp.db.facts.visits import Corrections, Runs, VisitNumbers
from gridapp.db.queries.references import shown
from gridapp.db.records import ResidentRecord, VisitRecord
from gridapp.domain.keys import new_key, parse_uuid, parse_visit_uuid
from gridapp.errors import ValidationError

CHUNK = 10_000
FEW = 20_000
"""Rows for which taking an index down and building it again does not pay."""
UNCOMMON = (Uncommon, KeyError, TypeError, AttributeError, ValueError, IndexError, ValidationError)
"""What the quick way raises for an object it does not take."""

Row = list[Any]


def load_rows(intake: Intake, section: Section, items: Iterator[Any], first: int) -> int:
    """Write the objects of one list to its table and return how many there were.

    Args:
        intake: Knows the ids, the careful way, and whom to tell.
        section: A list whose objects hold no lists of their own.
        items: The objects.
        first: Row number of the first.

    Raises:
        ValidationError: One of them is wrong.
        OperationCancelled: The user asked to stop.
    """
    reader = _reader(intake, section)
    known = intake.known.get(section.name)
    writer = _Chunks(intake, section, reader, "uid")
    fits = _fitting(section.name, reader, intake.day(intake.today))
    uid, ref, version, by = (reader.places[name] for name in ("uid", "ref", "version", "created_by"))
    for place, item in enumerate(items):
        try:
            row = reader.read(item)
            given = plain_id(item.get("id"))
            key = key_of(given) if given is not None else None
            row[uid] = key if key is not None else bytearray(new_key(intake.unit.now).bytes)
            row[ref] = given if key is None else None
            if row[version] < 1 or not row[by] or not fits(row) or (known is not None and given in known):
                raise Uncommon
        except UNCOMMON:
            row, given = _careful_row(intake, section, reader, item, place)
        row[0] = first + place
        if known is not None:
            known[given if given is not None else str(UUID(bytes=bytes(row[uid])))] = first + place
        writer.add(row)
    return writer.finish()


def load_visits(intake: Intake, items: Iterator[Any]) -> None:
    """Write the visits.

    Raises:
        ValidationError: One of them is wrong.
        OperationCancelled: The user asked to stop.
    """
    reader = _reader(intake, VISITS)
    keys = VisitKeys()
    numbers, corrections, runs = VisitNumbers(intake.session), Corrections(), Runs()
    writer = _Chunks(intake, VISITS, reader, "id")
    lives = _Lives(intake)
    settle = _settling(intake, reader, lives)
    ref = reader.places["ref"]
    for place, item in enumerate(items):
        try:
            row = reader.read(item)
            given = plain_id(item.get("id"))
            settle(row, item.get("voided", False))
            dot = keys.dot(given) if given is not None else None
            row[ref] = given if dot is None else None
        except UNCOMMON:
            row, dot = _careful_visit(intake, reader, lives, item, place)
        row[0] = number = numbers.number(dot)
        if item.get("replaces") is not None:
            corrections.note(number, item["replaces"], _where(VISITS.name, place, item))
        runs.add(number)
        writer.add(row)
    writer.finish(lambda: _link(intake, corrections.resolve(numbers)))
    intake.note(VISITS.name, VisitRecord.__tablename__, runs.joined())


def _reader(intake: Intake, section: Section) -> RowReader:
    unit = intake.unit
    stamps: dict[str, Any] = {
        "created_at": (unit.now - EPOCH) // dt.timedelta(microseconds=1),
        "created_by": unit.actor,
        "actor_id": unit.actor_number(unit.actor) if section is VISITS else None,
    }
    return RowReader(section, intake.known, intake.day, stamps, unit.actor_number)


class _Chunks:
    """Writes rows some thousands at a time, and says which one was there already."""

    def __init__(self, intake: Intake, section: Section, reader: RowReader, key: str) -> None:
        self._intake, self._section, self._reader = intake, section, reader
        self._connection = intake.session.connection()
        self._identity = (reader.places[key], reader.places["ref"])
        self._writer = bulk.BulkWriter(self._connection, section.record, reader.columns)
        self._indexes: list[str] | None = None
        self._rows: list[Row] = []
        self._written = 0

    def add(self, row: Row) -> None:
        """Take the next row."""
        self._rows.append(row)
        if len(self._rows) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write what waits.

        Raises:
            ValidationError: One of the rows is there already.
            OperationCancelled: The user asked to stop.
        """
        self._intake.session.flush()
        try:
            with self._connection.begin_nested():
                self._writer.write(self._rows)
        except IntegrityError:
            self._refuse_repeated()
            raise
        self._written += len(self._rows)
        self._rows = []
        if self._indexes is None and self._written >= FEW and self._written >= self._worth:
            self._indexes = bulk.take_down(self._connection, [self._section.record])
        self._intake.tell(self._section.name, self._written)

    @functools.cached_property
    def _worth(self) -> int:
        """From how many rows on building the indexes again is quicker than keeping them: as many as were here."""
        here = self._intake.session.scalar(select(func.count()).select_from(table_of(self._section.record))) or 0
        return here - self._written

    def finish(self, before_indexes: Callable[[], None] | None = None) -> int:
        """Write the last rows, build the indexes again, and return how many rows there were."""
        self.flush()
        if before_indexes is not None:
            before_indexes()
        bulk.put_back(self._connection, self._indexes or [])
        bulk.catch_up(self._intake.session, [self._section.record])
        return self._written

    def _refuse_repeated(self) -> None:
        """Find the first row of a chunk whose key or reference is there; the chunk itself was taken back."""
        record: Any = self._section.record
        columns = [getattr(record, self._reader.columns[place]) for place in self._identity]
        met: set[tuple[int, Any]] = set()
        for offset, row in enumerate(self._rows):
            for place, column in zip(self._identity, columns, strict=True):
                value = row[place]
                if value is None:
                    continue
                asked = UUID(bytes=bytes(value)) if isinstance(value, bytearray) else value
                if (place, asked) in met or self._intake.session.scalar(select(record.id).where(column == asked)):
                    name = row[self._identity[1]] or (str(asked) if isinstance(asked, UUID) else "")
                    where = f"{self._section.name}[{self._written + offset}] {brief(name)}".rstrip()
                    refuse_known("", ("",), where, "id")
                met.add((place, asked))


class _Lives:
    """Birth and death of everyone as the engine keeps days, by row number."""

    def __init__(self, intake: Intake) -> None:
        self._session, self._day = intake.session, intake.day
        self.births: Any = Asked(self._ask)
        self.deaths: dict[int, Any] = {}
        if not intake.is_small:
            self._read_all()

    def _ask(self, number: int) -> Any:
        birth, died = self.of(number)
        if died is not None:
            self.deaths[number] = self._day(died)
        return None if birth is None else self._day(birth)

    def _read_all(self) -> None:
        day = self._day
        last = self._session.scalar(select(func.max(ResidentRecord.id))) or 0
        self.births = [None] * (last + 1)
        met: dict[dt.date, Any] = {}
        statement = select(ResidentRecord.id, ResidentRecord.birth, ResidentRecord.died)
        for number, birth, died in self._session.execute(statement.execution_options(yield_per=CHUNK)):
            if birth is not None:
                self.births[number] = met[birth] if birth in met else met.setdefault(birth, day(birth))
            if died is not None:
                self.deaths[number] = day(died)

    def of(self, number: int) -> tuple[dt.date | None, dt.date | None]:
        """Return birth and death of somebody."""
        found = self._session.execute(
            select(ResidentRecord.birth, ResidentRecord.died).where(ResidentRecord.id == number)
        ).one()
        return found.birth, found.died


def _settling(intake: Intake, reader: RowReader, lives: _Lives) -> Callable[[Row, Any], None]:
    places, today = reader.places, intake.day(intake.today)
    person, day, created_at, actor = (
        places[name] for name in ("resident_id", "visited_on", "created_at", "actor_id")
    )
    voided_at, voided_by, reason = (places[name] for name in ("voided_at", "voided_by", "void_reason"))
    births, deaths = lives.births, lives.deaths

    def settle(row: Row, voided: Any) -> None:
        """Settle whether a visit was taken back, as ``check_visit`` does."""
        on, number = row[day], row[person]
        birth = births[number]
        if on > today or (birth is not None and on < birth) or (number in deaths and on > deaths[number]):
            raise Uncommon
        if voided is False:
            row[voided_at] = row[voided_by] = row[reason] = None
        elif voided is True and row[voided_by]:
            row[voided_at] = row[voided_at] or row[created_at]
        else:
            raise Uncommon

    return settle


def _careful_visit(
    intake: Intake, reader: RowReader, lives: _Lives, row: Any, place: int
) -> tuple[Row, tuple[int, int] | None]:
    item = object_at(row, f"visits[{place}]")
    given = given_id(item, f"visits[{place}]")
    where = f"visits[{place}] {brief(given or '')}".rstrip()
    refuse_unknown_keys(item, keys_of(VISITS), where)
    value = intake.values(VISITS, item, where)
    value |= {name: stamp for name, stamp in intake.stamps(item, where).items() if name.startswith("created")}
    check_visit(value, item, lives.of(value["resident_id"]), intake.today, where)
    value["actor_id"] = intake.unit.actor_number(value.pop("created_by"))
    key = parse_uuid(given) if given is not None else None
    dot = parse_visit_uuid(key) if key else None
    return reader.from_values(value | {"ref": given if dot is None else None}), dot


def _careful_row(
    intake: Intake, section: Section, reader: RowReader, row: Any, place: int
) -> tuple[Row, str | None]:
    where = f"{section.name}[{place}]"
    item = object_at(row, where)
    given = given_id(item, where)
    where = f"{where} {brief(given or '')}".rstrip()
    refuse_unknown_keys(item, keys_of(section), where)
    value = intake.values(section, item, where) | intake.identity(item, where) | intake.stamps(item, where)
    shown_id = shown(value["ref"], value["uid"])
    refuse_known(shown_id, intake.known.get(section.name, ()), where, "id")
    if section.name == "persons":
        check_life(value, intake.today)
    elif section.name == "absences":
        check_approval(value, f"absences[{place}]")
    return reader.from_values(value), shown_id


def _fitting(name: str, reader: RowReader, today: Any) -> Callable[[Row], bool]:
    """Return a quick check of what the careful way would refuse or decide."""
    places = reader.places
    if name == "persons":
        birth, died = places["birth"], places["died"]
        return lambda row: (
            row[birth] is None or (row[birth] <= today and (row[died] is None or row[died] >= row[birth]))
        )
    if name == "absences":
        approved, by, author = places["approved"], places["approved_by"], places["author"]
        return lambda row: not row[approved] or row[by] is None or row[by] != row[author]
    if name == "grid_choices":
        building, resident = places["building_id"], places["resident_id"]
        return lambda row: (row[building] is None) != (row[resident] is None)
    return lambda row: True


def _link(intake: Intake, pairs: list[tuple[int, int]]) -> None:
    """Let corrections name what they correct; only now is every visit there that could be named."""
    connection = intake.session.connection()
    mark = "%s" if bulk.is_server(connection) else "?"
    statement = f"UPDATE visit SET replaces_id = {mark} WHERE id = {mark}"
    for start in range(0, len(pairs), CHUNK):
        connection.exec_driver_sql(statement, [(old, new) for new, old in pairs[start : start + CHUNK]])


def _where(name: str, place: int, item: dict[str, Any]) -> str:
    return f"{name}[{place}] {brief(item.get('id') or '')}".rstrip()
