"""Triggers that let the audit log only grow; what is older than a pruning checkpoint may go.

SQLite's and PostgreSQL's own words for it. They stop mistakes and ordinary
means; what goes past them breaks the chain.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

_REFUSAL = "the audit log only grows"
_PRUNED = "(SELECT coalesce(max(position), 0) FROM audit_checkpoint WHERE pruned{yes})"
_OF_PRUNED = "EXISTS (SELECT 1 FROM audit_link l WHERE l.operation_id = OLD.{key} AND l.position <= {pruned})"
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
        for deed, condition in (("update", ""), ("delete", _may_not_go(table, " = 1"))):
            name = f"audit_{table}_{deed}"
            when = f" WHEN NOT ({condition})" if condition else ""
            made[name] = (
                f"CREATE TRIGGER {name} BEFORE {deed.upper()} ON {table}{when} "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
    return made


def _may_not_go(table: str, yes: str) -> str:
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
        condition = _may_not_go(table, "") or "false"
        statements += [
            f"CREATE OR REPLACE FUNCTION audit_keep_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP = 'DELETE' AND {condition} THEN RETURN OLD; END IF; "
            f"RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'insufficient_privilege'; END $$",
            f"DROP TRIGGER IF EXISTS audit_{table}_change ON {table}",
            f"CREATE TRIGGER audit_{table}_change BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION audit_keep_{table}()",
            f"DROP TRIGGER IF EXISTS audit_{table}_empty ON {table}",
            f"CREATE TRIGGER audit_{table}_empty BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION audit_keep_{table}()",
        ]
    return statements
