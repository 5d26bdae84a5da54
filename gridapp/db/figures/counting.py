"""Statements that count many people at once; triggers must stand still meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from sqlalchemy import CTE, Select, and_, column, delete, func, insert, literal_column, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gridapp.db import locks
from gridapp.db.base import table_of
from gridapp.db.days import pack_day
from gridapp.db.figures.triggers import COUNTS, ROLL_UPS, adding, contributions, month_of, sources
from gridapp.db.figures.truth import STANDING, months_kept, standing_rows
from gridapp.db.queries.people import chunks
from gridapp.db.queries.roster import People
from gridapp.db.records import FigureMonthRecord, PersonMonthRecord
from gridapp.db.records.visits import MODES, OUTCOMES

TALLIES = (*MODES, "attempts")
_MET = OUTCOMES.index("met")


def tallies_of_visits(dialect: str, condition: str) -> str:
    """Return SQL for the visits of people in the months kept: resident_id, month and TALLIES.

    Args:
        dialect: Name of the engine.
        condition: SQL about ``v``, the visit, and ``m``, the month.
    """
    # By person first: that is nearly the order of the index, and sorted in half the time.
    columns = ", ".join(f"{amount} AS {name}" for name, amount in tally_sums())
    return (
        f"SELECT v.resident_id, m.month, {columns} "
        f"FROM visit AS v JOIN figure_month AS m ON m.month = {month_of('v.visited_on', dialect)} "
        f"AND v.visited_on <= m.day WHERE v.voided_at IS NULL AND {condition} GROUP BY v.resident_id, m.month"
    )


def tally_sums() -> list[tuple[str, str]]:
    """Return the names in TALLIES, each with the SQL that counts it over visits ``v``."""
    met = [
        (mode, f"sum(CASE WHEN v.outcome = {_MET} AND v.mode = {place} THEN 1 ELSE 0 END)")
        for place, mode in enumerate(MODES)
    ]
    return [*met, ("attempts", f"sum(CASE WHEN v.outcome <> {_MET} THEN 1 ELSE 0 END)")]


def add_visits(session: Session, condition: str, **values: int | dt.date) -> None:
    """Add visits that were not counted before to the counts per person and month."""
    sums = ", ".join(f"{name} = person_month.{name} + excluded.{name}" for name in TALLIES)
    found = tallies_of_visits(session.get_bind().dialect.name, condition)
    session.execute(
        text(
            f"INSERT INTO person_month (resident_id, month, {', '.join(TALLIES)}) {found} "
            f"ON CONFLICT (resident_id, month) DO UPDATE SET {sums}"
        ),
        {name: bound(session, value) for name, value in values.items()},
    )


def recount_visits(session: Session, months: Collection[tuple[int, int]]) -> None:
    """Count the visits of people in single months from the facts, whatever was counted before; on a server only.

    Args:
        session: Of a write that holds the figures.
        months: Residents with numbers of months; those of months not kept are passed over.
    """
    within = "v.resident_id = n.resident_id AND v.visited_on BETWEEN m.first AND m.day AND v.voided_at IS NULL"
    sums = tally_sums()
    names = ", ".join(name for name, _sum in sums)
    columns = ", ".join(f"coalesce({amount}, 0)" for _name, amount in sums)
    counted = session.connection().execute(
        text(
            f"INSERT INTO person_month (resident_id, month, {names}) SELECT n.resident_id, n.month, {columns} "
            "FROM unnest(CAST(:residents AS bigint[]), CAST(:months AS integer[])) AS n (resident_id, month) "
            f"JOIN figure_month AS m ON m.month = n.month LEFT JOIN visit AS v ON {within} "
            "GROUP BY n.resident_id, n.month ORDER BY n.resident_id, n.month ON CONFLICT (resident_id, month) "
            f"DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name, _sum in sums)} "
            f"RETURNING resident_id, grid_id IS NULL AND {' AND '.join(f'person_month.{name} = 0' for name in TALLIES)}"
        ),
        {"residents": [resident for resident, _month in months], "months": [month for _resident, month in months]},
    )
    forget_empty(session, {resident for resident, says_nothing in counted if says_nothing})


def forget_empty(session: Session, people: Collection[int]) -> None:
    """Remove the months of some residents that say nothing: neither a standing nor a visit."""
    row = PersonMonthRecord
    empty = (row.month.in_(every_month()), row.grid_id.is_(None), *(getattr(row, name) == 0 for name in TALLIES))
    for chunk in chunks(people):
        session.execute(delete(row).where(row.resident_id.in_(chunk), *empty))


def every_month() -> Select[int]:
    """Return the months kept, for finding a person's rows among each month's."""
    return select(FigureMonthRecord.month)


def bound(session: Session, value: int | dt.date) -> int | dt.date | None:
    """Return a value as the engine's driver takes it in a statement written by hand."""
    on_file = session.get_bind().dialect.name == "sqlite"
    return pack_day(value) if isinstance(value, dt.date) and on_file else value


def place_people(session: Session, period: CTE, people: People | None) -> None:
    """Write how people stand in months that hold no standing yet."""
    columns = ("resident_id", "month", *STANDING)
    rows = standing_rows(period, people).subquery("placed")
    table = table_of(PersonMonthRecord)
    # SQLite reads ON CONFLICT as a join's ON unless a WHERE stands between.
    found = select(*(rows.c[name] for name in columns)).where(literal_column("1") == literal_column("1"))
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = make(table).from_select(columns, found, include_defaults=False)
    taken = {name: statement.excluded[name] for name in STANDING}
    session.execute(statement.on_conflict_do_update(index_elements=["resident_id", "month"], set_=taken))


