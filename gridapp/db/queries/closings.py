"""Closed months: what was sealed, who signed, and what facts known later say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridapp import formats
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.lists import list_roster
from gridapp.db.queries.people import chunks
from gridapp.db.queries.places import list_communities
from gridapp.db.queries.references import shown
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.rule import RuleRow, read_rule
from gridapp.db.queries.values import RosterRow, Scope
from gridapp.db.records import (
    AbsenceRecord,
    ActorRecord,
    CategoryRecord,
    ClosedMonthRecord,
    EnrolmentRecord,
    ResidencyRecord,
    ResidentRecord,
    VisitRecord,
)
from gridapp.domain.closing import ClosedPerson, Difference, differences, people_in, rate_of, unseal, with_names
from gridapp.domain.hardship import built_in_title
from gridapp.domain.indicator import VisitRate
from gridapp.domain.keys import parse_uuid
from gridapp.domain.period import Month
from gridapp.domain.visit import mode_title, outcome_title
from gridapp.i18n import _


@dataclass(frozen=True)
class ClosingRow:
    """A closed month as lists show it.

    Attributes:
        month: The month.
        community: Code of the community, "" for the whole area.
        area: Name of the area when it was closed.
        visited: N.
        roster: D.
        shown: N / D as the indicators write it.
        hash: SHA-256 of what was sealed.
        is_whole: Whether what is stored still has that hash.
        closed_by: Who closed it.
        closed_at: When.
        countersigned_by: Who countersigned, or "".
        countersigned_at: When, or None.
        rule_text: The rule of the figure.
        content: Everything sealed; empty for an account that may not see all of the names.
    """

    month: Month
    community: str
    area: str
    visited: int
    roster: int
    shown: str
    hash: str
    is_whole: bool
    closed_by: str
    closed_at: dt.datetime
    countersigned_by: str
    countersigned_at: dt.datetime | None
    rule_text: str
    content: dict[str, Any] = field(hash=False, repr=False)

    @property
    def people(self) -> tuple[ClosedPerson, ...]:
        """The people behind the figure."""
        return people_in(self.content) if self.content else ()

    @property
    def state(self) -> str:
        """Whether and by whom it is closed, in words."""
        day = formats.instant(self.closed_at)
        if self.countersigned_by:
            return _("closed by {name} on {day}, countersigned by {other}").format(
                name=self.closed_by, day=day, other=self.countersigned_by
            )
        return _("closed by {name} on {day}, countersign missing").format(name=self.closed_by, day=day)


@dataclass(frozen=True)
class DifferenceRow:
    """A person who stands elsewhere than the closing says.

    Attributes:
        person: Key or reference.
        name: Name.
        grid_name: Grid then, else now.
        then: Where the closing put them, in words.
        now: Where the facts known now put them.
        why: What was entered since, one sentence each.
    """

    person: str
    name: str
    grid_name: str
    then: str
    now: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class DifferenceList:
    """The closed figure beside the live one.

    Attributes:
        closing: The closed month.
        live: The figure of the facts known now, by the rule in force now.
        rule_changed: Whether that rule is another one than the closing's.
        rows: The people who differ.
    """

    closing: ClosingRow
    live: VisitRate
    rule_changed: bool
    rows: tuple[DifferenceRow, ...]


def list_closings(session: Session) -> list[ClosingRow]:
    """Return all closed months, newest first."""
    statement = select(ClosedMonthRecord).order_by(ClosedMonthRecord.month.desc(), ClosedMonthRecord.community)
    hidden = _hidden_names(session)
    return [_row(record, hidden) for record in session.scalars(statement)]


def find_closing(session: Session, month: Month, scope: Scope = Scope()) -> ClosingRow | None:
    """Return the closing that covers a part of the area in a month, or None.

    A closing of the community comes first, then one of the whole area.
    """
    community = scope.community or (scope.grid[:12] if scope.grid else "")
    codes = [community, ""]
    known = list_communities(session)
    if not community and len(known) == 1:
        codes.append(known[0].code)
    for code in codes:
        found = session.scalar(
            select(ClosedMonthRecord).where(ClosedMonthRecord.month == str(month), ClosedMonthRecord.community == code)
        )
        if found is not None:
            return _row(found, _hidden_names(session))
    return None


def _hidden_names(session: Session) -> dict[str, str]:
    """Return what stands in place of the names of people whose records are sealed, by key."""
    rows = session.execute(
        select(ResidentRecord.ref, ResidentRecord.uid, ResidentRecord.name).where(ResidentRecord.withheld.is_not(None))
    )
    return {shown(ref, uid): name for ref, uid, name in rows}


def _row(record: ClosedMonthRecord, hidden: dict[str, str]) -> ClosingRow:
    sealed: bytes | None = record.content  # hidden from accounts that see only a part
    content, whole = unseal(sealed, record.hash) if sealed is not None else ({}, True)
    if content:
        whole = whole and (record.visited, record.roster) == (content["visited"], content["roster"])
        content = with_names(content, hidden)
    rate = VisitRate(visited=record.visited, roster=record.roster)
    return ClosingRow(
        Month.parse(record.month), record.community, content.get("area", ""), record.visited, record.roster, rate.shown,
        record.hash, whole, record.created_by, record.created_at, record.countersigned_by or "",
        record.countersigned_at, content["rule"]["text"] if content else "", content,
    )  # fmt: skip


def people_of_month(session: Session, month: Month, as_of: dt.date, community: str = "") -> tuple[ClosedPerson, ...]:
    """Return everyone on or beside a month's roster as a closing keeps them, by the facts known now."""
    rule = RosterRule.monthly(load_settings(session))
    rows = list_roster(session, month, as_of, rule, Scope(community=community or None))
    return tuple(closed_person(row) for row in rows)


