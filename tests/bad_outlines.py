"""Boundary files as they should not be, for every way in: what each is, and what is to be said of it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyogrio.raw
import shapely

from tests.factories import COMMUNITY

CODE = f"{COMMUNITY}007"
NAME = "试划网格"
RING = [[104.0, 39.0], [104.01, 39.0], [104.01, 39.01], [104.0, 39.01], [104.0, 39.0]]
CORNERS = 1_000_000


class Bad(NamedTuple):
    """One kind of bad file: how it is made, and what is said; ``taken`` when it is put right and may come in."""

    make: Callable[[Path], Path]
    said: str
    taken: bool = False


def _geojson(geometry: Any) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        feature = {"type": "Feature", "properties": {"code": CODE, "name": NAME}, "geometry": geometry}
        path = folder / "bad.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
        return path

    return make


def _text(content: str, name: str = "bad.geojson") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_text(content, "utf-8")
        return folder / name

    return make


def _written(path: Path, shape: Any, kind: str, driver: str, encoding: str | None = None) -> Path:
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array([shape])), [np.array([CODE], dtype=object), np.array([NAME], dtype=object)],
        np.array(["code", "name"], dtype=object), driver=driver, geometry_type=kind, crs="EPSG:4490",
        encoding=encoding,
    )  # fmt: skip
    return path


def _million(folder: Path) -> Path:
    turns = np.linspace(0, 2 * np.pi, CORNERS)
    circle = shapely.Polygon(np.column_stack([104.5 + np.cos(turns) / 100, 39.2 + np.sin(turns) / 100]))
    return _written(folder / "bad.gpkg", circle, "Polygon", "GPKG")


def _points(folder: Path) -> Path:
    return _written(folder / "bad.shp", shapely.Point(104.0, 39.0), "Point", "ESRI Shapefile")


def _gbk(folder: Path) -> Path:
    """A Shapefile with names in GBK that says nothing about its letters."""
    path = _written(folder / "bad.shp", shapely.Polygon(RING), "Polygon", "ESRI Shapefile", "GBK")
    path.with_suffix(".cpg").unlink()
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[29] = 0
    path.with_suffix(".dbf").write_bytes(table)
    return path


def _spiral(turns: int) -> list[list[list[float]]]:
    """A ring that winds outwards and comes straight back across all its turns."""
    return [[[104.5 + turn * 1e-5 * math.cos(turn / 3), 39.2 + turn * 1e-5 * math.sin(turn / 3)]
             for turn in range(turns)]]  # fmt: skip


def _scribble() -> list[list[list[float]]]:
    dice = np.random.default_rng(1)
    return [(dice.uniform(0, 0.01, (600, 2)) + (104.0, 39.0)).tolist()]


BAD: dict[str, Bad] = {
    "self-crossing": Bad(_geojson({"type": "Polygon", "coordinates": [[RING[0], RING[2], RING[1], RING[3]]]}),
                         "crossed itself", taken=True),
    "spiral": Bad(_geojson({"type": "Polygon", "coordinates": _spiral(200)}), "crossed itself", taken=True),
    "scribble": Bad(_geojson({"type": "Polygon", "coordinates": _scribble()}), "encloses no ground"),
    "NaN": Bad(_geojson({"type": "Polygon", "coordinates": [[[104, float("nan")], *RING[1:]]]}), "NaN"),
    "a million corners": Bad(_million, "200,000"),
    "empty outline": Bad(_geojson({"type": "Polygon", "coordinates": []}), "no outline"),
    "no outline": Bad(_geojson(None), "no outline"),
    "no features": Bad(_text('{"type": "FeatureCollection", "features": []}'), "bad.geojson"),
    "empty file": Bad(_text(""), "bad.geojson"),
    "heights": Bad(_geojson({"type": "Polygon", "coordinates": [[[*corner, 8.5] for corner in RING]]}), "", taken=True),
    "around the world": Bad(
        _geojson({"type": "Polygon", "coordinates": [[[179.9, 39], [-179.9, 39], [-179.9, 39.1], [179.9, 39]]]}), "180°"
    ),
    "ring order": Bad(_geojson({"type": "Polygon", "coordinates": [RING[::-1]]}), "", taken=True),
    "GBK without .cpg": Bad(_gbk, NAME, taken=True),
    "swapped axes": Bad(_geojson({"type": "Polygon", "coordinates": [[[y, x] for x, y in RING]]}), "39, 104"),
    "points": Bad(_points, "Point"),
    "a point among areas": Bad(_geojson({"type": "Point", "coordinates": RING[0]}), "Point"),
    "a line": Bad(_geojson({"type": "LineString", "coordinates": RING}), "LineString"),
}  # fmt: skip
