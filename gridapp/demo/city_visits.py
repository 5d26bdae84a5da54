"""Visits of one community of the invented city: an exact number of them, drawn all at once."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from gridapp.demo import words
from gridapp.demo.city_people import Elder
from gridapp.demo.city_places import REPLACED, Place
from gridapp.demo.city_plan import AUTHOR, CityPlan, share
from gridapp.demo.spans import shift_months

COLUMNS = ("id", "resident_id", "visited_on", "mode", "outcome", "worker_id", "note", "created_at", "actor_id",
           "voided_at", "voided_by", "void_reason")  # fmt: skip
MODES = ("onsite", "phone", "video", "remote")
OUTCOMES = ("met", "not_home", "no_answer", "refused", "away", "hospital", "moved", "deceased")

_MODE_ENDS = (0.70, 0.93, 0.99)
_ATTEMPT_ENDS = (0.50, 0.80, 0.92)
_DAY = 86_400_000_000  # [µs]
_VISITED, _MISSED_BY_WEAK = 0.95, 0.2
_ATTEMPTS, _NOTES, _VOIDED = 0.06, 0.12, 0.003


def visit_rows(plan: CityPlan, place: Place, elders: list[Elder], actor: int) -> list[tuple[Any, ...]]:
    """Return the visits of a community as they were keyed in, one after the other, in the order of COLUMNS.

    Months are drawn first: those in which an elder is visited at all, a share
    that differs by grid. Only visits beyond one for each of them repeat.
    Attempts fall in any month, in some of which nobody was met.
    """
    import numpy as np  # heavy: imported when first used

    quota = share(plan.visits, place.number)
    random = np.random.RandomState(plan.random(place.number, "visits").getrandbits(32))
    person, first, length = (np.array(column) for column in zip(*_months(plan, elders), strict=True))
    weak = (person * 7919) % len(place.grids) < 2
    visited = np.flatnonzero(random.random_sample(len(person)) < np.where(weak, _VISITED - _MISSED_BY_WEAK, _VISITED))
    attempts = round(len(quota) * _ATTEMPTS)
    met = len(quota) - attempts
    some = random.permutation(visited)[:met]
    again = random.choice(visited, met - len(some))
    drawn = np.concatenate([some, again, random.randint(0, len(person), attempts)])
    attempt = np.arange(len(quota)) >= met
    order = np.argsort(drawn, kind="stable")
    drawn, attempt = drawn[order], attempt[order]
    count = len(drawn)
    day = first[drawn] + (random.random_sample(count) * length[drawn]).astype(int)
    # 1970-01-01 was a Thursday; most of what falls on a weekend moves to the Friday before.
    weekend = np.clip((day + 3) % 7 - 4, 0, None)
    early = np.where(random.random_sample(count) < 0.85, weekend, 0)
    day = np.maximum(day - early, first[drawn])
    mode = np.searchsorted(_MODE_ENDS, random.random_sample(count), side="right")
    outcome = np.where(attempt, 1 + np.searchsorted(_ATTEMPT_ENDS, random.random_sample(count), side="right"), 0)
    note = np.where(random.random_sample(count) < _NOTES, random.randint(0, len(words.VISIT_NOTES), count), -1)
    instant = day * _DAY + random.randint(2 * 3_600_000, 9 * 3_600_000, count) * 1000
    voided = random.random_sample(count) < _VOIDED
    entered = np.argsort(instant, kind="stable")
    drawn_columns = (person[drawn], day, mode, outcome, note, instant, voided)
    return _rows(plan, quota, place, elders, actor, [column[entered].tolist() for column in drawn_columns])


def _months(plan: CityPlan, elders: list[Elder]) -> list[tuple[int, int, int]]:
    """Return elder, first day since 1970 and number of days of every month in which somebody is on the roster."""
    epoch = dt.date(1970, 1, 1).toordinal()
    starts = [shift_months(plan.today, 1 - plan.months).replace(day=1)]
    for _month in range(plan.months):
        starts.append((starts[-1] + dt.timedelta(days=31)).replace(day=1))
    bounds = [start.toordinal() - epoch for start in starts]
    bounds[-1] = plan.today.toordinal() - epoch + 1
    found: list[tuple[int, int, int]] = []
    for index, elder in enumerate(elders):
        begun = elder.start.toordinal() - epoch
        ended = elder.end.toordinal() - epoch if elder.end else bounds[-1]
        for low, high in itertools.pairwise(bounds):
            first, after = max(low, begun), min(high, ended)
            if first < after:
                found.append((index, first, after - first))
    return found


def _rows(
    plan: CityPlan, quota: range, place: Place, elders: list[Elder], actor: int, columns: list[list[Any]]
) -> list[tuple[Any, ...]]:
    dates: dict[int, Any] = {}
    homes = [(elder.homes[0][0], elder.homes[-1][0], plan.day(elder.homes[-1][1])) for elder in elders]
    numbers = [elder.number for elder in elders]
    rows: list[tuple[Any, ...]] = []
    for seq, (person, day, mode, outcome, note, instant, voided) in zip(quota, zip(*columns, strict=True), strict=True):
        on = dates.get(day)
        if on is None:
            on = dates[day] = plan.day(dt.date(1970, 1, 1) + dt.timedelta(days=day))
        before, now, since = homes[person]
        grid = now if on >= since else before
        worker = grid + REPLACED if grid in place.replaced and on < place.handover else grid
        rows.append(
            (
                plan.first_visit + seq, numbers[person], on, mode, outcome, worker,
                words.VISIT_NOTES[note] if note >= 0 and not outcome else None, instant, actor,
                instant + 120_000_000 if voided else None, AUTHOR if voided else None,
                "重复录入。" if voided else None,
            )
        )  # fmt: skip
    return rows
