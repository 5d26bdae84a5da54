"""Read row codes back from scanned or photographed pages.

One call finds every symbol of a page. What a symbol says is taken only when it
has the form of a row code; its check digit is judged by who asks for the row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gridapp.errors import StorageError, ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.reports.rendering import PdfPages

if TYPE_CHECKING:
    from PIL.Image import Image

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")
SCAN_DPI = 200
"""A page of a PDF is rendered as finely as a usual scanner would give it."""
MOST_PIXELS = 120_000_000
_ROW_CODE = re.compile(r"[0-9]{12}")


def codes_on_pages(path: Path, progress: Progress | None = None) -> Iterator[list[str]]:
    """Yield the row codes of each page of a file, from top to bottom.

    Args:
        path: A PDF or picture file.
        progress: Told after each page; may cancel.

    Raises:
        ValidationError: The name's ending is that of neither, or the picture is too large.
        StorageError: The file is missing or damaged.
        OperationCancelled: Cancelled through progress.
    """
    progress = progress or NullProgress()
    ending = path.suffix.lower()
    if ending == ".pdf":
        with PdfPages(path) as pages:
            for index in range(len(pages)):
                yield _codes_in(_rendered(pages, index))
                progress.advance(index + 1, len(pages), _("Reading the page"))
    elif ending in PICTURES:
        yield from _codes_in_pictures(path, progress)
    else:
        raise ValidationError(
            _("{name} is no scan. Choose a PDF, PNG or JPG file.").format(name=path.name), "file"
        )


def _rendered(pages: PdfPages, index: int) -> Image:
    from PIL import Image  # heavy: imported when first used

    width, height = pages.size(index)
    scale = min(SCAN_DPI / 72, (MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
    picture = pages.render(index, scale)
    return Image.frombuffer(
        "RGB", (picture.width, picture.height), picture.pixels, "raw", "BGRX", picture.stride, 1
    ).convert("L")


def _codes_in_pictures(path: Path, progress: Progress) -> Iterator[list[str]]:
    from PIL import Image, ImageOps, UnidentifiedImageError  # heavy: imported when first used

    try:
        with Image.open(path) as picture:
            count = getattr(picture, "n_frames", 1)
            for number in range(count):
                picture.seek(number)
                if picture.width * picture.height > MOST_PIXELS:
                    raise ValidationError(
                        _("{name} is too large. Scan it with 200 or 300 dots per inch.").format(name=path.name), "file"
                    )
                # A phone says in the file how it was held.
                yield _codes_in(ImageOps.exif_transpose(picture).convert("L"))
                progress.advance(number + 1, count, _("Reading the page"))
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, SyntaxError) as error:
        raise StorageError(_("{name} cannot be opened as a picture.").format(name=path.name)) from error


def _codes_in(image: Image) -> list[str]:
    """Return the row codes of a page, from top to bottom, then from the left."""
    import zxingcpp  # heavy: imported when first used

    found = _decoded(zxingcpp, image)
    longest = max(image.size)
    if longest < 3000:
        # A coarse scan: a symbol of a few dots a module reads better twice as large.
        for text, place in _decoded(zxingcpp, image.resize((image.width * 2, image.height * 2))).items():
            found.setdefault(text, (place[0] // 2, place[1] // 2))
    return sorted(found, key=lambda text: (found[text][0] // 8, found[text][1]))


def _decoded(zxingcpp: object, image: Image) -> dict[str, tuple[int, int]]:
    read = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)  # type: ignore[attr-defined]
    return {
        found.text: (found.position.top_left.y, found.position.top_left.x)
        for found in read
        if _ROW_CODE.fullmatch(found.text)
    }
