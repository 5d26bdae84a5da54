"""Load the long lists of a facts document: people, what they carry, and visits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gridapp.db.base import EPOCH
from gridapp.db.bulk import BulkWriter, Indexes
from gridapp.db.facts_checks import check_approval, check_life, check_visit, given_id, object_at, refuse_known
from gridapp.db.facts_form import VISITS, Section
from gridapp.db.facts_rows import RowReader, Uncommon, dot_of, key_of, plain_id
from gridapp.db.facts_values import brief
from gridapp.db.facts_visits import Corrections, Runs, VisitNumbers
from gridapp.db.queries.references import shown
from gridapp.db.records import ResidentRecord, VisitRecord
from gridapp.domain.keys import new_key, parse_uuid, parse_visit_uuid
from gridapp.errors import ValidationError

if TYPE_CHECKING:
    from gridapp.db.facts_loading import FactsLoader

CHUNK = 10_000
UNCOMMON = (Uncommon, KeyError, TypeError, AttributeError, ValueError, ValidationError)
"""What the quick way raises for an object it does not take."""

Row = list[Any]


def load_rows(loader: FactsLoader, section: Section, items: Iterator[Any], first: int) -> int:
    """Write the objects of one list to its table and return how many there were.

    Args:
        loader: Knows the ids, the slow way, and whom to tell.
        section: A list whose objects hold no lists of their own.
        items: The objects.
        first: Row number of the first.

    Raises:
        ValidationError: One of them is wrong.
        OperationCancelled: The user asked to stop.
    """
    reader = RowReader(section, loader.known, loader.unit.actor, _microseconds(loader))
    known = loader.known.get(section.name)
    writer = _Chunks(loader, section, reader, "uid")
    fits = _fitting(section.name, reader, loader.today.isoformat())
    uid, ref, version = reader.places["uid"], reader.places["ref"], reader.places["version"]
    for place, item in enumerate(items):
        try:
            row = reader.read(item)
            given = plain_id(item.get("id"))
            key = key_of(given) if given is not None else None
            row[uid] = key if key is not None else new_key(loader.unit.now).bytes
            row[ref] = given if key is None else None
            if row[version] < 1 or not fits(row) or (known is not None and given in known):
                raise Uncommon
        except UNCOMMON:
            row, given = _slow_row(loader, section, reader, item, place)
        row[0] = first + place
        if known is not None:
            known[given if given is not None else shown(None, UUID(bytes=row[uid]))] = first + place
        writer.add(row)
    return writer.finish()


def load_visits(loader: FactsLoader, items: Iterator[Any]) -> None:
    """Write the visits.

    Raises:
        ValidationError: One of them is wrong.
        OperationCancelled: The user asked to stop.
    """
    reader = RowReader(VISITS, loader.known, loader.unit.actor, _microseconds(loader))
    numbers, corrections, runs = VisitNumbers(loader.session), Corrections(), Runs()
    writer = _Chunks(loader, VISITS, reader, "id")
    lives = _Lives(loader)
    settle = _settling(reader, lives, loader.today.isoformat())
    ref = reader.places["ref"]
    for place, item in enumerate(items):
        try:
            row = reader.read(item)
            given = plain_id(item.get("id"))
            settle(row, item.get("voided", False))
            key = key_of(given) if given is not None else None
            dot = dot_of(key) if key is not None else None
            row[ref] = given if dot is None else None
        except UNCOMMON:
            row, dot = _slow_visit(loader, reader, lives, item, place)
        row[0] = number = numbers.number(dot)
        if item.get("replaces") is not None:
            corrections.note(number, item["replaces"], _where(VISITS.name, place, item))
        runs.add(number)
        writer.add(row)
    writer.finish(lambda: _link(loader, corrections.resolve(numbers)))
    loader.note(VISITS.name, VisitRecord.__tablename__, runs.joined())


class _Chunks:
    """Writes rows some thousands at a time, and says which one was there already."""

    def __init__(self, loader: FactsLoader, section: Section, reader: RowReader, key: str) -> None:
        self._loader = loader
        self._section = section
        self._reader = reader
        self._identity = (reader.places[key], reader.places["ref"])
        self._writer = BulkWriter(loader.session.connection(), section.record, reader.columns)
        self._indexes = Indexes(loader.session, section.record)
        self._rows: list[tuple[Any, ...]] = []
        self._written = 0

    def add(self, row: Row) -> None:
        """Take the next row."""
        self._rows.append(tuple(row))
        if len(self._rows) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write what waits.

        Raises:
            ValidationError: One of the rows is there already.
            OperationCancelled: The user asked to stop.
        """
        self._loader.session.flush()
        try:
            with self._loader.session.connection().begin_nested():
                self._writer.write(self._rows)
        except IntegrityError:
            self._refuse_repeated()
            raise
        self._written += len(self._rows)
        self._rows = []
        self._indexes.wrote(self._written)
        self._loader.tell(self._section.name, self._written)

    def finish(self, before_indexes: Callable[[], None] | None = None) -> int:
        """Write the last rows, build the indexes again, and return how many rows there were."""
        self.flush()
        if before_indexes is not None:
            before_indexes()
        self._indexes.restore()
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
                asked = UUID(bytes=value) if isinstance(value, bytes) else value
                if (place, value) in met or self._loader.session.scalar(select(record.id).where(column == asked)):
                    name = row[self._identity[1]] or self._shown(row)
                    where = f"{self._section.name}[{self._written + offset}] {brief(name)}".rstrip()
                    refuse_known("", ("",), where, "id")
                met.add((place, value))

    def _shown(self, row: tuple[Any, ...]) -> str:
        value = row[self._identity[0]]
        return str(UUID(bytes=value)) if isinstance(value, bytes) else ""


