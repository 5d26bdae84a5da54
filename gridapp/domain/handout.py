"""What leaves the program on paper, in a file or by the clipboard, and what it is for.

Source: shared rules of the product (promise 5); GB/T 35273 section 7.1 (purpose, least privilege).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from gridapp import formats
from gridapp.i18n import N_, _
from gridapp.progress import Progress

LONGEST = 200
"""A purpose, title or place is cut to this. [characters]"""

SHORTEST = 2
"""A purpose has at least so many characters."""

CLIPBOARD = N_("Clipboard")
"""Place of what was copied."""

COPY_MARK = "# GridApp: "
"""Begins the line of a csv file that says whose copy it is; readers leave it out."""

COPIED_FREELY = 20
"""Rows that are copied to the clipboard without being listed: what one reads aloud or puts in a letter."""


class HandoutKind(StrEnum):
    """In what form something leaves."""

    PAPER = "paper"
    LIST = "list"
    CLIPBOARD = "clipboard"
    WAITING = "waiting"
    FACTS = "facts"
    BOUNDARIES = "boundaries"
    PICTURE = "picture"
    PERSON = "person"


KIND_TITLES = {
    HandoutKind.PAPER: N_("Paper"),
    HandoutKind.LIST: N_("List"),
    HandoutKind.CLIPBOARD: N_("Copied rows"),
    HandoutKind.WAITING: N_("Rows with problems"),
    HandoutKind.FACTS: N_("Everything (facts file)"),
    HandoutKind.BOUNDARIES: N_("Grid boundaries"),
    HandoutKind.PICTURE: N_("Map picture"),
    HandoutKind.PERSON: N_("One person’s record"),
}

PURPOSES = (
    N_("Roster for signature"),
    N_("Visits on foot"),
    N_("Report to the street office"),
    N_("Quality check"),
    N_("Mending a ledger"),
    N_("Safekeeping"),
    N_("Asked for by the person"),
)
"""What handouts are for most often; anything else is typed."""


@dataclass(frozen=True)
class Stamp:
    """What a handout carries, so that a stray copy says whose it was.

    Attributes:
        by: Who took it out.
        at: When, with a time zone.
        purpose: What for.
        mark: End of the audit log then, as ``audit verify --head`` takes it; "" for an empty log.
    """

    by: str
    at: dt.datetime
    purpose: str
    mark: str = ""

    @property
    def line(self) -> str:
        """Return all of it in one line."""
        who = _("Taken out by {name}, {time}").format(name=self.by, time=formats.instant(self.at))
        log = _("Log {mark}").format(mark=self.mark) if self.mark else ""
        return " · ".join(filter(None, (who, self.purpose, log)))


class Handed(NamedTuple):
    """What was written.

    Attributes:
        rows: What the writer counts, to be told.
        people: How many different people are on it.
    """

    rows: int
    people: int


@dataclass(frozen=True)
class Handout:
    """What is to leave.

    Attributes:
        kind: In what form.
        title: Of the list or paper; names nobody.
        purpose: What for; may be "" where there are no accounts.
        people: How many are on it; None when the writer counts them.
        person: Key or reference of the one person it is about, whose record says so too; "" for none.
        action: Name of its audit entry; "" for that of its kind.
    """

    kind: HandoutKind
    title: str
    purpose: str = ""
    people: int | None = None
    person: str = ""
    action: str = ""


Writer = Callable[[Path, Stamp, Progress], Handed | int]
"""Writes a whole file with a stamp; returns its rows, each a person, or a Handed."""
