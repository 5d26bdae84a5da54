"""A community of four square grids with a building and people in the corners of each, for tests of the map."""

from __future__ import annotations

import datetime as dt
from typing import Any

import shapely

from gridapp.db.database import Database
from gridapp.geo.editing.coverage import Coverage
from gridapp.geo.editing.session import EditSession
from gridapp.services.facts import import_facts
from gridapp.services.grid_editing import open_ground
from tests.factories import COMMUNITY, document, enrolment, person

WEST, SOUTH, STEP = 104.5, 39.2, 0.001
"""A grid is 86 m wide and 111 m tall."""

CODES = tuple(f"{COMMUNITY}{serial:03d}" for serial in range(1, 5))
START = "2025-01-01"
DAY = dt.date(2026, 12, 1)


def square(column: int, row: int) -> dict[str, Any]:
    """GeoJSON of a grid; row 0 is the south."""
    west, south = round(WEST + column * STEP, 8), round(SOUTH + row * STEP, 8)
    east, north = round(WEST + (column + 1) * STEP, 8), round(SOUTH + (row + 1) * STEP, 8)
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north],
                                                [west, south]]]}  # fmt: skip


def four_grids() -> dict[str, Any]:
    """Facts: grids 1 2 below, 3 4 above; in each four buildings, in each building a resident of 86 and one of 40."""
    persons, residencies, buildings, households, enrolments = [], [], [], [], []
    for place, code in enumerate(CODES):
        for corner in range(4):
            key = f"{place + 1}{corner}"
            lon = WEST + (place % 2 + 0.2 + 0.6 * (corner % 2)) * STEP
            lat = SOUTH + (place // 2 + 0.2 + 0.6 * (corner // 2)) * STEP
            buildings.append({"id": f"b{key}", "name": f"{key}号楼", "community": COMMUNITY, "lon": lon, "lat": lat})
            households.append({"id": f"h{key}", "building": f"b{key}", "room": "101"})
            for who, birth in ((f"e{key}", "1940-05-01"), (f"y{key}", "1986-05-01")):
                persons.append(person(who, birth=birth))
                residencies.append(
                    {"person": who, "grid": code, "start": START, "end": None, "household": f"h{key}"}
                )
            enrolments.append(enrolment(f"e{key}"))
    return document(
        [],
        communities=[{"code": COMMUNITY, "name": "示例社区"}],
        grids=[
            {"code": code, "name": f"第{place + 1}网格", "valid_from": START, "valid_to": None,
             "boundaries": [{"start": START, "end": None, "geometry": square(place % 2, place // 2)}]}
            for place, code in enumerate(CODES)
        ],
        persons=persons, residencies=residencies, buildings=buildings, households=households, enrolments=enrolments,
    )  # fmt: skip


def filled(database: Database) -> Database:
    """Put the four grids into an empty database."""
    import_facts(database, four_grids(), "tester")
    return database


def sitting(database: Database, day: dt.date = DAY) -> EditSession:
    """Begin to edit the community."""
    return EditSession.start(Coverage.from_degrees(open_ground(database, COMMUNITY, day).boundaries))


def metres(session: EditSession, column: float, row: float) -> tuple[float, float]:
    """Return a place in metres of the sitting; whole numbers are corners of the grids."""
    import numpy as np

    place = np.array([[WEST + column * STEP, SOUTH + row * STEP]])
    x, y = session.coverage.frame.on_lattice(session.coverage.frame.to_metres(place))[0].tolist()
    return x, y


def ground_of(outline: bytes | None) -> Any:
    """Return a stored outline as a shape."""
    return shapely.from_wkb(outline)
