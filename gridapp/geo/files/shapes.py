"""Make shapes of what files hold, and refuse with a sentence what cannot be an outline."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from gridapp.errors import ValidationError
from gridapp.i18n import _

MOST_VERTICES = 200_000
"""Of one outline; more is a mistake of whoever made the file."""

LARGEST_METRES = 1e8
"""Coordinates of Gauss-Krüger zones have eight digits at most."""

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_SEPARATORS = re.compile(r"[\s,;|/，；、()（）\[\]{}°EeNn东北经纬度:：\"'“”]*")


def from_geojson(geometry: Any, in_degrees: bool = True) -> Any:
    """Return the shape of a GeoJSON geometry.

    Args:
        geometry: As the JSON gives it.
        in_degrees: Coordinates are longitude and latitude; otherwise metres, east first.

    Raises:
        ValidationError: It is no Polygon or MultiPolygon, damaged, or too large.
    """
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind is None or not coordinates:
        raise _no_outline()
    if kind not in ("Polygon", "MultiPolygon"):
        # What a file calls it is shown only when it is a word.
        is_word = isinstance(kind, str) and kind.isascii() and kind.isalpha() and len(kind) <= 30
        raise _no_area(kind if is_word else "?")
    try:
        polygons = [coordinates] if kind == "Polygon" else coordinates
        rings = [[_ring(ring, in_degrees) for ring in polygon] for polygon in polygons if polygon]
    except (TypeError, ValueError, OverflowError) as error:
        sentence = _("Its outline is damaged: a coordinate is not a pair of numbers.")
        raise ValidationError(sentence, "geometry") from error
    if not rings:
        raise _no_outline()
    shapes = [shapely.Polygon(polygon[0], polygon[1:]) for polygon in rings]
    return _small_enough(shapes[0] if len(shapes) == 1 else shapely.MultiPolygon(shapes))


def checked(shape: Any, in_degrees: bool = True) -> Any:
    """Return a shape of some library as a plain 2-D Polygon or MultiPolygon.

    Raises:
        ValidationError: It is none, has no finite coordinates, or is too large.
    """
    if shape is None or shapely.is_empty(shape):
        raise _no_outline()
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        raise _no_area(shape.geom_type)
    flat = _small_enough(shapely.force_2d(shape))
    points = shapely.get_coordinates(flat)
    if not np.isfinite(points).all():
        raise ValidationError(_("Its outline has a corner without a place (NaN)."), "geometry")
    limits = (180.0, 90.0) if in_degrees else (LARGEST_METRES, LARGEST_METRES)
    beyond = (np.abs(points) > limits).any(axis=1)
    if beyond.any():
        raise _out_of_range(*points[int(beyond.argmax())].tolist())
    return flat


def from_text(text: str, in_degrees: bool = True) -> Any:
    """Return the outline written in one cell: WKT, GeoJSON, or its corners one after the other.

    Corners are pairs of numbers, longitude first, however they are separated:
    ``117.1,36.6;117.2,36.6;…``, ``[[117.1,36.6],…]``, ``117.1 36.6|…``.

    Args:
        text: Of the cell.
        in_degrees: Coordinates are longitude and latitude; otherwise metres, east first.

    Raises:
        ValidationError: It cannot be read as an outline.
    """
    plain = text.strip()
    if not plain:
        raise _no_outline()
    if re.match(r"(?i)(SRID=\d+;)?\s*(MULTI)?(POLYGON|POINT|LINESTRING|GEOMETRYCOLLECTION)", plain):
        try:
            return checked(shapely.from_wkt(plain.rpartition("SRID=")[2].partition(";")[2] or plain), in_degrees)
        except shapely.GEOSException as error:
            raise _unreadable(plain) from error
    if plain.startswith("{"):
        try:
            return from_geojson(json.loads(plain), in_degrees)
        except (ValueError, RecursionError) as error:
            raise _unreadable(plain) from error
    numbers = _NUMBER.findall(plain)
    if _SEPARATORS.fullmatch(_NUMBER.sub(" ", plain)) is None or len(numbers) % 2:
        raise _unreadable(plain)
    corners = [[float(x), float(y)] for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
    return from_geojson({"type": "Polygon", "coordinates": [corners]}, in_degrees)


def _ring(ring: Any, in_degrees: bool) -> Any:
    points = np.array(list(_pairs(ring, in_degrees)), dtype=np.float64).reshape(-1, 2)
    if len(points) and not np.array_equal(points[0], points[-1]):
        points = np.vstack([points, points[:1]])
    if len(points) < 4:
        raise ValidationError(_("Its outline has fewer than three corners."), "geometry")
    return points


def _pairs(ring: Any, in_degrees: bool) -> Iterator[tuple[float, float]]:
    for x, y, *_height in ring:
        if type(x) not in (int, float) or type(y) not in (int, float):
            raise TypeError
        if not (math.isfinite(x) and math.isfinite(y)):
            raise ValidationError(_("Its outline has a corner without a place (NaN)."), "geometry")
        if in_degrees and not (-180 <= x <= 180 and -90 <= y <= 90):
            raise _out_of_range(x, y)
        if abs(x) > LARGEST_METRES or abs(y) > LARGEST_METRES:
            raise _out_of_range(x, y)
        yield float(x), float(y)


def _small_enough(shape: Any) -> Any:
    if shapely.get_num_coordinates(shape) > MOST_VERTICES:
        raise ValidationError(
            _("Its outline has more than {count} points. Simplify it first.").format(count=f"{MOST_VERTICES:,}"),
            "geometry",
        )
    return shape


def _no_outline() -> ValidationError:
    return ValidationError(_("It has no outline. Draw one, or take it out of the file."), "geometry")


def _no_area(kind: str) -> ValidationError:
    return ValidationError(
        _("Its outline is a {kind}, not an area. A grid needs a Polygon or MultiPolygon.").format(kind=kind), "geometry"
    )


def _out_of_range(x: float, y: float) -> ValidationError:
    return ValidationError(
        _(
            "The corner {lon}, {lat} is not longitude and latitude in degrees. "
            "Ask for the file in degrees, longitude first."
        ).format(lon=f"{x:.10g}", lat=f"{y:.10g}"),
        "geometry",
    )


def _unreadable(text: str) -> ValidationError:
    sentence = _("“{text}” cannot be read as an outline. Write its corners as longitude,latitude;longitude,latitude;….")
    return ValidationError(sentence.format(text=text[:40]), "geometry")
