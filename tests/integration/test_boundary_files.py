"""Outlines in and out, in every form and coordinate system; files as they come; files that are something else."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import sqlite3
import zipfile
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyogrio.raw
import pytest
import shapely

from gridapp.db.database import Database
from gridapp.db.queries.places import list_grids
from gridapp.domain.handout import Handout, HandoutKind, Stamp
from gridapp.errors import LedgerFormatError, StorageError, ValidationError
from gridapp.geo.boundary import settled
from gridapp.geo.boundary_file import read_boundary_file
from gridapp.geo.crs import from_cgcs2000
from gridapp.geo.editing.coverage import Coverage
from gridapp.geo.editing.standing import Standing
from gridapp.geo.files.writing import OutlineRow, write_outlines
from gridapp.geo.local_frame import LocalFrame
from gridapp.services.boundaries import (
    check_boundaries,
    export_boundaries,
    fits_of,
    import_boundaries,
    write_boundaries,
)
from gridapp.services.handing_out import hand_out_file
from tests.coverages import read_shapes
from tests.factories import plain_database
from tests.ground import CODES, DAY, filled, square

FORMS = ("geojson", "shp", "zip", "gpkg", "kml", "csv")
SYSTEMS = ("CGCS2000", "GCJ-02", "BD-09", "EPSG:4526", "EPSG:4547")
NAMES = ("荔湾区第一网格", "第二网格（专属）", "䶮溪网格", "第四网格")


@pytest.fixture
def one(tmp_path: Path) -> Any:
    """A file with the four grids; one engine is enough for what happens to files."""
    database = plain_database(tmp_path)
    yield filled(database)
    database.close()


def written(path: Path, *shapes: Any, codes: tuple[str, ...] = CODES) -> Path:
    features = [
        {"type": "Feature", "properties": {"code": code, "name": name},
         "geometry": json.loads(shapely.to_geojson(shape))}
        for code, name, shape in zip(codes, NAMES, shapes, strict=False)
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    return path


def squares() -> list[Any]:
    return [shapely.geometry.shape(square(place % 2, place // 2)) for place in range(4)]


def shapefile(path: Path, encoding: str, cpg: str | None = None, names: tuple[str, ...] = NAMES) -> Path:
    """Write a Shapefile in some encoding, with the .cpg given or none."""
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array(squares(), dtype=object)),
        [np.array(CODES, dtype=object), np.array(names, dtype=object)],
        np.array(["编码", "名称"], dtype=object), driver="ESRI Shapefile", geometry_type="Polygon",
        encoding=encoding, crs="EPSG:4490",
    )  # fmt: skip
    path.with_suffix(".cpg").unlink(missing_ok=True)
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[29] = 0
    for short, long in (("编码", "网格编码"), ("名称", "网格名称")):  # cut after ten bytes, as other programs do
        table = table.replace(short.encode(encoding).ljust(11, b"\0"), long.encode(encoding)[:10].ljust(11, b"\0"))
    path.with_suffix(".dbf").write_bytes(table)
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    return path


def said_in(path: Path) -> str:
    """Return what a file of outlines says about itself, read by other programs' ways."""
    form = path.suffix
    if form == ".geojson":
        return str(json.loads(path.read_text("utf-8"))["description"])
    if form == ".csv":
        return list(csv.reader(path.read_text("utf-8-sig").splitlines()))[-1][0].removeprefix("# GridApp: ")
    if form == ".kml":
        kml = "{http://www.opengis.net/kml/2.2}"
        return str(ElementTree.parse(path).getroot().find(f"{kml}Document/{kml}description").text)  # type: ignore[union-attr]
    if form == ".gpkg":
        with closing(sqlite3.connect(path)) as connection:
            return str(connection.execute("SELECT description FROM gpkg_contents").fetchone()[0])
    if form == ".zip":
        with zipfile.ZipFile(path) as archive:
            return archive.read(f"{path.stem}.txt").decode().strip()
    return path.with_suffix(".txt").read_text("utf-8").strip()


