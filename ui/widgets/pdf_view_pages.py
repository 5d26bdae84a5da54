"""Pages of a PDF as pictures, made off the UI thread; free of Qt.

pdfium is not safe to use from two threads at once: the lock is that of ``reports.rendering``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gridapp.errors import StorageError
from gridapp.i18n import _
from gridapp.reports.rendering import lock

POINTS_PER_INCH = 72
MOST_PIXELS = 60_000_000
"""A larger picture is made smaller. [px]"""


@dataclass(frozen=True)
class PagePicture:
    """One page as pixels.

    Attributes:
        number: Place of the page, from 0.
        scale: Pixels per point it was asked for.
        width: [px]
        height: [px]
        stride: Bytes from one line to the next.
        pixels: Blue, green, red, unused; a byte each.
    """

    number: int
    scale: float
    width: int
    height: int
    stride: int
    pixels: bytes = field(repr=False)


def read_sizes(path: Path) -> list[tuple[float, float]]:
    """Return width and height of every page. [pt]

    Raises:
        StorageError: It is no PDF, or cannot be read.
    """
    with lock:
        document = _open(path)
        try:
            return [document.get_page_size(number) for number in range(len(document))]
        finally:
            document.close()


def draw_page(path: Path, number: int, scale: float) -> PagePicture:
    """Return one page as pixels.

    Args:
        path: The file.
        number: Place of the page, from 0.
        scale: Pixels per point.

    Raises:
        StorageError: It is no PDF, or cannot be read.
    """
    with lock:
        document = _open(path)
        try:
            page = document[number]
            width, height = page.get_size()
            fitting = min(scale, (MOST_PIXELS / max(width * height, 1)) ** 0.5)
            bitmap = page.render(scale=fitting, rev_byteorder=False, prefer_bgrx=True, fill_color=(255, 255, 255, 255))
            picture = PagePicture(
                number, scale, bitmap.width, bitmap.height, bitmap.stride, bytes(memoryview(bitmap.buffer))
            )
            bitmap.close()
            page.close()
            return picture
        finally:
            document.close()


def draw_if_there(path: Path, number: int, scale: float) -> PagePicture | None:
    """Return one page as pixels; None when the file went, because a newer one took its place.

    Raises:
        StorageError: It is there and cannot be read.
    """
    try:
        return draw_page(path, number, scale)
    except StorageError:
        if path.exists():
            raise
        return None


def _open(path: Path) -> Any:
    import pypdfium2  # type: ignore[import-untyped]  # heavy: imported when first used

    try:
        return pypdfium2.PdfDocument(path)
    except (pypdfium2.PdfiumError, OSError) as error:
        raise StorageError(_("The preview cannot be shown: {name} is damaged.").format(name=path.name)) from error
