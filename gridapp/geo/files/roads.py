"""Read roads, railways and rivers: the lines people draw borders along, and those they cannot simply cross.

Source: values of OpenStreetMap's keys highway, railway and waterway (wiki.openstreetmap.org, Map features); the Chinese
words are those of CJJ 37 for roads in towns and of road administration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import shapely

from gridapp.errors import ValidationError
from gridapp.geo.crs import check_crs, to_cgcs2000
from gridapp.geo.files.vector import read_line_rows
from gridapp.i18n import _

RoadRank = Literal["barrier", "main", "minor"]

_KEYS = (
    "highway", "railway", "waterway", "fclass", "class", "type", "kind", "道路等级", "等级", "类型", "类别", "种类",
)  # fmt: skip
_BARRIERS = (
    "rail", "light_rail", "subway", "narrow_gauge", "preserved", "river", "canal", "motorway", "motorway_link",
    "铁路", "铁道", "轨道", "高速", "河", "江", "渠", "运河",
)  # fmt: skip
_MAIN = (
    "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link", "tertiary", "tertiary_link",
    "快速", "主干", "次干", "干道", "干路", "大道", "国道", "省道", "县道", "一级", "二级",
)  # fmt: skip


@dataclass(frozen=True)
class RoadLine:
    """One line.

    Attributes:
        rank: "barrier": a railway, river or motorway, crossed only where a road does; "main": a road worth being a
            border; "minor": any other.
        shape: LineString or MultiLineString, CGCS2000 degrees.
    """

    rank: RoadRank
    shape: Any


def read_roads(path: Path, crs: str = "") -> list[RoadLine]:
    """Return the lines of a file GDAL reads, borders of its areas included, each with its rank.

    A file that does not say what its lines are holds main roads only: somebody chose them for borders.

    Args:
        path: The file; a zip of a Shapefile, too.
        crs: What its degrees are when they are shifted, GCJ-02 or BD-09; "" for what the file says.

    Raises:
        LedgerFormatError: It cannot be read, or its coordinates are of no known system.
        StorageError: It is not there.
        ValidationError: It holds no lines, or the system is unknown.
    """
    system = check_crs(crs) if crs else ""
    rows = read_line_rows(path)
    if not rows:
        raise ValidationError(_("{name} holds no lines. Choose a file of roads.").format(name=path.name), "roads")
    keyed = any(_words(values) for values, _shape in rows)
    return [
        RoadLine(
            rank_of(values) if keyed else "main",
            shapely.transform(shape, lambda points: to_cgcs2000(points, system)) if system else shape,
        )
        for values, shape in rows
    ]


def rank_of(values: Mapping[str, Any]) -> RoadRank:
    """Return what a line is by its values in the file; "minor" when they do not say."""
    for word in _words(values):
        if any(word == known or (not known.isascii() and known in word) for known in _BARRIERS):
            return "barrier"
        if any(word == known or (not known.isascii() and known in word) for known in _MAIN):
            return "main"
    return "minor"


def _words(values: Mapping[str, Any]) -> list[str]:
    named = {name.strip().lower(): value for name, value in values.items()}
    return [str(named[key]).strip().lower() for key in _KEYS if named.get(key) not in (None, "")]
