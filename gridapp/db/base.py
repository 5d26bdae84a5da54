"""The declarative base, column types, and the columns every travelling row has."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Annotated, Any

from sqlalchemy import (
    BigInteger,
    Date,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    SQLColumnExpression,
    String,
    Table,
    Text,
    TypeDecorator,
    Uuid,
    and_,
    or_,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement, FunctionElement

from gridapp.db.days import pack_day, unpack_day

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
OPEN_END = dt.date(9999, 12, 31)
"""Stands for an open end inside comparisons; never stored."""

RowNumber = Annotated[int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)]
"""Local number of a row, for joins only; it never leaves the database."""


class Key(TypeDecorator[uuid.UUID]):
    """A UUID in 16 bytes on SQLite, PostgreSQL's own type there."""

    impl = LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Choose the column type of the engine."""
        return dialect.type_descriptor(Uuid() if dialect.name == "postgresql" else LargeBinary(16))

    def process_bind_param(self, value: uuid.UUID | None, dialect: Dialect) -> Any:
        """Give the engine its form."""
        return value if value is None or dialect.name == "postgresql" else value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> uuid.UUID | None:
        """Read the engine's form."""
        return value if value is None or isinstance(value, uuid.UUID) else uuid.UUID(bytes=value)


class Instant(TypeDecorator[dt.datetime]):
    """An instant in UTC, as microseconds since 1970, alike on both engines."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> int | None:
        """Count microseconds."""
        return None if value is None else (value - EPOCH) // dt.timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> dt.datetime | None:
        """Make an aware instant."""
        return None if value is None else EPOCH + dt.timedelta(microseconds=value)


class PackedDate(Date):
    """What SQLAlchemy's ``Date`` becomes in the file, wherever a statement says it or infers it."""

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Give the file its form."""
        return pack_day

    def literal_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        """Write the file's form into a statement."""
        return lambda day: str(pack_day(day))

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """Read the file's form."""
        return unpack_day


class TimeOfDay(TypeDecorator[str]):
    """A time like 09:30, as minutes since midnight."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> int | None:
        """Count minutes.

        Raises:
            ValueError: It is no such time; validation should have caught it.
        """
        return None if value is None else int(value[:2]) * 60 + int(value[3:])

    def process_result_value(self, value: int | None, dialect: Dialect) -> str | None:
        """Write hours and minutes."""
        return None if value is None else f"{value // 60:02}:{value % 60:02}"


class Code(TypeDecorator[str]):
    """One of a few fixed words, stored as its place in the list.

    The list may grow at its end only, because stored rows hold places.
    """

    impl = SmallInteger
    cache_ok = True

    def __init__(self, words: tuple[str, ...]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: str | None, dialect: Dialect) -> int | None:
        """Find the word's place.

        Raises:
            ValueError: The word is not in the list; validation should have caught it.
        """
        return None if value is None else self.words.index(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> str | None:
        """Return the word at a place."""
        return None if value is None else self.words[value]


class later(FunctionElement[dt.date]):
    """The greater of two values; one name for both engines."""

    inherit_cache = True


class earlier(FunctionElement[dt.date]):
    """The lesser of two values; one name for both engines."""

    inherit_cache = True


class position_of(FunctionElement[int]):
    """The place of a text inside another, counted from 1, 0 when it is not there; one name for both engines."""

    inherit_cache = True
    type = Integer()


@compiles(later)
def _later(element: later, compiler: SQLCompiler, **kw: Any) -> str:
    return f"max({compiler.process(element.clauses, **kw)})"


@compiles(later, "postgresql")
def _later_pg(element: later, compiler: SQLCompiler, **kw: Any) -> str:
    return f"greatest({compiler.process(element.clauses, **kw)})"


@compiles(earlier)
def _earlier(element: earlier, compiler: SQLCompiler, **kw: Any) -> str:
    return f"min({compiler.process(element.clauses, **kw)})"


@compiles(earlier, "postgresql")
def _earlier_pg(element: earlier, compiler: SQLCompiler, **kw: Any) -> str:
    return f"least({compiler.process(element.clauses, **kw)})"


@compiles(position_of)
def _position_of(element: position_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kw)})"


@compiles(position_of, "postgresql")
def _position_of_pg(element: position_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **kw)})"


class Base(DeclarativeBase):
    """Base of every mapped record."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {uuid.UUID: Key(), dt.datetime: Instant(), str: Text()}


class Stamped:
    """Who made and last changed a row, when, and how many times it changed.

    ``version`` guards against two people overwriting each other: an update
    that does not find the version it read fails.
    """

    created_at: Mapped[dt.datetime] = mapped_column(sort_order=90)
    created_by: Mapped[str] = mapped_column(String(80), sort_order=91)
    changed_at: Mapped[dt.datetime | None] = mapped_column(sort_order=92)
    changed_by: Mapped[str | None] = mapped_column(String(80), sort_order=93)
    version: Mapped[int] = mapped_column(default=1, sort_order=94)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.__table__.c.version if hasattr(cls, "__table__") else cls.version}


class Travelling(Stamped):
    """A row with a key made on the laptop, and the reference others gave it.

    ``ref`` keeps an id of a facts file that is not a UUID; it is what exports
    and lists show in place of the key.
    """

    id: Mapped[RowNumber] = mapped_column(sort_order=-9)
    uid: Mapped[uuid.UUID] = mapped_column(unique=True, sort_order=-8)
    ref: Mapped[str | None] = mapped_column(String(200), sort_order=-7)

    def __init_subclass__(cls, **kw: Any) -> None:
        """Let references be unique, with nothing kept for the rows that have none."""
        super().__init_subclass__(**kw)
        unique_reference(table_of(cls))  # type: ignore[arg-type]


def unique_reference(table: Table) -> None:
    """Index the references a table's rows were given; most rows have none, and cost nothing.

    On PostgreSQL the index is partial too, by the migration: said here, it would
    load that engine's dialect at every start.
    """
    Index(f"uq_{table.name}_ref", table.c.ref, unique=True, sqlite_where=text("ref IS NOT NULL"))


def table_of(record: type[Base]) -> Table:
    """Return the table behind a record, for statements that go past the ORM."""
    table = record.__table__
    assert isinstance(table, Table)
    return table


def covers(start: SQLColumnExpression[Any], end: SQLColumnExpression[Any], day: Any) -> ColumnElement[bool]:
    """Return the condition that ``[start, end)`` contains a day; an end of NULL is open."""
    return and_(start <= day, or_(end.is_(None), end > day))
