"""A visit while it is being invented, and how it is written down."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from random import Random

from gridapp.demo import words
from gridapp.demo.clerk import AUTHOR, iso_instant
from gridapp.demo.families import Member, Row
from gridapp.domain.keys import visit_uuid

_ZONE = dt.timedelta(hours=8)
_NOTE_SHARE = 0.3
_LATE_ENTRY_SHARE = 0.04
_FINDINGS_SHARE = 0.15
_NEED_SHARE = 0.035


@dataclass(slots=True, eq=False)
class Visit:
    """A visit or an attempt.

    Attributes:
        entered: When it was keyed in. [UTC]
        minutes: Time of day it took place. [minutes after midnight, UTC+8]
        replaces: The visit it corrects; that one is voided.
        void_reason: Why it does not count, or nothing.
    """

    member: Member
    day: dt.date
    mode: str
    outcome: str
    worker: str
    minutes: int = 0
    entered: dt.datetime = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    extras: Row = field(default_factory=dict)
    replaces: Visit | None = None
    void_reason: str = ""
    voided_at: dt.datetime | None = None


def detail(visit: Visit, random: Random, today: dt.date) -> None:
    """Add the time of day, when it was keyed in, and what was seen."""
    past = visit.day < today
    visit.minutes = random.randrange(8 * 60 + 30, 17 * 60 + 30, 5) if past else 8 * 60 + random.randrange(5)
    midnight = dt.datetime(visit.day.year, visit.day.month, visit.day.day, tzinfo=dt.UTC) - _ZONE
    delay = dt.timedelta(minutes=random.randrange(5, 180) if past else 5, seconds=random.randrange(60))
    if random.random() < _LATE_ENTRY_SHARE:
        late = min(random.randrange(2, 9), (today - visit.day).days - 1)
        delay += dt.timedelta(days=max(late, 0))
    visit.entered = midnight + dt.timedelta(minutes=visit.minutes) + delay
    if visit.outcome != "met":
        if random.random() < 0.6:
            visit.extras["note"] = random.choice(words.ATTEMPT_NOTES[visit.outcome])
        return
    if random.random() < _NOTE_SHARE and visit.mode != "remote":
        visit.extras["note"] = random.choice(words.VISIT_NOTES)
    if visit.mode == "onsite" and random.random() < _FINDINGS_SHARE:
        visit.extras["findings"] = _findings(random)
    if visit.mode != "remote" and random.random() < _NEED_SHARE:
        visit.extras["needs"] = random.choice(words.NEEDS)
        if random.random() < 0.5:
            visit.extras["referral"] = random.choice(words.REFERRALS)


def _findings(random: Random) -> Row:
    """Return what was looked at. Source: domain research section 2.2 (living, safety, health)."""
    return {
        "health": "good" if random.random() < 0.8 else "watch",
        "mood": "good" if random.random() < 0.85 else "low",
        "home_safety": "good" if random.random() < 0.9 else "watch",
    }


def correct(visit: Visit, random: Random) -> list[Visit]:
    """Return the visit, now and then after a voided one that was keyed in wrongly."""
    luck = random.random()
    if luck >= 0.006 or visit.outcome != "met" or visit.mode == "remote":
        return [visit]
    wrong = Visit(visit.member, visit.day, visit.mode, visit.outcome, visit.worker, visit.minutes, visit.entered)
    wrong.voided_at = visit.entered + dt.timedelta(minutes=2)
    if luck < 0.002:
        wrong.void_reason = "重复录入。"
        return [wrong, visit]
    wrong.mode = "phone" if visit.mode == "onsite" else "onsite"
    wrong.void_reason = "探访方式选错。"
    visit.replaces = wrong
    visit.entered += dt.timedelta(minutes=2)
    return [wrong, visit]


def visit_rows(visits: list[Visit], site: int) -> list[Row]:
    """Return the facts rows in the order in which the visits were keyed in, numbered from 1."""
    visits.sort(key=lambda visit: (visit.entered, visit.member.key, visit.void_reason == ""))
    keys = {id(visit): str(visit_uuid(site, number)) for number, visit in enumerate(visits, 1)}
    rows: list[Row] = []
    for visit in visits:
        row: Row = {"id": keys[id(visit)], "person": visit.member.key, "date": visit.day.isoformat()}
        row |= {"mode": visit.mode, "outcome": visit.outcome, "worker": visit.worker}
        row["time"] = f"{visit.minutes // 60:02d}:{visit.minutes % 60:02d}"
        row |= visit.extras
        if visit.voided_at is not None:
            row |= {"void_reason": visit.void_reason, "voided_by": AUTHOR, "voided_at": iso_instant(visit.voided_at)}
        row["voided"] = visit.voided_at is not None
        if visit.replaces is not None:
            row["replaces"] = keys[id(visit.replaces)]
        rows.append(row | {"created": iso_instant(visit.entered), "created_by": AUTHOR})
    return rows