def test_every_part_of_a_shapefile_leaves(one: Database, tmp_path: Path) -> None:
    path = tmp_path / "网格.shp"
    handout = Handout(HandoutKind.BOUNDARIES, "Grids", "Planning", 0)
    assert hand_out_file(one, handout, path, "x", partial(write_boundaries, one, DAY, "CGCS2000", None)) == 4
    assert {part.suffix for part in tmp_path.glob("网格.*")} >= {".shp", ".shx", ".dbf", ".prj", ".txt"}
    assert [grid.name for grid in check_boundaries(path, "CGCS2000").grids] == [
        row.name for row in one.fetch(list_grids, DAY)
    ]
    assert "Planning" in said_in(path)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("crs", SYSTEMS)
def test_out_and_in_again(one: Database, tmp_path: Path, form: str, crs: str) -> None:
    """Every form carries codes, names, kinds and places, to a millimetre, in every system."""
    path = tmp_path / f"网格.{form}"
    if form == "kml" and crs.startswith("EPSG"):
        with pytest.raises(ValidationError, match="degrees only"):
            export_boundaries(one, path, DAY, crs)
        return
    taken = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)
    stamp = Stamp("王主任", taken, 'Plan <"b"> & ]]> 规划', "7-0123-4567-89ab-cdef")
    assert export_boundaries(one, path, DAY, crs, stamp=stamp) == 4
    assert stamp.line.endswith(" · Log 7-0123-4567-89ab-cdef") and stamp.line in said_in(path)
    report = check_boundaries(path, crs)
    assert (report.refusals, report.overlaps, report.gaps, report.duplicates) == ((), (), (), ())
    stored = {row.code: shapely.from_wkb(row.boundary) for row in one.fetch(list_grids, DAY)}
    frame = LocalFrame(104.5, 39.2)
    for grid in report.grids:
        again = shapely.from_wkb(grid.outline)
        apart = shapely.hausdorff_distance(
            shapely.transform(again, frame.to_metres), shapely.transform(stored[grid.code], frame.to_metres)
        )
        assert apart < 0.003
        assert grid.name.startswith("第")
        assert grid.community_name == "示例社区"


@pytest.mark.parametrize("form", [".geojson", ".shp", ".zip", ".gpkg", ".kml", ".csv"])
def test_islands_and_holes_go_out_and_in(tmp_path: Path, form: str) -> None:
    square, yard = shapely.box(104.0, 39.0, 104.01, 39.01), shapely.box(104.004, 39.004, 104.006, 39.006)
    islands = shapely.MultiPolygon([shapely.box(west, 39.0, west + 0.005, 39.01) for west in (104.02, 104.03, 104.04)])
    shapes = [shapely.difference(square, yard), yard, islands]
    rows = [OutlineRow(f"99010100100100{number}", f"第{number}网格", "basic", "示例社区", 1.0, shape)
            for number, shape in enumerate(shapes)]  # fmt: skip
    path = tmp_path / f"grids{form}"
    write_outlines(path, rows, "CGCS2000")
    found = {one.code: one for one in read_boundary_file(path).outlines}
    assert [found[row.code].name for row in rows] == [row.name for row in rows]
    for row in rows:
        read, given = (settled(shape)[0] for shape in (found[row.code].shape, row.shape))
        assert shapely.equals(read, given)


@pytest.mark.parametrize(
    ("encoding", "cpg", "found"),
    [("GBK", None, "GB18030"), ("UTF-8", None, "UTF-8"), ("GBK", "GBK", "GB18030"), ("UTF-8", "UTF-8", "UTF-8"),
     ("GBK", "UTF-8", "GB18030"), ("UTF-8", "nonsense", "UTF-8")],
)  # fmt: skip
def test_names_of_a_shapefile_are_read_whatever_it_says(
    tmp_path: Path, encoding: str, cpg: str | None, found: str
) -> None:
    names = tuple(name.replace("䶮", "龙") for name in NAMES)
    report = check_boundaries(shapefile(tmp_path / "a.shp", encoding, cpg, names))
    assert (report.encoding, report.names, report.refusals) == (found, names, ())
    assert report.declared == "CGCS2000"


def test_a_zip_with_a_folder_and_chinese_file_names(tmp_path: Path) -> None:
    shapefile(tmp_path / "a.shp", "GBK", names=("一", "二", "三", "四"))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for suffix in (".shp", ".shx", ".dbf", ".prj"):
            archive.write(tmp_path / f"a{suffix}", f"网格数据/../../社区{suffix}")
    assert len(check_boundaries(tmp_path / "a.zip").grids) == 4
    assert not (tmp_path.parent / "社区.shp").exists()


