"""Turn PDF pages into pictures: for PNG files and for the preview on screen.

pdfium must never be entered by two threads at once, so every call in the
program holds the lock of this module.
"""

from __future__ import annotations

import io
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from gridapp.errors import StorageError
from gridapp.i18n import _

lock = threading.RLock()
"""Held by whoever enters pdfium."""


class Picture(NamedTuple):
    """A rendered page: rows of ``stride`` bytes, four bytes a pixel in the order B, G, R, unused."""

    width: int
    height: int
    stride: int
    pixels: bytes


class PdfPages:
    """The pages of one PDF, rendered when asked for. Safe to use from any thread."""

    def __init__(self, source: Path | bytes) -> None:
        """Open a PDF file, or one held in memory.

        Raises:
            StorageError: The file is missing or is not a PDF.
        """
        import pypdfium2  # type: ignore[import-untyped]  # heavy: imported when first used

        name = source.name if isinstance(source, Path) else "PDF"
        with lock:
            try:
                # Read whole: an open handle would keep Windows from replacing the file.
                content = source.read_bytes() if isinstance(source, Path) else source
                self._document: Any = pypdfium2.PdfDocument(content)
            except (pypdfium2.PdfiumError, OSError) as error:
                raise StorageError(_("{name} cannot be opened as a PDF file.").format(name=name)) from error
            self._count = len(self._document)

    def __len__(self) -> int:
        return self._count

    def size(self, index: int) -> tuple[float, float]:
        """Return the width and height of page ``index`` (from 0) in points."""
        with lock:
            width, height = self._document.get_page_size(index)
            return float(width), float(height)

    def render(self, index: int, scale: float) -> Picture:
        """Render page ``index`` (from 0) at ``scale`` pixels per point."""
        with lock:
            page = self._document[index]
            bitmap = page.render(scale=scale, rev_byteorder=False, prefer_bgrx=True)
            try:
                return Picture(bitmap.width, bitmap.height, bitmap.stride, bytes(bitmap.buffer))
            finally:
                bitmap.close()
                page.close()

    def text(self, index: int) -> str:
        """Return the text of page ``index`` (from 0) in drawing order."""
        with lock:
            page = self._document[index]
            text_page = page.get_textpage()
            try:
                return str(text_page.get_text_range())
            finally:
                text_page.close()
                page.close()

    def close(self) -> None:
        """Let go of the document."""
        with lock:
            self._document.close()

    def __enter__(self) -> PdfPages:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def png(pdf: bytes, scale: float) -> bytes:
    """Return the first page of a PDF as a PNG file, ``scale`` pixels per point."""
    from PIL import Image  # heavy: imported when first used

    with PdfPages(pdf) as pages:
        width, height, stride, pixels = pages.render(0, scale)
    image = Image.frombuffer("RGB", (width, height), pixels, "raw", "BGRX", stride, 1)
    stream = io.BytesIO()
    image.save(stream, "PNG", dpi=(72 * scale, 72 * scale))
    return stream.getvalue()
