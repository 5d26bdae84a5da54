"""Cadence compliance: of the visits that were due in a closed period, how many were made.

Source: indicators.md section 3.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db.base import covers
from gridapp.db.queries.kept import grids_of
from gridapp.db.queries.people import approved_absences, chunks, list_categories
from gridapp.db.queries.roster import People, RosterDay, RosterRule, days_table, responsible, stays
from gridapp.db.queries.scope import within
from gridapp.db.queries.values import EVERYWHERE, Scope
from gridapp.db.records import (
    CategoryRecord,
    EnrolmentRecord,
    GridRecord,
    ResidencyRecord,
    ResidentRecord,
    TierOverrideRecord,
    VisitRecord,
)
from gridapp.domain.cadence import Absence, Obligation, Tier, age_on, default_tier, units_ending_in
from gridapp.domain.period import Month
from gridapp.settings import Settings

Spans = dict[int, list[tuple[str, dt.date, dt.date | None]]]


@dataclass(frozen=True)
class ComplianceRow:
    """Visits due and done in one tier.

    Attributes:
        tier: "A", "B" or "C".
        due: Weeks, months or quarters in which a visit was due, summed over people.
        done: Those of them with at least one valid visit.
    """

    tier: str
    due: int
    done: int


def cadence_compliance(
    session: Session, first: dt.date, last: dt.date, settings: Settings, scope: Scope = EVERYWHERE
) -> list[ComplianceRow]:
    """Return due and done per tier for a closed period.

    A unit is due when on its last day the person is on the roster with that
    tier, joined by the rule's day for months and quarters, and no approved
    absence covers all of it. Compliance is the sum of done over the sum of due.

    Args:
        session: Where to read.
        first: First day of the period.
        last: Last day of the period.
        settings: Modes that count, and the joining day.
        scope: Grid, community or responsible worker on the unit's last day, so that a later move changes no
            earlier figure.
    """
    rule = RosterRule.monthly(settings)
    lives = _Lives(session, first, last, rule, scope)
    due: dict[Tier, int] = dict.fromkeys(Tier, 0)
    done: dict[Tier, int] = dict.fromkeys(Tier, 0)
    for tier in Tier:
        for unit in units_ending_in(tier, first, last):
            for person in lives.people:
                if lives.owes(person, unit, settings.join_day):
                    due[tier] += 1
                    done[tier] += lives.was_met(person, unit)
    return [ComplianceRow(tier.value, due[tier], done[tier]) for tier in Tier]


class _Lives:
    """What is needed to decide who owed a visit when, read once."""

    def __init__(self, session: Session, first: dt.date, last: dt.date, rule: RosterRule, scope: Scope) -> None:
        self.counting = {row.code for row in list_categories(session) if row.counts}
        stay = stays(rule, _living_in(session, scope, first, last))
        self.stays: dict[int, list[tuple[dt.date, dt.date]]] = defaultdict(list)
        for number, start, end in session.execute(select(stay).where(stay.c.start <= last, stay.c.end > first)):
            self.stays[number].append((start, end))
        self.people = sorted(self.stays)
        self.inside = None if scope == EVERYWHERE else self._inside(session, scope, first, last)
        self.births = self._births(session)
        self.absences: dict[int, list[Absence]] = approved_absences(session, self.people)
        self.categories = self._spans(session, EnrolmentRecord)
        self.overrides = self._spans(session, TierOverrideRecord)
        since = min((unit.start for tier in Tier for unit in units_ending_in(tier, first, last)), default=first)
        self.met = self._met(session, since, last, rule)

    def _inside(self, session: Session, scope: Scope, first: dt.date, last: dt.date) -> dict[dt.date, set[int]]:
        """Return who lived inside the scope on each day a unit ends."""
        ends = sorted({unit.end for tier in Tier for unit in units_ending_in(tier, first, last)})
        found: dict[dt.date, set[int]] = {end: set() for end in ends}
        if not ends:
            return found
        period = days_table([RosterDay(number, end, end, end) for number, end in enumerate(ends)])
        keeper = responsible(period, grids_of(session, scope))
        lived = (
            select(period.c.number, ResidencyRecord.resident_id)
            .select_from(ResidencyRecord)
            .join(period, covers(ResidencyRecord.start, ResidencyRecord.end, period.c.day))
            .join(GridRecord, GridRecord.id == ResidencyRecord.grid_id)
            .outerjoin(keeper, (keeper.c.number == period.c.number) & (keeper.c.grid_id == ResidencyRecord.grid_id))
            .where(within(scope, ResidencyRecord.grid_id, GridRecord.community_id, keeper.c.worker_id))
            .where(ResidencyRecord.resident_id.in_(self.people))
        )
        for number, resident in session.execute(lived):
            found[ends[number]].add(resident)
        return found

    def _births(self, session: Session) -> dict[int, dt.date | None]:
        found: dict[int, dt.date | None] = {}
        for chunk in chunks(self.people):
            statement = select(ResidentRecord.id, ResidentRecord.birth).where(ResidentRecord.id.in_(chunk))
            found.update(session.execute(statement).all())
        return found

    def _spans(self, session: Session, record: type[EnrolmentRecord] | type[TierOverrideRecord]) -> Spans:
        found: Spans = defaultdict(list)
        what = CategoryRecord.code if record is EnrolmentRecord else TierOverrideRecord.tier
        for chunk in chunks(self.people):
            statement = select(record.resident_id, what, record.start, record.end).where(record.resident_id.in_(chunk))
            if record is EnrolmentRecord:
                statement = statement.join(CategoryRecord, CategoryRecord.id == EnrolmentRecord.category_id)
            for number, word, start, end in session.execute(statement.order_by(record.start.desc(), record.uid.desc())):
                found[number].append((word, start, end))
        return found

    def _met(self, session: Session, since: dt.date, last: dt.date, rule: RosterRule) -> dict[int, list[dt.date]]:
        found: dict[int, list[dt.date]] = defaultdict(list)
        for chunk in chunks(self.people):
            statement = select(VisitRecord.resident_id, VisitRecord.visited_on).where(
                VisitRecord.resident_id.in_(chunk),
                VisitRecord.visited_on.between(since, last),
                VisitRecord.voided_at.is_(None),
                VisitRecord.outcome == "met",
                VisitRecord.mode.in_(rule.modes),
            )
            for number, day in session.execute(statement):
                found[number].append(day)
        return found

    def owes(self, person: int, unit: Obligation, join_day: int) -> bool:
        """Return whether a person owed a visit in a unit."""
        if self.inside is not None and person not in self.inside[unit.end]:
            return False
        joined = next((start for start, end in self.stays[person] if start <= unit.end < end), None)
        if joined is None or self.tier_on(person, unit.end) is not unit.tier:
            return False
        if unit.tier is not Tier.A and joined > Month.of(unit.end).first.replace(day=join_day):
            return False
        return not any(absence.covers(unit.start, unit.end) for absence in self.absences.get(person, ()))

    def tier_on(self, person: int, day: dt.date) -> Tier:
        """Return the tier a person had on a day: of several chosen ones the last chosen."""
        override = next(iter(_open(self.overrides.get(person, ()), day)), None)
        if override is not None:
            return Tier(override)
        birth = self.births.get(person)
        held = list(_open(self.categories.get(person, ()), day))
        return default_tier(held, age_on(birth, day) if birth else None, self.counting)

    def was_met(self, person: int, unit: Obligation) -> bool:
        """Return whether a valid visit lies in a unit."""
        return any(unit.start <= day <= unit.end for day in self.met.get(person, ()))


def _living_in(session: Session, scope: Scope, first: dt.date, last: dt.date) -> People | None:
    """Return a condition that holds for everybody who lived inside a scope at some time of a period; None for all."""
    grids = grids_of(session, scope)
    if grids is None:
        return None
    lived = ResidencyRecord
    some = (lived.start <= last) & (lived.end.is_(None) | (lived.end > first))
    people = list(session.scalars(select(lived.resident_id).where(grids(lived.grid_id), some).distinct()))
    return lambda column: column.in_(people)


def _open(spans: Iterable[tuple[str, dt.date, dt.date | None]], day: dt.date) -> Iterable[str]:
    return (word for word, start, end in spans if start <= day and (end is None or end > day))
