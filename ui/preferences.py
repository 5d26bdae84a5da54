"""What one user likes to see: theme, text size, column widths, last page.

Kept in an INI file in the user's own configuration folder, never in the
database: two people sharing a database need not share a text size.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSettings

from gridapp import paths

LANGUAGE_KEY = "look/language"
"""Catalogue the user chose, read when the program starts."""

_store: QSettings | None = None


def store() -> QSettings:
    """Return the open preferences file."""
    global _store
    if _store is None:
        use_file(str(paths.config_dir() / "preferences.ini"))
    assert _store is not None
    return _store


def use_file(path: str) -> None:
    """Keep preferences in another file, e.g. a test's."""
    global _store
    _store = QSettings(path, QSettings.Format.IniFormat)


def text(key: str, default: str = "") -> str:
    """Return a text that was kept, or the default."""
    return str(store().value(key, default))


def number(key: str, default: int) -> int:
    """Return a whole number that was kept, or the default when it is missing or spoilt."""
    try:
        return int(str(store().value(key, default)))
    except ValueError:
        return default


def keep(key: str, value: Any) -> None:
    """Keep a value; it is written to disk when the event loop is next idle."""
    store().setValue(key, value)
