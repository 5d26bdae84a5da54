"""Tiles of the map: square pictures whose pixels are numbers of grids, kept while they may be seen again.

A tile is made in two steps. A worker makes the numbers (numpy and shapely
release the interpreter lock) and colours them by a look-up table. Colouring
takes a tenth of a millisecond, so other figures or another month need no new
numbers, and the screen's thread does it at once.

Source: design "dn" (reference: map.md sections 2 and 6).
"""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from gridapp.geo.id_raster import Numbers, Window, borders_in, rasterised
from ui.map.ground import MapGround

SIDE = 256
"""Width and height of a tile. [px]"""

MOST_TILES = 220
"""Tiles kept: two screens of 1920 by 1080 and what lies around. [tiles]"""

HATCH_EVERY = 8
"""Distance of the lines over grids without a figure; divides SIDE, so that lines meet at the seams. [px]"""

MOST_AT_ONCE = 16
"""Tiles cut out of one picture; larger ones cost more to fetch memory for than they save."""

MOST_BORDERED = 1500
"""A tile of more grids than this, 6 pixels wide each, shows colours without outlines."""

TileKey = tuple[int, int, float]
"""Column to the east and row to the north of the origin, pixels per metre."""


@dataclass(eq=False)
class Tile:
    """One square.

    Attributes:
        numbers: Values of ``id_raster``, shape (SIDE, SIDE).
        borders: Where the number changes, shape (SIDE, SIDE).
        grids: Places of the grids that may be in it.
        image: The coloured picture; None until it was painted.
        coloured: The colours it was painted in.
        line_image: Smooth outlines over it; None until they were drawn, or where there are too many.
    """

    numbers: Numbers
    borders: NDArray[np.bool_]
    grids: NDArray[np.int64]
    image: QImage | None = None
    coloured: ColourTable | None = None
    line_image: QImage | None = None

    def number_at(self, line: int, place: int) -> int | None:
        """Return the number of a pixel; None beside a border, where a place may lie in the next grid."""
        if not (0 < line < SIDE - 1 and 0 < place < SIDE - 1):
            return None
        seen = self._seen
        value = seen[line, place]
        for near in (line - 1, line, line + 1):
            if not value == seen[near, place - 1] == seen[near, place] == seen[near, place + 1]:
                return None
        return value

    @functools.cached_property
    def _seen(self) -> memoryview:
        """The numbers for reading one by one: a tenth of the time numpy takes for it."""
        return self.numbers.data


def window_of(key: TileKey, margin: int = 0) -> Window:
    """Return the pixels of a tile, and some more to the right and below."""
    column, row, scale = key
    return Window(scale, column * SIDE, (row + 1) * SIDE, SIDE + margin, SIDE + margin)


def make_tiles(
    ground: MapGround, keys: Sequence[TileKey], colours: ColourTable | None = None
) -> list[tuple[TileKey, Tile]]:
    """Return tiles, coloured if colours are given; runs in a worker. Neighbours are cut out of one picture."""
    found = [made for columns, rows, scale in rectangles(keys) for made in _cut(ground, columns, rows, scale)]
    if colours is not None:
        for _key, tile in found:
            tile.image, tile.coloured = colours.paint(tile), colours
    return found


def make_tile(ground: MapGround, key: TileKey) -> Tile:
    """Return one tile without colours."""
    return make_tiles(ground, [key])[0][1]


