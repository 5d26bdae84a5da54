"""Hostile map files and backups: Shapefiles, zips of them, GeoPackages, KML, and copies of the database."""

from __future__ import annotations

import math
import random
import shutil
import sqlite3
import struct
import zipfile
from pathlib import Path
from unittest import mock

import shapely
from isal import isal_zlib

from gridapp.geo.files.writing import OutlineRow, write_outlines
from tests.factories import COMMUNITY, GRIDS
from tests.hostile.odd import ODD_TEXTS, Maker

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_PLACEMARK = (
    "<Placemark><name>{name}</name><ExtendedData><Data name='code'><value>{code}</value></Data></ExtendedData>"
    "<Polygon><outerBoundaryIs><LinearRing><coordinates>{corners}</coordinates></LinearRing></outerBoundaryIs>"
    "</Polygon></Placemark>"
)


def whole(path: Path, chance: random.Random) -> None:
    """A file that is right but for the names of its grids."""
    texts = [text for text in ODD_TEXTS if "\x00" not in text and "\ud800" not in text and len(text) < 1000]
    rows = [
        OutlineRow(code, chance.choice(texts), "basic", COMMUNITY, 1e6,
                   shapely.box(117 + number / 100, 36, 117.01 + number / 100, 36.01))
        for number, code in enumerate(GRIDS)
    ]  # fmt: skip
    write_outlines(path, rows, "CGCS2000")


def _bent(raw: bytes, chance: random.Random) -> bytes:
    bent = bytearray(raw)
    for _turn in range(chance.choice((0, 1, 3, 20))):
        bent[chance.randrange(len(bent))] = chance.randrange(256)
    return bytes(bent[: chance.randrange(1, len(bent) + 1)] if chance.random() < 0.2 else bent)


def zipped_shapes(chance: random.Random, path: Path) -> None:
    """A zip of a Shapefile whose parts are damaged or missing."""
    whole(path, chance)
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, raw in parts.items():
            if chance.random() > 0.05:
                new.writestr(name, _bent(raw, chance))


def geopackage(chance: random.Random, path: Path) -> None:
    """A GeoPackage with damaged bytes."""
    whole(path, chance)
    path.write_bytes(_bent(path.read_bytes(), chance))


def kml(chance: random.Random, path: Path) -> None:
    """A KML with damaged bytes."""
    whole(path, chance)
    path.write_bytes(_bent(path.read_bytes(), chance))


def backup(chance: random.Random, path: Path) -> None:
    """A backup with damaged bytes."""
    shutil.copy(path.with_name("own.db"), path)
    path.write_bytes(_bent(path.read_bytes(), chance))


# ---- bombs -----------------------------------------------------------------------------------------------------------


def shape_bomb(chance: random.Random, path: Path) -> None:
    """A Shapefile of gigabytes in a zip of kilobytes, packed in a third of a second."""
    quick = mock.patch.multiple(zipfile, zlib=isal_zlib, crc32=isal_zlib.crc32)
    with quick, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for ending in ("shp", "shx", "dbf"):
            with archive.open(f"a.{ending}", "w", force_zip64=True) as part:
                for _turn in range(1500):
                    part.write(bytes(1_000_000))


def shape_elsewhere(chance: random.Random, path: Path) -> None:
    """A zip whose Shapefile wants to lie elsewhere."""
    whole(path, chance)
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w") as new:
        for name, raw in parts.items():
            new.writestr(f"../../../outside{Path(name).suffix}", raw)


def billion_points(chance: random.Random, path: Path) -> None:
    """A Shapefile whose one polygon claims a billion corners, and whose table claims four billion rows."""
    whole(path, chance)
    with zipfile.ZipFile(path) as old:
        parts = {name: bytearray(old.read(name)) for name in old.namelist()}
    for name, raw in parts.items():
        if name.endswith(".shp"):
            raw[108 + 36 : 108 + 44] = struct.pack("<ii", 1, 1_000_000_000)
        elif name.endswith(".dbf"):
            raw[4:8] = b"\xff\xff\xff\xff"
    with zipfile.ZipFile(path, "w") as new:
        for name, raw in parts.items():
            new.writestr(name, bytes(raw))


