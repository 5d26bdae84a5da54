"""Read GeoJSON.

Source: RFC 7946 for the form; the "crs" member of its forerunner is honoured where it is still written.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from gridapp.errors import LedgerFormatError, ValidationError
from gridapp.geo.files.layer import RawFeature, RawLayer, content_of, decoded
from gridapp.geo.files.shapes import from_geojson
from gridapp.i18n import _

LONG_TEXT = 1_000_000
"""Shorter texts are read at once. [characters]"""

_FEATURES = re.compile(r'"features"\s*:\s*\[\s*')
_SPACE = re.compile(r"\s*")


def read_geojson(path: Path, in_degrees: bool = True) -> RawLayer:
    """Return the features of a GeoJSON FeatureCollection.

    Raises:
        LedgerFormatError: It is none, or empty.
        StorageError: It cannot be read.
    """
    found = decoded(content_of(path))
    if found is None:
        raise _not_geojson(path.name)
    text, encoding = found
    try:
        document = parsed(text)
    except (ValueError, RecursionError) as error:
        raise _not_geojson(path.name) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise _not_geojson(path.name)
    return RawLayer(tuple(_feature(feature, in_degrees) for feature in features), encoding, _declared(document))


def parsed(text: str) -> Any:
    """Return a JSON document; the features of a long one are read one by one.

    The parser holds the interpreter until it is done, half a second for a city:
    a window would stand still as long.

    Raises:
        ValueError: It is none.
    """
    start = _FEATURES.search(text) if len(text) > LONG_TEXT else None
    if start is None or text.count("{", 0, start.start()) - text.count("}", 0, start.start()) != 1:
        return json.loads(text)  # not a member of the document itself
    features: list[Any] = []
    decoder, place = json.JSONDecoder(), start.end()
    try:
        while not features or (text[place] == "," and (place := _after_space(text, place + 1))):
            feature, place = decoder.raw_decode(text, place)
            features.append(feature)
            place = _after_space(text, place)
        document = json.loads(text[: start.end()] + text[place:])
    except (ValueError, IndexError):
        return json.loads(text)  # no features, or a damaged file: the whole tells
    if not isinstance(document, dict) or document.get("features") != []:
        return json.loads(text)
    return {**document, "features": features}


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found is not None else place


def _not_geojson(name: str) -> LedgerFormatError:
    return LedgerFormatError(
        _("{name} is no file of grid boundaries. Ask for it as GeoJSON, Shapefile, GeoPackage, KML or CSV.").format(
            name=name
        )
    )


def _feature(feature: Any, in_degrees: bool) -> RawFeature:
    if not isinstance(feature, dict):
        return RawFeature({}, None, _("It is not a GeoJSON feature."))
    properties = feature.get("properties")
    plain = properties if isinstance(properties, dict) else {}
    try:
        return RawFeature(plain, from_geojson(feature.get("geometry"), in_degrees))
    except ValidationError as error:
        return RawFeature(plain, None, str(error))


def _declared(document: dict[str, Any]) -> str:
    """Return the coordinate system named in the document, "" for none; RFC 7946 alone names none that is certain."""
    member = document.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else member
    name = properties.get("name") if isinstance(properties, dict) else properties
    if not isinstance(name, str):
        return ""
    code = name.rpartition(":")[2]
    return {"CRS84": "WGS84", "4326": "WGS84", "4490": "CGCS2000"}.get(code, f"EPSG:{code}" if code.isdigit() else name)
