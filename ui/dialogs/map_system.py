"""Asks which coordinates a file has, when the file itself does not say."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from gridapp.i18n import N_, _
from ui import theme
from ui.context import AppContext
from ui.dialogs.map_dialog import MapDialog
from ui.widgets import basics

SYSTEMS = (
    ("CGCS2000", N_("CGCS2000 (official maps)")),
    ("WGS84", N_("WGS84 (GPS)")),
    ("GCJ-02", N_("GCJ-02 (Amap, Tencent)")),
    ("BD-09", N_("BD-09 (Baidu)")),
    *((f"GK3-{zone}", f"CGCS2000 / GK 3° {zone} ({zone * 3}°E)") for zone in range(25, 46)),
)


def system_box() -> QComboBox:
    """Return a list of coordinate systems."""
    box = basics.dressed(QComboBox(), _("Coordinates"))
    for key, title in SYSTEMS:
        box.addItem(_(title), key)
    return box


class MapSystemDialog(MapDialog):
    """One question about one file.

    Signals:
        chosen: the file, and the key of the coordinate system.
    """

    chosen = Signal(object, str)

    def __init__(self, context: AppContext, path: Path, question: str, parent: QWidget) -> None:
        """Make the dialog.

        Args:
            context: Database and jobs.
            path: The file.
            question: What is asked.
            parent: The page or dialog.
        """
        super().__init__(context, _("Coordinates"), parent)
        self._path = path
        self.column.addWidget(basics.label(path.name, "strong"))
        self.column.addWidget(basics.label(question, wrap=True))
        self.system_box = system_box()
        self.column.addWidget(self.system_box)
        self.cancel_button = basics.button(_("Cancel"))
        self.go_button = basics.button(_("Read the file"), "primary")
        self.go_button.setDefault(True)
        self.cancel_button.clicked.connect(self.reject)
        self.go_button.clicked.connect(self._on_go)
        self.close_with(self.cancel_button, self.go_button)
        theme.dress(self, "form")

    def _on_go(self) -> None:
        self.accept()
        self.chosen.emit(self._path, str(self.system_box.currentData()))
