"""Write outlines as GeoJSON, Shapefile (zip too), GeoPackage, KML or CSV, in any coordinate system.

Systems that no file form can name (GCJ-02, BD-09) are written into a column,
so that nobody has to guess them again. Who took a file out, when and what for
stands where programs show it: the description of the file or its layer, the
last line of a CSV file, a text beside a Shapefile.
"""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import shapely

from gridapp.domain.handout import COPY_MARK
from gridapp.errors import StorageError, ValidationError
from gridapp.geo.crs import check_crs, from_cgcs2000, is_projected
from gridapp.i18n import _

SUFFIXES = (".geojson", ".json", ".shp", ".zip", ".gpkg", ".kml", ".csv")
COLUMNS = ("code", "name", "kind", "community", "area_m2", "crs")
_DRIVERS = {".shp": "ESRI Shapefile", ".gpkg": "GPKG", ".kml": "KML"}
_EPSG = {"CGCS2000": "EPSG:4490", "WGS84": "EPSG:4326"}


@dataclass(frozen=True)
class OutlineRow:
    """One grid to write: code, name, kind, name of its community, area [m²], shape in CGCS2000 degrees."""

    code: str
    name: str
    kind: str
    community: str
    area: float
    shape: Any


def write_outlines(path: Path, rows: Sequence[OutlineRow], crs: str, said: str = "") -> None:
    """Write outlines to a file whose ending names the form; a file of this name is replaced only when all is written.

    Args:
        path: Ending in one of ``SUFFIXES``.
        rows: What to write.
        crs: Coordinate system to write in.
        said: Who took it out, when and what for; "" for nobody.

    Raises:
        ValidationError: Unknown ending or coordinate system, or nothing to write.
        StorageError: The file cannot be written.
    """
    system, suffix = check_crs(crs), path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValidationError(
            _("“{suffix}” is no form for boundaries. Use one of {known}.").format(
                suffix=suffix, known=", ".join(SUFFIXES)
            ),
            "file",
        )
    if suffix == ".kml" and is_projected(system):
        raise ValidationError(_("KML holds degrees only. Choose another coordinate system, or another form."), "crs")
    if not rows:
        raise ValidationError(_("No grid has a boundary yet."), "file")
    # RFC 7946 wants the outer ring to run counterclockwise.
    turned = shapely.orient_polygons(np.array([row.shape for row in rows], dtype=object))
    shapes = shapely.transform(turned, lambda points: from_cgcs2000(points, system))
    try:
        if suffix in (".geojson", ".json", ".csv"):
            text = (_csv if suffix == ".csv" else _geojson)(rows, shapes, system, said)
            _replace(path, text.encode("utf-8-sig" if suffix == ".csv" else "utf-8"))
        else:
            _write_vector(path, rows, shapes, system, said)
    except OSError as error:
        raise StorageError(
            _("{name} cannot be written. Is it open in another program, or the disk full?").format(name=path.name)
        ) from error


def _values(row: OutlineRow, system: str) -> tuple[Any, ...]:
    return (row.code, row.name, row.kind, row.community, round(row.area, 1), system)


def _geojson(rows: Sequence[OutlineRow], shapes: Any, system: str, said: str) -> str:
    features = [
        {
            "type": "Feature",
            "properties": dict(zip(COLUMNS, _values(row, system), strict=True)),
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for row, shape in zip(rows, shapes, strict=True)
    ]
    document: dict[str, Any] = {"type": "FeatureCollection"}
    if said:
        document["description"] = said  # a member of our own, as RFC 7946 section 6.1 allows; GDAL and QGIS show it
    document["features"] = features
    if is_projected(system):
        document["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{system[5:]}"}}
    return json.dumps(document, ensure_ascii=False)


def _csv(rows: Sequence[OutlineRow], shapes: Any, system: str, said: str) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow((*COLUMNS, "wkt"))
    for row, shape in zip(rows, shapes, strict=True):
        writer.writerow((*_values(row, system), shapely.to_wkt(shape, rounding_precision=-1)))
    if said:
        writer.writerow((COPY_MARK + said,))
    return stream.getvalue()


def _write_vector(path: Path, rows: Sequence[OutlineRow], shapes: Any, system: str, said: str) -> None:
    suffix = path.suffix.lower()
    with tempfile.TemporaryDirectory(prefix="gridapp-", dir=path.resolve().parent) as folder:
        inner = Path(folder) / f"{path.stem}{'.shp' if suffix == '.zip' else suffix}"
        _driven(inner, rows, shapes, system, said)
        if said and suffix == ".kml":
            _describe(inner, said)
        elif said and suffix != ".gpkg":
            inner.with_suffix(".txt").write_text(said + "\n", "utf-8")
        written = sorted(Path(folder).iterdir())
        if suffix == ".zip":
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
                for part in written:
                    archive.write(part, part.name)
            _replace(path, stream.getvalue())
        else:
            for part in written:
                os.replace(part, path.parent / part.name)


def _describe(path: Path, said: str) -> None:
    """Say something about a whole KML file; GDAL describes its features only."""
    head, begins, rest = path.read_text("utf-8").partition("<Document")
    begins, inner = begins + rest[: rest.index(">") + 1], rest[rest.index(">") + 1 :]
    path.write_text(f"{head}{begins}<description>{escape(said)}</description>{inner}", "utf-8")


def _driven(path: Path, rows: Sequence[OutlineRow], shapes: Any, system: str, said: str) -> None:
    import pyogrio.errors  # heavy: imported when first used
    import pyogrio.raw

    from gridapp.geo.files.vector import quiet

    columns = [np.array(column, dtype=object) for column in zip(*(_values(row, system) for row in rows), strict=True)]
    columns[4] = columns[4].astype(np.float64)
    fields = list(COLUMNS)
    if path.suffix == ".kml":
        fields[1] = "Name"
    several = bool((shapely.get_type_id(shapes) == 6).any())
    if several:
        parts, owner = shapely.get_parts(shapes, return_index=True)
        shapes = shapely.multipolygons(parts, indices=owner)
    try:
        with quiet():
            pyogrio.raw.write(
                path, shapely.to_wkb(shapes), columns, np.array(fields, dtype=object),
                driver=_DRIVERS[path.suffix], encoding="UTF-8",
                geometry_type="MultiPolygon" if several else "Polygon",
                crs=system if is_projected(system) else _EPSG.get(system),
                layer_options={"DESCRIPTION": said} if said and path.suffix == ".gpkg" else None,
            )  # fmt: skip
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as error:
        raise OSError(str(error)) from error


def _replace(path: Path, content: bytes) -> None:
    """Write beside the file and then take its place, so that a half file is never there."""
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
