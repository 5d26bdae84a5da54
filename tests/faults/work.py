"""What a community does all day, as fast as it goes; each step is acknowledged only when its service has returned."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import shapely

from gridapp.db.database import Database
from gridapp.db.queries.closings import list_closings
from gridapp.db.queries.journal import list_operations
from gridapp.domain.handout import Handout, HandoutKind
from gridapp.domain.keys import parse_visit_uuid
from gridapp.domain.period import Month
from gridapp.geo.editing.session import Drawing
from gridapp.services import backups, residents, undo, upkeep, visits
from gridapp.services.boundaries import import_boundaries
from gridapp.services.closing import close_month, countersign_month
from gridapp.services.facts import import_facts_file, write_facts
from gridapp.services.grid_editing import open_ground, save_drawing
from gridapp.services.handing_out import hand_out_file
from gridapp.services.projects import open_database
from tests.factories import COMMUNITY, GRIDS, document, enrolment, home, person, visit

PEOPLE = tuple(f"p{number}" for number in range(1, 7))
FIRST = dt.date(2026, 1, 1)
Acknowledge = Callable[[str], None]
STEPS = {
    "log": 12, "round": 2, "replace": 2, "edit": 2, "draft": 1, "import": 1, "boundary": 1, "drawing": 1, "month": 2,
    "handout": 1, "backup": 1, "close": 1,
}  # fmt: skip
"""What is done, and how often."""


def make_ground(location: Path, encrypt: bool) -> None:
    """Make the file everything starts from."""
    database = open_database(location, encrypt=encrypt)
    file = location.with_name("ground.json")
    file.write_text(json.dumps(document(PEOPLE), ensure_ascii=False), encoding="utf-8")
    import_facts_file(database, file, "x")
    file.unlink()
    database.close()


class Worker:
    """Does random steps on a file, again and again."""

    def __init__(self, location: Path, seed: int, acknowledge: Acknowledge) -> None:
        self.location = location
        self.random = random.Random(seed)
        self.seed = seed
        self.acknowledge = acknowledge
        self.count = 0
        self.logged: list[str] = []
        self.database: Database = open_database(location, create=False)

    def go_on(self, steps: int | None = None) -> None:
        """Do so many steps; None goes on for ever."""
        names, weights = list(STEPS), list(STEPS.values())
        for _number in iter(int, 1) if steps is None else range(steps):
            name = self.random.choices(names, weights)[0]
            self.acknowledge(f"p {name}")
            for acknowledged in getattr(self, f"do_{name}")():
                self.acknowledge(acknowledged)

    def do_log(self) -> Iterator[str]:
        """Log a visit."""
        yield self._logged(visits.record_visit(self.database, self._visit(), "w"))

    def do_round(self) -> Iterator[str]:
        """Log a round of visits in one step."""
        changes = visits.record_visits(self.database, [self._visit() for _ in range(15)], "w")
        yield from (f"v {_number(key)}" for key in changes.result)
        yield f"o {changes.operation}"

    def do_replace(self) -> Iterator[str]:
        """Correct a visit."""
        if self.logged:
            old = self.logged.pop(self.random.randrange(len(self.logged)))
            yield self._logged(visits.replace_visit(self.database, old, self._visit(), "错", "w"))

    def do_edit(self) -> Iterator[str]:
        """Correct a person, and sometimes take that back."""
        name = f"改名{self.seed}之{self.count}"
        changes = residents.edit_resident(self.database, self._person(), residents.NewResident(name), "w")
        yield f"o {changes.operation}"
        if self.random.random() < 0.3:
            assert changes.operation is not None
            yield f"o {undo.undo_operation(self.database, changes.operation, 'w').operation}"

    def do_draft(self) -> Iterator[str]:
        """Keep something half typed."""
        upkeep.save_draft(self.database, "today", {"note": "写到一半" * self.random.randrange(50)})
        yield "-"

    def do_import(self) -> Iterator[str]:
        """Take a facts file in, and sometimes back out."""
        stamp = f"{self.seed}-{self.count}-{os.getpid()}"
        facts = {
            "schema": "gridapp-facts/1",
            "persons": [person(f"n{stamp}-{number}") for number in range(8)],
            "residencies": [home(f"n{stamp}-{number}", GRIDS[1]) for number in range(8)],
            "enrolments": [enrolment(f"n{stamp}-{number}") for number in range(8)],
            "visits": [visit(f"nv{stamp}-{number}", f"n{stamp}-{number}", "2026-02-03") for number in range(8)],
        }
        self.count += 1
        file = self.location.with_name(f"facts-{stamp}.json")
        file.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        changes = import_facts_file(self.database, file, "w")
        yield f"o {changes.operation}"
        file.unlink()
        if self.random.random() < 0.5:
            assert changes.operation is not None
            yield f"o {undo.undo_operation(self.database, changes.operation, 'w').operation}"

    def do_boundary(self) -> Iterator[str]:
        """Draw a grid anew."""
        west, width = 117 + self.random.random() / 100, 0.01
        ring = [[west, 36], [west + width, 36], [west + width, 36.01], [west, 36.01], [west, 36]]
        feature = {
            "type": "Feature", "properties": {"code": GRIDS[0], "name": "第1网格", "community": COMMUNITY},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }  # fmt: skip
        file = self.location.with_name(f"grids-{os.getpid()}.geojson")
        file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
        yield f"o {import_boundaries(self.database, file, dt.date(2026, 1, 1), 'w').operation}"
        file.unlink()

    def do_drawing(self) -> Iterator[str]:
        """Move the border of a grid on the map, from a later day each time."""
        day = dt.date(2026, 1, 1) + dt.timedelta(len(self.database.fetch(list_operations, 100_000)))
        outline = open_ground(self.database, COMMUNITY, day).boundaries.get(GRIDS[1])
        west, south = 118 + self.random.random() / 100, 36.0
        drawn = shapely.to_wkb(shapely.box(west, south, west + 0.01, south + 0.01))
        drawing = Drawing({GRIDS[1]: outline}, {GRIDS[1]: drawn})
        yield f"o {save_drawing(self.database, COMMUNITY, drawing, day, 'w').operation}"

    def do_month(self) -> Iterator[str]:
        """Close a month; have it countersigned, or take the closing back."""
        closed = {str(row.month) for row in self.database.fetch(list_closings) if not row.community}
        month = Month(2025, 2).plus(self.random.randrange(18))
        if str(month) in closed:
            return
        changes = close_month(self.database, month, "w")
        yield f"o {changes.operation}"
        fate = self.random.random()
        if fate < 0.3:
            yield f"m {countersign_month(self.database, month, 'v').result}"
        elif fate < 0.8:
            assert changes.operation is not None
            yield f"o {undo.undo_operation(self.database, changes.operation, 'w').operation}"

    def do_handout(self) -> Iterator[str]:
        """Take everything out into a file, which is there when the list says so."""
        file = self.location.with_name(f"out-{os.getpid()}.json")
        handout = Handout(HandoutKind.FACTS, "out", str(self.count))
        hand_out_file(self.database, handout, file, "w", partial(write_facts, self.database))
        yield "-"
        file.unlink()

    def do_backup(self) -> Iterator[str]:
        """Make a backup."""
        yield f"b {backups.back_up(self.database).path.name}"

    def do_close(self) -> Iterator[str]:
        """Close with a backup, and open again."""
        backups.back_up_if_changed(self.database, "exit")
        self.database.close()
        self.database = open_database(self.location, create=False)
        if self.database.notice:
            raise AssertionError(self.database.notice)
        yield "-"

    def _person(self) -> str:
        self.count += 1
        return self.random.choice(PEOPLE)

    def _visit(self) -> visits.NewVisit:
        day = FIRST + dt.timedelta(self.random.randrange(60))
        note = "说了很多话" * self.random.randrange(20)
        return visits.NewVisit(self._person(), day, worker="w1", note=note)

    def _logged(self, changes: Any) -> str:
        self.logged.append(changes.result)
        return f"v {_number(changes.result)} {changes.operation}"


def _number(key: str) -> int:
    """Return the row number of a visit logged here, from its key."""
    found = parse_visit_uuid(uuid.UUID(key))
    assert found is not None
    return found[1]


def warm_up(folder: Path) -> None:
    """Do every step once, so that processes forked from this one find everything imported."""
    folder.mkdir(parents=True)
    location = folder / "warm.db"
    make_ground(location, encrypt=True)
    worker = Worker(location, 0, _nobody)
    for name in STEPS:
        for _acknowledged in getattr(worker, f"do_{name}")():
            pass
    worker.database.close()


def _nobody(line: str) -> None:
    """Take an acknowledgement for nobody."""
