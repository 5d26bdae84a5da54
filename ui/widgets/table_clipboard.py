"""Put a block of cells on the clipboard as text and as a table.

Spreadsheets turn an 18-digit identity number into 1.1E+17 and drop leading
zeros unless the HTML marks the cell as text: ``sdnum`` for LibreOffice,
``mso-number-format`` for Excel and WPS.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

_CELL = "<td sdval=\"\" sdnum=\"1033;0;@\" style=\"mso-number-format:'\\@'\">{text}</td>"


def put(headings: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """Offer headings and cells as TSV and HTML, every cell marked as text."""
    data = QMimeData()
    data.setText(as_tsv([headings, *cells]))
    data.setHtml(as_html(headings, cells))
    QGuiApplication.clipboard().setMimeData(data)


def as_tsv(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as tab-separated text; tabs and line ends inside cells become blanks."""
    return "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in rows)


def as_html(headings: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    """Return an HTML table whose cells spreadsheets keep as text."""
    head = "".join(f"<th>{html.escape(text)}</th>" for text in headings)
    body = "".join(
        "<tr>" + "".join(_CELL.format(text=html.escape(text)) for text in row) + "</tr>" for row in cells
    )
    return f'<meta charset="utf-8"><table><tr>{head}</tr>{body}</table>'