def place_and_count(session: Session, first: int, last: int) -> None:
    """Write how people stand and whom they met in every month that is kept; on a server only.

    Its rows stay where they are written, and a changed one is written anew elsewhere: so each is written once, and
    a month's lie together, or a month of a city would be read from half of the pages there are.

    Args:
        session: Of a write that holds the figures; of these people nothing is kept yet.
        first: Number of the first resident.
        last: Number of the last.
    """
    placed = standing_rows(months_kept(), lambda column: column.between(first, last)).subquery("placed")
    keys = ("resident_id", "month")
    counted = (
        text(tallies_of_visits("postgresql", "v.resident_id BETWEEN :first AND :last"))
        .bindparams(first=first, last=last)
        .columns(*map(column, (*keys, *TALLIES)))
        .subquery("counted")
    )
    both = [func.coalesce(placed.c[key], counted.c[key]).label(key) for key in keys]
    values = [func.coalesce(counted.c[name], 0) for name in TALLIES]
    standing = [placed.c[name] for name in STANDING if name != "mask"]
    found = (
        select(*both, *standing, func.coalesce(placed.c.mask, 0), *values)
        .select_from(placed.join(counted, and_(*(placed.c[key] == counted.c[key] for key in keys)), full=True))
        .order_by(both[1], both[0])
    )
    names = [*keys, *(name for name in STANDING if name != "mask"), "mask", *TALLIES]
    session.execute(insert(table_of(PersonMonthRecord)).from_select(names, found, include_defaults=False))


def roll_up_rows(table: str, condition: str, amounts: Mapping[str, str] = contributions("p")) -> str:
    """Return SQL for what a roll-up must hold: month, its keys and COUNTS, added up from ``person_month``.

    Args:
        table: One of ROLL_UPS.
        condition: SQL about ``p``, the person's month.
        amounts: What each adds to each of COUNTS.
    """
    keys, joins = sources(table, "p.grid_id", "p.mask")
    # Plus zero keeps SQLite from walking the whole index of months to be spared a sort of the few rows asked for.
    groups = {"month": "p.month + 0"} | {key: f"{source} + 0" for key, source in keys.items()}
    sums = ", ".join(f"sum({amounts[name]}) AS {name}" for name in COUNTS)
    columns = ", ".join(f"{source} AS {key}" for key, source in groups.items())
    return (
        f"SELECT {columns}, {sums} FROM person_month AS p CROSS JOIN figure_rule AS f{joins} "
        f"WHERE p.grid_id IS NOT NULL AND {condition} GROUP BY {', '.join(groups.values())}"
    )


def add_to_roll_ups(session: Session, condition: str, **values: int) -> None:
    """Add people's months to the roll-ups; communities are added up from their grids."""
    for table in ("grid_month", "grid_category_month"):
        keys = ROLL_UPS[table]
        columns = ", ".join(("month", *keys, *COUNTS))
        found = roll_up_rows(table, condition) + _in_order(session, ("month", *keys))
        session.execute(text(f"INSERT INTO {table} ({columns}) {found} {adding(table, keys)}"), values)


def count_other_modes(session: Session, before: int, now: int) -> None:
    """Let other modes of visiting count in all roll-ups: only who is visited by one rule and not by the other differs.

    Args:
        session: Of a write that holds the figures.
        before: Bits of the modes that counted.
        now: Bits of those that count from now on.
    """
    old, new = (contributions("p", str(bits))["visited"] for bits in (before, now))
    amounts = dict.fromkeys(COUNTS, "0") | {"visited": f"({new}) - ({old})"}
    for table, keys in ROLL_UPS.items():
        columns = ", ".join(("month", *keys, *COUNTS))
        found = roll_up_rows(table, f"({new}) <> ({old})", amounts) + _in_order(session, ("month", *keys))
        session.execute(text(f"INSERT INTO {table} ({columns}) {found} {adding(table, keys)}"))


def _in_order(session: Session, keys: Collection[str]) -> str:
    """Return how rows are to be written so that a month's lie together, as those of a file do by themselves."""
    return f" ORDER BY {', '.join(keys)}" if locks.on_server(session) else ""


def add_communities(session: Session, first_month: int) -> None:
    """Fill the community roll-ups from a month on; they must be empty from there."""
    sums = ", ".join(f"sum(r.{name})" for name in COUNTS)
    for table, source, more in (
        ("community_month", "grid_month", ()),
        ("community_category_month", "grid_category_month", ("category_id",)),
    ):
        keys = ("month", "community_id", *more)
        groups = ", ".join(("r.month", "g.community_id", *(f"r.{key}" for key in more)))
        ordered = _in_order(session, groups.split(", "))
        session.execute(
            text(
                f"INSERT INTO {table} ({', '.join((*keys, *COUNTS))}) SELECT {groups}, {sums} FROM {source} AS r "
                f"JOIN grid AS g ON g.id = r.grid_id WHERE r.month >= :first_month GROUP BY {groups}{ordered}"
            ),
            {"first_month": first_month},
        )
