"""What the lines of a file are: roads worth being a border, roads, and what nobody crosses without one."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pyogrio.raw
import pytest
import shapely

from gridapp.errors import LedgerFormatError, ValidationError
from gridapp.geo.files.roads import rank_of, read_roads


@pytest.mark.parametrize(
    ("values", "rank"),
    [
        ({"highway": "primary"}, "main"), ({"highway": "residential"}, "minor"), ({"highway": "motorway"}, "barrier"),
        ({"railway": "rail"}, "barrier"), ({"waterway": "river"}, "barrier"), ({"waterway": "ditch"}, "minor"),
        ({"highway": "footway", "railway": None}, "minor"), ({"fclass": "Secondary "}, "main"),
        ({"道路等级": "城市主干路"}, "main"), ({"等级": "支路"}, "minor"), ({"类型": "高速公路"}, "barrier"),
        ({"类型": "铁路"}, "barrier"), ({"name": "主干路"}, "minor"), ({}, "minor"), ({"type": 3}, "minor"),
    ],
)  # fmt: skip
def test_the_rank_of_a_line_is_in_its_values(values: dict[str, object], rank: str) -> None:
    assert rank_of(values) == rank


def shapefile(path: Path) -> Path:
    """Roads with Chinese ranks in GBK, without a .cpg."""
    lines = np.array([shapely.LineString([(104.0, 39.0), (104.1, y)]) for y in (39.0, 39.1)])
    pyogrio.raw.write(path, shapely.to_wkb(lines), [np.array(["主干路", "支路"], dtype=object)],
                      np.array(["等级"], dtype=object), driver="ESRI Shapefile", geometry_type="LineString",
                      encoding="GBK", crs="EPSG:4490")  # fmt: skip
    path.with_suffix(".cpg").unlink()
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[29] = 0
    path.with_suffix(".dbf").write_bytes(table)
    return path


def test_ranks_are_read_whatever_the_letters_are_and_out_of_a_zip(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "roads.shp")
    assert [line.rank for line in read_roads(path)] == ["main", "minor"]
    with zipfile.ZipFile(tmp_path / "roads.zip", "w") as archive:
        for suffix in (".shp", ".shx", ".dbf", ".prj"):
            archive.write(path.with_suffix(suffix), f"道路{suffix}")
    assert [line.rank for line in read_roads(tmp_path / "roads.zip")] == ["main", "minor"]
    shifted = shapely.get_coordinates(read_roads(path, "GCJ-02")[0].shape)
    assert 0.0001 < np.abs(shifted - [(104.0, 39.0), (104.1, 39.0)]).max() < 0.01
    with pytest.raises(ValidationError, match="Beijing"):
        read_roads(path, "Beijing54")
    (tmp_path / "roads.shp").write_bytes(b"nonsense")
    with pytest.raises(LedgerFormatError):
        read_roads(path)


def test_without_ranks_every_line_is_worth_a_border(tmp_path: Path) -> None:
    path = tmp_path / "roads.geojson"
    path.write_text('{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"甲"},"geometry":'
                    '{"type":"LineString","coordinates":[[104,39],[104.1,39]]}}]}', "utf-8")  # fmt: skip
    assert [line.rank for line in read_roads(path)] == ["main"]
