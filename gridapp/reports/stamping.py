"""Write who takes a finished paper out, when and what for, at the foot of every page of its file.

A paper is made to be looked at, and what it is for is said only when it
leaves: then one line goes below the foot, and nothing else on the page changes.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from gridapp.errors import StorageError
from gridapp.i18n import _
from gridapp.reports import fonts
from gridapp.reports.output import write_whole
from gridapp.reports.pdf_writer import PdfWriter
from gridapp.reports.placed import Page, PlacedText
from gridapp.reports.rendering import lock
from gridapp.reports.template import MM, SIDE_MARGIN_MM

_BASE = 3.8 * MM
"""Below the foot of a page, and above what most printers leave white."""
_SIZE, _GREY = 6.5, 0.3


def stamp_pages(source: Path, target: Path, line: str) -> None:
    """Write a copy of a PDF with one line of text at the foot of every page.

    Args:
        source: A finished paper.
        target: Replaced only when all is written; may be the source.
        line: What it says; shrunk until it fits.

    Raises:
        StorageError: The source is no PDF, or the target cannot be written.
    """
    import pypdfium2  # type: ignore[import-untyped]  # heavy: imported when first used

    held = io.BytesIO()
    with lock:
        try:
            paper: Any = pypdfium2.PdfDocument(source.read_bytes())
        except (pypdfium2.PdfiumError, OSError) as error:
            raise StorageError(_("{name} cannot be opened as a PDF file.").format(name=source.name)) from error
        sizes = [paper.get_page_size(number) for number in range(len(paper))]
        different = sorted(set(sizes))
        lines: Any = pypdfium2.PdfDocument(_lines(line, different))
        # One form for all pages of a size: the text and its letters are in the file once.
        forms = {size: lines.page_as_xobject(place, paper) for place, size in enumerate(different)}
        for number, size in enumerate(sizes):
            page = paper[number]
            page.insert_obj(forms[size].as_pageobject())
            page.gen_content()
            page.close()
        paper.save(held)
        for form in forms.values():
            form.close()
        lines.close()
        paper.close()
    write_whole(target, held.getvalue())


def _lines(line: str, sizes: list[tuple[float, float]]) -> bytes:
    """Return a PDF with one page of each size that holds the line only."""
    stream, text, left = io.BytesIO(), fonts.printable(line), SIDE_MARGIN_MM * MM
    writer = PdfWriter(stream, "")
    for width, height in sizes:
        size = min(_SIZE, (width - 2 * left) / max(fonts.width(text, 1.0), 1.0))
        writer.add(Page(width, height, texts=[PlacedText(left, _BASE, text, size, grey=_GREY)]))
    writer.finish()
    return stream.getvalue()
