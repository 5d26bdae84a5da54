"""Read a table of outlines: WKT or the corners in one cell, or one corner a row.

Source: forms of border rows in existing systems (reference: domain.md sections 7 and 8.3, no. 24).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gridapp.domain.handout import COPY_MARK
from gridapp.errors import LedgerFormatError, ValidationError
from gridapp.geo.files.layer import RawFeature, RawLayer, content_of, decoded
from gridapp.geo.files.shapes import from_geojson, from_text
from gridapp.i18n import _

SUFFIXES = (".csv", ".tsv", ".txt")
MOST_CELL = 50_000_000

OUTLINE = ("wkt", "geometry", "geom", "thegeom", "boundary", "border", "边界", "网格边界", "边界坐标", "坐标", "坐标串",
           "范围坐标", "网格范围", "空间坐标", "polygon", "outline")  # fmt: skip
EAST = ("lng", "lon", "long", "longitude", "x", "经度", "东经", "横坐标", "eventlong", "transx")
NORTH = ("lat", "latitude", "y", "纬度", "北纬", "纵坐标", "eventlat", "transy")
KEYS = ("code", "gridcode", "gridid", "wgbm", "网格编码", "网格编号", "编码", "编号",
        "name", "网格名称", "网格", "名称")  # fmt: skip


def read_table(path: Path, in_degrees: bool = True) -> RawLayer:
    """Return the outlines of a CSV file.

    Raises:
        LedgerFormatError: It has no column with outlines or corners, or is in no known encoding.
        StorageError: It cannot be read.
    """
    found = decoded(content_of(path))
    if found is None:
        raise LedgerFormatError(
            _("{name} is in an unknown encoding. Save it as CSV in UTF-8.").format(name=path.name)
        )
    text, encoding = found
    rows = read_rows(text, path.name)
    headings = [_plain(cell) for cell in rows[0]]
    outline = _first(headings, OUTLINE)
    east, north = _first(headings, EAST), _first(headings, NORTH)
    if outline is not None:
        features = [_of_cell(rows[0], row, outline, in_degrees) for row in rows[1:]]
    elif east is not None and north is not None:
        features = _of_corners(rows, headings, east, north, in_degrees)
    else:
        raise LedgerFormatError(
            _(
                "{name} has no column with outlines. Name one “WKT” or “边界”, "
                "or give one corner a row with “经度” and “纬度”."
            ).format(name=path.name)
        )
    return RawLayer(tuple(features), encoding)


def read_rows(text: str, name: str) -> list[list[str]]:
    """Return the rows of a CSV text that hold anything, headings first.

    Raises:
        LedgerFormatError: It is damaged, or holds no row.
    """
    csv.field_size_limit(MOST_CELL)
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        read = csv.reader(io.StringIO(text), delimiter=delimiter)
        # The last line of a file of ours says whose copy it is.
        rows = [row for row in read if any(cell.strip() for cell in row) and not row[0].startswith(COPY_MARK)]
    except csv.Error as error:
        raise LedgerFormatError(_("{name} is damaged: its rows cannot be read.").format(name=name)) from error
    if len(rows) < 2:
        raise LedgerFormatError(_("{name} holds no boundaries.").format(name=name))
    return rows


def _plain(cell: str) -> str:
    return cell.strip().lower().replace("_", "").replace(" ", "")


def _first(headings: Sequence[str], names: Sequence[str]) -> int | None:
    return next((headings.index(name) for name in names if name in headings), None)


def column_of(headings: Sequence[str], names: Sequence[str]) -> int | None:
    """Return the place of the first heading that has one of some names, None for none."""
    return _first([_plain(cell) for cell in headings], names)


def properties_of(headings: Sequence[str], row: Sequence[str]) -> dict[str, Any]:
    """Return the cells of a row by their headings."""
    return {heading.strip(): cell.strip() for heading, cell in zip(headings, row, strict=False)}


def _of_cell(headings: Sequence[str], row: Sequence[str], outline: int, in_degrees: bool) -> RawFeature:
    properties = properties_of(headings, row)
    try:
        return RawFeature(properties, from_text(row[outline] if outline < len(row) else "", in_degrees))
    except ValidationError as error:
        return RawFeature(properties, None, str(error))


def _of_corners(
    rows: list[list[str]], headings: Sequence[str], east: int, north: int, in_degrees: bool
) -> list[RawFeature]:
    """Return one outline for each code or name, of its rows in the order of the file."""
    key = _first(headings, KEYS)
    if key is None:
        raise LedgerFormatError(_("The rows do not say whose corners they are. Add a column with the grid code."))
    groups: dict[str, list[list[str]]] = {}
    for row in rows[1:]:
        groups.setdefault(row[key].strip() if key < len(row) else "", []).append(row)
    features = []
    for group in groups.values():
        properties = properties_of(rows[0], group[0])
        try:
            corners = [_corner(row, east, north) for row in group]
            shape = from_geojson({"type": "Polygon", "coordinates": [corners]}, in_degrees)
            features.append(RawFeature(properties, shape))
        except ValidationError as error:
            features.append(RawFeature(properties, None, str(error)))
    return features


def _corner(row: Sequence[str], east: int, north: int) -> list[float]:
    try:
        return [float(row[east]), float(row[north])]
    except (ValueError, IndexError) as error:
        sentence = _("Its outline is damaged: a coordinate is not a pair of numbers.")
        raise ValidationError(sentence, "geometry") from error
