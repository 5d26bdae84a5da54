"""The triggers that keep the figures, written once and rendered for each engine.

In a file, which has one writer at a time, a visit raises or lowers the counts
of its person-month by upsert. On PostgreSQL it only leaves a note in
``figure_stale``; the unit of work counts that person's month from the facts
before it commits, alone under ``locks.hold_figures``, so that people who write
at once neither wait for each other's roll-up rows nor miss each other's visits
(adding up in the trigger does one or the other). On both engines a changed
person-month changes the roll-ups by the difference, and changed intervals leave
a note. While ``figure_rule.held`` is set nothing happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from gridapp.db.days import month_sql
from gridapp.db.records.people import ABSENCE_REASONS
from gridapp.db.records.visits import MODES, OUTCOMES

PREFIX = "figures_"
RULE_CHANGED, PLACES_CHANGED = 0, -1
"""Notes in ``figure_stale`` that are no resident."""

COUNTS = ("roster", "visited", *MODES, "attempts", "newcomers", *(f"excluded_{reason}" for reason in ABSENCE_REASONS))
ROLL_UPS: Mapping[str, tuple[str, ...]] = {
    "grid_month": ("grid_id",),
    "community_month": ("community_id",),
    "grid_category_month": ("grid_id", "category_id"),
    "community_category_month": ("community_id", "category_id"),
}
"""Roll-up tables with what they are kept by, besides the month."""

_MET = OUTCOMES.index("met")
_TALLIES = (*MODES, "attempts")


@dataclass(frozen=True)
class Trigger:
    """One trigger.

    Attributes:
        name: Without the prefix.
        table: Whose changes it hears.
        event: INSERT, DELETE, UPDATE or UPDATE OF columns.
        when: SQL condition in OLD and NEW.
        statements: What it does.
    """

    name: str
    table: str
    event: str
    when: str
    statements: tuple[str, ...]


def contributions(row: str, modes: str = "f.modes") -> dict[str, str]:
    """Return what a row of ``person_month`` adds to a roll-up, as SQL per column; ``f`` is the rule."""
    counted = f"{row}.status = 0"
    valid = " OR ".join(f"({row}.{mode} > 0 AND ({modes} & {1 << place}) <> 0)" for place, mode in enumerate(MODES))
    found = {"roster": _one(counted), "visited": _one(f"{counted} AND ({valid})")}
    found |= {mode: _one(f"{counted} AND {row}.{mode} > 0") for mode in MODES}
    found["attempts"] = f"CASE WHEN {counted} THEN {row}.attempts ELSE 0 END"
    found["newcomers"] = _one(f"{row}.status = 1")
    for place, reason in enumerate(ABSENCE_REASONS):
        found[f"excluded_{reason}"] = _one(f"{row}.status = 2 AND {row}.reason = {place}")
    return found


def _one(condition: str) -> str:
    return f"CASE WHEN {condition} THEN 1 ELSE 0 END"


def sources(table: str, grid: str, mask: str) -> tuple[dict[str, str], str]:
    """Return how a roll-up finds its keys, and the tables to look them up in.

    Args:
        table: One of ROLL_UPS.
        grid: SQL of the grid's number.
        mask: SQL of the category bits.
    """
    keys, joins = {}, ""
    for key in ROLL_UPS[table]:
        if key == "grid_id":
            keys[key] = grid
        elif key == "community_id":
            keys[key] = "g.community_id"
            joins += f" JOIN grid AS g ON g.id = {grid}"
        else:
            keys[key] = "c.category_id"
            joins += f" JOIN figure_category AS c ON (c.mask & {mask}) <> 0"
    return keys, joins


def adding(table: str, keys: Iterable[str]) -> str:
    """Return the end of an INSERT that adds to the cells that are there already."""
    sums = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in COUNTS)
    return f"ON CONFLICT (month, {', '.join(keys)}) DO UPDATE SET {sums}"


def _change(row: str, amounts: Mapping[str, str]) -> tuple[str, ...]:
    statements = []
    for table in ROLL_UPS:
        keys, joins = sources(table, f"{row}.grid_id", f"{row}.mask")
        columns = ", ".join(("month", *keys, *COUNTS))
        values = ", ".join((f"{row}.month", *keys.values(), *(amounts[name] for name in COUNTS)))
        statements.append(
            f"INSERT INTO {table} ({columns}) SELECT {values} FROM figure_rule AS f{joins} "
            f"WHERE {row}.grid_id IS NOT NULL {adding(table, keys)}"
        )
    return tuple(statements)


def _person_month() -> list[Trigger]:
    new, old = contributions("NEW"), contributions("OLD")
    more = {name: new[name] for name in COUNTS}
    less = {name: f"-({old[name]})" for name in COUNTS}
    difference = {name: f"({new[name]}) - ({old[name]})" for name in COUNTS}
    same = "OLD.grid_id = NEW.grid_id AND OLD.mask = NEW.mask"
    moved = "OLD.grid_id IS DISTINCT FROM NEW.grid_id OR OLD.mask <> NEW.mask"
    flags = " OR ".join(f"(OLD.{mode} > 0) <> (NEW.{mode} > 0)" for mode in MODES)
    told = (
        "OLD.status IS DISTINCT FROM NEW.status OR OLD.reason IS DISTINCT FROM NEW.reason "
        f"OR (NEW.status = 0 AND (OLD.attempts <> NEW.attempts OR {flags}))"
    )
    return [
        Trigger("standing_added", "person_month", "INSERT", "NEW.grid_id IS NOT NULL", _change("NEW", more)),
        Trigger("standing_removed", "person_month", "DELETE", "OLD.grid_id IS NOT NULL", _change("OLD", less)),
        Trigger("standing_changed", "person_month", "UPDATE", f"{same} AND ({told})", _change("NEW", difference)),
        Trigger("standing_moved", "person_month", "UPDATE", moved, (*_change("OLD", less), *_change("NEW", more))),
    ]


def _visits(dialect: str) -> list[Trigger]:
    def tallies(row: str) -> dict[str, str]:
        found = {
            mode: _one(f"{row}.outcome = {_MET} AND {row}.mode = {place}") for place, mode in enumerate(MODES)
        }
        return found | {"attempts": _one(f"{row}.outcome <> {_MET}")}

    def kept(row: str) -> str:
        month = month_of(f"{row}.visited_on", dialect)
        return f"figure_month AS m WHERE m.month = {month} AND {row}.visited_on <= m.day AND {row}.voided_at IS NULL"

    def note(row: str, condition: str = "") -> str:
        values = f"{row}.resident_id, {month_of(f'{row}.visited_on', dialect)}"
        return f"INSERT INTO figure_stale (resident_id, month) SELECT {values}{condition}"

    telling = "UPDATE OF resident_id, visited_on, mode, outcome, voided_at"
    if dialect == "postgresql":
        return [
            Trigger("visit_added", "visit", "INSERT", "NEW.voided_at IS NULL", (note("NEW"),)),
            Trigger("visit_removed", "visit", "DELETE", "OLD.voided_at IS NULL", (note("OLD"),)),
            Trigger("visit_changed", "visit", telling, "", (note("OLD"), note("NEW"))),
        ]
    values, sums = tallies("NEW"), ", ".join(f"{name} = person_month.{name} + excluded.{name}" for name in _TALLIES)
    add = (
        f"INSERT INTO person_month (resident_id, month, {', '.join(_TALLIES)}) "
        f"SELECT NEW.resident_id, m.month, {', '.join(values[name] for name in _TALLIES)} FROM {kept('NEW')} "
        f"ON CONFLICT (resident_id, month) DO UPDATE SET {sums}"
    )
    less = ", ".join(f"{name} = {name} - ({amount})" for name, amount in tallies("OLD").items())
    take = (
        f"UPDATE person_month SET {less} WHERE resident_id = OLD.resident_id "
        f"AND month = (SELECT m.month FROM {kept('OLD')})"
    )
    # Only visits that met somebody move a due day.
    new, old = (note(row, f" WHERE {row}.outcome = {_MET}") for row in ("NEW", "OLD"))
    return [
        Trigger("visit_added", "visit", "INSERT", "NEW.voided_at IS NULL", (add, new)),
        Trigger("visit_removed", "visit", "DELETE", "OLD.voided_at IS NULL", (take, old)),
        Trigger("visit_changed", "visit", telling, "", (take, add, old, new)),
    ]


def _notes() -> list[Trigger]:
    def note(number: str, month: str = "NULL") -> tuple[str, ...]:
        return (f"INSERT INTO figure_stale (resident_id, month) VALUES ({number}, {month})",)

    found = []
    for table, month in (("enrolment", "NULL"), ("residency", "NULL"), ("absence", "NULL"), ("tier_override", "0")):
        new, old = note("NEW.resident_id", month), note("OLD.resident_id", month)
        found += [
            Trigger(f"{table}_added", table, "INSERT", "", new),
            Trigger(f"{table}_removed", table, "DELETE", "", old),
            Trigger(f"{table}_changed", table, "UPDATE", "", new),
            Trigger(f"{table}_handed", table, "UPDATE", "OLD.resident_id <> NEW.resident_id", old),
        ]
    rule, places = str(RULE_CHANGED), str(PLACES_CHANGED)
    for event, row, name in (("INSERT", "NEW", "added"), ("DELETE", "OLD", "removed"), ("UPDATE", "NEW", "changed")):
        decides = f"{row}.key IN ('valid_modes', 'join_day', 'tier_a_days')"
        found.append(Trigger(f"setting_{name}", "setting", event, decides, note(rule)))
        counts = "OLD.counts <> NEW.counts" if event == "UPDATE" else f"{row}.counts"
        found.append(Trigger(f"category_{name}", "category", event, counts, note(rule)))
    return [
        *found,
        Trigger("death", "resident", "UPDATE OF died", "OLD.died IS DISTINCT FROM NEW.died", note("NEW.id")),
        Trigger("birth", "resident", "UPDATE OF birth", "OLD.birth IS DISTINCT FROM NEW.birth", note("NEW.id", "0")),
        Trigger("resident_removed", "resident", "DELETE", "", note("OLD.id")),
        Trigger("grid_handed", "grid", "UPDATE", "OLD.community_id <> NEW.community_id", note(places)),
    ]


def month_of(day: str, dialect: str) -> str:
    """Return SQL for the number of a day's month: year times twelve plus month, January 0."""
    if dialect == "postgresql":
        return f"(extract(year FROM {day})::int * 12 + extract(month FROM {day})::int - 1)"
    return month_sql(day)


