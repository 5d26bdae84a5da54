"""What the roster is measured against: the obvious way of reportlab's own tables, and scans of the codes."""

from __future__ import annotations

import io
from typing import Any

from gridapp.reports import codes, fonts
from gridapp.reports.document import Contents
from gridapp.reports.paper_template import PaperTemplate
from gridapp.reports.people import person_texts

ROWS_PER_TABLE = 400
"""One LongTable of ten thousand rows of Paragraphs needs more than a minute and a gigabyte: chunks favour the peer."""


def write_obvious(template: PaperTemplate, contents: Contents) -> int:
    """Write the same roster with LongTable, Paragraph cells and QrCodeWidget; return its bytes."""
    from reportlab.graphics.barcode.qr import QrCodeWidget
    from reportlab.graphics.shapes import Drawing
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, TableStyle

    fonts.face(fonts.REGULAR)
    block = template.blocks[0]
    people = contents.people["roster"]
    texts = person_texts(people.line, block.fields, template.masking, contents.sheet_no)
    style = ParagraphStyle("cell", fontName=fonts.REGULAR, fontSize=template.text_pt, leading=11, wordWrap="CJK")
    widths = template.table_of(block).widths()

    def cell(field: str, text: str) -> Any:
        if field != "code":
            return Paragraph(text.replace("\n", "<br/>"), style)
        side = 29.0
        widget = QrCodeWidget(text, barLevel="H", barWidth=side, barHeight=side, barBorder=0)
        drawing = Drawing(side, side)
        drawing.add(widget)
        return drawing

    head = [Paragraph(column.title, style) for column in block.columns]
    grid = TableStyle([("GRID", (0, 0), (-1, -1), 0.4, "grey"), ("FONTNAME", (0, 0), (-1, -1), fonts.REGULAR)])
    story = []
    for start in range(0, people.count, ROWS_PER_TABLE):
        rows = [head]
        for index in range(start, min(start + ROWS_PER_TABLE, people.count)):
            values = texts(index)
            rows.append([cell(column.field, values[column.field]) for column in block.columns])
        table = LongTable(rows, colWidths=widths, repeatRows=1)
        table.setStyle(grid)
        story.append(table)
    stream = io.BytesIO()
    document = SimpleDocTemplate(stream, pagesize=landscape(A4), initialFontName=fonts.REGULAR,
                                 leftMargin=28, rightMargin=28, topMargin=28, bottomMargin=28)  # fmt: skip
    document.build(story)
    return len(stream.getvalue())


def read_back(pdf: bytes, sheet: int, count: int, renderer: str) -> tuple[int, int]:
    """Return how many row codes a bad scan gives back, and how many of them are wrong.

    Each page is rendered at 150 dots per inch, turned by 1.5 degrees, blurred and saved as a poor JPEG.

    Args:
        pdf: The roster.
        sheet: Its sheet number.
        count: Its rows.
        renderer: "pdfium" or "poppler".
    """
    import numpy as np
    import zxingcpp
    from PIL import Image, ImageFilter

    wanted = {codes.row_code(sheet, row) for row in range(1, count + 1)}
    found: set[str] = set()
    for page in _pages(pdf, renderer):
        turned = page.rotate(1.5, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        stream = io.BytesIO()
        turned.filter(ImageFilter.GaussianBlur(0.7)).save(stream, "JPEG", quality=60)
        scan = np.asarray(Image.open(stream))
        found |= {code.text for code in zxingcpp.read_barcodes(scan, formats=zxingcpp.BarcodeFormat.QRCode)}
    return len(wanted & found), len(found - wanted)


def _pages(pdf: bytes, renderer: str) -> Any:
    from PIL import Image

    if renderer == "pdfium":
        import pypdfium2

        with pypdfium2.PdfDocument(pdf) as document:
            for page in document:
                yield page.render(scale=150 / 72, grayscale=True).to_pil().convert("L")
        return
    import subprocess
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.pdf"
        path.write_bytes(pdf)
        subprocess.run(["pdftoppm", "-gray", "-r", "150", str(path), str(path.with_suffix(""))], check=True)
        for image in sorted(Path(folder).glob("*.pgm")):
            with Image.open(image) as page:
                yield page.convert("L")
