"""Tiles of the map: square pictures whose pixels are numbers of grids, kept while they may be seen again.

A tile is made in two steps. A worker makes the numbers (numpy and shapely
release the interpreter lock); the screen's thread colours them by a look-up
table, which takes a tenth of a millisecond, so other figures or another month
need no new numbers.

Source: design "dn" (reference: map.md sections 2 and 6).
"""

from __future__ import annotations

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
        image: The coloured picture; None until it was painted or since the colours changed.
        line_image: Smooth outlines over it; None until they were drawn, or where there are too many.
    """

    numbers: Numbers
    borders: NDArray[np.bool_]
    grids: NDArray[np.int64]
    image: QImage | None = None
    line_image: QImage | None = None


def window_of(key: TileKey, margin: int = 0) -> Window:
    """Return the pixels of a tile, and some more to the right and below."""
    column, row, scale = key
    return Window(scale, column * SIDE, (row + 1) * SIDE, SIDE + margin, SIDE + margin)


def make_tiles(ground: MapGround, keys: Sequence[TileKey]) -> list[tuple[TileKey, Tile]]:
    """Return tiles without colours; runs in a worker."""
    return [(key, make_tile(ground, key)) for key in keys]


def make_tile(ground: MapGround, key: TileKey) -> Tile:
    """Return one tile without colours."""
    window = window_of(key, 1)
    grids = ground.within(window.box)
    numbers = rasterised(ground.edges, grids, window)
    borders = borders_in(numbers)
    if len(grids) > MOST_BORDERED:
        borders[:] = False
    return Tile(np.ascontiguousarray(numbers[:SIDE, :SIDE]), borders, grids)


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
        return self.picture(tile.numbers, tile.borders if tile.line_image is None else None)

    def picture(self, numbers: Numbers, borders: NDArray[np.bool_] | None) -> QImage:
        """Return numbers in colour."""
        height, width = numbers.shape
        pixels = np.take(self.fills, numbers, mode="clip")
        # One diagonal pixel in eight is taken from the other table: strided copies, no mask.
        needed = self.is_hatched or int(numbers.max(initial=0)) == len(self.fills) - 1
        for row in range(min(HATCH_EVERY, height) if needed else 0):
            place = slice(row, None, HATCH_EVERY), slice((HATCH_EVERY - row) % HATCH_EVERY, None, HATCH_EVERY)
            pixels[place] = np.take(self.lines, numbers[place], mode="clip")
        if borders is not None:
            pixels[borders] = self.border
        # The image owns a copy: a picture must not die with an array.
        return QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGB32).copy()


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

    def missing(self, keys: Iterable[TileKey]) -> list[TileKey]:
        """Return the keys without a tile."""
        return [key for key in keys if key not in self._tiles]

    def uncolour(self) -> None:
        """Forget the pictures, not the numbers."""
        for tile in self._tiles.values():
            tile.image = None

    def unline(self) -> None:
        """Forget smooth outlines too, because their colour changed."""
        for tile in self._tiles.values():
            tile.line_image = None

    def clear(self) -> None:
        """Forget everything."""
        self._tiles.clear()
