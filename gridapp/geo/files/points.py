"""Read places with their properties: a point layer, or a table with longitude and latitude."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gridapp.errors import LedgerFormatError
from gridapp.geo.crs import check_crs, to_cgcs2000
from gridapp.geo.files import table
from gridapp.geo.files.layer import content_of, decoded
from gridapp.geo.files.vector import quiet
from gridapp.i18n import _

SUFFIXES = (*table.SUFFIXES, ".geojson", ".json", ".kml", ".gpkg", ".shp")


@dataclass(frozen=True)
class PointRead:
    """A row of a file.

    Attributes:
        number: Its place in the file, from 1.
        properties: Its values by the file's own names.
        place: Longitude and latitude, CGCS2000; None when it cannot be taken. [°]
    """

    number: int
    properties: Mapping[str, Any]
    place: tuple[float, float] | None


def read_points(path: Path, crs: str = "CGCS2000") -> list[PointRead]:
    """Return the points of a file; of an area or line, a point within it.

    Args:
        path: CSV with longitude and latitude, GeoJSON, KML, GeoPackage or Shapefile.
        crs: What its coordinates are, as ``check_crs`` takes it.

    Raises:
        LedgerFormatError: It is none of these, or damaged.
        ValidationError: Unknown coordinate system.
        StorageError: It cannot be read.
    """
    system = check_crs(crs)
    rows = _of_table(path) if path.suffix.lower() in table.SUFFIXES else _of_layer(path)
    found = []
    for number, (properties, x, y) in enumerate(rows, 1):
        place = None
        if np.isfinite([x, y]).all():
            lon, lat = to_cgcs2000(np.array([[x, y]]), system)[0].tolist()
            if abs(lon) <= 180 and abs(lat) <= 90:
                place = (round(lon, 8), round(lat, 8))
        found.append(PointRead(number, properties, place))
    return found


def _of_table(path: Path) -> list[tuple[Mapping[str, Any], float, float]]:
    found = decoded(content_of(path))
    if found is None:
        raise LedgerFormatError(_("{name} is in an unknown encoding. Save it as CSV in UTF-8.").format(name=path.name))
    rows = table.read_rows(found[0], path.name)
    east, north = (table.column_of(rows[0], names) for names in (table.EAST, table.NORTH))
    if east is None or north is None:
        raise LedgerFormatError(
            _("{name} has no columns with places. Name them “经度” and “纬度”.").format(name=path.name)
        )
    return [(table.properties_of(rows[0], row), _number(row, east), _number(row, north)) for row in rows[1:]]


def _number(row: list[str], column: int) -> float:
    try:
        return float(row[column])
    except (ValueError, IndexError):
        return float("nan")


def _of_layer(path: Path) -> list[tuple[Mapping[str, Any], float, float]]:
    import pyogrio.errors  # heavy: imported when first used
    import pyogrio.raw

    content_of(path)  # told as what it is when it is not there
    try:
        with quiet():
            meta, _numbers, outlines, columns = pyogrio.raw.read(path, force_2d=True)
        shapes = [None if outline is None else shapely.from_wkb(outline) for outline in outlines]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError, shapely.GEOSException, ValueError, OSError,
            RuntimeError, TypeError) as error:  # fmt: skip
        raise LedgerFormatError(
            _("{name} is damaged or holds no places. Ask for it as CSV with longitude and latitude.").format(
                name=path.name
            )
        ) from error
    names = [str(field) for field in meta["fields"]]
    found: list[tuple[Mapping[str, Any], float, float]] = []
    for place, shape in enumerate(shapes):
        values = {name: column[place] for name, column in zip(names, columns, strict=True)}
        if shape is None or shape.is_empty:
            found.append((values, float("nan"), float("nan")))
            continue
        point = shape if shape.geom_type == "Point" else shapely.point_on_surface(shape)
        found.append((values, float(point.x), float(point.y)))
    return found
