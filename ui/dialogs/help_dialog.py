"""Keyboard shortcuts, and what this program is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QVBoxLayout, QWidget

import gridapp
from gridapp.i18n import _
from ui import actions, theme
from ui.widgets import basics


def show_help(parent: QWidget, topic: str) -> QDialog:
    """Open the help on "shortcuts" or "about"; it closes by itself with Esc."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    theme.dress(dialog, "form")
    column = QVBoxLayout(dialog)
    px = theme.current().px
    column.setContentsMargins(px(20), px(20), px(20), px(16))
    column.setSpacing(px(theme.GAP_M))
    if topic == "shortcuts":
        dialog.setWindowTitle(_("Keyboard shortcuts"))
        column.addLayout(_shortcuts())
    else:
        dialog.setWindowTitle(_("About GridApp"))
        _add_about(column)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    column.addWidget(buttons)
    dialog.open()
    return dialog


def _shortcuts() -> QGridLayout:
    grid = QGridLayout()
    px = theme.current().px
    grid.setHorizontalSpacing(px(theme.GAP_L))
    grid.setVerticalSpacing(px(6))
    entries = actions.shortcut_list()
    half = (len(entries) + 1) // 2
    for number, (shortcut, meaning) in enumerate(entries):
        place = number // half * 2
        grid.addWidget(basics.label(shortcut, "strong"), number % half, place)
        grid.addWidget(basics.label(meaning), number % half, place + 1)
    return grid


def _add_about(column: QVBoxLayout) -> None:
    column.addWidget(basics.label(_("GridApp"), "title"))
    version = getattr(gridapp, "__version__", "")
    lines = (
        _("Version {version}").format(version=version),
        _("Keeps grids, residents and visits on this computer, without a network."),
        _("Free software under the Apache License 2.0. Fonts: SIL Open Font License. Icons: Lucide, ISC License."),
    )
    for line in lines:
        column.addWidget(basics.label(line, wrap=True))
