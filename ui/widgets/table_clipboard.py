"""Put a block of cells on the clipboard, as text and as a table that keeps 18 digits."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication


def put(headings: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """Offer headings and cells as TSV and HTML, every cell marked as text."""
    from gridapp.ledgers import clipboard, exports  # heavy: imported when first used

    columns = [exports.ExportColumn(heading) for heading in headings]
    data = QMimeData()
    data.setText(clipboard.to_tsv(columns, cells))
    data.setHtml(clipboard.to_html(columns, cells))
    QGuiApplication.clipboard().setMimeData(data)
