"""Count one month of a file from the facts, column by column, and say whether the figures kept are those.

An answer to "is this month right" and no more: where something differs,
``verifying`` asks the statements of ``queries.roster`` what exactly. Nothing
here looks at what triggers do. Days are the file's numbers, instants and words
are not read at all. Source: indicators.md sections 1 and 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from gridapp.db.base import OPEN_END
from gridapp.db.days import pack_day
from gridapp.db.figures.triggers import COUNTS, ROLL_UPS
from gridapp.db.queries.roster import COUNTED, EXCLUDED, NEW
from gridapp.db.records import FigureMonthRecord
from gridapp.db.records.people import ABSENCE_REASONS
from gridapp.db.records.visits import MODES, OUTCOMES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Column = NDArray[np.int64]
    Columns = list[Column]

NOBODY = -1
"""Stands for what is empty: a place, a standing, a reason."""
ATTEMPT = len(MODES)
SLOTS = len(MODES) + 1
"""Counts of a person's month: visits that met them, by mode, and attempts."""
GAP = 64
"""Visits with numbers that far apart share no page of the file."""
_MET = OUTCOMES.index("met")
_OPEN = pack_day(OPEN_END) or 0
_CATEGORY_BITS = 20
_MAY_BE_EMPTY = ("grid_id", "status", "reason", "joined")


def agrees(session: Session, month: FigureMonthRecord) -> bool:
    """Return whether people's months, their visits and all roll-ups of a month are what the facts say.

    Args:
        session: On a file.
        month: A month that is kept. Its rule and its days are taken as they are kept; ``compare_basis`` looks at those.
    """
    import numpy as np  # heavy: imported when first used

    people = _fetch(
        session,
        f"resident_id grid_id status reason joined mask {' '.join(MODES)} attempts",
        f"SELECT resident_id, {', '.join(f'coalesce({name}, {NOBODY})' for name in _MAY_BE_EMPTY)}, mask, "
        f"{', '.join(MODES)}, attempts FROM person_month WHERE month = ? ORDER BY resident_id",
        month.month,
    )
    wanted = _standings(session, month)
    there = people[1] != NOBODY
    if wanted is None or not all(
        np.array_equal(kept[there], column) for kept, column in zip(people[:6], wanted, strict=True)
    ):
        return False
    tallies = np.stack(people[6:], axis=1)
    return _visits_agree(session, month, people[0], tallies) and _sums_agree(session, month, people, tallies)


def _fetch(session: Session, names: str, statement: str, *values: Any) -> Columns:
    """Return the columns of rows of whole numbers, none of them empty, in the order of the rows.

    Each comes as one text of its numbers: handing them over one by one takes five times as long.

    Args:
        session: On a file.
        names: Of the columns, with spaces between them.
        statement: Selects as many.
        values: Bound in it.
    """
    import numpy as np  # heavy: imported when first used

    columns = names.split()
    texts = ", ".join(f"group_concat({name})" for name in columns)
    driver: Any = session.connection().connection.driver_connection
    found = driver.execute(f"WITH found ({', '.join(columns)}) AS ({statement}) SELECT {texts} FROM found", values)
    return [np.fromstring(text or "", np.int64, sep=",") for text in found.fetchone()]


def _days(month: FigureMonthRecord) -> tuple[int, int, int]:
    found = tuple(pack_day(day) for day in (month.first, month.day, month.cutoff))
    return found  # type: ignore[return-value]


def _standings(session: Session, month: FigureMonthRecord) -> Columns | None:
    """Return who stands how on the reference day: residents, grids, statuses, reasons, first days of stays, masks.

    Returns:
        Columns in the order of residents; None when somebody lives in two places.
    """
    import numpy as np  # heavy: imported when first used

    _first, day, cutoff = _days(month)
    who, category, begun, ended, home, grid, came, left = _fetch(
        session,
        "who category begun ended home grid came gone",
        f'SELECT e.resident_id, e.category_id, e.start, coalesce(e."end", {_OPEN}), r.id, r.grid_id, r.start, '
        f'coalesce(r."end", {_OPEN}) FROM category AS c JOIN enrolment AS e ON e.category_id = c.id '
        "JOIN residency AS r ON r.resident_id = e.resident_id WHERE c.counts",
    )
    # Plus: found by the index of the dead and then sorted, not by going through everybody in order.
    dead, when = _fetch(session, "id died", "SELECT id, died FROM resident WHERE died IS NOT NULL ORDER BY +id")
    died = _looked_up(dead, when, who, _OPEN)
    staying, since = _stays(who, np.maximum(begun, came), np.minimum(np.minimum(ended, left), died), day)
    lived = (came <= day) & (day < left)
    _homes, place = np.unique(home[lived], return_index=True)
    order = np.argsort(who[lived][place], kind="stable")
    tenants, grids = who[lived][place][order], grid[lived][place][order]
    if np.any(tenants[1:] == tenants[:-1]):
        return None
    has_home = np.isin(staying, tenants)
    staying, since = staying[has_home], since[has_home]
    grids = grids[np.searchsorted(tenants, staying)]
    reasons = _reasons(session, month, staying)
    statuses = np.where(reasons != NOBODY, EXCLUDED, np.where(since > cutoff, NEW, COUNTED))
    carried = (begun <= day) & (day < ended)
    return [staying, grids, statuses, reasons, since, _masks(session, who[carried], category[carried], staying)]


