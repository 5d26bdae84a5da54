"""The card on the settings page that says where data and key lie, and moves the key."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from gridapp.db import keyfile, keyring
from gridapp.i18n import _
from gridapp.services import key_place
from ui import theme
from ui.context import AppContext
from ui.widgets import basics


class PlaceCard(basics.Card):
    """Where the data lies.

    The button for the key is there only where a key file opens the database:
    accounts have a ring of their own, and a server needs no key.
    """

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(_("Where the data lies"), parent=parent)
        self._context = context
        location = context.database.location
        on_server = "://" in location
        self.database_label = self._value(location if on_server else str(Path(location).resolve()))
        self.key_label = self._value("")
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.current().px(theme.GAP_M))
        grid.setColumnStretch(1, 1)
        lines = [(_("Database"), self.database_label), (_("Key file"), self.key_label)]
        for number, (title, value) in enumerate(lines[:1] if on_server else lines):
            grid.addWidget(basics.label(title, "body", "muted"), number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, number, 1)
        self.body.addLayout(grid)
        self.advice_label = basics.label("", "small", "muted", wrap=True)
        self.body.addWidget(self.advice_label)
        self.folder_button = basics.button(_("Open the folder"), "secondary", "external-link")
        self.folder_button.setEnabled(not on_server)
        self.folder_button.clicked.connect(self._open_folder)
        self.key_button = basics.button("", "secondary", "lock")
        self.key_button.clicked.connect(self._move_key)
        self.key_button.setVisible(not on_server and not keyring.exists(Path(location)) and keyfile.key_path().exists())
        self.body.addLayout(basics.button_row(at_left=(self.folder_button, self.key_button)))
        self._show_key()

    def _value(self, text: str) -> QLabel:
        made = basics.label(text, wrap=True)
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return made

    def _show_key(self) -> None:
        inside = keyfile.is_in_keyring()
        path = str(keyfile.key_path())
        self.key_label.setText(_("In the system’s keyring, named by {path}.").format(path=path) if inside else path)
        self.advice_label.setText(key_place.advice())
        self.key_button.setText(_("Put the key back into the file") if inside else _("Keep the key in the keyring"))

    @Slot()
    def _move_key(self) -> None:
        self.key_button.setEnabled(False)
        to = key_place.FILE if keyfile.is_in_keyring() else key_place.KEYRING
        job = self._context.run(key_place.move_key, to)
        job.finished.connect(self._on_moved)

    @Slot()
    def _on_moved(self) -> None:
        self.key_button.setEnabled(True)
        self._show_key()

    @Slot()
    def _open_folder(self) -> None:
        folder = Path(self._context.database.location).resolve().parent
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
