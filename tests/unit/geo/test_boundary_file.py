"""Boundary files as offices send them, and what is said about those that cannot be taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gridapp.errors import LedgerFormatError, StorageError
from gridapp.geo.boundary_file import GridOutline, Refusal, read_boundary_file
from gridapp.geo.files import geojson, shapes

RING = [[104.5, 39.2], [104.51, 39.2], [104.51, 39.21], [104.5, 39.21], [104.5, 39.2]]
CODE = "990101001001001"


def feature(geometry: Any = None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties,
            "geometry": geometry or {"type": "Polygon", "coordinates": [RING]}}


def written(path: Path, *features: Any, encoding: str = "utf-8") -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "grids.geojson"


def read(path: Path) -> tuple[tuple[GridOutline, ...], tuple[Refusal, ...]]:
    found = read_boundary_file(path)
    return found.outlines, found.refusals


def refusal(file: Path, *features: Any) -> str:
    outlines, refusals = read(written(file, *features))
    assert len(refusals) == 1
    assert refusals[0].number == len(features)
    return refusals[0].sentence


def test_properties_under_many_names_and_encodings(file: Path) -> None:
    features = [
        feature(code=CODE, name="一"),
        feature(网格编码=990101001001002, 网格名称="二", 网格类型="专属网格", 所属社区="幸福社区"),
        feature(Grid_Code=990101001001003.0, WGMC="三"),
    ]
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        outlines, refusals = read(written(file, *features, encoding=encoding))
        assert not refusals
        assert [outline.code[-1] for outline in outlines] == ["1", "2", "3"]
        assert [outline.name for outline in outlines] == ["一", "二", "三"]
        assert [outline.kind for outline in outlines] == ["basic", "dedicated", "basic"]
        assert outlines[1].community == "幸福社区"


def test_height_is_dropped_and_open_rings_are_closed(file: Path) -> None:
    geometry = {"type": "Polygon", "coordinates": [[[*point, 12.5] for point in RING[:-1]]]}
    outlines, refusals = read(written(file, feature(geometry, code=CODE)))
    assert not refusals
    assert list(outlines[0].shape.exterior.coords) == [tuple(point) for point in RING]


def test_a_multipolygon_with_a_hole(file: Path) -> None:
    hole = [[104.502, 39.202], [104.503, 39.202], [104.503, 39.203], [104.502, 39.202]]
    far = [[x + 0.1, y] for x, y in RING]
    geometry = {"type": "MultiPolygon", "coordinates": [[RING, hole], [far]]}
    outlines, _refusals = read(written(file, feature(geometry, code=CODE)))
    assert len(outlines[0].shape.geoms) == 2
    assert len(outlines[0].shape.geoms[0].interiors) == 1


@pytest.mark.parametrize(
    ("geometry", "field"),
    [
        ({"type": "Point", "coordinates": [104.5, 39.2]}, "Point"),
        ({"type": "LineString", "coordinates": RING}, "LineString"),
        ({"type": "Polygon", "coordinates": []}, ""),
        ({"type": "Polygon", "coordinates": [RING[:2]]}, ""),
        ({"type": "Polygon", "coordinates": [[["a", "b"], *RING]]}, ""),
        ({"type": "Polygon", "coordinates": [[[float("nan"), 39.2], *RING]]}, "NaN"),
        ({"type": "Polygon", "coordinates": [[[x * 100_000, y * 100_000] for x, y in RING]]}, "10450000"),
        ({"type": "Polygon", "coordinates": 7}, ""),
        ({"type": "Polygon", "coordinates": [[[True, False], *RING]]}, ""),
        (["not", "a", "geometry"], ""),
    ],
)
def test_outlines_that_cannot_be_taken(file: Path, geometry: Any, field: str) -> None:
    sentence = refusal(file, feature(code="990101001001009"), feature(geometry, code=CODE))
    assert field in sentence
    assert sentence


def test_too_many_vertices(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MOST_VERTICES", 4)
    assert "4" in refusal(file, feature(code=CODE))


@pytest.mark.parametrize("code", ["", "12", "99010100100100x", "９９０１０１００１００１００１", None, True, 1.5])
def test_codes_that_are_none(file: Path, code: Any) -> None:
    assert "15" in refusal(file, feature(code=code))


def test_a_code_twice_names_both_places(file: Path) -> None:
    sentence = refusal(file, feature(code=CODE), feature(code=CODE))
    assert CODE in sentence


def test_an_unknown_kind(file: Path) -> None:
    assert "圆形" in refusal(file, feature(code=CODE, kind="圆形"))


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"type": "FeatureCollection"}', "[" * 100_000])
def test_files_that_are_something_else(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(LedgerFormatError, match=r"grids\.geojson"):
        read_boundary_file(file)


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "x", "features": []}', '{"features": [1, 2 ,{"a": [3]}], "b": {"features": [9]}}',
        '{"crs": {"p": {}}, "features" : [ {"x": "]"} ] }', '{"features": [1,]}', '{"features": [1',
        '{"m": {"features": [1, 2]}, "features": []}', '{"features": [1], "features": [2]}', '{"features": [1] x', "",
    ],
)  # fmt: skip
def test_a_long_document_read_one_by_one_is_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(parse: Any) -> Any:
        try:
            return parse(text)
        except ValueError:
            return ValueError

    monkeypatch.setattr(geojson, "LONG_TEXT", -1)
    assert read(geojson.parsed) == read(json.loads)


def test_bytes_of_no_encoding(file: Path) -> None:
    file.write_bytes(b"\xff\xff\x00\x80\xff")
    with pytest.raises(LedgerFormatError):
        read_boundary_file(file)


def test_a_file_without_features(file: Path) -> None:
    with pytest.raises(LedgerFormatError):
        read_boundary_file(written(file))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"none\.geojson"):
        read_boundary_file(tmp_path / "none.geojson")