def many_kml_corners(chance: random.Random, path: Path) -> None:
    """A KML outline of a million corners."""
    corners = [
        f"{117 + math.cos(n / 1e6 * math.tau) / 100:.9f},{36 + math.sin(n / 1e6 * math.tau) / 100:.9f},0"
        for n in range(1_000_000)
    ]
    _write_kml(path, "一", " ".join([*corners, corners[0]]))


def kml_entities(chance: random.Random, path: Path) -> None:
    """A KML whose entities multiply."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    _write_kml(path, "&e11;", "117,36 117.01,36 117.01,36.01 117,36", f'<!DOCTYPE x [<!ENTITY e0 "哈哈">{entities}]>')


def kml_outside(chance: random.Random, path: Path) -> None:
    """A KML that asks for a file of the computer, and for one of the net."""
    doctype = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    link = "<NetworkLink><Link><href>http://127.0.0.1:9/a.kml</href></Link></NetworkLink>"
    _write_kml(path, "&f;", "117,36 117.01,36 117.01,36.01 117,36", doctype, link)


def deep_kml(chance: random.Random, path: Path) -> None:
    """A KML nested without end."""
    path.write_text(_HEAD + "<kml>" + "<Folder>" * 300_000, encoding="utf-8")


def rows_without_end(chance: random.Random, path: Path) -> None:
    """A GeoPackage whose layer is a view that never ends, with SQL for a name and a trigger on reading."""
    whole(path, chance)
    with sqlite3.connect(path) as book:
        table = book.execute("SELECT table_name FROM gpkg_contents").fetchone()[0]
        columns = [row[1] for row in book.execute(f'PRAGMA table_info("{table}")')]
        book.execute("PRAGMA writable_schema = ON")
        for (trigger,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            book.execute(f'DROP TRIGGER "{trigger}"')
        book.execute(f'ALTER TABLE "{table}" RENAME TO kept')
        listed = ", ".join(f'kept."{name}"' for name in columns[1:])
        book.execute(
            f'CREATE VIEW "{table}" AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n '
            f'WHERE i < 1000000000) SELECT n.i AS "{columns[0]}", {listed} FROM n, kept'
        )
    book.close()


def foreign_backup(chance: random.Random, path: Path) -> None:
    """A backup that is some other database, with triggers of its own."""
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE resident (id, name)")
        other.execute("CREATE TRIGGER t AFTER INSERT ON resident BEGIN DELETE FROM resident; END")
    other.close()


def own_backup_with_triggers(chance: random.Random, path: Path) -> None:
    """A backup of our own form whose triggers take away what is written."""
    shutil.copy(path.with_name("own.db"), path)
    with sqlite3.connect(path) as copy:
        copy.execute("CREATE TRIGGER mine AFTER INSERT ON visit BEGIN DELETE FROM visit; END")
    copy.close()


def endless_backup(chance: random.Random, path: Path) -> None:
    """A backup that claims to be terabytes."""
    shutil.copy(path.with_name("own.db"), path)
    with path.open("r+b") as file:
        file.seek(28)
        file.write(b"\x7f\xff\xff\xff")
        file.truncate(1 << 36)


def _write_kml(path: Path, name: str, corners: str, doctype: str = "", more: str = "") -> None:
    mark = _PLACEMARK.format(name=name, code=GRIDS[0], corners=corners)
    document = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{more}{mark}</Document></kml>'
    path.write_text(_HEAD + doctype + document, encoding="utf-8")


MAP_FUZZERS: dict[str, tuple[str, Maker]] = {
    "shapes": ("grids.zip", zipped_shapes), "GeoPackage": ("grids.gpkg", geopackage), "KML": ("grids.kml", kml),
    "backup": ("own.bak", backup),
}  # fmt: skip
MAP_BOMBS: dict[str, tuple[str, Maker]] = {
    "shape bomb": ("grids.zip", shape_bomb), "shape elsewhere": ("grids.zip", shape_elsewhere),
    "billion points": ("grids.zip", billion_points), "many KML corners": ("grids.kml", many_kml_corners),
    "KML entities": ("grids.kml", kml_entities), "KML outside": ("grids.kml", kml_outside),
    "deep KML": ("grids.kml", deep_kml), "endless rows": ("grids.gpkg", rows_without_end),
    "foreign backup": ("own.bak", foreign_backup), "backup with triggers": ("own.bak", own_backup_with_triggers),
    "endless backup": ("own.bak", endless_backup),
}  # fmt: skip
