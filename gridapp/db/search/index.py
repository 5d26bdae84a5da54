"""The full-text index of each engine: FTS5 in the file, a GIN index on the server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy.orm import Session

from gridapp.db import faults
from gridapp.db.search.wording import AnyOf, Term

TABLE = "resident_token"
"""FTS5 table of the pieces, by resident; it keeps the index only, not the text. Rows leave it by trigger."""

_COPY = "COPY resident_search (resident_id, words, tokens) FROM STDIN"
SERVER_INDEX = "ix_resident_search_tokens"
ROOMY_HASH = 64 * 2**20
"""Pieces kept in memory before a file's index writes them, while all of it is built. [bytes]"""
MOST_SEGMENTS = 2000


def is_server(session: Session) -> bool:
    """Tell whether the session speaks to PostgreSQL."""
    return session.get_bind().dialect.name == "postgresql"


def put(session: Session, words: Mapping[int, str], pieces: Callable[[str], Iterable[str]]) -> None:
    """Write residents that are not in the index.

    Args:
        session: Of a write.
        words: Of each row number.
        pieces: Cuts words into pieces.
    """
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    with faults.of_driver(connection, TABLE):
        if is_server(session):
            with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
                for number, kept in words.items():
                    copy.write_row((number, kept, " ".join(map(_quoted, pieces(kept)))))
            return
        driver.executemany("INSERT INTO resident_search (resident_id, words) VALUES (?, ?)", words.items())
        driver.executemany(
            f"INSERT INTO {TABLE} (rowid, tokens) VALUES (?, ?)",
            ((number, " ".join(pieces(kept))) for number, kept in words.items()),
        )


def empty(session: Session) -> None:
    """Forget everybody."""
    connection = session.connection()
    if is_server(session):
        connection.exec_driver_sql("DELETE FROM resident_search")
        return
    # The trigger would take out a million residents one by one.
    body = connection.scalar(text("SELECT sql FROM sqlite_schema WHERE name = 'resident_token_removed'"))
    connection.exec_driver_sql("DROP TRIGGER resident_token_removed")
    connection.exec_driver_sql("DELETE FROM resident_search")
    connection.exec_driver_sql(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('delete-all')")
    connection.exec_driver_sql(body)


@contextmanager
def built_at_once(session: Session) -> Iterator[None]:
    """Empty the index, and let everybody be put into it much faster than one after the other.

    A file's index collects far more pieces in memory before it writes them, and joins what it wrote once, at the
    end. On a server the index is built when all rows are there, if this user may.
    """
    empty(session)
    connection = session.connection()
    if is_server(session):
        with _index_taken_down(connection):
            yield
        return

    def tell(option: str, value: int) -> None:
        connection.exec_driver_sql(f"INSERT INTO {TABLE} ({TABLE}, rank) VALUES ('{option}', {value})")

    tell("hashsize", ROOMY_HASH)
    tell("automerge", 0)
    tell("crisismerge", MOST_SEGMENTS)
    yield
    connection.exec_driver_sql(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('optimize')")
    # What an index begins with; the transaction takes all of it back when something fails.
    tell("hashsize", 2**20)
    tell("automerge", 4)
    tell("crisismerge", 16)


@contextmanager
def _index_taken_down(connection: Connection) -> Iterator[None]:
    owned = "SELECT pg_has_role(tableowner, 'USAGE') FROM pg_tables WHERE tablename = 'resident_search' "
    if not connection.scalar(text(owned + "AND schemaname = current_schema()")):
        yield
        return
    connection.exec_driver_sql(f"DROP INDEX IF EXISTS {SERVER_INDEX}")
    yield
    connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '256MB'")
    connection.exec_driver_sql(f"CREATE INDEX {SERVER_INDEX} ON resident_search USING gin (tokens)")


def check(session: Session) -> bool:
    """Tell whether the index itself is sound; the server looks after its own.

    Returns:
        False when its pages contradict each other, or it holds other residents than it should.
    """
    if is_server(session):
        return True
    connection = session.connection()
    try:
        connection.exec_driver_sql(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('integrity-check')")
    except connection.dialect.loaded_dbapi.DatabaseError:
        return False
    count = f"SELECT (SELECT count(*) FROM resident_search) = (SELECT count(*) FROM {TABLE}_docsize)"
    return bool(connection.scalar(text(count)))


def lookup(session: Session, alternatives: Sequence[AnyOf]) -> TextClause:
    """Return the condition, on ``resident_search``'s numbers, that a resident has one combination out of each.

    Bind it as ``wanted``; see :func:`wanting`.
    """
    if is_server(session):
        clause = "resident_search.tokens @@ CAST(:wanted AS tsquery)"
    else:
        clause = f"{TABLE} MATCH :wanted"
    return text(clause).bindparams(bindparam("wanted", wanting(session, alternatives)))


@contextmanager
def by_index_only(session: Session) -> Iterator[None]:
    """Keep a server from reading everybody: it takes pieces it never saw for common ones when many may do."""
    if not is_server(session):
        yield
        return
    session.execute(text("SET LOCAL enable_seqscan = off"))
    yield
    session.execute(text("SET LOCAL enable_seqscan TO DEFAULT"))


def wanting(session: Session, alternatives: Sequence[AnyOf]) -> str:
    """Return the same in the engine's own language."""
    on_server = is_server(session)
    conjunction, disjunction, term = (" & ", " | ", _server_term) if on_server else (" AND ", " OR ", _file_term)
    return conjunction.join(
        "(" + disjunction.join("(" + conjunction.join(map(term, terms)) + ")" for terms in any_of) + ")"
        for any_of in alternatives
    )


def _file_term(term: Term) -> str:
    piece, is_open = term
    return f'"{piece}"' + (" *" if is_open else "")


def _server_term(term: Term) -> str:
    piece, is_open = term
    return _quoted(piece) + (":*" if is_open else "")


def _quoted(piece: str) -> str:
    return "'" + piece.replace("\\", "\\\\").replace("'", "''") + "'"
