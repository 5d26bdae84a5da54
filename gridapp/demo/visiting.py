"""Invented visits, month by month, with realistic gaps.

The share of a grid's roster that gets a visit is fixed first and the people are
drawn then, so that the visit rate moves as intended at any seed.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field

from gridapp.demo.calendar import share_visited, works_on
from gridapp.demo.care import Circumstances
from gridapp.demo.clerk import Clerk
from gridapp.demo.families import Member
from gridapp.demo.hardship import COUNTING, Elder
from gridapp.demo.services import Child
from gridapp.demo.sizes import Size
from gridapp.demo.spans import closed, holding
from gridapp.demo.staff import Staff
from gridapp.demo.visit_rows import Visit, correct, detail
from gridapp.domain.cadence import age_on, default_tier
from gridapp.domain.period import Month, Quarter, months_back

_JOIN_DAY = 20  # indicators.md section 2, rule 4
_WEEKLY_KEPT = 0.9
_SECOND_VISIT = 0.22
_ATTEMPT_BEFORE = 0.09
_ATTEMPTED_WHEN_MISSED = 0.55
_REMOTE_ALSO = 0.04
_MODES = (("onsite", 0.70), ("phone", 0.23), ("video", 0.07))
_REFUSAL_MODES = (("phone", 0.92), ("onsite", 0.08))
_ATTEMPTS = (("not_home", 0.5), ("no_answer", 0.3), ("refused", 0.12), ("away", 0.08))


@dataclass(slots=True, eq=False)
class Case:
    """An elder as seen by those who visit.

    Attributes:
        usual_day: Day of the month on which the visit usually falls.
        reluctance: How much more easily than others the elder is missed.
    """

    elder: Elder
    circumstances: Circumstances
    usual_day: int
    reluctance: float


@dataclass(slots=True)
class _MonthPlan:
    """Who is owed a visit in a month.

    Attributes:
        roster: Those in D, by grid.
        others: Those on the roster for a part of the month, and late joiners.
        excused: Those away for all of it.
    """

    first: dt.date
    last: dt.date
    roster: dict[str, list[Case]] = field(default_factory=dict)
    others: list[Case] = field(default_factory=list)
    excused: list[Case] = field(default_factory=list)


class Visitor:
    """Invents all visits of a community."""

    def __init__(self, size: Size, clerk: Clerk, staff: Staff) -> None:
        self._random = clerk.random
        self._today = clerk.today
        self._staff = staff
        self._months = months_back(Month.of(clerk.today), size.months)
        self._owed: dict[str, float] = {}
        self._visits: list[Visit] = []

    def case(self, elder: Elder, circumstances: Circumstances) -> Case:
        """Return an elder as a case with habits of its own."""
        random = self._random
        reluctance = 5.0 if circumstances.refuses else 3.0 if random.random() < 0.06 else 1.0
        return Case(elder, circumstances, int(random.triangular(2, 29, 12)), reluctance)

    def visit(self, cases: list[Case], children: list[Child]) -> list[Visit]:
        """Return the visits to elders and children up to today, in no special order."""
        self._visits = []
        for index, month in enumerate(self._months):
            plan = self._plan(cases, month)
            for grid in sorted(plan.roster):
                share = share_visited(grid, month, index / max(len(self._months) - 1, 1))
                missed = self._draw_missed(plan.roster[grid], grid, share)
                for case in plan.roster[grid]:
                    if case in missed:
                        self._miss(case, plan)
                    else:
                        self._reach(case, plan)
            for case in plan.others:
                if self._random.random() < 0.6:
                    self._reach(case, plan)
            for case in plan.excused:
                if self._random.random() < 0.2:
                    self._attempt(case, plan.first, plan.last)
        for child in children:
            self._visit_child(child)
        return self._visits

    def _plan(self, cases: list[Case], month: Month) -> _MonthPlan:
        """Sort the cases of a month as indicators.md section 2 does."""
        plan = _MonthPlan(month.first, month.last)
        day = min(month.last, self._today)
        for case in cases:
            span = holding(case.elder.roster, day)
            if span is None:
                if any(start <= day and closed((start, end))[1] > month.first for start, end in case.elder.roster):
                    plan.others.append(case)
            elif span[0] > month.first.replace(day=_JOIN_DAY):
                plan.others.append(case)
            elif case.circumstances.excused(month.first, day):
                plan.excused.append(case)
            else:
                plan.roster.setdefault(case.elder.member.grid_on(day), []).append(case)
        return plan

    def _draw_missed(self, cases: list[Case], grid: str, share: float) -> set[Case]:
        """Draw those whom the month misses, the reluctant more easily; fractions are carried on."""
        random = self._random
        owed = self._owed.get(grid, random.random()) + len(cases) * (1 - share)
        number = int(owed)
        self._owed[grid] = owed - number
        weighed = [(-math.log(1 - random.random()) / case.reluctance, index) for index, case in enumerate(cases)]
        return {cases[index] for _weight, index in sorted(weighed)[:number]}

    def _reach(self, case: Case, plan: _MonthPlan) -> None:
        if self._is_weekly(case, min(plan.last, self._today)):
            self._visit_weekly(case, plan)
            return
        day = self._free_day(case, plan)
        if day is None:
            return
        random = self._random
        if random.random() < _ATTEMPT_BEFORE:
            earlier = day - dt.timedelta(days=random.randrange(1, 4))
            if earlier >= plan.first:
                self._attempt(case, earlier, earlier)
        self._meet(case, day)
        if random.random() < _SECOND_VISIT:
            self._meet(case, day + dt.timedelta(days=random.randrange(4, 14)), "phone")
        if random.random() < _REMOTE_ALSO:
            self._meet(case, day + dt.timedelta(days=random.randrange(1, 9)), "remote")

    def _is_weekly(self, case: Case, day: dt.date) -> bool:
        chosen = case.circumstances.tier
        if chosen is not None and chosen[1] <= day:
            return chosen[0] == "A"
        age = age_on(case.elder.member.birth, day)
        return default_tier(case.elder.categories_on(day), age, COUNTING) == "A"

    def _visit_weekly(self, case: Case, plan: _MonthPlan) -> None:
        monday = plan.first - dt.timedelta(days=plan.first.weekday())
        habit = case.usual_day % 5
        met = False
        while monday <= min(plan.last, self._today):
            day = monday + dt.timedelta(days=min(habit + self._random.randrange(0, 3), 6))
            monday += dt.timedelta(days=7)
            if plan.first <= day <= plan.last and self._random.random() < _WEEKLY_KEPT:
                met = self._meet(case, day, "" if self._random.random() < 0.7 else "phone") or met
        if not met and (day_left := self._free_day(case, plan)) is not None:
            self._meet(case, day_left)

    def _free_day(self, case: Case, plan: _MonthPlan) -> dt.date | None:
        """Return a day of the month on which the elder can be met, near the usual one, or None."""
        random = self._random
        length = (plan.last - plan.first).days + 1
        for _try in range(12):
            day = plan.first + dt.timedelta(days=int(case.usual_day + random.gauss(0, 4)) % length)
            if works_on(day, random.random()) and self._meetable(case, day):
                return day
        days = [plan.first + dt.timedelta(days=offset) for offset in range(length)]
        free = [day for day in days if self._meetable(case, day)]
        return random.choice(free) if free else None

    def _meetable(self, case: Case, day: dt.date) -> bool:
        return holding(case.elder.roster, day) is not None and not case.circumstances.away_on(day)

    def _meet(self, case: Case, day: dt.date, mode: str = "") -> bool:
        """Add a visit that met the elder if the day allows it; return whether it does."""
        if day > self._today or not self._meetable(case, day):
            return False
        if case.circumstances.refuses and mode != "remote":
            mode = self._pick(_REFUSAL_MODES)
        self._add(case.elder.member, day, mode or self._pick(_MODES), "met")
        return True

    def _miss(self, case: Case, plan: _MonthPlan) -> None:
        random = self._random
        if random.random() < _ATTEMPTED_WHEN_MISSED:
            for _try in range(1 + (random.random() < 0.3)):
                self._attempt(case, plan.first, plan.last)
        if random.random() < 0.1:
            self._meet(case, plan.first + dt.timedelta(days=random.randrange(28)), "remote")

    def _attempt(self, case: Case, first: dt.date, last: dt.date) -> None:
        """Add an attempt on some day if the elder lives here then."""
        day = first + dt.timedelta(days=self._random.randrange((last - first).days + 1))
        if day > self._today or holding(case.elder.roster, day) is None:
            return
        away = case.circumstances.away_on(day)
        outcome = "hospital" if away == "hospital" else "away" if away else self._pick(_ATTEMPTS)
        mode = "phone" if outcome == "no_answer" else "onsite"
        self._add(case.elder.member, day, mode, outcome)

    def _visit_child(self, child: Child) -> None:
        """Visit a child on site once a quarter, with few gaps."""
        random = self._random
        began = max(child.start, self._months[0].first)
        quarter = Quarter.of(began)
        while quarter.first <= self._today:
            low, high = max(quarter.first, began), quarter.last
            day = low + dt.timedelta(days=random.randrange(max((high - low).days, 0) + 1))
            if low <= high and day <= self._today and random.random() < 0.94:
                self._add(child.member, day, "onsite", "met")
            quarter = quarter.plus(1)

    def _add(self, member: Member, day: dt.date, mode: str, outcome: str) -> None:
        random = self._random
        grid = member.grid_on(day)
        duty = "manager" if random.random() < 0.89 else "assistant"
        visit = Visit(member, day, mode, outcome, self._staff.on_duty(grid, duty, day))
        detail(visit, random, self._today)
        self._visits += correct(visit, random)

    def _pick(self, chances: tuple[tuple[str, float], ...]) -> str:
        luck = self._random.random()
        for value, chance in chances:
            luck -= chance
            if luck < 0:
                return value
        return chances[0][0]
