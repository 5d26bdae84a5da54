"""The coordinate systems outlines arrive in, and the way to CGCS2000 degrees and back.

CGCS2000 and WGS84 agree to a few centimetres and are taken as the same here.
GCJ-02 (maps of Chinese services) and BD-09 (Baidu) are offset by up to 700 m;
both are published formulas without a published inverse. The inverse is found
by fixed-point rounds, which bring it below a micrometre. Gauss-Krüger zones of
CGCS2000 are metres, named by their EPSG code or as ``GK3-38`` (3-degree zone 38,
eastings with the zone in front) and ``GK6-117E`` (6-degree zone around 117°E).

Source: the widely published GCJ-02 and BD-09 formulas; number of rounds and
their error measured over China (reference: map.md section 3).
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gridapp.errors import ValidationError
from gridapp.i18n import _

Crs: TypeAlias = str
"""A name that ``check_crs`` returned."""

CRS_NAMES: tuple[str, ...] = ("CGCS2000", "WGS84", "GCJ-02", "BD-09")
"""Systems in degrees; Gauss-Krüger zones are ``EPSG:4491`` to ``EPSG:4554``."""

_ZONES = {
    **{("6", str(zone)): 4491 + zone - 13 for zone in range(13, 24)},
    **{("6", f"{meridian}E"): 4502 + place for place, meridian in enumerate(range(75, 136, 6))},
    **{("3", str(zone)): 4513 + zone - 25 for zone in range(25, 46)},
    **{("3", f"{meridian}E"): 4534 + place for place, meridian in enumerate(range(75, 136, 3))},
}
"""EPSG code by width of the zone [°] and its number or central meridian."""

Degrees: TypeAlias = NDArray[np.float64]
"""Shape (n, 2): longitude, latitude. [°]"""

ROUNDS = 6
# Ellipsoid of the published formula (Krasovsky 1940), not of CGCS2000.
_AXIS, _ECCENTRICITY2 = 6_378_245.0, 0.006_693_421_622_965_943
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_BAIDU_LON, _BAIDU_LAT = 0.0065, 0.006
_BAIDU_TURN = math.pi * 3000 / 180


def check_crs(name: str) -> Crs:
    """Return the name of a coordinate system if it is known, however its letters are written.

    Raises:
        ValidationError: It is not one of ``CRS_NAMES``.
    """
    plain = name.upper().replace("-", "").replace(" ", "").replace("_", "")
    for known in CRS_NAMES:
        if known.replace("-", "") == plain:
            return known
    if plain in ("EPSG:4490", "4490"):
        return "CGCS2000"
    if plain in ("EPSG:4326", "4326"):
        return "WGS84"
    zone = re.fullmatch(r"GK([36])(\d+E?)", plain)
    code = _ZONES.get((zone[1], zone[2])) if zone else None
    numbered = re.fullmatch(r"(?:EPSG:)?(\d{4})", plain)
    if numbered and int(numbered[1]) in _ZONES.values():
        code = int(numbered[1])
    if code is not None:
        return f"EPSG:{code}"
    raise ValidationError(
        _("“{name}” is not a known coordinate system. Use one of {known}.").format(
            name=name, known=", ".join((*CRS_NAMES, "GK3-38", "GK6-117E", "EPSG:4526"))
        ),
        "crs",
    )


def is_projected(crs: Crs) -> bool:
    """Tell whether coordinates are metres of a zone rather than degrees."""
    return crs.startswith("EPSG:")


def zones_near(lon: float) -> tuple[Crs, ...]:
    """Return the Gauss-Krüger zones a longitude lies in, with and without the zone in front of eastings."""
    three, six = round(lon / 3), int(lon // 6)
    wanted = [("3", str(three)), ("3", f"{three * 3}E"), ("6", str(six + 1))]
    if six * 6 + 3 != three * 3:  # otherwise the same as the zone of 3 degrees
        wanted.append(("6", f"{six * 6 + 3}E"))
    return tuple(f"EPSG:{_ZONES[zone]}" for zone in wanted if zone in _ZONES)


@functools.lru_cache(maxsize=16)
def _projection(crs: Crs) -> Any:
    import pyproj  # heavy: imported when first used

    return pyproj.Transformer.from_crs(crs, "EPSG:4490", always_xy=True)


def to_cgcs2000(points: Degrees, crs: Crs) -> Degrees:
    """Return points given in a coordinate system in CGCS2000.

    Args:
        points: Shape (n, 2), longitude and latitude in the system named, [°]; east and north [m] in a zone.
        crs: The system.

    Returns:
        Shape (n, 2); ``from_cgcs2000`` brings them back to 10 µm. [°]
    """
    if is_projected(crs):
        lon, lat = _projection(crs).transform(points[:, 0], points[:, 1])
        return np.column_stack([lon, lat])
    if crs == "BD-09":
        points = _solved(_gcj_to_bd, points)
    if crs in ("GCJ-02", "BD-09"):
        points = _solved(_plain_to_gcj, points)
    return points


def from_cgcs2000(points: Degrees, crs: Crs) -> Degrees:
    """Return CGCS2000 points in another coordinate system; shape (n, 2), [°], in a zone east and north [m]."""
    if is_projected(crs):
        x, y = _projection(crs).transform(points[:, 0], points[:, 1], direction="INVERSE")
        return np.column_stack([x, y])
    if crs in ("GCJ-02", "BD-09"):
        points = _plain_to_gcj(points)
    if crs == "BD-09":
        points = _gcj_to_bd(points)
    return points


def _solved(forward: Callable[[Degrees], Degrees], wanted: Degrees) -> Degrees:
    """Return the points that ``forward`` takes to the wanted ones."""
    found = wanted.copy()
    for _round in range(ROUNDS):
        found = found - (forward(found) - wanted)
    return found


def _plain_to_gcj(points: Degrees) -> Degrees:
    lon, lat = points[:, 0], points[:, 1]
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    wave = (20 * np.sin(6 * math.pi * x) + 20 * np.sin(2 * math.pi * x)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += (20 * np.sin(math.pi * y) + 40 * np.sin(math.pi * y / 3)) * 2 / 3
    north += (160 * np.sin(math.pi * y / 12) + 320 * np.sin(math.pi * y / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += (20 * np.sin(math.pi * x) + 40 * np.sin(math.pi * x / 3)) * 2 / 3
    east += (150 * np.sin(math.pi * x / 12) + 300 * np.sin(math.pi * x / 30)) * 2 / 3
    bend = 1 - _ECCENTRICITY2 * np.sin(np.radians(lat)) ** 2
    metres_lat = np.radians(_AXIS * (1 - _ECCENTRICITY2) / bend**1.5)
    metres_lon = np.radians(_AXIS / np.sqrt(bend) * np.cos(np.radians(lat)))
    inside = (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)
    shift = np.column_stack([east / metres_lon, north / metres_lat])
    return points + np.where(inside[:, None], shift, 0.0)


def _gcj_to_bd(points: Degrees) -> Degrees:
    lon, lat = points[:, 0], points[:, 1]
    reach = np.hypot(lon, lat) + 0.000_02 * np.sin(lat * _BAIDU_TURN)
    angle = np.arctan2(lat, lon) + 0.000_003 * np.cos(lon * _BAIDU_TURN)
    return np.column_stack([reach * np.cos(angle) + _BAIDU_LON, reach * np.sin(angle) + _BAIDU_LAT])
