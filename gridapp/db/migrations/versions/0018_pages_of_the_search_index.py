"""Pieces of the search index that fit a page of the file, so that none spills over into a second one.

They were as large as a page without encryption, whose seal takes 80 bytes of each. Pages written before stay as
they are until the index is built again.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

FITTING = 3960
"""A record within 3981 bytes stays on its page of 4096, less 80: these, a few of its head, and the last number of a
list, which may go beyond. [bytes]"""


def upgrade() -> None:
    """Tell the index."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"INSERT INTO resident_token (resident_token, rank) VALUES ('pgsz', {FITTING})")
