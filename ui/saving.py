"""Where files are put: every question for a place begins in the folder used last, at first in the user's documents."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from ui import preferences

FOLDER_KEY = "saving/folder"


def ask_where(owner: QWidget, title: str, name: str, kinds: str) -> tuple[str, str]:
    """Ask for the place of a file that is to be written.

    Args:
        owner: Page or dialog it belongs to.
        title: Of the question.
        name: Proposed name of the file.
        kinds: Kinds of files as Qt takes them, e.g. "PDF (*.pdf)".

    Returns:
        Path and kind chosen; "" for both when the user changed their mind.
    """
    chosen, kind = QFileDialog.getSaveFileName(owner, title, str(folder() / name), kinds)
    if chosen:
        preferences.keep(FOLDER_KEY, str(Path(chosen).parent))
    return chosen, kind


def folder() -> Path:
    """Return the folder files were put into last, as long as it is there; else the user's documents, or own folder."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    known = (Path(text) for text in (preferences.text(FOLDER_KEY), documents) if text)
    return next((one for one in known if one.is_dir()), Path.home())
