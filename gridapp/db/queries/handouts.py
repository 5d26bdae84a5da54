"""What was printed and exported, and what it was for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridapp.db.records import HandoutRecord
from gridapp.domain.handout import PURPOSES, HandoutKind
from gridapp.i18n import _

OFFERED = 5
"""Purposes somebody gave before that are offered again, before the usual ones."""


@dataclass(frozen=True)
class HandoutRow:
    """Something that left.

    Attributes:
        number: Of the list.
        at: When.
        actor: Who took it out.
        kind: In what form.
        title: Of the list or paper.
        people: How many are on it.
        purpose: What for; "" where nobody asks.
        place: File, printer or clipboard.
    """

    number: int
    at: dt.datetime
    actor: str
    kind: HandoutKind
    title: str
    people: int
    purpose: str
    place: str


def list_handouts(session: Session, limit: int = 500) -> list[HandoutRow]:
    """Return what left, newest first; a limited account sees its own only."""
    rows = session.scalars(select(HandoutRecord).order_by(HandoutRecord.id.desc()).limit(limit))
    return [
        HandoutRow(row.id, row.at, row.actor, HandoutKind(row.kind), row.title, row.people, row.purpose, row.place)
        for row in rows
    ]


@dataclass(frozen=True)
class Purposes:
    """What to choose a purpose from.

    Attributes:
        given: By the same person before, the last one for the same kind first.
        usual: The others.
    """

    given: tuple[str, ...]
    usual: tuple[str, ...]


def offered_purposes(session: Session, actor: str, kind: HandoutKind) -> Purposes:
    """Return purposes to choose from."""
    latest = func.max(HandoutRecord.id)
    mine = (
        select(HandoutRecord.purpose, latest)
        .where(HandoutRecord.actor == actor, HandoutRecord.purpose != "")
        .group_by(HandoutRecord.purpose)
        .order_by(latest.desc())
        .limit(OFFERED)
    )
    alike = [row.purpose for row in session.execute(mine.where(HandoutRecord.kind == kind.value))]
    others = [row.purpose for row in session.execute(mine)]
    given = tuple(dict.fromkeys([*alike, *others]))
    return Purposes(given, tuple(text for text in map(_, PURPOSES) if text not in given))
