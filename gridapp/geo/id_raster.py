"""Pictures whose pixels are numbers of polygons: made by numpy alone, so that a worker can make them.

Every border adds the number of the polygon below it, and takes away that of the
polygon above it, where it crosses the middle of a column of pixels; running
sums down the columns give the number at each pixel's centre. The same sum
counts how many polygons are there: more than one is an overlap, none is a gap.

A border that two polygons share is in the table once, so that it costs half;
borders that are not shared to the bit stand there twice and mean the same.
Columns, not rows, because sums then run over whole rows of memory at a time.

numpy releases the interpreter lock, QPainter does not: a map made here leaves
the screen free.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridapp.geo.edge_table import EdgeTable

Values = NDArray[np.float64]

Corners = tuple[Values, ...]
"""Easting and northing of the western ends of borders, the same of their eastern ends. [m]"""

Numbers = NDArray[np.unsignedinteger]
"""Shape (height, width): OUTSIDE, or the number of a polygon plus 1, or the count of polygons plus 1."""

OUTSIDE = 0
"""Pixel value where no polygon is; polygon i has the value i + 1, an overlap the value count + 1."""

CHUNK, AT_ONCE = 2048, 8
"""Borders that are skipped together, and how many such chunks are worked on together: they fit the cache."""

LINES = 64
"""Pixel rows turned into numbers at a time."""

MOST_KEPT = 6_000_000
"""Memory for sums is kept between pictures up to this size: fetching it anew costs more than the sums. [pixels]"""

STRIPS, STEPS = 16, 4096
"""Borders are sorted into strips from west to east, in them into steps from south to north; 2¹⁶ places in all."""

FACTORS = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93)
"""Odd numbers without a pattern, for a hash."""

_kept = threading.local()


@dataclass(frozen=True)
class Window:
    """A rectangle of pixels over the plane: pixel x = metres east × scale − left, y = top − metres north × scale.

    Attributes:
        scale: Pixels per metre.
        left: Pixels between the origin and the left border.
        top: Pixels between the origin and the upper border, upwards.
        width: [px]
        height: [px]
    """

    scale: float
    left: float
    top: float
    width: int
    height: int

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north. [m]"""
        return (
            self.left / self.scale, (self.top - self.height) / self.scale,
            (self.left + self.width) / self.scale, self.top / self.scale,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class BorderTable:
    """Every border of many polygons once, from west to east; those that lie together stand together.

    Attributes:
        count: How many polygons.
        west: Easting of the western end, shape (n,). [m]
        east: Easting of the eastern end. [m]
        north: Northing of the western end. [m]
        slope: Metres to the north per metre to the east.
        amounts: What is added to the pixels south of it: a polygon is its number plus ``layer`` plus 1.
        boxes: West, south, east, north of every CHUNK of borders, shape (ceil(n / CHUNK), 4). [m]
        is_first: By corner of the edge table, whether the edge that begins there has not been there before.
    """

    count: int
    west: Values
    east: Values
    north: Values
    slope: Values
    amounts: NDArray[np.int32]
    boxes: Values
    is_first: NDArray[np.bool_]

    @property
    def layer(self) -> int:
        """A power of two above the value of every pixel."""
        return layer_of(self.count)

    @classmethod
    def of(cls, edges: EdgeTable) -> BorderTable:
        """Return the borders of polygons."""
        corners, amounts, edge = _borders_of(edges)
        order = np.argsort(_keys(*corners))
        corners = tuple(values[order] for values in corners)
        is_new = np.zeros(len(order), bool)
        is_new[:1] = True
        for values in corners:
            is_new[1:] |= values[1:] != values[:-1]
        starts = np.flatnonzero(is_new)
        amounts = np.add.reduceat(amounts[order], starts, dtype=np.int32) if len(starts) else amounts
        is_first = np.ones(len(edges.points), bool)
        is_first[edge] = False
        is_first[edge[order[starts]]] = True
        some = starts[amounts != 0]
        return cls._of(edges.count, tuple(values[some] for values in corners), amounts[amounts != 0], is_first)

    @classmethod
    def loose(cls, edges: EdgeTable) -> BorderTable:
        """Return the same without looking for shared borders: three times as fast to make, half as fast to draw."""
        corners, amounts, _edge = _borders_of(edges)
        return cls._of(edges.count, corners, amounts, np.ones(len(edges.points), bool))

    @classmethod
    def _of(cls, count: int, corners: Corners, amounts: NDArray[np.int32], is_first: NDArray[np.bool_]) -> BorderTable:
        west, north, east, end = corners
        slope = end - north
        slope /= east - west
        return cls(count, west, east, north, slope, amounts, _boxes(west, east, north, end), is_first)

    def runs(self, window: Window) -> Iterator[tuple[slice, bool]]:
        """Yield borders in the columns of a window, in it, north of it or close by, and whether all are north of it."""
        west, south, east, north = window.box
        near = (self.boxes[:, 0] <= east) & (self.boxes[:, 2] >= west) & (self.boxes[:, 3] >= south)
        margin = 2 / window.scale
        is_above = self.boxes[:, 1] > north + margin
        for chosen, above in ((near & ~is_above, False), (near & is_above, True)):
            for run in _runs(np.flatnonzero(chosen).tolist()):
                yield slice(run.start * CHUNK, run.stop * CHUNK), above


def _runs(chunks: list[int]) -> Iterator[range]:
    """Yield rising numbers as ranges without holes, AT_ONCE long at most."""
    start = stop = -1
    for chunk in chunks:
        if chunk == stop and stop - start < AT_ONCE:
            stop += 1
            continue
        if start >= 0:
            yield range(start, stop)
        start, stop = chunk, chunk + 1
    if start >= 0:
        yield range(start, stop)


def layer_of(count: int) -> int:
    """Return the power of two above the value of every pixel of a picture of so many polygons."""
    return 1 << (count + 1).bit_length()


def rasterised(table: BorderTable, window: Window) -> Numbers:
    """Return which polygon each pixel's centre lies in, shape (height, width)."""
    width, height = window.width, window.height
    sums = _zeros(height + 1, width)  # the last row is for what lies south of the window
    entered = np.zeros(width + 1, np.int32)
    for some, is_above in table.runs(window):
        place, first, last = _columns(table, some, window)
        crossing = np.flatnonzero(first < last)
        if is_above:
            _enter(first[crossing], last[crossing], table.amounts[some][crossing], entered)
        else:
            ends = place[crossing], first[crossing], last[crossing]
            _add_borders(table, crossing + some.start, ends, window, sums, entered)
    sums[0] += np.cumsum(entered[:-1], dtype=np.int32)
    dtype = np.uint16 if table.count + 1 < 1 << 16 else np.uint32
    numbers = np.empty((height, width), dtype)
    above = sums[0]
    for line in range(0, height, LINES):
        some_rows = sums[line : min(line + LINES, height)]
        for row in some_rows[1:] if line == 0 else some_rows:
            np.add(above, row, row)
            above = row
        # None: below 0; one: its number; several: above all numbers. Sums go on from the last row as it was.
        above = above.copy()
        some_rows -= np.int32(table.layer)
        np.clip(some_rows, OUTSIDE, table.count + 1, out=some_rows)
        numbers[line : line + LINES] = some_rows
    return numbers


def _columns(table: BorderTable, some: slice, window: Window) -> tuple[Values, Values, Values]:
    """Return where borders begin, seen from the middle of the first column, and columns: first crossed, first beyond.

    All in pixels; the columns are those of the window, the one right of it at most.
    """
    middle = window.left + 0.5
    place = table.west[some] * window.scale
    place -= middle
    first = np.ceil(place)
    last = table.east[some] * window.scale
    last -= middle
    np.ceil(last, out=last)
    for columns in (first, last):
        np.clip(columns, 0, window.width, out=columns)
    return place, first, last


def _enter(first: Values, last: Values, amounts: NDArray[np.int32], entered: NDArray[np.int32]) -> None:
    """Add amounts to all columns from the first to the last: what lies north of a window."""
    np.add.at(entered, first.astype(np.int64), amounts)
    np.subtract.at(entered, last.astype(np.int64), amounts)


def _add_borders(  # noqa: PLR0913  one step of the picture, cut out for its length
    table: BorderTable, borders: NDArray[np.int64], ends: tuple[Values, Values, Values], window: Window,
    sums: NDArray[np.int32], entered: NDArray[np.int32],
) -> None:  # fmt: skip
    """Add every crossing of the middle of a column of pixels.

    Args:
        table: All borders.
        borders: Those that cross one.
        ends: Their ``_columns``.
        window: What is drawn.
        sums: Amounts by pixel, shape (height + 1, width).
        entered: Amounts of borders north of the window, by column: from there on to the east.
    """
    place, first, last = ends
    slope, amounts = table.slope[borders], table.amounts[borders]
    # Northing of the western end in pixels downwards; rows have their middle at 0.5.
    level = table.north[borders] * -window.scale
    level += window.top - 0.5
    row = level - (first - place) * slope
    _add(row, first, amounts, window, sums)
    more = np.flatnonzero(last - first > 1)  # few when much is in sight
    if not len(more):
        return
    final = level[more] - (last[more] - 1 - place[more]) * slope[more]
    # Far below there is nothing to add, far above every column gets the same; a pixel more leaves the rest exact.
    is_above = (row[more] < -1) & (final < -1)
    above = more[is_above]
    _enter(first[above] + 1, last[above], amounts[above], entered)
    more = more[~is_above & ((row[more] < window.height) | (final < window.height))]
    lengths = (last - first)[more].astype(np.int64) - 1
    border = np.repeat(more, lengths)
    place_in = np.arange(len(border)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    column = first[border] + 1.0 + place_in
    _add(level[border] - (column - place[border]) * slope[border], column, amounts[border], window, sums)


def _add(
    row: NDArray[np.float64], column: NDArray[np.float64], amounts: NDArray[np.int32], window: Window,
    sums: NDArray[np.int32],
) -> None:  # fmt: skip
    """Add amounts to the first pixel whose centre lies below a crossing."""
    place = np.ceil(row)
    np.clip(place, 0, window.height, out=place)
    place *= window.width
    place += column
    np.add.at(sums.reshape(-1), place.astype(np.int64), amounts)


def _zeros(height: int, width: int) -> NDArray[np.int32]:
    """Return zeros, in memory this thread had before."""
    size = height * width
    if size > MOST_KEPT:
        return np.zeros((height, width), np.int32)
    memory: NDArray[np.int32] | None = getattr(_kept, "memory", None)
    if memory is None or len(memory) < size:
        memory = _kept.memory = np.empty(size, np.int32)
    found = memory[:size].reshape(height, width)
    found.fill(0)
    return found


def _borders_of(edges: EdgeTable) -> tuple[Corners, NDArray[np.int32], NDArray[np.int64]]:
    """Return every edge but those that run due north: its ends, its amount, and the corner it begins at."""
    x, y = edges.points[:, 0], edges.points[:, 1]
    owners = np.repeat(np.arange(edges.count, dtype=np.int32), np.diff(edges.first))
    owners += np.int32(1 + layer_of(edges.count))
    corners = tuple(np.empty(len(x)) for _column in range(4))
    amounts, edge = np.empty(len(x), np.int32), np.empty(len(x), np.int64)
    done = 0
    for begin in range(0, len(x) - 1, CHUNK * AT_ONCE):
        some = slice(begin, min(begin + CHUNK * AT_ONCE, len(x) - 1))
        nearby = x[some.start : some.stop + 1]
        across = nearby[1:] != nearby[:-1]  # what runs north lies between columns
        across &= ~edges.ends[some]
        found = np.flatnonzero(across)
        is_east = nearby[found] < nearby[found + 1]
        found += begin
        place = slice(done, done + len(found))
        start, end = found + ~is_east, found + is_east
        for column, (source, corner) in enumerate(((x, start), (y, start), (x, end), (y, end))):
            corners[column][place] = source[corner]
        edge[place] = found
        amounts[place] = np.where(is_east, owners[found], -owners[found])
        done = place.stop
    return tuple(values[:done] for values in corners), amounts[:done], edge[:done]


def _keys(west: Values, north: Values, east: Values, end: Values) -> NDArray[np.uint64]:
    """Return whole numbers to sort borders by: by strip from west to east, in it by height, equal ones together.

    The rest is a hash. Two borders with the same one may part equal ones: that costs time, nothing else.
    """
    keys = np.empty(len(west), np.uint64)
    if not len(west):
        return keys
    low, bottom = west.min(), north.min()
    per_strip = (STRIPS - 1) / max(west.max() - low, 1e-9)
    per_step = (STEPS - 1) / max(north.max() - bottom, 1e-9)
    for begin in range(0, len(west), CHUNK * AT_ONCE):
        some = slice(begin, begin + CHUNK * AT_ONCE)
        key = keys[some]
        key[:] = 0
        for values, factor in zip((west, north, east, end), FACTORS, strict=True):
            key += values[some].view(np.uint64)
            key *= np.uint64(factor)
            key ^= key >> np.uint64(31)
        key >>= np.uint64(16)
        place = ((west[some] - low) * per_strip).astype(np.uint64) * np.uint64(STEPS)
        place += ((north[some] - bottom) * per_step).astype(np.uint64)
        key |= place << np.uint64(48)
    return keys


def _boxes(*values: Values) -> Values:
    """Return west, south, east, north of every chunk of borders, given as west, east, north and north of the end."""
    west, east, north, end = values
    if not len(west):
        return np.zeros((0, 4))
    starts = np.arange(0, len(west), CHUNK)
    return np.stack(
        [np.minimum.reduceat(west, starts), np.minimum.reduceat(np.minimum(north, end), starts),
         np.maximum.reduceat(east, starts), np.maximum.reduceat(np.maximum(north, end), starts)], axis=1,
    )  # fmt: skip


def borders_in(values: Numbers) -> NDArray[np.bool_]:
    """Return where a pixel differs from the one right of or below it; one row and column less than given."""
    found: NDArray[np.bool_] = values[:-1, :-1] != values[:-1, 1:]
    found |= values[:-1, :-1] != values[1:, :-1]
    return found