def closed_person(row: RosterRow) -> ClosedPerson:
    """Return a person of the roster as a closing keeps them."""
    person = row.person
    return ClosedPerson(
        person.id, person.name, person.grid_code, person.grid_name, row.worker_name, row.status, row.reason,
        row.joined.isoformat(), row.visited, row.modes, row.attempts, person.categories, formats.date(row.last_valid),
    )  # fmt: skip


def rule_as_stored(rule: RuleRow) -> dict[str, Any]:
    """Return a rule as a closing keeps it."""
    return {
        "categories": list(rule.categories), "category_names": list(rule.category_names), "modes": list(rule.modes),
        "join_day": rule.join_day, "target": rule.target, "text": rule.text,
    }  # fmt: skip


def read_differences(session: Session, closing: ClosingRow, as_of: dt.date) -> DifferenceList:
    """Return how the facts known now differ from a closing, and why."""
    live = people_of_month(session, closing.month, as_of, closing.community)
    rule, sealed = rule_as_stored(read_rule(session)), closing.content["rule"]
    changed = any(rule[key] != sealed[key] for key in ("categories", "modes", "join_day"))
    found = differences(closing.people, live)
    numbers = _numbers(session, [item.id for item in found])
    why = _what_was_entered(session, closing, list(numbers.values()))
    rows = tuple(_difference(item, why.get(numbers.get(item.id, -1), ()), changed) for item in found)
    return DifferenceList(closing, rate_of(live), changed, rows)


def _difference(item: Difference, why: Sequence[str], rule_changed: bool) -> DifferenceRow:
    reasons = tuple(why)
    if not reasons:
        reasons = (_("the rule was changed"),) if rule_changed else (_("an entry was taken back"),)
    told = item.closed or item.live
    assert told is not None
    then, now = _standing(item.closed, item), _standing(item.live, item)
    return DifferenceRow(item.id, item.name, told.grid_name, then, now, reasons)


def _standing(person: ClosedPerson | None, item: Difference) -> str:
    if person is None:
        return _("not on the roster")
    words = {"new": _("new, not counted"), "excluded": _("left out")}
    said = words.get(person.status) or (_("visited") if person.visited else _("not visited"))
    if item.closed is not None and item.live is not None and item.closed.grid != item.live.grid:
        said = _("{standing}, {grid}").format(standing=said, grid=person.grid_name)
    return said


