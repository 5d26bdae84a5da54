"""Compare the figures kept with the facts, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, literal, or_, select, text, union_all
from sqlalchemy.orm import Session

from gridapp.db.figures import dues, judging, triggers
from gridapp.db.figures.counting import TALLIES, bound, roll_up_rows, tallies_of_visits, tally_sums
from gridapp.db.figures.rebuilding import month_row
from gridapp.db.figures.triggers import COUNTS, ROLL_UPS
from gridapp.db.figures.truth import STANDING, month_at, month_number, months_kept, rule_kept, rule_now, standing_rows
from gridapp.db.records import FigureMonthRecord, FigureStaleRecord, PersonMonthRecord
from gridapp.domain.period import Month

TABLES = ("person_month", *ROLL_UPS)


@dataclass(frozen=True)
class Difference:
    """Something kept that does not follow from the facts.

    Attributes:
        table: Where.
        month: Of which month; None for what all months rest on.
        key: Which row, by local numbers.
        kept: What is there.
        wanted: What the facts say.
    """

    table: str
    month: Month | None
    key: str
    kept: str
    wanted: str


def kept_months(session: Session) -> list[Month]:
    """Return the months whose figures are kept, oldest first."""
    return [month_at(number) for number in session.scalars(select(FigureMonthRecord.month).order_by("month"))]


def compare_basis(session: Session) -> list[Difference]:
    """Return what is wrong with the rule, the months, the triggers and what should be empty."""
    found = []
    kept, now = rule_kept(session), rule_now(session)
    if kept != now:
        found.append(Difference("figure_rule", None, "", str(kept), str(now)))
    if not triggers.are_right(session.connection()):
        found.append(Difference("trigger", None, "", "other triggers", "the program's own"))
    waiting = session.scalar(select(func.count()).select_from(FigureStaleRecord))
    if waiting:
        found.append(Difference("figure_stale", None, "", f"{waiting} rows", "none"))
    months = session.scalars(select(FigureMonthRecord).order_by(FigureMonthRecord.month)).all()
    for place, row in enumerate(months):
        wanted = month_row(month_at(months[0].month + place), months[-1].day, now.join_day)
        there = {"month": row.month, "first": row.first, "day": row.day, "cutoff": row.cutoff}
        if there != wanted:
            found.append(Difference("figure_month", month_at(row.month), "", str(there), str(wanted)))
    if not months:
        return found
    for table in TABLES:
        outside = "month < :first OR month > :last"
        span = {"first": months[0].month, "last": months[-1].month}
        astray = session.scalar(text(f"SELECT count(*) FROM {table} WHERE {outside}"), span)
        if astray:
            found.append(Difference(table, None, "", f"{astray} rows of months that are not kept", "none"))
    return found


def compare_months(session: Session, first: Month, last: Month) -> list[Difference]:
    """Return every cell of some months that differs from what the facts say; months not kept have none.

    People's months are compared with the statements of ``queries.roster`` and a
    count of visits, roll-ups with the sums of people's months.
    """
    row = FigureMonthRecord
    between = row.month.between(month_number(first), month_number(last))
    months = session.scalars(select(row).where(between).order_by(row.month)).all()
    if not months:
        return []
    span = {"first": months[0].month, "last": months[-1].month}
    found = [*_people(session, months), *_visits(session, months)]
    for table in ("grid_month", "grid_category_month"):
        found += _sums(session, span, table, roll_up_rows(table, "p.month BETWEEN :first AND :last"))
    for table, source in (("community_month", "grid_month"), ("community_category_month", "grid_category_month")):
        keys = [("g.community_id" if key == "community_id" else f"r.{key}") for key in ROLL_UPS[table]]
        sums = ", ".join(f"sum(r.{name}) AS {name}" for name in COUNTS)
        named = ", ".join(f"{source_key} AS {key}" for source_key, key in zip(keys, ROLL_UPS[table], strict=True))
        wanted = (
            f"SELECT r.month AS month, {named}, {sums} FROM {source} AS r JOIN grid AS g ON g.id = r.grid_id "
            f"WHERE r.month BETWEEN :first AND :last GROUP BY r.month, {', '.join(keys)}"
        )
        found += _sums(session, span, table, wanted)
    return found


def compare_month(session: Session, month: Month) -> list[Difference]:
    """Return what ``compare_months`` returns for one month, much sooner when that is nothing."""
    row = session.get(FigureMonthRecord, month_number(month))
    if row is not None and session.get_bind().dialect.name == "sqlite" and judging.agrees(session, row):
        return []
    return compare_months(session, month, month)


def compare_dues(session: Session) -> list[Difference]:
    """Return every row of the due list that differs from what the facts say."""
    found = dues.standing_day(session)
    if found is None:
        return []
    return [
        Difference("person_due", month_at(found[0]), f"resident {(kept or wanted).resident_id}",  # type: ignore[union-attr]
                   str(kept or "—"), str(wanted or "—"))
        for kept, wanted in dues.differing(session)
    ]  # fmt: skip


def _people(session: Session, months: Sequence[FigureMonthRecord]) -> Iterator[Difference]:
    first, last = months[0].month, months[-1].month
    wanted = standing_rows(months_kept(FigureMonthRecord.month.between(first, last))).subquery("wanted")
    names = ("resident_id", "month", *STANDING)
    kept = PersonMonthRecord
    within = (kept.month.between(first, last), kept.grid_id.is_not(None))
    same_row = (kept.resident_id == wanted.c.resident_id) & (kept.month == wanted.c.month)
    other = or_(*(getattr(kept, name).is_distinct_from(wanted.c[name]) for name in STANDING))
    looked_up = select(func.count(), func.count(case((other, 1)))).select_from(wanted).outerjoin(kept, same_row)
    people, wrong = session.execute(looked_up).one()
    if not wrong and people == session.scalar(select(func.count()).select_from(kept).where(*within)):
        return
    both = union_all(
        select(*(wanted.c[name] for name in names), literal(1).label("side")),
        select(*(getattr(kept, name) for name in names), literal(-1)).where(*within),
    ).subquery("sides")
    columns = [both.c[name] for name in names]
    side = func.sum(both.c.side)
    rows = session.execute(select(*columns, side.label("side")).group_by(*columns).having(side != 0)).all()
    yield from _paired(rows, STANDING)


def _visits(session: Session, months: Sequence[FigureMonthRecord]) -> Iterator[Difference]:
    if all(_visits_agree(session, month) for month in months):
        return
    wanted = tallies_of_visits(session.get_bind().dialect.name, "v.visited_on BETWEEN :since AND :day")
    names = ", ".join(TALLIES)
    some = " OR ".join(f"{name} <> 0" for name in TALLIES)
    statement = text(
        f"SELECT resident_id, month, {names}, sum(side) AS side FROM ("
        f"SELECT resident_id, month, {names}, 1 AS side FROM ({wanted}) AS wanted UNION ALL "
        f"SELECT resident_id, month, {names}, -1 FROM person_month WHERE month BETWEEN :first AND :last AND ({some})"
        f") AS sides GROUP BY resident_id, month, {names} HAVING sum(side) <> 0"
    )
    values: dict[str, Any] = {"first": months[0].month, "last": months[-1].month}
    values |= {"since": bound(session, months[0].first), "day": bound(session, months[-1].day)}
    yield from _paired(session.execute(statement, values).all(), TALLIES)


def _visits_agree(session: Session, month: FigureMonthRecord) -> bool:
    """Return whether a month's visits are counted right: everyone kept has as many as kept, and there are no others.

    Each person's visits of the month are one look into the index of visits; how many there are in all says the index
    of days. That reads a small part of what the visits themselves would be.
    """
    within = "v.visited_on BETWEEN :first AND :day"
    values = {"month": month.month, "first": bound(session, month.first), "day": bound(session, month.day)}
    every = f"SELECT (SELECT count(*) FROM visit AS v WHERE {within}) - "
    every += f"(SELECT count(*) FROM visit AS v WHERE {within} AND v.voided_at IS NOT NULL)"
    sums = ", ".join(f"coalesce({amount}, 0) AS {name}" for name, amount in tally_sums())
    # There is one such row; as keys of the group they would be sorted by.
    kept = ", ".join(f"min(p.{name}) AS kept_{name}" for name in TALLIES)
    each = (
        f"SELECT count(v.resident_id) AS visits, {sums}, {kept} FROM person_month AS p LEFT JOIN visit AS v "
        f"ON v.resident_id = p.resident_id AND {within} AND v.voided_at IS NULL "
        f"WHERE p.month = :month GROUP BY p.resident_id"
    )
    wrong = " OR ".join(f"{name} <> kept_{name}" for name in TALLIES)
    counted = text(f"SELECT coalesce(sum(visits), 0), sum(CASE WHEN {wrong} THEN 1 ELSE 0 END) FROM ({each}) AS each")
    visits, astray = session.execute(counted, values).one()
    return not astray and visits == session.scalar(text(every), values)


def _paired(rows: Sequence[Any], names: Sequence[str]) -> Iterator[Difference]:
    sides: dict[tuple[int, int], dict[bool, str]] = {}
    for row in rows:
        told = ", ".join(f"{name} {getattr(row, name)}" for name in names)
        sides.setdefault((row.month, row.resident_id), {})[row.side > 0] = told
    for (number, resident), side in sorted(sides.items()):
        kept, wanted = side.get(False, "—"), side.get(True, "—")
        yield Difference("person_month", month_at(number), f"resident {resident}", kept, wanted)


def _sums(session: Session, span: dict[str, int], table: str, wanted: str) -> Iterator[Difference]:
    keys = ROLL_UPS[table]
    columns, named = ", ".join(("month", *keys)), ", ".join(COUNTS)
    short = ", ".join(f"sum(side * {name}) AS {name}" for name in COUNTS)
    differs = " OR ".join(f"sum(side * {name}) <> 0" for name in COUNTS)
    statement = text(
        f"SELECT {columns}, {short} FROM (SELECT {columns}, {named}, 1 AS side FROM ({wanted}) AS wanted "
        f"UNION ALL SELECT {columns}, {named}, -1 FROM {table} WHERE month BETWEEN :first AND :last) AS sides "
        f"GROUP BY {columns} HAVING {differs}"
    )
    same_row = " AND ".join(f"{key} = :{key}" for key in ("month", *keys))
    for row in session.execute(statement, span).mappings().all():
        place = {key: row[key] for key in ("month", *keys)}
        there = session.execute(text(f"SELECT {named} FROM {table} WHERE {same_row}"), place).mappings().one_or_none()
        kept = dict(there) if there is not None else dict.fromkeys(COUNTS, 0)
        off = [name for name in COUNTS if row[name]]
        yield Difference(
            table,
            month_at(row["month"]),
            ", ".join(f"{key.removesuffix('_id')} {row[key]}" for key in keys),
            ", ".join(f"{name} {kept[name]}" for name in off),
            ", ".join(f"{name} {kept[name] + row[name]}" for name in off),
        )