def rectangles(keys: Sequence[TileKey]) -> list[tuple[range, range, float]]:
    """Return columns, rows and scale of the fewest rectangles found that cover exactly the keys, none twice."""
    lines: dict[tuple[float, int], list[int]] = {}
    for column, row, scale in keys:
        lines.setdefault((scale, row), []).append(column)
    runs: dict[tuple[float, int, int], list[int]] = {}
    for (scale, row), columns in lines.items():
        for run in _runs(columns):
            runs.setdefault((scale, run.start, run.stop), []).append(row)
    found = []
    for (scale, first, end), rows in runs.items():
        most = max(1, MOST_AT_ONCE // (end - first))
        for run in _runs(rows):
            found += [(range(first, end), run[start : start + most], scale) for start in range(0, len(run), most)]
    return found


def _runs(numbers: list[int]) -> list[range]:
    """Return whole numbers as ranges without holes."""
    found: list[range] = []
    for number in sorted(set(numbers)):
        if found and found[-1].stop == number:
            found[-1] = range(found[-1].start, number + 1)
        else:
            found.append(range(number, number + 1))
    return found


def _cut(ground: MapGround, columns: range, rows: range, scale: float) -> list[tuple[TileKey, Tile]]:
    """Return the tiles of a rectangle, all from one picture one pixel larger."""
    width, height = len(columns) * SIDE, len(rows) * SIDE
    window = Window(scale, columns.start * SIDE, rows.stop * SIDE, width + 1, height + 1)
    grids = ground.within(window.box)
    numbers = rasterised(ground.edges, grids, window)
    borders = borders_in(numbers)
    made = []
    for row in rows:
        for column in columns:
            key = (column, row, scale)
            own = grids if len(columns) == len(rows) == 1 else ground.within(window_of(key, 1).box)
            lines = slice((rows.stop - 1 - row) * SIDE, (rows.stop - row) * SIDE)
            places = slice((column - columns.start) * SIDE, (column - columns.start + 1) * SIDE)
            edged = borders[lines, places].copy()
            if len(own) > MOST_BORDERED:
                edged[:] = False
            made.append((key, Tile(numbers[lines, places].copy(), edged, own)))
    return made


@dataclass(frozen=True, eq=False)
class ColourTable:
    """What colour each number has.

    Attributes:
        fills: 0xffRRGGBB by number, ``len(ground) + 2`` of them.
        lines: The same where a line of the hatching runs.
        is_hatched: Whether any grid is; ground claimed twice always is.
        border: Colour of outlines.
    """

    fills: NDArray[np.uint32]
    lines: NDArray[np.uint32]
    is_hatched: bool
    border: int

    def paint(self, tile: Tile) -> QImage:
        """Return the picture of a tile, without smooth outlines; sharp ones where there are none."""
        return self.picture(tile.numbers, tile.borders if tile.line_image is None else None, tile.image)

    def picture(self, numbers: Numbers, borders: NDArray[np.bool_] | None, again: QImage | None = None) -> QImage:
        """Return numbers in colour; ``again`` is a picture of that size to be painted anew."""
        height, width = numbers.shape
        image = again if again is not None else QImage(width, height, QImage.Format.Format_RGB32)
        # Written into the picture itself: it owns its pixels, so nothing dies with an array.
        pixels = np.frombuffer(image.bits(), np.uint32).reshape(height, width)
        np.take(self.fills, numbers, mode="clip", out=pixels)
        # One diagonal pixel in eight is taken from the other table: strided copies, no mask.
        needed = self.is_hatched or int(numbers.max(initial=0)) == len(self.fills) - 1
        for row in range(min(HATCH_EVERY, height) if needed else 0):
            place = slice(row, None, HATCH_EVERY), slice((HATCH_EVERY - row) % HATCH_EVERY, None, HATCH_EVERY)
            pixels[place] = np.take(self.lines, numbers[place], mode="clip")
        if borders is not None:
            np.copyto(pixels, np.uint32(self.border), where=borders)
        return image


class TileStore:
    """Tiles by key, the longest unused ones forgotten first."""

    def __init__(self) -> None:
        self._tiles: OrderedDict[TileKey, Tile] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tiles)

    def get(self, key: TileKey) -> Tile | None:
        """Return a tile if it is there."""
        found = self._tiles.get(key)
        if found is not None:
            self._tiles.move_to_end(key)
        return found

    def put(self, key: TileKey, tile: Tile) -> None:
        """Keep a tile."""
        self._tiles[key] = tile
        while len(self._tiles) > MOST_TILES:
            self._tiles.popitem(last=False)

    def of_scale(self, scale: float) -> list[tuple[TileKey, Tile]]:
        """Return the tiles of one scale."""
        return [(key, tile) for key, tile in self._tiles.items() if key[2] == scale]

    def missing(self, keys: Iterable[TileKey]) -> list[TileKey]:
        """Return the keys without a tile."""
        return [key for key in keys if key not in self._tiles]

    def unline(self) -> None:
        """Forget smooth outlines too, because their colour changed."""
        for tile in self._tiles.values():
            tile.line_image = None

    def clear(self) -> None:
        """Forget everything."""
        self._tiles.clear()
