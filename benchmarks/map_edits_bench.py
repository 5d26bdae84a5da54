"""What must hold of the map, counted: 200 random edits of real polygons, every real file imported and read back.

    python -m benchmarks.map_edits_bench [SEED]     200 edits with another seed, every one told

Real files are those of the folder GRIDAPP_BENCH_BOUNDARIES names; without it, the polygons the tests have.
"""

# ruff: noqa: T201  figures for the terminal
from __future__ import annotations

import gzip
import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np
import shapely

from benchmarks.map_ground import real_files
from benchmarks.measure import Finding
from gridapp.errors import UserError, ValidationError
from gridapp.geo.boundary_file import read_boundary_file
from gridapp.geo.editing.check import problems_of
from gridapp.geo.editing.coverage import Coverage, Edit
from gridapp.geo.editing.session import EditSession
from gridapp.geo.files.writing import OutlineRow, write_outlines
from gridapp.services.boundary_report import check_boundaries
from tests.coverages import REAL, RandomEdits, read_shapes, real_coverage

EDITS = 200
KINDS = ("split", "merge", "move", "reshape")
AREA_LIMIT = 1e-6
FORMS = (".geojson", ".shp", ".zip", ".gpkg", ".kml", ".csv")
PLACES = ("幸福", "新华", "和平", "解放", "南关", "柳树", "东风", "㐂隆")
MOST_IN_ALL_FORMS = 1_000
"""Larger sets are written and read as GeoJSON only."""


@dataclass
class Edited:
    """How the edits went: made, still valid, undone to the byte, the worst area lost [m²], CPU time [s]."""

    made: int = 0
    valid: int = 0
    undone: int = 0
    worst_area: float = 0.0
    seconds: float = 0.0


def edited(coverage: Coverage, seed: int, count: int = EDITS) -> Edited:
    """Make random edits, one after the other, and look at each: cover, area, undo; at last all of them undone."""
    edits, dice, found = RandomEdits(seed), random.Random(seed), Edited()
    session = EditSession.start(coverage)
    opened = _stored(coverage)
    while found.made < count:
        started = process_time()
        try:
            edit: Edit = getattr(edits, dice.choice(KINDS))(session.coverage)
        except (ValidationError, ValueError):
            continue  # refused, or no neighbour to merge with
        if any(problem.is_fault for problem in problems_of(session.coverage, edit)):
            continue  # the window would not take it either
        found.seconds += process_time() - started
        after = session.did(edit)
        around = np.array([after.coverage.shapes[id] for id in after.coverage.around(edit.touched)], dtype=object)
        found.made += 1
        found.valid += bool(shapely.is_valid(around).all() and shapely.coverage_is_valid(around))
        found.undone += _stored(after.undo().coverage) == _stored(session.coverage)
        found.worst_area = max(found.worst_area, _lost(edit))
        session = after
    for _step in range(found.made):
        session = session.undo()
    if _stored(session.coverage) != opened:
        found.undone = 0
    return found


def _stored(coverage: Coverage) -> dict[str, bytes]:
    return {id: bytes(shapely.to_wkb(shape)) for id, shape in sorted(coverage.shapes.items())}


def _lost(edit: Edit) -> float:
    """Return the ground an edit lost: what polygons together lose that the ground they cover does not. [m²]"""
    before = [change.before for change in edit.changes if change.before is not None]
    after = [change.after for change in edit.changes if change.after is not None]
    difference = float(shapely.area(after).sum() - shapely.area(before).sum())
    ground = float(shapely.area(shapely.union_all(after)) - shapely.area(shapely.union_all(before)))
    return abs(difference - ground)


def edits_counted(seed: int = 1) -> list[Finding]:
    """Judge 200 edits."""
    files = [file for file in real_files() if file.suffix == ".geojson"]
    coverage = real_coverage(files[-1] if files else REAL)
    found = edited(coverage, seed)
    data = f"{len(coverage)} real polygons, {found.made} edits"
    wanting = found.made - found.valid
    return [
        Finding("edits that leave no valid coverage", data, wanting, "", 0, note=f"{found.valid}/{found.made} do"),
        Finding("area lost by an edit, worst", data, found.worst_area * 1e6, "mm²", AREA_LIMIT * 1e6),
        Finding("edits not undone byte for byte", data, found.made - found.undone, "", 0),
    ]


def imports_counted() -> list[Finding]:
    """Judge the import of every real file as it is, and of its polygons with Chinese names in every form."""
    files = real_files() or [REAL]
    crashes = wrong = reports = tried = 0
    notes = []
    with tempfile.TemporaryDirectory(prefix="gridapp-sets-") as folder:
        for file in files:
            path = Path(folder) / file.name.removesuffix(".gz")
            path.write_bytes(gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes())
            tried += 1
            try:
                report = check_boundaries(path)
                reports += 1
                notes.append(f"{path.name}: {len(report.grids)} taken, {len(report.refusals)} refused")
            except UserError as error:
                reports += 1
                notes.append(f"{path.name}: {error}")
            except Exception as error:  # noqa: BLE001  a crash is what is counted
                crashes += 1
                notes.append(f"{path.name}: {type(error).__name__}")
            if ".geojson" not in path.name:
                continue
            rows = _named(read_shapes(path))
            for form in FORMS if len(rows) <= MOST_IN_ALL_FORMS else FORMS[:1]:
                tried += 1
                again = Path(folder) / f"again{form}"
                try:
                    write_outlines(again, rows, "CGCS2000")
                    read = {one.code: one.name for one in read_boundary_file(again).outlines}
                    wrong += sum(read.get(row.code) != row.name for row in rows)
                    reports += 1
                except Exception as error:  # noqa: BLE001  as above
                    crashes += 1
                    notes.append(f"{path.name} as {form}: {type(error).__name__}: {error}")
    data = f"{len(files)} real sets, {tried} files"
    return [
        Finding("imports that crash", data, crashes, "", 0, note="; ".join(notes)),
        Finding("imports without a report", data, tried - reports, "", 0),
        Finding("names read wrong", data, wrong, "", 0),
    ]


def _named(shapes: list[object]) -> list[OutlineRow]:
    rows = []
    for number, shape in enumerate(shapes):
        code = f"{990101001001 + number // 900:012d}{number % 900 + 1:03d}"
        rows.append(OutlineRow(code, f"{PLACES[number % 8]}第{number + 1}网格", "basic", "幸福社区", 1.0, shape))
    return rows


if __name__ == "__main__":
    told = edited(real_coverage(), int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    print(f"{told.valid}/{told.made} valid, {told.undone}/{told.made} undone byte for byte, "
          f"area to {told.worst_area:.1e} m², {told.seconds / told.made * 1000:.1f} ms of CPU each")  # fmt: skip
