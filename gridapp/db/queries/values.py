"""What questions are about and what answers hold: frozen values, free of SQLAlchemy.

Screens show these, and the first page of a start is made of them before the
database's own modules are loaded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from gridapp.domain.cadence import Tier
from gridapp.domain.period import Month

By = Literal["grid", "category", "worker", "community", "total"]
"""What one row of a table of figures stands for."""

SOON_DAYS = 3

KINDS = ("overdue", "today", "soon", "month", "all")
"""Which people: overdue, due on the day, due within three days after it, not yet visited this month, all."""

After = tuple[dt.date, int]
"""Due day and local number of the grid that a page ended with; pages never cut a grid's people of one day apart."""


@dataclass(frozen=True)
class Scope:
    """Limits a question; every limit given must hold.

    Attributes:
        grid: 15-digit grid code.
        community: 12-digit community code.
        worker: Key or reference of the responsible worker.
    """

    grid: str | None = None
    community: str | None = None
    worker: str | None = None


EVERYWHERE = Scope()


@dataclass(frozen=True)
class CommunityRow:
    """A community."""

    code: str
    name: str


@dataclass(frozen=True)
class GridRow:
    """A grid that exists on a day.

    Attributes:
        code: Fifteen digits.
        name: Its name.
        kind: "basic" or "dedicated".
        community: Code of its community.
        boundary: WKB of the outline on the day, longitude and latitude in CGCS2000 degrees; None when none is drawn.
        worker_name: Responsible worker on the day, or "".
    """

    code: str
    name: str
    kind: str
    community: str
    boundary: bytes | None
    worker_name: str


@dataclass(frozen=True)
class WorkerRow:
    """A worker with the grids served on a day."""

    id: str
    name: str
    phone: str
    grids: tuple[str, ...]


@dataclass(frozen=True)
class CategoryRow:
    """A category with its name in the user's language."""

    code: str
    name: str
    kind: str
    counts: bool


class Placed:
    """A row that names a grid, and its community where there are several."""

    grid_name: str
    community: str

    @property
    def place(self) -> str:
        """Return the grid's name, led by its community's where there are several."""
        return f"{self.community} {self.grid_name}".strip()


@dataclass(frozen=True)
class PersonRow(Placed):
    """A person as lists show them on one day.

    Attributes:
        number: Local row number, for joins only.
        id: Key or reference, as shown and exported.
        name: Full name.
        sex: "F", "M" or "U".
        birth: Birth date, if known.
        age: Completed years on the day.
        id_number: Eighteen characters; screens mask it.
        phone: As stored; screens mask it.
        died: Day of death, if any.
        grid_code: Grid lived in on the day, "" when nowhere in the area.
        grid_name: Its name.
        address: Address on the day.
        household: Local row number of the dwelling, if known.
        lon: Longitude of the building, CGCS2000. [°]
        lat: Latitude of the building, CGCS2000. [°]
        categories: Codes of categories open on the day, hardship first.
        tier: Tier on the day.
        contact: First emergency contact with phone, in one text.
        absence: Reason of an approved absence covering the day, or "".
        community: Name of the grid's community, "" where there is one community only.
    """

    number: int
    id: str
    name: str
    sex: str
    birth: dt.date | None
    age: int | None
    id_number: str | None
    phone: str | None
    died: dt.date | None
    grid_code: str = ""
    grid_name: str = ""
    address: str = ""
    household: int | None = None
    lon: float | None = None
    lat: float | None = None
    categories: tuple[str, ...] = ()
    tier: Tier = Tier.C
    contact: str = ""
    absence: str = ""
    community: str = ""


@dataclass(frozen=True)
class RosterRow:
    """One person of a period's roster, or beside it.

    Attributes:
        person: The person on the reference day.
        worker: Shown id of the responsible worker, or "".
        worker_name: That worker's name.
        joined: First day of the current unbroken stay.
        status: "counted", "new" or "excluded".
        reason: Why excluded, or "".
        visited: Has a valid visit in the period.
        modes: Modes of the valid visits.
        attempts: Visits of the period that met nobody. [visits]
        last_valid: Day of the last valid visit on or before the reference day.
    """

    person: PersonRow
    worker: str
    worker_name: str
    joined: dt.date
    status: str
    reason: str
    visited: bool
    modes: tuple[str, ...]
    attempts: int
    last_valid: dt.date | None

    @property
    def missed(self) -> bool:
        """On the roster and without a valid visit."""
        return self.status == "counted" and not self.visited


@dataclass(frozen=True)
class DueRow:
    """A person, the day the next visit is due, and how late that is.

    Attributes:
        roster: The person's standing on the as-of day.
        due: Day by which the next valid visit is due.
        overdue_days: As-of day minus due day when positive, else 0. [days]
        visited_this_month: Has a valid visit in the running month.
    """

    roster: RosterRow
    due: dt.date
    overdue_days: int
    visited_this_month: bool