def _stays(who: Column, start: Column, end: Column, day: int) -> tuple[Column, Column]:
    """Return who is within an unbroken stay on a day, and since when; pieces that touch or overlap are one stay."""
    import numpy as np  # heavy: imported when first used

    order = np.lexsort((end, start, who))
    order = order[start[order] < end[order]]
    who, start, end = who[order], start[order], end[order]
    if not len(who):
        return who, start
    first = np.concatenate([[True], who[1:] != who[:-1]])
    person = np.cumsum(first)
    apart = int(end.max() - end.min()) + 1  # lets the furthest end so far begin anew with each person
    reached = np.maximum.accumulate(end + person * apart) - person * apart
    fresh = first | np.concatenate([[True], start[1:] > reached[:-1]])
    begins = np.flatnonzero(fresh)
    since, until = start[begins], np.maximum.reduceat(end, begins)
    covering = (since <= day) & (day < until)
    return who[begins][covering], since[covering]


def _reasons(session: Session, month: FigureMonthRecord, people: Column) -> Column:
    first, day, _cutoff = _days(month)
    away, why = _fetch(
        session,
        "resident_id reason",
        "SELECT resident_id, min(reason) FROM absence WHERE approved AND start <= ? "
        'AND ("end" IS NULL OR "end" > ?) GROUP BY resident_id ORDER BY resident_id',
        first, day,
    )  # fmt: skip
    return _looked_up(away, why, people, NOBODY)


def _looked_up(keys: Column, values: Column, wanted: Column, otherwise: int) -> Column:
    """Return the value of each key that is wanted; keys rise."""
    import numpy as np  # heavy: imported when first used

    if not len(keys):
        return np.full(len(wanted), otherwise, np.int64)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], otherwise)


def _masks(session: Session, who: Column, category: Column, people: Column) -> Column:
    """Return the bits of the categories that people carry, out of single enrolments."""
    import numpy as np  # heavy: imported when first used

    masks = np.zeros(len(people), np.int64)
    for number, bit in zip(*_categories(session), strict=True):
        masks[np.isin(people, who[category == number])] |= bit
    return masks


def _categories(session: Session) -> Columns:
    """Return the categories that count, and their bits."""
    return _fetch(session, "category_id mask", "SELECT category_id, mask FROM figure_category")


def _visits_agree(session: Session, month: FigureMonthRecord, people: Column, tallies: NDArray[np.int64]) -> bool:
    """Return whether everybody kept has as many visits of each mode, and attempts, as kept, and nobody else has any."""
    import numpy as np  # heavy: imported when first used

    packed = _visits(session, month, len(people))
    who, slot = packed >> 3, packed & 7
    place = np.searchsorted(people, who)
    if len(who) and (not len(people) or np.any(people[np.minimum(place, len(people) - 1)] != who)):
        return False
    return np.array_equal(np.bincount(place * SLOTS + slot, minlength=tallies.size), tallies.ravel())


def _visits(session: Session, month: FigureMonthRecord, people: int) -> Column:
    """Return a month's visits, none taken back: resident times eight, plus the place of the count they belong to.

    Visits are kept as they were keyed in, so a month's lie in few runs of the
    file, which are read from end to end. Where they do not, as after a copy
    person by person, each one's are looked up in the index instead.
    """
    import numpy as np  # heavy: imported when first used

    first, day, _cutoff = _days(month)
    (numbers,) = _fetch(session, "id", "SELECT id FROM visit WHERE visited_on BETWEEN ? AND ?", first, day)
    numbers.sort()
    if not len(numbers):
        return numbers
    breaks = np.flatnonzero(np.diff(numbers) > GAP)
    begins, ends = numbers[np.concatenate([[0], breaks + 1])], numbers[np.concatenate([breaks, [-1]])]
    telling = f"SELECT v.resident_id * 8 + CASE WHEN v.outcome = {_MET} THEN v.mode ELSE {ATTEMPT} END"
    valid = "visited_on BETWEEN ? AND ? AND v.voided_at IS NULL"
    if len(begins) * 2 <= people:
        # Plus: by number, not by day.
        run = f"{telling} FROM visit AS v WHERE v.id BETWEEN ? AND ? AND +v.{valid}"
        runs = zip(begins.tolist(), ends.tolist(), strict=True)
        return np.concatenate([_fetch(session, "visit", run, low, high, first, day)[0] for low, high in runs])
    (found,) = _fetch(
        session,
        "visit",
        f"{telling} FROM person_month AS p JOIN visit AS v ON v.resident_id = p.resident_id AND v.{valid} "
        "WHERE p.month = ?",
        first, day, month.month,
    )  # fmt: skip
    taken_back = "SELECT count(*) FROM visit WHERE visited_on BETWEEN ? AND ? AND voided_at IS NOT NULL"
    others = len(numbers) - int(_fetch(session, "count", taken_back, first, day)[0][0]) - len(found)
    # Visits of somebody without a row in this month: whose they are does not matter, they are not counted.
    return np.concatenate([found, np.full(others, NOBODY)]) if others > 0 else found


