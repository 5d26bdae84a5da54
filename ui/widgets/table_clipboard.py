"""Put a block of cells on the clipboard, as text and as a table that keeps 18 digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakMethod

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

Gate = Callable[[QWidget, str, Sequence[str], Sequence[Sequence[str]]], Any]
_gate: WeakMethod[Gate] | None = None


def set_gate(gate: WeakMethod[Gate]) -> None:
    """Let somebody decide what is copied and what is asked about first; the window does."""
    global _gate
    _gate = gate


def copy(owner: QWidget, name: str, headings: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """Copy rows of a table by way of the gate, if one stands there.

    Args:
        owner: The table; questions stand before it.
        name: Of the table.
        headings: Of the columns.
        cells: Texts, row by row.
    """
    gate = _gate() if _gate is not None else None
    if gate is None:
        put(headings, cells)
    else:
        gate(owner, name, headings, cells)


def put(headings: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """Offer headings and cells as TSV and HTML, every cell marked as text."""
    from gridapp.ledgers import clipboard, exports  # heavy: imported when first used

    columns = [exports.ExportColumn(heading) for heading in headings]
    data = QMimeData()
    data.setText(clipboard.to_tsv(columns, cells))
    data.setHtml(clipboard.to_html(columns, cells))
    QGuiApplication.clipboard().setMimeData(data)