def wanted(dialect: str) -> dict[str, tuple[Trigger, str]]:
    """Return every trigger by name, with the text the engine keeps of it."""
    found = {}
    for trigger in (*_visits(dialect), *_person_month(), *_notes()):
        name = PREFIX + trigger.name
        found[name] = (trigger, _body(trigger) if dialect == "postgresql" else _sqlite(name, trigger))
    return found


def _sqlite(name: str, trigger: Trigger) -> str:
    when = "(SELECT held FROM figure_rule) = 0" + (f" AND ({trigger.when})" if trigger.when else "")
    statements = "; ".join(trigger.statements)
    return f"CREATE TRIGGER {name} AFTER {trigger.event} ON {trigger.table} WHEN {when} BEGIN {statements}; END"


def _body(trigger: Trigger) -> str:
    statements = "; ".join(trigger.statements)
    work = f"IF {trigger.when} THEN {statements}; END IF;" if trigger.when else f"{statements};"
    return (
        "DECLARE standing boolean; BEGIN SELECT NOT held INTO standing FROM figure_rule; "
        f"IF standing THEN {work} END IF; RETURN NULL; END"
    )


def present(connection: Connection) -> dict[str, str]:
    """Return the triggers that are there, by name, with their text."""
    if connection.dialect.name == "postgresql":
        statement = (
            "SELECT t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
            f"WHERE t.tgname LIKE '{PREFIX}%' AND t.tgenabled = 'O' "
            "AND t.tgrelid IN (SELECT oid FROM pg_class WHERE pg_table_is_visible(oid))"
        )
    else:
        statement = f"SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name LIKE '{PREFIX}%'"
    return {row[0]: row[1] for row in connection.execute(text(statement))}


