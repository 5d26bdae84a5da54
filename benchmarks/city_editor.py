"""Random edits of a city by the services, as people make them, and the comparison of every figure after them."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import statistics
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import shapely
from sqlalchemy import select

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.figures import verifying
from gridapp.db.records import CommunityRecord, PersonDueRecord, ResidentRecord
from gridapp.geo.editing import borders
from gridapp.geo.editing.coverage import Coverage
from gridapp.geo.editing.session import EditSession
from gridapp.services.grid_editing import open_ground, save_drawing
from gridapp.services.projects import keep_figures_current
from tests import random_edits

SELDOM = 1_500
"""One in so many edits changes the rule for everybody, hands a grid to another community or draws one anew."""
IMPORTS_APART = 150
"""Edits from one small import to the next, by everyone."""
DAYS_APART = 2_500
"""Edits from one day to the next."""


class CityEditor(random_edits.Editor):
    """Makes random edits of an open city: mostly visits to people of its roster, and all the others more seldom."""

    categories = (*random_edits.CATEGORIES, "left_behind")
    looks_again = 500

    def __init__(self, database: Database, dice: random.Random) -> None:
        super().__init__(database, dice)
        self.every: list[int] = []
        self._turns = itertools.cycle(self.seldom())
        with database.read() as session:
            found = select(ResidentRecord.id, ResidentRecord.ref, ResidentRecord.uid).join(
                PersonDueRecord, PersonDueRecord.resident_id == ResidentRecord.id
            )
            self.elders = [(number, ref or str(uid)) for number, ref, uid in session.execute(found)]

    def choices(self) -> list[Callable[[], Any]]:
        """Return what an edit may be: a visit in two of five."""
        return [*[self.record] * 18, *self.daily()]

    def seldom(self) -> list[Callable[[], Any]]:
        """Return what touches everybody, or keeps others waiting."""
        return [*super().seldom(), self.redraw, self.redraw]

    def edit_at(self, place: int, leads: bool = True) -> None:
        """Make the edit of a place in a long row of them; only who leads lets days go by and changes rules."""
        if leads and place % DAYS_APART == DAYS_APART - 1:
            self.edit(self.pass_day)
        elif leads and place % SELDOM == SELDOM // 2:
            self.edit(next(self._turns))
        elif place % IMPORTS_APART == IMPORTS_APART // 3:
            self.edit(self.take_in)
        else:
            self.edit()

    def stored(self, operation: int) -> None:
        """Hear of a step that was stored; undo takes back recent ones."""
        self.every.append(operation)
        super().stored(operation)
        del self.done[:-200]

    def day(self) -> dt.date:
        """Return a day, mostly a recent one."""
        back = self.dice.choice((0, 0, 0, 1, 3, 9, 20, 31, 45, 80, 200, 400, 1200))
        return clock.today() - dt.timedelta(days=back)

    def who(self) -> str:
        """Return somebody: mostly of the roster, at times anybody."""
        return self.dice.choice(self.elders)[1] if self.dice.random() < 0.8 else super().who()

    def resident(self) -> int:
        """Return the row number of somebody of the roster."""
        return self.dice.choice(self.elders)[0]

    def undo(self) -> Any:
        """Take back one of the last steps."""
        self.dice.shuffle(self.done)
        return super().undo()

    def redraw(self) -> Any:
        """Split a grid of some community or merge two, from a day on, as on the map."""
        community, day = self.some(CommunityRecord).code, clock.today() + dt.timedelta(days=self.dice.choice((0, 1, 9)))
        ground = open_ground(self.database, community, day)
        sitting = EditSession.start(Coverage.from_degrees(ground.boundaries))
        one = self.dice.choice(sorted(ground.boundaries))
        shape = sitting.coverage.shapes[one]
        beside = sorted(code for code, other in sitting.coverage.shapes.items()
                        if code != one and shapely.length(shapely.intersection(shape, other)) > 1)  # fmt: skip
        if beside and self.dice.random() < 0.5:
            edit = borders.merge(sitting.coverage, [one, self.dice.choice(beside)])
        else:
            west, south, east, north = shapely.bounds(shape)
            line = np.array([((west + east) / 2, south - 10), ((west + east) / 2, north + 10)])
            edit = borders.split(sitting.coverage, one, line, lambda: "new-1")
        return save_drawing(self.database, community, sitting.did(edit).drawn(), day, "editor")

    def pass_day(self) -> None:
        """Let a day go by."""
        clock.set_today(clock.today() + dt.timedelta(days=1))
        keep_figures_current(self.database)


def compare(database: Database) -> list[verifying.Difference]:
    """Return every cell that differs from the facts, of all months."""
    found = database.fetch(verifying.compare_basis)
    for month in database.fetch(verifying.kept_months):
        found += database.fetch(verifying.compare_month, month)
    return [*found, *database.fetch(verifying.compare_dues)]


def table(seconds: Mapping[str, list[float]]) -> str:
    """Return how many edits of each kind there were and how long they took, those that took most in all first."""
    lines = [f"{'kind':32}{'count':>8}{'median':>11}{'95 %':>11}{'in all':>10}"]
    for kind, took in sorted(seconds.items(), key=lambda found: -sum(found[1])):
        most = sorted(took)[len(took) * 95 // 100]
        middle = statistics.median(took)
        lines.append(f"{kind:32}{len(took):8,}{middle * 1000:8.0f} ms{most * 1000:8.0f} ms{sum(took):8.0f} s")
    return "\n".join(lines)
