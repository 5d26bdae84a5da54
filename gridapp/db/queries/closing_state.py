"""Whether a month's figure is closed or provisional, for badges and for what papers say; reads no names."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridapp import formats
from gridapp.db.queries.places import list_communities
from gridapp.db.queries.values import Scope
from gridapp.db.records import ClosedMonthRecord, CommunityRecord
from gridapp.domain.indicator import shown_rate
from gridapp.domain.period import Month
from gridapp.i18n import _


@dataclass(frozen=True)
class ClosingState:
    """How far a month is closed.

    Attributes:
        month: The month.
        is_closed: A closing covers what was asked about.
        covers: What it covers: the code of a community, "" for the whole area.
        visited: N of that closing, 0 without one.
        roster: D of it.
        closed_by: Who closed it.
        closed_at: When, None without one.
        countersigned_by: Who countersigned, or "".
        parts_closed: Communities closed one by one, of a whole area that is not closed itself.
        parts: Communities there are.
    """

    month: Month
    is_closed: bool = False
    covers: str = ""
    visited: int = 0
    roster: int = 0
    closed_by: str = ""
    closed_at: dt.datetime | None = None
    countersigned_by: str = ""
    parts_closed: int = 0
    parts: int = 0

    @property
    def badge(self) -> str:
        """One or two words for beside a figure."""
        if self.is_closed:
            return _("Closed")
        if self.parts_closed:
            return _("{closed} of {all} communities closed").format(closed=self.parts_closed, all=self.parts)
        return _("Provisional")

    @property
    def sentence(self) -> str:
        """Whether, by whom and with which figure it was closed."""
        if not self.is_closed or self.closed_at is None:
            return _("provisional, not closed yet") if not self.parts_closed else self.badge
        told = _("closed by {name} on {day}, countersign missing")
        if self.countersigned_by:
            told = _("closed by {name} on {day}, countersigned by {other}")
        said = told.format(name=self.closed_by, day=formats.instant(self.closed_at), other=self.countersigned_by)
        return _("{said}: {visited} of {roster}, {shown}").format(
            said=said, visited=formats.count(self.visited), roster=formats.count(self.roster),
            shown=shown_rate(self.visited, self.roster),
        )  # fmt: skip


def read_closing_state(session: Session, month: Month, scope: Scope = Scope()) -> ClosingState:
    """Return whether a month is closed for a part of the area.

    A closing of the community comes first, then one of the whole area. What a
    worker serves is never closed by itself.
    """
    if scope.worker is not None:
        return ClosingState(month)
    community = scope.community or (scope.grid[:12] if scope.grid else "")
    wanted = [community, ""]
    parts = session.scalar(select(func.count()).select_from(CommunityRecord)) or 0
    if not community and parts == 1:
        wanted.append(list_communities(session)[0].code)
    closed = ClosedMonthRecord
    columns = (
        closed.community, closed.visited, closed.roster, closed.created_by, closed.created_at, closed.countersigned_by,
    )  # fmt: skip
    found = {
        row[0]: row
        for row in session.execute(select(*columns).where(closed.month == str(month), closed.community.in_(wanted)))
    }
    for code in wanted:
        if code in found:
            covers, visited, roster, by, at, other = found[code]
            return ClosingState(month, True, covers, visited, roster, by, at, other or "", parts=parts)
    count = 0
    if not community:
        count = session.scalar(select(func.count()).where(closed.month == str(month), closed.community != "")) or 0
    return ClosingState(month, parts_closed=count, parts=parts)
