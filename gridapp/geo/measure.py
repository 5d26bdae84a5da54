"""Lengths, areas and places for labels, in metres on the CGCS2000 ellipsoid.

Source: accuracy measured, 10 ppm over a county (reference: map.md section 3).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridapp.geo.local_frame import LocalFrame
from gridapp.geo.pieces import transformed

LABEL_ASPECT = 2.0
"""Labels are about twice as wide as tall."""


class EqualArea:
    """A Lambert azimuthal equal-area plane centred on what is measured."""

    def __init__(self, lon: float, lat: float) -> None:
        import pyproj  # heavy: imported when first used

        plane = f"+proj=laea +lon_0={lon!r} +lat_0={lat!r} +ellps=GRS80 +units=m"
        self._forward = pyproj.Transformer.from_crs("+proj=longlat +ellps=GRS80", plane, always_xy=True)

    @classmethod
    def around(cls, shapes: Any) -> EqualArea:
        """Return the plane centred on the bounds of one or several geometries in degrees."""
        west, south, east, north = shapely.total_bounds(shapes).tolist()
        return cls(round((west + east) / 2, 6), round((south + north) / 2, 6))

    def to_metres(self, shape: Any) -> Any:
        """Return a geometry, or an array of them, in metres."""
        if isinstance(shape, np.ndarray):
            return transformed(shape, self._points)
        return shapely.transform(shape, self._points)

    def to_degrees(self, x: float, y: float) -> tuple[float, float]:
        """Return longitude and latitude of a point of the plane. [°]"""
        lon, lat = self._forward.transform(x, y, direction="INVERSE")
        return float(lon), float(lat)

    def shape_to_degrees(self, shape: Any) -> Any:
        """Return a geometry of the plane in degrees."""

        def back(points: NDArray[np.float64]) -> NDArray[np.float64]:
            lon, lat = self._forward.transform(points[:, 0], points[:, 1], direction="INVERSE")
            return np.column_stack([lon, lat])

        return shapely.transform(shape, back)

    def _points(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = self._forward.transform(points[:, 0], points[:, 1])
        return np.column_stack([x, y])


def area(shape: Any) -> float:
    """Return the area of a geometry given in CGCS2000 degrees. [m²]"""
    return float(shapely.area(EqualArea.around(shape).to_metres(shape))) if not shapely.is_empty(shape) else 0.0


def areas(shapes: Any) -> NDArray[np.float64]:
    """Return the areas of an array of geometries given in CGCS2000 degrees, on one plane around them. [m²]"""
    if not len(shapes):
        return np.empty(0)
    found: NDArray[np.float64] = shapely.area(EqualArea.around(shapes).to_metres(shapes))
    return found


def length(line: Any) -> float:
    """Return the length of a line, or of the border of an area, given in CGCS2000 degrees, on the ellipsoid. [m]"""
    return float(_geod().geometry_length(line))


def geodesic_area(shape: Any) -> float:
    """Return the area of a polygon given in CGCS2000 degrees, its edges geodesics: what ``area`` is judged by. [m²]"""
    return abs(float(_geod().geometry_area_perimeter(shapely.orient_polygons(shape))[0]))


@functools.cache
def _geod() -> Any:
    import pyproj  # heavy: imported when first used

    return pyproj.Geod(ellps="GRS80")


@dataclass(frozen=True)
class LabelPlace:
    """Where a label stands best inside a shape.

    Attributes:
        lon: Longitude. [°]
        lat: Latitude. [°]
        reach: Half the height of the free ellipse, ``LABEL_ASPECT`` times as wide as tall, around it. [m]
    """

    lon: float
    lat: float
    reach: float


@functools.lru_cache(maxsize=20_000)
def label_place(outline: bytes) -> LabelPlace:
    """Return the roomiest place for a label in a shape.

    Args:
        outline: WKB of a Polygon or MultiPolygon in CGCS2000 degrees.
    """
    whole = shapely.from_wkb(outline)
    largest = max(shapely.get_parts(whole), key=shapely.area)
    centre = shapely.centroid(largest)
    frame = LocalFrame(centre.x, centre.y)
    # Labels are wider than tall: in a plane squeezed sideways the inscribed circle is their ellipse.
    squeezed = shapely.transform(largest, lambda points: frame.to_metres(points) / (LABEL_ASPECT, 1.0))
    tolerance = max(math.sqrt(squeezed.area) / 50, 0.01)
    radius = shapely.maximum_inscribed_circle(squeezed, tolerance=tolerance)
    (x, y), reach = radius.coords[0], radius.length
    middle = shapely.centroid(squeezed)
    if shapely.contains(squeezed, middle):
        own = shapely.distance(shapely.boundary(squeezed), middle)
        if own >= 0.8 * reach:  # near enough, and it looks calmer in the middle
            x, y, reach = middle.x, middle.y, own
    lon, lat = frame.to_degrees(np.array([[x * LABEL_ASPECT, y]]))[0].tolist()
    return LabelPlace(lon, lat, float(reach))
