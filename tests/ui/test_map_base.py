"""A background from a file: where it lies, what it may be, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from gridapp.errors import StorageError, ValidationError
from gridapp.geo.local_frame import LocalFrame
from tests.ui.area import LAT, LON, STEP, settle, shown
from ui.context import AppContext
from ui.map.base_layer import read_base
from ui.pages.map import MapPage

FRAME = LocalFrame(LON, LAT)


def picture(path: Path, **options: object) -> Path:
    Image.new("RGB", (40, 20), (200, 30, 30)).save(path, **options)  # type: ignore[arg-type]
    return path


def corners(path: Path, crs: str = "CGCS2000") -> np.ndarray:
    """Return where the upper left and the lower right corner lie. [°]"""
    base = read_base(path, crs, FRAME)
    assert base.pixels is not None
    a, b, c, d, x, y = base.place
    tall, wide = base.pixels.shape[:2]
    return FRAME.to_degrees(np.array([(x, y), (x + a * wide + c * tall, y + b * wide + d * tall)]))


def test_a_world_file_places_a_picture(tmp_path: Path) -> None:
    path = picture(tmp_path / "scan.png")
    step = STEP / 40
    (tmp_path / "scan.pgw").write_text(f"{step}\n0\n0\n{-step}\n{LON + step / 2}\n{LAT + STEP - step / 2}\n")
    assert corners(path) == pytest.approx(np.array([(LON, LAT + STEP), (LON + STEP, LAT + STEP / 2)]), abs=1e-9)


def test_a_geotiff_places_itself_and_names_its_coordinates(tmp_path: Path) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[33550], tags.tagtype[33550] = (STEP / 40, STEP / 40, 0.0), 12
    tags[33922], tags.tagtype[33922] = (0.0, 0.0, 0.0, LON, LAT + STEP, 0.0), 12
    tags[34735], tags.tagtype[34735] = (1, 1, 0, 1, 2048, 0, 1, 4490), 3
    path = picture(tmp_path / "scan.tif", tiffinfo=tags)
    expected = np.array([(LON, LAT + STEP), (LON + STEP, LAT + STEP / 2)])
    assert corners(path, "BD-09") == pytest.approx(expected, abs=1e-9)  # what the file says goes before


def test_a_drawing_lies_below_the_grids(
    qtbot: QtBot, context: AppContext, tmp_path: Path
) -> None:
    settle(context.database)
    page = MapPage(context)
    shown(qtbot, page)
    line = {"type": "LineString", "coordinates": [[LON, LAT], [LON + STEP, LAT + STEP]]}
    path = tmp_path / "roads.geojson"
    feature = {"type": "Feature", "properties": {}, "geometry": line}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with qtbot.waitSignal(page.base.changed):
        page.base.load(path, "CGCS2000")
    assert page.base.layer is not None
    middle = page.base.layer.boundingRect().center()
    assert page.view.grid_layer.boundingRect().contains(QPointF(middle))
    assert page.view.grid_layer.opacity() < 1
    page.toolbar.no_base_action.trigger()
    assert page.base.layer is None
    assert page.view.grid_layer.opacity() == 1


@pytest.mark.parametrize("name", ["no_place.png", "notes.docx"])
def test_what_cannot_be_placed_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    picture(path, format="PNG")
    with pytest.raises(ValidationError, match=name):
        read_base(path, "CGCS2000", FRAME)


def test_a_picture_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scan.png").write_bytes(b"not a picture")
    with pytest.raises(StorageError, match=r"scan\.png"):
        read_base(tmp_path / "scan.png", "CGCS2000", FRAME)


def test_a_broken_world_file_is_refused(tmp_path: Path) -> None:
    path = picture(tmp_path / "scan.png")
    (tmp_path / "scan.pgw").write_text("here\n")
    with pytest.raises(ValidationError, match=r"scan\.pgw"):
        read_base(path, "CGCS2000", FRAME)