class _Lives:
    """Birth and death of everyone as ISO text, by row number."""

    def __init__(self, loader: FactsLoader) -> None:
        self._texts: dict[Any, str] = {}
        self.births: dict[int, str] = {}
        self.deaths: dict[int, str] = {}
        statement = select(ResidentRecord.id, ResidentRecord.birth, ResidentRecord.died)
        for number, birth, died in loader.session.execute(statement.execution_options(yield_per=CHUNK)):
            if birth is not None:
                self.births[number] = self._texts.setdefault(birth, birth.isoformat())
            if died is not None:
                self.deaths[number] = died.isoformat()

    def of(self, number: int) -> tuple[dt.date | None, dt.date | None]:
        """Return birth and death of somebody."""
        birth, died = self.births.get(number), self.deaths.get(number)
        return birth and dt.date.fromisoformat(birth) or None, died and dt.date.fromisoformat(died) or None


def _settling(reader: RowReader, lives: _Lives, today: str) -> Callable[[Row, Any], None]:
    places = reader.places
    person, day = places["resident_id"], places["visited_on"]
    created_at, created_by = places["created_at"], places["created_by"]
    voided_at, voided_by, reason = places["voided_at"], places["voided_by"], places["void_reason"]
    births, deaths = lives.births, lives.deaths

    def settle(row: Row, voided: Any) -> None:
        """Settle whether a visit was taken back, as ``check_visit`` does."""
        on, number = row[day], row[person]
        if on > today or on < births.get(number, "") or (number in deaths and on > deaths[number]):
            raise Uncommon
        if voided is False:
            row[voided_at] = row[voided_by] = row[reason] = None
        elif voided is True:
            row[voided_at] = row[voided_at] or row[created_at]
            row[voided_by] = row[voided_by] or row[created_by]
        else:
            raise Uncommon

    return settle


def _slow_visit(
    loader: FactsLoader, reader: RowReader, lives: _Lives, row: Any, place: int
) -> tuple[Row, tuple[int, int] | None]:
    item = object_at(row, f"visits[{place}]")
    given = given_id(item, f"visits[{place}]")
    where = f"visits[{place}] {brief(given or '')}".rstrip()
    value = loader.values(VISITS, item, where)
    value |= {name: stamp for name, stamp in loader.stamps(item, where).items() if name.startswith("created")}
    check_visit(value, item, lives.of(value["resident_id"]), loader.today, where)
    key = parse_uuid(given) if given is not None else None
    dot = parse_visit_uuid(key) if key else None
    return reader.from_values(value | {"ref": given if dot is None else None}), dot


def _slow_row(loader: FactsLoader, section: Section, reader: RowReader, row: Any, place: int) -> tuple[Row, str | None]:
    where = f"{section.name}[{place}]"
    item = object_at(row, where)
    given = given_id(item, where)
    where = f"{where} {brief(given or '')}".rstrip()
    value = loader.values(section, item, where) | loader.identity(item, where) | loader.stamps(item, where)
    shown_id = shown(value["ref"], value["uid"])
    refuse_known(shown_id, loader.known.get(section.name, ()), where, "id")
    if section.name == "persons":
        check_life(value, loader.today)
    elif section.name == "absences":
        check_approval(value, f"absences[{place}]")
    return reader.from_values(value), shown_id


def _fitting(name: str, reader: RowReader, today: str) -> Callable[[Row], bool]:
    """Return a quick check of what the slow way would refuse or decide."""
    places = reader.places
    if name == "persons":
        birth, died = places["birth"], places["died"]
        return lambda row: (
            row[birth] is None or (row[birth] <= today and (row[died] is None or row[died] >= row[birth]))
        )
    if name == "absences":
        approved, by, author = places["approved"], places["approved_by"], places["author"]
        return lambda row: not row[approved] or row[by] is None or row[by] != row[author]
    return lambda row: True


def _link(loader: FactsLoader, pairs: list[tuple[int, int]]) -> None:
    """Let corrections name what they correct; only now is every visit there that could be named."""
    connection = loader.session.connection()
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    statement = f"UPDATE visit SET replaces_id = {mark} WHERE id = {mark}"
    for start in range(0, len(pairs), CHUNK):
        connection.exec_driver_sql(statement, [(old, new) for new, old in pairs[start : start + CHUNK]])


def _where(name: str, place: int, item: dict[str, Any]) -> str:
    return f"{name}[{place}] {brief(item.get('id') or '')}".rstrip()


def _microseconds(loader: FactsLoader) -> int:
    return (loader.unit.now - EPOCH) // dt.timedelta(microseconds=1)
