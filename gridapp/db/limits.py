"""What an account does not see is not there: the one place where reads are limited.

A limited account reads through connections on which every table that says
something about people is hidden behind a view of the same name in the
connection's own schema. Both engines look there first, so every statement of
the program — pages, papers, exports, search, the map — meets the view and
never the table, without knowing. New tables with a ``resident_id`` are hidden
by themselves. Writes go to the tables; ``outside`` then says whose rows a unit
of work touched that its account may not touch, and the unit is rolled back.

What sealed records held is hidden from everybody, also where there are no
accounts, and their audit images with it.

A person belongs to a grid from the first day they live there, also after they
left: a month's roster names the same people for everyone who may see it.

This holds back mistakes and curiosity. Whoever holds the key of a file, or a
login of a server, and brings their own program can read all of it; the README
says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, Table, text

from gridapp.db.base import Base
from gridapp.db.days import pack_day
from gridapp.db.records import CategoryRecord, ResidentRecord
from gridapp.db.records.people import CATEGORY_KINDS
from gridapp.domain.access import Principal, Role
from gridapp.errors import NotAllowedError
from gridapp.i18n import _

_BY_GRID = ("grid_month", "grid_category_month")
_BY_COMMUNITY = ("community_month", "community_category_month")
_NEVER = ("account", "account_area", "figure_stale", "first_page")
"""Tables a limited account has no business with."""
_FROM_EVERYBODY = "sealed_person"
"""What sealed records held: no read shows it, whoever asks; ``Database.read_whole`` goes past for those who may."""

_MASKS = {
    "resident": {
        "name": "CASE WHEN length({0}) > 2 THEN substr({0}, 1, 1) || '*' || substr({0}, length({0}), 1) "
                "ELSE substr({0}, 1, 1) || '*' END",
        "id_number": "substr({0}, 1, 6) || '********••••'",
        "phone": "substr({0}, 1, 3) || '****' || substr({0}, length({0}) - 3, 4)",
        "other_document": "NULL",
        "register_address": "NULL",
        "note": "NULL",
    },
    "residency": {"address": "NULL"},
    "household": {"unit": "NULL", "room": "NULL", "address": "NULL", "register_no": "NULL"},
    "visit": {"note": "NULL", "needs": "NULL", "referral": "NULL", "findings": "NULL"},
    "absence": {"author": "NULL"},
    "enrolment": {"note": "NULL"},
    "worker": {"phone": "NULL"},
}  # fmt: skip
"""What somebody who sees masked names reads in place of a column."""
_HIDDEN_FROM_MASKED = ("contact", "resident_search", "operation_change", "import_row", "draft")


class Limits:
    """How the tables look to one account."""

    def __init__(self, principal: Principal, on_server: bool) -> None:
        self._principal = principal
        self._on_server = on_server

    def statements(self, schema: str) -> list[str]:
        """Return what hides the tables of a schema on a new connection."""
        made = []
        for table in Base.metadata.sorted_tables:
            condition = self._condition(table, schema)
            masked = self._masked_columns(table)
            if condition or masked:
                columns = ", ".join(self._column(name.name, masked) for name in table.columns) if masked else "*"
                where = f" WHERE {condition}" if condition else ""
                made.append(f"CREATE TEMP VIEW {table.name} AS SELECT {columns} FROM {schema}.{table.name}{where}")
        return made

    def _masked_columns(self, table: Table) -> dict[str, str]:
        if table.name == "closed_month":
            return self._masked_closing()
        if not self._principal.sees_masked:
            return {}
        return {name: mask for name, mask in _MASKS.get(table.name, {}).items() if name in table.columns}

    def _masked_closing(self) -> dict[str, str]:
        """Hide the sealed names of a closing from whoever does not see all of its people."""
        principal = self._principal
        if principal.sees_masked or principal.grids or self._is_nowhere or not principal.sees_children:
            return {"content": "NULL"}
        if principal.communities:
            return {"content": f"CASE WHEN community IN {_list(principal.communities)} THEN {{0}} END"}
        return {}

    def _column(self, name: str, masked: dict[str, str]) -> str:
        quoted = f'"{name}"'
        return f"{masked[name].format(quoted)} AS {quoted}" if name in masked else quoted

    def _condition(self, table: Table, schema: str) -> str:
        name = table.name
        if name == _FROM_EVERYBODY:
            return "1 = 0"
        if name == "operation_change":
            sealed = f"SELECT resident_id FROM {schema}.{_FROM_EVERYBODY}"
            unsealed = f"(resident_id IS NULL OR resident_id NOT IN ({sealed}))"
            own = self._own(table, schema)
            return f"({own}) AND {unsealed}" if own else unsealed
        return self._own(table, schema)

    def _own(self, table: Table, schema: str) -> str:
        """Return the condition that a row is for this account; "" for all of them."""
        principal, name = self._principal, table.name
        if not principal.is_limited:
            return ""
        if name in _NEVER or (principal.sees_masked and name in _HIDDEN_FROM_MASKED):
            return "1 = 0"
        if name == "resident":
            return self.residents("id", schema)
        if "resident_id" in table.columns:
            kept = self.residents("resident_id", schema)
            if kept and name == "operation_change":
                own = f"(SELECT id FROM {schema}.operation WHERE actor = {_quoted(principal.name)})"
                return f"({kept}) OR (resident_id IS NULL AND operation_id IN {own})"
            return kept
        mine = f"created_by = {_quoted(principal.name)}"
        if name == "import_batch":
            return mine
        if name == "handout":
            return f"actor = {_quoted(principal.name)}"
        if name == "import_row":
            return f"batch_id IN (SELECT id FROM {schema}.import_batch WHERE {mine})"
        if name == "household" and self._grids(schema):
            return f"id IN (SELECT household_id FROM {schema}.residency WHERE grid_id IN {self._grids(schema)})"
        return self._of_figures(name, schema)

    def _of_figures(self, name: str, schema: str) -> str:
        if self._principal.grids or self._is_nowhere:
            # A worker's own figures are counted from the facts in sight: few people, and never a neighbour's.
            return "1 = 0" if name in ("figure_month", *_BY_COMMUNITY, *_BY_GRID) else ""
        if self._principal.communities:
            if name in _BY_COMMUNITY:
                return f"community_id IN {self._communities(schema)}"
            if name in _BY_GRID:
                return f"grid_id IN {self._grids(schema)}"
        return ""

    @property
    def _is_nowhere(self) -> bool:
        return self._principal.role is Role.WORKER and not self._principal.grids

    def residents(self, column: str, schema: str) -> str:
        """Return the condition that a column names somebody in sight; "" when everybody is."""
        conditions = []
        grids = self._grids(schema)
        if grids:
            conditions.append(f"{column} IN (SELECT resident_id FROM {schema}.residency WHERE grid_id IN {grids})")
        if not self._principal.sees_children:
            child = CATEGORY_KINDS.index("child")
            conditions.append(
                f"{column} NOT IN (SELECT resident_id FROM {schema}.enrolment WHERE category_id IN "
                f"(SELECT id FROM {schema}.category WHERE kind = {child}))"
            )
            if self._principal.children_born_from is not None:
                conditions.append(self._grown_up(column, schema, self._principal.children_born_from))
        return " AND ".join(conditions)

    def _grown_up(self, column: str, schema: str, since: dt.date) -> str:
        day = f"DATE '{since.isoformat()}'" if self._on_server else str(pack_day(since))
        if column == "id":
            return f"(birth IS NULL OR birth < {day})"
        return f"NOT EXISTS (SELECT 1 FROM {schema}.resident child WHERE child.id = {column} AND child.birth >= {day})"

    def _grids(self, schema: str) -> str:
        if self._is_nowhere:
            return f"(SELECT id FROM {schema}.grid WHERE 1 = 0)"
        if self._principal.grids:
            return f"(SELECT id FROM {schema}.grid WHERE code IN {_list(self._principal.grids)})"
        if self._principal.communities:
            return f"(SELECT id FROM {schema}.grid WHERE community_id IN {self._communities(schema)})"
        return ""

    def _communities(self, schema: str) -> str:
        return f"(SELECT id FROM {schema}.community WHERE code IN {_list(self._principal.communities)})"


def hide(connection: Any, principal: Principal, on_server: bool) -> None:
    """Put the views of an account in place on a new connection of the driver."""
    if not on_server:
        for statement in Limits(principal, on_server).statements("main"):
            connection.execute(statement)
        return
    connection.autocommit = True  # or the first rollback would take the views away
    schema = connection.execute("SELECT quote_ident(current_schema())").fetchone()[0]
    for statement in Limits(principal, on_server).statements(schema):
        connection.execute(statement)
    connection.autocommit = False


def demand_inside(connection: Connection, principal: Principal, rows: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Check that every row a unit of work touched lies within its account's sight.

    Args:
        connection: Of the unit of work; it sees the tables themselves.
        principal: Whose unit of work it is.
        rows: Table and values of each row.

    Raises:
        NotAllowedError: One does not.
    """
    if not principal.is_limited:
        return
    people: set[int] = set()
    for table, values in rows:
        found = values.get("id") if table == ResidentRecord.__tablename__ else values.get("resident_id")
        if found is not None:
            people.add(int(found))
        elif "bulk" in values and "resident_id" in Base.metadata.tables[table].columns:
            people.update(_of_range(connection, table, *values["bulk"]))
        elif table == CategoryRecord.__tablename__:
            raise NotAllowedError(_("Your account may not change the categories. Ask an administrator."))
    demand_people(connection, principal, people)
    codes = {values["code"] for table, values in rows if table == "grid" and "code" in values}
    if any(not _holds(principal, code) for code in codes):
        raise NotAllowedError(_("This grid does not belong to your area. Nothing was changed."))


