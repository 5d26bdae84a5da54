"""Every command of the window, once: text, icon, shortcut and menu.

Menus, shortcuts and the list of shortcuts in the help are built from this
table. Shortcuts only speed things up; each command is in a menu as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from gridapp.i18n import N_, _
from ui import pages, theme


@dataclass(frozen=True)
class ActionEntry:
    """One command.

    Attributes:
        key: What ``Actions.triggered`` says.
        source_text: Text in the menu, before translation; "" is a separator.
        menu: Key of the menu it is in.
        shortcut: In portable form, "" for none.
        icon: Lucide name, "" for none.
        choice: Name of the group of which one is in force, "" for a plain command.
        needs_database: Greyed out until a database is open.
    """

    key: str
    source_text: str
    menu: str
    shortcut: str = ""
    icon: str = ""
    choice: str = ""
    needs_database: bool = True


MENUS: tuple[tuple[str, str], ...] = (
    ("file", N_("&File")),
    ("edit", N_("&Edit")),
    ("view", N_("&View")),
    ("help", N_("&Help")),
)

ACTIONS: tuple[ActionEntry, ...] = (
    ActionEntry("new_file", N_("New file…"), "file", "", "plus", needs_database=False),
    ActionEntry("open_file", N_("Open file…"), "file", "Ctrl+O", "door-open", needs_database=False),
    ActionEntry("", "", "file"),
    ActionEntry("import", N_("Import from Excel…"), "file", "Ctrl+I", "upload"),
    ActionEntry("export", N_("Export this list…"), "file", "Ctrl+E", "download"),
    ActionEntry("print", N_("Print…"), "file", "Ctrl+P", "printer"),
    ActionEntry("", "", "file"),
    ActionEntry("remove_demo", N_("Remove the demonstration data"), "file", "", "trash"),
    ActionEntry("lock", N_("Lock now"), "file", "Ctrl+L", "lock"),
    ActionEntry("quit", N_("Quit"), "file", "Ctrl+Q", "", needs_database=False),
    ActionEntry("undo", N_("Undo"), "edit", "Ctrl+Z", "undo"),
    ActionEntry("", "", "edit"),
    ActionEntry("new", N_("Log a visit"), "edit", "Ctrl+N", "clipboard-check"),
    ActionEntry("search", N_("Search people"), "edit", "Ctrl+K", "search"),
    ActionEntry("refresh", N_("Refresh"), "edit", "F5", "refresh"),
    ActionEntry("theme_light", N_("Light"), "view", choice="theme", needs_database=False),
    ActionEntry("theme_dark", N_("Dark"), "view", choice="theme", needs_database=False),
    ActionEntry("theme_high", N_("High contrast"), "view", choice="theme", needs_database=False),
    ActionEntry("", "", "view"),
    ActionEntry("scale_100", N_("Standard text"), "view", "Ctrl+0", choice="scale", needs_database=False),
    ActionEntry("scale_125", N_("Large text"), "view", choice="scale", needs_database=False),
    ActionEntry("scale_150", N_("Very large text"), "view", choice="scale", needs_database=False),
    ActionEntry("larger", N_("Larger text"), "view", "Ctrl+=", "zoom-in", needs_database=False),
    ActionEntry("smaller", N_("Smaller text"), "view", "Ctrl+-", "zoom-out", needs_database=False),
    ActionEntry("", "", "view"),
    ActionEntry("to_message", N_("Go to the message"), "view", "F6", needs_database=False),
    ActionEntry("shortcuts", N_("Keyboard shortcuts"), "help", "F1", "keyboard", needs_database=False),
    ActionEntry("log_folder", N_("Open the log folder"), "help", "", "file-text", needs_database=False),
    ActionEntry("about", N_("About GridApp"), "help", "", "info", needs_database=False),
)


class Actions(QObject):
    """The QActions of one window.

    Signals:
        triggered: key of the command.
        page_requested: key of a page, from Ctrl+1 to Ctrl+8.
    """

    triggered = Signal(str)
    page_requested = Signal(str)

    def __init__(self, window: QWidget, bar: QMenuBar) -> None:
        super().__init__(window)
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        self._menus = {key: self._add_menu(bar, _(text)) for key, text in MENUS}
        for entry in ACTIONS:
            menu = self._menus[entry.menu]
            if not entry.key:
                menu.addSeparator()
                continue
            action = self._make(entry)
            menu.addAction(action)
            window.addAction(action)
        self._menus["view"].addSeparator()
        for number, page in enumerate(pages.PAGES, start=1):
            self._add_page(window, number, page)
        self.set_database_open(False)
        self.show_look()
        theme.current().changed.connect(self.show_look)

    def __getitem__(self, key: str) -> QAction:
        return self._actions[key]

    def set_database_open(self, is_open: bool) -> None:
        """Grey out what makes no sense without a database."""
        for entry in ACTIONS:
            if entry.key and entry.needs_database:
                self._actions[entry.key].setEnabled(is_open)
        for page in pages.PAGES:
            self._actions[f"page_{page.key}"].setEnabled(is_open and page.exists)
        self._actions["undo"].setEnabled(False)

    def show_look(self) -> None:
        """Tick the theme and text size in force; tint the icons."""
        look = theme.current()
        self._actions[f"theme_{look.name}"].setChecked(True)
        self._actions[f"scale_{look.scale}"].setChecked(True)
        for entry in ACTIONS:
            if entry.icon:
                self._actions[entry.key].setIcon(look.icon(entry.icon))

    def _add_menu(self, bar: QMenuBar, text: str) -> QMenu:
        menu = bar.addMenu(text)
        theme.dress(menu, "menu")
        return menu

    def _make(self, entry: ActionEntry) -> QAction:
        action = QAction(_(entry.source_text), self)
        action.setData(entry.key)
        if entry.shortcut:
            action.setShortcut(QKeySequence(entry.shortcut))
        if entry.choice:
            action.setCheckable(True)
            group = self._groups.setdefault(entry.choice, QActionGroup(self))
            group.addAction(action)
        action.triggered.connect(self._on_triggered)
        self._actions[entry.key] = action
        return action

    def _add_page(self, window: QWidget, number: int, page: pages.PageEntry) -> None:
        action = QAction(page.title, self)
        action.setData(page.key)
        action.setShortcut(QKeySequence(f"Ctrl+{number}"))
        action.setVisible(page.exists)
        action.triggered.connect(self._on_page_triggered)
        self._actions[f"page_{page.key}"] = action
        self._menus["view"].addAction(action)
        window.addAction(action)

    def _on_triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.triggered.emit(str(action.data()))

    def _on_page_triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.page_requested.emit(str(action.data()))


def shortcut_list() -> list[tuple[str, str]]:
    """Return shortcut and meaning of every command that has one, for the help."""
    found = [(entry.shortcut, _(entry.source_text)) for entry in ACTIONS if entry.shortcut]
    found += [(f"Ctrl+{number}", page.title) for number, page in enumerate(pages.PAGES, start=1)]
    found += [
        ("F7", _("On the map: the panel beside it, and back")),
        ("N, P", _("On the map: the next grid, the one before")),
        ("Z, +, −, Home", _("On the map: this grid large, nearer, further, everything")),
    ]
    return [*found, ("Ctrl+Enter", _("Save in a form")), ("Esc", _("Close, or empty the search box"))]
