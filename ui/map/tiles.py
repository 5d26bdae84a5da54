"""Tiles of the map: square pictures whose pixels are numbers of grids, kept while they may be seen again.

A tile is made in two steps. A worker makes the numbers (numpy releases the
interpreter lock) and colours them by a look-up table. A pixel also says in two
bits whether it lies on an outline and on a line of the hatching, so that one
look-up gives its colour: some 50 µs a tile. Other figures or another month need
no new numbers, and the screen's thread colours all tiles within one frame.

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

from gridapp.geo.id_raster import Numbers, Window, borders_in, layer_of, rasterised
from ui.map.ground import MapGround

SIDE = 256
"""Width and height of a tile. [px]"""

KEPT_TILES = 80
"""Tiles kept at least, 0.4 to 0.6 MB each: a small screen with what lies around, and most of another scale. [tiles]"""

HATCH_EVERY = 8
"""Distance of the lines over grids without a figure; divides SIDE, so that lines meet at the seams. [px]"""

MOST_AT_ONCE = 32
"""Tiles cut out of one picture."""

BLOCK, MOST_BORDERED = 32, 24
"""Where a square of so many pixels holds more middles of grids than this, 6 pixels wide each, outlines would hide the
colours and are left out; the square divides a tile."""

TileKey = tuple[int, int, float]
"""Column to the east and row to the north of the origin, pixels per metre."""


@dataclass(eq=False)
class Tile:
    """One square.

    Attributes:
        cells: What ``cells_of`` gives, shape (SIDE, SIDE).
        layer: The bit of outlines; numbers are below it.
        is_edged: Whether all outlines are marked.
        image: The coloured picture; None until it was painted.
        coloured: The colours it was painted in.
        line_image: Smooth outlines over it; None until they were drawn, or where there are too many.
        is_blank: Whether it lies beside all grids.
    """

    cells: Numbers
    layer: int
    is_edged: bool
    image: QImage | None = None
    coloured: ColourTable | None = None
    line_image: QImage | None = None
    is_blank: bool = False

    @property
    def numbers(self) -> Numbers:
        """Values of ``id_raster``, shape (SIDE, SIDE)."""
        return self.cells & self.cells.dtype.type(self.layer - 1)

    def number(self, line: int, place: int) -> int:
        """Return the number of a pixel."""
        return int(self._seen[line, place]) & (self.layer - 1)

    def number_at(self, line: int, place: int) -> int | None:
        """Return the number of a pixel; None beside a border, where a place may lie in the next grid."""
        if not (self.is_edged and 0 < line < SIDE - 1 and 0 < place < SIDE - 1):
            return None
        # A pixel on an outline differs from the one right of or below it: none of these five, so all nine are equal.
        seen = self._seen
        value = seen[line, place]
        marked = value | seen[line - 1, place - 1] | seen[line - 1, place]
        marked |= seen[line, place - 1] | seen[line, place + 1]
        return None if marked & self.layer else int(value) & (self.layer - 1)

    @functools.cached_property
    def _seen(self) -> memoryview:
        """The cells for reading one by one: a tenth of the time numpy takes for it."""
        return self.cells.data


def window_of(key: TileKey, margin: int = 0) -> Window:
    """Return the pixels of a tile, and some more to the right and below."""
    column, row, scale = key
    return Window(scale, column * SIDE, (row + 1) * SIDE, SIDE + margin, SIDE + margin)


def make_tiles(
    ground: MapGround, keys: Sequence[TileKey], colours: ColourTable | None = None
) -> list[tuple[TileKey, Tile]]:
    """Return tiles, coloured if colours are given; runs in a worker. Neighbours are cut out of one picture."""
    west, south, east, north = ground.box
    blank: list[TileKey] = []
    drawn: list[TileKey] = []
    for key in keys:
        left, bottom, right, top = window_of(key, 1).box
        is_beside = right < west or left > east or top < south or bottom > north
        (blank if is_beside else drawn).append(key)
    layer = layer_of(len(ground))
    found = [(key, Tile(_no_cells(layer), layer, True, is_blank=True)) for key in blank]
    found += [made for columns, rows, scale in rectangles(drawn) for made in _cut(ground, columns, rows, scale)]
    if colours is not None:
        for _key, tile in found:
            tile.image, tile.coloured = colours.paint(tile), colours
    return found


@functools.cache
def _no_cells(layer: int) -> Numbers:
    return np.zeros((SIDE, SIDE), _dtype(layer))


def _dtype(layer: int) -> type[np.uint16 | np.uint32]:
    return np.uint16 if 4 * layer <= 1 << 16 else np.uint32


def make_tile(ground: MapGround, key: TileKey) -> Tile:
    """Return one tile without colours."""
    return make_tiles(ground, [key])[0][1]


def rectangles(keys: Sequence[TileKey]) -> list[tuple[range, range, float]]:
    """Return columns, rows and scale of few rectangles that cover exactly the keys, none twice; tall ones are cheap."""
    lines: dict[tuple[float, int], list[int]] = {}
    for column, row, scale in keys:
        lines.setdefault((scale, column), []).append(row)
    runs: dict[tuple[float, int, int], list[int]] = {}
    for (scale, column), rows in lines.items():
        for run in _runs(rows):
            runs.setdefault((scale, run.start, run.stop), []).append(column)
    found = []
    for (scale, first, end), columns in runs.items():
        most = max(1, MOST_AT_ONCE // (end - first))
        for run in _runs(columns):
            found += [(run[start : start + most], range(first, end), scale) for start in range(0, len(run), most)]
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
    layer = layer_of(len(ground))
    cells = cells_of(rasterised(ground.borders, window), layer)
    is_crowded = _crowded(ground, columns, rows, scale)
    if is_crowded.any():
        blocks = cells.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK)
        kept = np.where(is_crowded, 3 * layer - 1, 4 * layer - 1).astype(cells.dtype)
        blocks &= kept[:, None, :, None]
    made = []
    for row in rows:
        for column in columns:
            lines = slice((rows.stop - 1 - row) * SIDE, (rows.stop - row) * SIDE)
            places = slice((column - columns.start) * SIDE, (column - columns.start + 1) * SIDE)
            is_edged = not is_crowded[_in_blocks(lines), _in_blocks(places)].any()
            made.append(((column, row, scale), Tile(cells[lines, places].copy(), layer, is_edged)))
    return made


def _in_blocks(pixels: slice) -> slice:
    return slice(pixels.start // BLOCK, pixels.stop // BLOCK)


def _crowded(ground: MapGround, columns: range, rows: range, scale: float) -> NDArray[np.bool_]:
    """Return which blocks of a rectangle of tiles hold too many grids for outlines, from north to south."""
    shape = len(rows) * SIDE // BLOCK, len(columns) * SIDE // BLOCK
    if len(ground) <= MOST_BORDERED:
        return np.zeros(shape, bool)
    east = (ground.boxes[:, 0] + ground.boxes[:, 2]) * (scale / 2) - columns.start * SIDE
    south = rows.stop * SIDE - (ground.boxes[:, 1] + ground.boxes[:, 3]) * (scale / 2)
    inside = (east >= 0) & (east < len(columns) * SIDE) & (south >= 0) & (south < len(rows) * SIDE)
    place = (south[inside] // BLOCK).astype(np.int64) * shape[1] + (east[inside] // BLOCK).astype(np.int64)
    counts = np.bincount(place, minlength=shape[0] * shape[1])
    return (counts > MOST_BORDERED).reshape(shape)


def cells_of(numbers: Numbers, layer: int, edged: bool = True) -> Numbers:
    """Return numbers with a bit for outlines and one for lines of the hatching.

    Args:
        numbers: Values of ``id_raster``; outlines need a line and a column more than is returned.
        layer: The bit of outlines, ``layer_of`` the count of grids; that of the hatching is the next higher one.
        edged: Whether to mark outlines.
    """
    dtype = _dtype(layer)
    height, width = numbers.shape[0] - edged, numbers.shape[1] - edged
    cells = np.empty((height, width), dtype)
    if edged:
        np.multiply(borders_in(numbers), dtype(layer), out=cells, dtype=dtype)
        cells |= numbers[:-1, :-1]
    else:
        cells[:] = numbers
    # One diagonal pixel in eight, counted from the corner: tiles begin at multiples of eight.
    for row in range(min(HATCH_EVERY, height)):
        cells[row::HATCH_EVERY, (HATCH_EVERY - row) % HATCH_EVERY :: HATCH_EVERY] |= dtype(2 * layer)
    return cells


@dataclass(frozen=True, eq=False)
class ColourTable:
    """What colour each number has.

    Attributes:
        fills: 0xffRRGGBB by number, ``len(ground) + 2`` of them.
        lines: The same where a line of the hatching runs.
        border: Colour of outlines.
    """

    fills: NDArray[np.uint32]
    lines: NDArray[np.uint32]
    border: int

    @property
    def layer(self) -> int:
        """The bit of outlines."""
        return layer_of(len(self.fills) - 2)

    @functools.cached_property
    def _edged(self) -> NDArray[np.uint32]:
        """Colours by cell, with outlines."""
        colours = self._plain.copy()
        colours.reshape(4, -1)[1::2] = self.border
        return colours

    @functools.cached_property
    def _plain(self) -> NDArray[np.uint32]:
        """Colours by cell, without outlines."""
        colours = np.zeros((4, self.layer), np.uint32)
        colours[:2, : len(self.fills)] = self.fills
        colours[2:, : len(self.lines)] = self.lines
        return colours.reshape(-1)

    def paint(self, tile: Tile) -> QImage:
        """Return the picture of a tile, without smooth outlines; sharp ones where there are none."""
        if tile.is_blank:
            image = tile.image or QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
            image.fill(int(self.fills[0]))
            return image
        return self.picture(tile.cells, tile.line_image is None, tile.image)

    def picture(self, cells: Numbers, edged: bool = True, again: QImage | None = None) -> QImage:
        """Return cells in colour; ``again`` is a picture of that size to be painted anew."""
        height, width = cells.shape
        image = again if again is not None else QImage(width, height, QImage.Format.Format_RGB32)
        # Written into the picture itself: it owns its pixels, so nothing dies with an array.
        pixels = np.frombuffer(image.bits(), np.uint32).reshape(height, width)
        np.take(self._edged if edged else self._plain, cells, mode="clip", out=pixels)
        return image


class TileStore:
    """Tiles by key, the longest unused ones forgotten first."""

    def __init__(self) -> None:
        self._tiles: OrderedDict[TileKey, Tile] = OrderedDict()
        self._room = KEPT_TILES

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
        while len(self._tiles) > self._room:
            self._tiles.popitem(last=False)

    def make_room(self, count: int) -> None:
        """Keep so many tiles from now on, or a few more: a large screen needs more than a small one."""
        self._room = max(KEPT_TILES, count)

    def keep(self, keys: Iterable[TileKey]) -> None:
        """Forget all but some tiles."""
        kept = set(keys)
        for key in [key for key in self._tiles if key not in kept]:
            del self._tiles[key]

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
