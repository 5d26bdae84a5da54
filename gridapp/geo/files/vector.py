"""Read Shapefile, zipped Shapefile, GeoPackage and KML.

Names in a Shapefile without a .cpg are read as UTF-8 if every byte fits, else
as GB 18030: GDAL alone would read them as Latin letters without a word.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gridapp.errors import LedgerFormatError, ValidationError
from gridapp.geo.crs import check_crs, to_cgcs2000
from gridapp.geo.files.layer import MOST_BYTES, RawFeature, RawLayer, content_of, decoded
from gridapp.geo.files.shapes import checked
from gridapp.i18n import _

SUFFIXES = (".shp", ".zip", ".gpkg", ".kml")
_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
NAME_BYTES = 10
_RAW = "ISO-8859-1"
"""Gives every byte of a text as one letter, from which the bytes can be had again."""


def read_vector(path: Path, in_degrees: bool | None = None) -> RawLayer:
    """Return the features of a Shapefile, a zip of one, a GeoPackage or a KML file.

    Args:
        path: The file.
        in_degrees: Coordinates are longitude and latitude; None: as the file's own coordinate system says.

    Raises:
        LedgerFormatError: It is none of these, damaged, or too large.
        StorageError: It cannot be read.
    """
    content_of(path)  # told as what it is when it is not there
    if path.suffix.lower() != ".zip":
        return _read(path, path.name, in_degrees)
    with tempfile.TemporaryDirectory(prefix="gridapp-") as folder:
        return _read(_unpacked(path, Path(folder)), path.name, in_degrees)


def read_lines(path: Path) -> list[Any]:
    """Return the lines of a file GDAL reads, such as roads, and the borders of its areas; CGCS2000 degrees.

    Raises:
        LedgerFormatError: It cannot be read, or its coordinates are neither degrees nor of a system it names.
        StorageError: It is not there.
    """
    return [shape for _values, shape in read_line_rows(path)]


def read_line_rows(path: Path) -> list[tuple[dict[str, Any], Any]]:
    """Return the values and the line of each feature, as ``read_lines``; a zip of a Shapefile is read, too.

    Raises:
        LedgerFormatError: It cannot be read, or its coordinates are neither degrees nor of a system it names.
        StorageError: It is not there.
    """
    content_of(path)
    if path.suffix.lower() != ".zip":
        return _line_rows(path, path.name)
    with tempfile.TemporaryDirectory(prefix="gridapp-") as folder:
        return _line_rows(_unpacked(path, Path(folder)), path.name)


def _line_rows(path: Path, name: str) -> list[tuple[dict[str, Any], Any]]:
    import pyogrio.errors  # heavy: imported when first used
    import pyogrio.raw

    is_shapefile = path.suffix.lower() == ".shp"
    try:
        with quiet():
            meta, _numbers, outlines, columns = pyogrio.raw.read(
                path, encoding=_RAW if is_shapefile else None, force_2d=True
            )
        system = check_crs(declared_name(meta.get("crs")) or "CGCS2000")
        shapes = shapely.from_wkb(outlines)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.GeometryError, pyogrio.errors.FeatureError,
            shapely.GEOSException, ValueError, OSError, RuntimeError, ValidationError) as error:  # fmt: skip
        raise _damaged(name) from error
    names, values = [str(field) for field in meta["fields"]], [column.tolist() for column in columns]
    if is_shapefile:
        names, values, _encoding = _with_letters(path, names, values)
    found = []
    for place, shape in enumerate(shapes if shapes is not None else ()):
        if shape is None or shapely.is_empty(shape) or shape.geom_type.endswith("Point"):
            continue
        line = shape if shape.geom_type.endswith("LineString") else shapely.boundary(shape)
        row = {field: column[place] for field, column in zip(names, values, strict=True)}
        # A collection has no border, and a corner without a place leads nowhere.
        if line is not None and np.isfinite(shapely.get_coordinates(line)).all():
            found.append((row, shapely.transform(line, lambda points: to_cgcs2000(points, system))))
    return found


def _unpacked(path: Path, folder: Path) -> Path:
    """Unpack the one Shapefile of a zip under a name of our own; names inside may be of any encoding."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [entry for entry in archive.infolist() if Path(entry.filename).suffix.lower() in _PARTS]
            shapes = [entry for entry in inside if entry.filename.lower().endswith(".shp")]
            if len(shapes) != 1:
                raise LedgerFormatError(
                    _("{name} holds {count} Shapefiles. Put exactly one into the zip.").format(
                        name=path.name, count=len(shapes)
                    )
                )
            stem = shapes[0].filename[:-4].lower()
            for entry in inside:
                if entry.filename[:-4].lower() == stem:
                    if entry.file_size > MOST_BYTES:
                        raise LedgerFormatError(
                            _("{name} is too large for a boundary file. Cut it into parts by community.").format(
                                name=path.name
                            )
                        )
                    (folder / f"layer{Path(entry.filename).suffix.lower()}").write_bytes(archive.read(entry))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
        raise _damaged(path.name) from error
    return folder / "layer.shp"