def demand_people(connection: Connection, principal: Principal, people: Collection[int]) -> None:
    """Check that an account may see residents, by their row numbers.

    Raises:
        NotAllowedError: It may not see one of them.
    """
    if people and principal.is_limited and _is_outside(connection, principal, people):
        raise NotAllowedError(_("This person does not belong to your area. Nothing was changed."))


def _holds(principal: Principal, grid: str) -> bool:
    if principal.grids:
        return grid in principal.grids
    return not principal.communities or any(grid.startswith(code) for code in principal.communities)


def _of_range(connection: Connection, table: str, first: int, last: int) -> set[int]:
    statement = text(f"SELECT DISTINCT resident_id FROM {table} WHERE id BETWEEN :first AND :last")
    return {row[0] for row in connection.execute(statement, {"first": first, "last": last}) if row[0] is not None}


def _is_outside(connection: Connection, principal: Principal, people: Collection[int]) -> bool:
    on_server = connection.dialect.name == "postgresql"
    schema = str(connection.scalar(text("SELECT quote_ident(current_schema())"))) if on_server else "main"
    inside = Limits(principal, on_server).residents("id", schema)
    if not inside:
        return False
    numbers = sorted(people)
    for start in range(0, len(numbers), 5000):
        chunk = ", ".join(str(number) for number in numbers[start : start + 5000])
        statement = text(f"SELECT id FROM {schema}.resident WHERE id IN ({chunk}) AND NOT ({inside}) LIMIT 1")
        if connection.execute(statement).first() is not None:
            return True
    return False


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _list(codes: Iterable[str]) -> str:
    return "(" + ", ".join("'" + code.replace("'", "''") + "'" for code in codes) + ")"
