"""Smaller rows: days as numbers in the file, nothing kept for references that are not there, names of actors once.

In the file tables are rebuilt from their own stored definitions, so that every
constraint stays word for word. The triggers that keep the figures go with them;
the program puts them back and counts again when it opens the database.

Frozen: a released revision is never edited, and imports nothing of the program.
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
GIVEN = sa.text("ref IS NOT NULL")

DAYS: dict[str, tuple[str, ...]] = {
    "category": (),
    "community": (),
    "grid": ("valid_from", "valid_to"),
    "grid_boundary": ("start", "end"),
    "worker": (),
    "assignment": ("start", "end"),
    "building": (),
    "household": (),
    "resident": ("birth", "died"),
    "residency": ("start", "end"),
    "enrolment": ("start", "end"),
    "absence": ("start", "end"),
    "contact": (),
    "consent": ("start", "end"),
    "tier_override": ("start", "end"),
    "import_batch": (),
}
"""Tables whose rows may have a reference, and their days; the visits are another matter."""

DERIVED = (
    "figure_rule",
    "figure_month",
    "figure_category",
    "figure_stale",
    "person_month",
    "grid_month",
    "community_month",
    "grid_category_month",
    "community_category_month",
)


def upgrade() -> None:
    """Rebuild in the file, change in place on a server."""
    op.create_table(
        "actor",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.String(80).with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_actor"),
        sa.UniqueConstraint("name", name="uq_actor_name"),
    )
    op.execute("INSERT INTO actor (name) SELECT DISTINCT created_by FROM visit ORDER BY created_by")
    if op.get_bind().dialect.name == "postgresql":
        _on_server()
    else:
        _in_file()


def _on_server() -> None:
    op.add_column("visit", sa.Column("actor_id", NUMBER, nullable=True))
    op.execute("UPDATE visit SET actor_id = actor.id FROM actor WHERE actor.name = visit.created_by")
    op.alter_column("visit", "actor_id", nullable=False)
    op.drop_column("visit", "created_by")
    op.create_foreign_key("fk_visit_actor_id_actor", "visit", "actor", ["actor_id"], ["id"])
    op.execute(
        "ALTER TABLE visit ALTER COLUMN time TYPE smallint "
        "USING substr(time, 1, 2)::smallint * 60 + substr(time, 4, 2)::smallint"
    )
    for table in (*DAYS, "visit"):
        op.drop_constraint(f"uq_{table}_ref", table, type_="unique")
        op.create_index(f"uq_{table}_ref", table, ["ref"], unique=True, postgresql_where=GIVEN)


def _in_file() -> None:
    bind = op.get_bind()
    named = sa.text("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'figures_%'")
    for name in bind.scalars(named).all():
        op.execute(f"DROP TRIGGER {name}")
    for table in DERIVED:
        op.execute(f"DELETE FROM {table}")
    for table, days in DAYS.items():
        _rebuild(table, days)
    _rebuild_visits()


def _rebuild(table: str, days: tuple[str, ...]) -> None:
    bind = op.get_bind()
    found = sa.text("SELECT sql FROM sqlite_schema WHERE tbl_name = :name AND type = :type AND sql IS NOT NULL")
    stored = bind.scalars(found, {"name": table, "type": "table"}).one()
    indexes = bind.scalars(found, {"name": table, "type": "index"}).all()
    names = [row.name for row in bind.execute(sa.text(f"SELECT name FROM pragma_table_info('{table}')"))]
    smaller, count = re.subn(rf",\s*CONSTRAINT uq_{table}_ref UNIQUE \(ref\)", "", stored)
    smaller, named = re.subn(rf"^CREATE TABLE \"?{table}\"? ", f"CREATE TABLE {table}_smaller ", smaller)
    assert count == 1 and named == 1, table
    op.execute(smaller)
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(_number_of_day(f'"{name}"') if name in days else f'"{name}"' for name in names)
    op.execute(f"INSERT INTO {table}_smaller ({columns}) SELECT {values} FROM {table} ORDER BY id")
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE {table}_smaller RENAME TO {table}")
    for statement in indexes:
        op.execute(statement)
    op.create_index(f"uq_{table}_ref", table, ["ref"], unique=True, sqlite_where=GIVEN)


def _number_of_day(day: str) -> str:
    """Return SQL for months since January 1970 times 32 plus the day, NULL for NULL."""
    return f"((substr({day}, 1, 4) * 12 + substr({day}, 6, 2) - 1 - 23640) * 32 + substr({day}, 9, 2))"


def _rebuild_visits() -> None:
    op.create_table("visit_smaller", *_visit_columns(), *_visit_constraints())
    names = (
        "id", "ref", "resident_id", "visited_on", "mode", "outcome", "worker_id", "time", "note", "findings", "needs",
        "referral", "replaces_id", "created_at", "actor_id", "voided_at", "voided_by", "void_reason",
    )  # fmt: skip
    changed = {
        "visited_on": _number_of_day("visited_on"),
        "time": "substr(time, 1, 2) * 60 + substr(time, 4, 2)",
        "actor_id": "(SELECT actor.id FROM actor WHERE actor.name = visit.created_by)",
    }
    values = ", ".join(changed.get(name, name) for name in names)
    op.execute(f"INSERT INTO visit_smaller ({', '.join(names)}) SELECT {values} FROM visit ORDER BY id")
    op.execute("DROP TABLE visit")
    op.execute("ALTER TABLE visit_smaller RENAME TO visit")
    op.create_index("ix_visit_replaces_id", "visit", ["replaces_id"], sqlite_where=sa.text("replaces_id IS NOT NULL"))
    op.create_index("ix_visit_figures", "visit", ["resident_id", "visited_on", "voided_at", "outcome", "mode"])
    op.create_index("ix_visit_visited_on", "visit", ["visited_on"])
    op.create_index("uq_visit_ref", "visit", ["ref"], unique=True, sqlite_where=GIVEN)


def _visit_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("ref", sa.String(200), nullable=True),
        sa.Column("resident_id", NUMBER, nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("mode", sa.SmallInteger(), nullable=False),
        sa.Column("outcome", sa.SmallInteger(), nullable=False),
        sa.Column("worker_id", NUMBER, nullable=True),
        sa.Column("time", sa.SmallInteger(), nullable=True),
        sa.Column("note", TEXT, nullable=True),
        sa.Column("findings", sa.JSON(), nullable=True),
        sa.Column("needs", TEXT, nullable=True),
        sa.Column("referral", TEXT, nullable=True),
        sa.Column("replaces_id", NUMBER, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", NUMBER, nullable=False),
        sa.Column("voided_at", sa.BigInteger(), nullable=True),
        sa.Column("voided_by", sa.String(80), nullable=True),
        sa.Column("void_reason", TEXT, nullable=True),
    )


def _visit_constraints() -> tuple[Any, ...]:
    return (
        sa.PrimaryKeyConstraint("id", name="pk_visit"),
        sa.CheckConstraint("voided_at IS NULL OR voided_by IS NOT NULL", name=op.f("ck_visit_voider_is_known")),
        sa.ForeignKeyConstraint(["replaces_id"], ["visit.id"], name="fk_visit_replaces_id_visit"),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name="fk_visit_resident_id_resident"),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name="fk_visit_worker_id_worker"),
        sa.ForeignKeyConstraint(["actor_id"], ["actor.id"], name="fk_visit_actor_id_actor"),
    )
