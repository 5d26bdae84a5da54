"""The full-text index of each engine: FTS5 in the file, a GIN index on the server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.orm import Session

from gridapp.db.search.wording import AnyOf, Term

TABLE = "resident_token"
"""FTS5 table of the pieces, by resident; it keeps the index only, not the text. Rows leave it by trigger."""


def is_server(session: Session) -> bool:
    """Tell whether the session speaks to PostgreSQL."""
    return session.get_bind().dialect.name == "postgresql"


def put(session: Session, rows: Sequence[tuple[int, str, Iterable[str]]]) -> None:
    """Write residents that are not in the index.

    Args:
        session: Of a write.
        rows: Row number, words and pieces of each.
    """
    connection = session.connection()
    if is_server(session):
        connection.execute(
            text("INSERT INTO resident_search (resident_id, words, tokens) VALUES (:n, :w, CAST(:t AS tsvector))"),
            [{"n": number, "w": words, "t": " ".join(map(_quoted, tokens))} for number, words, tokens in rows],
        )
        return
    connection.exec_driver_sql(
        "INSERT INTO resident_search (resident_id, words) VALUES (?, ?)", [(number, words) for number, words, _ in rows]
    )
    connection.exec_driver_sql(
        f"INSERT INTO {TABLE} (rowid, tokens) VALUES (?, ?)", [(number, " ".join(tokens)) for number, _, tokens in rows]
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
