"""A full-text index of residents: FTS5 in the file, a GIN index on the server.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index, empty, and forget the words kept so far; the program writes both when it opens the database."""
    op.execute("DELETE FROM resident_search")
    op.create_index("ix_resident_register_status", "resident", ["register_status"])
    if op.get_bind().dialect.name == "postgresql":
        _index_on_server()
    else:
        _index_in_file()


def _index_on_server() -> None:
    op.execute("DROP INDEX IF EXISTS ix_resident_search_words_trgm")
    op.add_column("resident_search", sa.Column("tokens", postgresql.TSVECTOR(), nullable=False))
    op.create_index("ix_resident_search_tokens", "resident_search", ["tokens"], postgresql_using="gin")


def _index_in_file() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE resident_token USING fts5"
        "(tokens, content='', contentless_delete=1, detail=none, columnsize=1, tokenize='ascii')"
    )
    # What is deleted must not stay readable in the file.
    op.execute("INSERT INTO resident_token (resident_token, rank) VALUES ('secure-delete', 1)")
    op.execute(
        "CREATE TRIGGER resident_token_removed AFTER DELETE ON resident_search "
        "BEGIN DELETE FROM resident_token WHERE rowid = OLD.resident_id; END"
    )
