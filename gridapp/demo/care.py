"""Invented absences, emergency contacts, consents and tiers of hardship elders."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from gridapp.demo import words
from gridapp.demo.clerk import Clerk, iso_instant
from gridapp.demo.families import Member, Row, surname_of
from gridapp.demo.hardship import Elder
from gridapp.demo.papers import PaperOffice
from gridapp.demo.sizes import Size
from gridapp.demo.spans import Span, birthday, closed, day_between, holding, shift_months
from gridapp.demo.staff import Staff

_REASONS = ("hospital", "hospital", "hospital", "away", "away", "institution")
_LONGEST = {"hospital": 45, "away": 80, "institution": 150}
_ABSENT_SHARE = 0.2
_APPROVED_SHARE = 0.7
_REFUSER_SHARE = 0.03
_ASKED_SHARE = 0.6


@dataclass(slots=True, eq=False)
class Absent:
    """Days a person is not to be found, approved or not."""

    reason: str
    start: dt.date
    end: dt.date | None
    approved: bool

    @property
    def span(self) -> Span:
        """The days as a span."""
        return self.start, self.end


@dataclass(slots=True, eq=False)
class Circumstances:
    """What decides how an elder is visited.

    Attributes:
        refuses: Whether the elder has asked not to be visited at home.
        tier: Tier set by hand, with its first day, if any.
    """

    absences: list[Absent] = field(default_factory=list)
    refuses: bool = False
    tier: tuple[str, dt.date] | None = None

    def away_on(self, day: dt.date) -> str:
        """Return why the elder is away on a day, or nothing."""
        for absent in self.absences:
            if holding([absent.span], day):
                return absent.reason
        return ""

    def excused(self, first: dt.date, last: dt.date) -> bool:
        """Return whether one approved absence covers every day from first to last."""
        return any(a.approved and a.start <= first and (a.end is None or a.end > last) for a in self.absences)


class Carer:
    """Invents the circumstances of elders and writes their rows."""

    def __init__(self, size: Size, clerk: Clerk, office: PaperOffice, staff: Staff) -> None:
        self._clerk = clerk
        self._random = clerk.random
        self._office = office
        self._staff = staff
        self._window = shift_months(clerk.today, 1 - size.months)
        self.absences: list[Row] = []
        self.contacts: list[Row] = []
        self.consents: list[Row] = []
        self.tiers: list[Row] = []

    def look_into(self, elder: Elder) -> Circumstances:
        """Return an elder's circumstances and keep the rows that tell them."""
        found = Circumstances()
        if elder.roster:
            self._absences(elder, found)
            self._consent(elder, found)
            self._tier(elder, found)
        self._contacts(elder)
        return found

    def _absences(self, elder: Elder, found: Circumstances) -> None:
        random, today = self._random, self._clerk.today
        first, last = closed(elder.roster[-1])
        first, last = max(first, self._window), min(last, today)
        if (last - first).days < 20 or random.random() >= _ABSENT_SHARE:
            return
        reason = random.choice(_REASONS)
        start = day_between(random, first, last - dt.timedelta(days=5))
        end: dt.date | None = start + dt.timedelta(days=random.randrange(5, _LONGEST[reason]))
        if end is not None and end >= last:
            end = None if last == today else last
        absent = Absent(reason, start, end, random.random() < _APPROVED_SHARE)
        found.absences.append(absent)
        self.absences.append(self._absence_row(elder.member, absent))

    def _absence_row(self, member: Member, absent: Absent) -> Row:
        key, stamp = self._clerk.identified(absent.start)
        grid = member.grid_on(absent.start)
        row: Row = {"id": key, "person": member.key, "reason": absent.reason, "start": absent.start.isoformat()}
        row["end"] = absent.end.isoformat() if absent.end else None
        row["approved"] = absent.approved
        row["author"] = self._staff.name(self._staff.on_duty(grid, "manager", absent.start))
        if absent.approved:
            row["approved_by"] = self._staff.name(self._staff.on_duty(grid, "monitor", absent.start))
            day = min(absent.start + dt.timedelta(days=self._random.randrange(4)), self._clerk.today)
            row["approved_at"] = max(stamp["created"], iso_instant(self._clerk.moment(day)))
        return row | stamp

    def _consent(self, elder: Elder, found: Circumstances) -> None:
        random = self._random
        found.refuses = random.random() < _REFUSER_SHARE
        if not found.refuses and random.random() >= _ASKED_SHARE:
            return
        day = min(elder.roster[0][0] + dt.timedelta(days=random.randrange(10)), self._clerk.today)
        key, stamp = self._clerk.identified(day)
        row: Row = {"id": key, "person": elder.member.key, "scope": "visit", "given": not found.refuses}
        row |= {"start": day.isoformat(), "end": None}
        if found.refuses:
            row["wish"] = words.WISHES[0]
        elif random.random() < 0.15:
            row["wish"] = random.choice(words.WISHES[1:])
        self.consents.append(row | stamp)

    def _tier(self, elder: Elder, found: Circumstances) -> None:
        random = self._random
        current = holding(elder.roster, self._clerk.today)
        if current is None or random.random() >= 0.045:
            return
        tier = "A" if random.random() < 0.7 else "B"
        start = day_between(random, max(current[0], self._window), self._clerk.today)
        found.tier = (tier, start)
        key, stamp = self._clerk.identified(start)
        row: Row = {"id": key, "person": elder.member.key, "tier": tier, "start": start.isoformat(), "end": None}
        self.tiers.append(row | {"reason": random.choice(words.TIER_REASONS[tier])} | stamp)

    def _contacts(self, elder: Elder) -> None:
        random, member = self._random, elder.member
        day = elder.enrolments[0].start
        for priority in range(1, 2 + (random.random() < 0.35)):
            kin = priority == 1 and random.random() < 0.8
            relation, sex = random.choice(words.CHILD_RELATIONS if kin else words.OTHER_RELATIONS)
            sex = sex or random.choice("FM")
            birth = birthday(member.birth, random.randrange(23, 34))
            own = kin and member.sex == "M" and "·" not in member.name
            surname = surname_of(member.name) if own else self._office.surname()
            name = surname + self._office.given_name(sex, birth)
            key, stamp = self._clerk.identified(day)
            row: Row = {"id": key, "person": member.key, "name": name, "relation": relation}
            row["phone"] = self._office.phone()
            if priority > 1:
                row["priority"] = priority
            self.contacts.append(row | stamp)