def _numbers(session: Session, people: Iterable[str]) -> dict[str, int]:
    """Return the local numbers of people by what is shown for them; those who are there no more are left out."""
    person = ResidentRecord
    found: dict[str, int] = {}
    for chunk in chunks(people):
        wanted, keys = set(chunk), [key for text in chunk if (key := parse_uuid(text)) is not None]
        statement = select(person.id, person.ref, person.uid).where(or_(person.ref.in_(chunk), person.uid.in_(keys)))
        for number, ref, uid in session.execute(statement):
            found |= {text: number for text in (ref, str(uid)) if text in wanted}
    return found


def _what_was_entered(session: Session, closing: ClosingRow, numbers: Sequence[int]) -> dict[int, list[str]]:
    """Return what was entered about people since a closing, by their number, the oldest first."""
    found: list[tuple[dt.datetime, int, str]] = []
    for chunk in chunks(numbers):
        found += _visits_since(session, closing, chunk)
        found += _lives_since(session, closing, chunk)
    said: dict[int, list[str]] = {}
    for _at, number, sentence in sorted(found):
        said.setdefault(number, []).append(sentence)
    return said


def _visits_since(session: Session, closing: ClosingRow, chunk: list[int]) -> list[tuple[dt.datetime, int, str]]:
    since, month = closing.closed_at, closing.month
    found = []
    for row, keyed_by in session.execute(
        select(VisitRecord, ActorRecord.name)
        .join(ActorRecord, ActorRecord.id == VisitRecord.actor_id)
        .where(
            VisitRecord.resident_id.in_(chunk),
            VisitRecord.visited_on.between(month.first, month.last),
            (VisitRecord.created_at >= since) | (VisitRecord.voided_at >= since),
        )
    ):
        way, result = mode_title(row.mode), outcome_title(row.outcome)
        told = {"day": formats.date(row.visited_on), "mode": way, "outcome": result}
        if row.voided_at is not None and row.created_at < since:
            sentence = _("Visit of {day} taken back on {at} by {name}: {reason}")
            more = {"at": formats.instant(row.voided_at), "name": row.voided_by, "reason": row.void_reason}
            found.append((row.voided_at, row.resident_id, sentence.format(**told, **more)))
        elif row.voided_at is None:
            sentence = _("Visit of {day} ({mode}, {outcome}) entered on {at} by {name}")
            more = {"at": formats.instant(row.created_at), "name": keyed_by}
            found.append((row.created_at, row.resident_id, sentence.format(**told, **more)))
    return found


def _lives_since(session: Session, closing: ClosingRow, chunk: list[int]) -> list[tuple[dt.datetime, int, str]]:
    since = closing.closed_at
    subjects: tuple[tuple[Any, Any, str], ...] = (
        (EnrolmentRecord, EnrolmentRecord.resident_id, _("Category {what} ({days}) entered on {at} by {name}")),
        (ResidencyRecord, ResidencyRecord.resident_id, _("Address ({days}) entered on {at} by {name}")),
        (AbsenceRecord, AbsenceRecord.resident_id, _("Absence ({days}) entered on {at} by {name}")),
    )
    categories = {one.id: one.name or built_in_title(one.code) or one.code
                  for one in session.scalars(select(CategoryRecord))}  # fmt: skip
    found = []
    for record, owner, sentence in subjects:
        changed = (record.created_at >= since) | (record.changed_at >= since)
        for row in session.scalars(select(record).where(owner.in_(chunk), changed)):
            at, by = row.changed_at or row.created_at, row.changed_by or row.created_by
            what = categories[row.category_id] if record is EnrolmentRecord else ""
            said = sentence.format(what=what, days=_days(row.start, row.end), at=formats.instant(at), name=by)
            found.append((at, row.resident_id, said))
    for person in session.scalars(
        select(ResidentRecord).where(ResidentRecord.id.in_(chunk), ResidentRecord.changed_at >= since)
    ):
        assert person.changed_at is not None
        if person.died is not None:
            said = _("Death on {day} noted on {at} by {name}").format(
                day=formats.date(person.died), at=formats.instant(person.changed_at), name=person.changed_by
            )
            found.append((person.changed_at, person.id, said))
    return found


def _days(start: dt.date, end: dt.date | None) -> str:
    if end is None:
        return _("since {start}").format(start=formats.date(start))
    return _("{start} to {end}").format(start=formats.date(start), end=formats.date(end))