@pytest.mark.parametrize("text", [
    "117.1,36.6;117.2,36.6;117.2,36.7", "[[117.1,36.6],[117.2,36.6],[117.2,36.7],[117.1,36.6]]",
    "117.1 36.6|117.2 36.6|117.2 36.7", "117.1，36.6；117.2，36.6；117.2，36.7",
    "(117.1,36.6),(117.2,36.6),(117.2,36.7)",
    "POLYGON ((117.1 36.6, 117.2 36.6, 117.2 36.7, 117.1 36.6))",
    "SRID=4490;POLYGON Z ((117.1 36.6 1, 117.2 36.6 1, 117.2 36.7 1, 117.1 36.6 1))",
    '{"type":"Polygon","coordinates":[[[117.1,36.6],[117.2,36.6],[117.2,36.7]]]}',
])  # fmt: skip
def test_borders_as_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "grids.csv"
    path.write_text(f'网格编码,网格名称,边界\n{CODES[0]},一,"{text.replace(chr(34), chr(34) * 2)}"\n', "gb18030")
    report = check_boundaries(path)
    assert report.refusals == ()
    assert report.encoding == "GB18030"
    assert shapely.from_wkb(report.grids[0].outline).bounds == (117.1, 36.6, 117.2, 36.7)


@pytest.mark.parametrize("text", ["见附图", "117.1,36.6,117.2", "POLYGON ((", "117.1,36.6", "", "{", "POINT (1 2)"])
def test_border_texts_that_are_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "grids.csv"
    path.write_text(f'code,wkt\n{CODES[0]},"{text}"\n', "utf-8")
    report = check_boundaries(path)
    assert len(report.refusals) == 1
    assert report.refusals[0].sentence


def test_a_corner_a_row_in_either_order_of_columns(tmp_path: Path) -> None:
    path = tmp_path / "corners.csv"
    corners = [(117.1, 36.6), (117.2, 36.6), (117.2, 36.7)]
    rows = [f"{CODES[0]},一,{lat},{lon}" for lon, lat in corners] + [f"{CODES[1]},二,x,117"]
    path.write_text("\n".join(["网格编码,网格名称,纬度,经度", *rows]), "utf-8-sig")
    report = check_boundaries(path)
    assert [grid.name for grid in report.grids] == ["一"]
    assert [refusal.label for refusal in report.refusals] == ["二"]


@pytest.mark.parametrize(("crs", "swapped"), [("CGCS2000", False), ("GCJ-02", False), ("BD-09", False),
                                              ("CGCS2000", True), ("EPSG:4544", False)])  # fmt: skip
def test_which_system_fits_is_told_by_known_ground(one: Database, tmp_path: Path, crs: str, swapped: bool) -> None:
    def given(points: Any) -> Any:
        moved = from_cgcs2000(points, crs)
        return moved[:, ::-1] if swapped else moved

    path = tmp_path / "grids.csv"
    cells = [f'{code},"{shapely.to_wkt(shapely.transform(shape, given), rounding_precision=-1)}"'
             for code, shape in zip(CODES, squares(), strict=True)]  # fmt: skip
    path.write_text("\n".join(["code,wkt", *cells]), "utf-8")
    best = fits_of(one, path)[0]
    assert best.clear
    assert best.swapped == swapped
    assert best.share == 1
    assert best.crs == crs


def test_nothing_known_fits_nothing(tmp_path: Path) -> None:
    database = plain_database(tmp_path)
    assert fits_of(database, written(tmp_path / "a.geojson", *squares())) == []
    database.close()


def test_the_report_names_duplicates_slivers_and_clashes_with_their_ground(tmp_path: Path) -> None:
    first, second, third, _fourth = squares()
    sliver = shapely.Polygon([(104.502, 39.2), (104.502004, 39.2), (104.502004, 39.202), (104.502, 39.202)])
    path = written(tmp_path / "a.geojson", first, first, shapely.MultiPolygon([third, sliver]), second)
    text = path.read_text("utf-8").replace(NAMES[3], NAMES[0])
    path.write_text(text, "utf-8")
    report = check_boundaries(path)
    assert report.duplicates == ((CODES[0], CODES[1]),)
    assert [one.code for one in report.slivers] == [CODES[2]]
    assert [(one.name, one.codes) for one in report.clashes] == [(NAMES[0], (CODES[0], CODES[3]))]
    assert shapely.from_wkb(report.overlaps[0].outline).area > 0
    assert report.far_away == ()


