"""A picture or drawing from a file below the grids: a scan with a world file, a GeoTIFF, roads of a vector file.

Nothing is fetched from the net. The picture is laid by three of its corners,
which is exact for a straight picture of a community.

Source: GeoTIFF 1.1 (OGC 19-008r4), tags 33550, 33922, 34264, 34735; ESRI world file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph as pg
import shapely
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from gridapp.errors import StorageError, ValidationError
from gridapp.geo.crs import check_crs, to_cgcs2000
from gridapp.geo.local_frame import LocalFrame
from gridapp.i18n import _
from ui import theme
from ui.map.painting import in_pixels

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
DRAWINGS = (".geojson", ".json", ".shp", ".zip", ".gpkg", ".kml")
MOST_SIDE = 4096
"""Larger pictures are made smaller when they are read. [px]"""

MOST_PIXELS = 400_000_000
_SCALE, _TIEPOINT, _MATRIX, _KEYS = 33550, 33922, 34264, 34735
_GEOGRAPHIC, _PROJECTED = 2048, 3072


@dataclass(frozen=True, eq=False)
class Base:
    """What lies below the grids.

    Attributes:
        name: Of the file.
        pixels: Picture, shape (height, width, 4), RGBA; None for a drawing.
        place: From pixels to metres as the six numbers m11, m12, m21, m22, dx, dy.
        frame: Of these metres.
        lines: Lines of a drawing, each of shape (n, 2). [m]
    """

    name: str
    pixels: NDArray[np.uint8] | None
    place: tuple[float, float, float, float, float, float]
    frame: LocalFrame
    lines: tuple[NDArray[np.float64], ...] = ()


    def in_frame(self, frame: LocalFrame) -> Base:
        """Return the same in the metres of another frame: that of a month with other grids."""
        if frame == self.frame:
            return self
        right, down, corner = np.array(self.place).reshape(3, 2)
        places = self._moved(np.array([corner, corner + right, corner + down]), frame)
        place = (*(places[1] - places[0]).tolist(), *(places[2] - places[0]).tolist(), *places[0].tolist())
        return Base(self.name, self.pixels, place, frame, tuple(self._moved(line, frame) for line in self.lines))

    def _moved(self, points: NDArray[np.float64], frame: LocalFrame) -> NDArray[np.float64]:
        return frame.to_metres(self.frame.to_degrees(points))


def read_base(path: Path, crs: str, frame: LocalFrame) -> Base:
    """Return a background; runs in a worker.

    Args:
        path: A picture with a world file or GeoTIFF tags, or a vector file.
        crs: Its coordinates, where the file does not say.
        frame: The metres of the map.

    Raises:
        ValidationError: It is neither, says nothing of where it lies, or lies in unknown coordinates.
        StorageError: It cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix in PICTURES:
        return _picture(path, crs, frame)
    if suffix in DRAWINGS:
        return _drawing(path, crs, frame)
    raise ValidationError(
        _("{name} cannot be a background. Choose one of {known}.").format(
            name=path.name, known=" ".join((*PICTURES, *DRAWINGS))
        ),
        "path",
    )


def _picture(path: Path, crs: str, frame: LocalFrame) -> Base:
    from PIL import Image, UnidentifiedImageError  # heavy: imported when first used

    try:
        with Image.open(path) as image:
            tags: dict[int, Any] = dict(getattr(image, "tag_v2", {}))
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise ValidationError(_("{name} is too large. Make it smaller first.").format(name=path.name), "path")
            ground = _world_file(path) or _geotiff(tags)
            if ground is None:
                text = _("{name} does not say where it lies: no world file stands beside it, no GeoTIFF tag in it.")
                raise ValidationError(text.format(name=path.name), "path")
            image.thumbnail((MOST_SIDE, MOST_SIDE))
            pixels = np.ascontiguousarray(np.asarray(image.convert("RGBA")))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        text = _("{name} cannot be read as a picture. Save it again as PNG, JPEG or TIFF.")
        raise StorageError(text.format(name=path.name)) from error
    corners = np.array([(0.0, 0.0), (width, 0.0), (0.0, height)])
    a, b, c, d, e, f = ground
    own = np.column_stack([a * corners[:, 0] + b * corners[:, 1] + c, d * corners[:, 0] + e * corners[:, 1] + f])
    metres = frame.to_metres(to_cgcs2000(own, check_crs(_declared(tags) or crs)))
    right = (metres[1] - metres[0]) / pixels.shape[1]
    down = (metres[2] - metres[0]) / pixels.shape[0]
    if not np.isfinite(metres).all() or abs(right[0] * down[1] - right[1] * down[0]) < 1e-12:
        raise ValidationError(_("{name} lies nowhere on the map with these coordinates.").format(name=path.name), "crs")
    return Base(path.name, pixels, (*right.tolist(), *down.tolist(), *metres[0].tolist()), frame)