@dataclass(frozen=True)
class DueCounts:
    """How many people of a scope are behind each of KINDS, and the longest overdue.

    Attributes:
        people: By kind. [people]
        longest: Days the longest overdue is late, 0 when nobody is. [days]
    """

    people: dict[str, int]
    longest: int


@dataclass(frozen=True)
class DueFilter:
    """Which people of a due list are asked for.

    Attributes:
        scope: Which grids.
        kind: One of KINDS.
        text: Only people this finds, at most 200, all on one page.
    """

    scope: Scope = EVERYWHERE
    kind: str = "all"
    text: str = ""


@dataclass(frozen=True)
class DuePage:
    """Some people of a due list, the longest overdue first.

    Attributes:
        rows: The people.
        after: Where the next page begins; None when this was the last.
    """

    rows: tuple[DueRow, ...]
    after: After | None = None


@dataclass(frozen=True)
class PeopleWish:
    """Which people are behind a figure.

    Attributes:
        kind: "roster" (counted), "missed", "onsite" (met in person) or "overdue" (on the as-of day).
        month: Of the figure.
        as_of: The day the facts are seen from.
        scope: Which grids.
        category: Only people who carry it on the reference day, "" for all.
    """

    kind: str
    month: Month
    as_of: dt.date
    scope: Scope = EVERYWHERE
    category: str = ""

    def takes(self, row: RosterRow) -> bool:
        """Return whether a person is among them; not for "overdue"."""
        if row.status != "counted" or (self.category and self.category not in row.person.categories):
            return False
        return row.missed if self.kind == "missed" else self.kind != "onsite" or "onsite" in row.modes


@dataclass(frozen=True)
class PeoplePage:
    """Some of the people behind a figure.

    Attributes:
        rows: The people.
        after: Where the next page begins, for the query that made this one; None when this was the last.
    """

    rows: tuple[RosterRow, ...]
    after: Any = None


@dataclass(frozen=True)
class DueList:
    """A due list as a screen begins with it: all of it, or the first page of one kind.

    Attributes:
        page: The people.
        counts: How many there are of each kind.
        kind: Which kind the page holds; "all" where it is the whole list.
        is_whole: Everyone of the scope is there, whatever the kind.
    """

    page: DuePage
    counts: DueCounts
    kind: str
    is_whole: bool


def belongs(row: DueRow, kind: str, day: dt.date) -> bool:
    """Return whether a person is behind one of KINDS on a day."""
    ahead = (row.due - day).days
    found = {"overdue": ahead < 0, "today": ahead == 0, "soon": 0 < ahead <= SOON_DAYS, "month": row.roster.missed}
    return found.get(kind, True)


def count_rows(rows: Sequence[DueRow], day: dt.date) -> DueCounts:
    """Return the counts of a due list that was read already."""
    found = {kind: sum(belongs(row, kind, day) for row in rows) for kind in KINDS}
    return DueCounts(found, max((row.overdue_days for row in rows), default=0))


@dataclass(frozen=True)
class VisitRow(Placed):
    """One visit as lists show it.

    Attributes:
        number: Local row number.
        id: Key or reference, as shown and exported.
        person: Shown id of the person visited.
        person_name: Their name.
        grid_name: Grid lived in on the day of the visit, or "".
        day: Day of the visit.
        time: HH:MM or "".
        mode: Code of the way of visiting.
        outcome: Code of what came of it.
        worker: Shown id of who visited, or "".
        worker_name: Their name.
        note: Free text.
        needs: What the person asked for.
        referral: To whom it was passed on.
        findings: What was looked at, by key.
        voided: Whether it was taken back.
        void_reason: Why.
        created_at: When it was keyed in.
        created_by: By whom.
        community: Name of the grid's community, "" where there is one community only.
    """

    number: int
    id: str
    person: str
    person_name: str
    grid_name: str
    day: dt.date
    time: str
    mode: str
    outcome: str
    worker: str
    worker_name: str
    note: str
    needs: str
    referral: str
    findings: dict[str, Any] = field(hash=False)
    voided: bool
    void_reason: str
    created_at: dt.datetime
    created_by: str
    community: str = ""


MOST_LISTED = 300
"""More choices than this are not put into a list; they are found by typing."""


@dataclass(frozen=True)
class FormChoices:
    """What the visit form and the filters let the user choose from.

    Attributes:
        workers: Everyone who can have visited; none where they are too many.
        grids: Grids that exist on the day, without outlines; none where they are too many.
        categories: Names of categories by code.
        phrases: Short notes used most in the newest visits.
        communities: All of them.
        has_more: Whether grids or workers are too many to be read; they are found by a part of their name.
    """

    workers: tuple[WorkerRow, ...] = ()
    grids: tuple[GridRow, ...] = ()
    categories: dict[str, str] = field(default_factory=dict, hash=False)
    phrases: tuple[str, ...] = ()
    communities: tuple[CommunityRow, ...] = ()
    has_more: bool = False