def may_create(connection: Connection) -> bool:
    """Return whether this user may put the triggers in place; on a server only the owner of the tables may."""
    if connection.dialect.name != "postgresql":
        return True
    owned = "SELECT pg_has_role(tableowner, 'USAGE') FROM pg_tables WHERE tablename = 'visit' AND schemaname = :schema"
    schema = connection.scalar(text("SELECT current_schema()"))
    return bool(connection.scalar(text(owned), {"schema": schema}))


def are_right(connection: Connection) -> bool:
    """Return whether exactly the wanted triggers are there, word for word."""
    kept = {name: body for name, (_trigger, body) in wanted(connection.dialect.name).items()}
    return present(connection) == kept


def create(connection: Connection) -> None:
    """Put the triggers in place, whatever was there; a schema change may have dropped them silently."""
    on_server = connection.dialect.name == "postgresql"
    drop(connection)
    made = wanted(connection.dialect.name)
    for name in present(connection).keys() - made.keys():  # of an earlier program, on a server
        connection.exec_driver_sql(f"DROP FUNCTION {name}() CASCADE")
    for name, (trigger, body) in made.items():
        if not on_server:
            connection.exec_driver_sql(body)
            continue
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $figures${body}$figures$"
        )
        connection.exec_driver_sql(
            f"CREATE OR REPLACE TRIGGER {name} AFTER {trigger.event} ON {trigger.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {name}()"
        )


def drop(connection: Connection) -> None:
    """Remove the triggers on a file, where emptying a table is much faster without; a server only replaces them."""
    if connection.dialect.name != "postgresql":
        for name in present(connection):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