def _world_file(path: Path) -> tuple[float, ...] | None:
    """Return a, b, c, d, e, f of x = a·column + b·row + c, y = d·column + e·row + f at pixel corners; None without."""
    suffix = path.suffix
    names = (f"{suffix[:2]}{suffix[-1]}w", f"{suffix}w", ".wld")
    for name in (*names, *(name.upper() for name in names)):
        beside = path.with_suffix(name)
        if beside.exists():
            try:
                a, d, b, e, x, y = (float(line) for line in beside.read_text("ascii", "replace").split()[:6])
            except ValueError as error:
                text = _("{name} is no world file: it needs six numbers.")
                raise ValidationError(text.format(name=beside.name), "path") from error
            return a, b, x - a / 2 - b / 2, d, e, y - d / 2 - e / 2  # a world file tells the middle of the first pixel
    return None


def _geotiff(tags: dict[int, Any]) -> tuple[float, ...] | None:
    if _MATRIX in tags and len(tags[_MATRIX]) >= 8:
        m = tags[_MATRIX]
        return m[0], m[1], m[3], m[4], m[5], m[7]
    if _SCALE in tags and _TIEPOINT in tags and len(tags[_TIEPOINT]) >= 6:
        across, down = tags[_SCALE][0], tags[_SCALE][1]
        column, row, _height, x, y = tags[_TIEPOINT][:5]
        return across, 0.0, x - column * across, 0.0, -down, y + row * down
    return None


def _declared(tags: dict[int, Any]) -> str:
    """Return the EPSG code a GeoTIFF names, "" for none."""
    keys = tags.get(_KEYS, ())
    entries = [keys[start : start + 4] for start in range(4, len(keys) - 3, 4)]
    known = {key: value for key, place, _count, value in entries if place == 0}
    code = known.get(_PROJECTED) or known.get(_GEOGRAPHIC)
    return f"EPSG:{code}" if code and code < 32767 else ""


def _drawing(path: Path, crs: str, frame: LocalFrame) -> Base:
    from gridapp.geo.files.vector import read_lines  # heavy: imported when first used

    system = check_crs(crs)
    shifted = system in ("GCJ-02", "BD-09")
    lines = []
    for shape in read_lines(path):
        for part in shapely.get_parts(shape):
            points = shapely.get_coordinates(part)
            if len(points) > 1:
                # Files call themselves WGS84 even when their degrees are shifted; only the user knows.
                lines.append(frame.to_metres(to_cgcs2000(points, system) if shifted else points))
    if not lines:
        raise ValidationError(_("{name} holds no lines.").format(name=path.name), "path")
    return Base(path.name, None, (1, 0, 0, 1, 0, 0), frame, tuple(lines))


def image_of(base: Base) -> QImage:
    """Return the picture of a background."""
    assert base.pixels is not None
    tall, wide = base.pixels.shape[:2]
    return QImage(base.pixels.data, wide, tall, wide * 4, QImage.Format.Format_RGBA8888).copy()


def path_of_lines(base: Base) -> QPainterPath:
    """Return the lines of a background. [m]"""
    path = QPainterPath()
    for line in base.lines:
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in line.tolist()]))
    return path


def paint_base(painter: QPainter, base: Base, view: QTransform, ink: QColor, thick: float) -> None:
    """Paint a background on a sheet; ``view`` leads from metres to the units of the painter."""
    if base.pixels is not None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setTransform(QTransform(*base.place) * view, True)
        painter.drawImage(0, 0, image_of(base))
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(ink, thick))
    painter.drawPath(view.map(path_of_lines(base)))


class BaseLayer(pg.GraphicsObject):  # type: ignore[misc]  # has no annotations
    """Paints a Base below the grids."""

    def __init__(self, base: Base) -> None:
        super().__init__()
        self.base = base
        self._place = QTransform(*base.place)
        self._image: QImage | None = None
        self._path = QPainterPath()
        if base.pixels is not None:
            self._image = image_of(base)
            self._box = self._place.mapRect(QRectF(self._image.rect()))
        else:
            self._path = path_of_lines(base)
            self._box = self._path.boundingRect()

    # Overrides of Qt methods

    def boundingRect(self) -> QRectF:
        return QRectF(self._box)

    @in_pixels
    def paint(self, painter: QPainter, view: QTransform) -> None:
        if self._image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setTransform(self._place * view)
            painter.drawImage(0, 0, self._image)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.current().colour("muted"), theme.current().px(1.5)))
        painter.drawPath(view.map(self._path))