def _read(path: Path, name: str, in_degrees: bool | None) -> RawLayer:
    import pyogrio  # heavy: imported when first used
    import pyogrio.errors
    import pyogrio.raw

    is_shapefile = path.suffix.lower() == ".shp"
    if is_shapefile and not path.with_suffix(".dbf").exists():
        raise LedgerFormatError(
            _("{name} came without its .dbf file, which holds the names. Ask for all files, best as a zip.").format(
                name=name
            )
        )
    try:
        with quiet():
            layers = () if is_shapefile else tuple(str(layer) for layer, _kind in pyogrio.list_layers(path))
            meta, _numbers, outlines, columns = pyogrio.raw.read(
                path, layer=layers[0] if layers else None, encoding=_RAW if is_shapefile else None, force_2d=True
            )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.FieldError, pyogrio.errors.GeometryError,
            pyogrio.errors.FeatureError, ValueError, OSError, RuntimeError) as error:  # fmt: skip
        raise _damaged(name) from error
    names, encoding = [str(field) for field in meta["fields"]], ""
    values: list[Sequence[Any]] = [column.tolist() for column in columns]
    if is_shapefile:
        names, values, encoding = _with_letters(path, names, values)
    declared = declared_name(meta.get("crs"))
    degrees = in_degrees if in_degrees is not None else not declared.startswith("EPSG:") or declared == "EPSG:4326"
    shapes = outlines if outlines is not None else np.full(len(values[0]) if values else 0, None)
    features = tuple(
        _feature(dict(zip(names, row, strict=True)), outline, degrees)
        for row, outline in zip(zip(*values, strict=True) if values else [()] * len(shapes), shapes, strict=True)
    )
    return RawLayer(features, encoding, declared, layers)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the remarks of GDAL out of the log: what matters is said about each feature."""
    logger = logging.getLogger("pyogrio")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _with_letters(
    path: Path, names: list[str], values: list[Sequence[Any]]
) -> tuple[list[str], list[Sequence[Any]], str]:
    """Return names and texts of a Shapefile in the encoding that every byte of them fits."""
    texts = [value for column in values for value in column if isinstance(value, str)]
    whole = [name for name in names if len(name) < NAME_BYTES]
    sample = "\n".join([*whole, *texts]).encode(_RAW, "replace")
    found = _declared_encoding(path, sample) or decoded(sample)
    encoding = found[1] if found is not None else _RAW
    codec = {"UTF-8": "utf-8", "GB18030": "gb18030"}.get(encoding, encoding)

    def read(value: Any) -> Any:
        return value.encode(_RAW, "replace").decode(codec, "replace") if isinstance(value, str) else value

    # A name cut after ten bytes may end inside a letter, which therefore tells nothing about the encoding.
    plain = [name.encode(_RAW, "replace").decode(codec, "ignore") for name in names]
    return plain, [[read(value) for value in column] for column in values], encoding


def _declared_encoding(path: Path, sample: bytes) -> tuple[str, str] | None:
    """Return the encoding that a .cpg or the table's own mark names, if every byte fits it."""
    mark = ""
    named = path.with_suffix(".cpg")
    if named.exists():
        mark = named.read_text("ascii", "ignore").strip()
    elif (table := path.with_suffix(".dbf")).exists():
        with table.open("rb") as file:
            mark = {0x4D: "gb18030", 0x4E: "cp949", 0x4F: "big5", 0x13: "cp932"}.get(file.read(30)[29:30][0], "")
    codec = {"936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030"}.get(mark.lower(), mark)
    try:
        return (sample.decode(codec), codec.upper()) if codec else None
    except (LookupError, UnicodeDecodeError):
        return None


def declared_name(wkt: str | None) -> str:
    """Return the name by which ``check_crs`` takes a coordinate system, else the file's own words, "" for none."""
    if not wkt:
        return ""
    import pyproj  # heavy: imported when first used

    try:
        system = pyproj.CRS.from_user_input(wkt)
    except pyproj.exceptions.CRSError:
        return wkt[:80]
    code = system.to_epsg(min_confidence=60)
    if code in (4326, 4490):
        return "WGS84" if code == 4326 else "CGCS2000"
    return f"EPSG:{code}" if code else str(system.name)


def _feature(properties: dict[str, Any], outline: bytes | None, in_degrees: bool) -> RawFeature:
    try:
        shape = None if outline is None else shapely.from_wkb(outline)
        return RawFeature(properties, checked(shape, in_degrees))
    except shapely.GEOSException:
        return RawFeature(properties, None, _("Its outline is damaged: a coordinate is not a pair of numbers."))
    except ValidationError as error:
        return RawFeature(properties, None, str(error))


def _damaged(name: str) -> LedgerFormatError:
    sentence = _("{name} is damaged or is no file of boundaries. Ask for it again, as GeoJSON or GeoPackage.")
    return LedgerFormatError(sentence.format(name=name))
