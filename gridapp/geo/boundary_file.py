"""Read outlines of grids from a GeoJSON file, and say of each what is wrong with it.

Source: RFC 7946 for the form; names of properties as offices write them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gridapp.errors import LedgerFormatError, StorageError, UserError, ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

MOST_BYTES = 300_000_000
MOST_VERTICES = 200_000
"""Of one outline; more is a mistake of whoever made the file."""

GRID_CODE_DIGITS = 15

_ALIASES: dict[str, tuple[str, ...]] = {
    "code": ("code", "gridcode", "gridid", "wgbm", "网格编码", "网格编号", "网格代码", "编码", "编号", "代码"),
    "name": ("name", "gridname", "wgmc", "网格名称", "网格名", "网格", "名称"),
    "kind": ("kind", "gridkind", "gridtype", "wglx", "网格类型", "网格类别", "类型"),
    "community": ("community", "communityname", "sqmc", "社区", "社区名称", "所属社区", "村社区", "村居"),
}
_KINDS = {
    **dict.fromkeys(("basic", "基础", "基础网格", "综合网格", "一般网格", "普通网格"), "basic"),
    **dict.fromkeys(("dedicated", "专属", "专属网格", "专门网格"), "dedicated"),
}


@dataclass(frozen=True)
class GridOutline:
    """One grid of the file.

    Attributes:
        number: Its place in the file, from 1.
        code: Fifteen digits.
        name: Its name, "" when the file has none.
        kind: "basic" or "dedicated".
        community: Name of its community, "" when the file has none.
        shape: Polygon or MultiPolygon, degrees of the file's own coordinate system.
    """

    number: int
    code: str
    name: str
    kind: str
    community: str
    shape: Any


@dataclass(frozen=True)
class Refusal:
    """A feature that cannot be taken.

    Attributes:
        number: Its place in the file, from 1.
        label: Its name or code, as far as it has one.
        sentence: What is wrong with it and what to do.
    """

    number: int
    label: str
    sentence: str


def read_boundary_file(path: Path, progress: Progress | None = None) -> tuple[list[GridOutline], list[Refusal]]:
    """Return the outlines of a GeoJSON file and the features that cannot be taken.

    Raises:
        LedgerFormatError: It is no GeoJSON FeatureCollection, or empty.
        StorageError: It cannot be read.
        OperationCancelled: The user asked to stop.
    """
    progress = progress or NullProgress()
    features = _features(_text(path), path.name)
    outlines: list[GridOutline] = []
    refusals: list[Refusal] = []
    seen: dict[str, int] = {}
    for number, feature in enumerate(features, 1):
        progress.advance(number, len(features), _("Reading boundaries…"))
        try:
            outline = _outline(number, feature)
            if outline.code in seen:
                raise ValidationError(
                    _("Grid {code} is in the file twice, as number {first} and {second}. Keep one of them.").format(
                        code=outline.code, first=seen[outline.code], second=number
                    ),
                    "code",
                )
            seen[outline.code] = number
            outlines.append(outline)
        except UserError as error:
            refusals.append(Refusal(number, _label(feature), str(error)))
    return outlines, refusals


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise LedgerFormatError(
                _("{name} is too large for a boundary file. Cut it into parts by community.").format(name=path.name)
            )
        content = path.read_bytes()
    except OSError as error:
        raise StorageError(
            _("{name} cannot be read. Check that it is there and that you may open it.").format(name=path.name)
        ) from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _not_geojson(path.name)


def _not_geojson(name: str) -> LedgerFormatError:
    return LedgerFormatError(
        _("{name} is not a GeoJSON file of grid boundaries. Ask for the file as GeoJSON.").format(name=name)
    )


def _features(text: str, name: str) -> list[Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _not_geojson(name) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise _not_geojson(name)
    if not features:
        raise LedgerFormatError(_("{name} holds no boundaries.").format(name=name))
    return features


def _outline(number: int, feature: Any) -> GridOutline:
    if not isinstance(feature, dict):
        raise ValidationError(_("It is not a GeoJSON feature."))
    properties = feature.get("properties")
    values = _properties(properties if isinstance(properties, dict) else {})
    return GridOutline(
        number,
        _code(values.get("code", "")),
        values.get("name", ""),
        _kind(values.get("kind", "")),
        values.get("community", ""),
        _shape(feature.get("geometry")),
    )


def _properties(properties: Mapping[str, Any]) -> dict[str, str]:
    plain = {str(key).lower().replace("_", "").replace(" ", ""): value for key, value in properties.items()}
    found = {}
    for name, aliases in _ALIASES.items():
        given = next((plain[alias] for alias in aliases if plain.get(alias) not in (None, "")), None)
        if isinstance(given, float) and given.is_integer():
            given = int(given)
        if isinstance(given, str | int) and not isinstance(given, bool):
            found[name] = str(given).strip()
    return found


def _label(feature: Any) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    values = _properties(properties) if isinstance(properties, dict) else {}
    return values.get("name") or values.get("code", "")


def _code(text: str) -> str:
    if not text:
        raise ValidationError(_("It has no grid code. Each grid needs its 15-digit code."), "code")
    return check_grid_code(text)


def check_grid_code(text: str) -> str:
    """Return a grid code if it has fifteen digits.

    Raises:
        ValidationError: It has not.
    """
    if len(text) != GRID_CODE_DIGITS or not (text.isascii() and text.isdigit()):
        raise ValidationError(
            _("“{code}” is not a grid code. It has 15 digits, the first 12 are the community's.").format(code=text),
            "code",
        )
    return text


def _kind(text: str) -> str:
    if not text:
        return "basic"
    found = _KINDS.get(text.lower())
    if found is None:
        raise ValidationError(_("“{kind}” is not a kind of grid. Write basic or dedicated.").format(kind=text), "kind")
    return found


def _shape(geometry: Any) -> Any:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind is None or not coordinates:
        raise ValidationError(_("It has no outline. Draw one, or take it out of the file."), "geometry")
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValidationError(
            _("Its outline is a {kind}, not an area. A grid needs a Polygon or MultiPolygon.").format(kind=kind),
            "geometry",
        )
    try:
        polygons = [coordinates] if kind == "Polygon" else coordinates
        rings = [[_ring(ring) for ring in polygon] for polygon in polygons if polygon]
    except (TypeError, ValueError) as error:
        sentence = _("Its outline is damaged: a coordinate is not a pair of numbers.")
        raise ValidationError(sentence, "geometry") from error
    if sum(len(ring) for polygon in rings for ring in polygon) > MOST_VERTICES:
        raise ValidationError(
            _("Its outline has more than {count} points. Simplify it first.").format(count=f"{MOST_VERTICES:,}"),
            "geometry",
        )
    shapes = [shapely.Polygon(polygon[0], polygon[1:]) for polygon in rings]
    if not shapes:
        raise ValidationError(_("It has no outline. Draw one, or take it out of the file."), "geometry")
    return shapes[0] if len(shapes) == 1 else shapely.MultiPolygon(shapes)


def _ring(ring: Any) -> Any:
    points = np.array(list(_pairs(ring)), dtype=np.float64).reshape(-1, 2)
    if len(points) and not np.array_equal(points[0], points[-1]):
        points = np.vstack([points, points[:1]])
    if len(points) < 4:
        raise ValidationError(_("Its outline has fewer than three corners."), "geometry")
    return points


def _pairs(ring: Any) -> Iterator[tuple[float, float]]:
    for lon, lat, *_height in ring:
        if type(lon) not in (int, float) or type(lat) not in (int, float):
            raise TypeError
        if not (math.isfinite(lon) and math.isfinite(lat)):
            raise ValidationError(_("Its outline has a corner without a place (NaN)."), "geometry")
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise ValidationError(
                _(
                    "The corner {lon}, {lat} is not longitude and latitude in degrees. "
                    "Ask for the file in degrees, longitude first."
                ).format(lon=f"{lon:.10g}", lat=f"{lat:.10g}"),
                "geometry",
            )
        yield float(lon), float(lat)
