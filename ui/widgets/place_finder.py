"""Find communities, grids and workers by a part of their name, where there are too many to be listed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gridapp.i18n import _
from ui.jobs import Job

if TYPE_CHECKING:
    from gridapp.db.database import Session
    from gridapp.db.queries.choices import FoundPlace

MOST_FOUND = 40


class FoundChoices(NamedTuple):
    """What a text finds.

    Attributes:
        choices: Pairs of data and title, at most ``MOST_FOUND``.
        has_more: Whether there are others.
    """

    choices: list[tuple[str, str]]
    has_more: bool


@dataclass(frozen=True)
class PlaceFinder:
    """Asks the database what a ``FindCombo`` offers.

    Attributes:
        fetch: Of the context.
        day: The day the places exist on.
        kinds: "community", "grid", "worker" (who serves a grid) or "anyone" (every worker). With several kinds the
            data of a choice is the kind, a colon and the key; with one it is the key.
    """

    fetch: Callable[..., Job]
    day: dt.date
    kinds: tuple[str, ...]

    def find(self, text: str) -> Job:
        """Look for choices; the answer is a ``FoundChoices``."""
        return self.fetch(find_titles, text, self.day, self.kinds)

    def name(self, data: str) -> Job:
        """Look for the title of one choice; the answer is "" when it is not there."""
        return self.fetch(title_of, data, self.day, self.kinds)


def find_titles(session: Session, text: str, day: dt.date, kinds: tuple[str, ...]) -> FoundChoices:
    """Return data and title of what a text finds; where that is too much, the first of each kind."""
    from gridapp.db.queries.choices import find_places  # heavy: imported when first used

    found = {kind: find_places(session, kind, text, day, MOST_FOUND + 1) for kind in kinds}
    has_more = sum(map(len, found.values())) > MOST_FOUND
    share = MOST_FOUND // max(1, sum(map(bool, found.values()))) if has_more else MOST_FOUND
    rows = [(kind, row) for kind, held in found.items() for row in held[:share]]
    return FoundChoices([(_data(kind, row, kinds), _title(row, kinds)) for kind, row in rows], has_more)


def title_of(session: Session, data: str, day: dt.date, kinds: tuple[str, ...]) -> str:
    """Return the title of a choice, or "" when it is not there."""
    from gridapp.db.queries.choices import get_place  # heavy: imported when first used

    kind, key = data.split(":", 1) if len(kinds) > 1 else (kinds[0], data)
    row = get_place(session, kind, key, day)
    return _title(row, kinds) if row is not None else ""


def _data(kind: str, row: FoundPlace, kinds: tuple[str, ...]) -> str:
    return f"{kind}:{row.key}" if len(kinds) > 1 else row.key


def _title(row: FoundPlace, kinds: tuple[str, ...]) -> str:
    place = " ".join(part for part in (row.community, row.grid) if part)
    several = len(kinds) > 1
    if row.kind == "worker":
        parts = (_("People of {worker}").format(worker=row.worker) if several else row.worker, place)
    else:
        parts = (place, row.worker if several else "")
    return " · ".join(part for part in parts if part)
