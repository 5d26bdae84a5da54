"""The grids of an area on one sheet, coloured by a figure.

Drawn straight from the boundaries in a local equirectangular projection, so
that the scale bar is true. What needs attention is orange with its sign, the
others blue; the figure stands in the shape, so it reads in black and white.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gridapp.domain.figure_classes import FigureClasses
from gridapp.i18n import C_, _
from gridapp.reports import fonts
from gridapp.reports.drawing import INK, MUTED, ORANGE, RULE, Drawing, check_suffix, ink_on
from gridapp.reports.rate_row import RateRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MARGIN, _PAD, _SIDE = 30.0, 14.0, 196.0
_TOP, _FOOT = 84.0, 42.0
_LABEL_SIZES, _LABEL_ASPECT = (11.0, 9.5, 8.0, 7.0, 6.0, 5.0), 2.0
_NO_DATA, _HATCH = "#E9ECF0", "#8A93A0"
_BELOW = {1: ("#F08A24",), 2: ("#D95F0E", "#FEC44F"), 3: ("#C24A0A", "#F28C28", "#FED27A")}
_BELOW_MANY = ("#A63603", "#D95F0E", "#FE9929", "#FED98E")
# A lone class above the target is pale: on a black and white print dark then means "far below".
_ABOVE = {1: ("#C6DBEF",), 2: ("#9CC8E3", "#2171B5"), 3: ("#C6DBEF", "#6BAED6", "#08519C")}
_ABOVE_MANY = ("#DCE9F5", "#9CC8E3", "#4A98C9", "#08519C")
# Semi-major axis and squared eccentricity of the CGCS2000 ellipsoid. Source: GB 22021-2008.
_AXIS, _ECCENTRICITY2 = 6_378_137.0, 0.006_694_380_022_90


@dataclass(frozen=True)
class MapShape:
    """One grid on the map.

    Attributes:
        code: Grid code.
        name: Short name, written in the shape.
        polygons: Each polygon is its outer ring and its holes; a ring is an
            array of shape (n, 2), CGCS2000 longitude and latitude in degrees.
        shown: The figure as text, "—" when nobody is on the roster.
        value: The figure, a share as N / D; None when there is no data.
    """

    code: str
    name: str
    polygons: Sequence[Sequence[NDArray[np.float64]]]
    shown: str
    value: float | None


@dataclass(frozen=True)
class MapSheet:
    """Everything the map sheet shows.

    Attributes:
        title: Heading.
        community_name: Area.
        month_label: The month in words.
        shapes: The grids.
        figure: What colours the map.
        hint: What its sign means, "" for none.
        classes: Classes of the figures.
        worst: Grids to attend to, worst first; ``note`` names the worker.
        rule_text: The rule behind the figures and the day the data reach to.
        stamp: Who took it out and when, "" for nobody.
    """

    title: str
    community_name: str
    month_label: str
    shapes: tuple[MapShape, ...]
    figure: str
    hint: str
    classes: FigureClasses
    worst: tuple[RateRow, ...] = ()
    rule_text: str = ""
    stamp: str = ""


@dataclass(frozen=True)
class _Projection:
    """Degrees to sheet points. ``scale`` is points per metre."""

    west: float
    north: float
    east_metres: float
    north_metres: float
    scale: float
    x: float
    y: float

    def __call__(self, ring: NDArray[np.float64]) -> NDArray[np.float64]:
        import numpy as np  # heavy: imported when first used

        x = self.x + (ring[:, 0] - self.west) * self.east_metres * self.scale
        y = self.y + (self.north - ring[:, 1]) * self.north_metres * self.scale
        return np.column_stack([x, y])


def write_map(view: MapSheet, target: Path) -> None:
    """Write the map as a vector PDF, or as PNG, by the ending of the file name.

    Raises:
        ValidationError: The name ends in neither .pdf nor .png.
        StorageError: The file cannot be written.
    """
    check_suffix(target)
    drawing = Drawing(f"{view.title} {view.month_label}")
    right = drawing.width - _MARGIN
    bottom = drawing.height - _FOOT
    classes, inks = view.classes, _inks(view.classes)
    drawing.text(_MARGIN, 48, view.title, 21, bold=True, room=right - _MARGIN)
    drawing.text(_MARGIN, 69, f"{view.community_name}    {view.month_label}", 11, color=MUTED, room=right - _MARGIN)
    split = right - _SIDE
    drawing.rect(_MARGIN, _TOP, split - 10 - _MARGIN, bottom - _TOP, stroke=RULE, radius=5)
    drawing.rect(split, _TOP, _SIDE, bottom - _TOP, stroke=RULE, radius=5)
    drawn = [shape for shape in view.shapes if any(len(polygon) for polygon in shape.polygons)]
    room = (_MARGIN + _PAD, _TOP + _PAD, split - 10 - _MARGIN - 2 * _PAD, bottom - _TOP - 2 * _PAD - 24)
    if drawn:
        projection = _fitted(drawn, room)
        _shapes(drawing, drawn, classes, inks, projection)
        _scale_bar(drawing, projection.scale, _MARGIN + _PAD, bottom - _PAD)
        _north_arrow(drawing, split - 10 - _PAD - 8, bottom - _PAD)
    else:
        text = _("No grid has a boundary yet.")
        drawing.text(room[0] + room[2] / 2, room[1] + room[3] / 2, text, 12, color=MUTED, anchor="center")
    _side(drawing, view, inks, split + _PAD)
    y = drawing.paragraph(_MARGIN, bottom + 14, view.rule_text, 7, right - _MARGIN)
    if view.stamp:
        y = min(y, drawing.height - 4)
        drawing.text(right, y, view.stamp, 7, color=MUTED, anchor="right", room=right - _MARGIN)
    drawing.save(target)


def _inks(classes: FigureClasses) -> tuple[str, ...]:
    """Return the colours of classes: worse is darker orange, others are blue."""
    loud = sum(classes.loud)
    quiet = len(classes.titles) - loud
    if classes.loud[0]:
        return _ramp(_BELOW, _BELOW_MANY, loud) + _ramp(_ABOVE, _ABOVE_MANY, quiet)
    worst_last = _ramp(_BELOW, _BELOW_MANY, loud)[::-1] if loud else ()
    return _ramp(_ABOVE, _ABOVE_MANY, quiet) + worst_last


def _ramp(few: dict[int, tuple[str, ...]], many: tuple[str, ...], count: int) -> tuple[str, ...]:
    return few.get(count) or tuple(many[min(at * len(many) // count, len(many) - 1)] for at in range(count))


def _fitted(shapes: Sequence[MapShape], room: tuple[float, float, float, float]) -> _Projection:
    """Return the projection that shows all shapes as large as the room allows, centred."""
    import numpy as np  # heavy: imported when first used

    points = np.concatenate([ring for shape in shapes for polygon in shape.polygons for ring in polygon])
    (west, south), (east, north) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    latitude = math.radians((south + north) / 2)
    bend = 1 - _ECCENTRICITY2 * math.sin(latitude) ** 2
    east_metres = math.radians(1) * _AXIS / math.sqrt(bend) * math.cos(latitude)
    north_metres = math.radians(1) * _AXIS * (1 - _ECCENTRICITY2) / bend**1.5
    x, y, width, height = room
    wide = max((east - west) * east_metres, 1.0)
    tall = max((north - south) * north_metres, 1.0)
    scale = min(width / wide, height / tall)
    x += (width - wide * scale) / 2
    y += (height - tall * scale) / 2
    return _Projection(west, north, east_metres, north_metres, scale, x, y)


def _shapes(
    drawing: Drawing, shapes: Sequence[MapShape], classes: FigureClasses, inks: Sequence[str], projection: _Projection
) -> None:
    line = 1.4 if len(shapes) <= 100 else 0.6
    labels: list[tuple[MapShape, list[NDArray[np.float64]], str]] = []
    for shape in shapes:
        fill = _NO_DATA if shape.value is None else inks[classes.number(shape.value)]
        hatch = _HATCH if shape.value is None else None
        areas = [[projection(ring) for ring in polygon] for polygon in shape.polygons if len(polygon)]
        for rings in areas:
            drawing.polygon(rings, fill=fill, stroke="#FFFFFF", line=line, hatch=hatch)
        labels.append((shape, max(areas, key=lambda rings: _extent(rings[0])), fill))
    for shape, rings, fill in labels:
        _label(drawing, shape, classes, rings, fill)


def _extent(ring: NDArray[np.float64]) -> float:
    wide, tall = (ring.max(axis=0) - ring.min(axis=0)).tolist()
    return float(wide * tall)


def _label(
    drawing: Drawing, shape: MapShape, classes: FigureClasses, rings: Sequence[NDArray[np.float64]], fill: str
) -> None:
    x, y, reach = _middle(rings)
    figure = _("no data") if shape.value is None else classes.marked(shape.shown, shape.value)
    name = fonts.printable(shape.name)
    widest = max(fonts.width(name, 1, bold=True), fonts.width(figure, 1))
    # Two lines, widest × 2.4 sizes, inside the free ellipse around the point.
    fitting = 2 * reach / math.hypot(widest / _LABEL_ASPECT, 2.4)
    size = next((step for step in _LABEL_SIZES if step <= fitting), 0.0)
    ink = ink_on(fill)
    if not size:
        if classes.is_loud(shape.value):
            drawing.text(x, y + 2, classes.sign, 6, color=ink, anchor="center")
        return
    if shape.value is None:  # the words must not stand on the hatching
        drawing.rect(x - widest * size / 2 - 2, y - size * 1.3, widest * size + 4, size * 2.6, fill=_NO_DATA)
    drawing.text(x, y - size * 0.2, name, size, bold=True, color=ink, anchor="center")
    drawing.text(x, y + size * 1.05, figure, size, color=ink, anchor="center")


def _middle(rings: Sequence[NDArray[np.float64]]) -> tuple[float, float, float]:
    """Return the roomiest point for a label and the upright half axis of the free ellipse around it."""
    import shapely  # heavy: imported when first used
    from shapely.affinity import scale
    from shapely.ops import polylabel

    area = shapely.Polygon(rings[0], rings[1:])
    if not area.is_valid:
        parts = shapely.get_parts(shapely.make_valid(area, method="structure", keep_collapsed=False))
        area = max(parts, key=shapely.area, default=area)
    if area.is_empty or area.area <= 0:
        wide = rings[0].mean(axis=0)
        return float(wide[0]), float(wide[1]), 0.0
    # Labels are wider than tall: squeezed sideways, the furthest point from the edges suits them.
    squeezed = scale(area, 1 / _LABEL_ASPECT, 1, origin=(0, 0))
    point = polylabel(squeezed, tolerance=max(math.sqrt(squeezed.area) / 50, 0.05))
    reach = squeezed.boundary.distance(point)
    centre = squeezed.centroid
    if squeezed.contains(centre) and squeezed.boundary.distance(centre) >= 0.8 * reach:
        point, reach = centre, squeezed.boundary.distance(centre)
    return float(point.x) * _LABEL_ASPECT, float(point.y), float(reach)


def _scale_bar(drawing: Drawing, scale: float, x: float, y: float) -> None:
    metres = 1.0
    while metres * scale < 50:
        lead = int(f"{metres:e}"[0])
        metres *= 2.5 if lead == 2 else 2
    width = metres * scale
    drawing.rect(x, y - 5, width / 2, 5, fill=INK)
    drawing.rect(x, y - 5, width, 5, stroke=INK)
    if metres < 1000:
        text = _("{number} m").format(number=f"{metres:g}")
    else:
        text = _("{number} km").format(number=f"{metres / 1000:g}")
    drawing.text(x + width + 6, y, text, 8.5, color=MUTED)


def _north_arrow(drawing: Drawing, x: float, y: float) -> None:
    import numpy as np  # heavy: imported when first used

    drawing.polygon([np.array([[x, y - 26], [x - 6, y - 6], [x, y - 10]])], fill=INK, stroke=INK)
    drawing.polygon([np.array([[x, y - 26], [x + 6, y - 6], [x, y - 10]])], stroke=INK)
    drawing.text(x, y + 4, C_("compass", "N"), 8.5, color=MUTED, anchor="center")


def _side(drawing: Drawing, view: MapSheet, inks: Sequence[str], x: float) -> None:
    y = _TOP + 22
    drawing.text(x, y, view.figure, 11.5, bold=True)
    drawing.text(x, y + 15, view.hint, 8.5, color=MUTED)
    y += 26
    classes = view.classes
    numbers = [None if shape.value is None else classes.number(shape.value) for shape in view.shapes]
    for number in range(len(inks) - 1, -1, -1):
        drawing.rect(x, y, 26, 13, fill=inks[number], stroke="#6B7480", line=0.35)
        drawing.text(x + 34, y + 10, classes.titles[number], 9.5)
        _count(drawing, numbers.count(number), y + 10)
        y += 19
    if None in numbers:
        _no_data_key(drawing, x, y)
        _count(drawing, numbers.count(None), y + 10)
        y += 19
    if view.worst:
        _worst(drawing, view, x, y + 24)


def _count(drawing: Drawing, count: int, y: float) -> None:
    text = _("{count} grids").format(count=count)
    drawing.text(drawing.width - _MARGIN - _PAD, y, text, 8.5, color=MUTED, anchor="right")


def _no_data_key(drawing: Drawing, x: float, y: float) -> None:
    import numpy as np  # heavy: imported when first used

    box = np.array([[x, y], [x + 26, y], [x + 26, y + 13], [x, y + 13]])
    drawing.polygon([box], fill=_NO_DATA, stroke="#6B7480", line=0.35, hatch=_HATCH)
    drawing.text(x + 34, y + 10, _("no data"), 9.5)


def _worst(drawing: Drawing, view: MapSheet, x: float, y: float) -> None:
    drawing.text(x, y, _("Needs attention"), 11.5, bold=True)
    room = _SIDE - 2 * _PAD
    y += 19
    for row in view.worst:
        if y > drawing.height - _FOOT - 10:
            return
        color = ORANGE if view.classes.is_loud(row.rate) else INK
        drawing.text(x, y, row.name, 9.5, room=room * 0.40)
        drawing.text(x + room * 0.43, y, view.classes.marked(row.shown, row.rate), 9.5, bold=True, color=color)
        drawing.text(x + room, y, row.note, 9.5, color=MUTED, anchor="right", room=room * 0.28)
        y += 17