def test_what_the_editor_would_find_is_in_the_report(tmp_path: Path) -> None:
    first, second, third, fourth = squares()
    assert check_boundaries(written(tmp_path / "a.geojson", first, second, third, fourth)).misfits == ()
    ring = list(second.exterior.coords)
    more = [shapely.Polygon([*ring[: at + 1], ((x + x2) / 2, (y + y2) / 2), *ring[at + 1 :]])
            for at, ((x, y), (x2, y2)) in enumerate(itertools.pairwise(ring))]  # fmt: skip
    reports = [check_boundaries(written(tmp_path / "b.geojson", first, one, third, fourth)) for one in more]
    assert any(CODES[1] in report.misfits for report in reports)
    for report in reports:
        stored = {grid.code: grid.outline for grid in report.grids}
        faults = {id for one in Standing.of(Coverage.from_degrees(stored)).problems if one.is_fault for id in one.ids}
        assert set(report.misfits) == faults and not report.overlaps and not report.gaps


def test_cleaning_says_what_it_changes_and_stores_it_only_when_accepted(one: Database, tmp_path: Path) -> None:
    first, second, third, fourth = squares()
    wide = shapely.box(104.5, 39.2, 104.50101, 39.201)  # 0.9 m into its neighbour
    slit = shapely.box(104.501, 39.2013, 104.501005, 39.2016)  # 0.4 m between the upper two
    path = written(tmp_path / "a.geojson", wide, second, third, shapely.difference(fourth, slit))
    plain = check_boundaries(path)
    assert (len(plain.overlaps), len(plain.gaps), plain.cleaned) == (1, 1, ())
    report = check_boundaries(path, clean=True)
    assert (report.overlaps, report.gaps) == ((), ())
    contested = report.contested[0]
    assert {contested.first, contested.second} == {CODES[0], CODES[1]}
    assert contested.winner in (CODES[0], CODES[1])
    assert contested.area == pytest.approx(96, rel=0.02)
    won = {change.code: change.after - change.before for change in report.cleaned}
    assert sum(won.values()) == pytest.approx(plain.gaps[0].area - contested.area, abs=0.1)
    import_boundaries(one, path, DAY, "tester", clean=True)
    shapes = [shapely.from_wkb(row.boundary) for row in one.fetch(list_grids, DAY)]
    assert shapely.coverage_is_valid(np.array(shapes, dtype=object))


SPIRAL = [[104.5 + turn * 1e-5 * np.cos(turn / 3), 39.2 + turn * 1e-5 * np.sin(turn / 3)] for turn in range(200)]


