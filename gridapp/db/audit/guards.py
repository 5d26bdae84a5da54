"""Triggers that let the audit log only grow; old entries may go, and images give way to their seals.

What is older than a pruning checkpoint may be deleted; the one change a row may
undergo is to lose its images and keep their seal (``chain.seal_of``).

SQLite's and PostgreSQL's own words for it. They stop mistakes and ordinary
means; what goes past them breaks the chain.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

_REFUSAL = "the audit log only grows"
_PRUNED = "(SELECT coalesce(max(position), 0) FROM audit_checkpoint WHERE pruned{yes})"
_OF_PRUNED = "EXISTS (SELECT 1 FROM audit_link l WHERE l.operation_id = OLD.{key} AND l.position <= {pruned})"
_ERASED = " AND ".join((
    "OLD.seal IS NULL AND NEW.seal IS NOT NULL AND NEW.before IS NULL AND NEW.after IS NULL AND NEW.salt IS NULL",
    *(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}"
      for name in ("operation_id", "position", "table_name", "row_key", "resident_id")),
))  # fmt: skip
TABLES = ("operation", "operation_change", "audit_link", "audit_checkpoint")
NAMES = tuple(f"audit_{table}_{deed}" for table in TABLES for deed in ("update", "delete"))
"""Of the triggers in a file."""


def create(connection: Connection) -> None:
    """Put the triggers in place, new ones for old."""
    statements = _on_server() if connection.dialect.name == "postgresql" else _in_file()
    for statement in statements:
        connection.exec_driver_sql(statement)


def are_right(connection: Connection) -> bool:
    """Return whether every trigger is in place and says what it should."""
    if connection.dialect.name == "postgresql":
        found = connection.scalar(
            text("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'audit\\_%' AND tgenabled <> 'D'")
        )
        return bool(found == 2 * len(TABLES))
    stored = connection.execute(
        text("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'audit\\_%' ESCAPE '\\'")
    ).all()
    return dict(map(tuple, stored)) == _definitions()


def _definitions() -> dict[str, str]:
    made = {}
    for table in TABLES:
        for deed, condition in (("update", _may_change(table)), ("delete", _may_go(table, " = 1"))):
            name = f"audit_{table}_{deed}"
            when = f" WHEN NOT ({condition})" if condition else ""
            made[name] = (
                f"CREATE TRIGGER {name} BEFORE {deed.upper()} ON {table}{when} "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
    return made


def _may_change(table: str) -> str:
    """Return the condition under which a row may be changed, "" for never."""
    return _ERASED if table == "operation_change" else ""


def _may_go(table: str, yes: str) -> str:
    """Return the condition under which a row may be deleted, "" for never."""
    pruned = _PRUNED.format(yes=yes)
    if table == "audit_link":
        return f"OLD.position <= {pruned}"
    keys = {"operation": "id", "operation_change": "operation_id"}
    return _OF_PRUNED.format(key=keys[table], pruned=pruned) if table in keys else ""


def _in_file() -> list[str]:
    made = _definitions()
    return [f"DROP TRIGGER IF EXISTS {name}" for name in made] + list(made.values())


def _on_server() -> list[str]:
    statements = []
    for table in TABLES:
        condition, change = _may_go(table, "") or "false", _may_change(table) or "false"
        statements += [
            f"CREATE OR REPLACE FUNCTION audit_keep_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP = 'DELETE' THEN IF {condition} THEN RETURN OLD; END IF; "
            f"ELSIF TG_OP = 'UPDATE' THEN IF {change} THEN RETURN NEW; END IF; END IF; "
            f"RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'insufficient_privilege'; END $$",
            f"DROP TRIGGER IF EXISTS audit_{table}_change ON {table}",
            f"CREATE TRIGGER audit_{table}_change BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION audit_keep_{table}()",
            f"DROP TRIGGER IF EXISTS audit_{table}_empty ON {table}",
            f"CREATE TRIGGER audit_{table}_empty BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION audit_keep_{table}()",
        ]
    return statements
