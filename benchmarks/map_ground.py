"""15,000 grids to draw and to reckon with: invented, or real ones from a folder.

GRIDAPP_BENCH_BOUNDARIES names a folder of boundary files (GeoJSON, .gz too, and every other form an import takes), or
one such file. The largest GeoJSON in it takes the place of the invented polygons.
"""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridapp.db.queries.values import GridRow
from gridapp.geo.boundary import settled

GIVEN = "GRIDAPP_BENCH_BOUNDARIES"
SIDE, BENDS = 123, 13
STEP = 0.004


def real_files() -> list[Path]:
    """Return the boundary files named, largest first; none when none is."""
    named = os.environ.get(GIVEN, "")
    if not named:
        return []
    path = Path(named)
    files = [path] if path.is_file() else sorted(path.iterdir())
    endings = (".geojson", ".geojson.gz", ".json", ".shp", ".zip", ".gpkg", ".kml", ".csv")
    files = [file for file in files if file.name.lower().endswith(endings)]
    return sorted(files, key=lambda file: -file.stat().st_size)


def real_shapes() -> NDArray[Any] | None:
    """Return the outlines of the largest GeoJSON named, as an import stores them; None when none is."""
    file = next((file for file in real_files() if ".geojson" in file.name), None)
    if file is None:
        return None
    text = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    features = json.loads(text)["features"]
    return np.array([settled(shapely.geometry.shape(one["geometry"]))[0] for one in features], dtype=object)


def rows_to_draw() -> list[GridRow]:
    """Return grids as a query gives them, their outlines real or invented."""
    shapes = real_shapes()
    outlines = shapely.to_wkb(invented() if shapes is None else shapes)
    rows = []
    for number, outline in enumerate(outlines):
        code = f"990101{number // 12:06d}{number % 12:03d}"
        rows.append(GridRow(code, f"第{number % 12 + 1}网格", "basic", code[:12], bytes(outline), ""))
    return rows


def invented() -> NDArray[Any]:
    """Return 123 × 122 cells in degrees whose common borders bend thirteen times: 15,006 grids, 800,000 corners."""
    rng = np.random.default_rng(7)
    knots = np.stack(np.meshgrid(np.arange(SIDE + 1.0), np.arange(float(SIDE))), axis=-1)
    knots += rng.uniform(-0.2, 0.2, knots.shape)
    share = np.linspace(0, 1, BENDS + 1)[None, None, :, None]
    swing = np.sin(np.linspace(0, np.pi, BENDS + 1))[None, None, :, None]

    def bent(start: Any, end: Any) -> Any:
        line = start[:, :, None] * (1 - share) + end[:, :, None] * share
        return line + swing * rng.uniform(-0.02, 0.02, line.shape)

    across, up = bent(knots[:, :-1], knots[:, 1:]), bent(knots[:-1], knots[1:])
    cells = []
    for row in range(SIDE - 1):
        for column in range(SIDE):
            ring = np.concatenate([
                across[row, column], up[row, column + 1][1:],
                across[row + 1, column][::-1][1:], up[row, column][::-1][1:],
            ])  # fmt: skip
            cells.append(shapely.Polygon(np.round(ring[::-1] * STEP + (104.0, 39.0), 8)))  # clockwise, as stored
    return np.array(cells, dtype=object)