@pytest.mark.parametrize(
    ("geometry", "accepted"),
    [
        ({"type": "Polygon", "coordinates": [[[104.5, 39.2], [104.51, 39.21], [104.51, 39.2], [104.5, 39.21]]]}, True),
        ({"type": "Polygon", "coordinates": [SPIRAL]}, True),
        ({"type": "Polygon", "coordinates": [square(0, 0)["coordinates"][0][::-1]]}, True),
        ({"type": "Polygon", "coordinates": [[[*point, 8.5] for point in square(0, 0)["coordinates"][0]]]}, True),
        ({"type": "Polygon", "coordinates": [[[39.2, 104.5], [39.21, 104.5], [39.21, 104.51]]]}, False),
        ({"type": "Polygon", "coordinates": [[[179.9, 39.2], [-179.9, 39.2], [-179.9, 39.3], [179.9, 39.3]]]}, False),
        ({"type": "Polygon", "coordinates": [[[104.5, 39.2], [104.5, 39.2], [104.5, 39.2], [104.5, 39.2]]]}, False),
        ({"type": "Point", "coordinates": [104.5, 39.2]}, False),
        ({"type": "GeometryCollection", "geometries": []}, False),
        (None, False),
    ],
)
def test_strange_outlines_are_put_right_or_told(tmp_path: Path, geometry: Any, accepted: bool) -> None:
    path = tmp_path / "a.geojson"
    feature = {"type": "Feature", "properties": {"code": CODES[0]}, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    report = check_boundaries(path)
    assert (len(report.grids), len(report.refusals)) == (int(accepted), int(not accepted))
    for grid in report.grids:
        shape = shapely.from_wkb(grid.outline)
        assert shape.is_valid
        assert not shape.has_z
    assert all(refusal.sentence for refusal in report.refusals)


def test_a_million_corners_are_refused(tmp_path: Path) -> None:
    turns = np.linspace(0, 2 * np.pi, 1_000_000)
    circle = shapely.Polygon(np.column_stack([104.5 + np.cos(turns) / 100, 39.2 + np.sin(turns) / 100]))
    path = tmp_path / "a.gpkg"
    pyogrio.raw.write(path, shapely.to_wkb(np.array([circle])), [np.array(CODES[:1], dtype=object)],
                      np.array(["code"], dtype=object), driver="GPKG", geometry_type="Polygon",
                      crs="EPSG:4490")  # fmt: skip
    assert "200,000" in check_boundaries(path).refusals[0].sentence


def test_points_where_areas_are_wanted(tmp_path: Path) -> None:
    path = tmp_path / "points.shp"
    pyogrio.raw.write(path, shapely.to_wkb(np.array([shapely.Point(104.5, 39.2)])), [np.array(CODES[:1], dtype=object)],
                      np.array(["code"], dtype=object), driver="ESRI Shapefile", geometry_type="Point",
                      crs="EPSG:4490")  # fmt: skip
    report = check_boundaries(path)
    assert not report.grids
    assert "Point" in report.refusals[0].sentence


@pytest.mark.parametrize("form", ["shp", "zip", "gpkg", "kml", "csv", "geojson"])
@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x00\xff" * 500, b"PK\x03\x04broken"])
def test_files_that_are_something_else(one: Database, tmp_path: Path, form: str, content: bytes) -> None:
    path = tmp_path / f"a.{form}"
    path.write_bytes(content)
    if form == "shp":
        path.with_suffix(".dbf").write_bytes(content)
    before = one.fetch(list_grids, DAY)
    with pytest.raises(LedgerFormatError):
        import_boundaries(one, path, DAY, "tester")
    assert one.fetch(list_grids, DAY) == before


def test_more_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"none\.shp"):
        check_boundaries(tmp_path / "none.shp")
    shapefile(tmp_path / "a.shp", "UTF-8")
    (tmp_path / "a.dbf").unlink()
    with pytest.raises(LedgerFormatError, match=r"\.dbf"):
        check_boundaries(tmp_path / "a.shp")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("readme.txt", "no shapes")
    with pytest.raises(LedgerFormatError, match="0 Shapefiles"):
        check_boundaries(tmp_path / "empty.zip")
    (tmp_path / "none.csv").write_text("a,b\n1,2\n")
    with pytest.raises(LedgerFormatError, match="边界"):
        check_boundaries(tmp_path / "none.csv")
    (tmp_path / "keys.csv").write_text("lng,lat\n1,2\n")
    with pytest.raises(LedgerFormatError, match="whose"):
        check_boundaries(tmp_path / "keys.csv")


def test_exports_that_cannot_be(one: Database, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="xlsx"):
        export_boundaries(one, tmp_path / "a.xlsx", DAY)
    with pytest.raises(ValidationError, match="coordinate system"):
        export_boundaries(one, tmp_path / "a.csv", DAY, "Beijing 54")
    with pytest.raises(ValidationError, match="No grid"):
        export_boundaries(one, tmp_path / "a.csv", dt.date(2020, 1, 1))
    with pytest.raises(StorageError):
        export_boundaries(one, tmp_path / "missing" / "a.geojson", DAY)
    with pytest.raises(StorageError):
        export_boundaries(one, tmp_path / "missing" / "a.gpkg", DAY)
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("plain")) == []


def test_real_polygons_come_in_and_are_reported(tmp_path: Path) -> None:
    from tests.coverages import REAL

    shapes = read_shapes(REAL)
    codes = tuple(f"990101001001{place:03d}" for place in range(1, 59))
    features = [
        {"type": "Feature", "properties": {"code": code}, "geometry": json.loads(shapely.to_geojson(shape))}
        for code, shape in zip(codes, shapes, strict=True)
    ]
    path = tmp_path / "real.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    report = check_boundaries(path, clean=True)
    assert (len(report.grids), report.refusals, report.overlaps, report.gaps) == (58, (), (), ())
    assert len(report.far_away) == 58