def _sums_agree(session: Session, month: FigureMonthRecord, people: Columns, tallies: NDArray[np.int64]) -> bool:
    """Return whether grids hold the sums of their people, and communities those of their grids."""
    import numpy as np  # heavy: imported when first used

    there = people[1] != NOBODY
    grid, mask = people[1][there], people[5][there]
    (modes,) = _fetch(session, "modes", "SELECT modes FROM figure_rule")
    amounts = _amounts(people[2][there], people[3][there], tallies[there], int(modes[0]))
    by_category = []
    for number, bit in zip(*_categories(session), strict=True):
        carries = (mask & bit) != 0
        by_category.append((grid[carries] << _CATEGORY_BITS | number, amounts[carries]))
    keys = np.concatenate([key for key, _some in by_category]) if by_category else grid[:0]
    parts = np.concatenate([some for _key, some in by_category]) if by_category else amounts[:0]
    of_grids = _cells(session, month, "grid_month", ROLL_UPS["grid_month"])
    of_categories = _cells(session, month, "grid_category_month", ROLL_UPS["grid_category_month"])
    if not (_same(_added(grid, amounts), of_grids) and _same(_added(keys, parts), of_categories)):
        return False
    grids, communities = _fetch(session, "id community_id", "SELECT id, community_id FROM grid ORDER BY id")
    low = (1 << _CATEGORY_BITS) - 1
    for table, (key, sums), bits in (
        ("community_month", of_grids, 0), ("community_category_month", of_categories, _CATEGORY_BITS)
    ):  # fmt: skip
        community = _looked_up(grids, communities, key >> bits, NOBODY)
        wanted = _added(community << bits | key & (low if bits else 0), sums)
        if not _same(wanted, _cells(session, month, table, ROLL_UPS[table])):
            return False
    return True


def _amounts(status: Column, reason: Column, tallies: NDArray[np.int64], modes: int) -> NDArray[np.int64]:
    """Return what each person adds to a cell, in the order of COUNTS."""
    import numpy as np  # heavy: imported when first used

    counted, met = status == COUNTED, tallies[:, :ATTEMPT] > 0
    valid = met[:, [bool(modes >> place & 1) for place in range(ATTEMPT)]].any(axis=1)
    columns = [counted, counted & valid, *(counted & met[:, place] for place in range(ATTEMPT))]
    columns += [np.where(counted, tallies[:, ATTEMPT], 0), status == NEW]
    columns += [(status == EXCLUDED) & (reason == place) for place in range(len(ABSENCE_REASONS))]
    return np.stack(columns, axis=1).astype(np.int64)


def _added(keys: Column, amounts: NDArray[np.int64]) -> tuple[Column, NDArray[np.int64]]:
    """Return each key once, in order, with the sums of its amounts; keys that sum to nothing are left out."""
    import numpy as np  # heavy: imported when first used

    order = np.argsort(keys, kind="stable")
    keys, amounts = keys[order], amounts[order]
    if len(keys):
        begins = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
        keys, amounts = keys[begins], np.add.reduceat(amounts, begins, axis=0)
    some = (amounts != 0).any(axis=1)
    return keys[some], amounts[some]


def _cells(
    session: Session, month: FigureMonthRecord, table: str, by: tuple[str, ...]
) -> tuple[Column, NDArray[np.int64]]:
    """Return a roll-up as it is kept, in the form of ``_added``."""
    import numpy as np  # heavy: imported when first used

    names = (*by, *COUNTS)
    columns = _fetch(session, " ".join(names), f"SELECT {', '.join(names)} FROM {table} WHERE month = ?", month.month)
    key = columns[0] if len(by) == 1 else columns[0] << _CATEGORY_BITS | columns[1]
    return _added(key, np.stack(columns[len(by) :], axis=1))


def _same(first: tuple[Column, NDArray[np.int64]], second: tuple[Column, NDArray[np.int64]]) -> bool:
    import numpy as np  # heavy: imported when first used

    return np.array_equal(first[0], second[0]) and np.array_equal(first[1], second[1])
